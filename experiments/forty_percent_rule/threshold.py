"""Question 2 of the 40 % rule: is 40 % the right number?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule import staffing as rule_staffing
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import (
    MEASURES,
    Measure,
    Results,
    Service,
    described,
    of_rule,
    rule_of,
    told,
)
from experiments.forty_percent_rule.settings import RuleStudySection
from sim.report.finding import Finding, Term, found
from sim.roads.upgrade import Rule
from sim.stats import interval, roc
from sim.stats.estimate import Estimate
from sim.stats.interval import percentiles

RATES = ("sensitivity", "specificity", "precision")
THRESHOLDS = np.arange(15, 81) / 100.0
OTHER_COSTS = (1 / 3, 3.0)  # of a miss, times the given one: how the answer hangs on it


def answer(scenario: Ruled, results: Results) -> dict[str, Any]:
    """The stations where service fails, how well each measure finds them, the best thresholds."""
    study, names, base = scenario.own, results.names(), rule_designs.BASE
    rule, own = Rule.of(scenario), of_rule(Rule.of(scenario))
    service = Service.of(results, base, study)
    weights = interval.resamples(service.lost_share.shape[1])
    numbers: dict[str, Any] = {
        "question": found("threshold.question", threshold=rule.threshold),
        "rule": described(rule),
        "miss_cost": study.miss_cost,
        "fails": truth(service, names),
        "thresholds": THRESHOLDS.tolist(),
        "measures": [
            {"definition": m.definition, "unit": m.unit, "window": m.window}
            | score(m.values(results, base), service, weights, rule.threshold, study.miss_cost)
            for m in MEASURES
        ],
        "holidays": {
            name: {"label": label, **_holiday(results, name, weights, rule, study)}
            for name, label in rule_designs.labels(scenario).items()
        },
        "staffing": rule_staffing.answer(scenario, results, weights, own),
    }
    flagged = own.values(results, base).mean(axis=1) > rule.threshold
    fails = service.fails()
    numbers["missed"] = [n for n, x in zip(names, ~flagged & fails, strict=True) if x]
    numbers["needless"] = [n for n, x in zip(names, flagged & ~fails, strict=True) if x]
    return numbers


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
    own: dict[str, Any] = {
        "at_threshold": roc.at(threshold, mean, fails),
        "one_holiday": _one_holiday(values, fails, threshold),
        "area": None, "curve": None, "best": None, "balance": None,
    }  # fmt: skip
    if fails.all() or not fails.any():
        return own
    again = values @ weights.T / weights.sum(axis=1)
    again_fails = service.fails(weights)
    missed, needless = roc.curve(mean, fails, THRESHOLDS)
    hit, spared = fails.sum() - missed, (~fails).sum() - needless
    flagged = hit + needless
    own["area"] = interval.mirrored(float(roc.area(mean, fails)), roc.area(again, again_fails))
    own["curve"] = {
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
    own["balance"] = percentiles(float(balance), again_balance)
    own["best"] = [_best(miss_cost * factor, curves, at) for factor in (1.0, *OTHER_COSTS)]
    own["curve"]["loss_low"], own["curve"]["loss_high"] = (
        np.quantile(miss_cost * curves[1][0] + curves[1][1], q, axis=1).tolist()
        for q in (0.025, 0.975)
    )
    return own


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


def of_measure(answer: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """What was found of one measure; of the rule's own, if none is named."""
    own: dict[str, Any] = answer["measures"][MEASURES.index(measure or told(answer))]
    return own


# ---- what was found --------------------------------------------------------------------------


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """Whether the number is right, what is lost by it, and whether one number can be."""
    rule, own = rule_of(answer), of_measure(answer)
    if own["best"] is None:
        which = "all" if answer["fails"]["failing"] else "none"
        return [found(f"threshold.untold.{which}", threshold=rule["threshold"])]
    best = own["best"][0]["threshold"]
    judged = "unshown"
    if rule["threshold"] < best.low:
        judged = "low"
    elif rule["threshold"] > best.high:
        judged = "high"
    loses = Term(f"threshold.loses.{_loses(answer['miss_cost'], own)}")
    says = found(f"threshold.judged.{judged}", **rule, loses=loses)
    return [says, *rule_staffing.plain(answer["staffing"])]


