"""Is 40 % the right number: what is said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.measure import BY_STATION, of_measure, rule_of
from experiments.forty_percent_rule.threshold import staffing
from sim.report.finding import Finding, Term, claimed, found
from sim.stats.estimate import Estimate

RATES = ("sensitivity", "specificity", "precision")


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """Whether the number is right, what is lost by it, and whether one number can be."""
    rule, own = rule_of(answer), of_measure(answer)
    if own["best"] is None:
        which = "all" if answer["fails"]["failing"] else "none"
        return [found(f"threshold.untold.{which}", threshold=rule["threshold"])]
    best = own["best"][0]["threshold"]
    low, high = rule["threshold"] < best.low, rule["threshold"] > best.high
    judged = "low" if low else "high" if high else "unshown"
    loses = Term(f"threshold.loses.{_loses(own)}")
    says = found(f"threshold.judged.{judged}", **rule, loses=loses)
    return [says, *staffing.plain(answer["staffing"])]


def _loses(own: Mapping[str, Any]) -> str:
    at, balance = own["at_threshold"], own["balance"].sign
    missed, needless = (_is_any(at[key]) for key in ("missed", "needless"))
    if missed is False and needless is not None:
        return "needless" if needless else "nothing"
    return {1: "more_missed", -1: "more_needless"}.get(balance, "unshown")


def _is_any(count: int | Estimate) -> bool | None:
    """Whether there are any; over worlds, in 95 % of them, and None where it is neither shown that
    there are nor that there are not."""
    if not isinstance(count, Estimate):
        return count > 0
    return True if count.sign > 0 else False if count.high == 0.0 else None


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
    finds = "threshold.finds_in_worlds" if "flagged" in at else "threshold.finds"
    return [
        says,
        found(
            finds, **rule, failing=len(fails["failing"]), hit=at["hit"],
            missed=at["missed"], needless=at["needless"], flagged=flagged(at), **rates,
        ),
        _right_number(own["best"], rule["threshold"]),
        *_other_measures(answer),
        _moves(answer),
        *staffing.verdict(answer["staffing"]),
    ]  # fmt: skip


def flagged(at: Mapping[str, Any]) -> Any:
    """How many the threshold flags; over worlds it says so itself."""
    return at["flagged"] if "flagged" in at else at["hit"] + at["needless"]


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
    loss = {m: of_measure(answer, m)["best"][0]["loss_at_threshold"] for m in BY_STATION}
    area = {m: of_measure(answer, m)["area"] for m in BY_STATION}
    good, *others = sorted(loss, key=lambda m: loss[m].mean)
    poor, *_, sharp = sorted(area, key=lambda m: area[m].mean)
    lost = of_measure(answer)["best"][0]["loss_at_threshold"]
    return [
        claimed("threshold.reading", all(loss[good].apart(loss[m]) for m in others),
                **rule_of(answer), good=good.said, least=loss[good], lost=lost),
        claimed("threshold.area", area[sharp].apart(area[poor]), sharp=sharp.said,
                most=area[sharp], poor=poor.said, least=area[poor]),
    ]  # fmt: skip


def _moves(answer: Mapping[str, Any]) -> Finding:
    """Whether the best number is another one in another holiday."""
    best = {
        name: own["best"] and own["best"][0]["threshold"]
        for name, own in answer["holidays"].items()
    }
    base = best.pop(BASE)
    parts = []
    for name, at in best.items():
        own = answer["holidays"][name]
        values = {"holiday": own["label"], "failing": own["failing"]}
        parts.append(found("threshold.moved", **values, best=at) if at
                     else found("threshold.unmoved", **values))  # fmt: skip
    moved = any(at and at.apart(base) for at in best.values())
    return claimed("threshold.moves", moved, parts=parts)
