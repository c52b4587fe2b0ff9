"""The clock on the wall of a trace: what it shows in a run, by the hour and by the day.

A run begins at an instant; the clock is ahead of UTC by hours that may change on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sim import clock

AROUND = 26  # hours: more than are in any day, so that the first and the last one are whole
NO_TIME = np.datetime64("NaT", "us")

Piece = dict[str, list[Any]]  # `edges` of hours or days, and values by name


def wall_times(start: datetime, hours: np.ndarray, ahead_h: np.ndarray) -> np.ndarray:
    """What a clock so far ahead of UTC [h] shows at hours since the start, as datetime64[us]
    without a zone; NaN is NaT."""
    begin = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "us")
    # To the nearest: after decades an hour in floating point is some nanoseconds off.
    micros = np.rint(clock.ns(hours) / 1000) + np.rint(3.6e9 * ahead_h)
    return np.where(np.isnan(hours), NO_TIME, begin + micros.astype("timedelta64[us]"))


@dataclass(frozen=True)
class Clock:
    """That of the files.

    Attributes
    ----------
    start : the instant at which the run begins; None where the files have hours, not dates.
    begin_h : the hour of the files at which it begins.
    ahead_h : how far it is ahead of UTC in every hour of the run [h].
    """

    start: datetime | None
    begin_h: float
    ahead_h: np.ndarray

    def shows(self, hours: np.ndarray, ahead_h: np.ndarray) -> np.ndarray:
        """Dates to the second, or hours where there are no dates."""
        if self.start is None:
            return self.begin_h + hours
        return wall_times(self.start, hours, ahead_h).astype("datetime64[s]")

    @property
    def changes(self) -> np.ndarray:
        """The hours of the run in which it is put forward or back."""
        return np.flatnonzero(np.diff(self.ahead_h)) + 1

    def by_hour(self, values: Mapping[str, np.ndarray]) -> list[Piece]:
        """Every hour from that of the first arrival on.

        There is a piece for each stretch between two changes of clocks: an hour that the clock
        shows twice has its values twice, and one that it leaves out has none.
        """
        hours = np.arange(len(self.ahead_h))
        begin, end = (self.shows(hours + n, self.ahead_h) for n in (0, 1))
        return [
            _piece(np.append(begin[own], end[own[-1]]), {k: v[own] for k, v in values.items()})
            for own in np.split(hours, self.changes)
        ]

    def by_day(self, values: Mapping[str, np.ndarray]) -> Piece:
        """Means of whole days of the clock, from that of the first arrival on."""
        ahead_h = np.pad(self.ahead_h, AROUND, "edge")
        shown = self.shows(np.arange(-AROUND, len(ahead_h) - AROUND), ahead_h)
        midnight = shown.astype("datetime64[D]") if self.start else shown // 24 * 24
        days, of = np.unique(midnight, return_inverse=True)
        own = slice(of[AROUND], of[-AROUND - 1] + 1)
        sums = {k: np.bincount(of, np.pad(v, AROUND)) for k, v in values.items()}
        means = {name: (own_sums / np.bincount(of))[own] for name, own_sums in sums.items()}
        return _piece(days[own.start : own.stop + 1], means)


def _piece(edges: np.ndarray, values: Mapping[str, np.ndarray]) -> Piece:
    is_hours = edges.dtype.kind == "f"
    plain = edges.tolist() if is_hours else np.datetime_as_string(edges).tolist()
    return {"edges": plain, **{name: own.round(3).tolist() for name, own in values.items()}}
