"""Blocks: parts of a zone whose people know the same stations.

A zone with more stations than a driver weighs would else have some that nobody knows.  It is cut
by the angle about its middle, so that each block has as many of its stations, and people are spread
over blocks evenly.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np

from sim.region.schema import RegionSection
from sim.region.stations import Stations
from sim.region.zones import Zones

BLOCK = np.dtype([("zone", "i4"), ("x_km", "f8"), ("y_km", "f8")])


@dataclass(frozen=True)
class Blocks:
    """All blocks of a region, zone by zone.

    Attributes
    ----------
    rows : `BLOCK`.
    start : where those of a zone begin, int64, [zones + 1].
    """

    rows: np.ndarray
    start: np.ndarray

    def of(self, zone: np.ndarray, u: np.ndarray) -> np.ndarray:
        """A block of each of these zones, by uniforms of [0, 1)."""
        many = np.diff(self.start)[zone]
        found: np.ndarray = self.start[zone] + (u * many).astype(np.int64)
        return found

    @cached_property
    def share(self) -> np.ndarray:
        """Of the people of its zone, [block]."""
        found: np.ndarray = 1.0 / np.diff(self.start)[self.rows["zone"]]
        return found


def make(section: RegionSection, zones: Zones, stations: Stations) -> Blocks:
    """One block in a zone, or one for every half of the stations that a driver weighs."""
    most = max(1, section.most_candidates // 2)
    rows: list[tuple[int, float, float]] = []
    start = [0]
    at = np.column_stack([stations.rows["x_km"], stations.rows["y_km"]])
    of_zone = np.split(
        order := np.argsort(stations.rows["zone"], kind="stable"),
        np.searchsorted(stations.rows["zone"][order], np.arange(1, len(zones.names))),
    )
    for zone, own in enumerate(of_zone):
        middle = np.array([zones.rows["x_km"][zone], zones.rows["y_km"][zone]])
        parts = ceil(len(own) / most)
        if parts <= 1:
            rows.append((zone, *middle.tolist()))
        else:
            x, y = (at[own] - middle).T
            around = own[np.argsort(np.arctan2(y, x), kind="stable")]
            rows += [(zone, *at[part].mean(axis=0)) for part in np.array_split(around, parts)]
        start.append(len(rows))
    return Blocks(np.array(rows, BLOCK), np.array(start))
