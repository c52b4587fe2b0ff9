"""Question 3 of the 40 % rule in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.forty_percent_rule.neighbors import (
    BETWEEN,
    DOWNSTREAM,
    ELSEWHERE,
    NEIGHBORS,
    NETWORK,
    UPGRADED,
    UPSTREAM,
)
from sim.report.words import shown

LITTLE = 0.01  # of all waiting before: less than this is next to nothing
PARTS = {"nearly all": 0.9, "most": 0.5}  # of the change in all
PLACES = {
    UPGRADED: "at the upgraded stations", BETWEEN: "between two of them",
    UPSTREAM: "at the last stations before them", DOWNSTREAM: "at the first stations after them",
    ELSEWHERE: "elsewhere",
}  # fmt: skip

Found = Mapping[str, Any]


def label(action: str) -> str:
    """`more EVSEs`, of the key `more_evses`."""
    return action.replace("_", " ").replace("evse", "EVSE")


def amount(estimate: Mapping[str, float], digits: int = 0, scale: float = 1.0) -> str:
    """`4,744 (4,666 to 4,821)`."""
    mean, low, high = (
        f"{round(scale * estimate[key], digits) + 0.0:,.{digits}f}"  # + 0.0: no -0
        for key in ("mean", "low", "high")
    )
    return f"{mean} ({low} to {high})"


def price(cost: Mapping[str, float], form: str = "{} ({} to {})") -> str:
    """Million CNY, `43.6 (22.1 to 84.5)`."""
    return form.format(*(f"{cost[level] / 1e6:.1f}" for level in ("typical", "low", "high")))


def joined(names: Iterable[str], last: str = "and") -> str:
    *first, end = (label(name) for name in names)
    return f"{', '.join(first)} {last} {end}" if first else end


def kind(saved_h: Mapping[str, float], before_h: float) -> str:
    """What this saving is: `little`, `less` waiting, `more`, or not shown to be any (`unsure`)."""
    if max(abs(saved_h["low"]), abs(saved_h["high"])) < LITTLE * before_h:
        return "little"
    if saved_h["low"] > 0.0:
        return "less"
    return "more" if saved_h["high"] < 0.0 else "unsure"


def _kinds(found: Found) -> dict[str, str]:
    before = _own(found)["groups"][NETWORK]["wait_h"]["before"]["mean"]
    return {name: kind(own["saved_h"], before) for name, own in found["actions"].items()}


def _own(found: Found) -> Any:
    return found["actions"][found["action"]]


# ---- plain sentences -------------------------------------------------------------------------


def plain(found: Found) -> list[str]:
    """Whether it helps and whom, and what would have been built best at the same stations."""
    if not found["upgraded"]:
        why = "its budget buys no upgrade" if found["flagged"] else "it flags no station"
        return [f"The rule changes nothing: {why}."]
    helps = {
        "less": "saves waiting", "little": "saves next to no waiting",
        "more": "makes people wait longer in all", "unsure": "is not shown to save waiting",
    }  # fmt: skip
    own = _kinds(found)[found["action"]]
    where = f", {_where(found)}" if own == "less" else ""
    return [f"Upgrading the flagged stations {helps[own]}{where}.", *_choice(found)]


def _where(found: Found) -> str:
    groups = _own(found)["groups"]
    before = groups[NETWORK]["wait_h"]["before"]["mean"]
    change = {place: own["wait_h"]["change"] for place, own in groups.items()}
    beyond = {part: shown(own) for part, own in groups[UPGRADED]["than_part"].items()}
    much = next((part for part, than in beyond.items() if than < 0), None)
    if not much and beyond["most"] > 0:
        much = "less than half"
    there = "how much of it at these stations is not shown"
    if much:
        there = f"{much} of it at these stations"
    visits = groups[UPGRADED]["visits"]["change"]
    come = "fewer drivers come" if visits["high"] < 0.0 else "more drivers come"
    more = "" if visits["low"] <= 0.0 <= visits["high"] else f": {come} there"
    longer = [p for p in PLACES if change[p]["low"] > LITTLE * before]
    if longer:
        rest = f"but there is more waiting {' and '.join(PLACES[p] for p in longer)}"
    elif all(change[p]["high"] < LITTLE * before for p in PLACES):
        rest = "and there is not notably more waiting before them, after them or elsewhere"
    else:
        rest = "and whether there is more waiting elsewhere is not shown"
    return f"{there}{more}, {rest}"


def _choice(found: Found) -> list[str]:
    """What saves most, what saves an hour at the least cost, what is of no use."""
    kinds, actions = _kinds(found), found["actions"]
    good = [name for name, own in kinds.items() if own == "less"]
    little = [name for name, own in kinds.items() if own == "little"]
    if len(actions) < 2 or not good:
        return []
    most = [name for name in good if actions[name]["less_than_best_h"]["low"] <= 0.0]
    cheap = cheapest(found, good)
    parts = [f"most waiting is saved by {joined(most, 'or')}"]
    if most == cheap:
        parts = [f"most waiting, and each hour at the least cost, is saved by {joined(most, 'or')}"]
    else:
        parts.append(f"each hour of one holiday at the least cost by {joined(cheap, 'or')}")
    if little:
        parts.append(f"next to nothing by {joined(little, 'or')}")
    *first, last = parts
    listed = f"{', '.join(first)}, and {last}" if first else last
    return [f"At the same stations {listed}{_short(actions, good, little)}."]


def cheapest(found: Found, among: Iterable[str]) -> list[str]:
    """Those whose cost for an hour saved, at typical prices, is not shown to be above the least."""
    cost = {name: found["actions"][name]["cny_per_h"]["typical"] for name in among}
    least = min(cost.values(), key=lambda own: own["mean"])
    return [name for name, own in cost.items() if own["low"] <= least["high"]]


def _short(actions: Found, good: Iterable[str], little: Iterable[str]) -> str:
    """What the stations lack, if what only strengthens the grid connection is of no use."""
    adds = {name: own["evses"] > 0 or own["rated_kw"] > 0 for name, own in actions.items()}
    useless = [adds[name] for name in little]
    if useless and not any(useless) and all(adds[name] for name in good):
        return "; the grid connection is not what is short"
    return ""


# ---- in numbers ------------------------------------------------------------------------------


def verdict(found: Found) -> list[str]:
    """The same in numbers."""
    flags = f"The rule flags {len(found['flagged'])} of {found['stations']} stations"
    if found["budget_cny"] is not None:
        flags += f" and its budget upgrades {len(found['upgraded'])} of them"
    if not found["upgraded"]:
        return [f"{flags}."]
    saves = f"{flags}. {_saves(found)}"
    return [saves, _whom(found), _lost(found), _others(found), _plugged(found), CAVEAT]


CAVEAT = (
    "CNY an hour is all the money laid out over the hours saved in one holiday: what is built "
    "serves later holidays and ordinary days too, mobile EVSEs are paid for anew each time."
)


def _saves(found: Found) -> str:
    own = _own(found)
    net = own["groups"][NETWORK]
    wait, p95 = net["wait_min_mean"], net["wait_min_p95"]
    return (
        f"Its action there ({label(found['action'])}) costs "
        f"{price(own['cost_cny'], '{} million CNY')} ({price(own['cost_cny'], '{1} to {2}')} as "
        f"prices go) and saves {amount(own['saved_h'])} of the network's "
        f"{net['wait_h']['before']['mean']:,.0f} hours of waiting in one holiday"
        f"{_hour(own, ': {} CNY an hour')}. The mean wait changes by {amount(wait['change'], 1)} "
        f"min from {wait['before']['mean']:.1f}, the P95 wait by {amount(p95['change'], 1)} min "
        f"from {p95['before']['mean']:.0f}."
    )


def _hour(own: Found, form: str) -> str:
    cost = own["cny_per_h"]
    return form.format(amount(cost["typical"])) if cost else ""


def _whom(found: Found) -> str:
    groups = _own(found)["groups"]
    where = {
        UPGRADED: "at the upgraded stations", NEIGHBORS: "at the next ones before and after them",
        ELSEWHERE: "elsewhere",
    }  # fmt: skip
    hours, visits = (
        ", ".join(f"{amount(groups[p][name]['change'])} {text}" for p, text in where.items())
        for name in ("wait_h", "visits")
    )
    return f"The hours of waiting change by {hours}; the visits by {visits}."


def _lost(found: Found) -> str:
    net = _own(found)["groups"][NETWORK]
    lost, unserved, energy, stranded = (
        net[name] for name in ("lost", "unserved_kwh", "energy_kwh", "stranded")
    )
    return (
        f"Balks and reneges change by {amount(lost['change'])} from "
        f"{lost['before']['mean']:,.0f}, what those drivers needed by "
        f"{amount(unserved['change'], 1, 1e-3)} MWh from {unserved['before']['mean'] / 1e3:.1f}, "
        f"the energy delivered by {amount(energy['change'], 1, 1e-3)} MWh from "
        f"{energy['before']['mean'] / 1e3:,.0f}, strandings by {amount(stranded['change'], 1)} "
        f"from {stranded['before']['mean']:.1f}."
    )


def _others(found: Found) -> str:
    parts = []
    for name, own in found["actions"].items():
        left = f" at {own['stations']} of them" if found["cannot"][name] else ""
        saves = f"{amount(own['saved_h'])} hours for {price(own['cost_cny'], '{} million CNY')}"
        cost = _hour(own, ", {} CNY an hour") or ", which is not shown to be above 0"
        parts.append(f"{label(name)}{left} {saves}{cost}")
    return f"Hours saved by each action at the same stations: {'; '.join(parts)}."


def _plugged(found: Found) -> str:
    parts = (
        f"{label(name)} {amount(own['saved_all_h'])}" for name, own in found["actions"].items()
    )
    return (
        "Power also shortens the time plugged in, which is not in these figures. Hours saved in "
        f"line and plugged in together: {', '.join(parts)}."
    )
