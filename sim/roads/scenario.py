"""A scenario: the configuration and its tables, checked once, and the model they describe.

The case of roads (see `sim.study.case`), whose replications are run in `sim.roads.case`.

Everything that can be wrong with an input is found by `load`, all of it at once; what comes after
may assume that it is right.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from math import inf
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pydantic import ValidationError

from sim.config import sections
from sim.config.folder import configs_dir
from sim.config.problems import InputError, explain
from sim.config.section import HOURS, CurvePoint, changed, plain
from sim.lifecycle import Change as ChangeKind
from sim.metrics import METRICS
from sim.model import Change, Model, Route, Station, Vehicle
from sim.roads import checks, inferred, mobile
from sim.roads.inputs import moved
from sim.roads.network import Network
from sim.roads.posterior import Posterior
from sim.roads.schema import Config, Day
from sim.stations import hardware, storage
from sim.stations.costs import prices
from sim.stations.curves import larger, read_curves, vehicle
from sim.stations.hardware import Hardware
from sim.stations.schema import CostRow, Override
from sim.stats.estimate import Metric
from sim.study import points, store
from sim.study.schema import EngineSection

DRAWN = ("seed", "bin_min", "curve_tolerance", "uncertainty")  # settings that figures depend on
LAYOUTS = 16  # that replications go through
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
    posterior: Posterior | None  # what is not known, if replications are to differ in it

    works: ClassVar[str] = "sim.roads.case"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS

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

    # ---- the case of a study ---------------------------------------------------------------

    @cached_property
    def key(self) -> str:
        """Names the configuration as far as figures depend on it, and its tables."""
        config = json.loads(self.to_json())
        engine = {name: config["engine"][name] for name in DRAWN}
        names = ("network", "demand", "fleet", "station", "policy")
        sections = {name: config[name] for name in names}
        sections["policy"].pop("upgrade_rule", None)  # says what to build, once one knows who fails
        return store.digest([sections, engine, self._tables()])

    @cached_property
    def traffic(self) -> str:
        config = json.loads(self.to_json())
        sections = {name: config[name] for name in ("network", "demand", "fleet", "engine")}
        drawn = [area.model_dump() for area in self.network.areas if area.evidence == "inferred"]
        return store.digest([sections, drawn, self._tables()])

    def _tables(self) -> dict[str, str]:
        """Hashes of the tables that a replication depends on: what things cost is none of them."""
        rule = self.config.policy.upgrade_rule
        hashes = self.input_hashes()
        return {name: own for name, own in hashes.items() if not rule or name != rule.costs}

    def __reduce__(self) -> Any:
        """Workers read the tables once for all designs that have the same traffic."""
        return _unpickled, (self.to_json(), self.traffic)

    # ---- what-ifs --------------------------------------------------------------------------

    def at(self, point: Mapping[str, float]) -> Self:
        """The same with these values of inputs that are not known (`sim.roads.inputs`).

        Raises `InputError` where they cannot be.
        """
        try:
            return self.like(Config.model_validate(moved(self, point)))
        except ValidationError as error:
            raise InputError(explain(error)) from None

    def of(self, replication: int) -> Self:
        """What is run in a replication.

        With `engine.uncertainty` the inferred service areas stand where one of `LAYOUTS` layouts
        draws them; with that of the posterior, its point holds besides.
        """
        if self.engine.uncertainty == "none":
            return self
        here = self._elsewhere(replication % LAYOUTS)
        if self.posterior is None:
            return here
        found = here.at(self.posterior.point(replication, json.loads(self.to_json())))
        return found.like(found.config, posterior=None)

    def _elsewhere(self, layout: int) -> Self:
        section = self.config.network.inferred
        if section is None:
            return self
        return replace(self, network=_laid_out(self.network, tuple(section.without), layout))

    def with_(self, **changes: Any) -> Self:
        """The same with other settings, by dotted paths as on the command line:
        `scenario.with_(**{"demand.scale": 1.1, "policy.soc_cap": 0.8})`.

        Raises `InputError` where they cannot be.
        """
        cfg = self.config.model_dump(mode="json", by_alias=True)
        for path, value in changes.items():
            cfg = changed(cfg, path, plain(value))
        return self.loaded(cfg)

    def reference(self) -> Self:
        """The same network and drivers in the calendar that the holiday is compared with."""
        cfg = self.config.model_dump(mode="json", by_alias=True)
        cfg["demand"] = cfg["reference"] | {"scale": cfg["demand"]["scale"]}
        cfg["policy"]["upgrade_rule"] = None  # it may look at a window of the holiday
        cfg["station"]["mobile"] = None  # they are sent in holidays
        return self.loaded(cfg)

    def with_overrides(self, overrides: Mapping[str, Override]) -> Self:
        """The same with these overrides at these stations, and with no rule: it has been applied.

        Raises `InputError` where they cannot be.
        """
        every = {**self.config.station.overrides, **overrides}
        station = self.config.station.model_copy(update={"overrides": every})
        if problems := checks.stations(self.network, station):
            raise InputError(dict.fromkeys(problems))
        policy = self.config.policy.model_copy(update={"upgrade_rule": None})
        return self.like(self.config.model_copy(update={"station": station, "policy": policy}))

    def loaded(self, cfg: Mapping[str, Any]) -> Self:
        """The scenario of another configuration, which may name other tables.

        Raises `InputError` as `load`.
        """
        found = load(cfg)
        return replace(self, **{f.name: getattr(found, f.name) for f in fields(found)})

    def like(self, config: Config, **more: Any) -> Self:
        """The scenario of another configuration that has the same tables and has been checked."""
        return replace(self, config=config, **more)

    def idle_overrides(self) -> dict[str, str]:
        """A sentence for every key of an override that leaves its station as it stands."""
        return checks.idle_overrides(self.network, self.config.station)

    def input_hashes(self) -> dict[str, str]:
        """First 16 hex digits of the SHA-256 of every table that was read."""
        config = self.config
        names = [config.network.nodes, config.network.links, config.network.service_areas]
        names += [config.demand.calendar, config.demand.hourly, config.fleet.curves]
        if config.policy.upgrade_rule:
            names.append(config.policy.upgrade_rule.costs)
        if self.posterior:
            names += [config.engine.posterior, points.beside(config.engine.posterior)]
        return {
            name: sha256((configs_dir() / name).read_bytes()).hexdigest()[:16] for name in names
        }

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that pass a station, in order of their names "origin>destination"."""
        return self.network.passing

    @cached_property
    def _passing(self) -> np.ndarray:
        """Numbers of the ends of these routes, [route, 2]."""
        return np.argwhere(self.network.ways.stops > 0)

    def _route(self, number: int) -> Route:
        origin, end = (self.network.ways.ends[n] for n in self._passing[number])
        return self.network.route(origin, end)

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        tolerance, fleet = self.config.engine.curve_tolerance, self.config.fleet
        own = (
            vehicle(name, knots, tolerance, hybrid=fleet.types[name].hybrid)
            for name, knots in self.curves.items()
        )
        return tuple(larger(one, fleet.pack_factor) for one in own)

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every side of every service area, in the order of the table."""
        built = tuple(self._station(own) for own in self.hardware.values())
        guidance = self.config.policy.guidance
        if not guidance or not self._has_policy:
            return built
        cross_h = guidance.cross_min / 60
        return tuple(
            station if other < 0 else replace(station, opposite=other, cross_h=cross_h)
            for station, other in zip(built, self._opposite(), strict=True)
        )

    def _opposite(self) -> list[int]:
        """The number of the station on the other side of each; -1 where there is none."""
        numbers: list[int] = []
        for area in self.network.areas:
            first = len(numbers)
            numbers += [first + 1, first] if len(area.stations) == 2 else [-1] * len(area.stations)
        return numbers

    @property
    def _has_policy(self) -> bool:
        """Whether what the policy says holds in these days."""
        return self.config.policy.when == "always" or self.config.demand.holiday

    @cached_property
    def hardware(self) -> dict[str, Hardware]:
        """What stands at every station, in the order of the model."""
        return hardware.of(self.network.places, self.config.station, self.sent)

    @cached_property
    def sent(self) -> dict[str, int]:
        """Mobile units by station, in a holiday: the same whatever is built at stations."""
        section, demand = self.config.station, self.config.demand
        if section.mobile is None or not demand.holiday:
            return {}
        today = section.model_copy(update={"overrides": {}})
        evses = {
            name: sum(len(cabinet.evses) for cabinet in own.cabinets)
            for name, own in hardware.of(self.network.places, today).items()
        }
        unit = len(hardware.cabinet_of(section.mobile.cabinet, section).evses)
        days = [self.calendar[n] for n in self.counted_days()]
        return mobile.sent(section.mobile, self.network, demand, days, evses, unit)

    def _station(self, own: Hardware) -> Station:
        station, policy = self.config.station, self.config.policy
        limit_min = policy.session_limit_min if self._has_policy else None
        return Station(
            own.name,
            own.cabinets + (own.mobile if self.config.demand.holiday else ()),
            cap_kw=self._caps_kw(own)[0],
            efficiency=station.efficiency,
            line_places=station.line_places,
            handshake_h=station.handshake_min / 60,
            soc_cap=policy.soc_cap if self._has_policy else 1.0,
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


@lru_cache(maxsize=2 * LAYOUTS)
def _laid_out(network: Network, without: tuple[str, ...], layout: int) -> Network:
    return inferred.elsewhere(network, without, layout)


_families: dict[str, Scenario] = {}  # of this process, by traffic
MOST_FAMILIES = 8


def _unpickled(text: str, traffic: str) -> Scenario:
    """From its config; the tables are those of the last scenario that had the same traffic."""
    if traffic not in _families:
        if len(_families) == MOST_FAMILIES:
            _families.pop(next(iter(_families)))
        _families[traffic] = load(json.loads(text))
    return _families[traffic].like(Config.model_validate(json.loads(text)))


def load(cfg: Mapping[str, Any]) -> Scenario:
    """Check the sections of a resolved config that are about roads, and the tables they name.

    Raises `InputError` with a sentence for every problem there is.
    """
    problems: list[str] = []
    own = {name: cfg[name] for name in Config.model_fields if name in cfg}
    found = check(sections.right(Config, own, problems), problems)
    if found is None:
        raise InputError(dict.fromkeys(problems))
    return found


def check(right: Mapping[str, Any], problems: list[str]) -> Scenario | None:
    """The scenario of sections that are right in themselves, unless there are `problems`: a
    sentence is added for each."""
    demand, fleet, station = (right.get(name) for name in ("demand", "fleet", "station"))
    network = checks.network(right["network"], station, problems) if "network" in right else None
    calendar = checks.calendar(demand, problems) if demand else ()
    hourly = checks.hourly(demand, {day.kind for day in calendar}, problems) if demand else {}
    if reference := right.get("reference"):
        ordinary = checks.calendar(reference, problems)
        checks.hourly(reference, {day.kind for day in ordinary}, problems)
    curves = read_curves(fleet.curves, fleet.types, problems) if fleet else {}
    if fleet and "policy" in right:
        problems += checks.drivers(fleet, right["policy"])
    too_large: list[str] = []
    if (engine := right.get("engine")) and demand:
        too_large += checks.replications(demand, calendar, network, engine)
    if engine and demand and station:
        too_large += checks.size(demand, calendar, network, station, engine)
        if reference:
            too_large += checks.size(reference, ordinary, network, station, engine)
    problems += too_large
    if network and demand and not too_large:
        problems += checks.gravity(network, demand, calendar)
        if reference:
            problems += checks.gravity(network, reference, ordinary, "reference")
    if station:
        problems += checks.cabinet_types(station)
    if network and station:
        problems += checks.stations(network, station)
        if station.mobile and demand:
            problems += checks.mobile(station.mobile, network, demand, station)
    rule = right["policy"].upgrade_rule if "policy" in right else None
    costs = prices(rule.costs, problems) if rule else {}
    if rule and demand and reference and station:
        problems += checks.rule(rule, demand, reference, station)
    if rule and network and station and not problems:
        days = sum(day.counted == "yes" for day in calendar)
        standing = hardware.of(network.places, station)
        problems += checks.upgrades(rule, standing, costs, days)
    unknown = None
    if engine and engine.uncertainty == "posterior":
        unknown = Posterior.read(engine.posterior, problems)
    if problems or network is None:
        return None
    config = Config.model_validate({name: right[name] for name in Config.model_fields})
    return Scenario(config, network, calendar, hourly, curves, costs, unknown)
