"""Who comes where: learned from the odd days of a city, drawn for all days.

Sites are clustered into zones by their places alone.  A zone has a level and a profile over the
hours of the week, drawn to the city's as far as its own counts leave it unsure; the days differ by
a factor for the city and one for each zone.  Within a zone drivers want to be around its chargers,
around all of them alike, or around some sites more than others: then the spread of that is learned,
not where.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from experiments.validate.city.records import City
from sim.replay.law import DAY_H
from sim.stats import streams
from sim.stats.variation import Variation, gamma, moments

KINDS = 3  # weekday, Saturday, Sunday
LIKE = 5  # recorded stays that one is drawn from: of its zone, begun at about the same hour ...
OTHER_KIND_H = 3.0  # ... of the same kind of day, where another one counts as so many hours away


def zones(at_km: np.ndarray, across_km: float) -> np.ndarray:
    """The zone of each site: no two of a zone are farther apart (complete linkage)."""
    if len(at_km) == 1:
        return np.zeros(1, int)
    found: np.ndarray = fcluster(linkage(at_km, "complete"), across_km, "distance") - 1
    return found


class Visits(NamedTuple):
    """Who comes in one replication: arrays [visit].

    site : around which one a driver wants to be.
    u : uniform: where around it.
    """

    site: np.ndarray
    u: np.ndarray
    arrive_h: np.ndarray
    stay_h: np.ndarray


def unevenness(count: np.ndarray, weight: np.ndarray, part: np.ndarray) -> float:
    """The coefficient of variation of factors of the sites within their parts, by moments.

    Of n sessions of a part, a site with the share w of its chargers has n w but for chance and its
    factor: sums over sites of squared residuals are set to their expectations.
    """
    share = weight / np.bincount(part, weight)[part]
    of = np.bincount(part, count)
    second, third = (np.bincount(part, share**power) for power in (2, 3))
    squares = ((count - of[part] * share) ** 2).sum() - (of * (1.0 - second)).sum()
    by_variance = (of * (of - 1.0) * (second - 2.0 * third + second**2)).sum()
    return float(np.sqrt(max(0.0, squares / by_variance))) if by_variance > 0.0 else 0.0


@dataclass(frozen=True)
class Demand:
    """What odd days say.

    Attributes
    ----------
    part : whose demand a site has a share of, int, [site]: its zone's, or its own.
    expected : sessions on all odd days if all parts had the city's profile, [part, kind, hour].
    count : those that were recorded, in the same shape.
    odd_days : of each kind, [kind].
    alike : how much a part's profile is like the city's: its cells are gamma about that, of this
        shape.
    days : how the levels of days vary: `period_cv` for the city, `day_cv` for each part.
    uneven_cv : of the factors of sites within their parts.
    level, hours : by what drivers are more than sessions, [part] and [kind, hour]: some find all
        full, and mostly where and when many come.
    stays_h, like : recorded stays, and which of them a stay may be, [zone, kind, hour, LIKE].
    """

    city: City
    part: np.ndarray
    zone: np.ndarray
    expected: np.ndarray
    count: np.ndarray
    odd_days: np.ndarray
    alike: float
    days: Variation
    uneven_cv: float
    level: np.ndarray
    hours: np.ndarray
    stays_h: np.ndarray
    like: np.ndarray

    def with_(self, level: np.ndarray, hours: np.ndarray, uneven_cv: float) -> "Demand":
        return replace(self, level=level, hours=hours, uneven_cv=uneven_cv)

    def draw(self, seed: int, replication: int, purpose: str) -> Visits:
        """Everybody who comes on any day, with what odd days leave unsure of it."""
        rng = streams.stream(seed, replication, f"validate city, {purpose}", "")
        rate = self._rates(rng)  # [part, hour of all days]
        cell = np.repeat(np.arange(rate.size), rng.poisson(rate.ravel()))
        part, hour = np.divmod(cell, rate.shape[1])
        site = self._site(rng, part)
        kind, nth = self.city.kind[hour // DAY_H], rng.integers(LIKE, size=len(site))
        like = self.like[self.zone[site], kind, hour % DAY_H, nth]
        arrive_h = hour + rng.random(len(site))
        return Visits(site, rng.random(len(site)), arrive_h, self.stays_h[like])

    def _rates(self, rng: np.random.Generator) -> np.ndarray:
        """Drivers an hour, [part, hour of all days]."""
        total, kind = self.count.sum(axis=(1, 2)), self.city.kind
        odd_days = self.odd_days.sum()
        shape = self.expected * rng.gamma(self.alike + self.count) / (self.alike + self.expected)
        shape *= (total / np.maximum(shape.sum(axis=(1, 2)), 1e-12))[:, None, None]
        unsure = np.sqrt(1.0 / np.maximum(total, 1.0) + self.days.day_cv**2 / odd_days)
        level = self.level * np.array([gamma(rng.random(), cv) for cv in unsure])
        of_kind = [gamma(rng.random(), self.days.period_cv / np.sqrt(n)) for n in self.odd_days]
        per_h = shape * self.hours / self.odd_days[:, None] * np.array(of_kind)[:, None]
        of_day = self.days.levels(rng, len(kind), len(total))  # [day, part]
        rate: np.ndarray = level[:, None, None] * of_day.T[:, :, None] * per_h[:, kind]
        return rate.reshape(len(total), -1)

    def _site(self, rng: np.random.Generator, part: np.ndarray) -> np.ndarray:
        """A site of each part by the weights of sites, drawn anew in every replication."""
        weight = self.city.evses * gamma(rng.random(len(self.part)), self.uneven_cv)
        order = np.argsort(self.part, kind="stable")
        ends = np.cumsum(weight[order])
        start = np.searchsorted(self.part[order], np.arange(self.part.max() + 2))
        below = np.append(0.0, ends)[start]
        at = below[part] + rng.random(len(part)) * np.diff(below)[part]
        place = np.searchsorted(ends, at, "right")
        site: np.ndarray = order[np.clip(place, start[part], start[part + 1] - 1)]
        return site


def learn(city: City, zone: np.ndarray, part: np.ndarray, uneven: bool) -> Demand:
    """The demand of each part, and stays by zone, from the odd days."""
    odd = city.is_odd
    began = city.began(city.spans).reshape(-1, city.days, DAY_H) * odd[:, None]  # [site, day, hour]
    own = np.zeros((part.max() + 1, city.days, DAY_H))
    np.add.at(own, part, began)
    is_kind = (city.kind == np.arange(KINDS)[:, None]).astype(float)  # [kind, day]
    count = np.einsum("pdh,kd->pkh", own, is_kind)
    of_city = count.sum(axis=0)
    expected = count.sum(axis=(1, 2))[:, None, None] * (of_city / of_city.sum())
    excess = ((count - expected) ** 2 - expected).sum() / (expected**2).sum()
    sites = began.sum(axis=(1, 2))
    return Demand(
        city, part, zone, expected, count, is_kind @ odd, float(1.0 / max(excess, 1e-6)),
        _variation(city, own.sum(axis=2)), unevenness(sites, city.evses, part) if uneven else 0.0,
        np.ones(len(count)), np.ones_like(of_city), *_stays(city, zone),
    )  # fmt: skip


def _variation(city: City, daily: np.ndarray) -> Variation:
    """Of the odd weekdays, whose level is one: a period is a day, its days are the parts."""
    weekdays = np.flatnonzero(city.is_odd & (city.kind == 0))
    there = daily.sum(axis=1) > 0
    count = daily[there][:, weekdays].T
    return moments(
        count, np.ones_like(count), np.arange(count.shape[1]), np.ones(len(weekdays))
    )  # fmt: skip


def _stays(city: City, zone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stays that began on odd days, and those of each zone that began nearest to each hour; where a
    zone has fewer some come more than once."""
    spans, day = city.spans, (city.spans.begin_h // DAY_H).astype(int)
    own = city.is_odd[day]
    stays, begin = (spans.end_h - spans.begin_h)[own], spans.begin_h[own] % DAY_H
    kind, of = city.kind[day][own], zone[spans.site[own]]
    kinds, hours = np.arange(KINDS)[:, None, None], np.arange(DAY_H)[:, None] + 0.5
    like = np.zeros((zone.max() + 1, KINDS, DAY_H, LIKE), int)
    for n in range(len(like)):
        rows = np.flatnonzero(of == n)
        if len(rows):
            off = np.abs(begin[rows] - hours)
            off = np.minimum(off, DAY_H - off) + OTHER_KIND_H * (kind[rows] != kinds)
            near = rows[np.argsort(off, axis=2, kind="stable")]
            like[n] = near[:, :, np.arange(LIKE) % len(rows)]
    return stays, like
