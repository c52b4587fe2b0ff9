"""Travel: which stations a driver at a zone weighs, and how long the way there takes.

A way is the straight line times the detour of the group of districts where the zone is, at the
group's speed: what the roads really are is not known to the region.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from sim.region.schema import RegionSection
from sim.region.stations import Stations
from sim.region.tables import Tables
from sim.region.zones import Zones


@dataclass(frozen=True)
class Candidates:
    """Stations in reach of every zone, the nearest first, as compressed rows.

    Attributes
    ----------
    start : where those of a zone begin, int64, [zones + 1].
    station : their numbers, int32.
    km, h : the way there, and as far back.
    """

    start: np.ndarray
    station: np.ndarray
    km: np.ndarray
    h: np.ndarray

    def of(self, zone: int) -> slice:
        """Where the rows of a zone are."""
        return slice(int(self.start[zone]), int(self.start[zone + 1]))


def candidates(
    section: RegionSection, tables: Tables, zones: Zones, stations: Stations
) -> Candidates:
    """At most `most_candidates` of every zone, by time, all within `reach_min`."""
    kmh, detour = speeds(tables, zones)
    most = min(section.most_candidates, len(stations.names))
    tree = cKDTree(np.column_stack([stations.rows["x_km"], stations.rows["y_km"]]))
    homes = np.column_stack([zones.rows["x_km"], zones.rows["y_km"]])
    far, near = tree.query(homes, k=[*range(1, most + 1)])
    order = np.lexsort((near, far))  # of two as far the first one by name
    far, near = (np.take_along_axis(own, order, axis=1) for own in (far, near))
    km = far * detour[:, None]
    h = km / kmh[:, None]
    inside = h * 60.0 <= section.reach_min
    start = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
    return Candidates(start, near[inside].astype(np.int32), km[inside], h[inside])


def speeds(tables: Tables, zones: Zones) -> tuple[np.ndarray, np.ndarray]:
    """km/h and detour of every zone, [zone]."""
    groups = [tables.group_of[row.district] for row in tables.districts]
    district = zones.rows["district"]
    kmh = np.array([group.kmh for group in groups])
    detour = np.array([group.detour for group in groups])
    return kmh[district], detour[district]


def unreached(section: RegionSection, zones: Zones, found: Candidates) -> Iterator[str]:
    """A sentence for each zone whose drivers could go nowhere."""
    for zone in np.flatnonzero(np.diff(found.start) == 0).tolist():
        yield (
            f"zone `{zones.names[zone]}` has no station within `region.reach_min` = "
            f"{section.reach_min:g} minutes"
        )
