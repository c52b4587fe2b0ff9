"""The times of a file as whole nanoseconds: ISO 8601 with an offset from UTC, hours or minutes."""

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.compute as pc

from sim import clock
from sim.config import frame, numerals
from sim.config.limits import CLOCK_H, CLOCK_MIN

TIME = "a time such as 2025-10-01T08:30+08:00 (with its offset from UTC, 1970 to 2106)"
HOURS = f"a number of hours {CLOCK_H}".removesuffix(" hours")
DATE = pyarrow.timestamp("ns", tz="UTC")
OFFSET = r"(?P<s>[+-])(?P<h>\d\d):?(?P<m>\d\d)?$"
MOST_NS = clock.ns(CLOCK_H.most)


class Timestamps:
    """Reads times as whole nanoseconds: ISO 8601 with an offset, hours or minutes as numbers; the
    first good row says which.

    Numbers are read to the nearest microsecond: a sum of hours in floating point hits its minute
    again, be it after a century.
    """

    def __init__(self) -> None:
        self.kind: str | None = None

    def ns(self, texts: pd.Series, minutes: pd.Series) -> np.ndarray:
        """Since 1970 (or whatever hour 0 is); `UNKNOWN` where nothing is given, or it is wrong."""
        cells = pyarrow.array(texts, pyarrow.string())
        number = minutes.to_numpy(float)
        if self.kind is None:
            self._look(cells, number)
        if self.kind == "minutes":
            return np.where(pc.equal(cells, "").to_numpy(False), of_minutes(number), clock.UNKNOWN)
        if self.kind == "dates":
            given = pc.if_else(pc.equal(cells, ""), None, cells)
            whole = _dates(given).cast(pyarrow.int64())
            found = pc.fill_null(whole, clock.UNKNOWN).to_numpy(False)
        else:
            hours = frame.numbers(cells)[0]
            inside = (hours >= 0.0) & (hours <= CLOCK_H.most)
            micros = np.rint(np.where(inside, hours, 0.0) * (clock.HOUR / 1000))
            found = np.where(inside, micros.astype(np.int64) * 1000, clock.UNKNOWN)
        right = (found >= 0) & (found <= MOST_NS) & np.isnan(number)
        return np.where(right, found, clock.UNKNOWN)

    def offset_min(self, texts: pd.Series) -> np.ndarray:
        """What the cells say of the clock on the wall: minutes ahead of UTC, int16."""
        if self.kind != "dates":
            return np.zeros(len(texts), np.int16)
        parts = pc.extract_regex(pyarrow.array(texts, pyarrow.string()), OFFSET)
        sign, hours, minutes = (
            pc.fill_null(pc.struct_field(parts, name), "").to_numpy(False) for name in "shm"
        )
        ahead = 60 * _whole(hours) + _whole(minutes)
        found: np.ndarray = np.where(sign == "-", -ahead, ahead).astype(np.int16)
        return found

    @property
    def expected(self) -> str:
        if self.kind == "dates":
            return TIME
        return f"{TIME}, or {HOURS}" if self.kind is None else f"{HOURS}, as in the first row"

    def _look(self, cells: pyarrow.Array, minutes: np.ndarray) -> None:
        for cell, given in zip(cells, minutes, strict=True):
            if given == given:
                self.kind = "minutes"
            elif numerals.number(cell.as_py()) is not None:
                self.kind = "hours"
            elif _date(cell.as_py()) is not None:
                self.kind = "dates"
            if self.kind:
                return


def _whole(digits: np.ndarray) -> np.ndarray:
    return np.where(digits == "", "0", digits).astype(np.int64)


def of_minutes(minutes: np.ndarray) -> np.ndarray:
    """Minutes as whole nanoseconds, to the nearest microsecond; NaN, and what no clock shows, is
    `UNKNOWN`."""
    shown = np.abs(minutes) <= CLOCK_MIN.most
    known = np.where(shown, minutes, 0.0)
    whole = np.floor(known)
    micros = np.rint((known - whole) * (clock.MINUTE / 1000)).astype(np.int64)
    found = whole.astype(np.int64) * clock.MINUTE + micros * 1000
    return np.where(shown, found, clock.UNKNOWN)


def _dates(cells: pyarrow.Array) -> pyarrow.Array:
    """Null where a cell is no date."""
    try:
        return pc.cast(cells, DATE)
    except pyarrow.ArrowInvalid:
        return pyarrow.array([_date(cell) for cell in cells.to_pylist()], DATE)


def _date(cell: str | None) -> int | None:
    try:
        found: int | None = pyarrow.scalar(cell, pyarrow.string()).cast(DATE).value
        return found
    except pyarrow.ArrowInvalid:
        return None
