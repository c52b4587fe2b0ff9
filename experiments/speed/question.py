"""How fast is the engine?  Against the plain SimPy twin on the same inputs, interleaved in one run.

Ratios of median times over rounds; the twin is the one of `tests/reference`, so this experiment
needs a checkout of the repository.
"""

import importlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from experiments.config import Checked
from experiments.question import PAGE, ROADS, SITE_RULE, UNCOUNTED, Answer, Asked, Question
from experiments.speed.page import page
from experiments.speed.verdict import verdict
from sim.clock import ns
from sim.config.problems import InputError
from sim.engine import ChargingEnvironment, simulate
from sim.evs import make_evs
from sim.freight.case import Freight
from sim.freight.growth import scaled
from sim.freight.metrics import Measured
from sim.freight.network import corridor_of
from sim.kernels.curve import staircase
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.roads.demand import Demand
from sim.roads.scenario import Scenario, check
from sim.study import store
from sim.study.progress import Progress

TIMES = "speed.json"
ROUNDS = 3
PROMISED = {"stations_1x20": 60.0, "stations_100x10": 60.0, "holiday_journeys": 30.0}
TICK_PROMISED = 1.15
PORT_TRUCKS, PORT_DAYS, PORT_PROMISED_S = 1500, 30, 10.0
TAPER = (np.array([0.0, 0.1, 0.5, 0.7, 0.8, 0.9, 1.0]),
         np.array([60.0, 88.0, 88.0, 66.0, 50.0, 30.0, 8.0]))  # fmt: skip


def stations_only(stations: int, evses: int, cap_kw: float, sessions: int) -> tuple[Model, Any]:
    """Poisson arrivals at `stations` capped stations, 85 % of what the caps can carry."""
    cabinet = Cabinet(tuple(Evse(120.0, 250.0) for _ in range(evses)))
    model = Model(
        tuple(Station(f"s{i}", (cabinet,), cap_kw=cap_kw) for i in range(stations)),
        (Vehicle("midsize", 62.0, staircase(*TAPER)),),
    )
    rng = np.random.default_rng(1)
    evs = make_evs(sessions, place=rng.integers(0, stations, sessions))
    evs["entry_kwh"], evs["target_kwh"] = rng.uniform(6.0, 31.0, sessions), 49.6
    rate = 0.85 * stations * cap_kw / float(49.6 - evs["entry_kwh"].mean())
    evs["entry_ns"] = ns(np.cumsum(rng.exponential(1.0 / rate, sessions)))
    return model, evs


def holiday(scenario: Scenario, days: int) -> tuple[Model, Any]:
    """The first `days` of the scenario, with all its features."""
    draw = Demand(scenario).draw(scenario.engine.seed, 0)
    model, evs = scenario.driven(scenario.model(), draw.evs)
    model = model.with_changes(draw.changes)
    horizon = min(model.horizon_h, 24.0 * days)
    changes = [c for c in model.changes if c.time_h < horizon]
    short = Model(model.stations, model.vehicles, model.routes, changes, horizon, model.bin_h)
    return short, evs[evs["entry_ns"] < ns(horizon)]


def ticking(model: Model, evs: Any) -> None:
    """The same run beside a SimPy process that ticks every simulated minute."""
    env = ChargingEnvironment(model, evs)

    def tick():
        while True:
            yield env.timeout(1.0 / 60.0)

    env.process(tick())
    env.run()
    env.ledger()


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(*works: Callable[[], Any], rounds: int) -> np.ndarray:
    """Seconds of each, in turn [round, work]."""
    return np.array([[seconds(work) for work in works] for _ in range(rounds)])


def slower(times: np.ndarray) -> float:
    """How many times as long the second work takes as the first: the median over rounds."""
    return float(np.median(times[:, 1] / times[:, 0]))


