"""Slow piles near home: where who has no charger of his own may leave his car overnight."""

from dataclasses import dataclass

import numpy as np

from sim.region.region import Region


@dataclass(frozen=True)
class Piles:
    """Slow stations on foot from every block, as compressed rows.

    Attributes
    ----------
    start : where those of a block begin, int64, [blocks + 1].
    station : their numbers, int32.
    up_to : EVSEs of these and of all before them, int64.
    """

    start: np.ndarray
    station: np.ndarray
    up_to: np.ndarray

    @classmethod
    def of(cls, region: Region) -> "Piles":
        """Those that drivers know around their block, within `living.walk_km` by the way there."""
        known, public = region.candidates, region.stations.rows
        is_slow = public["most_gun_kw"] < region.section.fast_kw
        some = is_slow[known.station] & (known.km <= region.section.living.walk_km)
        station = known.station[some]
        start = np.append(0, np.cumsum(some))[known.start]
        return cls(start, station, np.cumsum(public["guns"][station], dtype=np.int64))

    def near(self, block: np.ndarray, u: np.ndarray) -> np.ndarray:
        """A station for somebody of each of these blocks, by uniforms of [0, 1): each as likely as
        it has EVSEs.  -1 where there is none."""
        before = np.append(0, self.up_to)
        first, last = before[self.start[block]], before[self.start[block + 1]]
        evse = first + np.floor(u * (last - first)).astype(np.int64)
        row = np.minimum(np.searchsorted(self.up_to, evse, "right"), len(self.station) - 1)
        return np.where(last > first, self.station[row] if len(self.station) else -1, -1)
