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
from math import lcm
from typing import Any, ClassVar, Self

from pydantic import ValidationError

from sim.config import sections
from sim.config.folder import configs_dir
from sim.config.problems import InputError, explain
from sim.config.section import changed, plain
from sim.metrics import METRICS
from sim.roads import checks, inferred
from sim.roads.inputs import moved
from sim.roads.network import Network
from sim.roads.posterior import Posterior
from sim.roads.roads import Roads
from sim.roads.schema import Config
from sim.stations import hardware
from sim.stations.costs import prices
from sim.stations.curves import read_curves
from sim.stations.schema import Override
from sim.stats.estimate import Metric
from sim.study import points, store

DRAWN = ("seed", "bin_min", "curve_tolerance", "uncertainty")  # settings that figures depend on
LAYOUTS = 16  # that replications go through


@dataclass(frozen=True)
class Scenario(Roads):
    """Roads that are asked about: a case of a study, and what-ifs of it."""

    works: ClassVar[str] = "sim.roads.case"
    metrics: ClassVar[Mapping[str, Metric]] = METRICS

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
        return store.digest([sections, self._drawn(), self._tables()])

    def _tables(self) -> dict[str, str]:
        """Hashes of the tables that a replication depends on: what things cost is none of them."""
        rule = self.config.policy.upgrade_rule
        hashes = self.input_hashes()
        return {name: own for name, own in hashes.items() if not rule or name != rule.costs}

    def __reduce__(self) -> Any:
        """Workers read the tables once for all designs that have the same ones."""
        return _unpickled, (self.to_json(), self._family)

    @cached_property
    def _family(self) -> str:
        """Names all that is read from tables: what a config says besides them may differ."""
        config = self.config
        rule, engine = config.policy.upgrade_rule, config.engine
        read = [
            self.network.stations, self._drawn(), list(config.fleet.types), sorted(self.hourly),
            rule and rule.costs, engine.uncertainty, engine.posterior, self.input_hashes(),
        ]  # fmt: skip
        return store.digest(read)

    def _drawn(self) -> list[dict[str, Any]]:
        """The service areas that are in no table."""
        return [area.model_dump() for area in self.network.areas if area.evidence == "inferred"]

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

    def number(self, world: int, period: int, periods: int) -> int:
        """Of the replication that is one of so many periods in a row of a world: all of a world are
        run at the same point of the posterior and in the same layout, each with luck of its own."""
        if self.engine.uncertainty == "none":
            return world * periods + period
        points = len(self.posterior.points) if self.posterior else 1
        alike = lcm(LAYOUTS, points)  # replications so far apart have the same point and layout
        return (world // alike * periods + period) * alike + world % alike

    def expected(self) -> Self:
        """The same where all that is not known is as expected: replications are luck alone."""
        if self.engine.uncertainty == "none":
            return self
        engine = self.engine.model_copy(update={"uncertainty": "none"})
        return self.like(self.config.model_copy(update={"engine": engine}), posterior=None)

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


@lru_cache(maxsize=2 * LAYOUTS)
def _laid_out(network: Network, without: tuple[str, ...], layout: int) -> Network:
    return inferred.elsewhere(network, without, layout)


_families: dict[str, Scenario] = {}  # of this process
MOST_FAMILIES = 8


def _unpickled(text: str, family: str) -> Scenario:
    """From its config; the tables are those of the last scenario of the same family.

    Raises `InputError` where they have changed, or are others on this machine.
    """
    if family not in _families:
        if len(_families) == MOST_FAMILIES:
            _families.pop(next(iter(_families)))
        found = load(json.loads(text))
        if found._family != family:
            raise InputError("the tables of a scenario are others here than where it is from")
        _families[family] = found
    return _families[family].like(Config.model_validate(json.loads(text)))


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