def port(scenario: Scenario) -> dict[str, float]:
    """A replication of Guoyuan with 1,500 trucks, its sites, gates and berths grown with them, over
    30 days: seconds by part, least of two."""
    corridor = corridor_of("guoyuan", scenario.engine)
    times = PORT_TRUCKS / corridor.section.trucks_in_fleet
    large = scaled(corridor, times).with_(days=PORT_DAYS - 1, warm_up_days=1)
    rounds: list[list[float]] = []
    for _ in range(2):
        clock = [time.perf_counter()]
        model, drawn = Freight(large, scenario.engine.seed).drawn(0, PORT_TRUCKS)
        clock.append(time.perf_counter())
        ledger = simulate(model, drawn.evs, drawn.factors)
        clock.append(time.perf_counter())
        Measured(large, ledger).summary()
        clock.append(time.perf_counter())
        rounds.append(np.diff(clock).tolist())
    least = np.min(rounds, axis=0).tolist()
    parts = dict(zip(("draw_s", "run_s", "summary_s"), least, strict=True))
    return {"events": float(ledger.events), **parts, "total_s": sum(least)}


def _twin() -> Callable[[Model, Any], Any]:
    try:
        return importlib.import_module("tests.reference.twin").run
    except ModuleNotFoundError as error:
        raise InputError(
            "experiment=speed compares with the plain SimPy twin in tests/reference: "
            "run it from a checkout of the repository"
        ) from error


def prepare(checked: Checked, progress: Progress) -> Scenario:
    _twin()
    scenario: Scenario = checked.case
    return scenario


def answer(asked: Asked) -> Answer:
    """Measure; write `speed.json`, too."""
    found = measured(asked.case, _twin(), asked.progress)
    store.write_json(asked.output / TIMES, found)
    headline = {name: case["ratio"] for name, case in found["cases"].items()}
    more = {"tick_ratio": found["tick_ratio"], "port_s": found["port"]["total_s"]}
    return Answer(verdict(found), found, {**headline, **more})


def measured(scenario: Scenario, twin: Callable[..., Any], progress: Any) -> dict[str, Any]:
    """All times, and what is promised."""
    progress.status("compiling the kernels (once per machine)")
    ready = seconds(lambda: simulate(*stations_only(1, 2, 100.0, 10)))
    cases = {
        "stations_1x20": stations_only(1, 20, 800.0, 4000),
        "stations_100x10": stations_only(100, 10, 400.0, 4000),
        "holiday_journeys": holiday(scenario, 2),
    }
    ledgers = {name: simulate(*case) for name, case in cases.items()}
    if not np.any(ledgers["holiday_journeys"].visits["slot"] >= 0):
        raise InputError(
            f"nobody charges in the first two days of {scenario.config.demand.name}: there is "
            "nothing to measure"
        )
    answer: dict[str, Any] = {"ready_s": ready, "rounds": ROUNDS, "cases": {}}
    for name, (model, evs) in cases.items():
        progress.status(f"{name}: engine and twin in turn, {ROUNDS} rounds")
        ledger = ledgers[name]
        times = interleaved(partial(simulate, model, evs), partial(twin, model, evs), rounds=ROUNDS)
        ours, theirs = np.median(times, axis=0).tolist()
        sessions = int(np.count_nonzero(ledger.visits["slot"] >= 0))
        answer["cases"][name] = {
            "sessions": sessions, "events": ledger.events, "engine_s": ours, "twin_s": theirs,
            "engine_us_per_session": ours / sessions * 1e6, "ratio": slower(times),
            "promised": PROMISED[name],
        }  # fmt: skip
    progress.status("a SimPy process that ticks every simulated minute")
    model, evs = holiday(scenario, 99)
    times = interleaved(partial(simulate, model, evs), partial(ticking, model, evs), rounds=9)
    answer["tick_ratio"], answer["tick_promised"] = slower(times), TICK_PROMISED
    progress.status(f"a port corridor with {PORT_TRUCKS:,} trucks, {PORT_DAYS} days")
    answer["port"] = {**port(scenario), "promised_s": PORT_PROMISED_S}
    return answer


QUESTION = Question(
    answer,
    reads=(*ROADS, *SITE_RULE, *UNCOUNTED, "-engine.workers"),
    load=check,
    prepare=prepare,
    page=page,
    files=(PAGE, TIMES),
    compiled=False,  # how long it takes is measured, too
)
