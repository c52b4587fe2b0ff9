"""What the rule may look at, and what is true of a station whatever the rule says."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from experiments.forty_percent_rule.designs import WEEK
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
