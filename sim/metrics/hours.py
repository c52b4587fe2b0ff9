"""What bins and stays are by the hour, of stations and of EVSEs."""

from math import ceil

import numpy as np

from sim.ledger import Ledger, in_groups
from sim.lifecycle import Change
from sim.metrics.stays import stays


def hourly(ledger: Ledger, name: str) -> np.ndarray:
    """An integral of the bins, summed to hours [station, hour]."""
    found: np.ndarray = by_hour(ledger.bins[name], ledger.model.bin_h).sum(axis=2)
    return found


def by_hour(bins: np.ndarray, bin_h: float, hours: int | None = None) -> np.ndarray:
    """Values of bins [row, bin] laid into hours [row, hour, bin of the hour]: all that they reach
    into, or so many.  Where no bin is left stands 0."""
    per = round(1.0 / bin_h)
    if hours is None:
        hours = -(-bins.shape[1] // per)
    if lacking := max(0, hours * per - bins.shape[1]):
        bins = np.pad(bins, ((0, 0), (0, lacking)))
    return bins[:, : hours * per].reshape(len(bins), hours, per)


def evse_hours(ledger: Ledger) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hours occupied, hours with power flowing, and kWh of every EVSE, each [EVSE, hour].

    The EVSEs of a station sum to its bins.  Occupation is exact; energy is spread evenly over the
    hours in which a stay had power, and then scaled to what the station's bins hold.
    """
    at, slots = stays(ledger), len(ledger.model.arrays.slots)
    occupied = _spread(ledger, slots, at.slot, at.plug_h, at.unplug_h, np.ones(len(at.slot)))
    length = at.off_h - at.on_h
    rate = np.divide(at.kwh, length, out=np.zeros(len(length)), where=length > 0.0)
    charging, energy = (
        _scaled(ledger, name, _spread(ledger, slots, at.slot, at.on_h, at.off_h, weight))
        for name, weight in (("charging_h", np.ones(len(length))), ("energy_kwh", rate))
    )
    return np.minimum(occupied, 1.0), np.minimum(charging, 1.0), energy  # more is rounding


def full_hours(ledger: Ledger) -> np.ndarray:
    """For how long no EVSE was left: each that works was taken, and one was, [station, hour]."""
    at, of = stays(ledger), ledger.model.arrays.slots["station"]
    broken, fails = _broken(ledger)
    own, others = np.ones(len(at.slot)), np.zeros(len(broken))
    # Taken, and out of order: an EV that overstays may be both.
    slot, begin, _, state = _levels(
        ledger, np.concatenate([at.slot, at.slot, broken["slot"]]),
        np.concatenate([at.plug_h, at.unplug_h, broken["time_h"]]),
        np.array([np.concatenate([own, -own, others]),
                  np.concatenate([0.0 * own, 0.0 * own, fails])]),
    )  # fmt: skip
    change = np.array([state[0] > 0.5, (state > 0.5).any(axis=0)], float)
    change[:, 1:] -= change[:, :-1] * (slot[1:] == slot[:-1])
    station, begin, end, (taken, shut) = _levels(ledger, of[slot], begin, change)
    full = (taken > 0.5) & (shut > np.bincount(of)[station] - 0.5)
    rows = len(ledger.model.stations)
    return _spread(ledger, rows, station[full], begin[full], end[full], np.ones(full.sum()))


def _levels(
    ledger: Ledger, row: np.ndarray, time_h: np.ndarray, change: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What changes [quantity, change] sum to after each of them, to the next one in its row or
    to the end of the run: rows, begins and ends [change], sums [quantity, change]."""
    order = np.argsort(time_h)  # between changes at the same time nothing lasts
    order = order[in_groups(row[order], len(ledger.model.arrays.slots))]
    row, time_h, change = row[order], time_h[order], change[:, order]
    last = np.diff(row, append=-1) != 0
    end = np.where(last, ledger.end_h, np.roll(time_h, -1))
    total = np.cumsum(change, axis=1)
    first = np.flatnonzero(np.roll(last, 1))
    before = (total - change)[:, first]
    return row, time_h, end, total - np.repeat(before, np.diff(first, append=len(row)), axis=1)


def _broken(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Changes by which an EVSE fails (1) or is repaired (-1); a second failure before the repair
    is none."""
    script = ledger.script
    own = script[np.isin(script["kind"], (Change.EVSE_DOWN, Change.EVSE_UP))]
    own = own[np.argsort(own["slot"], kind="stable")]
    fails = own["kind"] == Change.EVSE_DOWN
    begins = np.diff(own["slot"], prepend=-1) != 0
    some = fails != np.where(begins, False, np.roll(fails, 1))
    return own[some], np.where(fails[some], 1.0, -1.0)


def _spread(
    ledger: Ledger, rows: int, row: np.ndarray, begin: np.ndarray, end: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Stays of that weight laid into the hours in which they were, [row, hour]."""
    hours = ceil(ledger.end_h)
    out = np.zeros(rows * hours)
    hour, some = np.floor(begin).astype(int), end > begin
    while some.any():  # their first hour, their second, ...
        row, hour, begin, end, weight = (x[some] for x in (row, hour, begin, end, weight))
        inside = np.minimum(end, hour + 1.0) - np.maximum(begin, hour)
        out += np.bincount(row * hours + hour, inside * weight, len(out))
        hour, some = hour + 1, end > hour + 1.0
    return out.reshape(rows, hours)


def _scaled(ledger: Ledger, name: str, values: np.ndarray) -> np.ndarray:
    """`values` [EVSE, hour] so that the EVSEs of a station sum to its bins in every hour."""
    of, (_, hours) = ledger.model.arrays.slots["station"], values.shape
    true = by_hour(ledger.bins[name], ledger.model.bin_h, hours).sum(axis=2)
    told = np.zeros(true.shape)
    np.add.at(told, of, values)
    found: np.ndarray = (
        values * np.divide(true, told, out=np.zeros(true.shape), where=told > 0.0)[of]
    )
    return found
