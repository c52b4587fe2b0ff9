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
- ``saturated_h_per_day``  hours of the day in which stations are saturated, summed over them; what
  that is, and the figures of a station: `saturation.py`
- ``full_share_peak``  share of the stations with no EVSE left, each that works being taken, in the
  network's fullest clock hour: the mean over that hour
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.clock import DAY
from sim.ledger import Ledger, in_groups
from sim.lifecycle import Outcome
from sim.metrics.courses import courses
from sim.metrics.hours import by_hour, evse_hours, full_hours, hourly
from sim.metrics.kpis import METRICS as OVERSEEN
from sim.metrics.saturation import saturation
from sim.metrics.windows import (
    DEFINITIONS,
    UNITS,
    WINDOWS,
    Window,
    column,
    fullest_evse,
    utilization,
)
from sim.stats.estimate import Metric

__all__ = (
    "AIM", "DEFINITIONS", "METRICS", "UNITS", "WAITS", "WINDOWS", "Window",
    "by_hour", "column", "courses", "evse_hours", "full_hours", "fullest_evse", "hourly", "network",
    "saturation", "stations", "utilization",
)  # fmt: skip

QUANTILES = (50, 90, 95)
LONG_WAIT_H = 0.5
WHOLE_KWH = 1.0  # with less a stop is a failed start
BUSY_HOURS = (10, 11, 14, 15, 18, 19)  # those named as busiest by the national platform
LOST = (Outcome.BALKED, Outcome.RENEGED)
JOINED = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED)
AIM = ("time_utilization", "wait_min_mean")  # the figures whose intervals are to be narrow
WAITS = tuple(f"wait_min_p{q}" for q in QUANTILES)  # quantiles: skewed over replications
SHARES = (
    "time_utilization", "time_utilization_peak_day", "charging_utilization", "power_utilization",
    "arrival_soc", "full_share_peak", "over_30_share", "waited_share", "busy_hours_share",
    *(column(d, w, u) for u in UNITS for d in DEFINITIONS for w in WINDOWS),
)  # fmt: skip
METRICS = OVERSEEN | {
    metric.key: metric
    for metric in (
        *(Metric(name, "%", most=1.0) for name in SHARES),
        *(Metric(name, "min", interval="bca") for name in WAITS),
        *(Metric(name, "min") for name in ("wait_min_mean", "occupancy_min")),
        *(Metric(name, "h", 0) for name in ("wait_h", "busiest_hour")),
        *(Metric(name, "h") for name in ("saturated_h_per_day", "saturated_spell_h")),
        Metric("saturated_worst_min", "min", 0, most=60.0),
        *(Metric(name, "kWh", 0) for name in (
            "energy_kwh", "unserved_kwh", "kwh_per_evse_day", "fuel_kwh"
        )),
        Metric("kwh_per_session", "kWh"), Metric("sessions_per_evse_day"),
        Metric("day1_factor", digits=2),
        *(Metric(name, digits=0) for name in ("sessions", "visits", "cuts", "crossed")),
        *(Metric(outcome.name.lower(), digits=0) for outcome in Outcome),
        *(Metric(name, digits=0) for name in (
            "drawn", "passing", "simulated", "elsewhere", "events", "driving_at_end"
        )),
    )
}  # fmt: skip


