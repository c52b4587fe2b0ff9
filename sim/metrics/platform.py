"""What a platform shows that asks every EVSE for its state now and then, and loses some answers.

Every `sample_min` minutes, from the start of the run on, each EVSE reports: out of order, else
taken, else free.  A report that is lost leaves the last one on the screen; before the first one the
EVSE is not shown.  What the platform then says of a period are shares of its screens, and
``online_rate``, the share of the reports that came.
"""

import numpy as np

from sim.ledger import Ledger
from sim.metrics.occupancy import states

FREE, TAKEN, DOWN, UNKNOWN = range(4)
AT_ONCE = 4096  # EVSEs, so that memory does not grow with a city


def reports(ledger: Ledger, sample_min: float, slots: np.ndarray | None = None) -> np.ndarray:
    """The true state of EVSEs at every sample, [EVSE, sample]; of these numbers in ascending order,
    or of all if None."""
    own = np.arange(len(ledger.model.arrays.slots)) if slots is None else slots
    at, per_h = states(ledger, slots), 60.0 / sample_min
    count = int(np.ceil(ledger.end_h * per_h - 1e-9))
    state = np.where(at.down, DOWN, np.where(at.taken, TAKEN, FREE)).astype(np.int8)
    first = np.ceil(at.begin_h * per_h - 1e-9).astype(np.int64).clip(0, count)
    slot = np.concatenate([own, at.slot])  # each is free at first
    order = np.argsort(slot, kind="stable")
    slot = slot[order]
    first = np.concatenate([np.zeros(len(own), np.int64), first])[order]
    state = np.concatenate([np.full(len(own), FREE, np.int8), state])[order]
    last = np.where(np.diff(slot, append=-1) != 0, count, np.roll(first, -1))
    return np.repeat(state, last - first).reshape(len(own), count)


def screens(reported: np.ndarray, came: np.ndarray) -> np.ndarray:
    """What is shown of every EVSE after every sample, where some reports `came`."""
    last = np.where(came, np.arange(reported.shape[1]), -1)
    last = np.maximum.accumulate(last, axis=1)
    shown = np.take_along_axis(reported, np.maximum(last, 0), axis=1)
    return np.where(last >= 0, shown, UNKNOWN)


def shown(
    ledger: Ledger, hours: np.ndarray, sample_min: float, lost_messages: float,
    rng: np.random.Generator, numbers: np.ndarray | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """`shown_utilization`, `shown_availability` and `online_rate` of every station [station] over
    these clock hours; NaN where nothing was shown.

    `numbers`: of the stations that are asked; None: all.
    """
    of, n = ledger.model.arrays.slots["station"], len(ledger.model.stations)
    slots = np.arange(len(of)) if numbers is None else np.flatnonzero(np.isin(of, numbers))
    reported = reports(ledger, sample_min, slots)
    at = np.arange(reported.shape[1]) * sample_min / 60.0
    counts = np.isin((at + 1e-9).astype(np.int64), hours)
    sums = np.zeros((5, n))
    for first in range(0, len(slots), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        came = rng.random(reported[some].shape) >= lost_messages
        seen = screens(reported[some], came)[:, counts]
        each = (seen != UNKNOWN, seen == TAKEN, seen == DOWN, came[:, counts], seen >= 0)
        sums += [np.bincount(of[slots[some]], which.sum(axis=1), n) for which in each]
    known, taken, down, received, asked = sums

    def share(count: np.ndarray, of: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.divide(count, of, out=np.full(n, np.nan), where=of > 0)
        return found

    return {
        "shown_utilization": share(taken, known),
        "shown_availability": share(known - down, known),
        "online_rate": share(received, asked),
    }
