"""Question 6 of the 40 % rule: does the answer survive our assumptions?

One at a time (the tornado): each input at both ends of its range, all else as expected, on the
draws of the same replications.  All together, with the demand fitted again (`fitting.py`):
elementary effects along random trajectories (`sim/stats/morris.py`), and whether what was said of
the rule holds at their points.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, WEEK
from experiments.forty_percent_rule.measure import described, of_rule
from experiments.forty_percent_rule.sensitivity import inputs as rule_inputs
from experiments.forty_percent_rule.sensitivity.fitting import FITTED, Fit, fitted_again
from experiments.forty_percent_rule.sensitivity.inputs import DEMAND, INPUTS, Range
from experiments.forty_percent_rule.sensitivity.verdict import OUTPUTS
from experiments.forty_percent_rule.settings import RuleStudySection
from experiments.forty_percent_rule.threshold.answer import THRESHOLDS
from sim.metrics import METRICS
from sim.report.finding import Given, Term
from sim.roads.scenario import Scenario
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.stats import interval, morris, roc
from sim.study.case import Replication
from sim.study.results import Results
from sim.study.study import Engine, Study

ENDS = ("low", "high")

Facts = dict[str, float]
Samples = Mapping[str, np.ndarray]  # facts by name [design, replication] or [trajectory, point]
Asked = list[tuple[str, Scenario, int]]


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What each assumption does, alone and among others, and what survives."""
    table = rule_inputs.ranges(scenario)
    names, inputs = list(table), {n: _described(scenario, n, row) for n, row in table.items()}
    trajectories, replications = sizes(runs.engine)
    single = _alone(scenario, table, runs, replications)
    fit = Fit(inputs, single[FITTED].mean(axis=1))
    seed = scenario.engine.seed
    points = np.array([morris.trajectory(len(table), seed, t) for t in range(trajectories)])
    low, high = (np.array([getattr(row, end) for row in table.values()]) for end in ENDS)
    values = low + (high - low) * points
    sampled = _sampled(scenario, names, values, fit, runs)
    return {
        "question": Term("sensitivity.question"),
        "rule": described(Rule.of(scenario)),
        "replications": replications, "trajectories": trajectories,
        "points": points[:, :, 0].size, "inputs": inputs, "fitted": fit.possible,
        "fit_error": fit.error(values[:, :, names.index(DEMAND)], sampled[FITTED]),
        "tornado": {o: tornado(single[o], single[FITTED], names) for o in OUTPUTS},
        "effects": {
            o: {
                name: own | {"mu": _signed(own["mu"])}
                for name, own in zip(names, morris.summary(points, sampled[o]), strict=True)
            }
            for o in OUTPUTS
        },
        "survives": survives(sampled, {name: own[:1] for name, own in single.items()}),
        "most_missed": int(sampled["missed"].max()),
        "best": {f"p{q}": float(np.quantile(sampled["best"], q / 100)) for q in (5, 50, 95)},
    }  # fmt: skip


