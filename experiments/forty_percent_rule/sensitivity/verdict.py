# ruff: noqa: RUF001, RUF002 - signs as people read them
"""Question 6 of the 40 % rule in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.measure import limit

OUTPUTS = {
    "flagged": "stations flagged", "wait_min_p95": "P95 wait", "wait_h": "hours waited",
}  # fmt: skip
UNITS = {"flagged": "", "wait_min_p95": " min", "wait_h": " h"}
DIGITS = {"flagged": 1, "wait_min_p95": 1, "wait_h": 0}
SAYS = {  # verdicts on the threshold, of one holiday
    "more": "flags more stations than fail",
    "too_low": "is lower than the number that would lose least",
    "none_missed": "misses no failing station",
}
NO_GROUP = "on no one kind of assumption that is shown to outweigh the others"
HALF = 0.5  # of the squared swings: more than all others together
NEARLY_ALL, HARDLY_ANY = 0.97, 0.03  # of the holidays: few enough that the seed does not matter
NAMED = 4  # in a sentence

Found = Mapping[str, Any]


# ---- plain sentences -------------------------------------------------------------------------


def plain(found: Found) -> list[str]:
    """What decides, and whether the rule is judged the same whatever is assumed."""
    return [_decided(found), _survives(found)]


def _decided(found: Found) -> str:
    as_is, again = (
        [_first(found["tornado"][name]["shares"][way]) for name in ("flagged", "wait_min_p95")]
        for way in ("as_is", "fitted_again")
    )
    says = _hang("how many stations the rule flags", "how long drivers wait", as_is)
    if found["fitted"]:
        left = _hang("the flags", "the waits", again)
        says += f"; once demand is fitted again to the sessions counted, {left}"
    return f"{_capital(says)}."


def _first(shares: Mapping[str, Mapping[str, float]]) -> str | None:
    """The group of assumptions that outweighs all others together, if that is shown."""
    return next((name for name, own in shares.items() if own["low"] > HALF), None)


def _hang(one: str, other: str, groups: Sequence[str | None]) -> str:
    first, second = (f"above all on {g}" if g else NO_GROUP for g in groups)
    if first == second:
        return f"{one} and {other} hang {first}"
    return f"{one} hang{'s' * one.startswith('how')} {first}, {other} {second}"


def _survives(found: Found) -> str:
    """What of the verdicts on the threshold holds, whatever is assumed."""
    classes: dict[str, list[str]] = {}
    for name, text in SAYS.items():
        classes.setdefault(_class(found["survives"][name]["share"]), []).append(text)
    says = {
        "holds": "it nearly always {}", "fails": "it hardly ever {}",
        "hangs": "whether it {} hangs on what is assumed",
        "unsure": "in how many holidays it {} is not shown",
    }  # fmt: skip
    parts = [form.format(_listed(classes[own])) for own, form in says.items() if own in classes]
    return f"Of {limit(found)}, whatever is assumed within its range: {'; '.join(parts)}."


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)


def _class(share: Mapping[str, float]) -> str:
    """What holds in some of the holidays and not in others hangs on what is assumed; what holds in
    all but a few needs an interval that leaves out a half."""
    if HARDLY_ANY < share["mean"] < NEARLY_ALL:
        return "hangs"
    if share["low"] > HALF:
        return "holds"
    return "fails" if share["high"] < HALF else "unsure"


# ---- in numbers ------------------------------------------------------------------------------


def verdict(found: Found) -> list[str]:
    """The same in numbers."""
    survive, best = found["survives"], found["best"]
    holds = "; it ".join(
        f"{text} in {own['count']} ({share(own['share'])})"
        for name, text in SAYS.items()
        if (own := survive[name])
    )
    kept = (
        f", the sessions kept by the demand to {100 * found['fit_error']:.1f} % (r.m.s.)"
        if found["fitted"]
        else ""
    )
    return [
        *(_swings(found, name) for name in ("flagged", "wait_min_p95")),
        *(_effects(found, name) for name in ("flagged", "wait_min_p95")),
        f"With all {len(found['inputs'])} assumptions anywhere in their ranges{kept}, of "
        f"{found['points']} holidays {limit(found)} {holds}, and at most {found['most_missed']}. "
        "Least is lost at "
        f"{100 * best['p50']:.0f} % in the median, at {100 * best['p5']:.0f} to "
        f"{100 * best['p95']:.0f} % in nine of ten.",
    ]


def ranked(found: Found, name: str, way: str = "as_is") -> list[str]:
    """The inputs, that with the widest swing first."""
    own = found["tornado"][name]["inputs"]
    return sorted(
        (row for row in own if own[row][way]), key=lambda row: -abs(own[row][way]["swing"]["mean"])
    )


def _swings(found: Found, name: str) -> str:
    own = found["tornado"][name]
    as_is, again = (
        ", ".join(
            f"{found['inputs'][row]['words']} {told(own['inputs'][row][way]['swing'], name)}"
            for row in ranked(found, name, way)[:NAMED]
        )
        for way in ("as_is", "fitted_again")
    )
    says = (
        f"{_capital(OUTPUTS[name])}, {told(own['expected'], name)}{UNITS[name]} as expected, from "
        f"the low to the high end of one assumption: {as_is}"
    )
    return f"{says}; with the demand fitted again: {again}." if again else f"{says}."


def _effects(found: Found, name: str) -> str:
    own = found["effects"][name]
    words = {row: one["words"] for row, one in found["inputs"].items()}
    first = sorted(own, key=lambda row: -own[row]["mu_star"]["mean"])
    most = ", ".join(f"{words[row]} {told(own[row]['mu_star'], name)}" for row in first[:NAMED])
    bent = [
        words[row]
        for row in first[:NAMED]
        if own[row]["sigma"]["low"] > HALF * own[row]["mu_star"]["high"]
    ]
    again = " and the demand is fitted again" * found["fitted"]
    return (
        f"Mean effect on the {OUTPUTS[name]} (μ*{UNITS[name] and f',{UNITS[name]}'}) of one "
        f"assumption over its whole range, while all others move{again}: {most}."
        + (f" That of {_listed(bent)} depends much on the others, or bends." if bent else "")
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def told(estimate: Mapping[str, float] | None, output: str) -> str:
    """An output or its change, `27.8 (25.6 to 30.0)`; a dash for what does not exist."""
    return amount(estimate, DIGITS[output]) if estimate else "–"


def value(found: Found, row: str, end: str) -> str:
    """A value of an input: `×0.8`, `+0.08`, `30 %`, `8 min`."""
    own = found["inputs"][row]
    at, unit = own[end], own["unit"]
    if unit == "x":
        return f"×{at:.3g}"
    if unit == "SOC":
        return f"{at:+.3g}"
    return f"{100 * at:.3g} %" if unit == "-" else f"{at:.3g} {unit}"


def share(estimate: Mapping[str, float] | None) -> str:
    """`49 % (48 to 56)`."""
    if estimate is None:
        return "not defined"
    mean, low, high = (100 * estimate[key] for key in ("mean", "low", "high"))
    return f"{mean:.0f} % ({low:.0f} to {high:.0f})"


def amount(estimate: Mapping[str, float], digits: int = 0) -> str:
    """`4,744 (4,666 to 4,821)`."""
    mean, low, high = (
        f"{round(estimate[key], digits) + 0.0:,.{digits}f}"  # + 0.0: no -0
        for key in ("mean", "low", "high")
    )
    return f"{mean} ({low} to {high})"
