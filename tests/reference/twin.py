"""The whole model in plain SimPy: `run(model, evs)` is what the engine must agree with."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, isfinite
from typing import Any, NamedTuple

import numpy as np

from sim.lifecycle import Kind
from sim.model import Model, Route, Stop
from tests.reference.clock import Clock
from tests.reference.driver import Driver
from tests.reference.journey import Journey
from tests.reference.ledger import Ledger
from tests.reference.station import Station
from tests.reference.tally import FIELDS

Watch = Callable[[float, Sequence[Station]], None]
Ev = Mapping[str, Any]


class Result(NamedTuple):
    visits: list[dict[str, Any]]  # in the order of their beginnings
    bins: dict[str, np.ndarray]  # by field of `tally.FIELDS`: [station, bin]
    end_h: float  # the horizon, or the last event


def run(model: Model, evs: np.ndarray | Sequence[Ev], *, watch: Watch | None = None) -> Result:
    """One replication.  `evs` has the input fields of an EV; `watch(h, stations)` is called
    after each model event, to look and not to touch."""
    clock, ledger = Clock(), Ledger()
    stations = _stations(clock, model)
    _script(clock, model, stations)
    drivers = [
        _driver(clock, model, stations, number, ev, ledger) for number, ev in enumerate(_plain(evs))
    ]
    clock.run_to(model.horizon_h, (lambda: watch(clock.now, stations)) if watch else None)

    end_h = model.horizon_h if isfinite(model.horizon_h) else clock.last_h
    for driver in drivers:
        driver.break_off(end_h)
    for station in stations:
        station.tally.change(end_h, station.tally.state)
    return Result([v.row() for v in ledger.visits], _bins(stations, end_h, model.bin_h), end_h)


def _plain(evs: np.ndarray | Sequence[Ev]) -> list[Ev]:
    """Rows with Python's own numbers, which are faster to read one by one."""
    if isinstance(evs, np.ndarray):
        return [dict(zip(evs.dtype.names, row, strict=True)) for row in evs.tolist()]
    return list(evs)


def _stations(clock: Clock, model: Model) -> list[Station]:
    stations, slots = [], 0
    for number, given in enumerate(model.stations):
        stations.append(Station(clock, given, number, slots, model.bin_h))
        slots += len(given.evses)
    return stations


def _script(clock: Clock, model: Model, stations: Sequence[Station]) -> None:
    for order, change in enumerate(model.changes):
        station = stations[change.station]
        event = clock.at(change.time_h, Kind.STATE, change.station, order)
        event.callbacks.append(lambda _, s=station, c=change: s.change(c))


def _driver(
    clock: Clock, model: Model, stations: Sequence[Station], number: int, ev: Ev,
    ledger: Ledger,
) -> Driver:  # fmt: skip
    vehicle = model.vehicles[ev["vehicle"]]
    # without a route: it turns up at a station that is its destination too
    here = Route("", 0.0, 0.0, (Stop(ev["place"], 0.0, 0.0),))
    route = model.routes[ev["route"]] if ev["route"] >= 0 else here
    journey = Journey(ev, route, stations, vehicle)
    return Driver(clock, number, ev, vehicle, journey, ledger)


def _bins(stations: Sequence[Station], end_h: float, bin_h: float) -> dict[str, np.ndarray]:
    touched = max((n + 1 for s in stations for n in s.tally.bins), default=0)
    count = max(touched, ceil(end_h / bin_h))
    bins = {name: np.zeros((len(stations), count)) for name in FIELDS}
    for station in stations:
        for n, row in station.tally.bins.items():
            for name, value in row.items():
                bins[name][station.number, n] = value
    return bins
