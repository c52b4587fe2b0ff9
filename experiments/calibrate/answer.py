"""What the answer holds: observations, inputs, headlines, emulators, and what to ask for."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.stats import kstest

from experiments.calibrate import design
from experiments.calibrate.design import CHECK, HEADLINES, HOLIDAY, WEEK, Runs
from experiments.calibrate.fit import TRUTHS, Fitted, Place
from experiments.calibrate.observed import Observed
from experiments.calibrate.verdict import verdict
from experiments.question import Answer
from sim.config.folder import configs_dir
from sim.report.finding import Given, Term
from sim.roads import level
from sim.roads.inputs import ALL
from sim.roads.posterior import Posterior
from sim.roads.scenario import Scenario
from sim.stats import chance
from sim.stats import posterior as weighed
from sim.stats.emulator import Emulator
from sim.stats.estimate import Estimate
from sim.stats.interval import half_width
from sim.stats.posterior import ENDS, IMPLAUSIBLE
from sim.stats.prior import Prior, sobol
from sim.study import provenance, store
from sim.study.points import DIGITS
from sim.study.study import Study

BINS = 20  # of the ranks of known truths


@dataclass(frozen=True)
class Made:
    """All that a calibration is made from.

    Attributes
    ----------
    calendars : the scenarios of holiday, ordinary week and check.
    names : their keys, by the name of the demand.
    own : the settings of the question.
    """

    calendars: Mapping[str, Scenario]
    names: Mapping[str, str]
    priors: Mapping[str, Prior]
    observed: Sequence[Observed]
    own: Any
    seed: int
    threshold: float


def answer(made: Made, study: Study, output: Any, progress: Any) -> Answer:
    """Design, emulators, posterior, and points of it in the simulator."""
    own, inputs = made.own, [*made.priors]
    clock = {"began": time.perf_counter()}
    points = rounded(sobol(made.priors, own.points, made.seed))
    both = {name: made.calendars[name] for name in (HOLIDAY, WEEK)}
    before = design.run(both, inputs, points, made.threshold, study, "doing.inputs")
    clock["design"] = time.perf_counter()
    progress.status("doing.weighing")
    fitted = Fitted.to(made.observed, made.names, made.priors, own.level_sd, made.seed)
    emulator = fitted.emulator(before)
    clock["emulators"] = time.perf_counter()
    posterior, kept = fitted.posterior(emulator, own.sample, own.kept)
    clock["posterior"] = time.perf_counter()
    ranks = fitted.ranks(before, 2 * own.sample)
    clock["ranks"] = time.perf_counter()
    chosen = rounded(posterior.points[kept])
    after = design.run(made.calendars, inputs, chosen, made.threshold, study, "doing.posterior")
    clock["runs"] = time.perf_counter()
    base = made.calendars[HOLIDAY]
    kept_as = Posterior(tuple(inputs), chosen, _expected(base, inputs), _made_from(made))
    kept_as.write(output.place)
    asked = what_to_ask(inputs, *fitted.narrowed(before, posterior.points))
    numbers: dict[str, Any] = {
        "demand": base.config.demand.name,
        "reference": made.calendars[WEEK].config.demand.name,
        "check": made.calendars[CHECK].config.demand.name,
        "threshold": made.threshold,
        "level_sd": own.level_sd,
        "points": len(points),
        "sample": len(posterior.points),
        "effective": posterior.effective,
        "kept": len(chosen),
        "stations": before.over(HOLIDAY).shape[1],
        "headlines": {name: headline(before, after, name) for name in HEADLINES},
        "classes": chance.counts(after.over(HOLIDAY).mean(axis=0)),
        "observations": [
            observation(made, row, before, after, fitted, emulator) for row in made.observed
            if row.demand in made.names
        ],
        "inputs": [
            input_of(base, name, prior, posterior, n)
            | {"asked": {own: of["by"][name] for own, of in asked.items()}}
            for n, (name, prior) in enumerate(made.priors.items())
        ],
        "leading": {own: of["leading"] for own, of in asked.items()},
        "emulators": [quality(place, emulator, fitted, after) for place in fitted.outputs],
        "truths": truths(ranks, inputs),
        "seconds": _spent(clock),
    }  # fmt: skip
    samples = {name: after.values(HOLIDAY, name).tolist() for name in HEADLINES}
    first = {name: float(np.mean(values)) for name, values in samples.items()}
    facts = {"cpu_s": study.cpu_s}
    return Answer(verdict(numbers), numbers, first, samples, facts)


def rounded(points: np.ndarray) -> np.ndarray:
    """As they are written, so that what is kept of them is what was run."""
    return np.array([[float(f"{value:.{DIGITS}g}") for value in row] for row in points.tolist()])


def _expected(base: Scenario, inputs: Sequence[str]) -> dict[str, float]:
    cfg = base.config.model_dump(mode="json", by_alias=True)
    return {name: ALL[name].value(cfg) for name in inputs}


def _made_from(made: Made) -> dict[str, Any]:
    own = made.own
    tables = {
        name: {"table": table, "digest": store.file_digest(configs_dir() / table)}
        for name, table in (("inputs", own.inputs), ("observations", own.observations))
    }
    short: dict[str, Any] = provenance.shortened(tables)
    return short | {
        "scenarios": {name: case.key for name, case in made.calendars.items()},
        "figures_hash": provenance.figures("sim.roads.case"),
        "peakcharge": provenance.versions()["peakcharge"],
        "points": own.points, "level_sd": own.level_sd, "seed": made.seed,
    }  # fmt: skip


def _spent(clock: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each part."""
    names = list(clock)
    return {b: clock[b] - clock[a] for a, b in pairwise(names)}


# ---- parts of the answer ---------------------------------------------------------------------


