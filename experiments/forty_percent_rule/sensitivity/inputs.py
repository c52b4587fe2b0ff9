"""The assumptions that question 6 varies: what each is in the config, and how far it may move.

Their ranges are a table (`rule_study.sensitivity.inputs`).  No two of them touch the same figure,
so their changes may be made in any order and together.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Self

import numpy as np
from pydantic import TypeAdapter, ValidationError, model_validator

from experiments.forty_percent_rule.case import Ruled
from sim.config.folder import configs_dir
from sim.config.problems import InputError, did_you_mean, explain
from sim.config.table import Name, Row, Text, read, repeated
from sim.roads.scenario import Scenario, load
from sim.roads.schema import Config
from sim.stats.streams import Distribution

Cfg = dict[str, Any]
LOCATIONS = ("value", "mean", "median", "low", "high")  # what a distribution may be moved by
DISTRIBUTION: TypeAdapter[Any] = TypeAdapter(Distribution)


@dataclass(frozen=True)
class Input:
    """An assumption: what it is about, its unit, its value in a config, and how to set it.

    Those in "x" are factors of what the config says, so they are 1 there; those in "SOC" shifts
    of it, so they are 0.
    """

    group: str
    unit: str
    value: Callable[[Config], float]
    set: Callable[[Cfg, float], None]


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


# ---- distributions ---------------------------------------------------------------------------


def mean(distribution: Any) -> float:
    return float(distribution.quantile((np.arange(10_000) + 0.5) / 10_000).mean())


def scaled(distribution: Cfg, to_mean: float) -> Cfg:
    """The same shape with that mean; what is always 0 has no shape and becomes that constant."""
    now = mean(DISTRIBUTION.validate_python(distribution))
    if now == 0.0:
        return {"dist": "constant", "value": to_mean}
    factor = to_mean / now
    return _each(distribution, lambda x: x * factor, lambda spread: spread * factor)


def shifted(soc: Cfg, by: float) -> Cfg:
    """The same spread, so much fuller; nothing is fuller than full or emptier than empty."""
    return _each(soc, lambda x: min(1.0, max(0.0, x + by)), lambda spread: spread)


def _each(
    distribution: Cfg, location: Callable[[float], float], spread: Callable[[float], float]
) -> Cfg:
    if distribution["dist"] == "mixture":
        parts = distribution["parts"]
        return distribution | {
            "parts": [part | {"of": _each(part["of"], location, spread)} for part in parts]
        }
    moved = {k: location(v) for k, v in distribution.items() if k in LOCATIONS}
    if "sd" in distribution:  # the sigma of a lognormal is of the logarithm
        moved["sd"] = spread(distribution["sd"])
    return distribution | moved


# ---- the inputs ------------------------------------------------------------------------------


def _demand(cfg: Cfg, factor: float) -> None:
    cfg["demand"]["scale"] *= factor  # that of the ordinary week follows


def _trip_length(cfg: Cfg, factor: float) -> None:
    for section in (cfg["demand"], cfg["reference"]):
        section["crossing_km"] *= factor
        for kind in section["kinds"].values():
            kind["deterrence_km"] *= factor


def _entry_soc(cfg: Cfg, by: float) -> None:
    fleet = cfg["fleet"]
    fleet["entry_soc"] = {kind: shifted(soc, by) for kind, soc in fleet["entry_soc"].items()}


def _target_soc(cfg: Cfg, by: float) -> None:
    cfg["fleet"]["target_soc"] = shifted(cfg["fleet"]["target_soc"], by)


def _power(cfg: Cfg, factor: float) -> None:
    for evse in cfg["station"]["evse_classes"].values():
        evse["kw"] *= factor
        evse["amps"] *= factor
    for cabinet in cfg["station"]["cabinet_types"].values():
        cabinet["kw"] *= factor


def _availability(cfg: Cfg, share: float) -> None:
    failures = cfg["station"]["failures"]
    failures["mtbf_h"] = failures["mttr_h"] * share / (1.0 - share) if share < 1.0 else inf


def _available(config: Config) -> float:
    failures = config.station.failures
    return failures.mtbf_h / (failures.mtbf_h + failures.mttr_h)


def _plan_ahead(cfg: Cfg, share: float) -> None:
    cfg["fleet"]["plan_ahead_share"] = share


def _mean_of(group: str, unit: str, name: str) -> Input:
    """A distribution of the fleet by its mean, in the same shape."""

    def set_mean(cfg: Cfg, value: float) -> None:
        cfg["fleet"][name] = scaled(cfg["fleet"][name], value)

    return Input(group, unit, lambda c: mean(getattr(c.fleet, name)), set_mean)


DEMAND = "demand"  # the one that is fitted ...
MOST_FITTED = 3.0  # ... anew for other assumptions, up to this factor
TRAFFIC, STAYS, CHOICES, EQUIPMENT = "traffic", "stays", "choices", "equipment"  # groups
INPUTS = {
    DEMAND: Input(TRAFFIC, "x", lambda _: 1.0, _demand),
    "trip_length": Input(TRAFFIC, "x", lambda _: 1.0, _trip_length),
    "kwh_per_km": _mean_of(TRAFFIC, "kWh/km", "kwh_per_km"),
    "entry_soc": Input(TRAFFIC, "SOC", lambda _: 0.0, _entry_soc),
    "target_soc": Input(STAYS, "SOC", lambda _: 0.0, _target_soc),
    "overstay": _mean_of(STAYS, "min", "overstay_min"),
    "patience": _mean_of(CHOICES, "min", "patience_min"),
    "plan_ahead": Input(CHOICES, "-", lambda c: c.fleet.plan_ahead_share, _plan_ahead),
    "power": Input(EQUIPMENT, "x", lambda _: 1.0, _power),
    "availability": Input(EQUIPMENT, "-", _available, _availability),
}


def changed(scenario: Ruled, values: Mapping[str, float]) -> Scenario:
    """The scenario with these values of some inputs, and no rule: it says what to build, which
    may no longer be possible.  Raises `ValidationError` where a value cannot be."""
    cfg = json.loads(scenario.to_json())
    for name, value in values.items():
        INPUTS[name].set(cfg, value)
    cfg["policy"]["upgrade_rule"] = None
    return scenario.like(Config.model_validate(cfg))


# ---- their ranges ----------------------------------------------------------------------------


def ranges(scenario: Ruled) -> dict[str, Range]:
    """The table, in the order of `INPUTS`.

    Every end is tried alone, and all of them together, with the most demand that may be fitted.
    That is enough: the inputs do not meet, and what spans them, the size of the traffic, grows
    with the demand.  Raises `InputError`.
    """
    name = scenario.own.sensitivity.inputs
    problems: list[str] = []
    rows = read(configs_dir() / name, name, Range, problems)
    problems += repeated(name, "input", [row.input for row in rows])
    for row in rows:
        if row.input not in INPUTS:
            known = did_you_mean(row.input, INPUTS)
            problems.append(f"{name} has an unknown input `{row.input}`{known}")
        elif row.unit != (unit := INPUTS[row.input].unit):
            problems.append(f"{name}: `{row.input}` is in {row.unit!r}, but must be in {unit!r}")
    found = {row.input: row for row in rows}
    if not problems:
        problems += [f"{name} lacks the input `{own}`" for own in INPUTS if own not in found]
    problems = problems or _impossible(scenario, name, found)
    if problems:
        raise InputError(problems)
    return {own: found[own] for own in INPUTS}


def _impossible(scenario: Ruled, table: str, found: Mapping[str, Range]) -> list[str]:
    problems = []
    for name, row in found.items():
        for end in (row.low, row.high):
            try:
                changed(scenario, {name: end})
            except ValidationError as error:
                problems.append(f"{table}: `{name}` cannot be {end:g}: {explain(error)[0]}")
    for which in () if problems else ("low", "high"):
        values = {name: getattr(row, which) for name, row in found.items()}
        if which == "high":
            values[DEMAND] = max(values[DEMAND], MOST_FITTED)
        corner = changed(scenario, values)
        try:
            load(json.loads(corner.to_json()))
        except InputError as error:
            problems += [f"{table}, all at their {which} end: {one}" for one in error.problems]
    return problems
