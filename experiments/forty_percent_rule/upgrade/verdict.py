"""Does upgrading help, and whom: what is said of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim.report.finding import Finding, Term, found
from sim.roads.neighbors import ELSEWHERE, GROUPS, NEIGHBORS, NETWORK, UPGRADED
from sim.stats.estimate import Estimate

LITTLE = 0.01  # of all waiting before: less than this is next to nothing
PARTS = {"nearly_all": 0.9, "most": 0.5}  # of the change in all
NAMED = ("stack", "more_evses", "transformer", "storage", "mobile_evses", "as_the_rule_says")

Own = Mapping[str, Any]


def label(action: str) -> Term | str:
    """What an action is called: one that somebody made by its own name."""
    return Term(f"upgrade.actions.{action}") if action in NAMED else action.replace("_", " ")


def cost_of(cost: Mapping[str, float]) -> Estimate:
    """At typical prices, with the range of prices."""
    return Estimate(cost["typical"], cost["low"], cost["high"])


def kind(saved_h: Estimate, before_h: float) -> str:
    """What this saving is: `little`, `less` waiting, `more`, or not shown to be any (`unsure`)."""
    assert saved_h.low is not None
    assert saved_h.high is not None
    if max(abs(saved_h.low), abs(saved_h.high)) < LITTLE * before_h:
        return "little"
    return {1: "less", -1: "more", 0: "unsure"}[saved_h.sign]


def kinds(answer: Own) -> dict[str, str]:
    before = of_rule(answer)[NETWORK]["wait_h"]["before"].mean
    return {name: kind(own["saved_h"], before) for name, own in answer["actions"].items()}


def of_rule(answer: Own) -> dict[str, Any]:
    """The groups with the rule's own action."""
    groups: dict[str, Any] = answer["actions"][answer["action"]]["groups"]
    return groups


# ---- plain sentences -------------------------------------------------------------------------


def plain(answer: Own) -> list[Finding]:
    """Whether it helps and whom, and what would have been built best at the same stations."""
    if not answer["upgraded"]:
        return [found(f"upgrade.nothing.{'budget' if answer['flagged'] else 'flags'}")]
    own = kinds(answer)[answer["action"]]
    helps = _whom(answer) if own == "less" else found(f"upgrade.helps.{own}")
    return [helps, *_choice(answer)]


def _whom(answer: Own) -> Finding:
    groups = of_rule(answer)
    before = groups[NETWORK]["wait_h"]["before"].mean
    change = {place: groups[place]["wait_h"]["change"] for place in GROUPS}
    beyond = {part: own.sign for part, own in groups[UPGRADED]["than_part"].items()}
    much = next((part for part, sign in beyond.items() if sign < 0), "unshown")
    if much == "unshown" and beyond["most"] > 0:
        much = "less_than_half"
    come = {1: "more", -1: "fewer", 0: "alike"}[groups[UPGRADED]["visits"]["change"].sign]
    longer = [place for place in GROUPS if change[place].low > LITTLE * before]
    rest = found("upgrade.rest.unshown")
    if longer:
        rest = found("upgrade.rest.longer", places=[_at(place) for place in longer])
    elif all(change[place].high < LITTLE * before for place in GROUPS):
        rest = found("upgrade.rest.no_longer")
    return found(f"upgrade.helps.less.{come}", there=Term(f"upgrade.there.{much}"), rest=rest)


def _at(place: str) -> Term:
    return Term(f"upgrade.places.{place}")


def _choice(answer: Own) -> list[Finding]:
    """What saves most, what saves an hour at the least cost, what is of no use."""
    actions, own = answer["actions"], kinds(answer)
    good, little = ([name for name in own if own[name] == of] for of in ("less", "little"))
    if len(actions) < 2 or not good:
        return []
    most = [name for name in good if actions[name]["less_than_best_h"].low <= 0.0]
    cheap = cheapest(answer, good)
    said = {"same": most} if most == cheap else {"most": most, "cheap": cheap}
    said |= {"little": little} if little else {}
    parts = [found(f"upgrade.choice.{key}", actions=[label(name) for name in names])
             for key, names in said.items()]  # fmt: skip
    short = "grid" if _is_not_the_grid(actions, good, little) else "plain"
    return [found(f"upgrade.choice.{short}", parts=parts)]


