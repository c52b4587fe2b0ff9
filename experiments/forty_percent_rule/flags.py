"""Question 1 of the 40 % rule: which stations does it flag, and how firmly?"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import (
    MEASURES,
    Measure,
    Results,
    change,
    described,
    of_rule,
    rule_of,
    told,
    weighted_mean,
)
from sim.report.finding import Finding, Term, found
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.stats.interval import percentiles, resamples

UNSURE = (0.05, 0.95)  # a flag is a matter of luck where its probability lies between these


def answer(scenario: Ruled, results: Results) -> dict[str, Any]:
    """Flags under every measure, in every design."""
    rule = Rule.of(scenario)
    names = results.names()
    holidays = rule_designs.labels(scenario)
    own: dict[str, Any] = {
        "question": found("flags.question", threshold=rule.threshold),
        "rule": described(rule),
        "holidays": holidays,
        "stations": names,
        "measures": [_measure(m, results, list(holidays), rule.threshold) for m in MEASURES],
    }
    readings = [m.values(results, rule_designs.BASE) for m in MEASURES if m.unit == "station"]
    by_holiday = [of_rule(rule).values(results, name) for name in holidays]
    own["causes"] = causes(readings, by_holiday, rule.threshold)
    own["readings"] = _extremes(own, readings, rule.threshold)
    return own


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
        "reading": np.ptp([flagged(values) for values in readings], axis=0),
        "holiday": np.ptp([flagged(values) for values in holidays], axis=0),
        "luck": ((p > UNSURE[0]) & (p < UNSURE[1])).sum(axis=0),
    }
    order = sorted(spread, key=lambda cause: -spread[cause][0])
    gaps = [spread[a] - spread[b] for a, b in pairwise(order)]
    return {
        "spread": {cause: percentiles(spread[cause][0], spread[cause][1:]) for cause in order},
        "gaps": [percentiles(gap[0], gap[1:].astype(float)) for gap in gaps],
    }


def _extremes(
    answer: Mapping[str, Any], readings: Sequence[np.ndarray], threshold: float
) -> dict[str, Any]:
    """What may be measured to flag fewest and most by the mean, and how many more, paired."""
    own = [m for m in MEASURES if m.unit == "station"]
    flagged = [len(of_measure(answer, m)[rule_designs.BASE]["flagged"]) for m in own]
    few, many = int(np.argmin(flagged)), int(np.argmax(flagged))
    counts = [(readings[n] > threshold).sum(axis=0).tolist() for n in (few, many)]
    return {
        "fewest": own[few].said, "few": flagged[few], "most": own[many].said,
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
    flags: dict[str, dict[str, Any]] = {}
    first: np.ndarray | None = None
    for design, own in values.items():
        over = own > threshold
        p, count = over.mean(axis=1), over.sum(axis=0)
        flagged = [n for n, x in zip(names, own.mean(axis=1), strict=True) if x > threshold]
        flags[design] = {
            "flagged": flagged, "count": interval.mean(count), "p": p.tolist(),
            "sure": int((p == 1.0).sum()), "never": int((p == 0.0).sum()),
            "unsure": int(((p > UNSURE[0]) & (p < UNSURE[1])).sum()),
        }  # fmt: skip
        if first is None:
            first, before = count, flagged
            continue
        flags[design]["difference"] = change(first.tolist(), count.tolist())
        flags[design]["new"] = [n for n in flagged if n not in before]
        flags[design]["gone"] = [n for n in before if n not in flagged]
    return flags


def of_measure(answer: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """The flags of one measure by design; of the rule's own, if none is named."""
    flags: dict[str, Any] = answer["measures"][MEASURES.index(measure or told(answer))]["flags"]
    return flags


# ---- what was found --------------------------------------------------------------------------


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """What moves the flags most; only what is shown."""
    ranked = dict(zip(("first", "second", "last"), answer["causes"]["spread"], strict=True))
    ahead, behind = (gap.sign > 0 for gap in answer["causes"]["gaps"])
    threshold = answer["rule"]["threshold"]
    if not ahead and not behind:
        return [found("flags.decided.none", threshold=threshold)]
    shown = "first" if not behind else "all" if ahead else "last"
    causes = {place: Term(f"flags.causes.{cause}") for place, cause in ranked.items()}
    return [found(f"flags.decided.{shown}", threshold=threshold, **causes)]


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """The same in numbers."""
    n, flags, rule = len(answer["stations"]), of_measure(answer), rule_of(answer)
    base, reading = flags[rule_designs.BASE], answer["readings"]
    others = {name: own for name, own in flags.items() if name != rule_designs.BASE}
    each = [set(own["flagged"]) for own in flags.values()]
    hangs = any(own["difference"].sign for own in others.values())
    return [
        found(
            "flags.count", **rule, flagged=len(base["flagged"]), stations=n, count=base["count"],
            sure=base["sure"], unsure=base["unsure"],
        ),
        found(
            f"flags.reading.{_shown(reading['difference'].sign)}", threshold=rule["threshold"],
            **{name: reading[name] for name in ("few", "fewest", "many", "most", "difference")},
        ),
        found(
            f"flags.holiday.{_shown(hangs)}", always=len(set.intersection(*each)),
            never=n - len(set.union(*each)),
            shifts=[
                found("flags.shift", flagged=len(own["flagged"]), holiday=answer["holidays"][name])
                for name, own in others.items()
            ],
        ),
    ]  # fmt: skip


def _shown(is_shown: object) -> str:
    return "shown" if is_shown else "unshown"
