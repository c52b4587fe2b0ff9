"""The clock on the wall of a trace: what it shows at an hour of the run, and where it is changed.

A trace begins at an instant; its clock is ahead of UTC by hours that may change on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sim.report.finding import Finding, found

MOST_CHANGES = 4  # are told one by one
MOST_HOURS = 24 * 62  # on the axis of a chart; longer traces show days
AROUND = 26  # hours: more than are in any day, so that the first and the last one are whole
SUMS = ("occupied", "queue", "power")  # of all stations, means of an hour

Piece = dict[str, list[Any]]  # `edges` of hours or days, and values by name of a sum


def wall_clock(begin: datetime, hours: np.ndarray, offset_h: np.ndarray) -> np.ndarray:
    """What the clock shows at hours since `begin`, as datetime64[s] without a zone.

    `offset_h` is how far it is ahead of UTC at each of them [h].
    """
    start = np.datetime64(begin.astimezone(UTC).replace(tzinfo=None), "s")
    return start + np.round(3600.0 * (hours + offset_h)).astype("timedelta64[s]")


@dataclass(frozen=True)
class Clock:
    """That of the files.

    Attributes
    ----------
    start : the instant at which the run begins; None where the files have hours, not dates.
    begin_h : the hour of the files at which it begins.
    offset_h : how far it is ahead of UTC in every hour of the run [h].
    """

    start: datetime | None
    begin_h: float
    offset_h: np.ndarray

    def shows(self, hours: np.ndarray, offset_h: np.ndarray) -> np.ndarray:
        """Dates, or hours where there are no dates."""
        return wall_clock(self.start, hours, offset_h) if self.start else self.begin_h + hours

    def told(self, hourly: bool) -> list[Finding]:
        """Whose time an axis shows, and when clocks are put forward or back; nothing of hours.

        A chart of days (`hourly` false) has longer and shorter ones.
        """
        if self.start is None:
            return []
        ahead, places = self.offset_h, changes(self.offset_h)
        shown = self.shows(np.arange(len(ahead)), ahead)
        parts = [found("clock.utc", utc=_utc(ahead[0]))]
        parts += [_change(shown[n], ahead[n - 1], ahead[n], hourly) for n in places[:MOST_CHANGES]]
        if more := max(0, len(places) - MOST_CHANGES):
            parts.append(found("clock.more", n=more))
        return [found("clock.told", parts=parts)]

    def by_hour(self, values: Mapping[str, np.ndarray]) -> list[Piece]:
        """Every hour from that of the first arrival on.

        There is a piece for each stretch between two changes of clocks: an hour that the clock
        shows twice has its values twice, and one that it leaves out has none.
        """
        hours = np.arange(len(self.offset_h))
        begin, end = (self.shows(hours + n, self.offset_h) for n in (0, 1))
        return [
            {"edges": _plain(np.append(begin[own], end[own[-1]])),
             **{name: values[name][own].round(3).tolist() for name in SUMS}}
            for own in np.split(hours, changes(self.offset_h))
        ]  # fmt: skip

    def by_day(self, values: Mapping[str, np.ndarray]) -> Piece:
        """Means of whole days of the clock, from that of the first arrival on."""
        offset_h = np.pad(self.offset_h, AROUND, "edge")
        shown = self.shows(np.arange(-AROUND, len(offset_h) - AROUND), offset_h)
        midnight = shown.astype("datetime64[D]") if self.start else shown // 24 * 24
        days, of = np.unique(midnight, return_inverse=True)
        own = slice(of[AROUND], of[-AROUND - 1] + 1)
        hours = np.bincount(of)
        means = {name: np.bincount(of, np.pad(values[name], AROUND)) / hours for name in SUMS}
        return {
            "edges": _plain(days[own.start : own.stop + 1]),
            **{name: mean[own].round(3).tolist() for name, mean in means.items()},
        }

    def drawn(self, values: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """What a chart over the time of the run shows."""
        hourly = len(self.offset_h) <= MOST_HOURS
        pieces = self.by_hour(values) if hourly else [self.by_day(values)]
        return {"by": "hour" if hourly else "day", "clock": self.told(hourly), "pieces": pieces}


def changes(offset_h: np.ndarray) -> np.ndarray:
    """The places at which it differs from the one before."""
    return np.flatnonzero(np.diff(offset_h)) + 1


def _plain(times: np.ndarray) -> list[Any]:
    return times.tolist() if times.dtype.kind == "f" else np.datetime_as_string(times).tolist()


def _change(now: np.datetime64, old: float, new: float, hourly: bool) -> Finding:
    was = now - np.timedelta64(round(3600 * (new - old)), "s")
    key = ("forward" if new > old else "back") if hourly else "day"
    return found(
        f"clock.{key}", day=now.astype("datetime64[D]").item(), before=str(was)[11:16],
        after=str(now)[11:16], utc=_utc(new), hours=float(24 + old - new),
    )  # fmt: skip


def _utc(offset_h: float) -> str:
    """`UTC+08:00`."""
    minutes = round(60 * abs(offset_h))
    return f"UTC{'-' if offset_h < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