def middle(values: np.ndarray) -> Estimate:
    """Median and middle 95 % of points that are equally likely."""
    low, mid, high = np.quantile(values, [ENDS[0], 0.5, ENDS[1]]).tolist()
    return Estimate(mid, low, high)


def headline(before: Runs, after: Runs, name: str) -> dict[str, Estimate]:
    return {"prior": middle(before.values(HOLIDAY, name)),
            "posterior": middle(after.values(HOLIDAY, name))}  # fmt: skip


def observation(
    made: Made, row: Observed, before: Runs, after: Runs, fitted: Fitted, emulator: Emulator
) -> dict[str, Any]:
    """What was observed beside what is predicted of it, with a replication's luck and the level
    that is not known."""
    calendar = made.names[row.demand]
    place: Place = (calendar, row.metric)
    values = after.values(*place) * _levels(made, row, after)
    prior = None
    if calendar in before.found:
        prior = middle(before.values(*place) * _levels(made, row, before))
    posterior = middle(values)
    away = None
    if row in fitted.rows:
        n = list(fitted.rows).index(row)
        likelihood = fitted.likelihood(emulator)
        mean = np.zeros((1, len(fitted.rows)))
        mean[0, n] = after.values(*place).mean()
        away = float(likelihood.implausibility(mean)[0, n])
    else:
        spread = np.hypot(values.std(), row.observation.sd)
        away = float(abs(values.mean() - row.observation.middle) / spread) if spread else 0.0
    assert posterior.low is not None
    assert posterior.high is not None
    return {
        "demand": Given(row.demand), "quantity": Given(row.quantity), "unit": Given(row.unit),
        "role": row.role, "kind": Term(f"kinds.{row.kind}"), "metric": row.metric,
        "calendar": calendar, "observed": Estimate(row.observed, row.low, row.high),
        "prior": prior, "posterior": posterior, "away": away,
        "agrees": posterior.low <= row.high and posterior.high >= row.low,
        "plausible": away < IMPLAUSIBLE,
        "definition": Given(row.definition), "source": Given(row.source),
    }  # fmt: skip


def _levels(made: Made, row: Observed, runs: Runs) -> np.ndarray:
    return level.factors(row.metric, len(runs.points), made.own.level_sd, made.seed)


def input_of(
    base: Scenario, name: str, prior: Prior, posterior: weighed.Posterior, n: int
) -> dict[str, Any]:
    """An input before and after, and by what share of its prior its interval is narrower."""
    low, mid, high = (float(v) for v in prior.quantile(np.array([ENDS[0], 0.5, ENDS[1]])))
    after = posterior.quantiles(posterior.points[:, n], [ENDS[0], 0.5, ENDS[1]])
    expected = _expected(base, [name])[name]
    return {
        "name": name, "label": Term(f"inputs.{name}"), "group": Term(f"groups.{ALL[name].group}"),
        "unit": ALL[name].unit, "expected": expected, "source": Given(prior.source),
        "prior": Estimate(mid, low, high), "posterior": Estimate(after[1], after[0], after[2]),
        "narrower": 1.0 - (after[2] - after[0]) / (high - low),
    }  # fmt: skip


def what_to_ask(
    inputs: Sequence[str], whole: np.ndarray, pseudo: np.ndarray
) -> dict[str, dict[str, Any]]:
    """For each headline: `by` what share its interval would be narrower if an input were known,
    and which inputs are `leading`: not told apart from the one that does most.

    Parameters
    ----------
    whole, pseudo : [headline, input] and [group, headline, input]; see `Fitted.narrowed`.
    """
    found = {}
    for n, headline in enumerate(HEADLINES):
        own, each = whole[n], pseudo[:, n]
        first = int(own.argmax())
        half = [half_width(one) for one in each.T]
        apart = [half_width(each[:, first] - one) for one in each.T]
        by = [Estimate(value, max(0.0, value - h), min(1.0, value + h))
              for value, h in zip(own.tolist(), half, strict=True)]  # fmt: skip
        leading = [k for k in np.argsort(-own).tolist() if own[first] - own[k] <= apart[k]]
        found[headline] = {"by": dict(zip(inputs, by, strict=True)),
                           "leading": [inputs[k] for k in leading]}  # fmt: skip
    return found


def quality(
    place: Place, emulator: Emulator, fitted: Fitted, after: Runs
) -> dict[str, Any]:  # fmt: skip
    """How far an emulator can be believed: where points are left out, and at the posterior."""
    name, n = ".".join(place), fitted.outputs.index(place)
    error = emulator(after.points)[:, n] - after.values(*place)
    left_out = float(np.sqrt((emulator.residuals[:, n] ** 2).mean()))
    return {
        "calendar": place[0], "metric": place[1], "r2": emulator.r2[name],
        "informed": emulator.is_informed(name), "error": left_out,
        "at_posterior": float(np.sqrt((error**2).mean())), "bias": float(error.mean()),
        "mean": float(after.values(*place).mean()),
    }  # fmt: skip


def truths(ranks: np.ndarray, inputs: Sequence[str]) -> dict[str, Any]:
    """How often known truths are found: the share of them in the middle 95 % of their posteriors,
    and whether their ranks are uniform, input by input."""
    inside = (ranks > ENDS[0]) & (ranks < ENDS[1])
    counts = np.histogram(ranks, BINS, (0.0, 1.0))[0]
    return {
        "count": min(TRUTHS, len(ranks)), "covered": float(inside.mean()),
        "by_input": dict(zip(inputs, inside.mean(axis=0).tolist(), strict=True)),
        "uniform": {name: float(kstest(ranks[:, n], "uniform").pvalue)
                    for n, name in enumerate(inputs)},
        "ranks": counts.tolist(), "even": ranks.size / BINS,
    }  # fmt: skip
