"""Zones: where people live, work and shop.

A town or a township is one zone, a street one to four of different land uses.  Zones that a table
knows are as it says; all others are made: positions on a spiral about the seat of the district,
streets within, land uses and weights drawn from `region.seed`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.region.apportion import picked
from sim.region.plane import Plane, spiral
from sim.region.schema import RegionSection
from sim.region.tables import District, Division, KnownZone, LandUse, Tables
from sim.stats.streams import stream

ZONE = np.dtype([
    ("district", "i4"), ("division", "i4"), ("land_use", "i4"),  # numbers of rows of the tables
    ("x_km", "f8"), ("y_km", "f8"), ("radius_km", "f8"),
    ("weight", "f8"),  # of its division, whatever its land use
    ("is_known", "?"),
])  # fmt: skip


@dataclass(frozen=True)
class Zones:
    """All zones of a region, in order of their names.

    Attributes
    ----------
    names : "division.number", or as the table says.
    rows : `ZONE`.
    plane : of their positions.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    plane: Plane

    def of(self, district: int) -> np.ndarray:
        """Numbers of the zones of a district."""
        return np.flatnonzero(self.rows["district"] == district)


def make(section: RegionSection, tables: Tables) -> Zones:
    """The zones of every division."""
    plane = _middle(tables)
    known: dict[str, list[KnownZone]] = defaultdict(list)
    for row in tables.zones:
        known[row.division].append(row)
    number = {row.division: n for n, row in enumerate(tables.divisions)}
    found: list[tuple[str, tuple[Any, ...]]] = []
    for n, district in enumerate(tables.districts):
        divisions = tables.divisions_of[district.district]
        places = _places(district, divisions, tables, plane)
        for division, place in zip(divisions, places, strict=True):
            weight, own = _noise(section, division), known.get(division.division)
            made = (
                _known(own, tables, plane, float(place[2]))
                if own
                else _drawn(section, tables, division, place)
            )
            for name, land_use, *at in made:
                zone = (n, number[division.division], land_use, *at, weight, bool(own))
                found.append((name, zone))
    found.sort(key=lambda own: own[0])
    return Zones(tuple(name for name, _ in found), np.array([row for _, row in found], ZONE), plane)


def weights(zones: Zones, tables: Tables, of: str) -> np.ndarray:
    """What a land use weighs in each zone, [zone]: `lives`, `works`, `visits`, ..."""
    by_use = np.array([getattr(row, of) for row in tables.land_uses])
    found: np.ndarray = by_use[zones.rows["land_use"]] * zones.rows["weight"]
    return found


def _middle(tables: Tables) -> Plane:
    seats = np.array([(row.lon, row.lat) for row in tables.districts])
    return Plane(*seats.mean(axis=0).tolist())


def _noise(section: RegionSection, division: Division) -> float:
    u = stream(section.seed, 0, "region division", division.division).random()
    return float(np.exp(section.division_spread * ndtri(u)))


def _places(
    district: District, divisions: Sequence[Division], tables: Tables, plane: Plane
) -> np.ndarray:
    """Of all divisions, [division, (x, y, radius)]: streets about the seat, the others around."""
    group = tables.group_of[district.district]
    streets = sum(row.kind == "street" for row in divisions)
    outer_km = sqrt(district.area_km2 / pi)
    inner_km = min(sqrt(streets * group.street_km2 / pi), outer_km * sqrt(streets / len(divisions)))
    others = len(divisions) - streets
    around = [spiral(streets, 0.0, inner_km), spiral(others, inner_km, outer_km)]
    street_km = inner_km / sqrt(max(1, streets))
    radius = np.repeat([street_km, min(street_km or TOWN_KM, TOWN_KM)], [streets, others])
    return np.column_stack([plane.km(district.lon, district.lat) + np.vstack(around), radius])


TOWN_KM = 1.0  # radius of a town: assumed


def _known(
    rows: Sequence[KnownZone], tables: Tables, plane: Plane, radius_km: float
) -> Iterator[tuple[str, int, float, float, float]]:
    uses = [own.land_use for own in tables.land_uses]
    for row in rows:
        at = plane.km(row.lon, row.lat)
        yield row.zone, uses.index(row.land_use), *at, radius_km / sqrt(len(rows))


def _drawn(
    section: RegionSection, tables: Tables, division: Division, place: np.ndarray
) -> Iterator[tuple[str, int, float, float, float]]:
    uses = [(n, own) for n, own in enumerate(tables.land_uses) if own.division == division.kind]
    rng = stream(section.seed, 0, "region zone", division.division)
    count = 1
    if division.kind == "street":
        count = 1 + int(picked(rng.random(), tables.group_of[division.district].zones))
    chosen = _without_repetition(rng.random(len(uses)), [own for _, own in uses])[:count]
    radius_km = place[2] / sqrt(len(chosen))
    around = spiral(len(chosen), 0.0, place[2]) if len(chosen) > 1 else np.zeros((1, 2))
    for k, (use, (dx, dy)) in enumerate(zip(sorted(chosen), around.tolist(), strict=True), 1):
        name = f"{division.division}.{k}"
        yield name, uses[use][0], place[0] + dx, place[1] + dy, radius_km


def _without_repetition(u: np.ndarray, uses: Sequence[LandUse]) -> list[int]:
    """Land uses in a random order, those that weigh more rather first; without weight: never."""
    pick = np.array([own.pick for own in uses])
    with np.errstate(divide="ignore"):
        keys = -np.log1p(-u) / pick
    return [int(n) for n in np.argsort(keys, kind="stable") if pick[n] > 0.0]
