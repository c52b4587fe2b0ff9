"""What a ledger means: key figures per station and for the network, each with its definition.

Utilizations, for a set of hours (the window) and n EVSEs:

- ``time_utilization``      occupied EVSE-hours / (n x hours)
- ``charging_utilization``  EVSE-hours with power flowing / (n x hours)
- ``power_utilization``     energy delivered to batteries / (rated kW x hours)

Windows, over the days that count (the holiday, without its eve):

- ``holiday_mean``  all their hours
- ``peak_day``      the station's own fullest day (greatest daily mean)
- ``peak_hour``     the station's own fullest clock hour
- ``day_08_22``     their hours from 08:00 to 22:00

Of a station, of a site (all its stations together, each EVSE or rated kW weighing the same), or of
an EVSE (the fullest one of the station in that window).

Of the network, within the window:

- ``sessions``         whole stops: visits that plugged in, have left, and got 1 kWh or more.  What
  national platforms count holds failed starts besides (3 to 4.5 % of recorded sessions); here
  nobody fails to start.  ``sessions_per_evse_day``, ``kwh_per_session``, ``occupancy_min``,
  ``arrival_soc`` and ``busy_hours_share`` are of these
- ``arrival_soc``      their mean state of charge at plug-in
- ``full_share_peak``  share of the stations with no EVSE left, each that works being taken, in the
  network's fullest clock hour: the mean over that hour
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.ledger import Ledger
from sim.lifecycle import Change, Outcome
from sim.stats.estimate import Metric

DEFINITIONS = ("time", "charging", "power")
WINDOWS = ("holiday_mean", "peak_day", "peak_hour", "day_08_22")
UNITS = ("station", "site", "evse")
QUANTILES = (50, 90, 95)
LONG_WAIT_H = 0.5
WHOLE_KWH = 1.0  # with less a stop is a failed start
LEAST_H = 1e-9  # less is rounding
BUSY_HOURS = (10, 11, 14, 15, 18, 19)  # those named as busiest by the national platform
LOST = (Outcome.BALKED, Outcome.RENEGED)
JOINED = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED)


def column(definition: str, window: str, unit: str = "station") -> str:
    """Where a utilization stands in the table of `stations`."""
    return f"{definition}_utilization_{window}" + ("" if unit == "station" else f"_{unit}")


AIM = ("time_utilization", "wait_min_mean")  # the figures whose intervals are to be narrow
WAITS = tuple(f"wait_min_p{q}" for q in QUANTILES)  # quantiles: skewed over replications
SHARES = (
    "time_utilization", "time_utilization_peak_day", "charging_utilization", "power_utilization",
    "arrival_soc", "full_share_peak", "over_30_share", "waited_share", "busy_hours_share",
    *(column(d, w, u) for u in UNITS for d in DEFINITIONS for w in WINDOWS),
)  # fmt: skip
METRICS = {
    metric.key: metric
    for metric in (
        *(Metric(name, "%", most=1.0) for name in SHARES),
        *(Metric(name, "min", interval="bca") for name in WAITS),
        *(Metric(name, "min") for name in ("wait_min_mean", "occupancy_min")),
        *(Metric(name, "h", 0) for name in ("wait_h", "busiest_hour")),
        *(Metric(name, "kWh", 0) for name in ("energy_kwh", "unserved_kwh", "kwh_per_evse_day")),
        Metric("kwh_per_session", "kWh"), Metric("sessions_per_evse_day"),
        Metric("day1_factor", digits=2),
        *(Metric(name, digits=0) for name in ("sessions", "visits", "cuts")),
        *(Metric(outcome.name.lower(), digits=0) for outcome in Outcome),
        *(Metric(name, digits=0) for name in (
            "drawn", "passing", "simulated", "elsewhere", "events", "driving_at_end"
        )),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """The days that count: day numbers from the start of the run, which begins at 00:00."""

    days: tuple[int, ...]

    def hours(self) -> np.ndarray:
        """Numbers of their hours, [day, 24]."""
        return np.array(self.days)[:, None] * 24 + np.arange(24)


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


def evse_hours(ledger: Ledger) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hours occupied, hours with power flowing, and kWh of every EVSE, each [EVSE, hour].

    The EVSEs of a station sum to its bins.  Occupation is exact; energy is spread evenly over the
    hours in which a stay had power, and then scaled to what the station's bins hold.
    """
    at, slots = _stays(ledger), len(ledger.model.arrays.slots)
    occupied = _spread(ledger, slots, at.slot, at.plug_h, at.unplug_h, np.ones(len(at.slot)))
    length = at.off_h - at.on_h
    rate = np.divide(at.kwh, length, out=np.zeros(len(length)), where=length > 0.0)
    charging, energy = (
        _scaled(ledger, name, _spread(ledger, slots, at.slot, at.on_h, at.off_h, weight))
        for name, weight in (("charging_h", np.ones(len(length))), ("energy_kwh", rate))
    )
    return np.minimum(occupied, 1.0), np.minimum(charging, 1.0), energy  # more is rounding


