"""When a station opened, and of which kind it is: the law from which both are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.region.apportion import picked
from sim.region.equipment import Equipment
from sim.region.schema import RegionSection
from sim.region.tables import StationKind, Tables


@dataclass(frozen=True)
class Law:
    """Weights of years and kinds, each [year, kind].

    Attributes
    ----------
    years : numbers of the years, [year].
    supers, fast, ordinary : of super stations; of others that are fast; of all others.
    """

    years: np.ndarray
    supers: np.ndarray
    fast: np.ndarray
    ordinary: np.ndarray

    @classmethod
    def until_now(cls, section: RegionSection, tables: Tables) -> "Law":
        """As many opened in a year as the table says, super ones since there are any."""
        stands = [0, *(row.stations for row in tables.years)]
        opened = {
            row.year: float(more) for row, more in zip(tables.years, np.diff(stands), strict=True)
        }
        total = section.totals
        return cls._of(opened, total.super_stations / total.public_stations, section, tables)

    @classmethod
    def of_growth(cls, section: RegionSection, tables: Tables) -> "Law":
        """Evenly over the years of growth."""
        now, then = section.totals, section.now
        years = dict.fromkeys(range(now.year + 1, max(then.year, now.year + 1) + 1), 1.0)
        more = max(1, then.public_stations - now.public_stations)
        supers = (then.super_stations - now.super_stations) / more
        return cls._of(years, supers, section, tables)

    @classmethod
    def _of(
        cls, opened: Mapping[int, float], supers: float, section: RegionSection, tables: Tables
    ) -> "Law":
        """Of all stations so many open in each year, and this share of them is super: who is not
        opened in what is left."""
        kinds, years = tables.station_kinds, np.array(list(opened))
        gun_kw = np.array([greatest_gun_kw(kind, section) for kind in kinds])
        is_super, is_fast = gun_kw >= section.super_kw, gun_kw >= section.fast_kw
        weight = np.array([kind.weight for kind in kinds])
        there = (np.array([kind.since for kind in kinds]) <= years[:, None]) & (
            years[:, None] <= np.array([kind.until for kind in kinds])
        )
        by_year = np.array(list(opened.values()), float)
        by_year /= by_year.sum()
        of_super = _spread(by_year * (there & is_super).any(axis=1), weight * (there & is_super))
        if of_super.any():
            of_super /= of_super.sum()
        left = np.maximum(by_year - supers * of_super.sum(axis=1), 0.0)
        return cls(
            years,
            of_super,
            _spread(left, weight * (there & is_fast & ~is_super)),
            _spread(left, weight * (there & ~is_super)),
        )

    def drawn(self, u: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Years and kinds by one of the weights."""
        year, kind = np.unravel_index(picked(u, weights.ravel()), weights.shape)
        return self.years[year], kind


def greatest_gun_kw(kind: StationKind, section: RegionSection) -> float:
    """At a station of that kind."""
    return Equipment.of(kind.cabinets(kind.least), section).most_gun_kw


def _spread(by_year: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Every year's part, over the kinds that there are in it."""
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        found: np.ndarray = by_year[:, None] * np.where(total > 0.0, weights / total, 0.0)
    return found
