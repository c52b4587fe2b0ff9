"""What designs came to, on common random numbers: every estimate and every paired change."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from sim.stats import interval
from sim.stats.estimate import Estimate, Metric
from sim.study.case import Replication

BASE = ""  # stands for the first design
CHANGE = ("change", "change_low", "change_high")


class Results:
    """Replications of designs, by the names of the designs; the first is the base, called "" too.

    Replication r of all designs met the same draws, so that changes are paired.

        results.estimate("wait_min_p95")                    # of the base
        results.change("wait_min_p95", "more_evses")        # than the base, paired
        results.stations("visits", "more_evses")            # [station, replication]

    Parameters
    ----------
    found : by design, the replications in the order of their numbers.
    metrics : the key figures by name: what they can be, and how sure one is of them.
    """

    def __init__(
        self, found: Mapping[Any, Sequence[Replication]], metrics: Mapping[str, Metric]
    ) -> None:
        self._found = {name: list(own) for name, own in found.items()}
        self.metrics = metrics

    def __getitem__(self, design: Any) -> Sequence[Replication]:
        return self._found[self._name(design)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def items(self) -> Iterator[tuple[Any, Sequence[Replication]]]:
        return iter(self._found.items())

    def _name(self, design: Hashable) -> Any:
        return next(iter(self._found)) if design == BASE and BASE not in self._found else design

    def and_(self, more: "Results") -> "Results":
        """With further replications, and further designs."""
        names = dict.fromkeys([*self, *more])
        found = {n: [*self._found.get(n, ()), *more._found.get(n, ())] for n in names}
        return Results(found, self.metrics or more.metrics)

    def only(self, designs: Iterable[Any]) -> "Results":
        """Of these designs, in this order."""
        return Results({name: self[name] for name in designs}, self.metrics)

    def at(self, station: str) -> "Results":
        """The same of one station: its key figures in place of those of everything together."""
        row = self.names().index(station)

        def figures(own: Replication) -> dict[str, Any]:
            return {str(k): v for k, v in own.stations.iloc[row].items() if k != "station"}

        return self._each(figures)

    def sums(self, **of: Iterable[str]) -> "Results":
        """With further key figures that are sums of others: `lost=("balked", "reneged")`."""
        more = {name: self.metrics[first]._replace(key=name) for name, (first, *_) in of.items()}

        def figures(own: Replication) -> Mapping[str, Any]:
            return {**own.figures, **{n: sum(own.figures[k] for k in ks) for n, ks in of.items()}}

        return Results(self._each(figures)._found, {**self.metrics, **more})

    def _each(self, figures: Callable[[Replication], Mapping[str, Any]]) -> "Results":
        found = {name: [replace(own, figures=figures(own)) for own in self[name]] for name in self}
        return Results(found, self.metrics)

    # ---- values ------------------------------------------------------------------------------

    def values(self, metric: str, design: Any = BASE) -> np.ndarray:
        """A figure of everything together, or a count, [replication]; NaN where it does not exist.

        Raises KeyError where there is none of that name.
        """
        each = [r.figures if metric in r.figures else r.counts for r in self[design]]
        return np.array([nan if own[metric] is None else own[metric] for own in each], float)

    def stations(self, column: str, design: Any = BASE) -> np.ndarray:
        """A figure of every station, [station, replication]."""
        return np.array([r.stations[column].to_numpy(float) for r in self[design]]).T

    def names(self) -> list[str]:
        """Of the stations, in the order of their numbers."""
        first: list[str] = self[BASE][0].stations["station"].tolist()
        return first

    def hours(self, name: str, design: Any = BASE) -> np.ndarray:
        """A course over the hours, [replication, station, hour]."""
        return np.array([r.hours[name] for r in self[design]])

    # ---- how sure ----------------------------------------------------------------------------

    def estimate(self, metric: str, design: Any = BASE) -> Estimate:
        """Mean over the replications of a design, with its 95 % interval."""
        return Estimate.of(self.values(metric, design), self.metrics[metric])

    def of_stations(self, column: str, design: Any = BASE) -> list[Estimate]:
        """The same of every station."""
        return Estimate.each(self.stations(column, design), self.metrics[column])

    def change(self, metric: str, design: Any, than: Any = BASE) -> Estimate:
        """How much more it is than in another design, paired by replication."""
        pair = self.values(metric, than), self.values(metric, design)
        return Estimate.change(*pair, self.metrics[metric])

    def compared(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By figure, estimates of all designs and their changes than the base, in order, and how
        they are shown: what `sim.report.comparison` takes."""
        return {
            key: {
                "unit": self.metrics[key].unit, "digits": self.metrics[key].digits,
                "of": [self.estimate(key, name) for name in self],
                "change": [self.change(key, name) for name in self],
            }
            for key in keys
        }  # fmt: skip

    def best(
        self, metric: str, among: Iterable[Any] | None = None, least: bool = False
    ) -> list[Any]:
        """Which designs may have the most (or the `least`) of it: that of the best mean, and all
        that are not told apart from it; see `interval.leaders`.  Only one: it is shown."""
        sign = -1.0 if least else 1.0
        names = self if among is None else among
        return interval.leaders(
            {name: (sign * self.values(metric, name)).tolist() for name in names}
        )

    def wide(self, aim: Iterable[str], half_width: float | None) -> dict[str, float]:
        """Half-widths, relative to the mean, of those of the figures of the base that are wider."""
        found = {}
        for metric in aim if half_width is not None else ():
            values = self.values(metric)
            middle, half = float(np.mean(values)), interval.half_width(values)
            if half > (half_width or 0.0) * middle > 0.0:
                found[metric] = half / middle
        return found

    def frame(self, than: "Results | None" = None) -> pd.DataFrame:
        """All estimates, a row each: `design, station, metric, mean, low, high, n`; `station` is
        empty for figures of everything together.  Only of figures that always exist.

        `than`: the same designs of another study on the same draws.  Then `change, change_low,
        change_high` are how much more it is here, paired by replication; NaN where it is not there.
        """
        rows: list[dict[str, Any]] = []
        for design in self:
            there = {} if than is None or design not in than else {
                (metric, station): own
                for names, metric, values in than._blocks(design)
                for station, own in zip(names, values, strict=True)
            }  # fmt: skip
            for names, metric, values in self._blocks(design):
                own = Estimate.each(values, self.metrics[metric])
                for station, one, x in zip(names, own, values, strict=True):
                    row = {"design": design, "station": station, "metric": metric}
                    ends = {"mean": one.mean, "low": one.low, "high": one.high, "n": one.n}
                    before = there.get((metric, station))
                    rows.append(row | ends | self._changed(metric, before, x))
        names = ["design", "station", "metric", "mean", "low", "high", "n"]
        return pd.DataFrame(rows, columns=names if than is None else [*names, *CHANGE])

    def _blocks(self, design: Any) -> Iterator[tuple[Sequence[str], str, np.ndarray]]:
        """By figure, of what it is and its values [station, replication]."""
        first = self[design][0]
        stations = first.stations.get("station", pd.Series(dtype=str)).tolist()
        together = (([""], key, self.values(key, design)[None])
                    for key in (*first.figures, *first.counts))  # fmt: skip
        each = ((stations, key, self.stations(key, design))
                for key in first.stations.columns.drop("station", errors="ignore"))  # fmt: skip
        for names, key, values in (*together, *each):
            if key in self.metrics and not np.isnan(values).any():
                yield names, key, values

    def _changed(self, metric: str, before: np.ndarray | None, after: np.ndarray) -> dict[str, Any]:
        if before is None:
            return dict.fromkeys(CHANGE, nan)
        n = min(len(before), len(after))
        if n < 2:
            return dict.fromkeys(CHANGE, nan)
        by = Estimate.change(before[:n], after[:n], self.metrics[metric])
        return dict(zip(CHANGE, (by.mean, by.low, by.high), strict=True))


def means(each: Sequence[Replication]) -> pd.DataFrame:
    """The table of stations, every figure the mean over replications."""
    table = each[0].stations.copy()
    names = table.columns.drop("station")
    table[names] = np.mean([own.stations[names].to_numpy(float) for own in each], axis=0)
    return table


def costs(each: Iterable[Replication]) -> dict[str, float]:
    """Seconds of processor time by part of the work, in whichever run it was done."""
    total: dict[str, float] = {}
    for own in each:
        for part, seconds in own.seconds.items():
            total[part] = total.get(part, 0.0) + seconds
    return total
