"""A figure with how sure it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from sim.stats import interval

Interval = Literal["t", "bca"]


class Metric(NamedTuple):
    """A key figure: what its values can be, how its interval is made, how it is shown.

    Attributes
    ----------
    key : its name in results; its label is the message `metrics.<key>`.
    unit : one of `sim.report.language.UNITS`; "" for a plain number.
    digits : after the point, in that unit.
    least, most : no value, and no end of an interval, lies beyond.
    interval : Student's t, or the BCa bootstrap for what is skewed, such as quantiles.
    """

    key: str
    unit: str = ""
    digits: int = 1
    least: float = 0.0
    most: float = inf
    interval: Interval = "t"


@dataclass(frozen=True)
class Estimate:
    """Mean over replications with its 95 % interval.

    Attributes
    ----------
    mean, low, high : None where the figure does not exist.
    n : replications behind it; None where it is not a mean over replications.
    correlation : of a paired difference, that of the two designs; None where one does not vary.
    is_change : it is a difference, and shown with its sign.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int | None = None
    correlation: float | None = None
    is_change: bool = False

    @property
    def sign(self) -> int:
        """The gate of every claim that compares: 1 or -1 where the interval lies above or below 0,
        else 0.  Then nothing is said but that it is not shown."""
        if self.low is None or self.high is None:
            return 0
        return int(self.low > 0.0) - int(self.high < 0.0)

    def apart(self, other: "Estimate") -> int:
        """1 or -1 where its interval lies above or below all of another, else 0: surer than a
        paired difference."""
        if None in (self.low, self.high, other.low, other.high):
            return 0
        return int(self.low > other.high) - int(self.high < other.low)  # type: ignore[operator]

    @classmethod
    def of(cls, values: Sequence[float] | np.ndarray, metric: Metric) -> Self:
        """Of one value per replication."""
        x = np.asarray(values, float)
        if metric.interval == "bca":
            own = {name: float(rows[0]) for name, rows in interval.bootstrap(x).items()}
        else:
            own = interval.bounded(x, metric.least, metric.most)
        return cls(own["mean"], own["low"], own["high"], len(x))

    @classmethod
    def each(cls, rows: np.ndarray, metric: Metric) -> list[Self]:
        """Of every row [row, replication], as `of` has it."""
        x = np.atleast_2d(np.asarray(rows, float))
        if metric.interval != "bca" or not len(x):
            return [cls.of(row, metric) for row in x]
        ends = zip(*interval.bootstrap(x).values(), strict=True)  # at once: with the same draws
        return [cls(float(mean), float(low), float(high), x.shape[1]) for mean, low, high in ends]

    @classmethod
    def change(
        cls,
        before: Sequence[float] | np.ndarray,
        after: Sequence[float] | np.ndarray,
        metric: Metric,
    ) -> Self:
        """Of `after` - `before`, paired by replication on common random numbers."""
        most = metric.most - metric.least
        own = interval.paired_difference(before, after, most)
        return cls(own["mean"], own["low"], own["high"], len(after), own["correlation"], True)

    @property
    def ends(self) -> dict[str, Any]:
        """Mean and interval; of a change, its correlation too."""
        own = {"mean": self.mean, "low": self.low, "high": self.high}
        return own | {"correlation": self.correlation} if self.is_change else own

    def to_json(self) -> dict[str, Any]:
        """Without what is not there."""
        own: dict[str, Any] = {"mean": self.mean, "low": self.low, "high": self.high}
        if self.n is not None:
            own["n"] = self.n
        if self.is_change:
            own |= {"correlation": self.correlation, "is_change": True}
        return own

    @classmethod
    def from_json(cls, own: Mapping[str, Any]) -> Self:
        return cls(**own)
