"""Question 4 of the 40 % rule: what is said of it."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.money.strategies import FREE, MOBILE, RULE, SITE_RULE, WAIT
from experiments.forty_percent_rule.upgrade.verdict import cost_of
from sim.report.finding import Finding, Term, found

PARTS = {0.25: "quarter", 0.1: "tenth"}  # shares that have a name
MOST_PART = 0.25  # of the money that is held against all of it

Own = Mapping[str, Any]


def label(answer: Own, strategy: str) -> Term | Finding:
    """What a strategy is called: "most waiting is saved by ..."."""
    if strategy == SITE_RULE:
        return found("rule.holidays.site_rule", **answer["site_rule"])
    return Term(f"money.labels.{strategy}")


def whole(answer: Own) -> dict[str, Own]:
    """Every strategy with all the money."""
    return {name: own["points"][-1] for name, own in answer["strategies"].items()}


def plain(answer: Own) -> list[Finding]:
    """Who is best with the money of the rule, and whether the rule is worse; only what is shown."""
    if not answer["strategies"]:
        return [found("money.best.nothing")]
    chosen = answer["selection"]
    best = chosen["best"]
    if not chosen["shown"] or best == RULE:
        return [found(f"money.best.{'rule' if chosen['shown'] else 'unshown'}")]
    part, strategy = part_of(answer), label(answer, best)
    if chosen["less_than_best_h"][RULE].sign <= 0:
        told = found("money.best.alike", strategy=strategy)
    elif part and part["than_rule_h"].sign > 0:
        told = found("money.best.part", strategy=strategy, part=_share(part["share"]))
    else:
        told = found("money.best.more", strategy=strategy)
    return [told, *_whom(answer)]


def part_of(answer: Own) -> Own | None:
    """The best strategy with the greatest share of the money up to a quarter."""
    points = answer["strategies"][answer["selection"]["best"]]["points"]
    return next((own for own in reversed(points) if own["share"] <= MOST_PART), None)


def _share(share: float) -> Term | Finding:
    named = PARTS.get(share)
    return Term(f"money.shares.{named}") if named else found("money.shares.other", share=share)


def _whom(answer: Own) -> list[Finding]:
    """Whether it matters to whom the rule gives its action."""
    if WAIT not in answer["strategies"]:
        return []
    more = whole(answer)[WAIT]["than_rule_h"]
    counts = abs(more.mean) > answer["selection"]["indifference_h"]
    return [found(f"money.whom.{('unshown', 'more', 'less')[more.sign if counts else 0]}")]


# ---- in numbers ------------------------------------------------------------------------------


def verdict(answer: Own) -> list[Finding]:
    """The same in numbers."""
    if not answer["strategies"]:
        return []
    every = whole(answer)
    rule = every[RULE]
    each = {
        name: found("money.saves", strategy=label(answer, name), saved=own["saved_h"])
        for name, own in every.items()
    }
    return [
        found(
            "money.today", lost=answer["lost_h_today"], each=answer["lost_h"],
            stations=rule["stations"], cost=cost_of(rule["cost_cny"]), saved=rule["saved_h"],
        ),
        found("money.others", budget=answer["budget_cny"],
              parts=[own for name, own in each.items() if name not in (RULE, *FREE)]),
        _selected(answer), *_cheaper(answer),
        found("money.free", parts=[
            found("money.free_each", saves=each[name],
                  energy=answer["strategies"][name]["changes"]["energy_kwh"])
            for name in FREE
        ]),
        *_hire(answer),
    ]  # fmt: skip


def _selected(answer: Own) -> Finding:
    chosen = answer["selection"]
    count = len(answer["strategies"])
    if not chosen["shown"]:
        return found(
            "money.chosen.unshown", count=count, most=max(chosen["replications"].values()),
            left=[label(answer, name) for name in chosen["left"]],
        )  # fmt: skip
    values = {
        "count": count, "worth": chosen["indifference_h"], "best": label(answer, chosen["best"])
    }  # fmt: skip
    if chosen["best"] == RULE:
        return found("money.chosen.rule", **values)
    less = chosen["less_than_best_h"][RULE]
    return found(f"money.chosen.{'behind' if less.sign > 0 else 'alike'}", less=less, **values)


def _cheaper(answer: Own) -> list[Finding]:
    """With how little of the money the best strategy does more than the rule."""
    best = answer["selection"]["best"]
    points = answer["strategies"][best]["points"]
    enough = [own for own in points if own["than_rule_h"].sign > 0]
    if best == RULE or not enough:
        return []
    own = enough[0]
    return [found("money.cheaper", share=own["share"], cost=own["cost_cny"]["typical"],
                  strategy=label(answer, best), more=own["than_rule_h"])]  # fmt: skip


def _hire(answer: Own) -> list[Finding]:
    holidays = answer["holidays"]
    if MOBILE not in answer["strategies"] or holidays == 1:
        return []
    cost = whole(answer)[MOBILE]["cost_cny"]["typical"] / holidays
    return [found("money.hire", holidays=holidays, cost=cost)]
