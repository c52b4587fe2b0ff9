"""What energy costs at a station, by the hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

WEEK = 168  # hours
PERIODS = (24, WEEK)


@dataclass(frozen=True)
class Tariff:
    """Prices of what a battery gets, of each hour of a day or of a week, over and over.

    The first hour is that in which the run begins.
    """

    name: str
    cny_per_kwh: tuple[float, ...]

    @property
    def week(self) -> tuple[float, ...]:
        """The price of each hour of a week."""
        return self.cny_per_kwh * (WEEK // len(self.cny_per_kwh))


def table(tariffs: Sequence[Tariff]) -> np.ndarray:
    """Prices [tariff, hour of the week]."""
    return np.array([tariff.week for tariff in tariffs], np.float64).reshape(-1, WEEK)


def impossible(tariffs: Sequence[Tariff]) -> Iterator[str]:
    """Why somebody could not be charged by these."""
    for tariff in tariffs:
        hours = len(tariff.cny_per_kwh)
        if hours not in PERIODS:
            yield f"tariff {tariff.name} has prices of {hours} hours: it must be 24 or 168"
        if not all(isfinite(price) for price in tariff.cny_per_kwh):
            yield f"tariff {tariff.name} has a price that is no number"
