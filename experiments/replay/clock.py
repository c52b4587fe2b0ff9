"""What is said of the clock on the wall, and what a chart over the time of the run shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.replay.clock import Clock
from sim.report.finding import Finding, found

MOST_CHANGES = 4  # are told one by one
MOST_HOURS = 24 * 62  # on the axis of a chart; longer traces show days


def drawn(clock: Clock, values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Values of every hour, or means of every day where there are too many hours."""
    hourly = len(clock.ahead_h) <= MOST_HOURS
    pieces = clock.by_hour(values) if hourly else [clock.by_day(values)]
    return {"by": "hour" if hourly else "day", "clock": told(clock, hourly), "pieces": pieces}


def told(clock: Clock, hourly: bool) -> list[Finding]:
    """Whose time an axis shows, and when clocks are put forward or back; nothing of hours.

    A chart of days (`hourly` false) has longer and shorter ones.
    """
    if clock.start is None:
        return []
    ahead, places = clock.ahead_h, clock.changes
    shown = clock.shows(np.arange(len(ahead)), ahead)
    parts = [found("clock.utc", utc=_utc(ahead[0]))]
    parts += [_change(shown[n], ahead[n - 1], ahead[n], hourly) for n in places[:MOST_CHANGES]]
    if more := max(0, len(places) - MOST_CHANGES):
        parts.append(found("clock.more", n=more))
    return [found("clock.told", parts=parts)]


def _change(now: np.datetime64, old: float, new: float, hourly: bool) -> Finding:
    was = now - np.timedelta64(round(3600 * (new - old)), "s")
    key = ("forward" if new > old else "back") if hourly else "day"
    return found(
        f"clock.{key}", day=now.astype("datetime64[D]").item(), before=str(was)[11:16],
        after=str(now)[11:16], utc=_utc(new), hours=float(24 + old - new),
    )  # fmt: skip


def _utc(ahead_h: float) -> str:
    """`UTC+08:00`."""
    minutes = round(60 * abs(ahead_h))
    return f"UTC{'-' if ahead_h < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
