"""The answer of `holiday_highway` on its page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.holiday_highway.verdict import HOLIDAY, estimate
from sim import metrics
from sim.report import charts
from sim.report.blocks import (
    Beside,
    Block,
    Card,
    Choice,
    Classes,
    Column,
    Count,
    Folded,
    Heading,
    Key,
    Mark,
    Names,
    Over,
    Page,
    Points,
    Section,
    Table,
    Terms,
    Track,
)
from sim.report.finding import Given, Name, found, station
from sim.report.language import Words
from sim.stats.estimate import Estimate

SYMBOLS: dict[Mark, str] = {"dot": "circle", "ring": "circle-open", "tick": "line-ns"}
MARKS: dict[str, Mark] = {HOLIDAY: "dot", "peak_day": "ring", "peak_hour": "tick"}
WAITS: dict[str, tuple[str, Mark]] = {
    "p50": ("var(--u5)", "tick"), "p90": ("var(--u4)", "ring"), "p95": ("var(--u4)", "dot"),
}  # fmt: skip
LONG_MIN = 30.0
EDGES = (0.25, 0.5, 0.75, 1.0, 1.5)  # of the threshold: bounds of the classes of the map
COUNTED = ("visits", "served", "balked", "reneged", "rerouted", "stranded")
DEFINED = ("time", "charging", "power", "mean", "peak", "wait", "interval", "chance")
MISSING = ("positions", "jams", "prices", "mobile", "homes", "weather", "trucks")

Answer = Mapping[str, Any]  # as it is read from answer.json


def page(say: Words, answer: Answer) -> Page:
    threshold = answer["threshold"]
    return Page(
        say("title", name=Given(answer["demand"])),
        [
            rule(say, answer), queues(say, answer), waits(say, answer), corridors(say, answer),
            day(say, answer), table(say, answer), calibrated(say, answer), method(say),
        ],
        say("question", limit=threshold),
        cards(say, answer) if answer["network"]["energy_kwh"].mean else [],
    )  # fmt: skip


def cards(say: Words, answer: Answer) -> list[Card]:
    """The few numbers that a meeting remembers."""
    net, flag, limit = answer["network"], answer["flags"]["time"][HOLIDAY], answer["threshold"]
    count = replace(flag["count"], mean=len(flag["flagged"]))
    units = {"time_utilization": "%", "wait_min_p50": "min", "wait_min_p95": "min",
             "over_30_share": "%", "energy_kwh": "MWh"}  # fmt: skip
    return [
        Card(say("card.flagged", limit=limit), count,
             of=say("card.of", stations=len(answer["places"])), note=say("card.flagged_note")),
        *(Card(say(f"card.{key}"), net[key], unit, 1, note=say(f"card.{key}_note"))
          for key, unit in units.items()),
    ]  # fmt: skip


# --- the rule ------------------------------------------------------------------------------


def rule(say: Words, answer: Answer) -> Section:
    limit = answer["threshold"]
    blocks: list[Block] = [say("rule.about")]
    for d in metrics.DEFINITIONS:
        panels = [_panel(say, answer, d, w) for w in metrics.WINDOWS]
        blocks += [Heading(say(f"rule.{d}"), say(f"rule.formula_{d}")), Beside(panels, 4)]
    keys = [Key(charts.BLUE, say(f"windows.{w}"), mark) for w, mark in MARKS.items()]
    named = Folded(say("rule.all"), [Classes(keys), Beside([[f] for f in _by_name(say, answer)])])
    return Section(say("rule.heading", limit=limit), [*blocks, named], "rule", say("rule.short"))


def _panel(say: Words, answer: Answer, definition: str, window: str) -> list[Block]:
    """All stations by one utilization, how many exceed the threshold, and which."""
    places, limit = answer["places"], answer["threshold"]
    flag = answer["flags"][definition][window]
    use = _use(answer, definition, window)
    known = {place["station"]: say(station(place, full=True)) for place in places}
    names = [known[name] for name in flag["flagged"]]
    alt = say("rule.alt", definition=say(f"rule.{definition}"), window=say(f"windows.{window}"),
              count=flag["count"], stations=len(places))  # fmt: skip
    axis = charts.Axis(
        "", "%", 0.0, 1.02, ticks=[(v, say.number(v, "0%")) for v in (0.0, 0.5, 1.0)]
    )
    return [
        Heading(say(f"windows.{window}")),
        Count(flag["count"], say("card.of", stations=len(places))),
        charts.spread(say, list(known.values()), [estimate(u) for u in use], axis, limit, alt=alt,
                      hover=[_above(say, limit, u) for u in use], line=say.number(limit, "0%")),
        Names(say("rule.names", n=len(names)), names or [say("rule.none")]),
    ]  # fmt: skip


def _use(answer: Answer, definition: str, window: str) -> list[Mapping[str, Any]]:
    return [
        answer["stations"][place["station"]]["utilization"][definition][window]
        for place in answer["places"]
    ]


def _above(say: Words, limit: float, use: Mapping[str, Any]) -> str:
    return say("rule.above", limit=limit, p=use["p_over"])


def _by_name(say: Words, answer: Answer) -> list[Any]:
    """Time utilization of every station by name, the fullest first, in two columns."""
    places, limit = answer["places"], answer["threshold"]
    names = [say(station(place)) for place in places]
    use = {w: _use(answer, "time", w) for w in MARKS}
    order = sorted(range(len(places)), key=lambda s: -use[HOLIDAY][s]["mean"])
    axis = charts.Axis("", "%", 0.0, 1.02)
    return [
        charts.forest(
            say, [names[s] for s in rows],
            [charts.Marks(say(f"windows.{w}"), [estimate(use[w][s]) for s in rows],
                          symbol=SYMBOLS[mark], hover=[_above(say, limit, use[w][s]) for s in rows],
                          width=1.0, bar=charts.FAINT)
             for w, mark in MARKS.items()],
            axis, alt=say("rule.all"), line=(limit, say.number(limit, "0%")), room=names, key=(),
        )
        for rows in charts.halves(order)
    ]  # fmt: skip


# --- queues and waits ----------------------------------------------------------------------


def roads(places: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Stations by road (roads as they come), in travel order, sides of a site together."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for place in places:
        groups.setdefault(place["road"], []).append(place)
    side = ("out", "in", "both")
    for own in groups.values():
        own.sort(key=lambda p: (p["order"], p["site"], side.index(p["side"])))
    return groups


def queues(say: Words, answer: Answer) -> Section:
    days = [
        charts.Day(date.fromisoformat(d["date"]), say.given(d["label"])) for d in answer["calendar"]
    ]
    room = [say(station(place)) for place in answer["places"]]
    maps: list[Block] = []
    for n, (road, own) in enumerate(roads(answer["places"]).items()):
        longest = _longest_line(say, answer, own)
        figure = charts.queue_map(
            say, [say(station(place)) for place in own],
            [answer["queue"][place["station"]] for place in own], days, room=room,
            pairs=[k for k, place in enumerate(own) if k and place["site"] != own[k - 1]["site"]],
            alt=say("queues.alt", road=Given(road), longest=longest),
        )  # fmt: skip
        maps.append(Folded(say.given(road), [figure], longest, is_open=True, phone=n == 0))
    key = Classes(charts.queue_key(say), say("queues.waiting"))
    return Section(
        say("queues.heading"), [say("queues.about"), key, *maps], "queues", say("queues.short")
    )


def _longest_line(say: Words, answer: Answer, own: Sequence[Mapping[str, Any]]) -> str:
    """Greatest mean number of waiting EVs on a road: how many, where, when."""
    queue = np.array([answer["queue"][place["station"]] for place in own])
    row, hour = np.unravel_index(int(queue.argmax()), queue.shape)
    if not queue[row, hour]:
        return say("queues.none")
    when = _hour(answer, int(hour))
    return say(
        "queues.longest", evs=float(queue[row, hour]), where=station(own[int(row)], full=True),
        when=say("queues.when", day=when.date(), hour=f"{when:%H}"),
    )  # fmt: skip


def _hour(answer: Answer, hour: int) -> datetime:
    first = datetime.fromisoformat(answer["calendar"][0]["date"])
    return first + timedelta(hours=hour)


def waits(say: Words, answer: Answer) -> Section:
    known = {place["station"]: place for place in answer["places"]}
    of = answer["stations"]
    worst = Table(
        [
            Column(say("table.station")), Column(say("table.road"), form="text"),
            *(Column(say(f"waits.{key}"), "min") for key in WAITS),
            Column(say("metrics.over_30_share"), "%", 1),
        ],
        [
            [say(station(known[name], full=True)), Given(known[name]["road"]),
             *(of[name]["wait_min"][key] for key in WAITS), of[name]["over_30_share"]]
            for name in answer["worst"]
        ],
        say("waits.worst", n=len(answer["worst"])), folds=False,
    )  # fmt: skip
    keys = [Key(color, say(f"waits.{key}"), mark) for key, (color, mark) in WAITS.items()]
    every = Folded(
        say("waits.all", n=len(known)),
        [Classes(keys), Beside([[figure] for figure in _waits_by_name(say, answer)])],
        is_open=True,
    )
    return Section(
        say("waits.heading"), [say("waits.about"), worst, every], "waits", say("waits.short")
    )


def _waits_by_name(say: Words, answer: Answer) -> list[Any]:
    """Wait percentiles of every station by name, longest P95 first, in two columns."""
    places, of = answer["places"], answer["stations"]
    names = [say(station(place)) for place in places]
    wait = [of[place["station"]]["wait_min"] for place in places]
    order = sorted(range(len(places)), key=lambda s: -_or(wait[s]["p95"].mean, -1.0))
    longest = max([1.1 * LONG_MIN, *(_or(own["p95"].high, 0.0) for own in wait)])
    axis = charts.Axis("", "min", 0.0, 1.04 * longest)
    return [
        charts.forest(
            say, [names[s] for s in rows],
            [charts.Marks(say(f"waits.{key}"), [wait[s][key] for s in rows], color,
                          SYMBOLS[mark], width=1.0, bar=charts.FAINT)
             for key, (color, mark) in WAITS.items()],
            axis, alt=say("waits.alt"), line=(LONG_MIN, say("waits.limit")), room=names, key=(),
        )
        for rows in charts.halves(order)
    ]  # fmt: skip


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


# --- map and one day -----------------------------------------------------------------------


def corridors(say: Words, answer: Answer) -> Section:
    places, limit = answer["places"], answer["threshold"]
    use = [estimate(own) for own in _use(answer, "time", HOLIDAY)]
    means = np.array([_or(u.mean, 0.0) for u in use])
    level = np.searchsorted(np.array([limit * f for f in EDGES]), means, "left")
    spots = [
        charts.Spot(
            p["site"], say.format_field(Name(p["name_en"], p["name_zh"]), ""), p["lon"], p["lat"],
            p["road"], p["order"], p["side"], p["evses"], charts.BLUES[k],
            say(station(p, full=True)) + "\n" + say("corridors.hover", road=Given(p["road"]),
                evses=p["evses"], use=u, position=Given(p["position"])),
            u.mean or 0.0,
        )
        for p, u, k in zip(places, use, level, strict=True)
    ]  # fmt: skip
    towns = {
        t["node"]: charts.Place(say.format_field(Name(t["name_en"], t["name_zh"]), ""), t["lon"],
                                t["lat"])
        for t in answer["towns"]
    }  # fmt: skip
    links = [(towns[a], towns[b]) for a, b, _ in answer["links"]]
    marks = [100 * limit * f for f in (0.0, *EDGES)]
    labels = [say("corridors.between", low=a, high=b) for a, b in pairwise(marks)]
    labels.append(say("corridors.over", low=marks[-1]))
    keys = [Key(color, label) for color, label in zip(charts.BLUES, labels, strict=True)]
    figure = charts.map_of(say, spots, list(towns.values()), links, alt=say("corridors.alt"))
    return Section(
        say("corridors.heading"),
        [say("corridors.about"), Classes(keys, say("corridors.utilization")), figure],
        "corridors", say("corridors.short"),
    )  # fmt: skip


def day(say: Words, answer: Answer) -> Section:
    own = answer["profile"]
    place = next(p for p in answer["places"] if p["station"] == own["station"])
    bands = zip(own["median"], own["low"], own["high"], strict=True)
    line = [Estimate(*values) for values in bands]
    hours = [_hour(answer, hour) for hour in range(len(line) + 1)]
    hover = [
        say("day.hover", day=when.date(), hour=f"{when:%H}", line=value)
        for when, value in zip(hours, line, strict=False)
    ]
    curve = charts.Line("", [when.isoformat() for when in hours], line, charts.RUST, steps=True,
                        hover=hover)  # fmt: skip
    name = station(place, full=True)
    figure = charts.curve(
        say, [curve], charts.Axis(form=say.text("charts.time")), height=260,
        alt=say("day.alt", station=name),
    )  # fmt: skip
    return Section(
        say("day.heading", station=name), [say("day.about"), figure], "day", say("day.short")
    )


# --- tables --------------------------------------------------------------------------------


def table(say: Words, answer: Answer) -> Section:
    """Every number of every station."""
    of, limit = answer["stations"], answer["threshold"]
    uses = [(d, w) for d in metrics.DEFINITIONS for w in metrics.WINDOWS]
    chance = say("table.chance", limit=limit)
    columns = [
        Column(say("table.station")), Column(say("table.road"), form="text"),
        Column(say("table.evses")),
        Column(say("table.rated"), "kW"), Column(say("table.cap"), "kW"),
        *(column for d, w in uses
          for column in (Column(say(f"windows.{w}"), "%", 1, option=d),
                         Column(chance, "%", 1, option=d))),
        *(Column(say("table.wait", percentile=say(f"waits.{key}")), "min") for key in WAITS),
        Column(say("metrics.over_30_share"), "%", 1),
        *(Column(say(f"metrics.{key}")) for key in COUNTED),
        Column(say("metrics.energy_kwh"), "kWh"),
    ]  # fmt: skip
    rows = []
    for place in answer["places"]:
        own = of[place["station"]]
        cells: list[Any] = [say(station(place, full=True)), Given(place["road"]), place["evses"],
                            place["rated_kw"], place["cap_kw"]]  # fmt: skip
        for d, w in uses:
            use = own["utilization"][d][w]
            value = estimate(use)
            cells += [Over(value) if use["mean"] > limit else value, use["p_over"]]
        cells += [own["wait_min"][key] for key in WAITS]
        cells += [own[key] for key in ("over_30_share", *COUNTED, "energy_kwh")]
        rows.append(cells)
    options = {d: say(f"definitions.{d}") for d in metrics.DEFINITIONS}
    chosen = Choice(say("table.choice"), options, [Table(columns, rows, folds=False)])
    return Section(say("table.heading"), [chosen], "table", say("table.short"))


def calibrated(say: Words, answer: Answer) -> Section:
    """What was observed, beside what was simulated."""
    columns: list[Column | str] = [
        Column(say("calibration.quantity")), say("calibration.unit"),
        Column(say("calibration.observed"), form="plain"),
        Column(say("calibration.simulated"), form="plain"), Column("", form="track"),
        Column(say("calibration.verdict"), wide=True), say("calibration.role"),
        say("calibration.kind"), Column(say("calibration.definition"), wide=True),
        Column(say("calibration.source"), wide=True),
    ]  # fmt: skip
    rows = [
        [
            found("calibration.what", quantity=Given(row["quantity"]),
                  demand=Given(row["demand"])),
            Given(row["unit"]),
            Estimate(row["observed"], row["observed_low"], row["observed_high"]), row["simulated"],
            Track(row["observed"], row["observed_low"], row["observed_high"], row["simulated"]),
            row["verdict"], say(f"calibration.{row['role']}"), say(f"calibration.{row['kind']}"),
            Given(row["definition"]), Given(row["source"]),
        ]
        for row in answer["calibration"]
    ]  # fmt: skip
    missed = frozenset(
        n for n, row in enumerate(answer["calibration"])
        if row["verdict"].key == "calibration.misses"
    )  # fmt: skip
    return Section(
        say("calibration.heading"),
        [say("calibration.about"), Table(columns, rows, marked=missed, folds=False)],
        "calibration", say("calibration.short"),
    )  # fmt: skip


def method(say: Words) -> Section:
    terms = [(say(f"define.{key}"), say(f"define.{key}_is")) for key in DEFINED]
    missing = [say(f"missing.{key}") for key in MISSING]
    return Section(
        say("method.heading"),
        [Beside([
            [Heading(say("method.definitions")), Terms(terms)],
            [Heading(say("method.not_modelled")), Points(missing)],
        ])],
        "method", say("method.short"),
    )  # fmt: skip
