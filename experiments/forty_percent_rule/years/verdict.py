"""Question 5 of the 40 % rule in words."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.measure import limit
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET
from sim.report.words import shown, signed, span


def at_last(found: Mapping[str, Any], plan: str, name: str) -> dict[str, float]:
    """A figure of a plan in the last holiday."""
    return found["plans"][plan]["figures"][name][-1]


def difference(found: Mapping[str, Any], a: str, b: str) -> dict[str, list[dict[str, float]]]:
    """Figures of plan b minus those of plan a, by holiday, paired by world."""
    return next(d for d in found["differences"] if (d["from"], d["to"]) == (a, b))["figures"]


def plain(found: Mapping[str, Any]) -> list[str]:
    """Whether the rule keeps pace with the EVs, and whether the city's target suffices."""
    last, change = found["holidays"][-1]["name"], found["plans"][RULE]["change"]
    pace = _compared(
        change,
        "keeps pace with the EVs: service fails at fewer stations in {last} than in {since}",
        "does not keep pace with the EVs: service fails at more stations in {last} than in {since}",
        "is not shown to gain or lose on the EVs from {since} to {last}",
    ).format(last=last, since=change["since"])
    use = _compared(
        difference(found, NOTHING, RULE)["failing"][-1],
        "with nothing built, at more", "with nothing built, at fewer",
        "no difference from building nothing is shown",
    )  # fmt: skip
    rule = f"Applied after every holiday, the rule {pace}; {use}."
    start, failing = (
        f"{found['target']['stations']} new super stations by {last}",
        at_last(found, TARGET, "failing"),
    )
    if failing["high"] <= 0.0:
        return [rule, f"{start} suffice: service fails nowhere."]
    does = "do not suffice" if failing["low"] > 0.0 else "are not shown to suffice"
    fails = _compared(
        difference(found, RULE, TARGET)["failing"][-1],
        "service fails at fewer stations than by the rule",
        "service fails at more stations than by the rule",
        "no difference is shown from the rule",
    )
    costs = _compared(found["money"], ", which costs more", ", which costs less", "")
    return [rule, f"{start} {does}: {fails}{costs}."]


def _compared(change: Mapping[str, float], less: str, more: str, unclear: str) -> str:
    """The words for a difference, by whether its interval excludes 0."""
    return {1: more, -1: less, 0: unclear}[shown(change)]


def verdict(found: Mapping[str, Any]) -> list[str]:
    """The same in numbers."""
    first, last = found["holidays"][0], found["holidays"][-1]
    nothing, n = found["plans"][NOTHING], found["stations"]
    since = nothing["change"]["since"]
    before = [own["name"] for own in found["holidays"]].index(since)
    return [
        f"From {first['name']} to {last['name']} EVs grow from {100 * first['ev_share']:.0f} to "
        f"{100 * last['ev_share']:.0f} % of the vehicles, as the city's NEVs do from "
        f"{first['nevs'] / 1e6:.2f} to {last['nevs'] / 1e6:.2f} million. With nothing built "
        f"service fails at {span(nothing['figures']['failing'][before])} of {n} stations in "
        f"{since} and at {span(at_last(found, NOTHING, 'failing'))} in {last['name']}.",
        _builds(found),
        _leaves(found),
        _target(found),
    ]


def _builds(found: Mapping[str, Any]) -> str:
    own, last = found["plans"][RULE]["built"], found["holidays"][-1]["name"]
    years = ", ".join(f"{span(y['upgrades'])} in {year}" for year, y in own["by_year"].items())
    often = ", ".join(f"{x['mean']:.1f} {times(n)}" for n, x in own["open"]["times"].items())
    return (
        f"The rule ({limit(found)}) orders {span(own['upgrades'])} upgrades: {years}. "
        f"{span(own['open']['upgrades'])} of them are open in {last}, at "
        f"{span(own['open']['stations'])} stations{f' ({often})' if often else ''}, for "
        f"{money(own)}."
    )


def times(number: str) -> str:
    return {"1": "once", "2": "twice"}.get(number, f"{number} times")


def money(built: Mapping[str, Any]) -> str:
    """What is open in the last holiday has cost."""
    low, typical, high = (built["open"]["cost_cny"][x] for x in ("low", "typical", "high"))
    return (
        f"{span(typical, 0, 1e-6)} million CNY ({low['mean'] / 1e6:.0f} at the lowest prices, "
        f"{high['mean'] / 1e6:.0f} at the highest)"
    )


def _leaves(found: Mapping[str, Any]) -> str:
    changes = difference(found, NOTHING, RULE)

    def both(name: str, unit: str, digits: int, scale: float = 1.0) -> str:
        own, nothing = at_last(found, RULE, name), at_last(found, NOTHING, name)
        return (
            f"{span(own, digits, scale)} instead of {scale * nothing['mean']:.{digits}f} {unit} "
            f"(difference {signed(changes[name][-1], digits, scale)})"
        )

    last, stuck = found["holidays"][-1]["name"], at_last(found, RULE, "stuck")
    return (
        f"In {last} service then fails at {both('failing', 'stations', 1)}; the P95 wait is "
        f"{both('wait_min_p95', 'min', 0)}, waited are {both('wait_h', 'thousand hours', 1, 1e-3)},"
        f" unserved {both('unserved_kwh', 'MWh', 0, 1e-3)}; {both('stranded', 'EVs', 0)} strand. "
        "Of the stations flagged then "
        f"{span(stuck)} have no room for a further upgrade."
    )


def _target(found: Mapping[str, Any]) -> str:
    last, target, own = found["holidays"][-1]["name"], found["target"], found["plans"][TARGET]
    upgraded, before, neither = (
        f"{span(own['left'][group]['failing'])} of {own['left'][group]['stations']['mean']:.0f}"
        for group in ("upgraded", "super before", "neither")
    )
    more = difference(found, RULE, TARGET)["failing"][-1]
    return (
        f"Of {target['stations']} new super stations {target['ours']} are at our sites "
        f"({100 * target['share']:.1f} %); all open in {last}, for {money(own['built'])}. Service "
        f"then fails at {span(own['figures']['failing'][-1])} stations: {upgraded} new ones, "
        f"{before} that were super stations before, {neither} others. Difference to the "
        f"rule: {signed(more)} failing stations, {signed(found['money'], 0, 1e-6)} million CNY."
    )
