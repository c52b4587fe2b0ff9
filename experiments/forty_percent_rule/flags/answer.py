"""Which stations the 40 % rule flags, and how firmly."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, Runs
from experiments.forty_percent_rule.measure import (
    BY_STATION,
    MEASURES,
    Measure,
    change,
    described,
    of_measure,
    of_rule,
)
from sim.report.finding import found
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.stats.interval import percentiles, resamples, weighted_mean

UNSURE = (0.05, 0.95)  # a flag is a matter of luck where its probability lies between these


def answer(scenario: Ruled, runs: Runs) -> dict[str, Any]:
    """Flags under every measure, in every design."""
    results, rule, holidays = runs.holidays(scenario), Rule.of(scenario), designs.labels(scenario)
    names, threshold = results.names(), rule.threshold
    readings = [m.values(results, BASE) for m in BY_STATION]

    def by_holiday(measure: Measure) -> dict[str, np.ndarray]:
        return {name: measure.values(results, name) for name in holidays}

    return {
        "question": found("flags.question", threshold=threshold),
        "rule": described(rule),
        "holidays": holidays,
        "stations": names,
        "measures": [
            {**m._asdict(), "flags": stability(by_holiday(m), names, threshold)} for m in MEASURES
        ],
        "causes": causes(readings, [*by_holiday(of_rule(rule)).values()], threshold),
        "readings": extremes(readings, threshold),
    }


def causes(
    readings: Sequence[np.ndarray], holidays: Sequence[np.ndarray], threshold: float
) -> dict[str, Any]:
    """How far each cause moves the number of flags, what moves it most first.

    `readings` are the values [station, replication] of what may be measured, `holidays` those of
    the rule's own measure in each holiday, the first as expected; luck is the number of flags that
    it decides.  `gaps` : from each cause to the next.  Intervals: percentiles of resamples of the
    replications, the same ones for all.

    Over points luck is part of what is not known: the flags that differ between worlds.  That is
    one number of all worlds; what the other causes move is counted in each of them.
    """
    replications, worlds = holidays[0].shape[1], interval.are_points()
    weights = np.vstack([np.ones(replications), resamples(replications)])

    def moves(over: Sequence[np.ndarray]) -> np.ndarray:
        flagged = [(weighted_mean(values, weights) > threshold).sum(axis=0) for values in over]
        apart: np.ndarray = np.ptp(flagged, axis=0)
        return apart

    over = np.ones_like(weights) if worlds else weights
    p = weighted_mean((holidays[0] > threshold).astype(float), over)
    spread = {
        "reading": moves(readings), "holiday": moves(holidays),
        "unknown" if worlds else "luck": _unsure(p).sum(axis=0),
    }  # fmt: skip
    order = sorted(spread, key=lambda cause: -spread[cause][0])
    gaps = [spread[a] - spread[b] for a, b in pairwise(order)]
    return {
        "spread": {cause: percentiles(spread[cause][0], spread[cause][1:]) for cause in order},
        "gaps": [percentiles(gap[0], gap[1:].astype(float)) for gap in gaps],
    }


def _unsure(p: np.ndarray) -> np.ndarray:
    found: np.ndarray = (p > UNSURE[0]) & (p < UNSURE[1])
    return found


def extremes(readings: Sequence[np.ndarray], threshold: float) -> dict[str, Any]:
    """What may be measured to flag fewest and most by the mean, and how many more, paired.

    `readings` : the values [station, replication] of each of `BY_STATION`.
    """
    flagged = [int((values.mean(axis=1) > threshold).sum()) for values in readings]
    few, many = int(np.argmin(flagged)), int(np.argmax(flagged))
    counts = [(readings[n] > threshold).sum(axis=0) for n in (few, many)]
    return {
        "fewest": BY_STATION[few].said, "few": flagged[few], "most": BY_STATION[many].said,
        "many": flagged[many], "difference": interval.paired_difference(*counts),
    }  # fmt: skip


def stability(
    values: Mapping[str, np.ndarray], names: Sequence[str], threshold: float
) -> dict[str, dict[str, Any]]:
    """Flags by design, the first design against the others; `values` [station, replication].

    `flagged`: by the mean over replications.  `count`: how many exceed the threshold in one
    replication.  `p`: in which share of the replications each does, in the order of `names`.
    `difference`: of the counts to those of the first design, paired by replication.
    """
    counts = {design: (own > threshold).sum(axis=0) for design, own in values.items()}
    flags: dict[str, dict[str, Any]] = {}
    for design, own in values.items():
        p = (own > threshold).mean(axis=1)
        flags[design] = {
            "flagged": [n for n, x in zip(names, own.mean(axis=1), strict=True) if x > threshold],
            "count": interval.mean(counts[design]), "p": p.tolist(),
            "sure": int((p == 1.0).sum()), "never": int((p == 0.0).sum()),
            "unsure": int(_unsure(p).sum()),
        }  # fmt: skip
    first, *others = flags
    before = flags[first]["flagged"]
    for design in others:
        after = flags[design]["flagged"]
        flags[design] |= {
            "difference": change(counts[first].tolist(), counts[design].tolist()),
            "new": [n for n in after if n not in before],
            "gone": [n for n in before if n not in after],
        }
    return flags


def flags_of(answer: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """The flags of one measure by design; of the rule's own, if none is named."""
    flags: dict[str, Any] = of_measure(answer, measure)["flags"]
    return flags
