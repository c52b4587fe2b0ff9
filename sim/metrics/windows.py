"""Utilization, by three definitions over four windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import Ledger
from sim.metrics.hours import evse_hours, hourly

DEFINITIONS = ("time", "charging", "power")
WINDOWS = ("holiday_mean", "peak_day", "peak_hour", "day_08_22")
UNITS = ("station", "site", "evse")


def column(definition: str, window: str, unit: str = "station") -> str:
    """Where a utilization stands in the table of `stations`."""
    return f"{definition}_utilization_{window}" + ("" if unit == "station" else f"_{unit}")


@dataclass(frozen=True)
class Window:
    """The days that count: day numbers from the start of the run, which begins at 00:00."""

    days: tuple[int, ...]

    def hours(self) -> np.ndarray:
        """Numbers of their hours, [day, 24]."""
        return np.array(self.days)[:, None] * 24 + np.arange(24)

    def holds(self, day: np.ndarray) -> np.ndarray:
        """Which of these numbers of days are among them."""
        counts = np.zeros(max(self.days) + 2, dtype=bool)
        counts[list(self.days)] = True
        found: np.ndarray = counts[np.minimum(day, len(counts) - 1).astype(np.int64)]
        return found


def utilization(
    ledger: Ledger, window: Window, sites: Sequence[str] | None = None
) -> dict[tuple[str, str], np.ndarray]:
    """Each definition over each window, [station]; with the site of each station, that of its
    site, whose peak day and hour are its own."""
    stations = ledger.model.stations
    names = range(len(stations)) if sites is None else sites
    of = np.unique(np.array(names), return_inverse=True)[1]
    evses = np.array([len(s.evses) for s in stations], float)
    rated = np.array([s.rated_kw for s in stations])
    integrals = ("occupied_h", "charging_h", "energy_kwh")
    out: dict[tuple[str, str], np.ndarray] = {}
    for definition, name, full in zip(DEFINITIONS, integrals, (evses, evses, rated), strict=True):
        hours = hourly(ledger, name)[:, window.hours()]
        together = np.zeros((of.max() + 1, *hours.shape[1:]))
        np.add.at(together, of, hours)
        share = together / np.bincount(of, full)[:, None, None]
        out |= {(definition, w): values[of] for w, values in _over_windows(share).items()}
    return out


def fullest_evse(ledger: Ledger, window: Window) -> dict[tuple[str, str], np.ndarray]:
    """Each definition over each window for the fullest EVSE of each station, [station]."""
    kw = np.array([evse.kw for s in ledger.model.stations for evse in s.evses])
    full = (np.ones(len(kw)), np.ones(len(kw)), kw)
    slots, out = ledger.model.arrays.slots, {}
    for definition, hours, own in zip(DEFINITIONS, evse_hours(ledger), full, strict=True):
        share = hours[:, window.hours()] / own[:, None, None]
        for name, values in _over_windows(share).items():
            out[definition, name] = np.zeros(len(ledger.model.stations))
            np.maximum.at(out[definition, name], slots["station"], values)
    return out


def _over_windows(share: np.ndarray) -> dict[str, np.ndarray]:
    """Utilization over each window from that of hours [unit, day, 24]."""
    return {
        "holiday_mean": share.mean(axis=(1, 2)),
        "peak_day": share.mean(axis=2).max(axis=1),
        "peak_hour": share.max(axis=(1, 2)),
        "day_08_22": share[:, :, 8:22].mean(axis=(1, 2)),
    }
