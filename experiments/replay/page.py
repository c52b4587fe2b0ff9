"""The page of a replay: when stations were busy, how long people waited where, and what if."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.replay.verdict import named, within
from sim.report import charts, kpis
from sim.report.blocks import Block, Card, Figure, Key, Page, Section, Terms
from sim.report.finding import found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats.estimate import Estimate

BARS, ROWS = 20, 200  # stations in a figure and in a table; all are in kpis.parquet
QUANTILES = np.linspace(0.0, 1.0, 201)
CARDS = {"time_utilization": ("%", 1), "wait_min_p50": ("min", 1), "wait_min_p95": ("min", 1),
         "over_30_share": ("%", 1), "energy_kwh": ("kWh", 0)}  # fmt: skip
UNITS = {"evses": "", "cap_kw": "kW", "visits": "", "energy_kwh": "kWh", "time_utilization": "%",
         "charging_utilization": "%", "power_max_kw": "kW", "curtailed_kwh": "kWh",
         "wait_min_mean": "min", "wait_min_p90": "min", "wait_min_p95": "min",
         "wait_min_max": "min", "over_30_share": "%", "reneged": ""}  # fmt: skip
STATIONS: dict[str, Form] = {
    "station": ("station", "", None, "text"),
    **{key: (key, unit, 1) if unit == "%" else (key, unit) for key, unit in UNITS.items()},
}
CHANGES: dict[str, Form] = {
    "station": ("station", "", None, "text"), "quantity": ("quantity", "", None, "text"),
    **{key: key for key in ("n", "before", "after", "mean", "within", "p5", "p50", "p95")},
    "less": ("less", "%"), "more": ("more", "%"), "correlation": "correlation",
}  # fmt: skip
DEFINED = ("time", "charging", "held_back", "replayed")

Answer = Mapping[str, Any]  # as it is read from answer.json


def page(say: Words, answer: Answer) -> Page:
    net = answer["network"]
    sections = [what_if(say, answer)] if "what_if" in answer else []
    return Page(
        say("title"),
        [*sections, when(say, answer), waits(say, answer), stations(say, answer),
         *kpis.sections(say, answer.get("kpis"), {}), meaning(say)],
        say("question"),
        [Card(say(f"metrics.{key}"), net[key], *form) for key, form in CARDS.items()]
        if net["energy_kwh"] else [],
        sure=say("first.sure"), assumed=say("first.assumed"),
    )  # fmt: skip


def what_if(say: Words, answer: Answer) -> Section:
    """The changed stations, before and after."""
    own = answer["what_if"]
    lines = {say(f"what_if.{key}"): own["waited"][key] for key in ("before", "after")}
    waits = any(line["share"] for line in lines.values())
    rows = [
        {**change, "station": named(name), "quantity": say(f"compared.{key}"),
         "mean": Estimate(change["mean"], None, None, is_change=True),
         "within": within(change, "table")}
        for name, changes in own["differences"].items()
        for key, change in changes.items()
    ]  # fmt: skip
    blocks: list[Block] = [
        say("what_if.about"),
        tail(say, lines) if waits else say("what_if.nobody"),
        table(say, "head", CHANGES, rows, say("what_if.caption")),
    ]
    return Section(say("what_if.heading"), blocks, "what_if")


def when(say: Words, answer: Answer) -> Section:
    own, net = answer["when"], answer["network"]
    about = say(f"when.by_{own['by']}", stations=net["stations"], evses=net["evses"])
    clock = map(say, own["clock"] or [found("when.hours")])
    busy = {"occupied": charts.BLUE, "queue": charts.RUST}
    blocks: list[Block] = [
        say.join([about, *clock]),
        _courses(say, own, busy, "busy", ""),
        _courses(say, own, {"power": charts.BLUE}, "power", "kW"),
    ]
    return Section(say("when.heading"), blocks, "when")


def _courses(
    say: Words, own: Mapping[str, Any], colors: Mapping[str, str], title: str, unit: str
) -> Figure:
    """Sums of all stations over the time of the run."""
    x = charts.Axis(form=say.text(f"charts.{'time' if own['by'] == 'hour' else 'date'}"))
    lines = [
        charts.Line(say(f"when.{name}"), piece["edges"], piece[name], color, steps=True,
                    fills=name == "occupied", width=1.3)
        for name, color in colors.items()
        for piece in own["pieces"]
    ]  # fmt: skip
    key = [Key(color, say(f"when.{name}"), "line") for name, color in colors.items()]
    return charts.curve(
        say, lines, x if own["clock"] else charts.Axis("", "h"),
        charts.Axis("", unit, from_zero=True), title=say(f"when.{title}"), height=220,
        key=key if len(key) > 1 else [],
    )  # fmt: skip


def waits(say: Words, answer: Answer) -> Section:
    if not answer["waited"]["share"]:
        return Section(say("waits.heading"), [say("waits.nobody")], "waits")
    rows = [own for own in longest(answer) if own["visits"]][:BARS]
    marks = [
        charts.Marks(say(f"metrics.{key}"), [own[key] for own in rows], color, symbol)
        for key, color, symbol in (("wait_min_mean", charts.BLUE, "line-ns"),
                                   ("wait_min_p95", charts.RUST, "circle"))
    ]  # fmt: skip
    figure = charts.forest(say, [own["station"] for own in rows], marks,
                           charts.Axis("", "min", from_zero=True), title=say("waits.longest"),
                           row_px=18)  # fmt: skip
    return Section(say("waits.heading"), [figure, tail(say, {"": answer["waited"]})], "waits")


def longest(answer: Answer) -> list[Mapping[str, Any]]:
    """Stations, those of the longest P95 wait first."""
    of = answer["stations"].values()
    return sorted(of, key=lambda own: (-(own["wait_min_p95"] or 0.0), own["station"]))


def tail(say: Words, waited: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Share of visits that wait longer than so many minutes; most wait not at all."""
    lines = []
    for (label, own), color in zip(waited.items(), (charts.RUST, charts.BLUE), strict=False):
        minutes = own["minutes"]
        shares = (own["share"] * (1.0 - QUANTILES)).tolist() if own["share"] else [0.0]
        hover = [say("waits.over", share=s, wait=m) for s, m in zip(shares, minutes, strict=True)]
        lines.append(charts.Line(label, minutes, shares, color, hover=hover))
    x, y = charts.Axis("", "min", from_zero=True), charts.Axis("", "%", from_zero=True)
    return charts.curve(say, lines, x, y, title=say("waits.tail"), height=260)


def stations(say: Words, answer: Answer) -> Section:
    rows, heading = longest(answer), say("stations.heading")
    more = [say("stations.most", shown=ROWS, all=len(rows))] if len(rows) > ROWS else []
    shown = table(say, "head", STATIONS, rows[:ROWS], heading)
    return Section(heading, [say("stations.about"), *more, shown], "stations")


def meaning(say: Words) -> Section:
    terms = [(say(f"define.{key}"), say(f"define.{key}_is")) for key in DEFINED]
    return Section(say("define.heading"), [Terms(terms)], "meaning")
