"""How many units of a site are busy, hour by hour: learned on its odd weeks, compared on its even
ones.

Arrivals are a Poisson process whose rate depends on the hour and on the kind of day (weekday,
Saturday, Sunday); the law of the stay is that of the odd weeks, whatever the hour.  The engine
simulates the site `REPLICATIONS` times, each time with rates and stays of odd weeks drawn with
replacement, so that the bands hold what so few weeks leave unsure.

Who found the site full is not recorded.  It shows all the same: units that become free are taken
again within minutes far more often than by chance.  So a share of those who find it full wait, the
others are lost; with `line=False` everybody is lost, for comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from experiments.validate.recorded import WEEK_H, Site
from sim import audit
from sim.engine import simulate
from sim.evs import make_evs
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.stats import streams

REPLICATIONS = 199  # with which the 5th lowest and the 5th highest bound exactly 95 %
CUT = 5
GRACE_H = 3.0 / 60.0  # who plugs in this soon after a full site gets free has waited
DAY_H = 24
KIND = np.array([0, 0, 0, 0, 0, 1, 2])  # weekday, Saturday, Sunday
PIT_BINS = 10
BANDS = ("recorded", "simulated", "low", "high")


# ---- time with so many units busy ---------------------------------------------------------------


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


# ---- the law of the odd weeks -------------------------------------------------------------------


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
        _by_kind(np.bincount(_hours(site.begin_h[~called], hours), minlength=hours)),
        _by_kind(np.bincount(_hours(site.begin_h[called], hours), minlength=hours)),
        _by_kind(1.0 - line_h),
        _by_kind(line_h - full_h),
        _by_kind(full_h),
        [stays[week == w] for w in range(site.weeks)],
    )


def _hours(time_h: np.ndarray, hours: int) -> np.ndarray:
    hour = np.floor(time_h).astype(int)
    return hour[(hour >= 0) & (hour < hours)]


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


# ---- simulation ---------------------------------------------------------------------------------


def occupancies(site: Site, law: Law, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Begins and ends of the occupancies of one replication of all weeks, after the audit.

    In the engine's terms a stay is a session at 1 kW of as many kWh as it has hours.
    """
    if not len(law.stays_h):  # weeks without any session
        return np.zeros(0), np.zeros(0)
    days = np.arange(7 * site.weeks) % 7
    per_h = law.per_h[KIND[days]].ravel()
    hour = np.repeat(np.arange(len(per_h)), rng.poisson(per_h))
    arrival = np.sort(hour + rng.random(len(hour)))
    stay = rng.choice(law.stays_h, len(hour))
    waits = rng.random(len(hour)) < law.waiting_share
    station = Station(site.name, (Cabinet((Evse(kw=1.0),) * site.units),))
    occupancy = Vehicle("occupancy", float(law.stays_h.max()), ((1.0, 1.0),))
    evs = make_evs(
        len(hour), place=0, entry_h=arrival, target_kwh=stay,
        balk_per_evse=np.where(waits, np.inf, 0.0),
    )  # fmt: skip
    ledger = simulate(Model((station,), (occupancy,)), evs)
    audit.check(ledger)
    visits = ledger.visits[~np.isnan(ledger.visits["plug_h"])]
    return visits["plug_h"], visits["unplug_h"]


# ---- comparison ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Even:
    """The even weeks of a site: share of time with k units busy [hour of day, k], averaged over
    days, and the mean number of busy units of every day."""

    share: np.ndarray
    day: np.ndarray


def even_weeks(site: Site, begin_h: np.ndarray, end_h: np.ndarray) -> Even:
    """What spans of occupation say about the weeks that are compared."""
    busy = busy_hours(begin_h, end_h, WEEK_H * site.weeks, site.units)
    days = busy.reshape(-1, 7, DAY_H, site.units + 1)[1::2].reshape(-1, DAY_H, site.units + 1)
    return Even(days.mean(axis=0), (days @ np.arange(site.units + 1)).mean(axis=1))