def _in_window(ledger: Ledger, window: Window) -> np.ndarray:
    """Visits of the window; packs at their racks are nobody's visits."""
    found: np.ndarray = window.holds(ledger.visits["arrival_h"] // 24) & ~ledger.of_packs
    return found


def _charged_kwh(ledger: Ledger, window: Window) -> np.ndarray:
    """Energy of the sessions of visits, and of packs, that arrived within the window."""
    v = ledger.visits
    own = window.holds(v["arrival_h"] // 24) & (v["slot"] >= 0)
    return np.bincount(
        v["station"][own], ledger.energy_kwh[own], minlength=len(ledger.model.stations)
    )


def _fuel_kwh(ledger: Ledger, window: Window) -> float:
    v, evs = ledger.visits, ledger.evs
    of_evs = ledger.ends["fuel_kwh"] + np.bincount(v["ev"], v["fuel_kwh"], len(evs))
    return float(of_evs[window.holds(evs["entry_ns"] // DAY)].sum())


def stations(ledger: Ledger, window: Window, sites: Sequence[str] | None = None) -> pd.DataFrame:
    """Key figures of one replication, a row per station; `sites`: the site of each (its own, if
    None).

    Waits are those of visits that joined the line or plugged in at once (served, partly served,
    reneged) and arrived within the window; minutes, and all together `wait_h`.  Counts and energy
    are of visits that arrived within the window; `unserved_kwh` is what those needed who balked or
    reneged.
    """
    n = len(ledger.model.stations)
    # Into a frame at once: one column after the other takes many times longer.
    own: dict[str, Any] = {"station": np.array(ledger.model.station_names, dtype=object)}
    found = (
        utilization(ledger, window),
        utilization(ledger, window, sites),
        fullest_evse(ledger, window),
    )
    for unit, by_window in zip(UNITS, found, strict=True):
        own |= {column(*name, unit): values for name, values in by_window.items()}
    v = ledger.visits
    mine = _in_window(ledger, window) & (v["station"] >= 0)
    station, outcome, wait_h = v["station"][mine], v["outcome"][mine], v["wait_h"][mine]
    own["visits"] = np.bincount(station, minlength=n)
    for one in Outcome:
        own[one.name.lower()] = np.bincount(station[outcome == one], minlength=n)
    own["energy_kwh"] = _charged_kwh(ledger, window)
    own["unserved_kwh"] = np.bincount(
        station, v["need_kwh"][mine] * np.isin(outcome, LOST), minlength=n
    )
    joined = np.isin(outcome, JOINED)
    wait, groups = wait_h[joined] * 60.0, station[joined]
    own["wait_h"] = np.bincount(groups, wait_h[joined], minlength=n)
    order = np.argsort(wait)
    order = order[in_groups(groups[order], n)]
    count, ordered = np.bincount(groups, minlength=n), wait[order]
    split = np.split(ordered, np.cumsum(count)[:-1])
    own |= {f"wait_min_p{q}": _quantiles(ordered, count, q / 100) for q in QUANTILES}
    own |= saturation(ledger, window)
    own["wait_min_mean"] = [w.mean() if len(w) else 0.0 for w in split]
    own["over_30_share"] = [(w > LONG_WAIT_H * 60).mean() if len(w) else 0.0 for w in split]
    return pd.DataFrame(own)


def _quantiles(ordered: np.ndarray, count: np.ndarray, q: float) -> np.ndarray:
    """`np.quantile` of each group of values that are ordered, group after group; 0 of none."""
    found, some = np.zeros(len(count)), count > 0
    first, last = (np.cumsum(count) - count)[some], np.cumsum(count)[some] - 1
    at = (count[some] - 1) * q
    share = at - np.floor(at)
    low = ordered[first + at.astype(int)]
    high = ordered[np.minimum(first + at.astype(int) + 1, last)]
    width = high - low  # from the nearer end, as there
    found[some] = np.where(share < 0.5, low + width * share, high - width * (1.0 - share))
    return found


def network(ledger: Ledger, window: Window) -> dict[str, float]:
    """Key figures of one replication for all stations together, within the window.

    `fuel_kwh` is what hybrids that set out within the window drove on fuel, on their whole way and
    as energy that their batteries would have given.  `crossed` counts visits on the opposite side
    of where the EV came to.
    """
    v, mine, kwh = ledger.visits, _in_window(ledger, window), ledger.energy_kwh
    at = mine & (v["station"] >= 0)
    outcome, need_kwh = v["outcome"][at], v["need_kwh"][at]
    whole = at & ~np.isnan(v["plug_h"]) & ~np.isnan(v["leave_h"]) & (kwh >= WHOLE_KWH)
    stops, charged = int(whole.sum()), kwh[whole]
    wait_h = v["wait_h"][at][np.isin(outcome, JOINED)]
    wait = wait_h * 60.0
    evses = sum(len(s.evses) for s in ledger.model.stations)
    days = len(window.days)
    hours = window.hours()
    energy = hourly(ledger, "energy_kwh").sum(axis=0)[hours].sum(axis=1)  # per day
    occupied = hourly(ledger, "occupied_h").sum(axis=0)[hours].sum(axis=1) / (24.0 * evses)
    rated = sum(s.rated_kw for s in ledger.model.stations)
    soc = v["arrival_kwh"][whole] / ledger.model.arrays.battery_kwh[v["vehicle"][whole]]
    out = {
        "sessions": float(stops),
        "sessions_per_evse_day": stops / (evses * days),
        "kwh_per_session": float(charged.mean()) if stops else 0.0,
        "kwh_per_evse_day": float(energy.sum()) / (evses * days),
        "energy_kwh": float(energy.sum()),
        "occupancy_min": float(v["occupied_h"][whole].mean() * 60.0) if stops else 0.0,
        "time_utilization": float(occupied.mean()),
        "time_utilization_peak_day": float(occupied.max()),
        "charging_utilization": float(
            hourly(ledger, "charging_h").sum(axis=0)[hours].sum() / (24.0 * days * evses)
        ),
        "power_utilization": float(energy.sum() / (24.0 * days * rated)),
        "day1_factor": float(energy[0] / energy.mean()) if energy.sum() else 0.0,
        "arrival_soc": float(soc.mean()) if stops else 0.0,
        "saturated_h_per_day": float(saturation(ledger, window)["saturated_h_per_day"].sum()),
        "full_share_peak": float(full_hours(ledger).mean(axis=0)[hours].max()),
        "wait_min_mean": float(wait.mean()) if len(wait) else 0.0,
        "wait_h": float(wait_h.sum()),
        "unserved_kwh": float((need_kwh * np.isin(outcome, LOST)).sum()),
        "over_30_share": float((wait > 30.0).mean()) if len(wait) else 0.0,
        "waited_share": float((wait > 0.0).mean()) if len(wait) else 0.0,
        "visits": float(len(outcome)),
        "cuts": float(v["cuts"][at].sum()),
        "fuel_kwh": _fuel_kwh(ledger, window),
        "crossed": float(ledger.crossed[mine].sum()),
    }
    for q in QUANTILES:
        out[f"wait_min_p{q}"] = float(np.quantile(wait, q / 100)) if len(wait) else 0.0
    for one in Outcome:
        out[one.name.lower()] = float((outcome == one).sum())
    out["stranded"] = float((v["outcome"][mine] == Outcome.STRANDED).sum())  # on the road too
    per_hour = np.bincount((v["plug_h"][whole] % 24).astype(int), minlength=24)
    out["busiest_hour"] = float(per_hour.argmax())
    out["busy_hours_share"] = float(per_hour[list(BUSY_HOURS)].sum() / max(1, stops))
    return out
