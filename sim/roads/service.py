"""Where a holiday went wrong for the drivers, by what they waited and how many were lost."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.stats.interval import weighted_mean
from sim.study.results import Results


class Limits(Protocol):
    """When service fails: a P90 wait, or a share of the visits lost, of more than this."""

    @property
    def fails_wait_p90_min(self) -> float: ...
    @property
    def fails_lost_share(self) -> float: ...


@dataclass(frozen=True)
class Service:
    """How a holiday went for the drivers: by station and replication, and when that is a failure.

    A replication in which nobody came to a station says nothing about its service (NaN); a
    station to which nobody ever comes does not fail.

    Attributes
    ----------
    wait_p90_min : P90 of the wait of those who joined the line or plugged in at once.
    lost_share : those who balked or reneged, of all visits.
    """

    wait_p90_min: np.ndarray
    lost_share: np.ndarray
    wait_limit_min: float
    lost_limit: float

    @staticmethod
    def of(results: Results, design: str, limits: Limits) -> "Service":
        wait, visits, balked, reneged = (
            results.stations(name, design)
            for name in ("wait_min_p90", "visits", "balked", "reneged")
        )
        visits = np.where(visits == 0, np.nan, visits)
        return Service(
            np.where(np.isnan(visits), np.nan, wait), (balked + reneged) / visits,
            limits.fails_wait_p90_min, limits.fails_lost_share,
        )  # fmt: skip

    def _is_failure(self, wait_min: np.ndarray, lost_share: np.ndarray) -> np.ndarray:
        found: np.ndarray = (wait_min > self.wait_limit_min) | (lost_share > self.lost_limit)
        return found

    def fails_each(self) -> np.ndarray:
        """Whether service fails in a replication [station, replication]."""
        return self._is_failure(self.wait_p90_min, self.lost_share)

    def fails(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Whether service fails by the means over replications [station].

        With `weights` of the replications [resample, replication]: for each resample
        [station, resample].
        """
        w = np.ones((1, self.wait_p90_min.shape[1])) if weights is None else weights
        means = (weighted_mean(x, w) for x in (self.wait_p90_min, self.lost_share))
        found = self._is_failure(*means)
        return found[:, 0] if weights is None else found
