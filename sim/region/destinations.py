"""Where people go: to zones that draw them, near ones more likely."""

import numpy as np

from sim.region.region import Region
from sim.region.zones import weights


class Destinations:
    """Chances of the zones of a region, for trips that begin in one of its districts.

    A zone draws in proportion to what its land use weighs (`works`, `visits`), to the NEVs of its
    district, and to exp(-distance / `decay_km`).
    """

    def __init__(self, region: Region, district: int) -> None:
        zones = region.zones
        self._home = zones.of(district)
        at = np.column_stack([zones.rows["x_km"], zones.rows["y_km"]])
        far = np.hypot(*(at[self._home][:, None] - at).transpose(2, 0, 1))
        near = np.exp(-far / region.section.living.decay_km)
        self._ends = {of: self._cumulated(near * self._drawing(region, of)) for of in
                      ("works", "visits")}  # fmt: skip

    def drawn(self, of: str, home: np.ndarray, u: np.ndarray) -> np.ndarray:
        """A zone for each of the uniforms, of somebody who lives at zone number `home`."""
        ends = self._ends[of]
        row = np.searchsorted(self._home, home)
        on = np.searchsorted(ends.ravel(), row + u, side="right") - row * ends.shape[1]
        found: np.ndarray = np.minimum(on, ends.shape[1] - 1)
        return found

    @staticmethod
    def _drawing(region: Region, of: str) -> np.ndarray:
        zones = region.zones
        own = weights(zones, region.tables, of)
        district, many = zones.rows["district"], len(region.tables.districts)
        nevs = np.bincount(district, region.nevs.sum(axis=(1, 2, 3)), many)
        total = np.bincount(district, own, many)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: np.ndarray = own * np.where(total > 0.0, nevs / total, 0.0)[district]
        return found

    @staticmethod
    def _cumulated(chances: np.ndarray) -> np.ndarray:
        """Row n rises from n to n + 1, so that one search finds the end of any row."""
        ends = np.cumsum(chances, axis=1)
        found: np.ndarray = ends / ends[:, -1:] + np.arange(len(ends))[:, None]
        return found
