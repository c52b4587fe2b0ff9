"""A scenario: the configuration and its tables, checked once, and the model they describe.

Everything that can be wrong with an input is found by `load`, all of it at once; what comes after
may assume that it is right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from sim import checks
from sim.checks import configs_dir
from sim.kernels.curve import staircase
from sim.lifecycle import Change as ChangeKind
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Vehicle
from sim.network import Network, ServiceArea
from sim.problems import InputError, explain
from sim.schema import (
    HOURS,
    Config,
    CurvePoint,
    Day,
    EngineSection,
    Override,
    StationSection,
    counts,
)


@dataclass(frozen=True)
class Scenario:
    """A checked configuration with its tables.  Times are hours since the first day, 00:00."""

    config: Config
    network: Network
    calendar: tuple[Day, ...]
    hourly: dict[str, np.ndarray]  # kind of day -> share of its vehicles in every hour
    curves: dict[str, tuple[CurvePoint, ...]]  # by name of the vehicle type, in order of names

    @property
    def horizon_h(self) -> float:
        return float(HOURS * len(self.calendar))

    @property
    def engine(self) -> EngineSection:
        return self.config.engine

    def counted_days(self) -> tuple[int, ...]:
        """Numbers of the days that count; those before only fill roads and stations."""
        return tuple(k for k, day in enumerate(self.calendar) if day.counted == "yes")

    def to_json(self) -> str:
        """The config, as `load` reads it."""
        return self.config.model_dump_json()

    def reference(self) -> "Scenario":
        """The same network and drivers in the calendar that the holiday is compared with."""
        cfg = self.config.model_dump(mode="json")
        cfg["demand"] = cfg["reference"] | {"scale": cfg["demand"]["scale"]}
        return load(cfg)

    def input_hashes(self) -> dict[str, str]:
        """First 16 hex digits of the SHA-256 of every table that was read."""
        config = self.config
        names = [config.network.nodes, config.network.links, config.network.service_areas]
        names += [config.demand.calendar, config.demand.hourly, config.fleet.curves]
        return {
            name: sha256((configs_dir() / name).read_bytes()).hexdigest()[:16] for name in names
        }

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes that pass a station, in order of their names "origin>destination"."""
        return tuple(route for route in self.network.routes.values() if route.stops)

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        tolerance = self.config.engine.curve_tolerance
        return tuple(
            Vehicle(
                name,
                knots[0].battery_kwh,
                staircase(
                    np.array([knot.soc for knot in knots]),
                    np.array([knot.power_kw for knot in knots]),
                    tolerance,
                ),
                knots[0].volts,
            )
            for name, knots in self.curves.items()
        )

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every side of every service area, in the order of the table."""
        return tuple(self._station(area, n) for area in self.network.areas for n in area.stations)

    def _station(self, area: ServiceArea, name: str) -> Station:
        station, policy = self.config.station, self.config.policy
        applies = policy.when == "always" or self.config.demand.holiday
        limit_min = policy.session_limit_min if applies else None
        return Station(
            name,
            tuple(cabinets(station, area.cabinets, station.overrides.get(name))),
            cap_kw=self._caps_kw(area, name)[0],
            efficiency=station.efficiency,
            line_places=station.line_places,
            handshake_h=station.handshake_min / 60,
            soc_cap=policy.soc_cap if applies else 1.0,
            session_limit_h=inf if limit_min is None else limit_min / 60,
            service_h=station.service_min / 60,
            expected_wait_h=station.expected_wait_min / 60,
        )

    def _caps_kw(self, area: ServiceArea, name: str) -> list[float]:
        """Grid-side power left for charging in every hour of the day."""
        station = self.config.station
        override = station.overrides.get(name)
        if override and override.cap_kw:
            return [override.cap_kw] * HOURS
        supply_kw = area.kva * station.power_factor * station.loading_limit
        return [supply_kw - area.other_load_kw * part for part in station.other_load_shape]

    def _cap_changes(self) -> list[Change]:
        """The other load of a service area rises and falls over the day, the cap against it."""
        changes = []
        for area in self.network.areas:
            for name in area.stations:
                caps = self._caps_kw(area, name)
                number = self.network.stations.index(name)
                changes += [
                    Change(float(HOURS * day + h), number, ChangeKind.CAP, cap_kw=caps[h])
                    for day in range(len(self.calendar))
                    for h in range(HOURS)
                    if caps[h] != caps[h - 1]
                ]
        return changes

    def model(self) -> Model:
        """What the engine and the plain SimPy twin run."""
        return Model(
            self.stations,
            self.vehicles,
            self.routes,
            self._cap_changes(),
            self.horizon_h,
            self.config.engine.bin_min / 60,
        )

    def station_table(self) -> pd.DataFrame:
        """One row per station, in the order of the model; `order` counts along the road."""
        rows: list[dict[str, Any]] = []
        along: dict[str, int] = {}
        for area in self.network.areas:
            along[area.road] = along.get(area.road, 0) + 1
            for name, side in area.stations.items():
                station = self.stations[len(rows)]
                caps = self._caps_kw(area, name)
                rows.append(
                    {
                        "station": name,
                        "site": area.site,
                        "side": side,
                        "name_en": area.name_en,
                        "name_zh": area.name_zh,
                        "road": area.road,
                        "order": along[area.road],
                        "lon": area.lon,
                        "lat": area.lat,
                        "position": area.position,
                        "evses": len(station.evses),
                        "rated_kw": station.rated_kw,
                        "cap_kw": min(caps),
                        "kva": area.kva,
                        "evidence": area.evidence,
                        "note": area.note,
                    }
                )
        return pd.DataFrame(rows)


def cabinets(station: StationSection, text: str, override: Override | None) -> list[Cabinet]:
    """The cabinets of a text such as `dual_120*2+stack_600*1`, after what `override` says.

    An override to fewer EVSEs keeps the first ones.  Further EVSEs come in more cabinets of the
    type that it names (the first type of the text, if none); the last cabinet may lack some.
    """
    types = [name for name, count in counts(text) for _ in range(count)]
    evses = override.evses if override and override.evses else None
    more = override.cabinet if override and override.cabinet else types[0]
    built: list[Cabinet] = []
    have = 0
    while types or (evses is not None and have < evses):
        kind = station.cabinet_types[types.pop(0) if types else more]
        slots = [
            Evse(station.evse_classes[name].kw, station.evse_classes[name].amps)
            for name, count in kind.evses.items()
            for _ in range(count)
        ]
        if evses is not None:
            slots = slots[: evses - have]
        have += len(slots)
        if slots:
            built.append(Cabinet(tuple(slots), kind.kw))
    return built


def load(cfg: Mapping[str, Any]) -> Scenario:
    """Check a resolved config and the tables it names.

    Raises `InputError` with a sentence for every problem there is.
    """
    problems: list[str] = []
    right = _sections(cfg, problems)
    demand, fleet, station = (right.get(name) for name in ("demand", "fleet", "station"))
    network = checks.network(right["network"], problems) if "network" in right else None
    calendar = checks.calendar(demand, problems) if demand else ()
    hourly = checks.hourly(demand, {day.kind for day in calendar}, problems) if demand else {}
    if reference := right.get("reference"):
        days = checks.calendar(reference, problems)
        checks.hourly(reference, {day.kind for day in days}, problems)
    curves = checks.curves(fleet, problems) if fleet else {}
    if network and demand:
        problems += checks.gravity(network, demand)
    if station:
        problems += checks.cabinet_types(station)
    if network and station:
        problems += checks.stations(network, station)
    if problems or network is None:
        raise InputError(dict.fromkeys(problems))
    return Scenario(Config.model_validate(cfg), network, calendar, hourly, curves)


def _sections(cfg: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The sections that are right in themselves, by name."""
    wrong: set[int | str] = set()
    try:
        Config.model_validate(cfg)
    except ValidationError as error:
        problems += explain(error)
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    schemas = {name: field.annotation for name, field in Config.model_fields.items()}
    return {
        name: schema.model_validate(cfg[name])
        for name, schema in schemas.items()
        if name in cfg and name not in wrong
        if isinstance(schema, type) and issubclass(schema, BaseModel)
    }


__all__ = ["Scenario", "configs_dir", "load"]