def cheapest(answer: Own, among: Iterable[str]) -> list[str]:
    """Those whose cost for an hour saved, at typical prices, is not shown to be above the least;
    over worlds, in the same ones."""
    pairs = {name: answer["actions"][name].get("dearer_cny") for name in among}
    if all(pairs.values()):
        return [name for name, own in pairs.items() if own.sign <= 0]
    cost = {name: answer["actions"][name]["cny_per_h"]["typical"] for name in among}
    least = min(cost.values(), key=lambda own: own.mean)
    return [name for name, own in cost.items() if own.low <= least.high]


def _is_not_the_grid(actions: Own, good: Iterable[str], little: Iterable[str]) -> bool:
    """Whether what only strengthens the grid connection is of no use, and all else is."""
    adds = {name: own["evses"] > 0 or own["rated_kw"] > 0 for name, own in actions.items()}
    useless = [adds[name] for name in little]
    return bool(useless) and not any(useless) and all(adds[name] for name in good)


# ---- in numbers ------------------------------------------------------------------------------


def verdict(answer: Own) -> list[Finding]:
    """The same in numbers."""
    limited = answer["budget_cny"] is not None
    flags = {"flagged": len(answer["flagged"]), "stations": answer["stations"]}
    if limited:
        flags["upgraded"] = len(answer["upgraded"])
    says = [found(f"upgrade.{'limited' if limited else 'flags'}", **flags)]
    if not answer["upgraded"]:
        return says
    groups, actions = of_rule(answer), answer["actions"]
    return [
        *says, _saves(answer), found("upgrade.waits", **_change(groups, "wait_min_mean", "mean"),
                                     **_change(groups, "wait_min_p95", "p95")),
        found("upgrade.whom", **{
            name: [found("upgrade.at", change=groups[place][name]["change"], place=_at(place))
                   for place in (UPGRADED, NEIGHBORS, ELSEWHERE)]
            for name in ("wait_h", "visits")
        }),
        found("upgrade.lost", **_change(groups, "lost"), **_change(groups, "unserved_kwh"),
              **_change(groups, "energy_kwh"), **_change(groups, "stranded")),
        found("upgrade.others", parts=[_each(answer, name) for name in actions]),
        found("upgrade.plugged", parts=[
            found("upgrade.plugged_each", action=label(name), saved=own["saved_all_h"])
            for name, own in actions.items()
        ]),
        found("upgrade.caveat"),
    ]  # fmt: skip


def _change(groups: Own, name: str, called: str = "") -> dict[str, Estimate]:
    """How a figure of the network changes, and from what."""
    own = groups[NETWORK][name]
    return {called or name: own["change"], f"{called or name}_before": own["before"]}


def _priced(own: Own) -> tuple[str, dict[str, Estimate]]:
    """Whether an hour saved has a price; the saving with what it costs."""
    values = {"saved": own["saved_h"], "cost": cost_of(own["cost_cny"])}
    if not own["cny_per_h"]:
        return "unpriced", values
    return "priced", values | {"hour": own["cny_per_h"]["typical"]}


def _saves(answer: Own) -> Finding:
    key, values = _priced(answer["actions"][answer["action"]])
    before = of_rule(answer)[NETWORK]["wait_h"]["before"]
    return found(f"upgrade.saves.{key}", action=label(answer["action"]), before=before, **values)


def _each(answer: Own, name: str) -> Finding:
    key, values = _priced(answer["actions"][name])
    action: Any = label(name)
    if answer["cannot"][name]:
        action = found("upgrade.some", action=action, stations=answer["actions"][name]["stations"])
    return found(f"upgrade.each.{key}", action=action, **values)
