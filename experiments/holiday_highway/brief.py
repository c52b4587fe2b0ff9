"""The four sheets that a meeting takes away: the first screen is the first of them."""

from datetime import date
from typing import Any

import numpy as np

from experiments.holiday_highway.shown import Answer
from sim.report import charts
from sim.report.blocks import (
    Beside,
    Choice,
    Classes,
    Figure,
    Folded,
    Heading,
    Points,
    Section,
    Sheet,
    Shown,
    Table,
)
from sim.report.finding import station
from sim.report.language import Words

LONGEST = 36  # rows of the sheet of queues


def brief(say: Words, answer: Answer, *sections: Section) -> list[Sheet]:
    """Map and longest waits; the longest lines, all days; calibration and what is left out.

    sections : those of the map, the waits, the calibration and the method, as on the page.
    """
    where, waits, calibrated, method = sections
    spots = _all(where, Shown)[0].blocks  # colored by what is chosen first
    (figure,) = (own for own in _flat(where.blocks) if isinstance(own, Figure))
    worst = next(own for own in waits.blocks if isinstance(own, Table))
    return [
        Sheet(say("brief.where"), [*spots, Beside([[figure], [worst]])]),
        Sheet(say("brief.queues"), [
            Classes(charts.queue_key(say), say("queues.waiting")), _queues(say, answer),
        ]),
        Sheet(say("brief.basis"), [
            *_all(calibrated, Table), Heading(say("method.not_modelled")), *_all(method, Points),
        ]),
    ]  # fmt: skip


def _queues(say: Words, answer: Answer) -> Figure:
    """The stations with the longest mean line, along their roads."""
    queue = {p["station"]: np.array(answer["queue"][p["station"]]) for p in answer["places"]}
    longest = set(sorted(queue, key=lambda key: -queue[key].max())[:LONGEST])
    own = [p for p in answer["places"] if p["station"] in longest]
    days = [
        charts.Day(date.fromisoformat(d["date"]), say.given(d["label"])) for d in answer["calendar"]
    ]
    return charts.queue_map(
        say, [say(station(p)) for p in own], [answer["queue"][p["station"]] for p in own], days,
        alt=say("brief.queues"), stations=[p["station"] for p in own],
    )  # fmt: skip


def _flat(blocks: Any) -> list[Any]:
    found: list[Any] = []
    for block in blocks:
        found.append(block)
        if isinstance(block, Choice | Shown | Folded):
            found += _flat(block.blocks)
        elif isinstance(block, Beside):
            found += [own for part in block.parts for own in _flat(part)]
    return found


def _all(section: Section, kind: type) -> list[Any]:
    return [own for own in _flat(section.blocks) if isinstance(own, kind)]
