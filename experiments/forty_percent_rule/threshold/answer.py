"""Is 40 % the right number?  What it finds of the stations that fail, and what it loses."""

from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, Runs
from experiments.forty_percent_rule.measure import MEASURES, described, of_rule
from experiments.forty_percent_rule.threshold import staffing
from sim.metrics import METRICS
from sim.report.finding import found
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.stats import interval, roc
from sim.stats.estimate import Estimate, Metric

THRESHOLDS = np.arange(15, 81) / 100.0
LOST = Metric("lost_share", "%", most=1.0)
OTHER_COSTS = (1 / 3, 3.0)  # of a miss, times the given one: how the answer hangs on it


def answer(scenario: Ruled, runs: Runs) -> dict[str, Any]:
    """The stations where service fails, how well each measure finds them, the best thresholds."""
    results, rule, miss_cost = runs.holidays(scenario), Rule.of(scenario), scenario.own.miss_cost
    names, own, labels = results.names(), of_rule(rule), designs.labels(scenario)
    service = {name: Service.of(results, name, scenario.own) for name in labels}
    weights = interval.resamples(len(results[BASE]))
    flagged = own.values(results, BASE).mean(axis=1) > rule.threshold
    fails = service[BASE].fails()

    def judged(values: np.ndarray, truth: Service) -> dict[str, Any]:
        return score(values, truth, weights, rule.threshold, miss_cost)

    return {
        "question": found("threshold.question", threshold=rule.threshold),
        "rule": described(rule),
        "miss_cost": miss_cost,
        "fails": truth(service[BASE], names),
        "thresholds": THRESHOLDS.tolist(),
        "measures": [
            {**m._asdict(), **judged(m.values(results, BASE), service[BASE])} for m in MEASURES
        ],
        "holidays": {
            name: {
                "label": labels[name],
                "failing": int(truth.fails().sum()),
                "count": interval.mean(truth.fails_each().sum(axis=0)),
                **judged(own.values(results, name), truth),
            }
            for name, truth in service.items()
        },
        "staffing": staffing.answer(scenario, results, weights, own),
        "missed": named(names, ~flagged & fails),
        "needless": named(names, flagged & ~fails),
    }


def truth(service: Service, names: list[str]) -> dict[str, Any]:
    """Where service fails by its means over replications, and how sure that is."""
    fails, each = service.fails(), service.fails_each()
    return {
        "wait_p90_limit_min": service.wait_limit_min, "lost_limit": service.lost_limit,
        "failing": named(names, fails),
        "count": interval.mean(each.sum(axis=0)),
        "stations": {
            name: {
                "fails": bool(fails[s]), "p": float(each[s].mean()),
                "wait_p90_min": _known(service.wait_p90_min[s], METRICS["wait_min_p90"]),
                "lost_share": _known(service.lost_share[s], LOST),
            }
            for s, name in enumerate(names)
        },
    }  # fmt: skip


def named(names: list[str], chosen: np.ndarray) -> list[str]:
    return [name for name, is_one in zip(names, chosen, strict=True) if is_one]


def _known(values: np.ndarray, metric: Metric) -> dict[str, Any] | None:
    """Mean and interval over the replications in which somebody came; None with fewer than 2."""
    x = values[~np.isnan(values)]
    return Estimate.of(x, metric).ends if len(x) > 1 else None


def score(
    values: np.ndarray, service: Service, weights: np.ndarray, threshold: float, miss_cost: float
) -> dict[str, Any]:
    """How well a measure [station, replication] finds the stations where service fails."""
    scores = roc.Scores(values, service.fails(), service.fails(weights), weights)
    costs = [miss_cost * factor for factor in (1.0, *OTHER_COSTS)]
    return {
        **scores.judged(threshold, THRESHOLDS, costs), "one_holiday": scores.each(threshold)
    }  # fmt: skip
