"""What the rule may look at, and what is true of a station whatever the rule says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.forty_percent_rule.designs import WEEK
from experiments.forty_percent_rule.settings import RuleStudySection
from sim import metrics
from sim.report.finding import Finding, Term, found
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.study.results import Results

HERE = Path(__file__).parent  # the messages of this study
EVERYDAY = "everyday"  # the mean of all hours of the ordinary week
WINDOWS = (*metrics.WINDOWS, EVERYDAY)


class Measure(NamedTuple):
    """A utilization that can be held against a threshold: which one, of what, over which hours."""

    definition: str = "time"
    unit: str = "station"
    window: str = "holiday_mean"

    @property
    def said(self) -> Finding:
        """`time utilization over all hours`."""
        over, definition = Term(f"rule.over.{self.window}"), Term(f"rule.of.{self.definition}")
        return found(f"rule.measure.{self.unit}", definition=definition, over=over)

    def values(self, results: Results, design: str) -> np.ndarray:
        """Of every station in every replication of a holiday [station, replication]."""
        everyday = self.window == EVERYDAY
        window = "holiday_mean" if everyday else self.window
        name = metrics.column(self.definition, window, self.unit)
        return results.stations(name, design + WEEK if everyday else design)


MEASURES = tuple(
    Measure(d, u, w) for u in metrics.UNITS for d in metrics.DEFINITIONS for w in WINDOWS
)
BY_STATION = tuple(m for m in MEASURES if m.unit == "station")  # all that one may read there


def of_rule(rule: Rule) -> Measure:
    """What the rule looks at."""
    return Measure(rule.definition, rule.unit, rule.window)


def described(rule: Rule) -> dict[str, Any]:
    """The rule in an answer; `told` gives its measure back."""
    return {**of_rule(rule)._asdict(), "threshold": rule.threshold}


def told(answer: Mapping[str, Any]) -> Measure:
    """The measure of the rule of an answer."""
    return Measure(*(answer["rule"][name] for name in Measure._fields))


def rule_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The threshold and the measure of the rule of an answer, as messages name them."""
    return {"threshold": answer["rule"]["threshold"], "measure": told(answer).said}


def of_measure(answer: Mapping[str, Any], measure: Measure | None = None) -> dict[str, Any]:
    """What a part found of one measure; of the rule's own, if none is named."""
    own: dict[str, Any] = answer["measures"][MEASURES.index(measure or told(answer))]
    return own


def change(
    before: Sequence[float] | np.ndarray, after: Sequence[float] | np.ndarray
) -> dict[str, Any]:
    """Of after - before, paired by replication; it is shown with its sign."""
    return {**interval.paired_difference(before, after), "is_change": True}


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
    def of(results: Results, design: str, study: RuleStudySection) -> "Service":
        wait, visits, balked, reneged = (
            results.stations(name, design)
            for name in ("wait_min_p90", "visits", "balked", "reneged")
        )
        visits = np.where(visits == 0, np.nan, visits)
        return Service(
            np.where(np.isnan(visits), np.nan, wait), (balked + reneged) / visits,
            study.fails_wait_p90_min, study.fails_lost_share,
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


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means of `values` [station, replication] without its NaNs, for each row of `weights`
    [resample, replication]; 0 where there is nothing else."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0) @ weights.T
    of = known.astype(float) @ weights.T
    return np.divide(total, of, out=np.zeros_like(total), where=of > 0.0)
