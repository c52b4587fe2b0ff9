"""Saturation against utilization: what is said of them."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.measure import rule_of
from experiments.forty_percent_rule.threshold.verdict import RATES, flagged, ratio
from sim.report.finding import Finding, Term, found
from sim.stats.estimate import Estimate


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """Whether it flags less and misses less, and which of the two tells failing stations better."""
    rule = {**rule_of(answer), "hours": answer["saturated_h_per_day"]}
    if answer["sharper"] is None:
        return [found("saturation.untold", **rule)]
    kinds = {key: _kind(answer[f"{key}_more"]) for key in ("flags", "misses")}
    says = found(
        "saturation.judged",
        **rule, **{key: Term(f"saturation.{key}.{kind}") for key, kind in kinds.items()},
    )  # fmt: skip
    better = {1: "saturation", -1: "utilization"}.get(answer["sharper"].sign, "unshown")
    return [says, found(f"saturation.better.{better}", measure=rule["measure"])]


def _kind(more: Estimate) -> str:
    if more.low == more.high == 0.0:
        return "as_many"
    return {1: "more", -1: "fewer"}.get(more.sign, "unshown")


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """The same in numbers."""
    rule, own, at = rule_of(answer), answer["saturation"], answer["saturation"]["at_threshold"]
    rates = {name: at[name] or Term("rule.undefined") for name in RATES}
    in_worlds = "_in_worlds" if "flagged" in at else ""
    says = [
        found(
            f"saturation.finds{in_worlds}", **rates, hours=answer["saturated_h_per_day"],
            failing=answer["failing"], hit=at["hit"], missed=at["missed"], flagged=flagged(at),
            needless=at["needless"],
        ),
        found("saturation.than", **rule, flags=answer["flags_more"], misses=answer["misses_more"]),
    ]  # fmt: skip
    if answer["sharper"] is None:
        return says
    best, than = own["best"][0], answer["utilization"]["best"][0]
    return [
        *says,
        found(
            "saturation.best", cost=ratio(answer["miss_cost"]), hours=best["threshold"],
            loss=best["loss"], number=than["threshold"], least=than["loss"],
            by=answer["loses_more"], **rule,
        ),
        found(
            "saturation.area", area=own["area"], other=answer["utilization"]["area"],
            by=answer["sharper"], **rule,
        ),
    ]  # fmt: skip