class Stays(NamedTuple):
    """Stays at EVSEs, each an array [stay]: a truck with two guns has one at each of them, and a
    visit that failures cut has several."""

    slot: np.ndarray
    plug_h: np.ndarray
    unplug_h: np.ndarray
    on_h: np.ndarray  # to `off_h`: power, or the wish for it
    off_h: np.ndarray
    kwh: np.ndarray


def _stays(ledger: Ledger) -> Stays:
    cuts, end_h = ledger.cuts, ledger.end_h
    v = ledger.visits

    def last(total: np.ndarray, of_cuts: np.ndarray) -> np.ndarray:
        """What is left of a visit for its last stay."""
        left = total - np.bincount(cuts["row"], of_cuts, len(v))
        return np.where(left > LEAST_H, left, 0.0)

    unplug_h = np.where(np.isnan(v["unplug_h"]), end_h, v["unplug_h"])
    off_h = np.where(np.isnan(v["charge_end_h"]), end_h, v["charge_end_h"])
    plug_h = unplug_h - last(v["occupied_h"], cuts["end_h"] - cuts["plug_h"])
    on_h = off_h - last(v["charge_h"], cuts["end_h"] - cuts["on_h"])
    kwh = ledger.energy_kwh - np.bincount(cuts["row"], cuts["kwh"], len(v))
    own, end = v["slot"] >= 0, cuts["end_h"]
    columns = [v["slot"], v["partner"], plug_h, unplug_h, on_h, off_h, kwh]
    moved = [cuts["slot"], cuts["partner"], cuts["plug_h"], end, cuts["on_h"], end, cuts["kwh"]]
    slot, partner, *times, kwh = (
        np.concatenate([a[own], b]) for a, b in zip(columns, moved, strict=True)
    )
    two = partner >= 0
    kwh = np.where(two, 0.5 * kwh, kwh)  # each gun gives half
    return Stays(*(np.append(x, y) for x, y in zip(
        (slot, *times, kwh), (partner[two], *(time[two] for time in times), kwh[two]), strict=True
    )))  # fmt: skip


def full_hours(ledger: Ledger) -> np.ndarray:
    """For how long no EVSE was left: each that works was taken, and one was, [station, hour]."""
    at, of = _stays(ledger), ledger.model.arrays.slots["station"]
    broken, fails = _broken(ledger)
    stays, others = np.ones(len(at.slot)), np.zeros(len(broken))
    # Taken, and out of order: an EV that overstays may be both.
    slot, begin, end, state = _levels(
        ledger, np.concatenate([at.slot, at.slot, broken["slot"]]),
        np.concatenate([at.plug_h, at.unplug_h, broken["time_h"]]),
        np.array([np.concatenate([stays, -stays, others]),
                  np.concatenate([0.0 * stays, 0.0 * stays, fails])]),
    )  # fmt: skip
    change = np.array([state[0] > 0.5, (state > 0.5).any(axis=0)], float)
    station, begin, end, (taken, shut) = _levels(
        ledger, np.tile(of[slot], 2), np.append(begin, end), np.hstack([change, -change])
    )
    full = (taken > 0.5) & (shut > np.bincount(of)[station] - 0.5)
    rows = len(ledger.model.stations)
    return _spread(ledger, rows, station[full], begin[full], end[full], np.ones(full.sum()))


