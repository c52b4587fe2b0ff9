"""The study again over worlds that may all be ours, and which of its plain sentences survive.

A world is a point of the posterior: what is not known, at values that agree with what was observed,
the inferred service areas in one of their layouts, and luck.  All designs meet the same worlds.
"""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE, Runs
from experiments.forty_percent_rule.flags.answer import flags_of
from experiments.forty_percent_rule.measure import of_measure
from experiments.forty_percent_rule.parts import PARTS, answers, kept
from sim.report import survival
from sim.report.blocks import Block, Card, Folded, Section
from sim.report.finding import Finding, found
from sim.report.language import Words
from sim.stats import interval

UNASKED = ("sensitivity",)  # it moves the assumptions itself
ASKED = tuple(name for name in PARTS if name not in UNASKED)
FIGURES = ("flagged", "failing", "missed", "needless", "best")  # of the rule, as expected

Own = Mapping[str, Any]


def answer(scenario: Ruled, runs: Runs, luck: Own) -> dict[str, Any]:
    """What the parts say in so many worlds, beside what they say with `luck` alone.

    `figures` : the headline numbers in the worlds.
    """
    with interval.over_points():
        parts = answers(scenario, runs, ASKED)
    said = {name: own["plain"] for name, own in parts.items()}
    return {
        "worlds": runs.engine.replications, "worlds_of_years": parts["years"]["worlds"],
        "rows": survival.rows({name: luck[name]["plain"] for name in PARTS}, said),
        "figures": _figures(kept({name: parts[name] for name in ("flags", "threshold")})),
        "parts": {name: {key: own[key] for key in ("plain", "verdict")}
                  for name, own in parts.items()},
    }  # fmt: skip


def _figures(parts: Own) -> dict[str, Any]:
    own = of_measure(parts["threshold"])
    at, best = own["at_threshold"], own["best"]
    values = (
        flags_of(parts["flags"])[BASE]["count"], parts["threshold"]["fails"]["count"],
        at["missed"], at["needless"], best[0]["threshold"] if best else None,
    )  # fmt: skip
    return dict(zip(FIGURES, values, strict=True))


# ---- what is said ----------------------------------------------------------------------------


def summary(own: Own) -> list[Finding]:
    """How many sentences survive."""
    return survival.verdict(own["rows"], own["worlds"], "roads")


def said(own: Own, luck: Own) -> dict[str, Own]:
    """The findings of all parts: over worlds, where they were asked."""
    return {name: own["parts"].get(name, luck[name]) for name in PARTS}


def unasked() -> Finding:
    return found("worlds.unasked")


def brackets(own: Own) -> Finding:
    return found("worlds.brackets", worlds=own["worlds"], years=own["worlds_of_years"])


# ---- the page --------------------------------------------------------------------------------


def section(say: Words, answer: Own) -> Section:
    """Which sentences survive; the same in numbers; what the rest of the page is."""
    own = answer["survival"]
    numbers = {name: f"{n}" for n, name in enumerate(PARTS, 1)}
    how = [
        say("worlds.about", worlds=own["worlds"], years=own["worlds_of_years"]),
        say("worlds.selection", of=answer["money"]["indifference"]),
    ]
    folded: list[Block] = [
        Folded(say("worlds.numbers", n=numbers[name], question=answer[name]["question"]),
               [*map(say, part["verdict"])])
        for name, part in own["parts"].items()
    ]  # fmt: skip
    about = [say("worlds.luck", replications=answer["replications"]), say("worlds.unasked")]
    more = [Folded(say("worlds.how"), how), *folded]
    return survival.section(say, own["rows"], own["worlds"], "roads", numbers, more, about)


def cards(say: Words, answer: Own, luck: list[Card]) -> list[Card]:
    """The headline numbers over worlds, and below each that with luck alone."""
    figures = answer["survival"]["figures"]
    return [
        Card(card.label, figures[key], card.unit, 0, card.of, _luck(say, card))
        for key, card in zip(FIGURES, luck, strict=True)
    ]


def sure(say: Words, answer: Own) -> str:
    own, luck = answer["survival"], answer["replications"]
    return say("worlds.sure", worlds=own["worlds"], replications=luck)


def _luck(say: Words, card: Card) -> str:
    if card.value is None:
        return ""
    return say("worlds.card", value=say.number(card.value, f"0{card.unit}"))
