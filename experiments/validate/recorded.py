"""Sessions that were recorded: read strictly, filtered, and counted as occupied units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Self, TypeVar

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from sim.config import table
from sim.config.problems import InputError, did_you_mean, must_be

# The data lie beside the repository, never in it.
SHARED = Path(__file__).parents[3] / "shared" / "data"
WEEK_H = 168
LONGEST_MIN = 300.0  # longer is a car forgotten or a clock that stood still

MOST_WEEKS = 520
FEWEST = 100  # occupancies in the odd weeks


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


class FastSession(table.Row):
    """One row of the EPFL table; see its SOURCE.txt."""

    session: table.Name
    ccs: table.Name
    arrival: Time
    departure: Time
    stay_min: float = Field(gt=0)
    energy_wh: float = Field(gt=0)
    pmax_w: float
    preq_max_w: float = Field(gt=0)
    controlled: str
    total_capacity: float
    bulk_capacity: float
    soc_arrival: float = Field(ge=0, le=100)
    soc_departure: float = Field(ge=0, le=100)
    energy_capacity_wh: float = Field(gt=0)

    @model_validator(mode="after")
    def _gains(self) -> Self:
        if not self.soc_departure > self.soc_arrival:
            raise ValueError("soc_departure must be above soc_arrival")
        return self


AnyRow = TypeVar("AnyRow", bound=table.Row)


def absent(*paths: Path) -> str | None:
    """Which of the shared files is not there; None if all are."""
    for path in paths:
        if not path.is_file():
            return f"../shared/data/{path.relative_to(SHARED)}"
    return None


def read(path: Path, row: type[AnyRow]) -> list[AnyRow]:
    """The rows of a CSV file, which gzip may have packed.

    Raises InputError with a sentence for every row that cannot be used.
    """
    problems: list[str] = []
    rows = table.read(path, str(path), row, problems)
    if problems:
        raise InputError(problems)
    return rows


def choose(rows: Sequence[Session], site: str | None, source: str) -> str:
    """The site to compare: the one named, or the only one there is."""
    sites = {row.site for row in rows}
    if site is None and len(sites) == 1:
        return sites.pop()
    if site is None:
        raise InputError(
            f"{source} has {len(sites)} sites: choose by validate.site{did_you_mean('', sites)}"
        )
    if site not in sites:
        raise InputError(f"{source} has no site `{site}`{did_you_mean(site, sites)}")
    return site


@dataclass(frozen=True)
class Site:
    """The occupied units of one site, in hours since `first` (a Monday, 00:00).

    A unit is occupied while any of its connectors is in use: sessions of one unit that overlap are
    one occupancy.  Only weeks count whose Monday and Sunday lie between the first session and the
    last.

    Attributes
    ----------
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


def site_of(rows: Sequence[Session], name: str, source: str) -> Site:
    """The occupied units of a site, after the filter that SOURCE.txt of the Dundee table asks for.

    Raises InputError if there is too little to learn from and to compare.
    """
    own = [row for row in rows if row.site == name]
    dropped = {
        "no_end": sum(row.minutes <= 0 for row in own),
        "too_long": sum(row.minutes >= LONGEST_MIN for row in own),
        "no_energy": sum(row.kwh <= 0 < row.minutes < LONGEST_MIN for row in own),
    }
    kept = [row for row in own if 0 < row.minutes < LONGEST_MIN and row.kwh > 0]
    begins = [row.start.replace(tzinfo=None) for row in kept] or [datetime.min]
    first = _monday(min(begins) + timedelta(days=6))
    weeks = (_monday(max(begins) + timedelta(days=1)) - first).days // 7
    if weeks < 4:
        raise InputError(
            f"{source}: `{name}` has {max(weeks, 0)} whole weeks of sessions, but four are needed "
            "(half of them to learn from, half to compare with)"
        )
    if weeks > MOST_WEEKS:
        raise InputError(
            f"{source}: `{name}` has {weeks:,} weeks from its first session to its last, but at "
            f"most {MOST_WEEKS} are compared: is a year wrong?"
        )
    spans: dict[str, list[tuple[float, float]]] = {}
    for row, begin in zip(kept, begins, strict=True):
        second = (begin - first).total_seconds()
        end = second + (row.end - row.start).total_seconds()
        spans.setdefault(row.cp_id, []).append((second, end))
    merged = sorted(span for own in spans.values() for span in _union(sorted(own)))
    begin_h, end_h = np.array(merged).T / 3600.0  # whole seconds until here: touching is equality
    inside = (end_h > 0) & (begin_h < WEEK_H * weeks)
    odd = int((inside & (np.floor(begin_h / WEEK_H) % 2 == 0)).sum())
    if odd < FEWEST:
        raise InputError(
            f"{source}: `{name}` has {odd} sessions in its odd weeks, but {FEWEST} are needed to "
            "learn from"
        )
    return Site(
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