def _levels(
    ledger: Ledger, row: np.ndarray, time_h: np.ndarray, change: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What changes [quantity, change] sum to after each of them, to the next one in its row or
    to the end of the run: rows, begins and ends [change], sums [quantity, change]."""
    order = np.lexsort((time_h, row))
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
    for later in range(ceil((end - begin).max(initial=0.0)) + 1):  # its first hour, its second, ...
        hour = np.floor(begin).astype(int) + later
        inside = np.minimum(end, hour + 1.0) - np.maximum(begin, hour)
        some = inside > 0.0
        out += np.bincount((row * hours + hour)[some], (inside * weight)[some], len(out))
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


def _over_windows(share: np.ndarray) -> dict[str, np.ndarray]:
    """Utilization over each window from that of hours [unit, day, 24]."""
    return {
        "holiday_mean": share.mean(axis=(1, 2)),
        "peak_day": share.mean(axis=2).max(axis=1),
        "peak_hour": share.max(axis=(1, 2)),
        "day_08_22": share[:, :, 8:22].mean(axis=(1, 2)),
    }


def _in_window(ledger: Ledger, window: Window) -> np.ndarray:
    """Visits of the window; packs at their racks are nobody's visits."""
    found: np.ndarray = np.isin(ledger.visits["arrival_h"] // 24, window.days) & ~ledger.of_packs
    return found


def _charged_kwh(ledger: Ledger, window: Window) -> np.ndarray:
    """Energy of the sessions of visits, and of packs, that arrived within the window."""
    v = ledger.visits
    own = np.isin(v["arrival_h"] // 24, window.days) & (v["slot"] >= 0)
    return np.bincount(
        v["station"][own], ledger.energy_kwh[own], minlength=len(ledger.model.stations)
    )


def stations(ledger: Ledger, window: Window, sites: Sequence[str] | None = None) -> pd.DataFrame:
    """Key figures of one replication, a row per station; `sites`: the site of each (its own, if
    None).

    Waits are those of visits that joined the line or plugged in at once (served, partly served,
    reneged) and arrived within the window; minutes, and all together `wait_h`.  Counts and energy
    are of visits that arrived within the window; `unserved_kwh` is what those needed who balked or
    reneged.
    """
    n = len(ledger.model.stations)
    table = pd.DataFrame({"station": np.array(ledger.model.station_names, dtype=object)})
    found = (
        utilization(ledger, window),
        utilization(ledger, window, sites),
        fullest_evse(ledger, window),
    )
    for unit, by_window in zip(UNITS, found, strict=True):
        for (definition, name), values in by_window.items():
            table[column(definition, name, unit)] = values
    v = ledger.visits[_in_window(ledger, window) & (ledger.visits["station"] >= 0)]
    table["visits"] = np.bincount(v["station"], minlength=n)
    for outcome in Outcome:
        table[outcome.name.lower()] = np.bincount(
            v["station"][v["outcome"] == outcome], minlength=n
        )
    table["energy_kwh"] = _charged_kwh(ledger, window)
    table["unserved_kwh"] = np.bincount(
        v["station"], v["need_kwh"] * np.isin(v["outcome"], LOST), minlength=n
    )
    joined = v[np.isin(v["outcome"], JOINED)]
    wait, groups = joined["wait_h"] * 60.0, joined["station"]
    table["wait_h"] = np.bincount(groups, joined["wait_h"], minlength=n)
    order = np.lexsort((wait, groups))
    split = np.split(wait[order], np.searchsorted(groups[order], np.arange(1, n)))
    for q in QUANTILES:
        table[f"wait_min_p{q}"] = [np.quantile(w, q / 100) if len(w) else 0.0 for w in split]
    table["wait_min_mean"] = [w.mean() if len(w) else 0.0 for w in split]
    table["over_30_share"] = [(w > LONG_WAIT_H * 60).mean() if len(w) else 0.0 for w in split]
    return table


def network(ledger: Ledger, window: Window) -> dict[str, float]:
    """Key figures of one replication for all stations together, within the window."""
    mine = _in_window(ledger, window)
    v, kwh = ledger.visits[mine], ledger.energy_kwh[mine]
    at = v[v["station"] >= 0]
    whole = (v["station"] >= 0) & ~np.isnan(v["plug_h"]) & ~np.isnan(v["leave_h"])
    whole &= kwh >= WHOLE_KWH
    stops, charged = v[whole], kwh[whole]
    joined = at[np.isin(at["outcome"], JOINED)]
    wait = joined["wait_h"] * 60.0
    evses = sum(len(s.evses) for s in ledger.model.stations)
    days = len(window.days)
    hours = window.hours()
    energy = hourly(ledger, "energy_kwh").sum(axis=0)[hours].sum(axis=1)  # per day
    occupied = hourly(ledger, "occupied_h").sum(axis=0)[hours].sum(axis=1) / (24.0 * evses)
    rated = sum(s.rated_kw for s in ledger.model.stations)
    battery = ledger.model.arrays.battery_kwh[stops["vehicle"]]
    out = {
        "sessions": float(len(stops)),
        "sessions_per_evse_day": len(stops) / (evses * days),
        "kwh_per_session": float(charged.mean()) if len(stops) else 0.0,
        "kwh_per_evse_day": float(energy.sum()) / (evses * days),
        "energy_kwh": float(energy.sum()),
        "occupancy_min": float(stops["occupied_h"].mean() * 60.0) if len(stops) else 0.0,
        "time_utilization": float(occupied.mean()),
        "time_utilization_peak_day": float(occupied.max()),
        "charging_utilization": float(
            hourly(ledger, "charging_h").sum(axis=0)[hours].sum() / (24.0 * days * evses)
        ),
        "power_utilization": float(energy.sum() / (24.0 * days * rated)),
        "day1_factor": float(energy[0] / energy.mean()) if energy.sum() else 0.0,
        "arrival_soc": float(np.mean(stops["arrival_kwh"] / battery)) if len(stops) else 0.0,
        "full_share_peak": float(full_hours(ledger).mean(axis=0)[hours].max()),
        "wait_min_mean": float(wait.mean()) if len(wait) else 0.0,
        "wait_h": float(joined["wait_h"].sum()),
        "unserved_kwh": float((at["need_kwh"] * np.isin(at["outcome"], LOST)).sum()),
        "over_30_share": float((wait > 30.0).mean()) if len(wait) else 0.0,
        "waited_share": float((wait > 0.0).mean()) if len(wait) else 0.0,
        "visits": float(len(at)),
        "cuts": float(at["cuts"].sum()),
    }
    for q in QUANTILES:
        out[f"wait_min_p{q}"] = float(np.quantile(wait, q / 100)) if len(wait) else 0.0
    for outcome in Outcome:
        out[outcome.name.lower()] = float((at["outcome"] == outcome).sum())
    out["stranded"] = float((v["outcome"] == Outcome.STRANDED).sum())  # on the road too
    per_hour = np.bincount((stops["plug_h"] % 24).astype(int), minlength=24)
    out["busiest_hour"] = float(per_hour.argmax())
    out["busy_hours_share"] = float(per_hour[list(BUSY_HOURS)].sum() / max(1, len(stops)))
    return out
