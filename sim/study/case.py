"""What is simulated, and what one replication of it finds: all that a study knows of either.

A case is roads with their drivers, a corridor with its trucks, or whatever comes: a folder of its
own says how it is drawn, run and measured.  `Study` runs any of them and imports none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import pandas as pd

from sim.stats.estimate import Metric

Made = TypeVar("Made")


class Case(Protocol):
    """One design of something that can be simulated.

    To pickle it takes little: workers get many of them.

    Attributes
    ----------
    key : names its settings and tables, as far as figures depend on them.
    traffic : names all that its EVs are drawn from: designs that share it meet the very same ones.
    works : the module of the functions that run it.  What they find depends on its sources, and on
        those of all that it imports.
    metrics : its key figures, by name.
    """

    works: str
    metrics: Mapping[str, Metric]

    @property
    def key(self) -> str: ...

    @property
    def traffic(self) -> str: ...

    def with_(self, **changes: Any) -> Self:
        """The same with other settings, by their dotted paths: `{"demand.scale": 1.1}`."""
        ...


@dataclass(frozen=True)
class Replication:
    """What one replication of a case found.

    Attributes
    ----------
    figures : key figures of everything together, by name: numbers, None where one does not exist.
    stations : key figures of every station, a row each, its name in the column `station`.
    hours : courses over the hours, by name, each [station, hour].
    counts : how many were drawn, and other sizes of the run; `runs`, if it is made of several.
    more : all else, as plain JSON.
    seconds : of processor time, by part of the work.
    tables : wide tables, by file name, to be written beside what is kept; not kept in memory.
    """

    figures: Mapping[str, Any] = field(default_factory=dict)
    stations: pd.DataFrame = field(default_factory=pd.DataFrame)
    hours: Mapping[str, np.ndarray] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


# What is done for a replication of a case, `work(case, replication, **asked)`: a function of a
# module, so that workers find it by its name; `asked` is plain JSON.
Work = Callable[..., Replication]


def usual(case: Case) -> Work:
    """The work that is done unless another is named: `figures` of the module of the case."""
    work: Work = import_module(case.works).figures
    return work


def remembered(most: int, name: str = "key") -> Callable[..., Callable[[Any], Made]]:
    """Decorate a function of a case, whose last `most` results are kept in this process for cases
    that agree in the attribute of that name."""

    def decorate(function: Callable[[Any], Made]) -> Callable[[Any], Made]:
        kept: dict[str, Made] = {}

        @wraps(function)
        def of(case: Any) -> Made:
            key = getattr(case, name)
            if key not in kept:
                while len(kept) >= most:
                    kept.pop(next(iter(kept)))
                kept[key] = function(case)
            return kept[key]

        return of

    return decorate
