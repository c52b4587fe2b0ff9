"""Key figures of stations for who oversees them, in five families, each with its definition.

Counts are of a set of clock hours: visits that arrive, faults that begin, energy and occupation in
them.  A figure of several stations is made from their sums, not the mean of theirs; one whose
denominator is empty (nobody came, nothing failed) does not exist.

Efficiency: ``time_``, ``charging_``, ``power_utilization`` as everywhere; kWh and whole sessions
per EVSE, cabinet and station a day; ``load_factor`` of the connection, the mean power over the
greatest of any bin.

Fees, where stations have a tariff: ``price_per_kwh`` weighted by energy; ``price_spread``, the P90
of that of stations minus their P10; ``session_cny``, what a standard session costs at the price of
its hour, the mean over stations and days.

Availability: ``availability``, 1 - EVSE-hours out of service / EVSE-hours; ``availability_met``,
the share of a station's EVSEs in service, as its arrivals met it; ``first_try_share``, of visits to
the first station that an EV came to, those that were served there and never cut by a failure.

Satisfaction, of all visits whose outcome is known: ``prompt_share`` plugged in within 15 minutes,
``served_share`` left with all that they wanted, ``first_try_share``, and, with a tariff,
``cheap_share`` paid at most 20 % more per kWh than the median of all.

Operation, where anything failed: ``repair_h_p50``, ``repair_h_p90`` of all faults, and
``overdue_24_share``, ``overdue_48_share``, those not repaired within 24 and 48 hours; faults that
the end of the run cuts short count as lasting longer than that (Kaplan and Meier, J. Am. Stat.
Assoc. 53, 1958);
``repeat_share`` of repairs after which the same EVSE failed again within 30 days, as far as the run
goes; ``cuts_per_1000`` sessions cut by a failure, per 1,000 sessions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.metrics.occupancy import outages
from sim.stats.estimate import Metric
from sim.tariff import WEEK

PROMPT_H = 0.25
CHEAP = 1.2  # of the median price
REPEAT_H = 30 * 24.0
OVERDUE_H = (24, 48)
WHOLE_KWH = 1.0  # with less a stop is a failed start
UNITS = ("evse", "cabinet", "station")  # per which energy and sessions are
EFFICIENCY = (
    *(f"{name}_utilization" for name in ("time", "charging", "power")),
    *(f"{what}_per_{unit}_day" for unit in UNITS for what in ("kwh", "sessions")), "load_factor",
)  # fmt: skip
SATISFACTION = {"prompt": "prompt_share", "served": "served_share", "first_try": "first_try_share",
                "price": "cheap_share"}  # fmt: skip
FAMILIES: dict[str, tuple[str, ...]] = {
    "efficiency": EFFICIENCY,
    "fees": ("price_per_kwh", "price_spread", "session_cny"),
    "availability": ("availability", "availability_met", "first_try_share"),
    "satisfaction": ("prompt_share", "served_share", "cheap_share", "satisfaction"),
    "operation": ("repair_h_p50", "repair_h_p90", *(f"overdue_{h}_share" for h in OVERDUE_H),
                  "repeat_share", "cuts_per_1000"),
}  # fmt: skip
SHOWN = ("shown_utilization", "shown_availability")  # by a platform: `platform.py`
SHARES = ("availability", "availability_met", *SATISFACTION.values(), "satisfaction",
          *FAMILIES["operation"][2:5], "online_rate")  # fmt: skip
METRICS = {
    metric.key: metric
    for metric in (
        *(Metric(name, "%", most=1.0) for name in (*EFFICIENCY[:3], *SHARES, *SHOWN)),
        *(Metric(f"kwh_per_{unit}_day", "kWh", 0) for unit in UNITS),
        *(Metric(f"sessions_per_{unit}_day") for unit in UNITS),
        *(Metric(name, "h") for name in ("repair_h_p50", "repair_h_p90")),
        *(Metric(name, digits=2) for name in ("price_per_kwh", "price_spread")),
        Metric("load_factor", "%"), Metric("session_cny"), Metric("cuts_per_1000"),
    )
}  # fmt: skip


def sums(
    ledger: Ledger, hours: np.ndarray, session: tuple[float, int] | None = None,
    numbers: np.ndarray | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What figures are made from, a row per station by its number, of the clock hours [hour] that
    count.  All may be added up; `peak_kw` then is the sum of the greatest power of each.

    Parameters
    ----------
    session : kWh and clock hour of the standard session; None: it has no price.
    numbers : of the stations that count; None: all.
    """
    model, v = ledger.model, ledger.visits
    n, slots = len(model.stations), model.arrays.slots["station"]
    at = np.arange(n) if numbers is None else numbers
    of_bins = _hours_of(ledger)
    counts = np.zeros(int(max(hours.max(), of_bins[-1], ledger.end_h)) + 2, bool)
    counts[hours] = True
    bins = ledger.bins[at][:, counts[of_bins]]
    evses = np.bincount(slots, minlength=n)[at]
    stations = [model.stations[k] for k in at.tolist()]
    table = pd.DataFrame({
        "evses": evses, "cabinets": [len(s.cabinets) for s in stations], "stations": 1,
        "rated_kw": [s.rated_kw for s in stations],
        **{name: bins[name].sum(axis=1) for name in ("occupied_h", "charging_h", "energy_kwh")},
        "down_h": evses * bins.shape[1] * model.bin_h - bins["up_h"].sum(axis=1),
        "peak_kw": bins["power_max_kw"].max(axis=1, initial=0.0),
    }, index=at)  # fmt: skip
    counts_here = np.zeros(n + 1, bool)  # the last one: of visits to no station
    counts_here[at] = True
    own = counts[v["arrival_h"].astype(np.int64)] & ~ledger.of_packs & counts_here[v["station"]]
    v, kwh = v[own], ledger.energy_kwh[own]
    known = v["outcome"] != Outcome.IN_SYSTEM_AT_END
    plugged, whole = ~np.isnan(v["plug_h"]), v["cuts"] == 0
    first = known & (v["rerouted_from"] < 0)
    if len(ledger.hop):
        first &= ledger.hop[own] <= 0
    served = np.isin(v["outcome"], (Outcome.SERVED, Outcome.SERVED_PARTLY)) & plugged
    counted: dict[str, np.ndarray] = {
        "sessions": plugged & ~np.isnan(v["leave_h"]) & (kwh >= WHOLE_KWH),
        "came": known, "prompt": known & plugged & (v["wait_h"] <= PROMPT_H),
        "served": v["outcome"] == Outcome.SERVED,
        "came_first": first, "first_try": first & served & whole,
        "cuts": v["cuts"], "arrivals": np.ones(len(v)), "met": _met(ledger, v),
    }  # fmt: skip
    if len(ledger.fees):
        counted |= _paid(ledger.fees[own], kwh, plugged, v, ledger)
    counted = {key: np.bincount(v["station"], x, n) for key, x in counted.items()}
    priced = _priced(ledger, hours, *session) if session and len(ledger.fees) else {}
    counted |= {**_faults(ledger, counts), **priced}
    return table.assign(**{key: x[at] for key, x in counted.items()})


