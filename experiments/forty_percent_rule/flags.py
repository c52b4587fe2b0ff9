"""Question 1 of the 40 % rule: which stations does it flag, and how firmly?"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.matrix import FAILS, Column, matrices
from experiments.forty_percent_rule.measure import (
    MEASURES,
    UNIT_WORDS,
    WINDOW_WORDS,
    WINDOWS,
    Measure,
    Results,
    described,
    limit,
    of_rule,
    told,
    weighted_mean,
)
from sim import metrics
from sim.report.simple import Section, Table
from sim.report.words import shown, span
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.stats.interval import percentiles, resamples

UNSHOWN = {
    "reading": "That what is measured decides is not shown",
    "holiday": "That the flags hang on the holiday is not shown",
}
UNSURE = (0.05, 0.95)  # a flag is a matter of luck where its probability lies between these


def answer(scenario: Ruled, results: Results) -> dict[str, Any]:
    """Flags under every measure, in every design; and the sentences that say it."""
    rule = Rule.of(scenario)
    names = results.names()
    holidays = rule_designs.labels(scenario)
    found: dict[str, Any] = {
        "question": f"Which stations does {100 * rule.threshold:g} % flag, and how stable is that?",
        "rule": described(rule),
        "holidays": holidays,
        "stations": names,
        "measures": [_measure(m, results, list(holidays), rule.threshold) for m in MEASURES],
    }
    readings = [m.values(results, rule_designs.BASE) for m in MEASURES if m.unit == "station"]
    by_holiday = [of_rule(rule).values(results, name) for name in holidays]
    found["causes"] = causes(readings, by_holiday, rule.threshold)
    found["readings"] = _extremes(found, readings, rule.threshold)
    found["plain"], found["verdict"] = plain(found), verdict(found)
    return found


def _measure(
    measure: Measure, results: Results, holidays: list[str], threshold: float
) -> dict[str, Any]:
    values = {name: measure.values(results, name) for name in holidays}
    return {
        "definition": measure.definition, "unit": measure.unit, "window": measure.window,
        "flags": stability(values, results.names(), threshold),
    }  # fmt: skip


def causes(
    readings: Sequence[np.ndarray], holidays: Sequence[np.ndarray], threshold: float
) -> dict[str, Any]:
    """How far each cause moves the number of flags, what moves it most first.

    `readings` are the values [station, replication] of what may be measured, `holidays` those of
    the rule's own measure in each holiday, the first as expected; luck is the number of flags that
    it decides.  `gaps` : from each cause to the next.  Intervals: percentiles of resamples of the
    replications, the same ones for all.
    """
    replications = holidays[0].shape[1]
    weights = np.vstack([np.ones(replications), resamples(replications)])

    def flagged(values: np.ndarray) -> np.ndarray:
        return (weighted_mean(values, weights) > threshold).sum(axis=0)

    p = weighted_mean((holidays[0] > threshold).astype(float), weights)
    spread = {
        "what is measured": np.ptp([flagged(values) for values in readings], axis=0),
        "the demand and the stays": np.ptp([flagged(values) for values in holidays], axis=0),
        "luck": ((p > UNSURE[0]) & (p < UNSURE[1])).sum(axis=0),
    }
    order = sorted(spread, key=lambda cause: -spread[cause][0])
    gaps = [spread[a] - spread[b] for a, b in pairwise(order)]
    return {
        "spread": {cause: percentiles(spread[cause][0], spread[cause][1:]) for cause in order},
        "gaps": [percentiles(gap[0], gap[1:].astype(float)) for gap in gaps],
    }


def _extremes(
    found: Mapping[str, Any], readings: Sequence[np.ndarray], threshold: float
) -> dict[str, Any]:
    """What may be measured to flag fewest and most by the mean, and how many more, paired."""
    own = [m for m in MEASURES if m.unit == "station"]
    flagged = [len(of_measure(found, m)[rule_designs.BASE]["flagged"]) for m in own]
    few, many = int(np.argmin(flagged)), int(np.argmax(flagged))
    counts = [(readings[n] > threshold).sum(axis=0).tolist() for n in (few, many)]
    return {
        "fewest": str(own[few]), "few": flagged[few], "most": str(own[many]),
        "many": flagged[many], "difference": interval.paired_difference(*counts),
    }  # fmt: skip


def stability(
    values: Mapping[str, np.ndarray], names: list[str], threshold: float
) -> dict[str, dict[str, Any]]:
    """Flags by design, the first design against the others; `values` [station, replication].

    `flagged`: by the mean over replications.  `count`: how many exceed the threshold in one
    replication.  `p`: in which share of the replications each does, in the order of `names`.
    `difference`: of the counts to those of the first design, paired by replication.
    """
    found: dict[str, dict[str, Any]] = {}
    first: np.ndarray | None = None
    for design, own in values.items():
        over = own > threshold
        p, count = over.mean(axis=1), over.sum(axis=0)
        flagged = [n for n, x in zip(names, own.mean(axis=1), strict=True) if x > threshold]
        found[design] = {
            "flagged": flagged, "count": interval.mean(count), "p": p.tolist(),
            "sure": int((p == 1.0).sum()), "never": int((p == 0.0).sum()),
            "unsure": int(((p > UNSURE[0]) & (p < UNSURE[1])).sum()),
        }  # fmt: skip
        if first is None:
            first, before = count, flagged
            continue
        found[design]["difference"] = interval.paired_difference(first.tolist(), count.tolist())
        found[design]["new"] = [n for n in flagged if n not in before]
        found[design]["gone"] = [n for n in before if n not in flagged]
    return found


def of_measure(found: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """The flags of one measure by design; of the rule's own, if none is named."""
    return found["measures"][MEASURES.index(measure or told(found))]["flags"]


