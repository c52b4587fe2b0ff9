"""What is not known of roads, drivers and stations, and how far it may move."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sim.config.problems import InputError, explain
from sim.roads.schema import Config
from sim.stats import inputs
from sim.stats.inputs import Cfg, Input, Range

if TYPE_CHECKING:  # a scenario knows its inputs, not the other way round
    from sim.roads.scenario import Scenario

DEMAND = "demand"  # the one that may be fitted anew for other assumptions
TRAFFIC, STAYS, CHOICES, EQUIPMENT = "traffic", "stays", "choices", "equipment"  # groups


class Availability(Input):
    """That of an EVSE; repairs take as long as before."""

    def value(self, cfg: Cfg) -> float:
        failures = cfg["station"]["failures"]
        return float(failures["mtbf_h"] / (failures["mtbf_h"] + failures["mttr_h"]))

    def set(self, cfg: Cfg, value: float) -> None:
        failures = cfg["station"]["failures"]
        failures["mtbf_h"] = failures["mttr_h"] * value / (1.0 - value) if value < 1.0 else inf


class Ordinarily(Input):
    """A figure of the calendars that are no holiday, wherever a config has one."""

    def value(self, cfg: Cfg) -> float:
        return super().value({"demand": cfg["reference"]})

    def set(self, cfg: Cfg, value: float) -> None:
        for section in (cfg["demand"], cfg["reference"]):
            if not section["holiday"]:
                super().set({"demand": section}, value)


INPUTS: dict[str, Input] = {
    DEMAND: Input(TRAFFIC, "x", ("demand.scale",)),  # that of the ordinary week follows
    "trip_length": Input(TRAFFIC, "x", (
        "demand.crossing_km", "demand.kinds.*.deterrence_km",
        "reference.crossing_km", "reference.kinds.*.deterrence_km",
    )),
    "kwh_per_km": Input(TRAFFIC, "kWh/km", ("fleet.kwh_per_km",)),
    "entry_soc": Input(TRAFFIC, "SOC", ("fleet.entry_soc.*",)),
    "target_soc": Input(STAYS, "SOC", ("fleet.target_soc",)),
    "overstay": Input(STAYS, "min", ("fleet.overstay_min",)),
    "patience": Input(CHOICES, "min", ("fleet.patience_min",)),
    "plan_ahead": Input(CHOICES, "-", ("fleet.plan_ahead_share",)),
    "power": Input(EQUIPMENT, "x", (
        "station.evse_classes.*.kw", "station.evse_classes.*.amps", "station.cabinet_types.*.kw",
        "network.inferred.super_kw",  # what was counted as such stays so
    )),
    "availability": Availability(EQUIPMENT, "-", ("station.failures.mtbf_h",)),
}  # fmt: skip

# With those that only observations of the ordinary week, of SOCs or of single sites inform.
ALL: dict[str, Input] = INPUTS | {
    "crossing_share": Ordinarily(TRAFFIC, "-", ("demand.crossing_share",)),
    "pack": Input(TRAFFIC, "x", ("fleet.pack_factor",)),
    "stop_soc": Input(CHOICES, "SOC", ("fleet.stop_soc",)),
    "balk": Input(CHOICES, "EVs", ("fleet.balk_per_evse",)),
    "informed": Input(CHOICES, "-", ("fleet.informed_share",)),
    "handshake": Input(STAYS, "min", ("station.handshake_min",)),
}


def changed(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with other values of some inputs, and with no rule: it says what to build.

    Raises pydantic's ValidationError for values that cannot be.
    """
    cfg = moved(scenario, values)
    cfg["policy"]["upgrade_rule"] = None
    return scenario.like(Config.model_validate(cfg))


def moved(scenario: Scenario, values: Mapping[str, float]) -> Cfg:
    """The config of a scenario with other values of some inputs, not checked."""
    cfg: Cfg = json.loads(scenario.to_json())
    for name, value in values.items():
        ALL[name].set(cfg, value)
    return cfg


def ranges(scenario: Scenario, table: str, most: Mapping[str, float]) -> dict[str, Range]:
    """The table of that name, in the order of `INPUTS`.

    Every end is tried alone, and all of them together, with the `most` that some inputs may come
    to beyond their ranges.  That is enough: the inputs do not meet, and what spans them, the size
    of the traffic, grows with the demand.  Raises `InputError`.
    """
    problems: list[str] = []
    found = inputs.read(table, Range, INPUTS, problems)
    problems = problems or _impossible(scenario, table, found, most)
    if problems:
        raise InputError(problems)
    return found


def _impossible(
    scenario: Scenario, table: str, found: Mapping[str, Range], most: Mapping[str, float]
) -> list[str]:
    problems = []
    for name, row in found.items():
        for end in (row.low, row.high):
            try:
                changed(scenario, {name: end})
            except ValidationError as error:
                problems.append(f"{table}: `{name}` cannot be {end:g}: {explain(error)[0]}")
    if problems:
        return problems
    lows = {name: row.low for name, row in found.items()}
    highs = {name: max(row.high, most.get(name, row.high)) for name, row in found.items()}
    for which, values in (("low", lows), ("high", highs)):
        try:
            scenario.loaded(json.loads(changed(scenario, values).to_json()))
        except InputError as error:
            problems += [f"{table}, all at their {which} end: {one}" for one in error.problems]
    return problems
