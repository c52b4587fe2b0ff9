"""The whole model in plain SimPy: `run(model, evs)` is what the engine must agree with."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.diaries import NONE, Diaries
from sim.lifecycle import Kind
from sim.model import Model, Route, Stop
from tests.reference.clock import Clock
from tests.reference.diary import Around, Diary, Stay
from tests.reference.driver import Driver
from tests.reference.journey import Journey
from tests.reference.ledger import Ledger
from tests.reference.nanoseconds import NEVER, hours, ns
from tests.reference.pack import Pack
from tests.reference.program import Program
from tests.reference.resident import Resident
from tests.reference.station import Station
from tests.reference.swap import SwapStation
from tests.reference.tally import FIELDS
from tests.reference.truck import Truck

Watch = Callable[[float, Sequence[Station]], None]
Ev = Mapping[str, Any]


class Own(NamedTuple):
    """One diary, what an hour is worth to its driver, and what he thinks of stations."""

    stays: list[Stay]
    cny_per_h: float
    taste_h: float
    taste: int


class Result(NamedTuple):
    visits: list[dict[str, Any]]  # in the order of their beginnings
    bins: dict[str, np.ndarray]  # by field of `tally.FIELDS`: [station, bin]
    end_h: float  # the horizon, or the last event
    deliveries: np.ndarray  # [duty, bin]
    log: list[tuple[int, int, float]]  # EV, step (-1: rest), time at which it began
    fuel_kwh: list[float]  # of each EV: driven on fuel since its last visit
    fees: list[float]  # of each visit [CNY]
    kwh: list[float]  # of each EV: what it held at last
    of_stay: list[int]  # of each visit: number of the stay in the diary; -1 without one
    hop: list[int]  # of each visit: stations tried before it; -1 where the EV stays


def run(
    model: Model, evs: np.ndarray | Sequence[Ev], factors: Sequence[float] | np.ndarray = (),
    diaries: Diaries = NONE, *, watch: Watch | None = None,
) -> Result:  # fmt: skip
    """One replication.  `evs` has the input fields of an EV; `watch(h, stations)` is called
    after each model event, to look and not to touch."""
    clock, ledger = Clock(), Ledger()
    stations = _stations(clock, model)
    _script(clock, model, stations)
    draws = [float(factor) for factor in factors]
    own = _diaries(diaries)
    drivers = [
        _driver(clock, model, stations, number, ev, draws, own, ledger)
        for number, ev in enumerate(_plain(evs))
    ]
    horizon_ns = ns(model.horizon_h)
    clock.run_to(horizon_ns, (lambda: watch(hours(clock.now), stations)) if watch else None)

    end_ns = horizon_ns if horizon_ns < NEVER else clock.last_ns
    for driver in drivers:
        driver.break_off(end_ns)
    for station in stations:
        station.tally.change(end_ns, station.tally.state)
    count = _bin_count(model, stations, end_ns)
    return Result(
        [v.row() for v in ledger.visits], _bins(stations, count), hours(end_ns),
        _deliveries(ledger, model, count), [(n, step, hours(at)) for n, step, at in ledger.log],
        [0.0 if isinstance(d, Pack) else d.journey.fuel_kwh for d in drivers],
        [v.fee_cny for v in ledger.visits],
        [d.kwh if isinstance(d, Pack) else d.journey.kwh for d in drivers],
        [v.stay for v in ledger.visits], [v.hop for v in ledger.visits],
    )  # fmt: skip


def _plain(evs: np.ndarray | Sequence[Ev]) -> list[Ev]:
    """Rows with Python's own numbers, which are faster to read one by one."""
    if isinstance(evs, np.ndarray):
        evs = [dict(zip(evs.dtype.names, row, strict=True)) for row in evs.tolist()]
    return [_in_ns(ev) for ev in evs]


def _in_ns(ev: Ev) -> Ev:
    """Times of an EV may be in nanoseconds, as in the engine's arrays, or in hours, which are read
    here, once."""
    names = ("entry", "patience", "overstay", "deadline")
    return {f"{name}_ns": ns(ev[f"{name}_h"]) for name in names if f"{name}_h" in ev} | dict(ev)


def _diaries(given: Diaries) -> list[Own]:
    stays = [Stay(*row) for row in given.stays.tolist()]
    return [Own(stays[start:end], *of) for start, end, *of in given.diaries.tolist()]


def _stations(clock: Clock, model: Model) -> list[Station]:
    stations, slots = [], 0
    for number, given in enumerate(model.stations):
        kind = SwapStation if given.swap else Station
        stations.append(kind(clock, given, number, slots, ns(model.bin_h)))
        slots += len(given.evses)
    for station in stations:
        if station.given.opposite >= 0:
            station.opposite = stations[station.given.opposite]
        if station.given.tariff >= 0:
            station.tariff = model.tariffs[station.given.tariff]
    return stations


def _script(clock: Clock, model: Model, stations: Sequence[Station]) -> None:
    for order, change in enumerate(model.changes):
        station = stations[change.station]
        event = clock.at(ns(change.time_h), Kind.STATE, change.station, order)
        event.callbacks.append(lambda _, s=station, c=change: s.change(c))


def _driver(
    clock: Clock, model: Model, stations: Sequence[Station], number: int, ev: Ev,
    draws: Sequence[float], diaries: Sequence[Own], ledger: Ledger,
) -> Driver | Pack:  # fmt: skip
    """What EV `number` is: a pack, a truck with a duty, or an EV with a diary, a route or a
    place."""
    vehicle = model.vehicles[ev["vehicle"]]
    if ev["rack"] >= 0:
        pack, station = Pack(clock, number, ev, vehicle, ledger), stations[ev["place"]]
        station.hold(station.evses[ev["rack"]], pack)
        return pack
    if ev["duty"] >= 0:
        own = draws[ev["draw_start"] : ev["draw_end"]]
        program = Program(ev, model.duties[ev["duty"]], vehicle, own)
        return Truck(clock, number, ev, vehicle, program, stations, ledger)
    if ev["diary"] >= 0:
        diary = Diary(ev, *diaries[ev["diary"]], vehicle, Around(clock, model, stations))
        return Resident(clock, number, ev, vehicle, diary, stations, ledger)
    # without a route: it turns up at a station that is its destination too
    here = Route("", 0.0, 0.0, (Stop(ev["place"], 0.0, 0.0),))
    route = model.routes[ev["route"]] if ev["route"] >= 0 else here
    journey = Journey(ev, route, stations, vehicle)
    return Driver(clock, number, ev, vehicle, journey, ledger)


def _bin_count(model: Model, stations: Sequence[Station], end_ns: int) -> int:
    touched = max((n + 1 for s in stations for n in s.tally.bins), default=0)
    return max(touched, -(-end_ns // ns(model.bin_h)))


def _bins(stations: Sequence[Station], count: int) -> dict[str, np.ndarray]:
    bins = {name: np.zeros((len(stations), count)) for name in FIELDS}
    for station in stations:
        for n, row in station.tally.bins.items():
            for name, value in row.items():
                bins[name][station.number, n] = value
    return bins


def _deliveries(ledger: Ledger, model: Model, count: int) -> np.ndarray:
    deliveries = np.zeros((len(model.duties), count))
    for duty, at in ledger.deliveries:
        deliveries[duty, at // ns(model.bin_h)] += 1.0
    return deliveries
