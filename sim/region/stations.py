"""Public stations: those that are known as they are, all others drawn from `region.seed`.

Every district has as many stations, chargers and super stations as its table says.  One stands in
each division, a fast one; the others go where land use and a weight of the zone draw them.  What
is built later comes on top: what stood before stays as it was.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from sim.region.apportion import apportion
from sim.region.equipment import Equipment
from sim.region.growth import growth
from sim.region.opened import Law
from sim.region.plane import in_circle
from sim.region.schema import RegionSection
from sim.region.tables import Tables
from sim.region.zones import Zones, weights
from sim.stats.streams import uniforms

KNOWN = -1  # kind of a station that is known
NO_YEAR = 0  # of a known station, where nobody knows when it opened
STATION = np.dtype([
    ("zone", "i4"), ("kind", "i4"),  # number of its row in `station_kinds`, or `KNOWN`
    ("year", "i4"), ("chargers", "i4"), ("guns", "i4"), ("is_super", "?"),
    ("x_km", "f8"), ("y_km", "f8"),
    ("kw", "f8"), ("guns_kw", "f8"),  # what its cabinets can deliver together; all guns in sum
    ("least_gun_kw", "f8"), ("most_gun_kw", "f8"), ("kva", "f8"),
])  # fmt: skip


@dataclass(frozen=True)
class Stations:
    """All public stations in districts, in order of their names.

    Attributes
    ----------
    names : "zone/number", or as the table says.
    rows : `STATION`.
    cabinets : what stands there, such as dual_120*2+stack_600*1.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    cabinets: tuple[str, ...]


class Site(NamedTuple):
    """A station, before what stands there is looked into."""

    name: str
    zone: int
    kind: int
    year: int
    chargers: int
    x_km: float
    y_km: float
    cabinets: str
    kva: float | None = None  # as big as it must be

    def is_super(self, section: RegionSection) -> bool:
        return Equipment.of(self.cabinets, section).most_gun_kw >= section.super_kw


def make(section: RegionSection, tables: Tables, zones: Zones) -> Stations:
    """The stations of all districts.

    Raises InputError where no transformer is big enough for what stands there.
    """
    known = known_sites(tables, zones)
    draws = _Draws(section, tables, zones)
    now, later = Law.until_now(section, tables), Law.of_growth(section, tables)
    more = growth(section, tables)
    sites = []
    for n, row in enumerate(tables.districts):
        here = [own for own in known if zones.rows["district"][own.zone] == n]
        lacking = _Wanted(
            row.public_stations - len(here),
            row.public_chargers - sum(own.chargers for own in here),
            row.super_stations - sum(own.is_super(section) for own in here),
        )
        here += draws.sites(n, lacking, now, here, each_division=True)
        grown = _Wanted(*(int(more[name][n]) for name in COUNTED))
        sites += here + draws.sites(n, grown, later, here, each_division=False)
    return _equipped(sorted(sites), section)


COUNTED = ("public_stations", "public_chargers", "super_stations")


class _Wanted(NamedTuple):
    """To be drawn in a district."""

    stations: int
    chargers: int
    supers: int


def known_sites(tables: Tables, zones: Zones) -> list[Site]:
    """Those of the table, each in the nearest zone of its division."""
    number = {row.division: n for n, row in enumerate(tables.divisions)}
    found = []
    for row in tables.stations:
        own = np.flatnonzero(zones.rows["division"] == number[row.division])
        x_km, y_km = zones.plane.km(row.lon, row.lat)
        far = np.hypot(zones.rows["x_km"][own] - x_km, zones.rows["y_km"][own] - y_km)
        year = row.year or NO_YEAR
        at = (int(own[np.argmin(far)]), KNOWN, year, row.chargers, x_km, y_km)
        found.append(Site(row.station, *at, row.cabinets, row.kva))
    return found


