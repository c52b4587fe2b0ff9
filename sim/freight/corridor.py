"""A freight corridor: what stands at its places and sites, and the model of it.

Stations of the model are the places, then the sites, under their names; duties are those of the
corridor, each once for every shift offset.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from sim.config.folder import configs_dir
from sim.config.problems import InputError, explain
from sim.config.section import CurvePoint, changed
from sim.freight import checks
from sim.freight.inputs import INPUTS
from sim.freight.posterior import Posterior
from sim.freight.program import DRIVE, Compiler, Program
from sim.freight.schema import CorridorSection, Place, Site, SwapBays, caps_kw
from sim.lifecycle import Discipline, Sharing
from sim.model import Cabinet, Change, Evse, Model, Station, Swap, Vehicle
from sim.stations import storage
from sim.stations.curves import read_curves, vehicle
from sim.stations.hardware import cabinets_of
from sim.stats.inputs import Cfg
from sim.stats.streams import mean, varies
from sim.study import points
from sim.study.schema import EngineSection


@dataclass(frozen=True)
class Corridor:
    """A checked corridor section with its curves.  Times are hours since the first day, 00:00.

    `posterior`: what is not known, if replications are to differ in it, from the table of that
    name.
    """

    section: CorridorSection
    curves: Mapping[str, tuple[CurvePoint, ...]]
    bin_h: float = 1.0
    curve_tolerance: float = 1e-3
    posterior: Posterior | None = None
    posterior_of: str = ""

    def input_hashes(self) -> dict[str, str]:
        """First 16 hex digits of the SHA-256 of every table that was read."""
        names = [self.section.curves]
        if self.posterior:
            names += [self.posterior_of, points.beside(self.posterior_of)]
        return {
            name: sha256((configs_dir() / name).read_bytes()).hexdigest()[:16] for name in names
        }

    # ---- what-ifs: cheap copies, not checked again -----------------------------------------

    def with_(self, **changes: Any) -> "Corridor":
        """The same with other settings, by dotted paths as on the command line, without `corridor`:
        `corridor.with_(trucks_in_fleet=200)`, `corridor.with_(**{"sites.depot.kva": 1600.0})`."""
        section = self.section
        for path, value in changes.items():
            section = changed(section, path, value)
        return replace(self, section=section)

    def with_site(self, name: str, **changes: Any) -> "Corridor":
        """The same with other settings of a site."""
        return self.with_(**{f"sites.{name}.{path}": value for path, value in changes.items()})

    # ---- what is not known -----------------------------------------------------------------

    @property
    def cfg(self) -> Cfg:
        """What inputs are moved in (`sim.freight.inputs`)."""
        cfg: Cfg = json.loads(self.section.model_dump_json())
        trucks = {truck.curve for truck in self.section.trucks.values()}
        packs = {
            name: {str(n): knot.model_dump() for n, knot in enumerate(own)}
            for name, own in self.curves.items()
            if name in trucks
        }
        return cfg | {"packs": packs}

    def at(self, point: Mapping[str, float]) -> "Corridor":
        """The same with these values of inputs that are not known.

        Raises `InputError` where they cannot be.
        """
        cfg = self.cfg
        for name, value in point.items():
            INPUTS[name].set(cfg, value)
        packs = cfg.pop("packs")
        try:
            section = CorridorSection.model_validate(cfg)
            curves = {
                name: tuple(map(CurvePoint.model_validate, own.values()))
                for name, own in packs.items()
            }
        except ValidationError as error:
            raise InputError(explain(error)) from None
        return replace(self, section=section, curves={**self.curves, **curves})

    def of(self, replication: int) -> "Corridor":
        """What is run in a replication: that of its point, if there is a posterior."""
        if self.posterior is None:
            return self
        found = self.at(self.posterior.point(replication, self.cfg))
        return replace(found, posterior=None)

    @property
    def assumed(self) -> "Corridor":
        """As its section says in every replication, so that they differ by luck alone."""
        return replace(self, posterior=None, posterior_of="")

    # ---- the model -------------------------------------------------------------------------

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of the station of each place and site."""
        return {name: n for n, name in enumerate([*self.section.places, *self.section.sites])}

    @cached_property
    def vehicle_names(self) -> tuple[str, ...]:
        """Types of trucks, then curves of cars, in order of their numbers."""
        cars = [site.cars.curve for site in self.section.sites.values() if site.cars]
        return (*self.section.trucks, *dict.fromkeys(cars))

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        return tuple(self._vehicle(name) for name in self.vehicle_names)

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """One for each duty and shift offset, in order of the numbers of the model's duties."""
        section = self.section
        mean_h = {name: mean(place.service_min) / 60 for name, place in section.places.items()}
        drawn = {n for n, place in section.places.items() if varies(place.service_min)}
        if varies(section.drive_spread):
            drawn.add(DRIVE)
        compiler = Compiler(section, self.number, mean_h, frozenset(drawn))
        return tuple(
            compiler.program(name, own, offset_h)
            for name, own in section.duties.items()
            for offset_h in section.shift_offsets_h
        )

    @cached_property
    def model(self) -> Model:
        """What the engine and the plain SimPy twin run, before what is drawn."""
        section = self.section
        stations = [self._place(name, place) for name, place in section.places.items()]
        stations += [self._site(name, site) for name, site in section.sites.items()]
        return Model(
            tuple(stations),
            self.vehicles,
            changes=self._caps(),
            horizon_h=section.horizon_h,
            bin_h=self.bin_h,
            duties=tuple(program.duty for program in self.programs),
        )

    def caps_kw(self, name: str) -> list[float]:
        """Grid-side power that a site has for charging in every hour of the day."""
        return caps_kw(self.section, self.section.sites[name])

    def _caps(self) -> list[Change]:
        days = self.section.days + self.section.warm_up_days
        return [
            change
            for name in self.section.sites
            for change in storage.changes(self.number[name], self.caps_kw(name) * days)
        ]

    def _vehicle(self, name: str) -> Vehicle:
        truck = self.section.trucks.get(name)
        knots = self.curves[truck.curve if truck else name]
        return vehicle(name, knots, self.curve_tolerance, truck.guns if truck else 1)

    def _place(self, name: str, place: Place) -> Station:
        lanes = Cabinet((Evse(),) * place.servers)
        return Station(name, (lanes,), discipline=Discipline[place.discipline.upper()])

    def _site(self, name: str, site: Site) -> Station:
        section = self.section
        return Station(
            name,
            _racks(site.swap) if site.swap else tuple(cabinets_of(site.cabinets.items(), section)),
            cap_kw=self.caps_kw(name)[0],
            efficiency=section.efficiency,
            discipline=Discipline[site.discipline.upper()],
            sharing=Sharing[site.sharing.upper()],
            module_kw=section.module_kw,
            handshake_h=section.handshake_min / 60,
            swap=self._swap(site.swap) if site.swap else None,
        )

    def _swap(self, swap: SwapBays) -> Swap:
        vehicle = self.vehicle_names.index(swap.truck)
        return Swap(vehicle, swap.bays, swap.swap_min / 60, swap.soc)


