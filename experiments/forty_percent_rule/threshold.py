"""Question 2 of the 40 % rule: is 40 % the right number?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule import staffing as rule_staffing
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.flags import share
from experiments.forty_percent_rule.measure import (
    MEASURES,
    Measure,
    Results,
    Service,
    described,
    limit,
    of_rule,
    told,
)
from experiments.forty_percent_rule.settings import RuleStudySection
from sim.report.words import shown, span
from sim.roads.upgrade import Rule
from sim.stats import interval, roc
from sim.stats.interval import percentiles

THRESHOLDS = np.arange(15, 81) / 100.0
OTHER_COSTS = (1 / 3, 3.0)  # of a miss, times the given one: how the answer hangs on it


def answer(scenario: Ruled, results: Results) -> dict[str, Any]:
    """The stations where service fails, how well each measure finds them, the best thresholds."""
    study, names, base = scenario.own, results.names(), rule_designs.BASE
    rule, own = Rule.of(scenario), of_rule(Rule.of(scenario))
    service = Service.of(results, base, study)
    weights = interval.resamples(service.lost_share.shape[1])
    found: dict[str, Any] = {
        "question": f"Is {100 * rule.threshold:g} % the right number?",
        "rule": described(rule),
        "fails": truth(service, names),
        "thresholds": THRESHOLDS.tolist(),
        "measures": [
            {"definition": m.definition, "unit": m.unit, "window": m.window}
            | score(m.values(results, base), service, weights, rule.threshold, study.miss_cost)
            for m in MEASURES
        ],
        "holidays": {
            name: _holiday(results, name, weights, rule, study)
            for name in rule_designs.labels(scenario)
        },
        "staffing": rule_staffing.answer(scenario, results, weights, own),
    }
    flagged = own.values(results, base).mean(axis=1) > rule.threshold
    fails = service.fails()
    found["missed"] = [n for n, x in zip(names, ~flagged & fails, strict=True) if x]
    found["needless"] = [n for n, x in zip(names, flagged & ~fails, strict=True) if x]
    found["plain"], found["verdict"] = plain(scenario, found), verdict(scenario, found)
    return found


def truth(service: Service, names: Sequence[str]) -> dict[str, Any]:
    """Where service fails by its means over replications, and how sure that is."""
    fails, p = service.fails(), service.fails_each().mean(axis=1)
    return {
        "wait_p90_limit_min": service.wait_limit_min, "lost_limit": service.lost_limit,
        "failing": [n for n, x in zip(names, fails, strict=True) if x],
        "count": interval.mean(service.fails_each().sum(axis=0)),
        "stations": {
            name: {
                "fails": bool(fails[s]), "p": float(p[s]),
                "wait_p90_min": _known(service.wait_p90_min[s], skewed=True),
                "lost_share": _known(service.lost_share[s]),
            }
            for s, name in enumerate(names)
        },
    }  # fmt: skip


def _known(values: np.ndarray, skewed: bool = False) -> dict[str, float] | None:
    """Mean and interval over the replications in which somebody came; None with fewer than 2."""
    x = values[~np.isnan(values)]
    if len(x) < 2:
        return None
    if skewed:
        return {name: float(v[0]) for name, v in interval.bootstrap(x).items()}
    return interval.mean(x, most=1.0)


def score(
    values: np.ndarray, service: Service, weights: np.ndarray, threshold: float, miss_cost: float
) -> dict[str, Any]:
    """How well a measure [station, replication] finds the stations where service fails.

    Intervals of shares of stations are Wilson's, as if the stations were a sample of many.  The
    others resample replications (the measure and the service of a replication together), so
    they are about the luck of the draws with these very stations.  Without a failing station, or
    without another one, there is no area, curve or best threshold: None.
    """
    mean, fails = values.mean(axis=1), service.fails()
    found: dict[str, Any] = {
        "at_threshold": roc.at(threshold, mean, fails),
        "one_holiday": _one_holiday(values, fails, threshold),
        "area": None, "curve": None, "best": None, "balance": None,
    }  # fmt: skip
    if fails.all() or not fails.any():
        return found
    again = values @ weights.T / weights.sum(axis=1)
    again_fails = service.fails(weights)
    missed, needless = roc.curve(mean, fails, THRESHOLDS)
    hit, spared = fails.sum() - missed, (~fails).sum() - needless
    flagged = hit + needless
    found["area"] = interval.mirrored(float(roc.area(mean, fails)), roc.area(again, again_fails))
    found["curve"] = {
        "sensitivity": (hit / fails.sum()).tolist(),
        "specificity": (spared / (~fails).sum()).tolist(),
        "precision": [h / f if f else None for h, f in zip(hit, flagged, strict=True)],
        "missed": missed.tolist(), "needless": needless.tolist(),
    }  # fmt: skip
    curves = (missed, needless), roc.curve(again, again_fails, THRESHOLDS)
    at = (
        _counts(mean[:, None] > threshold, fails[:, None]),
        _counts(again > threshold, again_fails),
    )
    (balance,), again_balance = (miss_cost * missed - needless for missed, needless in at)
    found["balance"] = percentiles(float(balance), again_balance)
    found["best"] = [_best(miss_cost * factor, curves, at) for factor in (1.0, *OTHER_COSTS)]
    found["curve"]["loss_low"], found["curve"]["loss_high"] = (
        np.quantile(miss_cost * curves[1][0] + curves[1][1], q, axis=1).tolist()
        for q in (0.025, 0.975)
    )
    return found


Counts = tuple[np.ndarray, np.ndarray]  # missed and needless


def _counts(flagged: np.ndarray, fails: np.ndarray) -> Counts:
    return (~flagged & fails).sum(axis=0), (flagged & ~fails).sum(axis=0)


def _best(cost: float, curves: tuple[Counts, Counts], at: tuple[Counts, Counts]) -> dict[str, Any]:
    """The threshold that loses least where a miss costs `cost` needless upgrades; what it loses,
    and how much more the rule's own threshold does.  Pairs: all replications, resamples."""
    loss, again = (cost * missed + needless for missed, needless in curves)
    own, own_again = (cost * missed + needless for missed, needless in at)
    number = int(roc.best(loss))
    least = THRESHOLDS[loss <= loss.min() + 1e-9]
    return {
        "miss_cost": cost,
        "threshold": percentiles(THRESHOLDS[number], THRESHOLDS[roc.best(again)]),
        "as_good": [float(least[0]), float(least[-1])],
        "loss": percentiles(loss[number], again.min(axis=0)),
        "loss_at_threshold": percentiles(own[0], own_again),
        "regret": percentiles(own[0] - loss[number], own_again - again.min(axis=0)),
    }


