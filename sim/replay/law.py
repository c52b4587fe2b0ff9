"""When EVs come to a site and how long they stay, learned from its recorded weeks.

Arrivals are a Poisson process whose rate depends on the hour and on the kind of day (weekday,
Saturday, Sunday); the law of the stay is that of all weeks learned from, whatever the hour.

Who found the site full is not recorded.  It shows all the same: units that become free are taken
again within minutes far more often than by chance.  So a share of those who find it full wait, the
others are lost; with `line=False` everybody is lost, for comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.replay.site import WEEK_H, Site

GRACE_H = 3.0 / 60.0  # who plugs in this soon after a full site gets free has waited
DAY_H = 24
KIND = np.array([0, 0, 0, 0, 0, 1, 2])  # weekday, Saturday, Sunday


def busy_hours(begin_h: np.ndarray, end_h: np.ndarray, hours: int, units: int) -> np.ndarray:
    """Time [h] with k units busy in every hour: [hour, k]; spans may reach over both ends."""
    edges = np.arange(hours + 1.0)
    time = np.concatenate([begin_h, end_h, edges])
    step = np.repeat([1, -1, 0], [len(begin_h), len(end_h), len(edges)])
    order = np.argsort(time, kind="stable")
    time, count = time[order], np.cumsum(step[order])
    hour = np.floor(0.5 * (time[:-1] + time[1:])).astype(int)
    inside = (hour >= 0) & (hour < hours)
    cell = hour[inside] * (units + 1) + np.clip(count[:-1][inside], 0, units)
    spent = np.bincount(cell, np.diff(time)[inside], minlength=hours * (units + 1))
    return spent.reshape(hours, units + 1)


def full_spans(site: Site) -> tuple[np.ndarray, np.ndarray]:
    """Begins and ends of the times when all units are busy.

    An occupancy that ends in the minute in which another begins has ended before.
    """
    time = np.concatenate([site.end_h, site.begin_h])
    step = np.repeat([-1, 1], len(site.begin_h))
    order = np.argsort(time, kind="stable")
    time, count = time[order], np.cumsum(step[order])
    full = np.flatnonzero((count[:-1] == site.units) & (np.diff(time) > 0))
    return time[full], time[full + 1]


@dataclass(frozen=True)
class Weeks:
    """What each week says about arrivals and stays; arrays [week, kind of day, hour].

    fresh : occupancies that began while a unit was free, and not just after the site was full.
    free_h : the time in which they could.
    just_h : the time just after the site was full; `full_h` : the time when it was.
    called : occupancies that began just after the site was full.
    stays_h : by week.
    """

    fresh: np.ndarray
    called: np.ndarray
    free_h: np.ndarray
    just_h: np.ndarray
    full_h: np.ndarray
    stays_h: Sequence[np.ndarray]


@dataclass(frozen=True)
class Law:
    """Arrivals per hour [kind of day, hour], share of those who wait, stays to draw from."""

    per_h: np.ndarray
    waiting_share: float
    stays_h: np.ndarray


def observe(site: Site) -> Weeks:
    """Sort the recorded weeks into what the law is estimated from."""
    begin, end = full_spans(site)
    until = end + GRACE_H
    # Full again before the minutes are over: one span, in which everybody has waited.
    first = np.flatnonzero(np.append(True, begin[1:] > np.maximum.accumulate(until)[:-1]))
    first = first[: len(begin)]
    span_begin = begin[first]
    span_end = np.maximum.reduceat(until, first) if len(begin) else until
    span = np.searchsorted(span_begin, site.begin_h, "left") - 1  # the last that began before
    called = (span >= 0) & (site.begin_h <= np.append(span_end, -np.inf)[span])
    hours = WEEK_H * site.weeks
    full_h = busy_hours(begin, end, hours, 1)[:, 1]
    line_h = busy_hours(span_begin, span_end, hours, 1)[:, 1]
    week = np.floor(site.begin_h / WEEK_H)
    stays = site.end_h - site.begin_h
    return Weeks(
        _by_kind(_began(site.begin_h[~called], hours)),
        _by_kind(_began(site.begin_h[called], hours)),
        _by_kind(1.0 - line_h),
        _by_kind(line_h - full_h),
        _by_kind(full_h),
        [stays[week == w] for w in range(site.weeks)],
    )


def _began(time_h: np.ndarray, hours: int) -> np.ndarray:
    """How many began in every hour."""
    hour = np.floor(time_h).astype(int)
    return np.bincount(hour[(hour >= 0) & (hour < hours)], minlength=hours)


def _by_kind(hourly: np.ndarray) -> np.ndarray:
    """[hour of all weeks] -> sums [week, kind of day, hour of day]."""
    days = hourly.reshape(-1, 7, DAY_H).astype(float)
    return np.stack([days[:, kind == KIND].sum(axis=1) for kind in range(3)], axis=1)


def fit(weeks: Weeks, chosen: Sequence[int], line: bool) -> Law:
    """The law of the chosen weeks (some may be there more than once).

    Rates are counts over the time in which an arrival could plug in at once (maximum likelihood).
    An hour without any such time has the rate of its kind of day.
    """
    pick = list(chosen)
    fresh, called, free, just, full = (
        values[pick].sum(axis=0)
        for values in (weeks.fresh, weeks.called, weeks.free_h, weeks.just_h, weeks.full_h)
    )
    count, time = (fresh, free) if line else (fresh + called, free + just)
    overall = count.sum(axis=1, keepdims=True) / np.maximum(time.sum(axis=1, keepdims=True), 1e-9)
    per_h = np.where(time > 0, count / np.where(time > 0, time, 1.0), overall)
    found_full = float((per_h * full).sum())
    share = 0.0
    if line and found_full > 0:
        share = float(np.clip((called.sum() - (per_h * just).sum()) / found_full, 0.0, 1.0))
    return Law(per_h, share, np.concatenate([weeks.stays_h[week] for week in pick]))
