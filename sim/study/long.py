"""The long table of a sweep: design x case x station x figure, in one Parquet file."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path
from typing import Any, Self

from sim.config.numerals import number
from sim.stats.estimate import Metric
from sim.study import store
from sim.study.case import Replication
from sim.study.results import CHANGE, Results

NAME = "study.parquet"


class Long:
    """Rows of one design after another, written as they come; the file is there once all are.

    Columns: `design`; the swept settings, numbers where all of them are; `case` (a design within
    the question, such as `holiday`), `station` (empty: all together), `metric`; `mean, low, high,
    n`; `change, change_low, change_high` against the same of the baseline, paired by replication.
    """

    def __init__(self, folder: Path, designs: Sequence[Mapping[str, str]]) -> None:
        self.path = folder / NAME
        keys = dict.fromkeys(key for own in designs for key in own)
        self._numeric = {
            key: all(number(own.get(key, "")) is not None for own in designs) for key in keys
        }
        self._stack = ExitStack()
        self._append: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._stack.__exit__(*failure)

    def add(
        self, design: str, settings: Mapping[str, str], own: Results, base: Results | None
    ) -> None:
        """The rows of one design."""
        found = own.frame(base if base is not None else own)
        if base is None:
            found[[*CHANGE]] = float("nan")
        found = found.rename(columns={"design": "case"}).astype({"case": str, "station": str})
        for key, is_number in reversed(self._numeric.items()):
            text = settings.get(key, "")
            found.insert(0, key, number(text) if is_number else text)
        found.insert(0, "design", design)
        if self._append is None:
            self._append = self._stack.enter_context(store.table_writer(self.path))
        self._append(found)


def of_samples(samples: Mapping[str, Sequence[float]]) -> Results:
    """Of a question that says no more than a few figures by replication."""
    n = min(map(len, samples.values()), default=0)
    metrics = {key: Metric(key, least=-inf) for key in samples}
    each = [Replication({key: own[r] for key, own in samples.items()}) for r in range(n)]
    return Results({"": each} if each else {}, metrics)
