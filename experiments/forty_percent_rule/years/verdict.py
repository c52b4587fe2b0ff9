"""Question 5 of the 40 % rule: what is said of it."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET
from sim.report.finding import Finding, Given, Term, found
from sim.stats.estimate import Estimate

SIGNS = {1: "more", -1: "fewer", 0: "unshown"}
INSTEAD = ("failing", "wait_min_p95", "wait_h", "unserved_kwh", "stranded")
TIMES = {"1": "once", "2": "twice"}
GROUPS = ("upgraded", "super_before", "neither")

Own = Mapping[str, Any]


def last_of(answer: Own) -> Given:
    """The name of the last holiday."""
    name: Given = answer["holidays"][-1]["name"]
    return name


def since(answer: Own) -> Given:
    """The name of the first holiday with the calendar of the last one."""
    name: Given = answer["holidays"][answer["since"]]["name"]
    return name


def at_last(answer: Own, plan: str, name: str) -> Any:
    """A figure of a plan in the last holiday."""
    return answer["plans"][plan]["figures"][name][-1]


def difference(answer: Own, a: str, b: str, name: str) -> Any:
    """In the last holiday, a figure of plan b minus that of plan a, paired by world."""
    own = next(d for d in answer["differences"] if (d["from"], d["to"]) == (a, b))
    return own["figures"][name][-1]


def plain(answer: Own) -> list[Finding]:
    """Whether the rule keeps pace with the EVs, and whether the city's target suffices."""
    last, change = last_of(answer), answer["plans"][RULE]["change"]
    against = difference(answer, NOTHING, RULE, "failing")
    rule = found(
        "years.rule",
        pace=found(f"years.pace.{SIGNS[change.sign]}", last=last, since=since(answer)),
        use=Term(f"years.use.{SIGNS[against.sign]}"),
    )
    return [rule, _suffices(answer)]


def _suffices(answer: Own) -> Finding:
    values = {"stations": answer["target"]["stations"], "last": last_of(answer)}
    failing = at_last(answer, TARGET, "failing")
    if failing.high <= 0.0:
        return found("years.suffice.shown", **values)
    to_rule, money = difference(answer, RULE, TARGET, "failing"), answer["money"]
    parts = [Term(f"years.to_rule.{SIGNS[to_rule.sign]}")]
    if money.sign:
        parts.append(Term(f"years.costs.{SIGNS[money.sign]}"))
    key = "refuted" if failing.low > 0.0 else "unshown"
    return found(f"years.suffice.{key}", **values, parts=parts)


# ---- in numbers ------------------------------------------------------------------------------


def verdict(answer: Own) -> list[Finding]:
    """The same in numbers."""
    first, last = answer["holidays"][0], answer["holidays"][-1]
    failing = answer["plans"][NOTHING]["figures"]["failing"]
    return [
        found(
            "years.growth", first=first["name"], last=last["name"], before=first["ev_share"],
            after=last["ev_share"], nevs_before=first["nevs"], nevs_after=last["nevs"],
        ),
        found(
            "years.nothing", before=failing[answer["since"]], stations=answer["stations"],
            since=since(answer), after=failing[-1], last=last["name"],
        ),
        _builds(answer), _leaves(answer), _target(answer),
    ]  # fmt: skip


def times(number: str, count: Estimate | None = None) -> Finding:
    """How often a station is upgraded; with how many stations are."""
    what = "count" if count else "said"
    return found(f"years.times.{what}.{TIMES.get(number, 'other')}", times=number, count=count)


def _builds(answer: Own) -> Finding:
    own = answer["plans"][RULE]["built"]
    often = [times(n, count) for n, count in own["open"]["times"].items()]
    stations = own["open"]["stations"]
    at = (found("years.at.often", stations=stations, often=often) if often
          else found("years.at.all", stations=stations))  # fmt: skip
    return found(
        "years.builds", threshold=answer["rule"]["threshold"], upgrades=own["upgrades"],
        years=[found("years.in_year", upgrades=each["upgrades"], year=year)
               for year, each in own["by_year"].items()],
        open=own["open"]["upgrades"], last=last_of(answer), at=at, cost=_cost(own),
    )  # fmt: skip


def _cost(built: Own) -> Finding:
    """What is open in the last holiday has cost."""
    return found("years.cost", **built["open"]["cost_cny"])


def _leaves(answer: Own) -> Finding:
    instead = {
        name: found(
            f"years.instead.{name}", own=at_last(answer, RULE, name),
            nothing=at_last(answer, NOTHING, name),
            change=difference(answer, NOTHING, RULE, name),
        )
        for name in INSTEAD
    }  # fmt: skip
    stuck = at_last(answer, RULE, "stuck")
    return found("years.leaves", last=last_of(answer), stuck=stuck, **instead)


def left_of(group: Own) -> Finding | None:
    """Where service fails, of the stations of a group."""
    if not group["stations"].mean:
        return None
    return found("years.left_of", failing=group["failing"], stations=group["stations"])


def _target(answer: Own) -> Finding:
    target, own = answer["target"], answer["plans"][TARGET]
    parts = [
        found(f"years.left.{name}", **own["left"][name])
        for name in GROUPS
        if own["left"][name]["stations"].mean
    ]
    return found(
        "years.target", stations=target["stations"], ours=target["ours"], share=target["share"],
        last=last_of(answer), cost=_cost(own["built"]), failing=at_last(answer, TARGET, "failing"),
        parts=parts, more=difference(answer, RULE, TARGET, "failing"), money=answer["money"],
    )  # fmt: skip
