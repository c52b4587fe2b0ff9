"""What the rule may look at, and what is true of a station whatever the rule says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.forty_percent_rule.designs import WEEK
from experiments.forty_percent_rule.settings import RuleStudySection
from sim import metrics
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.study.case import Replication
from sim.study.results import Results

HERE = Path(__file__).parent  # the messages of this study
EVERYDAY = "everyday"  # the mean of all hours of the ordinary week
WINDOWS = (*metrics.WINDOWS, EVERYDAY)


@dataclass(frozen=True)
class Measure:
    """A utilization that can be held against a threshold: which one, of what, over which hours."""

    definition: str = "time"
    unit: str = "station"
    window: str = "holiday_mean"

    @property
    def said(self) -> Finding:
        """`time utilization over all hours`."""
        over, definition = Term(f"rule.over.{self.window}"), Term(f"rule.of.{self.definition}")
        return found(f"rule.measure.{self.unit}", definition=definition, over=over)

    def __str__(self) -> str:
        return Words("en", HERE)(self.said)

    def values(self, results: Results, design: str) -> np.ndarray:
        """Of every station in every replication of a holiday [station, replication]."""
        everyday = self.window == EVERYDAY
        window = "holiday_mean" if everyday else self.window
        name = metrics.column(self.definition, window, self.unit)
        return results.stations(name, design + WEEK if everyday else design)


MEASURES = tuple(
    Measure(d, u, w) for u in metrics.UNITS for d in metrics.DEFINITIONS for w in WINDOWS
)


def of_rule(rule: Rule) -> Measure:
    """What the rule looks at."""
    return Measure(rule.definition, rule.unit, rule.window)


def described(rule: Rule) -> dict[str, Any]:
    """The rule in an answer; `told` gives its measure back."""
    return {
        "definition": rule.definition, "unit": rule.unit, "window": rule.window,
        "threshold": rule.threshold,
    }  # fmt: skip


def told(answer: Mapping[str, Any]) -> Measure:
    """The measure of the rule of an answer."""
    rule = answer["rule"]
    return Measure(rule["definition"], rule["unit"], rule["window"])


def rule_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The threshold and the measure of the rule of an answer, as messages name them."""
    return {"threshold": answer["rule"]["threshold"], "measure": told(answer).said}


def change(before: Sequence[float], after: Sequence[float]) -> dict[str, Any]:
    """Of after - before, paired by replication; it is shown with its sign."""
    return {**interval.paired_difference(before, after), "is_change": True}


def figure(replications: Sequence[Replication], column: str) -> np.ndarray:
    """A key figure [station, replication]."""
    return np.array([r.stations[column].to_numpy(float) for r in replications]).T


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
        own = results[design]
        visits = figure(own, "visits")
        lost = figure(own, "balked") + figure(own, "reneged")
        nobody = visits == 0
        return Service(
            np.where(nobody, np.nan, figure(own, "wait_min_p90")),
            np.where(nobody, np.nan, lost / np.where(nobody, 1.0, visits)),
            study.fails_wait_p90_min, study.fails_lost_share,
        )  # fmt: skip

    def fails_each(self) -> np.ndarray:
        """Whether service fails in a replication [station, replication]."""
        return (self.wait_p90_min > self.wait_limit_min) | (self.lost_share > self.lost_limit)

    def fails(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Whether service fails by the means over replications [station].

        With `weights` of the replications [resample, replication]: for each resample
        [station, resample].
        """
        w = np.ones((1, self.wait_p90_min.shape[1])) if weights is None else weights
        wait, lost = (weighted_mean(x, w) for x in (self.wait_p90_min, self.lost_share))
        found = (wait > self.wait_limit_min) | (lost > self.lost_limit)
        return found[:, 0] if weights is None else found


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means of `values` [station, replication] without its NaNs, for each row of `weights`
    [resample, replication]; 0 where there is nothing else."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0) @ weights.T
    of = known.astype(float) @ weights.T
    return np.divide(total, of, out=np.zeros_like(total), where=of > 0.0)
