"""A made-up answer of the size of the real one: 44 sites, one of them with a single station."""

from datetime import date, timedelta
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd

from experiments.holiday_highway import days as days_of
from experiments.holiday_highway.verdict import verdict
from sim import metrics
from sim.report import course
from sim.report.finding import Name, found, packed, unpacked
from sim.stats import chance

ENGLISH = "Stone", "Long River", "East Lake", "Pine", "Cloud Gate", "Old Bridge", "White Cliff"
SOURCE = "NEA platform, 48,400 guns, 8 days: 122.87 GWh; range: 3 % of the national level"
COUNTS = ("visits", "served", "balked", "reneged", "rerouted", "stranded")


def estimate(mean: float, half: float, top: float = inf) -> dict[str, float]:
    return {"mean": mean, "low": max(0.0, mean - half), "high": min(top, mean + half)}


def answer(seed: int = 1, sites: int = 44, days: int = 9, worlds: bool = False) -> dict[str, Any]:
    """As it is read from answer.json; `worlds`: with what is not known, and luck besides."""
    rng = np.random.default_rng(seed)
    first = date(2025, 9, 30)
    hour = np.arange(24 * days)
    shape = np.exp(-(((hour % 24 - 13) / 4.0) ** 2)) * np.exp(-hour / 24 / 4)
    places: list[dict[str, Any]] = []
    stations: dict[str, Any] = {}
    queue: dict[str, list[float]] = {}
    for i in range(sites):
        road, order = f"G{40 + i // 6}", i % 6
        for side in ("both",) if i == 22 else ("out", "in"):
            name, busy = f"s{i:02d}_{side}", float(rng.beta(2, 4))
            places.append(
                {
                    "station": name, "site": f"s{i:02d}", "side": side,
                    "name_en": f"{ENGLISH[i % 7]} {i}",
                    "name_zh": "石江湖松云桥崖"[i % 7] + "东西南北上下"[i // 7 % 6], "road": road,
                    "order": order, "way": i // 6, "km": 20.0 + 25.0 * order,
                    "lon": 106.5 + (0.2 + 0.45 * order) * float(np.cos(i // 6)),
                    "lat": 29.6 + (0.2 + 0.3 * order) * float(np.sin(i // 6)),
                    "position": "approximate: between towns, +-10-20 km",
                    "evses": int(rng.integers(4, 17)), "rated_kw": 120.0 * int(rng.integers(4, 9)),
                    "evse_kw": 1080.0,
                    "cap_kw": None if i % 5 else 630.0, "evidence": "assumed",
                }
            )  # fmt: skip
            wait, visits = 60 * busy**2.5, 1500 * busy
            counted = {key: estimate(visits * f, 9.0) for key, f in
                       zip(COUNTS, (1, 0.9, 0.04, 0.03, 0.03, 0.0), strict=True)}  # fmt: skip
            stations[name] = {
                "utilization": {
                    d: {
                        w: {**estimate(min(1.0, busy * f * g), 0.02 + 0.03 * busy, 1.0),
                            "p_over": float(np.clip(8 * (busy * f * g - 0.4) + 0.5, 0, 1))}
                        for w, g in zip(metrics.WINDOWS, (1.0, 1.25, 1.9, 1.4), strict=True)
                    }
                    for d, f in zip(metrics.DEFINITIONS, (1.0, 0.9, 0.35), strict=True)
                },
                "wait_min": {"p50": estimate(0.2 * wait, 0.5), "p90": estimate(wait, 2.0),
                             "p95": estimate(1.6 * wait, 4.0)},
                "over_30_share": estimate(min(1.0, wait / 90), 0.02), **counted,
                "energy_kwh": estimate(23.8 * visits, 400.0),
            }  # fmt: skip
            line = 40 * busy**2 * shape * rng.uniform(0.6, 1.4, shape.size) - 0.4
            queue[name] = np.maximum(0.0, line).round(2).tolist()
    use = {name: own["utilization"] for name, own in stations.items()}
    flags = {
        d: {w: _flag({n: own[d][w] for n, own in use.items()}) for w in metrics.WINDOWS}
        for d in metrics.DEFINITIONS
    }
    worst = sorted(stations, key=lambda s: -stations[s]["wait_min"]["p95"]["mean"])
    top = np.array(queue[worst[0]])
    own: dict[str, Any] = {
        "demand": "National Day 2025", "reference_demand": "Ordinary week, September 2025",
        "days": [str(first + timedelta(days=n)) for n in range(1, days)], "replications": 20,
        "worlds": 100 if worlds else 0, "level_sd": 0.03 if worlds else 0.0, "threshold": 0.4,
        "variation": {"known": True, "period_cv": 0.1, "day_cv": 0.07},
        "places": places, "stations": stations, "queue": queue, "flags": flags,
        "worst": worst[:10], "network": _network(), "calibration": _calibration(),
        "mobile": {"units": 0, "stations": 0},
        "calendar": [{"date": str(first + timedelta(days=n)), "label": f"holiday day {n}"
                      if n else "eve"} for n in range(days)],
        "profile": {"station": worst[0], "median": top.tolist(), "low": (0.5 * top).tolist(),
                    "high": (1.6 * top + 0.3).tolist()},
        "courses": _courses(queue, places), **_roads(places),
    }  # fmt: skip
    if worlds:
        luck = {d: {w: _flag({n: u[d][w] for n, u in use.items()}, 0.5) for w in metrics.WINDOWS}
                for d in metrics.DEFINITIONS}  # fmt: skip
        own["luck"] = {"flags": luck, "network": _network()}
    own["visits"] = {
        "replication": 7, "fields": list(days_of.FIELDS), "per_min": 5.0, "hours": 24 * days,
        "stations": {name: {"held": [int(h % 5 == 0) for h in range(24 * days)],
                            "visits": days_of._packed(visited(n), 5.0),
                            "down": [[2, 5 * 60 * 23, 5 * 60 * 26]]}
                     for n, name in enumerate(worst[:3])},
    }  # fmt: skip
    own = unpacked(packed(own))
    return {**own, "verdict": verdict(own)}


def visited(n: int) -> pd.DataFrame:
    """Some of the second day at a station; all get in but one in five, who balks."""
    rows = []
    for k in range(20):
        begin = 24.0 + 0.7 * k + 0.1 * n
        plug = begin + 0.3
        gone = {
            "plug_h": nan,
            "charge_end_h": nan,
            "leave_h": begin,
            "evse": -1,
            "outcome": "balked",
            "energy_kwh": 0.0,
            "soc_leave": 0.2,
            "charge_min": 0.0,
        }
        there = {
            "plug_h": plug,
            "charge_end_h": plug + 1.0,
            "leave_h": plug + 1.3,
            "evse": k % 3,
            "outcome": "served",
            "energy_kwh": 20.0 + k,
            "soc_leave": 0.8,
            "charge_min": 57.0,
        }
        rows.append({"arrival_h": begin, "soc_arrival": 0.2, **(there if k % 5 else gone)})
    return pd.DataFrame(rows)  # fmt: skip


def _courses(queue: dict[str, list[float]], places: list[dict[str, Any]]) -> dict[str, Any]:
    line = np.array(list(queue.values()))
    evses = np.array([place["evses"] for place in places])[:, None]
    taken = np.minimum(evses, line + 2.0)
    of = {
        "queue": [f * line for f in (0.2, 0.6, 0.9, 1.3, 2.0, 1.0)], "occupied": [taken],
        "power": [60.0 * taken, 9.0 * line], "arrivals": [taken, 0.1 * line, 0.2 * line, 0 * line],
        "wait": [4.0 * line],
    }  # fmt: skip
    return {name: course.packed(np.array(values)) for name, values in of.items()}


def _flag(use: dict[str, dict[str, float]], half: float = 3.0) -> dict[str, Any]:
    flagged = [name for name, own in use.items() if own["mean"] > 0.4]
    count = estimate(float(len(flagged)), half)
    of = dict(zip(use, chance.classes(np.array([u["p_over"] for u in use.values()])), strict=True))
    by = {own: [name for name in use if of[name] == own] for own in chance.CLASSES}
    return {"count": count, "change": estimate(9.0, 3.0), "flagged": flagged, "sure": 3, "never": 9,
            "classes": by}  # fmt: skip


def _network() -> dict[str, Any]:
    keys = ("visits", "served", "served_partly", "balked", "reneged", "rerouted", "stranded",
            "in_system_at_end", "sessions", "kwh_per_session", "energy_kwh", "wait_min_p50",
            "wait_min_p90", "wait_min_p95")  # fmt: skip
    shares = ("time_utilization", "time_utilization_peak_day", "over_30_share", "lost_share")
    return {key: estimate(100.0, 5.0) for key in keys} | {k: estimate(0.3, 0.1) for k in shares}


def _calibration() -> list[dict[str, Any]]:
    def row(quantity: str, unit: str, observed: tuple, simulated: dict, verdict: str, **by: float):
        low, figure, high = observed
        return {
            "quantity": quantity, "demand": "National Day 2025", "unit": unit,
            "observed": figure, "observed_low": low, "observed_high": high, "role": "check",
            "kind": "measured", "definition": "energy over whole stops",
            "simulated": simulated, "source": SOURCE,
            "verdict": found(f"calibration.{verdict}", **by),
        }  # fmt: skip

    return [
        row("energy per session", "kWh", (24.5, 24.7, 24.9), estimate(24.6, 0.2), "agrees"),
        row("energy per EVSE-day", "kWh/day", (307, 317, 327), estimate(401.0, 0.4),
            "misses", by=0.26),
        row("full stations in the fullest hour", "share", (0.3, 0.33, 0.35), estimate(0.2, 0.05),
            "misses", by=-0.39),
    ]  # fmt: skip


def _roads(places: list[dict[str, Any]]) -> dict[str, Any]:
    ends = {place["road"]: place for place in places}
    towns = [{"node": "core", "name_en": "Core", "name_zh": "主城", "lon": 106.5, "lat": 29.6}]
    towns += [
        {"node": road, "name_en": f"Gate {road}", "name_zh": "省界", "lon": end["lon"] + 0.1,
         "lat": end["lat"] + 0.05}
        for road, end in ends.items()
    ]  # fmt: skip
    ways = [
        {"road": road, "start": Name("Core", "主城"), "end": Name(f"Gate {road}", "省界"),
         "km": 160.0}
        for road in ends
    ]  # fmt: skip
    return {"towns": towns, "links": [["core", road, road] for road in ends], "ways": ways}
