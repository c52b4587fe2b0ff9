"""The answer of `holiday_highway` on its page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from experiments.holiday_highway.brief import brief
from experiments.holiday_highway.days import days
from experiments.holiday_highway.head import head
from experiments.holiday_highway.map import corridors, play
from experiments.holiday_highway.roads import along
from experiments.holiday_highway.shown import WAITS, Answer, about, other, use_of
from experiments.holiday_highway.stations import stations
from experiments.holiday_highway.tables import calibrated, method, table
from experiments.holiday_highway.verdict import HOLIDAY, estimate, named
from sim import metrics
from sim.report import charts, kpis
from sim.report.blocks import (
    Beside,
    Block,
    Classes,
    Column,
    Count,
    Folded,
    Heading,
    Key,
    Mark,
    Names,
    Page,
    Section,
    Table,
    first,
)
from sim.report.finding import Given, found, station
from sim.report.finding import stations as names_of
from sim.report.language import Words
from sim.stats.estimate import Estimate

SYMBOLS: dict[Mark, str] = {"dot": "circle", "ring": "circle-open", "tick": "line-ns"}
MARKS: dict[str, Mark] = {HOLIDAY: "dot", "peak_day": "ring", "peak_hour": "tick"}
LONG_MIN = 30.0


def page(say: Words, answer: Answer) -> Page:
    where, waiting = corridors(say, answer), waits(say, answer)
    observed, meant = calibrated(say, answer), method(say, answer)
    return Page(
        say("title", name=Given(answer["demand"])),
        [
            rule(say, answer), *classes(say, answer), queues(say, answer), waiting, where,
            *along(say, answer), *play(say, answer), day(say, answer), *days(say, answer),
            table(say, answer), *overseen(say, answer), observed, meant,
        ],
        say("question", limit=answer["threshold"]),
        **head(say, answer),
        stations=stations(say, answer),
        brief=brief(say, answer, where, waiting, observed, meant),
    )  # fmt: skip


# --- the rule ------------------------------------------------------------------------------


def rule(say: Words, answer: Answer) -> Section:
    limit = answer["threshold"]
    blocks: list[Block] = [about(say, answer, "rule")]
    for d in metrics.DEFINITIONS:
        panels = [_panel(say, answer, d, w) for w in metrics.WINDOWS]
        blocks += [Heading(say(f"rule.{d}"), say(f"rule.formula_{d}")), Beside(panels, 4)]
    keys = [Key(charts.BLUE, say(f"windows.{w}"), mark) for w, mark in MARKS.items()]
    summary = _how_many(say, answer, "rule")
    by_name = Folded(summary, [Classes(keys), _use_by_name(say, answer)])
    return Section.of(say, "rule", [*blocks, by_name], limit=limit)


def _how_many(say: Words, answer: Answer, key: str) -> str:
    """What stands above the figure of all named stations, or of the first ones."""
    names = named(answer["places"])
    shown = len(first(names))
    if shown < len(names):
        return say(f"{key}.first", n=shown, of=len(names))
    return say(f"{key}.all", n=len(names))


def _panel(say: Words, answer: Answer, definition: str, window: str) -> list[Block]:
    """All stations by one utilization, how many exceed the threshold, and which."""
    places, limit = answer["places"], answer["threshold"]
    flag = answer["flags"][definition][window]
    use = use_of(answer, definition, window)
    known = {place["station"]: say(station(place, full=True)) for place in places}
    own = {place["station"] for place in named(places)}
    names = [known[name] for name in flag["flagged"] if name in own]
    others = len(flag["flagged"]) - len(names)
    summary = say("rule.names_and" if others else "rule.names", n=len(names), others=others)
    alt = say("rule.alt", definition=say(f"rule.{definition}"), window=say(f"windows.{window}"),
              count=flag["count"], stations=len(places))  # fmt: skip
    luck: list[Block] = []
    if answer["worlds"]:
        own_luck = answer["luck"]["flags"][definition][window]["count"]
        luck.append(say("rule.luck", luck=own_luck))
        summary = say("rule.flagged", names=summary)
    axis = charts.Axis(
        "", "%", 0.0, 1.02, ticks=[(v, say.number(v, "0%")) for v in (0.0, 0.5, 1.0)]
    )
    return [
        Heading(say(f"windows.{window}")),
        Count(flag["count"], say("card.of", stations=len(places))),
        *luck,
        charts.spread(say, list(known.values()), [estimate(u) for u in use], axis, limit, alt=alt,
                      hover=[_above(say, limit, u) for u in use], line=say.number(limit, "0%"),
                      stations=list(known)),
        Names(summary, names or [say("rule.none")]),
    ]  # fmt: skip


def _above(say: Words, limit: float, use: Mapping[str, Any]) -> str:
    return say("rule.above", limit=limit, p=use["p_over"])


def _use_by_name(say: Words, answer: Answer) -> Beside:
    """Time utilization of every named station, the fullest first."""
    places, limit = named(answer["places"]), answer["threshold"]
    use = {w: use_of(answer, "time", w, places) for w in MARKS}
    order = sorted(range(len(places)), key=lambda s: -use[HOLIDAY][s]["mean"])

    def marks(rows: Sequence[int]) -> list[charts.Marks]:
        return [
            charts.Marks(say(f"windows.{w}"), [estimate(use[w][s]) for s in rows],
                         symbol=SYMBOLS[mark], hover=[_above(say, limit, use[w][s]) for s in rows],
                         width=1.0, bar=charts.FAINT)
            for w, mark in MARKS.items()
        ]  # fmt: skip

    axis = charts.Axis("", "%", 0.0, 1.02)
    line = limit, say.number(limit, "0%")
    return _by_name(say, answer, order, marks, axis, alt=say("rule.all"), line=line)


def _by_name(
    say: Words, answer: Answer, order: Sequence[int],
    marks: Callable[[Sequence[int]], list[charts.Marks]], axis: charts.Axis, **shown: Any,
) -> Beside:  # fmt: skip
    """Every named station, or the first ones where they are too many, in two columns; `marks` of
    the stations of a column."""
    names = [say(station(place)) for place in named(answer["places"])]
    keys = [place["station"] for place in named(answer["places"])]
    return Beside([
        [charts.forest(say, [names[s] for s in rows], marks(rows), axis, room=names, key=(),
                       stations=[keys[s] for s in rows], **shown)]
        for rows in charts.halves(first(order))
    ])  # fmt: skip


def classes(say: Words, answer: Answer) -> list[Section]:
    """Stations by how likely they exceed the threshold over the worlds, by name."""
    if not answer["worlds"]:
        return []
    places, flag = answer["places"], answer["flags"]["time"][HOLIDAY]
    known = {place["station"]: say(station(place, full=True)) for place in named(places)}
    parts: list[list[Block]] = []
    for name, own in flag["classes"].items():
        names = [known[one] for one in own if one in known]
        said = {"class": say(f"classes.{name}"), "n": len(names)}
        others = len(own) - len(names)
        more = {"total": len(own), "others": others} if others else {}
        summary = say("classes.names_and" if others else "classes.names", **said, **more)
        parts.append([Names(summary, names or [say("rule.none")])])
    text = say("classes.about", worlds=answer["worlds"], limit=answer["threshold"],
               flagged=len(flag["flagged"]))  # fmt: skip
    return [Section.of(say, "classes", [text, Beside(parts, 4)])]


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
            stations=[place["station"] for place in own],
        )  # fmt: skip
        maps.append(Folded(say.given(road), [figure], longest, is_open=True, phone=n == 0))
    key = Classes(charts.queue_key(say), say("queues.waiting"))
    return Section.of(say, "queues", [say("queues.about"), key, *maps])


def _longest_line(say: Words, answer: Answer, own: Sequence[Mapping[str, Any]]) -> str:
    """Greatest mean number of waiting EVs on a road: how many, where, when."""
    queue = np.array([answer["queue"][place["station"]] for place in own])
    row, hour = np.unravel_index(int(queue.argmax()), queue.shape)
    if not queue[row, hour]:
        return say("queues.none")
    when, place = _hour(answer, int(hour)), own[int(row)]
    where = station(place, full=True) if named([place]) else found("queues.inferred")
    return say(
        "queues.longest", evs=float(queue[row, hour]), where=where,
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
        say("waits.worst", n=len(answer["worst"])), folds=False, stations=answer["worst"],
    )  # fmt: skip
    keys = [Key(color, say(f"waits.{key}"), mark) for key, (color, mark) in WAITS.items()]
    every = Folded(
        _how_many(say, answer, "waits"),
        [Classes(keys), _waits_by_name(say, answer)],
        is_open=True,
    )
    return Section.of(say, "waits", [about(say, answer, "waits"), worst, every])


def _waits_by_name(say: Words, answer: Answer) -> Beside:
    """Wait percentiles of every named station, longest P95 first."""
    of = answer["stations"]
    wait = [of[place["station"]]["wait_min"] for place in named(answer["places"])]
    order = sorted(range(len(wait)), key=lambda s: -other(wait[s]["p95"].mean, -1.0))
    longest = max([1.1 * LONG_MIN, *(other(own["p95"].high, 0.0) for own in wait)])

    def marks(rows: Sequence[int]) -> list[charts.Marks]:
        return [
            charts.Marks(say(f"waits.{key}"), [wait[s][key] for s in rows], color, SYMBOLS[mark],
                         width=1.0, bar=charts.FAINT)
            for key, (color, mark) in WAITS.items()
        ]  # fmt: skip

    axis = charts.Axis("", "min", 0.0, 1.04 * longest)
    line = LONG_MIN, say("waits.limit")
    return _by_name(say, answer, order, marks, axis, alt=say("waits.alt"), line=line)


# --- key figures -----------------------------------------------------------------------------


def overseen(say: Words, answer: Answer) -> list[Section]:
    return kpis.sections(say, answer.get("kpis"), names_of(answer["places"]))


# --- one day ---------------------------------------------------------------------------------


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
    return Section.of(say, "day", [about(say, answer, "day"), figure], station=name)
