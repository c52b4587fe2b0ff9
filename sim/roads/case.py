"""What is done for a replication of roads: drawn, run, audited, measured."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from sim import audit, metrics
from sim.engine import simulate
from sim.ledger import Ledger
from sim.metrics.platform import shown
from sim.model import Model
from sim.roads.demand import Demand, failures
from sim.roads.scenario import Scenario
from sim.stats.streams import stream
from sim.study import kpis
from sim.study.case import Replication, remembered

PARTS = ("draw", "run", "audit", "tables")  # of the work
APART = ("sim.freight",)  # roads check the section of trucks of a config, and simulate none of them


def figures(scenario: Scenario, replication: int) -> Replication:
    """Key figures of the network and of every station."""
    return _measured(scenario, replication)[0]


def courses(scenario: Scenario, replication: int) -> Replication:
    """The same with the mean EVs waiting at every station in every hour (`queue`), and the key
    figures of `sim.metrics.kpis`."""
    found, ledger = _measured(scenario, replication)
    found = kpis.added(found, ledger, _hours(scenario, replication))
    return replace(found, hours={"queue": metrics.hourly(ledger, "queue_h")})


def tables(
    scenario: Scenario, replication: int, platform: Mapping[str, float] | None = None
) -> Replication:
    """The same with all courses (`sim.metrics.courses`), and the tables of every visit, of every
    bin, and of the key figures of stations; with what a `platform` shows of them that asks every
    `sample_min` and loses the share `lost_messages` of the answers."""
    found, ledger = _measured(scenario, replication)
    began = time.process_time()
    counted, seen = _hours(scenario, replication), {}
    if platform:
        rng = stream(scenario.engine.seed, replication, "platform", "")
        seen = shown(ledger, counted, **platform, rng=rng, numbers=None)
    found = kpis.added(found, ledger, counted, seen)
    wide = {
        "sessions.parquet": ledger.sessions(),
        "station_bins.parquet": ledger.station_bins(),
        "kpis.parquet": found.stations,
    }
    hours = metrics.courses(ledger)
    seconds = {**found.seconds}
    seconds["tables"] += time.process_time() - began
    return replace(found, hours=hours, seconds=seconds, tables=wide)


def _hours(scenario: Scenario, replication: int) -> np.ndarray:
    """The clock hours that count [hour]."""
    return metrics.Window(scenario.of(replication).counted_days()).hours().ravel()


def drawn(scenario: Scenario, replication: int) -> tuple[Model, np.ndarray]:
    """The model of a replication with its failures, and its EVs: all randomness."""
    return _drawn(scenario, scenario.of(replication), replication)[:2]


def _drawn(
    asked: Scenario, scenario: Scenario, replication: int
) -> tuple[Model, np.ndarray, dict[str, float]]:
    seed = asked.engine.seed
    evs, trips = _traffic(_demand(scenario), seed, replication)
    model = _model(scenario) if scenario is asked else scenario.model()  # of a point: used once
    model, evs = scenario.driven(model, evs)
    return model.with_changes(failures(scenario, seed, replication)), evs, trips


def _measured(scenario: Scenario, replication: int) -> tuple[Replication, Ledger]:
    clock = [time.process_time()]
    asked, scenario = scenario, scenario.of(replication)
    model, evs, trips = _drawn(asked, scenario, replication)
    clock.append(time.process_time())
    ledger = simulate(model, evs)
    clock.append(time.process_time())
    audit.check(ledger)
    clock.append(time.process_time())
    window = metrics.Window(scenario.counted_days())
    stations = metrics.stations(ledger, window, scenario.sites)
    network = metrics.network(ledger, window)
    clock.append(time.process_time())
    seconds = dict(zip(PARTS, np.diff(clock).tolist(), strict=True))
    counts = {**trips, "events": ledger.events, "driving_at_end": ledger.driving}
    return Replication(network, stations, {}, counts, {}, seconds), ledger


@remembered(8, "traffic")
def _demand(scenario: Scenario) -> Demand:
    """The demand of all designs that have the traffic of this one: built once."""
    return Demand(scenario)


@remembered(64)
def _model(scenario: Scenario) -> Model:
    return scenario.model()


@lru_cache(maxsize=2)
def _traffic(demand: Demand, seed: int, replication: int) -> tuple[np.ndarray, dict[str, float]]:
    return demand.traffic(seed, replication)
