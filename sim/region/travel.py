"""Travel: which stations a driver in a block weighs, and how long the way there takes.

A way is the straight line times the detour of the group of districts where the block is, at the
group's speed: what the roads really are is not known to the region.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from sim.region.blocks import Blocks
from sim.region.schema import RegionSection
from sim.region.stations import Stations
from sim.region.tables import Tables
from sim.region.zones import Zones


@dataclass(frozen=True)
class Candidates:
    """Stations in reach of every block, the nearest first, as compressed rows.

    Attributes
    ----------
    start : where those of a block begin, int64, [blocks + 1].
    station : their numbers, int32.
    km, h : the way there, and as far back.
    """

    start: np.ndarray
    station: np.ndarray
    km: np.ndarray
    h: np.ndarray

    def of(self, block: int) -> slice:
        """Where the rows of a block are."""
        return slice(int(self.start[block]), int(self.start[block + 1]))


def candidates(
    section: RegionSection, tables: Tables, zones: Zones, blocks: Blocks, stations: Stations
) -> Candidates:
    """At most `most_candidates` of every block, all within `reach_min`.

    First those that are known nowhere nearer, so that each station is known somewhere; then the
    nearest others.
    """
    kmh, detour = (own[blocks.rows["zone"]] for own in speeds(tables, zones))
    reach_km = section.reach_min / 60.0 * kmh / detour  # in a straight line
    home, there = _points(blocks.rows), _points(stations.rows)
    most = min(section.most_candidates, len(there))
    _, near = cKDTree(there).query(home, k=[*range(1, most + 1)])
    own = _own(home, there, section.most_candidates)
    rows: list[np.ndarray] = []
    for block in range(len(home)):
        first = np.array(own.get(block, []), int)
        others = near[block][~np.isin(near[block], first)][: most - len(first)]
        known = np.concatenate([first, others])
        km = np.hypot(*(there[known] - home[block]).T)
        inside = np.flatnonzero(km <= reach_km[block])
        # Of two as far the first one by name.
        order = inside[np.lexsort((known[inside], km[inside]))]
        rows.append(np.column_stack([np.full(len(order), block), known[order], km[order]]))
    block, station, km = np.concatenate(rows).T
    km *= detour[block.astype(int)]
    start = np.searchsorted(block, np.arange(len(home) + 1))
    return Candidates(start, station.astype(np.int32), km, km / kmh[block.astype(int)])


def _points(rows: np.ndarray) -> np.ndarray:
    return np.column_stack([rows["x_km"], rows["y_km"]])


def _own(home: np.ndarray, there: np.ndarray, most: int) -> dict[int, list[int]]:
    """By block, the stations that are nearer to no other one, or to none that has room left."""
    found: dict[int, list[int]] = {}
    few = min(len(home), NEAREST_BLOCKS)
    _, near = cKDTree(home).query(there, k=[*range(1, few + 1)])
    for station, blocks in enumerate(near.tolist()):
        for block in blocks:
            if len(found.get(block, [])) < most:
                found.setdefault(block, []).append(station)
                break
    return found


NEAREST_BLOCKS = 8  # that are tried for a station


def speeds(tables: Tables, zones: Zones) -> tuple[np.ndarray, np.ndarray]:
    """km/h and detour of every zone, [zone]."""
    groups = [tables.group_of[row.district] for row in tables.districts]
    district = zones.rows["district"]
    kmh = np.array([group.kmh for group in groups])
    detour = np.array([group.detour for group in groups])
    return kmh[district], detour[district]


def unreached(
    section: RegionSection, zones: Zones, blocks: Blocks, found: Candidates
) -> Iterator[str]:
    """A sentence for each zone with drivers who could go nowhere."""
    lonely = blocks.rows["zone"][np.diff(found.start) == 0]
    for zone in np.unique(lonely).tolist():
        yield (
            f"zone `{zones.names[zone]}` has no station within `region.reach_min` = "
            f"{section.reach_min:g} minutes"
        )
