"""What bins and stays are by the hour, of stations and of EVSEs."""

from math import ceil

import numpy as np

from sim.ledger import Ledger
from sim.metrics.occupancy import occupancy
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
    occupied = spread(ledger, slots, at.slot, at.plug_h, at.unplug_h)
    length = at.off_h - at.on_h
    rate = np.divide(at.kwh, length, out=np.zeros(len(length)), where=length > 0.0)
    charging, energy = (
        _scaled(ledger, name, spread(ledger, slots, at.slot, at.on_h, at.off_h, weight))
        for name, weight in (("charging_h", np.ones(len(length))), ("energy_kwh", rate))
    )
    return np.minimum(occupied, 1.0), np.minimum(charging, 1.0), energy  # more is rounding


def full_hours(ledger: Ledger, slots: np.ndarray | None = None) -> np.ndarray:
    """For how long no EVSE was left: each that works was taken, and one was, [station, hour].

    `slots`: numbers of all EVSEs of the stations that are looked at (all, if None).
    """
    at = occupancy(ledger, slots)
    full = (at.taken > 0.5) & (at.free < 0.5)
    rows = len(ledger.model.stations)
    return spread(ledger, rows, at.station[full], at.begin_h[full], at.end_h[full])


def spread(
    ledger: Ledger, rows: int, row: np.ndarray, begin: np.ndarray, end: np.ndarray,
    weight: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Stays of that weight (1, if None) laid into the hours in which they were, [row, hour]."""
    hours = ceil(ledger.end_h)
    out = np.zeros(rows * hours)
    weight = np.ones(len(row)) if weight is None else weight
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