def _racks(swap: SwapBays) -> tuple[Cabinet, ...]:
    return (Cabinet((Evse(swap.rack_kw),) * swap.packs),)


def check(right: Mapping[str, Any], problems: list[str]) -> Corridor | None:
    """The corridor of sections that are right in themselves, unless there are `problems`: a
    sentence is added for each."""
    section: CorridorSection | None = right.get("corridor")
    engine: EngineSection | None = right.get("engine")
    if section is None:
        if not problems:
            problems.append(
                f"network `{right['network'].name}` has no freight corridor: choose "
                "network=guoyuan, xintian, chengyu_corridor or land_sea_corridor"
            )
        return None
    if engine:
        problems += checks.size(section, section.trucks_in_fleet, engine.most_memory)
    curves = read_curves(section.curves, checks.curve_names(section), problems)
    problems += checks.check(section, curves)
    posterior = None
    if engine and engine.uncertainty == "posterior":
        posterior = Posterior.read(engine.posterior, problems)
    elif engine and engine.uncertainty == "layouts":
        problems.append(
            "`engine.uncertainty` is layouts, but a corridor has none: choose none or posterior"
        )
    if problems or engine is None:
        return None
    return Corridor(
        section, curves, engine.bin_min / 60, engine.curve_tolerance, posterior,
        engine.posterior if posterior else "",
    )  # fmt: skip