def compare(site: Site, seed: int, line: bool) -> dict[str, Any]:
    """Even weeks of a site, recorded and simulated from its odd weeks: plain numbers."""
    weeks = observe(site)
    odd = np.arange(0, site.weeks, 2)
    runs = []
    for replication in range(REPLICATIONS):
        rng = streams.stream(seed, replication, f"validate, line {line}", site.name)
        law = fit(weeks, rng.choice(odd, len(odd)).tolist(), line)
        runs.append(even_weeks(site, *occupancies(site, law, rng)))
    law = fit(weeks, odd.tolist(), line)
    return {
        "arrivals_per_day": float((law.per_h * np.array([[5], [1], [1]])).sum() / 7),
        "waiting_share": law.waiting_share,
        "mean_stay_min": 60.0 * float(law.stays_h.mean()),
        **scores(even_weeks(site, site.begin_h, site.end_h), runs),
    }


def scores(recorded: Even, runs: Sequence[Even]) -> dict[str, Any]:
    """The recorded even weeks among the simulated ones."""
    number = np.arange(recorded.share.shape[1])
    shares = np.array([run.share for run in runs])
    share = _with_bands(recorded.share, shares)
    mean = _with_bands(recorded.share @ number, shares @ number)
    # How far each is from the middle of all others: for a replication, that is chance.
    each = np.concatenate([mean["recorded"][None], mean["runs"]])
    others = (each.sum(axis=0) - each) / (len(each) - 1)
    error = np.abs(each - others).mean(axis=1)
    day, days = recorded.day, np.array([run.day for run in runs])
    pit = ((days < day).sum(axis=0) + 0.5 * (days == day).sum(axis=0) + 0.5) / (len(days) + 1)
    counts = np.histogram(pit, PIT_BINS, (0.0, 1.0))[0]
    chi2 = stats.chisquare(counts)
    return {
        "days": len(day),
        "share": _plain(share),
        "mean": _plain(mean),
        "mean_busy": {
            "recorded": float(day.mean()), "simulated": float(days.mean()),
            **_ends(days.mean(axis=1)),
        },
        "error": {"recorded": float(error[0]), "by_chance": float(error[1:].mean()),
                  "p": float((error >= error[0]).mean())},
        "spread_of_days": {
            "recorded": float(day.std(ddof=1)),
            "simulated": float(days.std(axis=1, ddof=1).mean()),
            **_ends(days.std(axis=1, ddof=1)),
        },
        "pit": {"counts": counts.tolist(), "chi2": float(chi2.statistic), "p": float(chi2.pvalue)},
    }  # fmt: skip


def _ends(values: np.ndarray) -> dict[str, float]:
    """Bounds between which a further value of the same kind lies in 95 % of cases."""
    ordered = np.sort(values)
    return {"low": float(ordered[CUT - 1]), "high": float(ordered[-CUT])}


def _with_bands(values: np.ndarray, runs: np.ndarray) -> dict[str, Any]:
    """Recorded values, the bands of the simulated ones, and how many cells are outside.

    Each replication is also held against the bands of all others with the recorded values among
    them: that is how many cells are outside by chance, neighbors being alike.
    """
    ordered = np.sort(runs, axis=0)
    low, high = ordered[CUT - 1], ordered[-CUT]
    everybody = np.concatenate([values[None], runs])
    bounds = np.sort(everybody, axis=0)
    out = (everybody < bounds[CUT]) | (everybody > bounds[-CUT - 1])
    counts = out.reshape(len(out), -1).sum(axis=1)
    return {
        "recorded": values, "runs": runs, "simulated": runs.mean(axis=0), "low": low, "high": high,
        "outside": (values < low) | (values > high),
        "count": {"outside": int(counts[0]), "of": int(values.size),
                  "by_chance": float(counts[1:].mean()),
                  "most_by_chance": int(np.sort(counts[1:])[int(0.95 * REPLICATIONS)]),
                  "p": float((counts >= counts[0]).mean())},
    }  # fmt: skip


def _plain(bands: dict[str, Any]) -> dict[str, Any]:
    return {name: bands[name].tolist() for name in BANDS} | {
        "is_outside": bands["outside"].tolist(), **bands["count"],
    }  # fmt: skip
