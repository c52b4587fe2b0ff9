"""How many units of a site are busy, hour by hour: learned on its odd weeks, compared on its even
ones.

The engine simulates the site `REPLICATIONS` times, each time with rates, their variation and stays
of odd weeks drawn with replacement, so that the bands hold what so few weeks leave unsure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from sim import audit
from sim.engine import simulate
from sim.evs import make_evs
from sim.lifecycle import Change as Kind
from sim.model import Cabinet, Change, Evse, Model, Station, Vehicle
from sim.replay.law import DAY_H, KIND, Law, busy_hours, fit, observe
from sim.replay.site import WEEK_H, Site
from sim.stats import bands, streams
from sim.stats.bands import REPLICATIONS

# Some wait and levels vary, the one that is judged; levels do not vary; nobody waits.
MODELS = {"line": (True, True), "plain": (True, False), "lost": (False, True)}


def occupancies(site: Site, law: Law, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Begins and ends of the occupancies of one replication of all weeks, after the audit.

    In the engine's terms a stay is a session at 1 kW of as many kWh as it has hours, and a unit
    that does not count as there in a week is an EVSE that is down.
    """
    if not len(law.stays_h):  # weeks without any session
        return np.zeros(0), np.zeros(0)
    level = law.variation.levels(rng, site.weeks, 7) * (site.there > 0)[:, None]
    per_h = (level[:, :, None] * law.per_h[KIND]).ravel()
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
    ledger = simulate(Model((station,), (occupancy,), changes=away(site)), evs)
    audit.check(ledger)
    visits = ledger.visits[~np.isnan(ledger.visits["plug_h"])]
    # The engine cuts who is plugged in when a unit goes, until it is back; here they stay on.
    return visits["plug_h"], np.minimum(visits["unplug_h"], visits["plug_h"] + stay[visits["ev"]])


def away(site: Site) -> tuple[Change, ...]:
    """The weeks in which the site has fewer units: the last EVSEs are down."""
    there = np.concatenate([[site.units], site.there, [site.units]])
    return tuple(
        Change(float(WEEK_H * week), 0, Kind.EVSE_DOWN if now < before else Kind.EVSE_UP, evse)
        for week, (before, now) in enumerate(pairwise(there.tolist()))
        for evse in range(min(before, now), max(before, now))
    )


@dataclass(frozen=True)
class Even:
    """The even weeks of a site: share of time with k units busy [hour of day, k], averaged over
    days; the mean number of busy units [day, hour of day]; how many occupancies began [day]."""

    share: np.ndarray
    hour: np.ndarray
    began: np.ndarray

    @property
    def day(self) -> np.ndarray:
        """The mean number of busy units of every day."""
        mean: np.ndarray = self.hour.mean(axis=1)
        return mean


def even_weeks(site: Site, begin_h: np.ndarray, end_h: np.ndarray) -> Even:
    """What spans of occupation say about the weeks that are compared: those with any unit."""
    own = np.repeat((np.arange(site.weeks) % 2 == 1) & (site.there > 0), 7)
    busy = busy_hours(begin_h, end_h, WEEK_H * site.weeks, site.units)
    busy = busy.round(9)  # an hour that is busy throughout equals another one
    days = busy.reshape(-1, DAY_H, site.units + 1)[own]
    began = np.bincount((begin_h[begin_h >= 0] // DAY_H).astype(int), minlength=len(own))
    return Even(days.mean(axis=0), days @ np.arange(site.units + 1), began[: len(own)][own])


def compare(site: Site, seed: int, line: bool, varies: bool) -> dict[str, Any]:
    """Even weeks of a site, recorded and simulated from its odd weeks: plain numbers."""
    weeks = observe(site)
    odd = np.arange(0, site.weeks, 2)
    runs = []
    for replication in range(REPLICATIONS):
        rng = streams.stream(seed, replication, f"validate, line {line}", site.name)
        law = fit(weeks, rng.choice(odd, len(odd)).tolist(), line, varies)
        runs.append(even_weeks(site, *occupancies(site, law, rng)))
    law = fit(weeks, odd.tolist(), line, varies)
    return {
        "arrivals_per_day": float((law.per_h * np.array([[5], [1], [1]])).sum() / 7),
        "week_cv": law.variation.period_cv,
        "day_cv": law.variation.day_cv,
        "waiting_share": law.waiting_share,
        "mean_stay_min": 60.0 * float(law.stays_h.mean()),
        **scores(even_weeks(site, site.begin_h, site.end_h), runs),
    }


def scores(recorded: Even, runs: Sequence[Even]) -> dict[str, Any]:
    """The recorded even weeks among the simulated ones."""
    number = np.arange(recorded.share.shape[1])
    shares, days = np.array([run.share for run in runs]), np.array([run.day for run in runs])
    mean, means = recorded.share @ number, shares @ number
    hours, began = np.array([run.hour for run in runs]), np.array([run.began for run in runs])
    return {
        "days": len(recorded.day),
        "share": bands.cells(recorded.share, shares),
        "mean": bands.cells(mean, means),
        "mean_busy": bands.level(recorded.day.mean(), days.mean(axis=1)),
        "error": bands.distance(mean, means),
        "spread_of_days": bands.level(recorded.day.std(ddof=1), days.std(axis=1, ddof=1)),
        "pit": bands.ranks(recorded.day, days),
        "coverage": {
            "day": bands.coverage(recorded.day, days),
            "began": bands.coverage(recorded.began, began),
            "hour": bands.coverage(recorded.hour, hours),
            "mean": bands.coverage(mean, means),
            "share": bands.coverage(recorded.share, shares),
        },
    }
