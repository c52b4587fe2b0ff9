"""An answer as tables: what it says, and what is kept of its replications.

study = sim.load_study("results/holiday_highway")
study.numbers                                       # every number of the answer
study.stations.groupby(["design", "station"]).wait_min_p95.mean()
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from sim.archive import studies
from sim.archive.studies import Study
from sim.config.problems import InputError
from sim.stats.estimate import Estimate
from sim.study import kept, store
from sim.study.output import REPLICATIONS

COLUMNS = ("key", "value", "low", "high", "n")
ENDS = {"mean", "low", "high"}


def load_study(path: str | Path) -> "Frames":
    """The answer in a folder.  Raises `InputError` where there is none."""
    return Frames(studies.named(str(path)))


@dataclass(frozen=True)
class Frames:
    """An answer whose tables are read when they are asked for."""

    study: Study

    @property
    def manifest(self) -> Mapping[str, Any]:
        """How it was made."""
        return self.study.manifest

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """Every number of the answer, a row each: `key`, `value` (of an estimate its mean), and of
        estimates `low` and `high`, the ends of the 95 % interval, and `n` if it is known."""
        return pd.DataFrame(list(rows(self.study.numbers)), columns=list(COLUMNS))

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Key figures of everything together, a row for each `design` and `replication`."""
        return pd.DataFrame([{**own.place, **own.figures} for own in self._kept])

    @cached_property
    def stations(self) -> pd.DataFrame:
        """The same of every `station`."""
        each = []
        for own in self._kept:
            plain = [name for name in own.stations if not str(name).startswith(kept.HOURS)]
            each.append(own.stations[plain].assign(**own.place))
        if not each:
            return pd.DataFrame()
        table = pd.concat(each, ignore_index=True)
        first = ["design", "replication"]
        return table[[*first, *table.columns.drop(first)]]

    def table(self, name: str, design: str = "", replication: int = 0) -> pd.DataFrame:
        """A wide table of one replication, such as `sessions`; of the first design if none is
        named.  Raises `InputError` where it is not kept."""
        folder = self.study.path / REPLICATIONS
        first = next((own.place["design"] for own in self._kept), "")
        path = folder / (design or first) / f"r{replication:03d}" / f"{name}.parquet"
        if f"{name}.parquet" not in kept.TABLES or not path.is_file():
            raise InputError(f"`{path}` is not there")
        return pd.read_parquet(path)

    @cached_property
    def _kept(self) -> list["Replication"]:
        return list(replications(self.study))


@dataclass(frozen=True)
class Replication:
    """What is kept of one: its `design` and number, its figures, those of its stations."""

    design: str
    number: int
    figures: Mapping[str, Any]
    stations: pd.DataFrame

    @property
    def place(self) -> dict[str, Any]:
        return {"design": self.design, "replication": self.number}


def replications(study: Study) -> Iterator[Replication]:
    """Those of an answer, by design and number; designs without a name are called by their key.

    Raises `InputError` where one is not as it was written.
    """
    folder = study.path / REPLICATIONS
    for path in sorted(kept_in(folder)):
        try:
            table, own = store.opened(path)
        except store.Damaged as error:
            raise InputError(f"`{path}` {error}: run the study again to mend it") from None
        design = path.relative_to(folder).parts[0]
        number = int(own["whose"]["replication"])
        yield Replication(design, number, own["facts"]["figures"], table)


def kept_in(folder: Path) -> list[Path]:
    """Files of figures, of designs by name and of those by key."""
    return [*folder.glob("*/r*/figures-*.parquet"), *folder.glob("*/r*.parquet")]


def rows(value: Any, key: str = "") -> Iterator[dict[str, Any]]:
    """Every number in an answer, with its dotted key; what is listed is numbered from 0."""
    match value:
        case Estimate():
            yield _row(key, value.mean, value.low, value.high, value.n)
        case bool() | None | str():
            return
        case int() | float():
            yield _row(key, value)
        case Mapping():
            left = dict(value)
            if value.keys() >= ENDS and all(_is_number(value[end]) for end in ENDS):
                mean, low, high = (left.pop(end) for end in ("mean", "low", "high"))
                yield _row(key, mean, low, high, left.pop("n", None))
            for name, own in left.items():
                yield from rows(own, f"{key}.{name}".removeprefix("."))
        case list() | tuple():
            for n, own in enumerate(value):
                yield from rows(own, f"{key}[{n}]")


def _row(
    key: str, value: float | None, low: float | None = None, high: float | None = None,
    n: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {"key": key, "value": value, "low": low, "high": high, "n": n}


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    )
