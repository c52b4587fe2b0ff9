"""What a platform shows that asks every EVSE for its state now and then, and loses some answers.

Every `sample_min` minutes, from the start of the run on, each EVSE reports: out of order, else
taken, else free.  A report that is lost leaves the last one on the screen; before the first one the
EVSE is not shown.  What the platform then says of a period are shares of its screens.
"""

import numpy as np

from sim.ledger import Ledger
from sim.metrics.occupancy import states

FREE, TAKEN, DOWN, UNKNOWN = range(4)


def reports(ledger: Ledger, sample_min: float) -> np.ndarray:
    """The true state of every EVSE at every sample, [EVSE, sample]."""
    slot, begin, end, (taken, down) = states(ledger)
    per_h = 60.0 / sample_min
    count = int(np.ceil(ledger.end_h * per_h - 1e-9))
    found = np.zeros((len(ledger.model.arrays.slots), count), np.int8)
    first, last = (np.ceil(at * per_h - 1e-9).astype(np.int64) for at in (begin, end))
    state = np.where(down, DOWN, np.where(taken, TAKEN, FREE))
    length = np.maximum(0, np.minimum(last, count) - first)
    sample = np.arange(length.sum()) + np.repeat(first - np.cumsum(length) + length, length)
    found[np.repeat(slot, length), sample] = np.repeat(state, length)
    return found


def screens(reported: np.ndarray, lost_messages: float, rng: np.random.Generator) -> np.ndarray:
    """What is shown of every EVSE after every sample, where a share of the reports is lost."""
    received = rng.random(reported.shape) >= lost_messages
    last = np.where(received, np.arange(reported.shape[1]), -1)
    last = np.maximum.accumulate(last, axis=1)
    shown = np.take_along_axis(reported, np.maximum(last, 0), axis=1)
    return np.where(last >= 0, shown, UNKNOWN)


def shown(
    ledger: Ledger, hours: np.ndarray, sample_min: float, lost_messages: float,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:  # fmt: skip
    """`shown_utilization` and `shown_availability` of every station [station] over these clock
    hours; NaN where nothing was shown."""
    seen = screens(reports(ledger, sample_min), lost_messages, rng)
    at = np.arange(seen.shape[1]) * sample_min / 60.0
    seen = seen[:, np.isin((at + 1e-9).astype(np.int64), hours)]
    of, n = ledger.model.arrays.slots["station"], len(ledger.model.stations)
    known, taken, down = (
        np.bincount(of, which.sum(axis=1), n)
        for which in (seen != UNKNOWN, seen == TAKEN, seen == DOWN)
    )

    def share(count: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.divide(count, known, out=np.full(n, np.nan), where=known > 0)
        return found

    return {"shown_utilization": share(taken), "shown_availability": share(known - down)}
