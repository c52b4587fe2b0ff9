"""What is not known: inputs of a case, and how far each may move.

A question has a table of ranges and a mapping of inputs by name; no two of these touch the same
figure, so that they may be moved in any order and together.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter, model_validator

from sim.config import table
from sim.config.folder import configs_dir
from sim.config.problems import did_you_mean
from sim.config.table import Name, Row, Text, repeated
from sim.stats import streams
from sim.stats.streams import Distribution

Cfg = dict[str, Any]
FACTOR, SHIFT = "x", "SOC"  # units of what moves a config that has figures of its own
UNMOVED = {FACTOR: 1.0, SHIFT: 0.0}
LOCATIONS = ("value", "mean", "median", "low", "high")  # what a distribution may be moved by
MEAN_POINTS = 10_000
DISTRIBUTION: TypeAdapter[Any] = TypeAdapter(Distribution)


@dataclass(frozen=True)
class Input:
    """An assumption: what it is about, its unit, and the places of a config that it moves.

    In "x" it is a factor of what the config says, in "SOC" a shift of a SOC; else it is the value
    itself, of a distribution the mean, in the same shape.

    Attributes
    ----------
    places : dotted paths, in which `*` stands for every key.
    """

    group: str
    unit: str
    places: tuple[str, ...]

    def value(self, cfg: Cfg) -> float:
        """What a config says."""
        if self.unit in UNMOVED:
            return UNMOVED[self.unit]
        section, key = next(_at(cfg, self.places[0]))
        now = section[key]
        return mean(now) if isinstance(now, dict) else float(now)

    def set(self, cfg: Cfg, value: float) -> None:
        for place in self.places:
            for section, key in _at(cfg, place):
                section[key] = self._moved(section[key], value)

    def _moved(self, now: Any, value: float) -> Any:
        if self.unit == FACTOR:
            return times(now, value) if isinstance(now, dict) else now * value
        if self.unit == SHIFT:
            return shifted(now, value) if isinstance(now, dict) else _fuller(now, value)
        return scaled(now, value) if isinstance(now, dict) else value


def _at(cfg: Cfg, place: str) -> Iterator[tuple[Cfg, str]]:
    key, _, rest = place.partition(".")
    for own in list(cfg) if key == "*" else [key]:
        if rest:
            yield from _at(cfg[own] or {}, rest)  # a section that is null has no places
        elif own in cfg:
            yield cfg, own


# ---- distributions ---------------------------------------------------------------------------


def mean(distribution: Cfg) -> float:
    return streams.mean(DISTRIBUTION.validate_python(distribution), MEAN_POINTS)


def scaled(distribution: Cfg, to_mean: float) -> Cfg:
    """The same shape with that mean; what is always 0 has no shape and becomes that constant."""
    now = mean(distribution)
    if now == 0.0:
        return {"dist": "constant", "value": to_mean}
    return times(distribution, to_mean / now)


def times(distribution: Cfg, factor: float) -> Cfg:
    """The same shape, so many times as large."""
    return _each(distribution, lambda x: x * factor, factor)


def shifted(soc: Cfg, by: float) -> Cfg:
    """The same spread, so much fuller; nothing is fuller than full or emptier than empty."""
    return _each(soc, lambda x: _fuller(x, by), 1.0)


def _fuller(soc: float, by: float) -> float:
    return min(1.0, max(0.0, soc + by))


def _each(distribution: Cfg, location: Callable[[float], float], spread: float) -> Cfg:
    if distribution["dist"] == "mixture":
        parts = distribution["parts"]
        return distribution | {
            "parts": [part | {"of": _each(part["of"], location, spread)} for part in parts]
        }
    moved = {k: location(v) for k, v in distribution.items() if k in LOCATIONS}
    if "sd" in distribution:  # the sigma of a lognormal is of the logarithm
        moved["sd"] = distribution["sd"] * spread
    return distribution | moved


# ---- their ranges ----------------------------------------------------------------------------


class Range(Row):
    """How far one input may move; `source`: where this comes from, or that it is assumed."""

    input: Name
    unit: Text
    low: float
    high: float
    source: Text

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low is {self.low:g}, but must be below high, {self.high:g}")
        return self


AnyRange = TypeVar("AnyRange", bound=Range)


def read(
    name: str, row: type[AnyRange], inputs: Mapping[str, Input], problems: list[str]
) -> dict[str, AnyRange]:
    """The table of that name among the choices, a row for each of the inputs and in their order;
    what is wrong is added to the problems."""
    wrong: list[str] = []
    rows = table.read(configs_dir() / name, name, row, wrong)
    wrong += repeated(name, "input", [own.input for own in rows])
    for own in rows:
        if own.input not in inputs:
            known = did_you_mean(own.input, inputs)
            wrong.append(f"{name} has an unknown input `{own.input}`{known}")
        elif own.unit != (unit := inputs[own.input].unit):
            wrong.append(f"{name}: `{own.input}` is in {own.unit!r}, but must be in {unit!r}")
    found = {own.input: own for own in rows}
    if not wrong:
        wrong += [f"{name} lacks the input `{own}`" for own in inputs if own not in found]
    problems += wrong
    return {own: found[own] for own in inputs if own in found}
