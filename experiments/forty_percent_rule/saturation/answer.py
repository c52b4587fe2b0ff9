"""Would a rule about saturation miss less and flag less than one about utilization?"""

from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, Runs
from experiments.forty_percent_rule.measure import described, of_rule
from experiments.forty_percent_rule.threshold.answer import THRESHOLDS
from sim.metrics import METRICS
from sim.report.finding import found
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.stats import interval, roc
from sim.stats.estimate import Estimate

HOURS = np.arange(0, 96) / 4.0  # [h] a day
FIGURES = ("saturated_h_per_day", "saturated_worst_min", "saturated_spell_h")


def answer(scenario: Ruled, runs: Runs) -> dict[str, Any]:
    """Both rules against where service fails: at their own numbers, at those that lose least, and
    by the areas under their ROC curves; all differences are paired by resample."""
    results, rule, own = runs.holidays(scenario), Rule.of(scenario), scenario.own
    service, weights = Service.of(results, BASE, own), interval.resamples(len(results[BASE]))
    truth = service.fails(), service.fails(weights)
    hours, used = (
        roc.Scores(values, *truth, weights)
        for values in (results.stations(FIGURES[0]), of_rule(rule).values(results, BASE))
    )
    judged = {
        "saturation": hours.judged(own.saturated_h_per_day, HOURS, [own.miss_cost]),
        "utilization": used.judged(rule.threshold, THRESHOLDS, [own.miss_cost]),
    }
    figures = {key: Estimate.each(results.stations(key), METRICS[key]) for key in FIGURES}
    use = of_rule(rule).values(results, BASE).mean(axis=1).tolist()
    return {
        "question": found("saturation.question", threshold=rule.threshold),
        "rule": described(rule),
        "saturated_h_per_day": own.saturated_h_per_day,
        "miss_cost": own.miss_cost,
        "failing": int(truth[0].sum()),
        "hours": HOURS.tolist(), "thresholds": THRESHOLDS.tolist(),
        **judged,
        "flags_more": roc.flags_more(hours, own.saturated_h_per_day, used, rule.threshold),
        "misses_more": roc.misses_more(hours, own.saturated_h_per_day, used, rule.threshold),
        "loses_more": roc.loses_more(hours, HOURS, used, THRESHOLDS, own.miss_cost),
        "sharper": roc.sharper(hours, used),
        "stations": {
            name: {
                "fails": bool(truth[0][s]), "utilization": use[s],
                **{key: each[s] for key, each in figures.items()},
            }
            for s, name in enumerate(results.names())
        },
    }  # fmt: skip