def _one_holiday(
    values: np.ndarray, fails: np.ndarray, threshold: float
) -> dict[str, dict[str, float] | None]:
    """The same rates when the flags come from one holiday only: means over replications, with
    Student-t intervals; replications in which a rate does not exist are left out."""
    flagged = values > threshold
    hit = (flagged & fails[:, None]).sum(axis=0).astype(float)
    needless = flagged.sum(axis=0) - hit
    failing, others = fails.sum(), (~fails).sum()
    shares = {
        "sensitivity": hit / failing if failing else hit[:0],
        "specificity": 1.0 - needless / others if others else hit[:0],
        "precision": (hit / np.maximum(1.0, hit + needless))[hit + needless > 0],
    }
    return {name: interval.mean(x, most=1.0) if len(x) > 1 else None for name, x in shares.items()}


def _holiday(
    results: Results, design: str, weights: np.ndarray, rule: Rule, study: RuleStudySection
) -> dict[str, Any]:
    """The rule in one of the holidays, against what fails in that holiday."""
    service = Service.of(results, design, study)
    values = of_rule(rule).values(results, design)
    return {
        "failing": int(service.fails().sum()),
        "count": interval.mean(service.fails_each().sum(axis=0)),
        **score(values, service, weights, rule.threshold, study.miss_cost),
    }


