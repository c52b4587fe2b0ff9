"""The page of a replay: when stations were busy, how long people waited where, and what if."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.replay.verdict import named, within
from sim.report import charts
from sim.report.blocks import Block, Card, Cell, Column, Figure, Key, Page, Section, Table, Terms
from sim.report.finding import found
from sim.report.language import Words
from sim.stats.estimate import Estimate

BARS, ROWS = 20, 200  # stations in a figure and in a table; all are in kpis.parquet
QUANTILES = np.linspace(0.0, 1.0, 201)
CARDS = {"time_utilization": "%", "wait_min_p50": "min", "wait_min_p95": "min",
         "over_30_share": "%", "energy_kwh": "kWh"}  # fmt: skip
DIGITS = {"%": 1, "min": 1, "kWh": 0}
COLUMNS = {"evses": "", "cap_kw": "kW", "visits": "", "energy_kwh": "kWh", "time_utilization": "%",
           "charging_utilization": "%", "power_max_kw": "kW", "curtailed_kwh": "kWh",
           "wait_min_mean": "min", "wait_min_p90": "min", "wait_min_p95": "min",
           "wait_min_max": "min", "over_30_share": "%", "reneged": ""}  # fmt: skip
DEFINED = ("time", "charging", "held_back", "replayed")

Answer = Mapping[str, Any]  # as it is read from answer.json


def page(say: Words, answer: Answer) -> Page:
    net = answer["network"]
    sections = [what_if(say, answer)] if "what_if" in answer else []
    return Page(
        say("title"),
        [*sections, when(say, answer), waits(say, answer), stations(say, answer), meaning(say)],
        say("question"),
        [Card(say(f"metrics.{key}"), net[key], unit, DIGITS[unit])
         for key, unit in CARDS.items()]
        if net["energy_kwh"] else [],
    )  # fmt: skip


def what_if(say: Words, answer: Answer) -> Section:
    """The changed stations, before and after."""
    own = answer["what_if"]
    before, after = (own["waited"][key] for key in ("before", "after"))
    blocks: list[Block] = [say("what_if.about"), say("what_if.nobody")]
    if before["share"] or after["share"]:
        lines = {say("what_if.before"): before, say("what_if.after"): after}
        blocks[1] = tail(say, lines)
    head = ("n", "before", "after", "mean", "within", "p5", "p50", "p95", "less", "more",
            "correlation")  # fmt: skip
    columns = [Column(say(f"head.{key}"), "%" if key in ("less", "more") else "") for key in head]
    rows = [
        [say.format_field(named(name), ""), say(f"compared.{key}"),
         *(_cell(change, column) for column in head)]
        for name, changes in own["differences"].items()
        for key, change in changes.items()
    ]  # fmt: skip
    names = [Column(say(f"head.{key}"), form="text") for key in ("station", "quantity")]
    table = Table([*names, *columns], rows, say("what_if.caption"))
    return Section(say("what_if.heading"), [*blocks, table], "what_if")


def _cell(change: Mapping[str, Any], column: str) -> Cell:
    if column == "within":
        return within(change, "table")
    own: float | None = change[column]
    return Estimate(own, None, None, is_change=True) if column == "mean" else own


def when(say: Words, answer: Answer) -> Section:
    own, net = answer["when"], answer["network"]
    about = say(f"when.by_{own['by']}", stations=net["stations"], evses=net["evses"])
    x = charts.Axis(form=say.text(f"charts.{'time' if own['by'] == 'hour' else 'date'}"))
    if not own["clock"]:
        x = charts.Axis("", "h")
    clock = map(say, own["clock"] or [found("when.hours")])

    def lines(name: str, color: str, fills: bool = False) -> list[charts.Line]:
        return [
            charts.Line(say(f"when.{name}"), piece["edges"], piece[name], color, steps=True,
                        fills=fills, width=1.3)
            for piece in own["pieces"]
        ]  # fmt: skip

    def figure(data: list[charts.Line], title: str, unit: str, key: list[Key]) -> Figure:
        return charts.curve(
            say, data, x, charts.Axis("", unit, from_zero=True), title=title, height=220, key=key
        )  # fmt: skip

    busy = [*lines("occupied", charts.BLUE, fills=True), *lines("queue", charts.RUST)]
    key = [Key(charts.BLUE, say("when.occupied"), "line"),
           Key(charts.RUST, say("when.queue"), "line")]  # fmt: skip
    return Section(
        say("when.heading"),
        [say.join([about, *clock]), figure(busy, say("when.busy"), "", key),
         figure(lines("power", charts.BLUE), say("when.power"), "kW", [])],
        "when",
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
    rows = longest(answer)
    more = [say("stations.most", shown=ROWS, all=len(rows))] if len(rows) > ROWS else []
    columns = [Column(say("head.station"), form="text")]
    columns += [
        Column(say(f"head.{key}"), unit, 1 if unit == "%" else None)
        for key, unit in COLUMNS.items()
    ]
    cells = [[own["station"], *(own[key] for key in COLUMNS)] for own in rows[:ROWS]]
    table = Table(columns, cells, say("stations.heading"))
    return Section(say("stations.heading"), [say("stations.about"), *more, table], "stations")


def meaning(say: Words) -> Section:
    terms = [(say(f"define.{key}"), say(f"define.{key}_is")) for key in DEFINED]
    return Section(say("define.heading"), [Terms(terms)], "meaning")
