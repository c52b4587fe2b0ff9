"""Two answers, or two designs, replication by replication: who has more, who less, how sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.archive import frames
from sim.archive.differences import settings
from sim.archive.studies import Study
from sim.config.problems import InputError, did_you_mean
from sim.report.changes import Change, metric, ordered
from sim.report.finding import Finding, found, station
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric
from sim.study import kept

WORLDS = "worlds_"  # begins the names of designs that were run at the points of a posterior
Pair = tuple[np.ndarray, np.ndarray]  # values of both by replication
DRAWN = ("network", "demand", "reference", "fleet", "corridor", "engine")  # what traffic depends on


@dataclass(frozen=True)
class Side:
    """A design of a study, and what is kept of its replications by number."""

    study: Study
    design: str
    figures: pd.DataFrame  # indexed by the number of the replication
    stations: pd.DataFrame  # indexed by the same and by station; courses over the hours, too

    @classmethod
    def of(cls, study: Study, design: str) -> Side:
        own = [r for r in frames.replications(study) if r.design == design]
        figures = pd.DataFrame([dict(r.figures) for r in own], index=[r.number for r in own])
        tables = [r.stations.set_index("station") for r in own if "station" in r.stations]
        stations = pd.concat(tables, keys=[r.number for r in own]) if tables else pd.DataFrame()
        return cls(study, design, figures, stations)

    def course(self, name: str, numbers: Sequence[int]) -> pd.Series[Any] | None:
        """By station, the mean over these replications of what is kept of every hour."""
        column = kept.HOURS + name
        if column not in self.stations:
            return None
        own = self.stations.loc[self.stations.index.isin(numbers, level=0), column]
        return own.groupby(level=1, sort=False).agg(lambda each: np.mean([*each], axis=0))


@dataclass(frozen=True)
class Comparison:
    """One side and another one, paired by the number of the replication."""

    one: Side
    other: Side

    @property
    def numbers(self) -> list[int]:
        """Of the replications that both have."""
        return sorted(set(self.one.figures.index) & set(self.other.figures.index))

    @property
    def over_worlds(self) -> bool:
        return self.one.design.startswith(WORLDS) and self.other.design.startswith(WORLDS)

    @cached_property
    def draws(self) -> Finding:
        """Whether both met the same EVs."""
        a, b = (side.study.manifest.get("seed") for side in (self.one, self.other))
        if a != b:
            return found("compare.apart", one=str(a), other=str(b))
        differ = settings(self.one.study, self.other.study)
        traffic = [key for key in differ if key.partition(".")[0] in DRAWN]
        same = self.one.design.removeprefix(WORLDS) == self.other.design.removeprefix(WORLDS)
        if traffic or not same:
            return found("compare.seed")
        return found("compare.common")

    @cached_property
    def figures(self) -> dict[str, Change]:
        """By figure of everything together: of one, of the other, and the change."""
        found = {}
        for key in self.keys("figures"):
            a, b = (side.figures[key].reindex(self.numbers) for side in (self.one, self.other))
            if pair := _pair(a, b):
                found[key] = _compared([pair], metric(key))[0]
        return found

    def stations(self, key: str) -> dict[str, Change]:
        """The same of a figure of every station that both have; the greatest fall comes first.

        Raises `InputError` where there is no such figure.
        """
        known = self.keys("stations")
        if key not in known:
            raise InputError(f"no figure `{key}` of stations is kept{did_you_mean(key, known)}")
        pairs = dict(self._pairs(key))
        own = dict(zip(pairs, _compared([*pairs.values()], metric(key)), strict=True))
        return {name: own[name] for name in ordered(own)}

    def keys(self, table: str) -> list[str]:
        """Columns that both tables of that name have, of one number each."""
        a, b = (getattr(side, table) for side in (self.one, self.other))
        return [str(key) for key in a if key in b and not str(key).startswith(kept.HOURS)]

    def _pairs(self, key: str) -> Iterator[tuple[str, Pair]]:
        """By station, the values of both by replication."""
        a, b = (
            side.stations[key].unstack(level=0)[self.numbers] for side in (self.one, self.other)
        )
        for name in a.index.intersection(b.index, sort=False):
            if pair := _pair(a.loc[name], b.loc[name]):
                yield str(name), pair

    def name(self, say: Words, key: str) -> str:
        """What people call a station, where the answer tells."""
        own = next((own for own in self.places if own["station"] == key), None)
        return say(station(own)) if own else key

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """The stations, where the answer tells who they are."""
        rows = self.one.study.answer.get("places", [])
        return [own for own in rows if own.keys() >= {"station", "name_en", "name_zh", "side"}]

    def table(self) -> pd.DataFrame:
        """Every change, a row each; `station` is empty for figures of everything together."""
        rows = [_row("", key, *own) for key, own in self.figures.items()]
        for key in self.keys("stations"):
            for name, (x, y) in self._pairs(key):
                by = Estimate.change(x, y, metric(key))
                one, other = (Estimate(float(own.mean()), None, None) for own in (x, y))
                rows.append(_row(name, key, one, other, by))
        return pd.DataFrame(rows)


def of(one: Study, other: Study, designs: Sequence[str]) -> Comparison:
    """Raises `InputError` where there is nothing kept to compare.

    `designs` : one of each, or none: the first that both have, worlds before luck.
    """
    have = [list(dict.fromkeys(r.design for r in frames.replications(s))) for s in (one, other)]
    for study, own in zip((one, other), have, strict=True):
        if not own:
            raise InputError(f"nothing is kept of the replications of `{study.name}`")
    if not designs:
        both = [name for name in have[0] if name in have[1]]
        if not both:
            raise InputError(f"`{one.name}` and `{other.name}` have no design in common")
        first = min(both, key=lambda name: (not name.startswith(WORLDS), both.index(name)))
        designs = (first, first)
    for name, study, own in zip(designs, (one, other), have, strict=True):
        if name not in own:
            raise InputError(f"`{study.name}` has no design `{name}`{did_you_mean(name, own)}")
    compared = Comparison(Side.of(one, designs[0]), Side.of(other, designs[1]))
    if len(compared.numbers) < 2:
        raise InputError("fewer than 2 replications are in both: there is no interval of a change")
    return compared


def _pair(a: pd.Series[Any], b: pd.Series[Any]) -> Pair | None:
    """Numbers of both; None where a replication has no such figure."""
    x, y = (pd.to_numeric(own, errors="coerce").to_numpy(float) for own in (a, b))
    return None if np.isnan(x).any() or np.isnan(y).any() else (x, y)


def _compared(pairs: Sequence[Pair], own: Metric) -> list[Change]:
    """Of one, of the other, and the change, of each pair."""
    if not pairs:
        return []
    one, other = (Estimate.each(np.array(rows), own) for rows in zip(*pairs, strict=True))
    by = [Estimate.change(x, y, own) for x, y in pairs]
    return [Change(*three) for three in zip(one, other, by, strict=True)]


def _row(name: str, key: str, one: Estimate, other: Estimate, change: Estimate) -> dict[str, Any]:
    return {
        "station": name, "metric": key, "one": one.mean, "other": other.mean,
        "change": change.mean, "low": change.low, "high": change.high, "n": change.n,
        "correlation": change.correlation,
    }  # fmt: skip
