"""The case of a region, and what is done for a replication of it: drawn, run, audited, measured.

Life is that of everybody who lives in some of the districts.  They may go anywhere in the region,
and charge there; who lives elsewhere and comes to them is left out, as the other way round.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import ValidationError

from sim import audit
from sim.config.folder import configs_dir
from sim.config.problems import InputError, explain
from sim.config.section import changed, plain
from sim.engine import simulate
from sim.ledger import Ledger
from sim.metrics import Window
from sim.metrics.platform import shown
from sim.model import Model
from sim.region import life, load
from sim.region.building import NOTHING, Building
from sim.region.drivers import Drivers, drivers
from sim.region.metrics import METRICS, Measured, by_hour
from sim.region.network import Network, network
from sim.region.prices import TariffSection
from sim.region.region import Region
from sim.region.schema import RegionSection
from sim.region.waits import learnt, seen
from sim.stations.failures import changes
from sim.stats.estimate import Metric
from sim.stats.streams import stream
from sim.study import kpis, store
from sim.study.case import Replication, remembered

PARTS = ("draw", "run", "audit", "tables")  # of the work


@dataclass(frozen=True)
class Inhabited:
    """Some districts of a region with those who live there.

    Attributes
    ----------
    districts : by their keys, in the order of the tables.
    seed : of life; the region has its own.
    bin_h, tolerance : of bins, and of charging curves.
    waits_h : what drivers expect who see no lines, [station, hour of the week]; None: no waits.
    building : what is built beside what the section says; nobody expects a wait at a new station.
    """

    section: RegionSection
    tariff: TariffSection
    districts: tuple[str, ...]
    seed: int
    bin_h: float
    tolerance: float
    waits_h: np.ndarray | None = None
    building: Building = NOTHING

    works: ClassVar[str] = __name__
    metrics: ClassVar[Mapping[str, Metric]] = METRICS

    @cached_property
    def key(self) -> str:
        waits = None if self.waits_h is None else sha256(self.waits_h.tobytes()).hexdigest()
        return store.digest([self.traffic, self._there, waits])

    @cached_property
    def traffic(self) -> str:
        return store.digest([self.section.model_dump_json(), self.districts, self.seed,
                             self.input_hashes()])  # fmt: skip

    @cached_property
    def _there(self) -> str:
        """Names the network."""
        own = [self._made, self.tariff.model_dump_json(), self.districts, self.bin_h]
        return store.digest([*own, self.tolerance, self.building.text])

    @cached_property
    def _made(self) -> str:
        """Names the region before anything is built."""
        return store.digest([self.section.model_dump_json(), self.input_hashes()])

    @property
    def days(self) -> range:
        """Numbers of those that count."""
        return range(self.section.charging.warm_up_days, self.section.living.days)

    def input_hashes(self) -> dict[str, str]:
        """First 16 hex digits of the SHA-256 of every table that is read."""
        tables = self.section.tables.model_dump()
        names = [own for own in (*tables.values(), self.tariff.prices) if own]
        return {
            name: sha256((configs_dir() / name).read_bytes()).hexdigest()[:16] for name in names
        }

    def with_(self, **settings: Any) -> Self:
        """The same with other settings of the region, by dotted paths as on the command line:
        `case.with_(**{"region.seed": 2})`.

        Raises `InputError` where they cannot be.
        """
        cfg = {"region": plain(self.section)}
        for path, value in settings.items():
            if not path.startswith("region."):
                raise InputError(f"`{path}` is no setting of a region: it begins with region.")
            cfg = changed(cfg, path, plain(value))
        try:
            return replace(self, section=RegionSection.model_validate(cfg["region"]))
        except ValidationError as error:
            raise InputError(explain(error)) from None

    def expecting(self, waits_h: np.ndarray) -> Self:
        """The same, of which drivers expect these waits."""
        return replace(self, waits_h=waits_h)

    def built(self, building: Building) -> Self:
        """The same with that, and nothing else, built: who lives there, and what they expect of
        stations that stood before, does not change."""
        return replace(self, building=building)

    # ---- what is simulated -------------------------------------------------------------------

    @property
    def region(self) -> Region:
        """Raises InputError with a sentence for every problem of its tables."""
        return _region(self)

    @property
    def network(self) -> Network:
        return _network(self)

    @cached_property
    def numbers(self) -> np.ndarray:
        """Of the districts, in the tables."""
        rows = [own.district for own in self.region.tables.districts]
        return np.array([rows.index(district) for district in self.districts])

    @cached_property
    def stations(self) -> np.ndarray:
        """Numbers of the public stations of the districts."""
        of = self.region.zones.rows["district"][self.region.stations.rows["zone"]]
        return np.flatnonzero(np.isin(of, self.numbers))

    def draw(self, replication: int) -> tuple[Model, Drivers]:
        """The model of a replication with its failures, and who lives in it: all randomness."""
        region, there = self.region, self.network
        week = life.draw(region, self.seed, replication, self.districts)
        people = drivers(region, week, there.own, self.seed, replication)
        model = there.model
        if self.waits_h is not None:
            new = [len(region.stations.names) - len(self.building.sites)] * len(self.building.sites)
            model = model.with_waits(np.insert(self.waits_h, new, 0.0, axis=0))
        if failures := region.section.charging.failures:
            outages = [
                change
                for n in self.stations.tolist()
                for change in changes(
                    region.stations.names[n], n, [0.0] * len(model.stations[n].evses), failures,
                    model.horizon_h, self.seed, replication,
                )
            ]  # fmt: skip
            model = model.with_changes(outages)
        return model, people

    def measured(self, ledger: Ledger, people: Drivers) -> Measured:
        return Measured(self.region, ledger, self.stations, self.numbers, people.has_own)


@remembered(4, "_made")
def _drawn(case: Inhabited) -> Region:
    return load.drawn(case.section)


@remembered(4, "_there")
def _region(case: Inhabited) -> Region:
    return case.building.of(_drawn(case))


@remembered(4, "_there")
def _network(case: Inhabited) -> Network:
    prices = load.read(case.tariff)
    return network(_region(case), prices, case.numbers.tolist(), case.bin_h, case.tolerance)


# ---- works -----------------------------------------------------------------------------------


def audited(case: Inhabited, replication: int) -> tuple[Ledger, Drivers, list[float]]:
    """A replication that has been drawn, run and audited, who lives in it, and when each of these
    began and the last one ended [s of processor time]."""
    clock = [time.process_time()]
    model, people = case.draw(replication)
    clock.append(time.process_time())
    ledger = simulate(model, people.evs, (), people.diaries)
    clock.append(time.process_time())
    audit.check(ledger)
    clock.append(time.process_time())
    return ledger, people, clock


def parts(clock: list[float]) -> dict[str, float]:
    """Seconds of processor time of each part of the work, the last of which ends now."""
    return dict(zip(PARTS, np.diff([*clock, time.process_time()]).tolist(), strict=True))


def counts(ledger: Ledger) -> dict[str, float]:
    return {"drawn": float(len(ledger.evs)), "events": float(ledger.events)}


def figures(case: Inhabited, replication: int) -> Replication:
    """Figures of the districts and of every public station in them; `more`: mean kW at every hour
    of the day, of public stations and of own chargers."""
    ledger, people, clock = audited(case, replication)
    return replace(_figures(case, ledger, people), seconds=parts(clock))


def overseen(
    case: Inhabited, replication: int, session: tuple[float, int], platform: Mapping[str, float]
) -> Replication:
    """The same with the key figures of these stations (`sim.metrics.kpis`), and what a `platform`
    shows of them that asks every `sample_min` and loses the share `lost_messages` of the answers.

    `session`: kWh and clock hour of the standard session.
    """
    ledger, people, clock = audited(case, replication)
    hours, own = Window(tuple(case.days)).hours().ravel(), case.stations
    rng = stream(case.seed, replication, "platform", "")
    seen = shown(ledger, hours, **platform, rng=rng, numbers=own)
    found = kpis.added(_figures(case, ledger, people), ledger, hours, seen, own, session)
    return replace(found, seconds=parts(clock))


def _figures(case: Inhabited, ledger: Ledger, people: Drivers) -> Replication:
    measured = case.measured(ledger, people)
    stations = measured.stations()
    found = measured.figures(stations)
    more = {"kw": by_hour(ledger, case.days, len(case.region.stations.names))}
    return Replication(found, stations, {}, counts(ledger), more)


def learn(case: Inhabited, replication: int, rounds: int) -> Replication:
    """What drivers who see no lines come to expect, in so many runs of one replication: `hours` has
    `waits` [h], [station of the model, hour of the week]; `more`: how far every round was `off`
    [min]."""
    began = time.process_time()
    model, people = case.draw(replication)
    public = len(case.region.stations.names)

    def run(waits_h: np.ndarray) -> np.ndarray:
        ledger = simulate(model.with_waits(waits_h), people.evs, (), people.diaries)
        return seen(ledger, case.days, public)

    none = np.zeros((len(model.stations), 168))
    waits_h, off = learnt(run, none, rounds, case.stations)
    seconds = {"learn": time.process_time() - began}
    return Replication(
        hours={"waits": waits_h}, counts={"runs": rounds}, more={"off": off}, seconds=seconds
    )
