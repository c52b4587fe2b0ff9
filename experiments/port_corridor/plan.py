"""Question 5: do 1,500 trucks and 100 stations work, and which corridor saturates first?

A corridor gets its share of the trucks and of the stations.  What it has today (its sites, gates,
cranes and berths) is taken that many times, in two ways: all trucks share all of it (`pooled`: any
line is anyone's), or every group of stations has trucks of its own (`apart`).  What trucks really
do lies between.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.port_corridor.study import PortStudy, column, corridor_of, mean
from sim.freight.corridor import Corridor
from sim.report.words import span
from sim.stats import interval
from sim.study.results import Results

GUESS = 0.7  # of the trucks of the plan
FIGURES = ("wait_min_p95", "energy_served_share", "deliveries_per_day")


def answer(study: PortStudy) -> dict[str, Any]:
    """The capacity of every corridor with its stations of 2028, beside its trucks of 2028."""
    corridors = {name: corridor_of(name, study.engine) for name in study.own.plan}
    times = {name: grown(corridor) for name, corridor in corridors.items()}
    trucks = {name: planned(corridor) for name, corridor in corridors.items()}
    pooled = {name: scaled(own, times[name]) for name, own in corridors.items()}
    guess = {name: max(1, round(GUESS * n)) for name, n in trucks.items()}
    large = study.capacities(pooled, study.fewer, "2028, lines shared", guess)
    single = {n: max(1, round(g / times[n])) for n, g in guess.items()}
    small = study.capacities(corridors, study.fewer, "2028, stations apart", single)
    plan = study.each(pooled, study.fewer, "2028, as planned", trucks=trucks)
    rows = []
    for name, corridor in corridors.items():
        target = corridor.section.target_2028
        with_all = column(large, "capacity", name)
        apart = [times[name] * n for n in column(small, "capacity", name)]
        rows.append(
            {
                "network": name, "name": corridor.section.name, "trucks": trucks[name],
                "stations": round(target.share * target.stations), "times": times[name],
                "sites": len(corridor.section.sites),
                "pooled": interval.mean(with_all), "apart": interval.mean(apart),
                "ratio": interval.mean([n / trucks[name] for n in with_all]),
                "ratio_apart": interval.mean([n / trucks[name] for n in apart]),
                "breaks": large[name][0].more["breaks"],
                **{f: mean(plan, f, name) for f in FIGURES},
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row["ratio"]["mean"])
    room = {n: [-x / trucks[n] for x in column(large, "capacity", n)] for n in corridors}
    target = next(iter(corridors.values())).section.target_2028
    out: dict[str, Any] = {
        "question": f"Do {target.trucks:,} trucks and {target.stations} stations work in 2028?",
        "trucks": target.trucks, "stations": target.stations, "rows": rows,
        "first": interval.leaders(room), "total": _total(large, trucks),
        "total_apart": _total(small, trucks, times),
    }  # fmt: skip
    out["plain"], out["verdict"] = plain(out), verdict(study, out)
    return out


def planned(corridor: Corridor) -> int:
    """Its trucks of 2028."""
    target = corridor.section.target_2028
    return max(1, round(target.share * target.trucks))


def grown(corridor: Corridor) -> float:
    """How many times its stations of today are those of 2028."""
    target = corridor.section.target_2028
    return max(1.0, target.share * target.stations) / len(corridor.section.sites)


def _total(
    found: Results, trucks: Mapping[str, int], times: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Trucks of the plan that all corridors together can carry: none more than it is to."""
    each = [
        np.minimum(found.values("capacity", n) * (times[n] if times else 1.0), trucks[n])
        for n in found
    ]
    return interval.mean(np.sum(each, axis=0))


def scaled(corridor: Corridor, times: float) -> Corridor:
    """So many times the sites, servers and berths, each kind of them in one place."""
    section = corridor.section
    sites = {}
    for name, site in section.sites.items():
        swap = site.swap and site.swap.model_copy(
            update={"bays": _of(site.swap.bays, times), "packs": _of(site.swap.packs, times)}
        )
        cars = site.cars and site.cars.model_copy(update={"per_day": site.cars.per_day * times})
        sites[name] = site.model_copy(
            update={
                "cabinets": {kind: _of(count, times) for kind, count in site.cabinets.items()},
                "swap": swap, "cars": cars, "kva": site.kva and site.kva * times,
                "other_load_kw": site.other_load_kw * times, "pv_kw": site.pv_kw * times,
                "storage": [s.model_copy(update={"kwh": s.kwh * times, "kw": s.kw * times})
                            for s in site.storage],
            }
        )  # fmt: skip
    servers = {name: _of(place.servers, times) for name, place in section.places.items()}
    berths = [berth for berth in section.berths for _ in range(_of(1, times))]
    for name in servers:  # rounding must not leave berths with more cranes than there are servers
        cranes = sum(berth.cranes for berth in berths if berth.place == name)
        servers[name] = max(servers[name], cranes + 1 if cranes else 1)
    places = {
        name: place.model_copy(update={"servers": servers[name]})
        for name, place in section.places.items()
    }
    return corridor.with_(sites=sites, places=places, berths=berths)


def _of(count: int, times: float) -> int:
    return max(1, round(count * times))


# ---- in words --------------------------------------------------------------------------------


def judged(ratio: Mapping[str, float]) -> str:
    """From a capacity over what is planned."""
    if ratio["low"] >= 1.0:
        return "works"
    return "does not work" if ratio["high"] < 1.0 else "is on the edge"


def plain(found: Mapping[str, Any]) -> list[str]:
    rows = {row["network"]: row for row in found["rows"]}
    says = {judged(row["ratio"]) for row in rows.values()}
    if says == {"works"}:
        works = "work, if lines are shared"
    elif "does not work" in says:
        works = "do not work everywhere even if all lines are shared"
    else:
        works = "are not shown to work everywhere even if all lines are shared"
    first = [rows[name] for name in found["first"]]
    share = " or ".join(
        f"{row['name']}, at {span(row['ratio'], 0, 100.0)} % of its {row['trucks']} trucks"
        for row in first
    )
    saturates = f"first to saturate is {share}"
    if len(first) > 1:
        saturates = f"which saturates first is not shown: {share}"
    return [
        f"{found['trucks']:,} trucks and {found['stations']} stations {works}: "
        f"{span(found['total'], 0)} of the trucks can be carried; {saturates}."
    ]


def verdict(study: PortStudy, found: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{row['name']}: {row['trucks']} trucks on {row['stations']} stations; capacity "
        f"{span(row['pooled'], 0)} with shared lines ({judged(row['ratio'])}), "
        f"{span(row['apart'], 0)} with trucks tied to groups of {row['sites']} stations "
        f"({judged(row['ratio_apart'])}); as planned a P95 wait of {span(row['wait_min_p95'], 0)} "
        "min."
        for row in found["rows"]
    ]
    lines.append(
        f"Of {found['trucks']:,} trucks {span(found['total'], 0)} can be carried with shared "
        f"lines, {span(found['total_apart'], 0)} with groups."
    )
    return lines