def plain(found: Mapping[str, Any]) -> list[str]:
    """What moves the flags most; only what is shown."""
    first, second, last = found["causes"]["spread"]
    which = f"which stations {limit(found)} flags"
    ahead, behind = (shown(gap) > 0 for gap in found["causes"]["gaps"])
    if ahead and behind:
        text = f"{which} is decided first by {first}, then by {second}, least by {last}"
    elif ahead:
        text = f"{which} is decided first by {first}; if next by {second} or {last}, is not shown"
    elif behind:
        text = f"{which} is decided least by {last}; if first by {first} or {second}, is not shown"
    else:
        text = f"what decides first {which} is not shown"
    return [f"{text[0].upper()}{text[1:]}."]


def verdict(found: Mapping[str, Any]) -> list[str]:
    """The same in numbers."""
    n = len(found["stations"])
    flags = of_measure(found)
    base = flags[rule_designs.BASE]
    others = {name: own for name, own in flags.items() if name != rule_designs.BASE}
    reading = found["readings"]
    always = set(base["flagged"]).intersection(*(o["flagged"] for o in others.values()))
    ever = set(base["flagged"]).union(*(o["flagged"] for o in others.values()))
    shifts = ", ".join(
        f"{len(o['flagged'])} with {found['holidays'][name]}" for name, o in others.items()
    )
    hangs = any(shown(o["difference"]) for o in others.values())
    return [
        f"{limit(found)} {told(found)} flags {len(base['flagged'])} of {n} stations; in one "
        f"holiday {span(base['count'])}, {base['sure']} of them in every replication, and for "
        f"{base['unsure']} stations it is luck (flagged in more than 5 and less than 95 % of the "
        "replications).",
        f"{'What is measured decides' if shown(reading['difference']) else UNSHOWN['reading']}: by "
        f"the means the same {limit(found)} flags from {reading['few']} stations "
        f"({reading['fewest']}) to {reading['many']} ({reading['most']}); in one holiday "
        f"{span(reading['difference'])} more.",
        f"{'The flags hang on the holiday' if hangs else UNSHOWN['holiday']}: {shifts}. "
        f"{len(always)} stations are flagged in all of these, {n - len(ever)} in none.",
    ]