def _priced(ledger: Ledger, hours: np.ndarray, kwh: float, hour: int) -> dict[str, np.ndarray]:
    """What the standard session costs on all days at each station that has a tariff, and on how
    many."""
    at, tariff = hours[hours % 24 == hour], ledger.model.arrays.stations["tariff"]
    prices = ledger.model.arrays.prices[np.maximum(tariff, 0)][:, at % WEEK]
    has = tariff >= 0
    return {"session_cny": np.where(has, kwh * prices.sum(axis=1), 0.0),
            "session_days": np.where(has, len(at), 0)}  # fmt: skip


def _hours_of(ledger: Ledger) -> np.ndarray:
    """The clock hour of each bin."""
    return (np.arange(ledger.bins.shape[1]) * ledger.model.bin_h + 1e-9).astype(np.int64)


def _met(ledger: Ledger, visits: np.ndarray) -> np.ndarray:
    """Share of the EVSEs in service that each visit finds as it arrives, [visit]."""
    at, fails = outages(ledger)
    order = np.lexsort((at["time_h"], at["station"]))
    station, time_h = at["station"][order], at["time_h"][order]
    down = np.append(0.0, np.cumsum(fails[order]))  # before each change
    end = max(ledger.end_h, time_h.max(initial=0.0)) + 1.0
    own = visits["station"]
    until = np.searchsorted(station * end + time_h, own * end + visits["arrival_h"], "right")
    evses = np.bincount(ledger.model.arrays.slots["station"], minlength=len(ledger.model.stations))
    here = down[until] - down[np.searchsorted(station, own)]
    share: np.ndarray = 1.0 - here / np.maximum(1, evses[own])
    return share


def _paid(
    fees: np.ndarray, kwh: np.ndarray, plugged: np.ndarray, visits: np.ndarray, ledger: Ledger
) -> dict[str, np.ndarray]:
    """What was paid where there is a tariff, and who paid little for a kWh."""
    tariff = ledger.model.arrays.stations["tariff"][visits["station"]]
    paid = plugged & (tariff >= 0) & (kwh > 0.0)
    price = np.divide(fees, kwh, out=np.zeros(len(kwh)), where=paid)
    most = CHEAP * np.median(price[paid]) if paid.any() else 0.0
    return {"fees_cny": np.where(paid, fees, 0.0), "paid_kwh": np.where(paid, kwh, 0.0),
            "paid": paid, "cheap": paid & (price <= most + 1e-9)}  # fmt: skip


