"""Question 5: do 1,500 trucks and 100 stations work, and which corridor saturates first?

A corridor gets its share of the trucks and of the stations.  What it has today (its sites, gates,
cranes and berths) is taken that many times, in two ways: all trucks share all of it (`pooled`: any
line is anyone's), or every group of stations has trucks of its own (`apart`).  What trucks really
do lies between.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.port_corridor.study import PortStudy, named
from sim.freight.growth import grown, planned, scaled
from sim.freight.metrics import METRICS
from sim.freight.network import corridor_of
from sim.report import charts
from sim.report.blocks import Block
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric

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
    times = {name: grown(own) for name, own in corridors.items()}
    trucks = {name: planned(own) for name, own in corridors.items()}
    pooled = {name: scaled(own, times[name]) for name, own in corridors.items()}
    guess = {name: max(1, round(GUESS * n)) for name, n in trucks.items()}
    single = {name: max(1, round(n / times[name])) for name, n in guess.items()}
    large = study.capacities(pooled, study.fewer, "doing.shared", guess)
    small = study.capacities(corridors, study.fewer, "doing.apart", single)
    plan = study.each(pooled, study.fewer, "doing.planned", trucks=trucks)
    shared = {name: large.values("capacity", name) for name in corridors}
    apart = {name: n * small.values("capacity", name) for name, n in times.items()}
    rows = []
    for name, corridor in corridors.items():
        target = corridor.section.target_2028
        ways = {"": shared[name], "_apart": apart[name]}
        rows.append(
            {
                "network": name, "name": named(corridor), "trucks": trucks[name],
                "stations": round(target.share * target.stations), "times": times[name],
                "sites": len(corridor.section.sites),
                "pooled": Estimate.of(shared[name], METRICS["capacity"]),
                "apart": Estimate.of(apart[name], METRICS["capacity"]),
                **{f"ratio{way}": Estimate.of(n / trucks[name], RATIO) for way, n in ways.items()},
                "breaks": large[name][0].more["breaks"],
                **{f: plan.estimate(f, name) for f in FIGURES},
            }
        )  # fmt: skip
    rows.sort(key=lambda row: row["ratio"].mean)
    target = next(iter(corridors.values())).section.target_2028
    size = {"trucks": target.trucks, "stations": target.stations}
    return {
        "question": found("plan.question", **size),
        "about": found("plan.about", runs=study.counted(study.fewer)),
        **size, "rows": rows,
        "first": interval.leaders({n: (-own / trucks[n]).tolist() for n, own in shared.items()}),
        "total": _total(shared, trucks), "total_apart": _total(apart, trucks),
    }  # fmt: skip


def _total(capacity: Mapping[str, np.ndarray], trucks: Mapping[str, int]) -> Estimate:
    """Trucks of the plan that all corridors together can carry: none more than it is to."""
    each = [np.minimum(own, trucks[name]) for name, own in capacity.items()]
    return Estimate.of(np.sum(each, axis=0), METRICS["trucks"])


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
        found("plan.share", **{key: rows[name][key] for key in ("name", "ratio", "trucks")})
        for name in own["first"]
    ]
    key = "only" if len(rows) == 1 else "first" if len(shares) == 1 else "first_unsure"
    first = found(f"plan.{key}", shares=shares)
    return [found(f"plan.{all_of_it}", trucks=own["trucks"], stations=own["stations"],
                  total=own["total"], first=first)]  # fmt: skip


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    keys = ("name", "trucks", "stations", "pooled", "apart", "sites", "wait_min_p95")
    lines = [
        found("plan.row", **{key: row[key] for key in keys}, shared_is=_judged(row["ratio"]),
              apart_is=_judged(row["ratio_apart"]))
        for row in own["rows"]
    ]  # fmt: skip
    totals = {key: own[key] for key in ("trucks", "total", "total_apart")}
    return [*lines, found("plan.totals", **totals)]


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
        say, [say(row["name"]) for row in rows], marks,
        charts.Axis(say("plan.axis"), "%", from_zero=True), title=say("plan.title"), apart=True,
        digits=0, line=(1.0, say("plan.line")), row_px=52,
    )  # fmt: skip
    return [figure, table(say, "plan.heads", COLUMNS, rows, say("plan.caption"))]
