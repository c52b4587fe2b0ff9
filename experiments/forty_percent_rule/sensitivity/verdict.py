"""Question 6 of the 40 % rule: what is said of it."""

from collections.abc import Mapping
from typing import Any

from sim.report.finding import Finding, Term, found
from sim.stats.estimate import Estimate

OUTPUTS = ("flagged", "wait_min_p95", "wait_h")
SAID = OUTPUTS[:2]
SAYS = ("more", "too_low", "none_missed")  # verdicts on the threshold, of one holiday
CLASSES = ("holds", "fails", "hangs", "unsure")
HALF = 0.5  # of the squared swings: more than all others together
NEARLY_ALL, HARDLY_ANY = 0.97, 0.03  # of the holidays: few enough that the seed does not matter
NAMED = 4  # in a sentence

Own = Mapping[str, Any]


def plain(answer: Own) -> list[Finding]:
    """What decides, and whether the rule is judged the same whatever is assumed."""
    return [_decided(answer), _survives(answer)]


def _decided(answer: Own) -> Finding:
    ways = ("as_is", "fitted_again") if answer["fitted"] else ("as_is",)
    return found("sensitivity.decided", parts=[_hang(answer, way) for way in ways])


def _hang(answer: Own, way: str) -> Finding:
    """On which assumptions the flags hang, and on which the waits."""
    first, second = (_first(answer["tornado"][name]["shares"][way]) for name in SAID)
    if first == second:
        return found(f"sensitivity.hang.{way}.both", on=first)
    return found(f"sensitivity.hang.{way}.each", flags=first, waits=second)


def _first(shares: Own) -> Term:
    """The group of assumptions that outweighs all others together, if that is shown."""
    group = next((name for name, own in shares.items() if _above_half(own)), "none")
    return Term(f"sensitivity.on.{group}")


def _above_half(share: Estimate) -> bool:
    return share.low is not None and share.low > HALF


def _survives(answer: Own) -> Finding:
    """What of the verdicts on the threshold holds, whatever is assumed."""
    classes: dict[str, list[Term]] = {}
    for name in SAYS:
        own = _class(answer["survives"][name]["share"])
        classes.setdefault(own, []).append(Term(f"sensitivity.says.{name}"))
    parts = [found(f"sensitivity.survives.{own}", says=classes[own])
             for own in CLASSES if own in classes]  # fmt: skip
    return found("sensitivity.survives.all", threshold=answer["rule"]["threshold"], parts=parts)


def _class(share: Any) -> str:
    """What holds in some of the holidays and not in others hangs on what is assumed; what holds in
    all but a few needs an interval that leaves out a half."""
    if HARDLY_ANY < share.mean < NEARLY_ALL:
        return "hangs"
    if _above_half(share):
        return "holds"
    return "fails" if share.high < HALF else "unsure"


# ---- in numbers ------------------------------------------------------------------------------


def verdict(answer: Own) -> list[Finding]:
    """The same in numbers."""
    return [
        *(_swings(answer, name) for name in SAID),
        *(said for name in SAID for said in _effects(answer, name)),
        _all(answer),
    ]


def amount(output: str, value: Estimate | None) -> Finding:
    """An output or its change, with its unit."""
    return found(f"sensitivity.amounts.{output}", value=value)


def ranked(answer: Own, name: str, way: str = "as_is") -> list[str]:
    """The inputs by the means of their swings, the widest first."""
    own = answer["tornado"][name]["inputs"]
    return sorted(
        (row for row in own if own[row][way]), key=lambda row: -abs(own[row][way]["swing"].mean)
    )


def _each(answer: Own, name: str, row: str, value: Estimate) -> Finding:
    return found("sensitivity.each", input=answer["inputs"][row]["label"],
                 amount=amount(name, value))  # fmt: skip


def _swings(answer: Own, name: str) -> Finding:
    """What the first assumptions do alone; nothing is claimed of their order."""
    own = answer["tornado"][name]
    as_is, again = (
        [_each(answer, name, row, own["inputs"][row][way]["swing"])
         for row in ranked(answer, name, way)[:NAMED]]
        for way in ("as_is", "fitted_again")
    )  # fmt: skip
    values = {"output": Term(f"sensitivity.outputs.{name}"), "parts": as_is,
              "expected": amount(name, own["expected"])}  # fmt: skip
    if not again:
        return found("sensitivity.swings.as_is", **values)
    return found("sensitivity.swings.fitted_again", **values, again=again)


def _effects(answer: Own, name: str) -> list[Finding]:
    """What the first assumptions do among others, and which of them depend on those."""
    own, output = answer["effects"][name], Term(f"sensitivity.outputs.{name}")
    first = sorted(own, key=lambda row: -own[row]["mu_star"].mean)[:NAMED]
    bent = [row for row in first if own[row]["sigma"].low > HALF * own[row]["mu_star"].high]
    way = "fitted_again" if answer["fitted"] else "as_is"
    parts = [_each(answer, name, row, own[row]["mu_star"]) for row in first]
    said = [found(f"sensitivity.effects.{way}", output=output, parts=parts)]
    if bent:
        labels = [answer["inputs"][row]["label"] for row in bent]
        said.append(found("sensitivity.effects.bent", output=output, inputs=labels))
    return said


def _all(answer: Own) -> Finding:
    survive, best = answer["survives"], answer["best"]
    holds = [
        found("sensitivity.holds", says=Term(f"sensitivity.says.{name}"),
              count=survive[name]["count"], share=survive[name]["share"])
        for name in SAYS
    ]  # fmt: skip
    values = {"inputs": len(answer["inputs"]), "points": answer["points"], "holds": holds,
              "threshold": answer["rule"]["threshold"], "missed": answer["most_missed"],
              **best}  # fmt: skip
    if not answer["fitted"]:
        return found("sensitivity.all.as_is", **values)
    return found("sensitivity.all.fitted_again", error=answer["fit_error"], **values)