def share(estimate: Mapping[str, float] | None) -> str:
    """`49 % (48 to 56)`."""
    if estimate is None:
        return "not defined"
    mean, low, high = (100 * estimate[key] for key in ("mean", "low", "high"))
    return f"{mean:.0f} % ({low:.0f} to {high:.0f})"


# ---- the page --------------------------------------------------------------------------------


def section(scenario: Ruled, found: Mapping[str, Any], fails: list[float]) -> Section:
    """`fails`: the probability that service fails, by station."""
    threshold, rule = limit(found), told(found)
    by_window = [Column("", "service fails", fails, FAILS)] + [
        Column(d.capitalize(), WINDOW_WORDS[w], _p(found, Measure(d, "station", w)))
        for d in metrics.DEFINITIONS
        for w in WINDOWS
    ]
    flags = of_measure(found)
    by_design = [Column("", "service fails", fails, FAILS)] + [
        Column("The rule, by holiday", label, flags[name]["p"])
        for name, label in found["holidays"].items()
    ]
    table: list[Any] = scenario.station_table().to_dict("records")
    return Section(
        f"1. Which stations does {threshold} flag?",
        [
            *found["verdict"][1:],
            "A station is flagged where its utilization, as mean over replications, exceeds "
            f"{threshold}. Shade: the share of replications in which it does. Red: the share in "
            "which service fails there. Stations in the order of these.",
            "By site: both sides of a service area together, each EVSE (for power, each rated kW) "
            "weighing the same; a site has its own peak day and hour. By EVSE: the fullest one of "
            "the station; in the model a driver takes the free EVSE that gives most, of equal "
            "ones the first, so the first ones are the fullest. Ordinary week: the mean of its "
            "hours, with the same change of demand.",
            "The other holidays have the same draws. More EVs are more of the vehicles on the "
            "road, in the ordinary week too. Two of them change how long a session occupies its "
            "EVSE, because that is what time utilization counts: a longer overstay adds time "
            "without power, and the rule that sites post in holidays cuts off the slow end of "
            "charging.",
        ],
        [
            *matrices(table, by_window, f"Flagged over {threshold}, as expected"),
            *matrices(table, by_design, f"Flagged over {threshold} {rule}"),
        ],
        [_counts(found), _designs(found), _by_holiday(found)],
    )


def _p(found: Mapping[str, Any], measure: Measure) -> list[float]:
    return of_measure(found, measure)[rule_designs.BASE]["p"]


def _counts(found: Mapping[str, Any]) -> Table:
    rows = []
    for unit in metrics.UNITS:
        for d in metrics.DEFINITIONS:
            own = [of_measure(found, Measure(d, unit, w))[rule_designs.BASE] for w in WINDOWS]
            cells = [f"{len(o['flagged'])}; {span(o['count'])}; {o['unsure']}" for o in own]
            rows.append([f"{d.capitalize()} {UNIT_WORDS[unit]}", *cells])
    return Table(
        ["Utilization", *(WINDOW_WORDS[w] for w in WINDOWS)], rows,
        "Stations flagged by the mean; in one holiday (95 % interval); a matter of luck",
    )  # fmt: skip


def _designs(found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = []
    for name, own in of_measure(found).items():
        change = own.get("difference")
        rows.append(
            [
                found["holidays"][name], len(own["flagged"]), span(own["count"]), own["unsure"],
                span(change), change and change["correlation"],
                len(own["new"]) if change else None, len(own["gone"]) if change else None,
            ]
        )  # fmt: skip
    head = ["Holiday", "flagged", "in one holiday", "by luck", "change, paired", "correlation",
            "new", "gone"]  # fmt: skip
    return Table(head, rows, f"How stable the flags are: {told(found)}")


def _by_holiday(found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = []
    for m in MEASURES:
        if m.unit == "station":
            base, *others = of_measure(found, m).values()
            cells = [f"{len(o['flagged'])} (+{len(o['new'])} -{len(o['gone'])})" for o in others]
            rows.append([str(m), len(base["flagged"]), *cells])
    return Table(
        ["Utilization", *found["holidays"].values()], rows,
        "Stations flagged in each holiday (those that are new, and those that are gone)",
    )  # fmt: skip