def _faults(ledger: Ledger, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Repairs that end, and those after which the EVSE fails again, by station."""
    at, fails = outages(ledger)
    repaired = fails < 0.0
    again = np.append((at["slot"][1:] == at["slot"][:-1])
                      & (at["time_h"][1:] - at["time_h"][:-1] <= REPEAT_H), False)  # fmt: skip
    own = repaired & counts[np.minimum(at["time_h"], len(counts) - 1).astype(np.int64)]
    station, n = at["station"][own], len(ledger.model.stations)
    return {"repairs": np.bincount(station, minlength=n),
            "repeats": np.bincount(station, again[own], n)}  # fmt: skip


def repairs(
    ledger: Ledger, hours: np.ndarray, stations: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How long faults that begin in these hours at stations of these numbers last, and whether they
    were repaired [fault]."""
    at, fails = outages(ledger)
    own = np.isin(at["time_h"].astype(np.int64), hours) & np.isin(at["station"], stations)
    begin = np.flatnonzero((fails > 0.0) & own)
    after = np.minimum(begin + 1, len(at) - 1)
    done = (after > begin) & (at["slot"][after] == at["slot"][begin])
    end = np.where(done, at["time_h"][after], ledger.end_h)
    return end - at["time_h"][begin], done


def lasting(length: np.ndarray, is_over: np.ndarray, share: float) -> float | None:
    """How long that share of them lasts at most, where some are not over yet; None where that is
    beyond all that were seen."""
    length, lasts = _left(length, is_over)
    reached = np.flatnonzero(lasts <= 1.0 - share + 1e-12)
    return float(length[reached[0]]) if len(reached) else None


def overdue(length: np.ndarray, is_over: np.ndarray, hours: float) -> float | None:
    """The share of them that lasts longer than this, where some are not over yet; None where none
    was seen for as long and some may last."""
    length, lasts = _left(length, is_over)
    seen = int(np.searchsorted(length, hours, "right"))
    share = float(lasts[seen - 1]) if seen else 1.0
    return share if len(length) and (length[-1] >= hours or share == 0.0) else None


def _left(length: np.ndarray, is_over: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths in their order, and the share that lasts longer than each."""
    order = np.lexsort((~is_over, length))
    left = len(order) - np.arange(len(order))
    return length[order], np.cumprod(np.where(is_over[order], 1.0 - 1.0 / left, 1.0))


def figures(sums: pd.DataFrame | pd.Series, hours: float) -> dict[str, Any]:
    """Figures of rows of `sums`, or of their total, over so many hours; NaN where there is none."""
    days = hours / 24.0

    def over(above: Any, below: Any) -> Any:
        above, below = np.asarray(above, float), np.asarray(below, float)
        return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0.0)

    of, evse_h = sums, sums["evses"] * hours
    found = {
        "time_utilization": over(of["occupied_h"], evse_h),
        "charging_utilization": over(of["charging_h"], evse_h),
        "power_utilization": over(of["energy_kwh"], of["rated_kw"] * hours),
    }
    for unit in UNITS:
        found[f"kwh_per_{unit}_day"] = over(of["energy_kwh"], of[f"{unit}s"] * days)
        found[f"sessions_per_{unit}_day"] = over(of["sessions"], of[f"{unit}s"] * days)
    found |= {
        "load_factor": over(of["energy_kwh"], of["peak_kw"] * hours),
        "availability": over(evse_h - of["down_h"], evse_h),
        "availability_met": over(of["met"], of["arrivals"]),
        "first_try_share": over(of["first_try"], of["came_first"]),
        "prompt_share": over(of["prompt"], of["came"]),
        "served_share": over(of["served"], of["came"]),
        "repeat_share": over(of["repeats"], of["repairs"]),
        "cuts_per_1000": 1000.0 * over(of["cuts"], of["sessions"]),
    }
    if "paid" in of:
        found |= {
            "price_per_kwh": over(of["fees_cny"], of["paid_kwh"]),
            "cheap_share": over(of["cheap"], of["paid"]),
        }
    if "session_cny" in of:
        found["session_cny"] = over(of["session_cny"], of["session_days"])
    return found


def together(ledger: Ledger, hours: np.ndarray, table: pd.DataFrame) -> dict[str, float | None]:
    """Figures of all stations of `table` (`sums`) together, from their sums; None where one does
    not exist.  Where nothing fails in the run there are none of operation."""
    found = {key: float(x) for key, x in figures(table.sum(), len(hours)).items()}
    own: dict[str, float | None] = {key: x if x == x else None for key, x in found.items()}
    if "paid" in table:
        own["price_spread"] = _spread(figures(table, len(hours))["price_per_kwh"])
    if not len(outages(ledger)[0]):
        return {key: x for key, x in own.items() if key not in FAMILIES["operation"]}
    length, is_over = repairs(ledger, hours, table.index.to_numpy())
    own |= {f"repair_h_p{q}": lasting(length, is_over, q / 100) for q in (50, 90)}
    return own | {f"overdue_{h}_share": overdue(length, is_over, h) for h in OVERDUE_H}


def _spread(prices: np.ndarray) -> float | None:
    """From the P10 to the P90 of stations at which somebody paid."""
    known = prices[~np.isnan(prices)]
    low, high = np.quantile(known, [0.1, 0.9]) if len(known) else (np.nan, np.nan)
    return float(high - low) if len(known) else None


def index(own: Mapping[str, Any], weights: Mapping[str, float]) -> Any:
    """Satisfaction: the weighted mean of its components that have a weight."""
    total = sum(weights.values())
    return sum(weight / total * own[SATISFACTION[name]] for name, weight in weights.items()
               if weight)  # fmt: skip
