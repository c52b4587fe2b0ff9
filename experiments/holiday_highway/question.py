"""Which service-area stations exceed 40 % utilization in a holiday, how long do people wait there,
and how sure are we?

Runs the holiday and, for comparison, an ordinary week on the same network and drivers' habits.
With `engine.uncertainty=posterior` once in every world that agrees with what was observed, and
besides, for luck, `engine.replications` times at the expected values.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.config import Checked
from experiments.holiday_highway import calibration, days
from experiments.holiday_highway.page import page
from experiments.holiday_highway.verdict import COUNTS, HOLIDAY, named, verdict
from experiments.holiday_highway.ways import ways
from experiments.question import (
    KPIS,
    REFERENCE,
    ROADS,
    SITE_RULE,
    Answer,
    Asked,
    Question,
    reference_grows,
    with_tables,
)
from sim import metrics
from sim.report import course, kpis, nobody
from sim.report.finding import Finding, found, packed, unpacked
from sim.report.schema import ReportSection
from sim.roads import case as roads
from sim.roads.outline import outline
from sim.roads.scenario import Scenario, check
from sim.stats import chance, interval
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results
from sim.study.schema import EngineSection

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the line at a station
FATES = ("served", "balked", "reneged", "rerouted")
MEANS = ("occupied", "energy", "curtailed", "joined", "waited", *FATES)
LOST = ("balked", "reneged")
SWEPT = ("time_utilization", "wait_min_p50", "wait_min_p90", "wait_min_p95", "over_30_share",
         "sessions", "energy_kwh", "balked", "reneged", "rerouted", "stranded")  # fmt: skip
LUCK = "luck_"  # begins what is said of luck alone
FLAGGED = {f"flagged_{d}_{w}": (d, w) for d in metrics.DEFINITIONS for w in metrics.WINDOWS}


def answer(asked: Asked) -> Answer:
    """Simulate, audit, answer."""
    scenario: Scenario = asked.case
    expected = scenario.expected()
    designs = {"holiday": expected, "reference": expected.reference()}
    platform = asked.kpis.model_dump(include=set(kpis.PLATFORM))
    luck = asked.study.enough(designs, metrics.AIM, roads.tables, platform=platform)
    worlds = _worlds(scenario, asked)
    asked.progress.status("doing.answering")
    numbers = answer_of(scenario, asked.report, worlds or luck, luck)
    folder = asked.output.replications() / "holiday"
    each = (worlds or luck)["holiday"]
    numbers["kpis"] = kpis.numbers(each, luck["holiday"], asked.kpis)
    numbers["visits"] = days.of(expected, luck, "holiday", folder, numbers["worst"])
    kept = {name: len(own) for name, own in luck.items()}
    kept |= {f"worlds_{name}": len(own) for name, own in worlds.items()} if worlds else {}
    made = {"replications": kept, "cpu_s": asked.study.cpu_s}
    results = worlds or luck
    samples = {name: results.values(name).tolist() for name in results["holiday"][0].figures}
    return Answer(numbers["verdict"], numbers, headline(numbers), samples, made, results)


def _worlds(scenario: Scenario, asked: Asked) -> Results | None:
    """Holiday and ordinary week, once at each point of the posterior, if there is one."""
    if scenario.posterior is None:
        return None
    points = len(scenario.posterior.points)
    designs = {"worlds_holiday": scenario, "worlds_reference": scenario.reference()}
    found = asked.study.run(designs, points, "doing.worlds_known", roads.courses)
    both = {name.removeprefix("worlds_"): own for name, own in found.items()}
    return Results(both, found.metrics)


def answer_of(
    scenario: Scenario, report: ReportSection, results: Results, luck: Results
) -> dict[str, Any]:
    """Every number of the answer, with its interval; what the page shows of the inputs; and the
    findings that say it.

    `results` are of the worlds, if there are any, and then `luck` is said besides; else the same.
    """
    threshold = report.utilization_threshold
    answer: dict[str, Any] = {
        "demand": scenario.config.demand.name,
        "reference_demand": scenario.config.reference.name,
        "days": [scenario.calendar[d].date.isoformat() for d in scenario.counted_days()],
        "replications": len(luck["holiday"]),
        "threshold": threshold,
        "variation": scenario.config.demand.variation.model_dump(),
        "stations": stations_of(results, threshold),
        "flags": flags_of(results, threshold),
        "network": network_of(results, "holiday"),
        "reference": network_of(results, "reference"),
        "worlds": 0,
        "level_sd": calibration.level_sd(scenario),
    }
    if results is not luck:
        answer |= {"worlds": len(results["holiday"]), "luck": luck_of(luck, threshold)}
    answer |= places_of(scenario)
    answer["mobile"] = {"units": sum(scenario.sent.values()), "stations": len(scenario.sent)}
    worst = sorted(
        (place["station"] for place in named(answer["places"])),
        key=lambda s: -answer["stations"][s]["wait_min"]["p95"]["mean"],
    )
    answer["worst"] = worst[: report.worst]
    answer["calibration"] = calibration.table(scenario, results, scenario.engine.seed)
    answer |= queues_of(results, worst[0]) | {"courses": courses_of(results, luck)}
    nothing = nobody.finding(scenario.config.demand.name, results["holiday"])
    answer["verdict"] = [nothing] if nothing else verdict(unpacked(packed(answer)))
    ordinary = nobody.finding(scenario.config.reference.name, results["reference"])
    answer["verdict"] += [ordinary] if ordinary not in (None, nothing) else []
    answer["verdict"] += narrow(scenario.engine, luck)
    return answer


def luck_of(luck: Results, threshold: float) -> dict[str, Any]:
    """How sure the figures would be if only luck were not known."""
    with interval.over_points(False):
        return {"flags": flags_of(luck, threshold), "network": network_of(luck, "holiday")}


def places_of(scenario: Scenario) -> dict[str, Any]:
    """Where the stations are, and the days of the calendar, as the page shows them."""
    shown = ("station", "site", "side", "name_en", "name_zh", "road", "order", "lon", "lat",
             "position", "way", "km", "evses", "evse_kw", "rated_kw", "cap_kw",
             "evidence")  # fmt: skip
    table = scenario.station_table()
    table["evse_kw"] = [sum(evse.kw for evse in own.evses) for own in scenario.stations]
    corridors, at = ways(scenario.network)
    table["way"], table["km"] = zip(*(at[site] for site in table["site"]), strict=True)
    return {
        "places": table[list(shown)].to_dict("records"),
        **outline(scenario.network),
        "ways": corridors,
        "calendar": [{"date": d.date.isoformat(), "label": d.label} for d in scenario.calendar],
    }


def queues_of(results: Results, worst: str) -> dict[str, Any]:
    """EVs waiting by station and hour, from the first midnight of the calendar on; at one station
    median and middle 95 % of replications."""
    names = results.names()
    queue = np.array([r.hours["queue"] for r in results["holiday"]])
    low, middle, high = np.quantile(queue[:, names.index(worst)], [0.025, 0.5, 0.975], axis=0)
    return {
        "queue": {name: _rounded(own) for name, own in zip(names, queue.mean(axis=0), strict=True)},
        "profile": {
            "station": worst, "median": _rounded(middle), "low": _rounded(low),
            "high": _rounded(high),
        },
    }  # fmt: skip


def courses_of(results: Results, luck: Results) -> dict[str, Any]:
    """What every station does hour by hour, as bytes: the queue, its quantiles over the worlds, if
    there are any, and its mean; all else the mean over the replications of luck."""
    queue = np.array([r.hours["queue"] for r in results["holiday"]])
    mean = {name: np.mean([r.hours[name] for r in luck["holiday"]], axis=0) for name in MEANS}
    joined = mean["joined"]
    wait = np.divide(60.0 * mean["waited"], joined, out=np.zeros(joined.shape), where=joined > 0)
    of = {
        "queue": np.array([*np.quantile(queue, QUANTILES, axis=0), queue.mean(axis=0)]),
        "occupied": mean["occupied"][None],
        "power": np.array([mean["energy"], mean["curtailed"]]),
        "arrivals": np.array([mean[name] for name in FATES]),
        "wait": wait[None],
    }
    return {name: course.packed(values) for name, values in of.items()}


def _rounded(values: np.ndarray) -> list[float]:
    """Four significant digits: no figure shows more, and what is above 0 stays above."""
    return [float(f"{value:.4g}") for value in values]


def narrow(engine: EngineSection, results: Results) -> list[Finding]:
    """Where `engine.half_width` was asked for and is not reached: how wide the intervals are."""
    wide = results.wide(metrics.AIM, engine.half_width)
    return [
        found("verdict.narrow", most=engine.most_replications, aim=f"{engine.half_width:g}",
              figure=figure, half=half)
        for figure, half in wide.items()
    ]  # fmt: skip


def stations_of(results: Results, threshold: float) -> dict[str, Any]:
    """Key figures of every station."""
    names = results.names()
    found: dict[str, Any] = {
        name: {"utilization": {d: {} for d in metrics.DEFINITIONS}, "wait_min": {}}
        for name in names
    }
    for d in metrics.DEFINITIONS:
        for w in metrics.WINDOWS:
            column = f"{d}_utilization_{w}"
            over = (results.stations(column) > threshold).mean(axis=1)
            for name, estimate, p in zip(names, results.of_stations(column), over, strict=True):
                found[name]["utilization"][d][w] = {**estimate.ends, "p_over": float(p)}
    for column in (*metrics.WAITS, "wait_min_mean", "over_30_share", *COUNTS, "energy_kwh"):
        for name, estimate in zip(names, results.of_stations(column), strict=True):
            if column.startswith("wait_min_"):
                found[name]["wait_min"][column.removeprefix("wait_min_")] = estimate.ends
            else:
                found[name][column] = estimate.ends
    return found


def flags_of(results: Results, threshold: float) -> dict[str, Any]:
    """Whom the rule picks under every definition and window.

    `flagged` are the stations whose mean over replications exceeds the threshold; `count` is the
    number that exceed it in one replication, `change` by how many more than by time utilization
    over all hours, paired; `sure` and `never` exceed it in all and in none; `classes` are the
    stations by how likely they exceed it (`sim.stats.chance`).
    """
    names = np.array(results.names())
    usual = (results.stations(f"time_utilization_{HOLIDAY}") > threshold).sum(axis=0)
    flags: dict[str, Any] = {}
    for d in metrics.DEFINITIONS:
        flags[d] = {}
        for w in metrics.WINDOWS:
            values = results.stations(f"{d}_utilization_{w}")
            over = values > threshold
            count = over.sum(axis=0)
            flags[d][w] = {
                "count": interval.mean(count),
                "change": interval.paired_difference(usual.tolist(), count.tolist()),
                "flagged": names[values.mean(axis=1) > threshold].tolist(),
                "sure": int(over.all(axis=1).sum()),
                "never": int((~over).all(axis=1).sum()),
                "classes": _by_class(names, over.mean(axis=1)),
            }
    return flags


def _by_class(names: np.ndarray, likely: np.ndarray) -> dict[str, list[str]]:
    """Stations of each class, the most likely first."""
    order = np.argsort(-likely, kind="stable")
    of = chance.classes(likely[order])
    return {own: names[order][[name == own for name in of]].tolist() for own in chance.CLASSES}


def network_of(results: Results, design: str) -> dict[str, Any]:
    """Key figures of all stations together."""
    first = results[design][0]
    found = {key: results.estimate(key, design).ends for key in (*first.figures, *first.counts)}
    visits, lost = results.values("visits", design), sum(results.values(k, design) for k in LOST)
    share = np.divide(lost, visits, out=np.zeros(len(visits)), where=visits > 0)
    return {**found, "lost_share": Estimate.of(share, Metric("lost_share", "%", most=1.0)).ends}


def headline(answer: dict[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep; `luck_...` beside what is not known."""
    numbers: dict[str, float | str] = {
        name: len(answer["flags"][d][w]["flagged"]) for name, (d, w) in FLAGGED.items()
    }
    for prefix, own in (("", answer), (LUCK, answer.get("luck"))):
        if own:
            numbers |= _row(f"{prefix}over", own["flags"]["time"][HOLIDAY]["count"])
            for key in SWEPT:
                numbers |= _row(f"{prefix}{key}", own["network"][key])
    return numbers


def compared(checked: Checked) -> list[str]:
    """The same by their names, without the ends of their intervals."""
    both = checked.config.engine.uncertainty == "posterior"
    return [*FLAGGED, *(own + key for own in ("", LUCK)[: 1 + both] for key in ("over", *SWEPT))]


def _row(name: str, own: Mapping[str, float]) -> dict[str, float]:
    return {name: own["mean"], f"{name}_low": own["low"], f"{name}_high": own["high"]}


QUESTION = Question(
    answer,
    reads=(*ROADS, *REFERENCE, *SITE_RULE, "engine", "report", *KPIS),
    load=check,
    page=page,
    study=with_tables,
    works="sim.roads.case",
    overruled=reference_grows,
    figures=compared,
)