def of_measure(found: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """What was found of one measure; of the rule's own, if none is named."""
    return found["measures"][MEASURES.index(measure or told(found))]


# ---- in words --------------------------------------------------------------------------------


def plain(scenario: Ruled, found: Mapping[str, Any]) -> list[str]:
    """Whether the number is right, what is lost by it, and whether one number can be."""
    study, rule = scenario.own, of_measure(found)
    if rule["best"] is None:
        return [f"Whether {limit(found)} is right cannot be told: {_nothing_to_tell(found)}."]
    at = rule["at_threshold"]
    lost = study.miss_cost * at["missed"], at["needless"]
    if not any(lost):
        loses = "it flags the failing stations and no other"
    elif at["missed"] == 0:
        loses = "it misses no failing station, but flags others needlessly"
    else:
        worse = {1: "missing failing stations", -1: "needless upgrades"}
        more = shown(rule["balance"])
        loses = "if it loses more by missing failing stations or by needless upgrades, is not shown"
        if more:
            loses = f"most of what it loses, it loses by {worse[more]}"
    judged = _judged(rule["best"][0], found["rule"]["threshold"])
    says = f"{limit(found)} {told(found)} {judged}: {loses}."
    return [says, *rule_staffing.plain(found["staffing"])]


def _judged(best: Mapping[str, Any], threshold: float) -> str:
    found = best["threshold"]
    if threshold < found["low"]:
        return "is too low"
    if threshold > found["high"]:
        return "is too high"
    return "cannot be told from the best number"


def _nothing_to_tell(found: Mapping[str, Any]) -> str:
    which = "every station" if found["fails"]["failing"] else "no station"
    return f"service fails at {which}, so there is no ROC curve and no best threshold"


def verdict(scenario: Ruled, found: Mapping[str, Any]) -> list[str]:
    """The same in numbers."""
    study, n = scenario.own, len(found["fails"]["stations"])
    rule = of_measure(found)
    failing = len(found["fails"]["failing"])
    says = (
        f"Service fails (P90 wait over {study.fails_wait_p90_min:g} min, or more than "
        f"{100 * study.fails_lost_share:g} % balk or renege) at {failing} of {n} stations; in one "
        f"holiday at {span(found['fails']['count'])}"
    )
    if rule["best"] is None:
        return [f"{says}."]
    at = rule["at_threshold"]
    return [
        f"{says}. {limit(found)} {told(found)} finds {at['hit']} of these {failing} and misses "
        f"{at['missed']}; of the {at['hit'] + at['needless']} stations it flags {at['needless']} "
        f"do not fail: sensitivity {share(at['sensitivity'])}, "
        f"specificity {share(at['specificity'])}, "
        f"precision {share(at['precision'])}.",
        _right_number(rule["best"], found["rule"]["threshold"]),
        _other_measures(found),
        _moves(scenario, found),
        *rule_staffing.verdict(found["staffing"]),
    ]


def _right_number(best: Sequence[Mapping[str, Any]], threshold: float) -> str:
    given, *others = best
    rest = " and ".join(f"{share(o['threshold'])} at {ratio(o['miss_cost'])}" for o in others)
    return (
        f"At a cost of {ratio(given['miss_cost'])}, a missed failing station to a needless "
        f"upgrade, least is lost at {share(given['threshold'])}: {given['loss']['mean']:.3g}, "
        f"against {given['loss_at_threshold']['mean']:.3g} at {100 * threshold:g} % (difference "
        f"{span(given['regret'])}). The best number is {rest}."
    )


def ratio(cost: float) -> str:
    """`3:1`: what a miss costs, to what a needless upgrade does."""
    return f"{cost:.3g}:1" if cost >= 1 else f"1:{1 / cost:.3g}"


def _other_measures(found: Mapping[str, Any]) -> str:
    """Which reading of the same number loses least, and how well each could do."""
    own = [m for m in MEASURES if m.unit == "station"]
    loss = {m: of_measure(found, m)["best"][0]["loss_at_threshold"] for m in own}
    area = {m: of_measure(found, m)["area"] for m in own}
    good = min(own, key=lambda m: loss[m]["mean"])
    poor, *_, sharp = sorted(own, key=lambda m: area[m]["mean"])
    lost = of_measure(found)["best"][0]["loss_at_threshold"]
    return (
        f"By the means, among the readings by station {limit(found)} loses least as {good} "
        f"({span(loss[good], 0)} lost, {span(lost, 0)} as {told(found)}). With a threshold of its "
        f"own, {sharp} tells failing stations best (area under the ROC curve "
        f"{span(area[sharp], 3)}) and {poor} worst ({span(area[poor], 3)})."
    )


def _moves(scenario: Ruled, found: Mapping[str, Any]) -> str:
    labels = rule_designs.labels(scenario)
    parts = []
    for name, own in found["holidays"].items():
        if own["best"] is None:
            parts.append(f"none with {labels[name]}, where {own['failing']} fail")
        elif name != rule_designs.BASE:
            best = share(own["best"][0]["threshold"])
            parts.append(f"{best} with {labels[name]}, where {own['failing']} fail")
    base = found["holidays"][rule_designs.BASE]["best"][0]["threshold"]
    moved = any(
        own["best"] and _apart(own["best"][0]["threshold"], base)
        for own in found["holidays"].values()
    )
    moves = "moves" if moved else "is not shown to move"
    return f"The best number {moves} with the holiday: {'; '.join(parts)}."


def _apart(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    """Whether two intervals have no number in common: surer than a paired difference."""
    return a["low"] > b["high"] or a["high"] < b["low"]
