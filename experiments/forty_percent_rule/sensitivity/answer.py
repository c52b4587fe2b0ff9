"""Question 6 of the 40 % rule: does the answer survive our assumptions?

One at a time (`sim/stats/tornado.py`): each input at both ends of its range, all else as expected,
on the draws of the same replications.  All together, with the demand fitted again: elementary
effects along random trajectories (`sim/stats/morris.py`), and whether what was said of the rule
holds at their points.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, WEEK
from experiments.forty_percent_rule.measure import described, of_rule
from experiments.forty_percent_rule.sensitivity.inputs import MOST_FITTED, ranges
from experiments.forty_percent_rule.sensitivity.verdict import OUTPUTS
from experiments.forty_percent_rule.settings import RuleStudySection
from experiments.forty_percent_rule.threshold.answer import THRESHOLDS
from sim.metrics import METRICS
from sim.report.finding import Given, Term
from sim.roads.inputs import DEMAND, INPUTS, changed
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.stats import interval, morris, roc
from sim.stats.tornado import Fit, tornado
from sim.study.case import Replication
from sim.study.results import Results
from sim.study.study import Asked, Engine, Study

FITTED = "sessions_per_evse_day"  # what the demand is fitted to
GROUPS = {name: own.group for name, own in INPUTS.items()}

Samples = Mapping[str, np.ndarray]  # facts by name [design, replication] or [trajectory, point]


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What each assumption does, alone and among others, and what survives."""
    cfg = scenario.config.model_dump(mode="json", by_alias=True)
    inputs: dict[str, dict[str, Any]] = {
        name: {
            "label": Term(f"sensitivity.inputs.{name}"),
            "group": Term(f"sensitivity.groups.{GROUPS[name]}"), "unit": row.unit, "low": row.low,
            "expected": INPUTS[name].value(cfg), "high": row.high, "source": Given(row.source),
        }
        for name, row in ranges(scenario).items()
    }  # fmt: skip
    trajectories, replications = sizes(runs.engine)
    single = _alone(scenario, inputs, runs, replications)
    fit = Fit(inputs, single[FITTED].mean(axis=1), DEMAND, MOST_FITTED)
    seed = scenario.engine.seed
    points = np.array([morris.trajectory(len(inputs), seed, t) for t in range(trajectories)])
    low, high = (np.array([own[end] for own in inputs.values()]) for end in ("low", "high"))
    values = low + (high - low) * points
    sampled = _sampled(scenario, values, fit, runs)
    return {
        "question": Term("sensitivity.question"),
        "rule": described(Rule.of(scenario)),
        "replications": replications, "trajectories": trajectories,
        "points": points[:, :, 0].size, "inputs": inputs, "fitted": fit.possible,
        "fit_error": fit.error(values[:, :, list(inputs).index(DEMAND)], sampled[FITTED]),
        "tornado": {o: tornado(single[o], single[FITTED], GROUPS, DEMAND) for o in OUTPUTS},
        "effects": {
            o: dict(zip(inputs, morris.summary(points, sampled[o]), strict=True)) for o in OUTPUTS
        },
        "survives": survives(sampled, {name: own[:1] for name, own in single.items()}),
        "most_missed": int(sampled["missed"].max()),
        "best": {f"p{q}": float(np.quantile(sampled["best"], q / 100)) for q in (5, 50, 95)},
    }  # fmt: skip


def sizes(engine: Engine) -> tuple[int, int]:
    """Trajectories, and replications of each design of the tornado: 8 and 4 by default."""
    return max(2, 2 * engine.replications // 5), max(2, engine.replications // 5)


# ---- simulated -------------------------------------------------------------------------------


def _alone(
    scenario: Ruled, inputs: Mapping[str, Mapping[str, Any]], runs: Study, replications: int
) -> Samples:
    """As expected, then each input low and high: facts [design, replication]."""
    designs = {BASE: scenario} | {
        f"{name}_{end}": changed(scenario, {name: own[end]})
        for name, own in inputs.items()
        for end in ("low", "high")
    }
    asked = [(name, own, r) for name, own in designs.items() for r in range(replications)]
    return _simulated(scenario, asked, runs, (len(designs), replications))


def _sampled(scenario: Ruled, values: np.ndarray, fit: Fit, runs: Study) -> Samples:
    """Facts at the points of the trajectories, with the demand fitted again [trajectory, point].

    All points of a trajectory meet the draws of the replication of its number.
    """
    asked: list[Asked] = []
    for t, p in np.ndindex(values.shape[:2]):
        at = dict(zip(INPUTS, values[t, p].tolist(), strict=True))
        own = changed(scenario, at | {DEMAND: fit.level(at)})
        asked.append((f"trajectory_{t}_{p}", own, t))
    return _simulated(scenario, asked, runs, values.shape[:2])


def _simulated(scenario: Ruled, asked: list[Asked], runs: Study, shape: tuple[int, ...]) -> Samples:
    """The facts of each; with its ordinary week, if the rule looks at that."""
    rule = Rule.of(scenario)
    weeks = {name: own.reference() for name, own, _ in asked} if rule.is_everyday else {}
    both = [*asked, *((name + WEEK, weeks[name], r) for name, _, r in asked if weeks)]
    results = runs.ask(both, "doing.assumptions")
    ordinary = results[len(asked) :] or results
    each = [facts(rule, a, b, scenario.own) for a, b in zip(results, ordinary, strict=False)]
    return {name: np.array([one[name] for one in each]).reshape(shape) for name in each[0]}


def facts(
    rule: Rule, holiday: Replication, week: Replication, limits: RuleStudySection
) -> dict[str, float]:
    """What one holiday says: the outputs, and how the rule does by what fails in it."""
    results = Results({BASE: [holiday], BASE + WEEK: [week]}, METRICS)
    values = of_rule(rule).values(results, BASE)[:, 0]
    fails = Service.of(results, BASE, limits).fails_each()[:, 0]
    missed, needless = roc.curve(values, fails, THRESHOLDS)
    return {
        "flagged": float((values > rule.threshold).sum()),
        "failing": float(fails.sum()),
        "missed": float((fails & ~(values > rule.threshold)).sum()),
        "best": float(THRESHOLDS[int(roc.best(limits.miss_cost * missed + needless))]),
        "limit": rule.threshold,
        **{name: holiday.figures[name] for name in ("wait_min_p95", "wait_h", FITTED)},
    }


# ---- what survives ---------------------------------------------------------------------------


def survives(sampled: Samples, expected: Samples) -> dict[str, Any]:
    """In how many of the points each verdict on the threshold holds, and in how many holidays as
    expected.  Wilson's interval, as if each trajectory were a single case: its points are alike.
    """
    cases, usual = len(sampled["best"]), _holds(expected)
    return {
        name: {
            "count": int(holds.sum()), "of": holds.size,
            "share": interval.wilson(cases * float(holds.mean()), cases),
            "expected": int(usual[name].sum()), "expected_of": usual[name].size,
        }
        for name, holds in _holds(sampled).items()
    }  # fmt: skip


def _holds(samples: Samples) -> dict[str, np.ndarray]:
    return {
        "more": samples["flagged"] > samples["failing"],
        "none_missed": samples["missed"] == 0,
        "too_low": samples["best"] > samples["limit"] + 1e-9,
    }
