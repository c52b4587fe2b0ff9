"""NEVs: how many of each class live in a zone, with or without a charger of their own.

All sums are exact: the districts have as many as their tables say, a class its share of the city,
and of those that may have a charger at home as many have one as there are private chargers.
"""

import numpy as np

from sim.config.problems import InputError
from sim.region.apportion import apportion
from sim.region.growth import growth
from sim.region.schema import RegionSection
from sim.region.tables import Tables
from sim.region.zones import Zones, weights

OWN, HYBRID = 2, 3  # axes: 0 without, 1 with


def make(section: RegionSection, tables: Tables, zones: Zones) -> np.ndarray:
    """How many there are: int64, [zone, class, own charger, hybrid].

    Raises InputError where more are to have a charger than there are.
    """
    more = growth(section, tables)
    lives = weights(zones, tables, "lives")
    per_zone = np.zeros(len(zones.names), np.int64)
    for n, row in enumerate(tables.districts):
        own = zones.of(n)
        for count in (row.nevs, int(more["nevs"][n])):
            per_zone[own] += apportion(count, lives[own])
    by_class = _split(per_zone, np.array([row.share for row in tables.classes]))
    with_own = _own(section, tables, zones, by_class, more["private_chargers"])
    both = np.stack([by_class - with_own, with_own], axis=-1)
    hybrid = np.zeros_like(both)
    for c, kind in enumerate(tables.classes):
        for own_charger in range(2):
            some = both[:, c, own_charger]
            parts = _split(some, np.array([1.0 - kind.hybrid_share, kind.hybrid_share]))
            hybrid[:, c, own_charger] = parts[:, 1]
    return np.stack([both - hybrid, hybrid], axis=-1)


def _split(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Counts [zone] into parts [zone, part]: rows and columns both sum exactly.

    One part after the other is taken from what is left of each zone.
    """
    totals = apportion(int(counts.sum()), shares)
    out, left = np.zeros((len(counts), len(shares)), np.int64), counts.copy()
    for k, total in enumerate(totals[:-1].tolist()):
        out[:, k] = apportion(total, left, left) if total else 0
        left -= out[:, k]
    out[:, -1] = left
    return out


def _own(
    section: RegionSection, tables: Tables, zones: Zones, by_class: np.ndarray, more: np.ndarray
) -> np.ndarray:
    """How many have a charger of their own, [zone, class]."""
    out = np.zeros_like(by_class)
    homes = [c for c, kind in enumerate(tables.classes) if kind.own == "home"]
    depots = [c for c, kind in enumerate(tables.classes) if kind.own == "depot"]
    out[:, depots] = by_class[:, depots]
    use = np.array([row.own_charger for row in tables.land_uses])[zones.rows["land_use"]]
    problems = []
    for n, row in enumerate(tables.districts):
        own = np.ix_(zones.of(n), np.array(homes, int))
        wanted, may = row.private_chargers + int(more[n]), int(by_class[own].sum())
        if wanted > may:
            problems.append(
                f"district `{row.district}` has {wanted:,} private chargers, more than NEVs that "
                f"may have one at home, {may:,}"
            )
            continue
        for count in (row.private_chargers, int(more[n])):
            left = by_class[own] - out[own]
            out[own] += apportion(count, left * use[own[0]], left)
    if problems:
        raise InputError(problems)
    return out