class _Draws:
    """Draws stations for one district after the other."""

    def __init__(self, section: RegionSection, tables: Tables, zones: Zones) -> None:
        self._section, self._tables, self._zones = section, tables, zones
        u = uniforms(section.seed, 0, "region stations", [(name, 1) for name in zones.names])
        noise = np.exp(section.station_spread * ndtri(u))
        self._weight = weights(zones, tables, "stations") * noise
        self._super_weight = weights(zones, tables, "supers")

    def sites(
        self, district: int, wanted: _Wanted, law: Law, there: Sequence[Site], each_division: bool
    ) -> list[Site]:
        """So many more in a district; with `each_division`, the first ones stand where a division
        has none yet, and are fast."""
        section, kinds = self._section, self._tables.station_kinds
        first = self._lonely(district, there)[: wanted.stations * each_division]
        zone = np.concatenate([first, self._others(district, wanted.stations - len(first))])
        names = self._named(zone, there)
        u = uniforms(section.seed, 0, "region station", [(name, 5) for name in names])
        u = u.reshape(-1, 5)
        is_super = self._supers(u[:, 0], zone, wanted.supers)
        is_fast = ~is_super & (np.arange(len(zone)) < len(first))
        year, kind = np.zeros(len(zone), int), np.zeros(len(zone), int)
        laws = ((is_super, law.supers), (is_fast, law.fast), (~is_super & ~is_fast, law.ordinary))
        for own, weight in laws:
            if own.any():
                year[own], kind[own] = law.drawn(u[own, 1], weight)
        least = np.array([max(1, own.first_chargers) for own in kinds])[kind]
        typical = np.array([own.chargers for own in kinds])[kind]
        typical = typical * np.exp(section.station_spread * ndtri(u[:, 2]))
        chargers = least + apportion(wanted.chargers - int(least.sum()), typical)
        rows = self._zones.rows[zone]
        at = np.column_stack([rows["x_km"], rows["y_km"]]) + in_circle(u[:, 3:], rows["radius_km"])
        cabinets = [kinds[k].cabinets(n) for k, n in zip(kind, chargers.tolist(), strict=True)]
        columns = (zone, kind, year, chargers, *at.T)
        return list(map(Site, names, *(column.tolist() for column in columns), cabinets))

    def _lonely(self, district: int, there: Sequence[Site]) -> np.ndarray:
        """The best zone of each division where nothing stands, the best ones first."""
        rows = self._zones.rows
        served = [rows["division"][own.zone] for own in there]
        own = self._zones.of(district)
        order = own[np.argsort(-self._weight[own], kind="stable")]
        _, best = np.unique(rows["division"][order], return_index=True)
        first = order[np.sort(best)]
        return first[~np.isin(rows["division"][first], served)]

    def _others(self, district: int, stations: int) -> np.ndarray:
        own = self._zones.of(district)
        return np.repeat(own, apportion(stations, self._weight[own]))

    def _named(self, zones: np.ndarray, there: Sequence[Site]) -> list[str]:
        """By the zone, and the number in it."""
        stand = Counter(own.zone for own in there)
        names = []
        for zone in zones.tolist():
            stand[zone] += 1
            names.append(f"{self._zones.names[zone]}/{stand[zone]:03}")
        return names

    def _supers(self, u: np.ndarray, zone: np.ndarray, supers: int) -> np.ndarray:
        """So many of them, those of heavier zones more likely."""
        keys = -np.log1p(-u) / self._super_weight[zone]
        chosen = np.zeros(len(zone), bool)
        chosen[np.argsort(keys, kind="stable")[:supers]] = True
        return chosen


def _equipped(sites: Sequence[Site], section: RegionSection) -> Stations:
    known = {text: Equipment.of(text, section) for text in {own.cabinets for own in sites}}
    rows = np.zeros(len(sites), STATION)
    for name in ("zone", "kind", "year", "chargers", "x_km", "y_km"):
        rows[name] = [getattr(own, name) for own in sites]
    for name in Equipment._fields:
        rows[name] = [getattr(known[own.cabinets], name) for own in sites]
    rows["kva"] = [own.kva or known[own.cabinets].kva(own.name, section) for own in sites]
    rows["is_super"] = rows["most_gun_kw"] >= section.super_kw
    return Stations(tuple(own.name for own in sites), rows, tuple(own.cabinets for own in sites))
