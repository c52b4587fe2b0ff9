"""Where people go: to blocks that draw them, near ones more likely."""

import numpy as np

from sim.region.region import Region
from sim.region.zones import weights


class Destinations:
    """Chances of the blocks of a region, for trips that begin in one of its districts.

    A zone draws in proportion to what its land use weighs (`works`, `visits`), to the NEVs of its
    district, and each of its blocks by its share, and by exp(-distance / `decay_km`).
    """

    def __init__(self, region: Region, district: int) -> None:
        rows = region.blocks.rows
        self._home = np.flatnonzero(region.zones.rows["district"][rows["zone"]] == district)
        at = np.column_stack([rows["x_km"], rows["y_km"]])
        far = np.hypot(*(at[self._home][:, None] - at).transpose(2, 0, 1))
        self._ends = {of: self._cumulated(far, region, of) for of in ("works", "visits")}

    def drawn(self, of: str, home: np.ndarray, u: np.ndarray) -> np.ndarray:
        """A block for each of the uniforms, of somebody who lives in block number `home`."""
        ends = self._ends[of]
        row = np.searchsorted(self._home, home)
        on = np.searchsorted(ends.ravel(), row + u, side="right") - row * ends.shape[1]
        found: np.ndarray = np.minimum(on, ends.shape[1] - 1)
        return found

    @staticmethod
    def _cumulated(far: np.ndarray, region: Region, of: str) -> np.ndarray:
        """Chances that add up along a row: row n rises from n to n + 1, so that one search finds
        the end of any row."""
        drawing = _drawing(region, of)
        nearest = far[:, drawing > 0.0].min(axis=1, keepdims=True)  # so that no chance is lost
        further = np.maximum(far - nearest, 0.0)
        ends = np.cumsum(drawing * np.exp(-further / region.section.living.decay_km), axis=1)
        found: np.ndarray = ends / ends[:, -1:] + np.arange(len(ends))[:, None]
        return found


def _drawing(region: Region, of: str) -> np.ndarray:
    """How much each block draws, wherever somebody comes from: the NEVs of its district, spread by
    land use, [block]."""
    zones = region.zones
    own = weights(zones, region.tables, of)
    district, many = zones.rows["district"], len(region.tables.districts)
    nevs = np.bincount(district, region.nevs.sum(axis=(1, 2, 3)), many)
    total = np.bincount(district, own, many)
    with np.errstate(invalid="ignore", divide="ignore"):
        per_zone = own * np.where(total > 0.0, nevs / total, 0.0)[district]
    found: np.ndarray = per_zone[region.blocks.rows["zone"]] * region.blocks.share
    return found
