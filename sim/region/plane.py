"""Positions: degrees on the map, kilometers on a plane about the middle of a region.

Where no table says where something is, it stands on a sunflower's spiral: evenly over a circle.
"""

from dataclasses import dataclass
from math import cos, pi, radians, sqrt

import numpy as np

DEGREE_KM = 111.3
GOLDEN = pi * (3.0 - sqrt(5.0))  # angle between neighbors of a sunflower


@dataclass(frozen=True)
class Plane:
    """Kilometers east (x) and north (y) of a point."""

    lon: float
    lat: float

    @property
    def _x_km(self) -> float:
        return DEGREE_KM * cos(radians(self.lat))

    def km(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.lon) * self._x_km, (lat - self.lat) * DEGREE_KM

    def degrees(self, x_km: np.ndarray, y_km: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Longitudes and latitudes."""
        return self.lon + x_km / self._x_km, self.lat + y_km / DEGREE_KM


def spiral(count: int, inner_km: float, outer_km: float) -> np.ndarray:
    """So many points, evenly over a ring about (0, 0), from its inside out: [point, (x, y)]."""
    k = np.arange(count)
    part = (k + 0.5) / max(1, count)
    r = np.sqrt(inner_km**2 + (outer_km**2 - inner_km**2) * part)
    return np.column_stack([r * np.cos(GOLDEN * k), r * np.sin(GOLDEN * k)])


def in_circle(u: np.ndarray, radius_km: np.ndarray) -> np.ndarray:
    """A point for each pair of uniforms [point, 2], evenly over a circle about (0, 0)."""
    r, angle = radius_km * np.sqrt(u[:, 0]), 2.0 * pi * u[:, 1]
    return np.column_stack([r * np.cos(angle), r * np.sin(angle)])