def _loses(miss_cost: float, own: Mapping[str, Any]) -> str:
    at, balance = own["at_threshold"], own["balance"].sign
    if not miss_cost * at["missed"] and not at["needless"]:
        return "nothing"
    if at["missed"] == 0:
        return "needless"
    return {1: "more_missed", -1: "more_needless"}.get(balance, "unshown")


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """The same in numbers."""
    fails, own, rule = answer["fails"], of_measure(answer), rule_of(answer)
    says = found(
        "threshold.fails", wait=fails["wait_p90_limit_min"], lost=fails["lost_limit"],
        failing=len(fails["failing"]), stations=len(fails["stations"]), count=fails["count"],
    )  # fmt: skip
    if own["best"] is None:
        return [says]
    at = own["at_threshold"]
    rates = {name: at[name] or Term("rule.undefined") for name in RATES}
    return [
        says,
        found(
            "threshold.finds", **rule, failing=len(fails["failing"]), hit=at["hit"],
            missed=at["missed"], needless=at["needless"], flagged=at["hit"] + at["needless"],
            **rates,
        ),
        _right_number(own["best"], rule["threshold"]),
        *_other_measures(answer),
        _moves(answer),
        *rule_staffing.verdict(answer["staffing"]),
    ]  # fmt: skip


def _right_number(best: Sequence[Mapping[str, Any]], threshold: float) -> Finding:
    given, *others = best
    return found(
        "threshold.right", threshold=threshold, cost=ratio(given["miss_cost"]),
        best=given["threshold"], loss=given["loss"], lost=given["loss_at_threshold"],
        regret=given["regret"],
        others=[
            found("threshold.best_at", best=other["threshold"], cost=ratio(other["miss_cost"]))
            for other in others
        ],
    )  # fmt: skip


def ratio(cost: float) -> Finding:
    """`3:1`: what a miss costs, to what a needless upgrade does."""
    side, n = ("miss", cost) if cost >= 1 else ("needless", 1 / cost)
    return found(f"threshold.ratio.{side}", n=n)


def _other_measures(answer: Mapping[str, Any]) -> list[Finding]:
    """Which reading of the same number loses least, and how well each could do."""
    own = [m for m in MEASURES if m.unit == "station"]
    loss = {m: of_measure(answer, m)["best"][0]["loss_at_threshold"] for m in own}
    area = {m: of_measure(answer, m)["area"] for m in own}
    good, *others = sorted(own, key=lambda m: loss[m].mean)
    poor, *_, sharp = sorted(own, key=lambda m: area[m].mean)
    leads = all(apart(loss[good], loss[m]) for m in others)
    differ = apart(area[sharp], area[poor])
    return [
        found(
            f"threshold.reading.{'shown' if leads else 'unshown'}", **rule_of(answer),
            good=good.said, least=loss[good],
            lost=of_measure(answer)["best"][0]["loss_at_threshold"],
        ),
        found(
            f"threshold.area.{'shown' if differ else 'unshown'}", sharp=sharp.said,
            most=area[sharp], poor=poor.said, least=area[poor],
        ),
    ]  # fmt: skip


def _moves(answer: Mapping[str, Any]) -> Finding:
    holidays = {name: own for name, own in answer["holidays"].items() if name != rule_designs.BASE}
    base = answer["holidays"][rule_designs.BASE]["best"][0]["threshold"]
    best = {name: own["best"] and own["best"][0]["threshold"] for name, own in holidays.items()}
    parts = [
        found(
            "threshold.moved" if best[name] else "threshold.unmoved", holiday=own["label"],
            failing=own["failing"], **{"best": best[name]} if best[name] else {},
        )
        for name, own in holidays.items()
    ]  # fmt: skip
    moved = any(own and apart(own, base) for own in best.values())
    return found(f"threshold.moves.{'shown' if moved else 'unshown'}", parts=parts)


def apart(a: Estimate, b: Estimate) -> bool:
    """Whether two intervals have no number in common: surer than a paired difference."""
    assert None not in (a.low, a.high, b.low, b.high)
    return a.low > b.high or a.high < b.low  # type: ignore[operator]