def sizes(engine: Engine) -> tuple[int, int]:
    """Trajectories, and replications of each design of the tornado: 8 and 4 by default."""
    return max(2, 2 * engine.replications // 5), max(2, engine.replications // 5)


def _described(scenario: Ruled, name: str, row: Range) -> dict[str, Any]:
    own = INPUTS[name]
    return {
        "label": Term(f"sensitivity.inputs.{name}"),
        "group": Term(f"sensitivity.groups.{own.group}"), "unit": own.unit, "low": row.low,
        "expected": own.value(scenario.config), "high": row.high, "source": Given(row.source),
    }  # fmt: skip


# ---- simulated -------------------------------------------------------------------------------


def _alone(scenario: Ruled, table: Mapping[str, Range], runs: Study, replications: int) -> Samples:
    """As expected, then each input low and high: facts [design, replication]."""
    designs = {BASE: scenario} | {
        f"{name}_{end}": rule_inputs.changed(scenario, {name: getattr(row, end)})
        for name, row in table.items()
        for end in ENDS
    }
    asked = [(name, own, r) for name, own in designs.items() for r in range(replications)]
    return _simulated(scenario, asked, runs, (len(designs), replications))


def _sampled(
    scenario: Ruled, names: Sequence[str], values: np.ndarray, fit: Fit, runs: Study
) -> Samples:
    """Facts at the points of the trajectories, with the demand fitted again [trajectory, point].

    All points of a trajectory meet the draws of the replication of its number.
    """
    asked = []
    for t, p in np.ndindex(values.shape[:2]):
        at = dict(zip(names, values[t, p].tolist(), strict=True))
        own = rule_inputs.changed(scenario, at | {DEMAND: fit.demand(at)})
        asked.append((f"trajectory_{t}_{p}", own, t))
    return _simulated(scenario, asked, runs, values.shape[:2])


def _simulated(scenario: Ruled, asked: Asked, runs: Study, shape: tuple[int, ...]) -> Samples:
    """The facts of each; with its ordinary week, if the rule looks at that."""
    rule, limits = Rule.of(scenario), scenario.own
    weeks = {name: own.reference() for name, own, _ in asked} if rule.is_everyday else {}
    both = [*asked, *((name + WEEK, weeks[name], r) for name, _, r in asked if weeks)]
    results = runs.ask(both, "other assumptions")
    holidays, ordinary = results[: len(asked)], results[len(asked) :] or results
    each = [facts(rule, a, b, limits) for a, b in zip(holidays, ordinary, strict=True)]
    return {name: np.array([one[name] for one in each]).reshape(shape) for name in each[0]}


def facts(rule: Rule, holiday: Replication, week: Replication, limits: RuleStudySection) -> Facts:
    """What one holiday says: the outputs, and how the rule does by what fails in it."""
    results = Results({BASE: [holiday], BASE + WEEK: [week]}, METRICS)
    values = of_rule(rule).values(results, BASE)[:, 0]
    fails = Service.of(results, BASE, limits).fails_each()[:, 0]
    counts = roc.confusion(values > rule.threshold, fails)
    missed, needless = roc.curve(values, fails, THRESHOLDS)
    number = int(roc.best(limits.miss_cost * missed + needless))
    return {
        "flagged": float(counts["hit"] + counts["needless"]),
        "failing": float(counts["hit"] + counts["missed"]),
        "missed": float(counts["missed"]),
        "best": float(THRESHOLDS[number]),
        "limit": rule.threshold,
        "wait_min_p95": holiday.figures["wait_min_p95"],
        "wait_h": holiday.figures["wait_h"],
        FITTED: holiday.figures[FITTED],
    }


# ---- what they do ----------------------------------------------------------------------------


def tornado(output: np.ndarray, sessions: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """What each input does alone: differences to the output as expected, paired by replication,
    as it is and with the demand fitted again; and the swing from its low end to its high end.

    `output`, `sessions` [design, replication]: as expected, then each input low and high.
    """
    again = fitted_again(output, sessions, names.index(DEMAND))
    changes = {"as_is": output - output[0], "fitted_again": again - output[0]}
    found: dict[str, Any] = {"expected": interval.mean(output[0]), "inputs": {}, "shares": {}}
    for n, name in enumerate(names):
        found["inputs"][name] = {
            way: _ends(change[2 * n + 1], change[2 * n + 2]) for way, change in changes.items()
        }
    for way, change in changes.items():
        swings = (change[2::2] - change[1::2]).T  # [replication, input]
        groups = [INPUTS[name].group for name in names]
        known = not np.isnan(swings).any()
        found["shares"][way] = morris.shares(swings, groups) if known else {}
    return found


def _ends(low: np.ndarray, high: np.ndarray) -> dict[str, Any] | None:
    if np.isnan([low, high]).any():
        return None
    return {
        name: _signed(interval.difference(x)) for name, x in
        (("low", low), ("high", high), ("swing", high - low))
    }  # fmt: skip


def _signed(change: Mapping[str, float]) -> dict[str, Any]:
    """A change, which is shown with its sign."""
    return {**change, "is_change": True}


def survives(sampled: Samples, expected: Samples) -> dict[str, Any]:
    """In how many of the points each verdict on the threshold holds, and in how many holidays as
    expected.  Wilson's interval, as if each trajectory were a single case: its points are alike.
    """
    cases = len(sampled["best"])
    usual = _holds(expected)
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
