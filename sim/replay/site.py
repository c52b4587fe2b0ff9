"""A site as its operator recorded it: sessions, counted as occupied units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Self

import numpy as np
from pydantic import BeforeValidator, model_validator

from sim.config import table
from sim.config.problems import must_be

WEEK_H = 168
LONGEST_MIN = 300.0  # longer is a car forgotten or a clock that stood still
# Of the median of a unit's own weeks: with fewer occupancies it was hardly there.  By chance a unit
# has so few in one week of 3,000 if its weeks have 10 on average, and the more it has the rarer
# (Poisson counts, with a level that varies by 22 % from week to week).
HARDLY = 0.1


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
    units : how many there are in at least one week.
    sessions : those kept; `dropped` says how many were not, and why.
    merged : sessions that began while their unit was occupied.
    quiet : the weeks (from 0) in which a unit hardly recorded, by unit, where there are any.  It
        does not count as there in them, and what it recorded then is dropped.
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
    quiet: dict[str, list[int]] = field(default_factory=dict)

    @property
    def there(self) -> np.ndarray:
        """How many units count as there in each week."""
        found = np.full(max(self.weeks, 0), self.units)
        for weeks in self.quiet.values():
            found[weeks] -= 1
        return found

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
        # Whole seconds until here: touching is equality.
        units = {
            unit: np.array(list(_union(sorted(own))), float).reshape(-1, 2) / 3600.0
            for unit, own in spans.items()
        }
        quiet = {unit: _quiet(own[:, 0], weeks) for unit, own in sorted(units.items())}
        used = [
            own[~np.isin(np.floor(own[:, 0] / WEEK_H), quiet[unit])] for unit, own in units.items()
        ]
        dropped["quiet"] = sum(map(len, units.values())) - sum(map(len, used))
        merged = np.concatenate([np.zeros((0, 2)), *used])
        begin_h, end_h = merged[np.lexsort(merged.T[::-1])].T
        inside = (end_h > 0) & (begin_h < WEEK_H * weeks)
        there = {unit: own for unit, own in quiet.items() if len(own) < weeks}
        return cls(
            name, first, weeks, len(there), begin_h[inside], end_h[inside], len(kept), dropped,
            len(kept) - sum(map(len, units.values())),
            {unit: own for unit, own in there.items() if own},
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


def _quiet(begin_h: np.ndarray, weeks: int) -> list[int]:
    """The weeks in which a unit began no occupancy, or fewer than `HARDLY` of the median of the
    weeks in which it began any."""
    week = np.floor(begin_h / WEEK_H).astype(int)
    count = np.bincount(week[(week >= 0) & (week < weeks)], minlength=max(weeks, 0))
    usual = np.median(count[count > 0]) if count.any() else 0.0
    return np.flatnonzero((count == 0) | (count < HARDLY * usual)).tolist()
