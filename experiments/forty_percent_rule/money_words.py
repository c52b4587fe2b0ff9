"""Question 4 in words: the plain answer and its numbers."""

from collections.abc import Mapping
from typing import Any

from sim.report.words import shown, signed

RULE, WAIT, SAVING, EVENLY, MOBILE = "rule", "wait", "saving", "evenly", "mobile"
INFORMED, SITE_RULE = "informed", "site_rule"
FREE = (INFORMED, SITE_RULE)
PARTS = {0.25: "a quarter", 0.1: "a tenth"}  # shares that have a name
MOST_PART = 0.25  # of the money that is held against all of it


def labels(found: Mapping[str, Any]) -> dict[str, str]:
    """What the strategies are called: "most waiting is saved by ..."."""
    stop = found["site_rule"]
    return {
        RULE: "the rule",
        WAIT: "the rule's action where waits are longest",
        SAVING: "buying first what saves most per CNY",
        EVENLY: "the cheapest thing for every station in turn",
        MOBILE: "mobile units alone",
        INFORMED: "live queues for all drivers",
        SITE_RULE: f"a stop at {100 * stop['soc_cap']:g} % or {stop['session_limit_min']:g} min",
    }


def plain(found: Mapping[str, Any]) -> list[str]:
    """Who is best with the money of the rule, and whether the rule is worse; only what is shown."""
    if not found["strategies"]:
        return ["There is no other use of the rule's money to compare: it flags no station, or "
                "nobody waits."]  # fmt: skip
    chosen = found["selection"]
    best = chosen["best"]
    if not chosen["shown"]:
        return ["Which use of the rule's money saves the most waiting is not shown."]
    if best == RULE:
        return ["No other use of its money saves more waiting than the rule itself."]
    told = f"For the rule's money, the most waiting is saved by {labels(found)[best]}; "
    part = part_of(found)
    if shown(chosen["less_than_best_h"][RULE]) <= 0:
        told += "that the rule saves less is not shown."
    elif part and shown(part["point"]["than_rule_h"]) > 0:
        told += f"with {part['words']} of the money, that saves more than the rule with all of it."
    else:
        told += "the rule saves less."
    return [told, *_whom(found)]


def _whom(found: Mapping[str, Any]) -> list[str]:
    """Whether it matters to whom the rule gives its action."""
    if WAIT not in found["strategies"]:
        return []
    more = found["strategies"][WAIT]["points"][-1]["than_rule_h"]
    worth = found["selection"]["indifference_h"]
    if abs(more["mean"]) > worth and shown(more):
        than = "more" if more["mean"] > 0.0 else "less"
        return [f"Its action saves {than} where waits are longest than where use is highest."]
    return [
        "Whether the rule's action goes where use is highest or where waits are longest is not "
        "shown to matter."
    ]


def part_of(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The best strategy with the greatest share of the money up to a quarter."""
    own = found["strategies"][found["selection"]["best"]]["points"]
    parts = [point for point in own if point["share"] <= MOST_PART]
    if not parts:
        return None
    share = parts[-1]["share"]
    return {"point": parts[-1], "words": PARTS.get(share, f"{100 * share:g} %")}


def verdict(found: Mapping[str, Any]) -> list[str]:
    """The same in numbers."""
    if not found["strategies"]:
        return []
    names, strategies = labels(found), found["strategies"]
    whole = {name: own["points"][-1] for name, own in strategies.items()}
    rule = whole[RULE]
    cost, low, high = (million(rule["cost_cny"][k]) for k in ("typical", "low", "high"))
    others = [
        f"{names[name]} {hours(own['saved_h'])} h"
        for name, own in whole.items() if name not in (RULE, *FREE)
    ]  # fmt: skip
    free = [
        f"{names[name]} {hours(whole[name]['saved_h'])} h (energy delivered: "
        f"{signed(strategies[name]['changes']['energy_kwh'], 0, 1e-3)} MWh)"
        for name in FREE
    ]
    return [
        f"Today {hours(found['lost_h_today'])} h are lost in the holiday: hours in line, and "
        f"{found['lost_h']:g} h for each driver who balks or reneges. The rule upgrades "
        f"{rule['stations']} stations for {cost} ({low} to {high}, as prices differ) and saves "
        f"{hours(rule['saved_h'])} h.",
        f"With a budget of {million(found['budget_cny'])} others save: {', '.join(others)}.",
        _selected(found),
        *_cheaper(found),
        f"What is taken to cost nothing saves: {', '.join(free)}.",
        *_hire(found),
    ]


def _selected(found: Mapping[str, Any]) -> str:
    names, chosen = labels(found), found["selection"]
    best, worth = chosen["best"], f"{chosen['indifference_h']:.0f} h"
    if not chosen["shown"]:
        left = " and ".join(names[name] for name in chosen["left"])
        return (
            f"Which of the {len(found['strategies'])} is best is not shown: after "
            f"{max(chosen['replications'].values())} replications {left} are not told apart."
        )
    less = chosen["less_than_best_h"].get(RULE)
    behind = f"; the rule saves {hours(less)} h less on the same draws" if less else ""
    return (
        f"The best of the {len(found['strategies'])}, right with 95 % if differences below {worth} "
        f"do not count, is {names[best]}{behind}."
    )


def _cheaper(found: Mapping[str, Any]) -> list[str]:
    """With how little of the money the best strategy does more than the rule."""
    best = found["selection"]["best"]
    points = found["strategies"][best]["points"]
    enough = [p for p in points if shown(p["than_rule_h"]) > 0]
    if best == RULE or not enough:
        return []
    own = enough[0]
    return [
        f"{100 * own['share']:g} % of the budget, {million(own['cost_cny']['typical'])} spent on "
        f"{labels(found)[best]}, saves {hours(own['than_rule_h'])} h more than the rule does with "
        "all of it."
    ]


def _hire(found: Mapping[str, Any]) -> list[str]:
    if MOBILE not in found["strategies"] or found["holidays"] == 1:
        return []
    cost = found["strategies"][MOBILE]["points"][-1]["cost_cny"]["typical"]
    return [
        f"Mobile units are hired anew for each of the {found['holidays']} holidays that a build "
        f"serves: those of the whole budget cost {million(cost / found['holidays'])} for one alone."
    ]


def million(cny: float) -> str:
    return f"{cny / 1e6:,.1f} million CNY" if cny >= 1e5 else f"{cny:,.0f} CNY"


def hours(estimate: Mapping[str, Any]) -> str:
    """`1,234 (1,200 to 1,268)`."""
    mean, low, high = (estimate[key] for key in ("mean", "low", "high"))
    return f"{mean:,.0f} ({low:,.0f} to {high:,.0f})"
