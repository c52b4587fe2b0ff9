"""Question 5: do 1,500 trucks and 100 stations work, and which corridor saturates first?

A corridor gets its share of the trucks and of the stations.  What it has today (its sites, gates,
cranes and berths) is taken that many times, in two ways: all trucks share all of it (`pooled`: any
line is anyone's), or every group of stations has trucks of its own (`apart`).  What trucks really
do lies between.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.port_corridor.study import PortStudy, corridor_of, named
from sim.freight.corridor import Corridor
from sim.freight.metrics import METRICS
from sim.report import charts
from sim.report.blocks import Block
from sim.report.finding import Finding, Term
from sim.report.finding import found as said
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results

GUESS = 0.7  # of the trucks of the plan
FIGURES = ("wait_min_p95", "energy_served_share", "deliveries_per_day")
RATIO = Metric("ratio", "%")
WAYS = {"pooled": ("ratio", charts.BLUE), "apart": ("ratio_apart", charts.FAINT)}
COLUMNS: dict[str, Form] = {
    "name": "name", "trucks": "trucks", "stations": "stations", "pooled": ("pooled", "", 0),
    "ratio": ("ratio", "%", 0), "apart": ("apart", "", 0), "ratio_apart": ("ratio_apart", "%", 0),
    "wait": ("wait_min_p95", "min", 0), "served": ("energy_served_share", "%", 1),
    "loads": ("deliveries_per_day", "", 0),
}  # fmt: skip


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
        shared = large.values("capacity", name)
        apart = times[name] * small.values("capacity", name)
        rows.append(
            {
                "network": name, "name": named(corridor), "trucks": trucks[name],
                "stations": round(target.share * target.stations), "times": times[name],
                "sites": len(corridor.section.sites),
                "pooled": Estimate.of(shared, METRICS["capacity"]),
                "apart": Estimate.of(apart, METRICS["capacity"]),
                "ratio": Estimate.of(shared / trucks[name], RATIO),
                "ratio_apart": Estimate.of(apart / trucks[name], RATIO),
                "breaks": large[name][0].more["breaks"],
                **{f: plan.estimate(f, name) for f in FIGURES},
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row["ratio"].mean)
    room = {n: (-large.values("capacity", n) / trucks[n]).tolist() for n in corridors}
    target = next(iter(corridors.values())).section.target_2028
    size = {"trucks": target.trucks, "stations": target.stations}
    return {
        "question": said("plan.question", **size),
        "about": said("plan.about", replications=study.fewer),
        **size, "rows": rows, "first": interval.leaders(room), "total": _total(large, trucks),
        "total_apart": _total(small, trucks, times),
    }  # fmt: skip


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
) -> Estimate:
    """Trucks of the plan that all corridors together can carry: none more than it is to."""
    each = [
        np.minimum(found.values("capacity", n) * (times[n] if times else 1.0), trucks[n])
        for n in found
    ]
    return Estimate.of(np.sum(each, axis=0), METRICS["trucks"])


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


# ---- what is said ----------------------------------------------------------------------------


def judged(ratio: Estimate) -> str:
    """From a capacity over what is planned."""
    if ratio.low is not None and ratio.low >= 1.0:
        return "works"
    return "fails" if ratio.high is not None and ratio.high < 1.0 else "edge"


def plain(own: Mapping[str, Any]) -> list[Finding]:
    rows = {row["network"]: row for row in own["rows"]}
    says = {judged(row["ratio"]) for row in rows.values()}
    all_of_it = "works" if says == {"works"} else "fails" if "fails" in says else "edge"
    shares = [
        said("plan.share", **{key: rows[name][key] for key in ("name", "ratio", "trucks")})
        for name in own["first"]
    ]
    key = "only" if len(rows) == 1 else "first" if len(shares) == 1 else "first_unsure"
    first = said(f"plan.{key}", shares=shares)
    return [said(f"plan.{all_of_it}", trucks=own["trucks"], stations=own["stations"],
                 total=own["total"], first=first)]  # fmt: skip


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    keys = ("name", "trucks", "stations", "pooled", "apart", "sites", "wait_min_p95")
    lines = [
        said("plan.row", **{key: row[key] for key in keys}, shared_is=_judged(row["ratio"]),
             apart_is=_judged(row["ratio_apart"]))
        for row in own["rows"]
    ]  # fmt: skip
    totals = {key: own[key] for key in ("trucks", "total", "total_apart")}
    return [*lines, said("plan.totals", **totals)]


def _judged(ratio: Estimate) -> Term:
    return Term(f"judged.{judged(ratio)}")


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    rows = own["rows"]
    marks = [
        charts.Marks(say(f"plan.{way}"), [row[key] for row in rows], color,
                     hover=[say(f"judged.{judged(row[key])}") for row in rows])
        for way, (key, color) in WAYS.items()
    ]  # fmt: skip
    figure = charts.forest(
        say, [say.format_field(row["name"], "") for row in rows], marks,
        charts.Axis(say("plan.axis"), "%", from_zero=True), title=say("plan.title"), apart=True,
        digits=0, line=(1.0, say("plan.line")), row_px=52,
    )  # fmt: skip
    return [
        figure,
        table(say, "plan.heads", COLUMNS, rows, say("plan.caption")),
    ]
