"""The answer of `one_station` on its page."""

from collections.abc import Mapping
from typing import Any

from sim.report import comparison, kpis
from sim.report.blocks import Column, Page, Points, Section, Table
from sim.report.finding import Given
from sim.report.language import Words

WAIT = "wait_min_p95"
CARDS = (WAIT, "wait_min_mean", "over_30_share", "lost", "network")
NOTES = ("paired", "told", "costs", "free", "lost", "scope")


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    names, figures, station = answer["names"], answer["figures"], say(answer["station"])
    heads = [
        Column(say("comparison.design")), Column(say("costs.evses")),
        Column(say("costs.rated"), "kW", 0), Column(say("costs.cap"), "kW", 0),
        Column(say("costs.cost"), "money"), Column(say("costs.per_min"), digits=0),
        Column(say("costs.settings"), wide=True),
    ]  # fmt: skip
    columns = names, *answer["stands"].values(), answer["cost"], answer["per"], answer["settings"]
    title = say("effect.title", station=station)
    effect = comparison.effect(say, names, figures, WAIT, title, say("effect.table"))
    costs = Table(heads, [list(row) for row in zip(*columns, strict=True)], say("costs.table"))
    queue = comparison.by_hour(say, names, answer["queue"], say("queue.title"), answer["leading"])
    return Page(
        say("title", station=station, demand=Given(answer["demand"])),
        [
            Section.of(say, "effect", [say("effect.about"), *effect]),
            Section.of(say, "costs", [costs]),
            Section.of(say, "queue", [say("queue.about"), queue], station=station),
            *kpis.sections(say, answer.get("kpis"), answer.get("stations", {})),
            Section(say("notes.heading"), [Points([say(f"notes.{n}") for n in NOTES])], "notes"),
        ],
        say("question"), comparison.cards(say, figures, CARDS),
        answer=comparison.head(say, names, figures[WAIT], answer["leading"]),
        sure=say("first.sure"), assumed=say("first.assumed"),
    )  # fmt: skip
