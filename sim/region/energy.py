"""The energy that NEVs are expected to use, before anything is drawn.

Hybrids count as if they drove on their batteries alone: how much of it is fuel, a run says.
"""

import numpy as np

from sim.region.region import Region
from sim.region.tables import NevClass, Outing
from sim.region.week import day_kind


def kwh_per_day(region: Region) -> np.ndarray:
    """Of an NEV of each class, at the battery, in the mean over the days of the run, [class]."""
    scale, tables = region.section.living.energy_scale, region.tables
    return np.array([
        scale * own.kwh_per_km * own.km_per_day * _used(region, own, tables.outings)
        for own in tables.classes
    ])  # fmt: skip


def grid_kwh(region: Region) -> float:
    """Of an NEV of the region on a mean day, from the grid."""
    count = region.nevs.sum(axis=(0, 2, 3))
    mean = float(count @ kwh_per_day(region)) / float(count.sum())
    return mean / region.section.efficiency


def charged_kwh(region: Region) -> dict[str, float]:
    """What all NEVs take from the grid on a mean day, by where: whoever has a charger of his own
    uses no other, which is the most that home can be."""
    per_day = kwh_per_day(region) / region.section.efficiency
    without, own = region.nevs.sum(axis=(0, 3)).T @ np.diag(per_day)
    at_depot = np.array([kind.own == "depot" for kind in region.tables.classes])
    return {
        "home": float(own[~at_depot].sum()),
        "depot": float(own[at_depot].sum()),
        "public": float(without.sum()),
    }


def depot_kwh(region: Region) -> np.ndarray:
    """What classes without a diary use on a mean day at depots of their own, [district]."""
    per_day, out = kwh_per_day(region), np.zeros(len(region.tables.districts))
    for c, own in enumerate(region.tables.classes):
        if not own.diary:
            count = region.nevs[:, c].sum(axis=(1, 2))
            out += per_day[c] * np.bincount(region.zones.rows["district"], count, len(out))
    return out


def _used(region: Region, own: NevClass, outings: tuple[Outing, ...]) -> float:
    """Share of the days on which an NEV of the class has a way."""
    if not own.diary:
        return own.use_share
    days = range(region.section.living.days)
    goes = [
        1.0 - np.prod([1.0 - row.share for row in outings
                       if (row.diary, row.day) == (own.diary, day_kind(day))])
        for day in days
    ]  # fmt: skip
    return own.use_share * float(np.mean(goes))
