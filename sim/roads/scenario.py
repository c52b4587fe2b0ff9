"""A scenario: the configuration and its tables, checked once, and the model they describe.

Everything that can be wrong with an input is found by `load`, all of it at once; what comes after
may assume that it is right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import inf
from typing import Any, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel, ValidationError

from sim.config.folder import configs_dir
from sim.config.problems import InputError, explain
from sim.config.section import HOURS, CurvePoint
from sim.freight import checks as freight_checks
from sim.lifecycle import Change as ChangeKind
from sim.model import Change, Model, Route, Station, Vehicle
from sim.roads import checks
from sim.roads.network import Network
from sim.roads.schema import Config, CostRow, Day, EngineSection, Override
from sim.stations import hardware, storage
from sim.stations.curves import vehicle
from sim.stations.hardware import Hardware

MOST_ROUTES = 20_000  # of a network whose routes are all kept: each takes a few kB


@dataclass(frozen=True)
class Scenario:
    """A checked configuration with its tables.  Times are hours since the first day, 00:00."""

    config: Config
    network: Network
    calendar: tuple[Day, ...]
    hourly: dict[str, np.ndarray]  # kind of day -> share of its vehicles in every hour
    curves: dict[str, tuple[CurvePoint, ...]]  # by name of the vehicle type, in order of names
    costs: dict[str, CostRow]  # by item; none without an upgrade rule
    truck_curves: dict[str, tuple[CurvePoint, ...]]  # none without a corridor

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
        return self.config.model_dump_json(by_alias=True)

    def reference(self) -> "Scenario":
        """The same network and drivers in the calendar that the holiday is compared with."""
        cfg = self.config.model_dump(mode="json", by_alias=True)
        cfg["demand"] = cfg["reference"] | {"scale": cfg["demand"]["scale"]}
        cfg["policy"]["upgrade_rule"] = None  # it may look at a window of the holiday
        return load(cfg)

    def with_overrides(self, overrides: Mapping[str, Override]) -> "Scenario":
        """The same with these overrides at these stations, and with no rule: it has been applied.

        Raises `InputError` where they cannot be.
        """
        every = {**self.config.station.overrides, **overrides}
        station = self.config.station.model_copy(update={"overrides": every})
        if problems := checks.stations(self.network, station):
            raise InputError(dict.fromkeys(problems))
        policy = self.config.policy.model_copy(update={"upgrade_rule": None})
        return self.like(self.config.model_copy(update={"station": station, "policy": policy}))

    def like(self, config: Config) -> "Scenario":
        """The scenario of another configuration that has the same tables and has been checked."""
        return replace(self, config=config)

    def input_hashes(self) -> dict[str, str]:
        """First 16 hex digits of the SHA-256 of every table that was read."""
        config = self.config
        names = [config.network.nodes, config.network.links, config.network.service_areas]
        names += [config.demand.calendar, config.demand.hourly, config.fleet.curves]
        if config.policy.upgrade_rule:
            names.append(config.policy.upgrade_rule.costs)
        if config.corridor:
            names.append(config.corridor.curves)
        return {
            name: sha256((configs_dir() / name).read_bytes()).hexdigest()[:16] for name in names
        }

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes that pass a station, in order of their names "origin>destination"."""
        return tuple(map(self._route, range(len(self._passing))))

    @cached_property
    def _passing(self) -> np.ndarray:
        """Numbers of the ends of these routes, [route, 2]."""
        return np.argwhere(self.network.ways.stops > 0)

    def _route(self, number: int) -> Route:
        origin, end = (self.network.ways.ends[n] for n in self._passing[number])
        return self.network.route(origin, end)

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        tolerance = self.config.engine.curve_tolerance
        return tuple(vehicle(name, knots, tolerance) for name, knots in self.curves.items())

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every side of every service area, in the order of the table."""
        return tuple(self._station(own) for own in self.hardware.values())

    @cached_property
    def hardware(self) -> dict[str, Hardware]:
        """What stands at every station, in the order of the model."""
        return hardware.of(self.network.areas, self.config.station)

    def _station(self, own: Hardware) -> Station:
        station, policy = self.config.station, self.config.policy
        applies = policy.when == "always" or self.config.demand.holiday
        limit_min = policy.session_limit_min if applies else None
        return Station(
            own.name,
            own.cabinets + (own.mobile if self.config.demand.holiday else ()),
            cap_kw=self._caps_kw(own)[0],
            efficiency=station.efficiency,
            line_places=station.line_places,
            handshake_h=station.handshake_min / 60,
            soc_cap=policy.soc_cap if applies else 1.0,
            session_limit_h=inf if limit_min is None else limit_min / 60,
            service_h=station.service_min / 60,
            expected_wait_h=station.expected_wait_min / 60,
        )

    def _caps_kw(self, own: Hardware) -> list[float]:
        """Grid-side power left for charging in every hour of the run."""
        counted = self.counted_days() if self.config.demand.holiday else ()
        kinds = {holiday: own.caps_kw(holiday) for holiday in (False, True)}
        return [kw for day in range(len(self.calendar)) for kw in kinds[day in counted]]

    def opens_h(self, own: Hardware) -> list[float]:
        """From when on each EVSE is there: mobile units from the first day that counts, to the
        end, with which the calendar ends."""
        station = self.stations[self.network.stations.index(own.name)]
        mobile = sum(len(cabinet.evses) for cabinet in own.mobile) * self.config.demand.holiday
        begin = float(HOURS * self.counted_days()[0])
        return [0.0] * (len(station.evses) - mobile) + [begin] * mobile

    def _changes(self) -> list[Change]:
        """The other load of a service area rises and falls over the day, the cap against it;
        storage adds and takes; mobile units come."""
        changes = []
        for number, own in enumerate(self.hardware.values()):
            changes += storage.changes(number, self._caps_kw(own))
            for evse, opens_h in enumerate(self.opens_h(own)):
                if opens_h > 0.0:
                    changes.append(Change(0.0, number, ChangeKind.EVSE_DOWN, evse))
                    changes.append(Change(opens_h, number, ChangeKind.EVSE_UP, evse))
        return changes

    def model(self) -> Model:
        """What the engine and the plain SimPy twin run; for a large network without routes, which
        `driven` adds."""
        return Model(
            self.stations,
            self.vehicles,
            () if self._is_large else self.routes,
            self._changes(),
            self.horizon_h,
            self.config.engine.bin_min / 60,
        )

    @property
    def _is_large(self) -> bool:
        return len(self._passing) > MOST_ROUTES

    def driven(self, model: Model, evs: np.ndarray) -> tuple[Model, np.ndarray]:
        """A model of `model()` and EVs whose routes are numbered as `routes`, as the engine takes
        them: in a large network only routes that somebody takes are there."""
        if not self._is_large:
            return model, evs
        taken, route = np.unique(evs["route"], return_inverse=True)
        renumbered = evs.copy()
        renumbered["route"] = route
        return replace(model, routes=tuple(map(self._route, taken.tolist()))), renumbered

    @cached_property
    def sites(self) -> list[str]:
        """The site of every station, in the order of the model."""
        return [area.site for area in self.network.areas for _ in area.stations]

    def station_table(self) -> pd.DataFrame:
        """One row per station, in the order of the model; `order` counts along the road."""
        rows: list[dict[str, Any]] = []
        along: dict[str, int] = {}
        for area in self.network.areas:
            along[area.road] = along.get(area.road, 0) + 1
            for name, side in area.stations.items():
                station, own = self.stations[len(rows)], self.hardware[name]
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
                        "cap_kw": min(self._caps_kw(own)),
                        "kva": own.kva,
                        "evidence": area.evidence,
                        "note": area.note,
                    }
                )
        return pd.DataFrame(rows)


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
        ordinary = checks.calendar(reference, problems)
        checks.hourly(reference, {day.kind for day in ordinary}, problems)
    curves = checks.curves(fleet.curves, fleet.types, problems) if fleet else {}
    if fleet and "policy" in right:
        problems += checks.drivers(fleet, right["policy"])
    engine, corridor = right.get("engine"), right.get("corridor")
    too_large: list[str] = []
    if engine and demand:
        too_large += checks.replications(demand, calendar, network, engine)
    if engine and demand and station:
        too_large += checks.size(demand, calendar, network, station, engine)
        if reference:
            too_large += checks.size(reference, ordinary, network, station, engine)
    if engine and corridor:
        too_large += freight_checks.size(corridor, corridor.trucks_in_fleet, engine.most_memory)
    problems += too_large
    if network and demand and not too_large:
        problems += checks.gravity(network, demand, calendar)
        if reference:
            problems += checks.gravity(network, reference, ordinary, "reference")
    if station:
        problems += checks.cabinet_types(station)
    if network and station:
        problems += checks.stations(network, station)
    rule = right["policy"].upgrade_rule if "policy" in right else None
    costs = checks.costs(rule, problems) if rule else {}
    if rule and demand and reference and station:
        problems += checks.rule(rule, demand, reference, station)
    if rule and station and "rule_study" in right:
        actions = right["rule_study"].actions
        problems += checks.actions(actions, rule.transformers, station)
    if rule and network and station and not problems:
        days = sum(day.counted == "yes" for day in calendar)
        standing = hardware.of(network.areas, station)
        problems += checks.upgrades(rule, standing, costs, days)
        money = right["rule_study"].money
        problems += checks.money(money, rule, station, standing, costs, days)
    trucks = checks.corridor(corridor, problems) if corridor else {}
    if problems or network is None:
        raise InputError(dict.fromkeys(problems))
    return Scenario(Config.model_validate(cfg), network, calendar, hourly, curves, costs, trucks)


def _sections(cfg: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The sections that are right in themselves, by name."""
    wrong: set[int | str] = set()
    try:
        Config.model_validate(cfg)
    except ValidationError as error:
        problems += explain(error)
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
    schemas = {name: _schema(field.annotation) for name, field in Config.model_fields.items()}
    return {
        name: schema.model_validate(cfg[name])
        for name, schema in schemas.items()
        if schema and cfg.get(name) is not None and name not in wrong
    }


def _schema(annotation: Any) -> type[BaseModel] | None:
    """That of a section, which may be left out."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
