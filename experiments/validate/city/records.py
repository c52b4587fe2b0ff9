"""Public chargers of a city as they were recorded: sites with their places, plug-in to plug-out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from experiments.validate import recorded
from sim.config.problems import InputError
from sim.config.table import Name, Row
from sim.replay.law import DAY_H
from sim.replay.site import Time

SITES = recorded.SHARED / "hamburg" / "sites.csv"
PROCESSES = recorded.SHARED / "hamburg" / "charging_processes.csv"
FEWEST_DAYS = 14  # every day of the week is learned from or compared


class SiteRow(Row):
    """One row of the table of sites; see its SOURCE.txt.  Only the place is used."""

    location_id: Name
    administrative_poi_num_100m: float
    consumption_poi_num_100m: float
    leisure_poi_num_100m: float
    tourism_poi_num_100m: float
    education_poi_num_100m: float
    health_poi_num_100m: float
    work_poi_num_100m: float
    administrative_poi_num_300m: float
    consumption_poi_num_300m: float
    leisure_poi_num_300m: float
    tourism_poi_num_300m: float
    education_poi_num_300m: float
    health_poi_num_300m: float
    work_poi_num_300m: float
    x_epsg3035_m: float
    y_epsg3035_m: float


class ProcessRow(Row):
    """One plug-in to plug-out; see SOURCE.txt."""

    charger_id: Name
    start_time: Time
    end_time: Time
    duration: float
    location_id: Name
    start_is_weekday: str
    start_is_saturday: str
    start_is_sunday: str
    class_label: str
    class_short_label: str


@dataclass(frozen=True)
class Spans:
    """Chargers in use: at which site, from when, until when [h since the first midnight].

    Attributes
    ----------
    site : int, [span].
    begin_h, end_h : float, [span], in any order.
    """

    site: np.ndarray
    begin_h: np.ndarray
    end_h: np.ndarray


@dataclass(frozen=True)
class City:
    """Sites with their chargers, and what was recorded there in `days` whole days from `first`.

    Attributes
    ----------
    at_km : [site, 2], in a plane.
    evses : chargers of each site that recorded anything, int, [site].
    """

    at_km: np.ndarray
    evses: np.ndarray
    spans: Spans
    first: datetime
    days: int

    @classmethod
    def of(cls, sites: Sequence[SiteRow], processes: Sequence[ProcessRow]) -> Self:
        """Sites where nothing was recorded are left out: nobody knows how many chargers they have.

        Raises InputError where a session is at no site, or where there are too few days.
        """
        chargers: dict[str, set[str]] = {}
        for row in processes:
            chargers.setdefault(row.location_id, set()).add(row.charger_id)
        at = {row.location_id: (row.x_epsg3035_m, row.y_epsg3035_m) for row in sites}
        if lost := sorted(chargers.keys() - at.keys()):
            raise InputError(f"sessions are at a site that the table of sites lacks: {lost[0]}")
        names = [name for name in at if name in chargers]
        number = {name: n for n, name in enumerate(names)}
        begin = min(row.start_time for row in processes)
        first = datetime(begin.year, begin.month, begin.day)
        begin_h, end_h = (
            np.array([(time - first).total_seconds() / 3600.0 for time in times])
            for times in zip(*((row.start_time, row.end_time) for row in processes), strict=True)
        )
        days = int(begin_h.max() // DAY_H) + 1
        if days < FEWEST_DAYS:
            raise InputError(f"sessions are of {days} days, but {FEWEST_DAYS} are needed")
        spans = Spans(np.array([number[row.location_id] for row in processes]), begin_h, end_h)
        evses = np.array([len(chargers[name]) for name in names])
        return cls(np.array([at[name] for name in names]) / 1000.0, evses, spans, first, days)

    @property
    def hours(self) -> int:
        return DAY_H * self.days

    @cached_property
    def is_odd(self) -> np.ndarray:
        """Whether a day is learned from, [day]: the first one is odd."""
        is_odd: np.ndarray = np.arange(self.days) % 2 == 0
        return is_odd

    @cached_property
    def kind(self) -> np.ndarray:
        """0 on weekdays, 1 on Saturdays, 2 on Sundays, [day]."""
        found: np.ndarray = np.maximum((self.first.weekday() + np.arange(self.days)) % 7 - 4, 0)
        return found

    def busy(self, spans: Spans) -> np.ndarray:
        """Mean number of chargers in use [site, hour]."""
        late, size = self.hours, (len(self.evses), self.hours + 2)
        more = np.zeros(size[0] * size[1])  # by how much the mean is more than an hour before
        for time, sign in ((spans.begin_h, 1.0), (spans.end_h, -1.0)):
            hour = np.clip(np.floor(time), 0, late).astype(int)
            rest = np.clip(hour + 1 - time, 0.0, 1.0)
            cell = spans.site * size[1] + hour
            more += np.bincount(cell, sign * rest, len(more))
            more += np.bincount(cell + 1, sign * (1.0 - rest), len(more))
        found: np.ndarray = np.cumsum(more.reshape(size), axis=1)[:, :late]
        return found.round(6)  # an hour that is busy throughout equals another one

    def began(self, spans: Spans) -> np.ndarray:
        """How many sessions began [site, hour]."""
        own = (spans.begin_h >= 0.0) & (spans.begin_h < self.hours)
        cell = spans.site[own] * self.hours + spans.begin_h[own].astype(int)
        many = np.bincount(cell, minlength=len(self.evses) * self.hours)
        return many.reshape(-1, self.hours)

    def full(self, spans: Spans) -> Spans:
        """When all chargers of a site are in use, in order of sites and times."""
        time = np.concatenate([spans.end_h, spans.begin_h])
        step = np.repeat([-1, 1], len(spans.site))
        site = np.concatenate([spans.site, spans.site])
        order = np.lexsort((step, time, site))  # who leaves makes room for who comes
        time, site, busy = time[order], site[order], np.cumsum(step[order])
        found = np.flatnonzero((busy[:-1] >= self.evses[site[:-1]]) & (np.diff(time) > 0.0)
                               & (site[1:] == site[:-1]))  # fmt: skip
        return Spans(site[found], time[found], time[found + 1])


def read(sites: Path, processes: Path) -> City:
    return City.of(recorded.read(sites, SiteRow), recorded.read(processes, ProcessRow))
