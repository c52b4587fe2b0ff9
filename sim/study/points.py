"""A posterior that is kept: the values of inputs that agree with what was observed.

A table has a column for each input and a row for each point, all of them equally likely; a JSON
file beside it says what they were made from.  Replication r of every design is run at point r, so
that designs differ by what was changed, and by nothing else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from sim.config.folder import configs_dir
from sim.stats import inputs
from sim.stats.inputs import Cfg, Input
from sim.stats.prior import Prior
from sim.study import store

DIGITS = 9  # significant ones of a value


@dataclass(frozen=True)
class Points:
    """Points of the space of inputs, and what a config said of them when they were made.

    Attributes
    ----------
    known : all inputs of such a case, by name.
    maker : the experiment that makes them.
    stem : what its files are called.
    names : of the inputs.
    points : [point, input].
    expected : by input, its value in the config that was calibrated.
    made : what it was made from: the name of the table of inputs, and hashes.
    """

    known: ClassVar[Mapping[str, Input]]
    maker: ClassVar[str]
    stem: ClassVar[str]

    names: tuple[str, ...]
    points: np.ndarray
    expected: Mapping[str, float]
    made: Mapping[str, Any]

    def point(self, replication: int, cfg: Cfg) -> dict[str, float]:
        """What holds in a replication, the first again after the last.

        An input that a config has at another value than the one that was calibrated has been
        decided by whoever set it: it stays there.
        """
        row = self.points[replication % len(self.points)].tolist()
        return {
            name: value
            for name, value in zip(self.names, row, strict=True)
            if isclose(self.known[name].value(cfg), self.expected[name], rel_tol=1e-6)
        }

    def write(self, folder: Path) -> list[Path]:
        """Both files."""
        table, facts = folder / f"{self.stem}.csv", folder / f"{self.stem}.json"
        values = pd.DataFrame(self.points, columns=list(self.names))
        text = values.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        store.write_text(table, text)
        made = {
            "made": dict(self.made), "expected": dict(self.expected),
            "points": store.file_digest(table),
        }  # fmt: skip
        store.write_json(facts, made)
        return [table, facts]

    @classmethod
    def read(cls, name: str, problems: list[str]) -> Self | None:
        """Those of that name; adds a sentence to the problems where there are none, or where they
        do not fit their table of inputs."""
        remake = f"make it again with experiment={cls.maker}"
        path, facts = configs_dir() / name, configs_dir() / beside(name)
        for own in (path, facts):
            if not own.is_file():
                problems.append(f"there is no posterior {own.name}: {remake}")
                return None
        try:
            made = json.loads(facts.read_text("utf-8"))
            of, expected = made["made"], {str(k): float(v) for k, v in made["expected"].items()}
            table, digest = str(of["inputs"]["table"]), of["inputs"]["digest"]
            points = made["points"]
            values = pd.read_csv(path)
            rows = values.to_numpy(float)
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"{name} and what it was made from cannot be read: {remake}")
            return None
        names = [str(column) for column in values.columns]
        if store.file_digest(path) != points or not len(rows) or not np.isfinite(rows).all():
            problems.append(f"{name} is not as it was written: {remake}")
        elif names != [*expected] or any(own not in cls.known for own in names):
            problems.append(f"{name} has other inputs than those it was made from: {remake}")
        elif not _is(table, digest) or names != list(inputs.read(table, Prior, cls.known, [])):
            problems.append(f"{name} was made from another {table}: {remake}")
        else:
            return cls(tuple(names), rows, expected, of)
        return None


def beside(name: str) -> str:
    """What a posterior of that name was made from."""
    return f"{name.removesuffix('.csv')}.json"


def _is(table: str, digest: str) -> bool:
    path = configs_dir() / table
    return path.is_file() and store.file_digest(path) == digest
