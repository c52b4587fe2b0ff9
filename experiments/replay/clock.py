"""The clock on the wall of a trace: what it shows at an hour of the run, and where it is changed.

A trace begins at an instant; its clock is ahead of UTC by hours that may change on the way.
"""

from datetime import UTC, datetime

import numpy as np

MOST_CHANGES = 4  # are told one by one


def wall_clock(begin: datetime, hours: np.ndarray, offset_h: np.ndarray) -> np.ndarray:
    """What the clock shows at hours since `begin`, as datetime64[s] without a zone.

    `offset_h` is how far it is ahead of UTC at each of them [h].
    """
    start = np.datetime64(begin.astimezone(UTC).replace(tzinfo=None), "s")
    return start + np.round(3600.0 * (hours + offset_h)).astype("timedelta64[s]")


def changes(offset_h: np.ndarray) -> np.ndarray:
    """The places at which it differs from the one before."""
    return np.flatnonzero(np.diff(offset_h)) + 1


def words(clock: np.ndarray, offset_h: np.ndarray, hourly: bool) -> str:
    """Whose time an axis shows, and when clocks are put forward or back.

    `clock` is what the clock shows at the starts of the hours; a chart of days (`hourly` false)
    has longer and shorter ones.
    """
    told = [f"Times are those of the clock on the wall: {_utc(offset_h[0])}"]
    places = changes(offset_h)
    told += [_change(clock[n], offset_h[n - 1], offset_h[n], hourly) for n in places[:MOST_CHANGES]]
    if len(places) > MOST_CHANGES:
        told.append(f"{len(places) - MOST_CHANGES:,} more changes follow")
    return "; ".join(told) + "."


def _change(now: np.datetime64, old: float, new: float, hourly: bool) -> str:
    was = now - np.timedelta64(round(3600 * (new - old)), "s")
    date, before, after = str(now)[:10], str(was)[11:16], str(now)[11:16]
    text = f"by the arrivals from {date} {after} on, {_utc(new)}"
    if not hourly:
        return f"{text}, so that this day has {24 + old - new:g} hours"
    if new > old:
        return f"{text}: nothing is between {before} and {after}"
    return f"{text}: {after} to {before} is there twice, one drawn over the other"


def _utc(offset_h: float) -> str:
    """`UTC+08:00`."""
    minutes = round(60 * abs(offset_h))
    return f"UTC{'-' if offset_h < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
