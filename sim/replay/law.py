"""When EVs come to a site and how long they stay, learned from its recorded weeks.

Arrivals are a Poisson process whose rate depends on the hour and on the kind of day (weekday,
Saturday, Sunday), times a level that differs from week to week and from day to day
(`sim.stats.variation`); the law of the stay is that of all weeks learned from, whatever the hour.

Who found the site full is not recorded.  It shows all the same: units that become free are taken
again within minutes far more often than by chance.  So a share of those who find it full wait, the
others are lost; with `line=False` everybody is lost, for comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.replay.site import WEEK_H, Site
from sim.stats.variation import Variation, moments

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

    An occupancy that ends in the minute in which another begins has ended before.  A site without
    units in a week is full until the next.
    """
    weeks = np.arange(site.weeks + 1.0) * WEEK_H
    time = np.concatenate([site.end_h, site.begin_h, weeks])
    step = np.repeat([-1, 1, 0], [len(site.end_h), len(site.begin_h), len(weeks)])
    order = np.argsort(time, kind="stable")
    time, count = time[order], np.cumsum(step[order])
    week = np.floor(time[:-1] / WEEK_H).astype(int)
    there = np.append(site.there, site.units)[np.clip(week, 0, site.weeks)]
    full = np.flatnonzero((count[:-1] >= there) & (np.diff(time) > 0))
    return time[full], time[full + 1]


@dataclass(frozen=True)
class Weeks:
    """What each week says about arrivals and stays; arrays [week, day of week, hour].

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
    """Arrivals per hour [kind of day, hour] and how their level varies, share of those who wait,
    stays to draw from."""

    per_h: np.ndarray
    variation: Variation
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
    just_h = line_h - full_h
    full_h[np.repeat(site.there == 0, WEEK_H)] = 0.0  # nobody finds full what is not there
    week = np.floor(site.begin_h / WEEK_H)
    stays = site.end_h - site.begin_h
    return Weeks(
        _by_day(_began(site.begin_h[~called], hours)),
        _by_day(_began(site.begin_h[called], hours)),
        _by_day(1.0 - line_h),
        _by_day(just_h),
        _by_day(full_h),
        [stays[week == w] for w in range(site.weeks)],
    )


def _began(time_h: np.ndarray, hours: int) -> np.ndarray:
    """How many began in every hour."""
    hour = np.floor(time_h).astype(int)
    return np.bincount(hour[(hour >= 0) & (hour < hours)], minlength=hours)


def _by_day(hourly: np.ndarray) -> np.ndarray:
    """[hour of all weeks] -> [week, day of week, hour of day]."""
    return hourly.reshape(-1, 7, DAY_H).astype(float)


def _by_kind(daily: np.ndarray) -> np.ndarray:
    """[day of week, hour] -> sums [kind of day, hour]."""
    return np.stack([daily[kind == KIND].sum(axis=0) for kind in range(3)])


def fit(weeks: Weeks, chosen: Sequence[int], line: bool, varies: bool = True) -> Law:
    """The law of the chosen weeks (some may be there more than once).

    Rates are counts over the time in which an arrival could plug in at once (maximum likelihood).
    An hour without any such time has the rate of its kind of day.  Levels vary as the days' counts
    do around what these rates expect of that time; without `varies` they do not.
    """
    pick = list(chosen)
    by_day = (
        (weeks.fresh, weeks.free_h)
        if line
        else (weeks.fresh + weeks.called, weeks.free_h + weeks.just_h)
    )
    count, time = (_by_kind(values[pick].sum(axis=0)) for values in by_day)
    overall = count.sum(axis=1, keepdims=True) / np.maximum(time.sum(axis=1, keepdims=True), 1e-9)
    per_h = np.where(time > 0, count / np.where(time > 0, time, 1.0), overall)
    variation = Variation()
    if varies:
        began, could_h = by_day
        variation = moments(
            began.sum(axis=2), (per_h[KIND] * could_h).sum(axis=2), KIND,
            np.bincount(pick, minlength=len(began)),
        )  # fmt: skip
    called, just, full = (
        _by_kind(values[pick].sum(axis=0)) for values in (weeks.called, weeks.just_h, weeks.full_h)
    )
    found_full = float((per_h * full).sum())
    share = 0.0
    if line and found_full > 0:
        share = float(np.clip((called.sum() - (per_h * just).sum()) / found_full, 0.0, 1.0))
    return Law(per_h, variation, share, np.concatenate([weeks.stays_h[week] for week in pick]))
