"""A site as its operator recorded it: sessions, counted as occupied units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Self

import numpy as np
from pydantic import BeforeValidator, model_validator

from sim.config import table
from sim.config.problems import must_be

WEEK_H = 168
LONGEST_MIN = 300.0  # longer is a car forgotten or a clock that stood still


def _is_written_out(cell: object) -> object:
    """Pydantic would also read a bare number, as seconds since 1970, and a bare day."""
    if isinstance(cell, str) and not re.match(r"(19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d", cell):
        raise must_be("a time such as 2025-10-01 08:30")
    return cell


Time = Annotated[datetime, BeforeValidator(_is_written_out)]


class Session(table.Row):
    """One row of an operator's file.  Times are local; an offset, if written, counts."""

    cp_id: table.Name
    connector: table.Name
    start: Time
    end: Time
    kwh: float
    site: table.Name
    model: str

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if (self.start.tzinfo is None) != (self.end.tzinfo is None):
            raise ValueError("give `start` and `end` both an offset or neither")
        return self

    @property
    def minutes(self) -> float:
        return (self.end - self.start).total_seconds() / 60.0


@dataclass(frozen=True)
class Site:
    """The occupied units of one site, in hours since `first` (a Monday, 00:00).

    A unit is occupied while any of its connectors is in use: sessions of one unit that overlap are
    one occupancy.  Only weeks count whose Monday and Sunday lie between the first session and the
    last.

    Attributes
    ----------
    weeks : how many count; 0 or less where there is none.
    begin_h, end_h : [occupancy], in order of begin.
    units : how many there are.
    sessions : those kept; `dropped` says how many were not, and why.
    merged : sessions that began while their unit was occupied.
    """

    name: str
    first: datetime
    weeks: int
    units: int
    begin_h: np.ndarray
    end_h: np.ndarray
    sessions: int
    dropped: dict[str, int]
    merged: int

    @classmethod
    def of(cls, rows: Sequence[Session], name: str) -> Self:
        """From the sessions of a file that took place there."""
        own = [row for row in rows if row.site == name]
        dropped = {
            "no_end": sum(row.minutes <= 0 for row in own),
            "too_long": sum(row.minutes >= LONGEST_MIN for row in own),
            "no_energy": sum(row.kwh <= 0 < row.minutes < LONGEST_MIN for row in own),
        }
        kept = [row for row in own if 0 < row.minutes < LONGEST_MIN and row.kwh > 0]
        begins = [row.start.replace(tzinfo=None) for row in kept]
        first = _monday(min(begins, default=datetime.min) + timedelta(days=6))
        last = _monday(max(begins, default=datetime.min) + timedelta(days=1))
        weeks = (last - first).days // 7
        spans: dict[str, list[tuple[float, float]]] = {}
        for row, begin in zip(kept, begins, strict=True):
            second = (begin - first).total_seconds()
            end = second + (row.end - row.start).total_seconds()
            spans.setdefault(row.cp_id, []).append((second, end))
        merged = sorted(span for each in spans.values() for span in _union(sorted(each)))
        # Whole seconds until here: touching is equality.
        begin_h, end_h = np.array(merged, float).reshape(-1, 2).T / 3600.0
        inside = (end_h > 0) & (begin_h < WEEK_H * weeks)
        return cls(
            name, first, weeks, len(spans), begin_h[inside], end_h[inside],
            len(kept), dropped, len(kept) - len(merged),
        )  # fmt: skip


def _monday(time: datetime) -> datetime:
    day = datetime(time.year, time.month, time.day)
    return day - timedelta(days=day.weekday())


def _union(spans: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Sorted spans, those that overlap made one."""
    begin, end = spans[0]
    for b, e in spans[1:]:
        if b >= end:
            yield begin, end
            begin, end = b, e
        end = max(end, e)
    yield begin, end
