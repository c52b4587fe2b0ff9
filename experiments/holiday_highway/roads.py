"""Along each corridor, kilometer by kilometer and hour by hour: how long those wait who come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from experiments.holiday_highway.shown import Answer
from sim.report import charts
from sim.report.blocks import Block, Choice, Classes, Figure, Section, Shown
from sim.report.finding import Given, station
from sim.report.language import Words

DIRECTIONS = {"out": ("out", "both"), "in": ("in", "both")}  # and the sides that serve them


def along(say: Words, answer: Answer) -> list[Section]:
    """A figure for each direction of the corridor that is chosen; nothing where none is kept."""
    if not answer.get("ways"):
        return []
    options, shown = {}, []
    for n, way in enumerate(answer["ways"]):
        places = [place for place in answer["places"] if place["way"] == n]
        if places:
            is_ring = way["start"] == way["end"]
            ends = {} if is_ring else {"start": way["start"], "end": way["end"]}
            options[f"way_{n}"] = say(
                "along.ring" if is_ring else "along.way", road=Given(way["road"]), **ends
            )
            shown.append(Shown(f"way_{n}", [_direction(say, answer, way, places, direction)
                                            for direction in DIRECTIONS]))  # fmt: skip
    blocks: list[Block] = [
        say("along.about"),
        Classes(charts.wait_key(say), say("along.wait")),
        Choice(say("along.choice"), options, shown),
    ]
    return [replace(Section.of(say, "along", blocks), beside=True)]


def _direction(
    say: Words, answer: Answer, way: Mapping[str, Any], places: Sequence[Mapping[str, Any]],
    direction: str,
) -> Figure:  # fmt: skip
    """`in` runs from the end to the start."""
    own = [place for place in places if place["side"] in DIRECTIONS[direction]]
    back = direction == "in"
    stops = sorted(
        (charts.Stop(p["station"], say(station(p)), way["km"] - p["km"] if back else p["km"])
         for p in own), key=lambda stop: stop.km,
    )  # fmt: skip
    ends = {"start": way["end" if back else "start"], "end": way["start" if back else "end"]}
    first = datetime.fromisoformat(answer["calendar"][0]["date"])
    span = charts.Span(first, answer["courses"]["wait"]["hours"])
    title = say("along.title", **ends)
    if way["start"] == way["end"]:
        title = say("along.back" if back else "along.there", road=Given(way["road"]))
    return charts.along(say, span, stops, way["km"], "wait", title=title,
                        alt=say("along.alt", title=title))  # fmt: skip
