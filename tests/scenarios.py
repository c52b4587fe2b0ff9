"""Random small networks with every feature, for comparing two implementations of the model.

`scenarios()` draws `(Model, evs)` in two flavors.  *Generic*: no two numbers are related, so
hardly anything happens at the same time unless the model says so.  *Lattice*: times, energies
and powers are such that sums and quotients are exact in floating point, and events of different
EVs and stations fall on exactly the same instant on purpose.

`truck_scenarios()` draws `(Model, evs, factors)` in the same flavors: trucks in their duties among
other EVs, at stations where two guns, gates and swaps are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isclose, isnan
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from sim.clock import HOUR
from sim.evs import make_evs
from sim.kernels import records
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Opportunity, Rule, Sharing
from sim.lifecycle import Step as Does
from sim.model import (
    Cabinet,
    Change,
    Duty,
    Evse,
    Model,
    Route,
    Station,
    Step,
    Stop,
    Swap,
    Vehicle,
)
from sim.tariff import Tariff
from tests.reference import twin

TOLERANCE = 1e-9  # hours, kWh
INTEGERS = ("ev", "station", "vehicle", "slot", "partner", "outcome", "rerouted_from", "cuts")
INPUTS = records.EV.names
T = TypeVar("T")
Case = tuple[Model, np.ndarray]
TruckCase = tuple[Model, np.ndarray, np.ndarray]  # with the random factors of the steps
Log = Sequence[tuple[int, int, float]]


def close(rows_a: Sequence[Mapping[str, Any]], rows_b: Sequence[Mapping[str, Any]]) -> None:
    """Assert that two lists of visits are the same: integers equal, the rest to 1e-9."""
    for n, (a, b) in enumerate(zip(rows_a, rows_b, strict=False)):
        assert a.keys() == b.keys(), f"visit {n}: fields {list(a)} and {list(b)}"
        wrong = [name for name in a if not _same(name, a[name], b[name])]
        fields = "".join(f"\n  {name}: {a[name]!r} and {b[name]!r}" for name in wrong)
        assert not wrong, f"visit {n} differs in{fields}\nof\n  {dict(a)}\n  {dict(b)}"
    assert len(rows_a) == len(rows_b), f"{len(rows_a)} and {len(rows_b)} visits"


def close_log(log_a: Log, log_b: Log) -> None:
    """Assert that two logs of steps are the same: EV and step equal, the time to 1e-9."""
    for n, (a, b) in enumerate(zip(log_a, log_b, strict=False)):
        assert tuple(a[:2]) == tuple(b[:2]), f"row {n} of the log: {a} and {b}"
        assert isclose(a[2], b[2], rel_tol=0.0, abs_tol=TOLERANCE), f"row {n}: {a} and {b}"
    assert len(log_a) == len(log_b), f"{len(log_a)} and {len(log_b)} rows of the log"


def _same(name: str, a: float, b: float) -> bool:
    if name in INTEGERS:
        return a == b
    return (isnan(a) and isnan(b)) or isclose(a, b, rel_tol=0.0, abs_tol=TOLERANCE)


@st.composite
def scenarios(draw: st.DrawFn, lattice: bool | None = None) -> Case:
    """`(Model, evs)` of either flavor, or of the one that is asked for."""
    if lattice is None:
        lattice = draw(st.booleans())
    return draw(_cases(lattice).filter(is_well_posed))


@st.composite
def truck_scenarios(draw: st.DrawFn, lattice: bool | None = None) -> TruckCase:
    """`(Model, evs, factors)` of either flavor, or of the one that is asked for."""
    if lattice is None:
        lattice = draw(st.booleans())
    cases = _truck_cases(lattice).filter(is_well_posed)
    return draw(cases.filter(has_clear_times) if lattice else cases)


def is_well_posed(case: Case | TruckCase) -> bool:
    """No two events are so close that rounding decides which comes first."""
    return not _almost_equal(_event_times(case))


def has_clear_times(case: TruckCase) -> bool:
    """No truck has rested for almost, and not exactly, as long as it has to, and so on.

    On the lattice it compares the time with whole multiples of 1/16 h since another event.
    """
    return not _almost_equal(np.sort(_event_times(case) % (HOUR // 16)))


def _event_times(case: Case | TruckCase) -> np.ndarray:
    times: list[int] = []
    twin.run(*case, watch=lambda now_ns, stations: times.append(now_ns))
    return np.array(times, np.int64)


def _almost_equal(rising: np.ndarray) -> bool:
    """Both models round half to even, so a nanosecond is no doubt."""
    gaps = np.diff(rising)
    return bool(((gaps > 1) & (gaps < TOLERANCE * HOUR)).any())


@dataclass
class Source:
    """Draws numbers of one flavor."""

    draw: st.DrawFn
    lattice: bool
    drawn: int = 0

    def number(self, low: float, high: float, unit: float) -> float:
        """On the lattice a multiple of `unit`; else anything, hardly ever the same twice."""
        if self.lattice:
            return unit * self.draw(st.integers(int(low / unit), int(high / unit)))
        self.drawn += 1
        k = self.draw(st.integers(0, 2**16))
        return low + (high - low) * ((k * 0.6180339887498949 + self.drawn * 0.7548776662466927) % 1)

    def hours(self, low: float, high: float) -> float:
        return self.number(low, high, 1 / 8)

    def kwh(self, low: float, high: float) -> float:
        return self.number(low, high, 1.0)

    def kw(self, low: int, high: int) -> float:
        """Between 2^low and 2^high kW: on the lattice a power of two."""
        if self.lattice:
            return 2.0 ** self.draw(st.integers(low, high))
        return self.number(2.0**low, 2.0**high, 1.0)

    def one_of(self, *options: T | Callable[[], T]) -> T:
        option = self.draw(st.sampled_from(options))
        return option() if callable(option) else option

    def some(self, low: int, high: int, make: Callable[[], T]) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(low, high))))

    def index(self, of: Sequence[Any]) -> int:
        return self.draw(st.integers(0, len(of) - 1))


@st.composite
def _cases(draw: st.DrawFn, lattice: bool) -> Case:
    s = Source(draw, lattice)
    classes = s.some(1, 3, lambda: some_evse(s))
    stations = s.some(s.one_of(1, 3), 4, lambda: some_station(s, classes))
    stations = _with_sides(s, stations)
    tariffs = s.some(s.one_of(0, 1), 2, lambda: some_tariff(s))
    stations = with_tariffs(s, stations, tariffs)
    vehicles = s.some(1, 3, lambda: some_vehicle(s))
    routes = s.some(0, 3, lambda: _route(s, stations))
    changes = s.some(0, 8, lambda: some_change(s, stations))
    horizon_h = s.one_of(inf, lambda: s.hours(0.5, 8.0))
    bin_h = s.one_of(1.0, 0.25)
    model = Model(stations, vehicles, routes, changes, horizon_h, bin_h, tariffs=tariffs)
    rows = s.some(s.one_of(1, 15), 30, lambda: some_ev(s, model))
    return model, table(rows)


def table(rows: Sequence[Mapping[str, float]]) -> np.ndarray:
    return make_evs(len(rows), **{name: [row[name] for row in rows] for name in rows[0]})


def some_evse(s: Source) -> Evse:
    """Limited in power, in current, in both or in nothing."""
    return Evse(s.one_of(inf, lambda: s.kw(4, 7)), s.one_of(inf, inf, lambda: s.kw(6, 8)))


def some_station(s: Source, classes: Sequence[Evse]) -> Station:
    def cabinet() -> Cabinet:
        evses = s.some(1, s.one_of(1, 2, 3), lambda: classes[s.index(classes)])
        return Cabinet(evses, s.one_of(inf, lambda: s.kw(4, 8)))

    return Station(
        "any",
        s.some(1, s.one_of(1, 1, 3), cabinet),
        cap_kw=s.one_of(inf, lambda: s.kw(4, 8)),
        efficiency=s.one_of(1.0, lambda: s.number(0.5, 1.0, 0.5)),
        discipline=s.one_of(Discipline.FCFS, *Discipline),
        sharing=s.one_of(Sharing.MAX_MIN, *Sharing),
        module_kw=s.kw(2, 5),
        line_places=s.one_of(-1, -1, -1, 0, 1, 3),
        handshake_h=s.one_of(0.0, lambda: s.hours(0.0, 0.25)),
        soc_cap=s.one_of(1.0, lambda: s.number(0.5, 1.0, 0.125)),
        session_limit_h=s.one_of(inf, lambda: s.hours(0.0, 1.0)),
        service_h=s.hours(0.25, 1.0),
        expected_wait_h=s.one_of(0.0, lambda: s.hours(0.0, 1.0)),
    )


def _with_sides(s: Source, stations: Sequence[Station]) -> tuple[Station, ...]:
    """Some of them are two sides of the same place: first and last, and so on inwards."""
    pairs = s.one_of(0, 0, 1, 2, 2)
    last = len(stations) - 1
    return tuple(
        replace(x, opposite=last - n, cross_h=s.one_of(0.0, lambda: s.hours(0.0, 0.25)))
        if min(n, last - n) < pairs and 2 * n != last else x
        for n, x in enumerate(stations)
    )  # fmt: skip


def some_tariff(s: Source) -> Tariff:
    """Of some prices, one after the other."""
    prices = s.some(1, 5, lambda: s.number(0.25, 2.0, 0.25))
    return Tariff("any", tuple(prices[h % len(prices)] for h in range(s.one_of(24, 168))))


def with_tariffs(
    s: Source, stations: Sequence[Station], tariffs: Sequence[Tariff]
) -> tuple[Station, ...]:
    return tuple(replace(x, tariff=s.one_of(*range(-1, len(tariffs)))) for x in stations)


def some_vehicle(s: Source) -> Vehicle:
    """1 to 4 steps; 500 or 1000 V, so that amperes on the lattice are kW on the lattice."""
    battery_kwh = s.one_of(32.0, 64.0, 128.0) if s.lattice else s.kwh(30.0, 120.0)
    ends = {1.0, *s.some(0, 3, lambda: s.number(0.125, 0.9375, 0.0625))}
    steps = tuple((end, s.kw(3, 7)) for end in sorted(ends))
    volts = s.one_of(500.0, 1000.0)
    return Vehicle("any", battery_kwh, steps, volts, hybrid=s.one_of(False, False, True))


def _route(s: Source, stations: Sequence[Station]) -> Route:
    """Stops at different stations, some of them at the same km; at one side of two only."""
    order: list[int] = []
    for station in s.draw(st.permutations(range(len(stations)))):
        if stations[station].opposite not in order:
            order.append(station)
    stops, km, h = [], 0.0, 0.0
    for station in order[: s.one_of(0, 1, 2, 4, 4, 4)]:
        if s.one_of(True, True, False):
            km, h = km + s.number(8.0, 64.0, 8.0), h + s.hours(0.125, 0.5)
        stops.append(Stop(station, km, h))
    return Route("any", km + s.number(0.0, 160.0, 8.0), h + s.hours(0.0, 1.0), tuple(stops))


def some_change(s: Source, stations: Sequence[Station]) -> Change:
    station = s.index(stations)
    kind = s.one_of(Kind.CAP, Kind.EVSE_DOWN, Kind.EVSE_DOWN, Kind.EVSE_UP)
    cap_kw = s.one_of(inf, 0.0, -1.0, lambda: s.kw(4, 8))
    return Change(s.hours(0.0, 3.0), station, kind, s.index(stations[station].evses), cap_kw)


def some_ev(s: Source, model: Model) -> dict[str, float]:
    vehicle = s.index(model.vehicles)
    full = model.vehicles[vehicle].battery_kwh
    return {
        "route": s.one_of(-1, *3 * list(range(len(model.routes)))),
        "place": s.index(model.stations),
        "vehicle": vehicle,
        "entry_h": s.hours(0.0, 2.0),
        "entry_kwh": s.kwh(s.one_of(0.0, 0.125, 0.25) * full, s.one_of(0.375, 1.0) * full),
        "kwh_per_km": s.number(0.125, 0.375, 0.125),
        "target_kwh": s.kwh(0.25 * full, full),
        "stop_kwh": s.kwh(0.0, 0.5 * full),
        "reserve_kwh": s.kwh(0.0, s.one_of(0.0, 0.125, 0.5) * full),
        "dest_kwh": s.kwh(0.0, full),
        "ev_kw": s.one_of(inf, inf, lambda: s.kw(3, 6)),
        "priority": s.one_of(0.0, -1.0, lambda: s.number(0.0, 4.0, 1.0)),
        "deadline_h": s.one_of(inf, inf, lambda: s.hours(0.0, 4.0)),
        "patience_h": s.one_of(inf, 0.0, lambda: s.hours(0.0, 1.0)),
        "overstay_h": s.one_of(0.0, lambda: s.hours(0.0, 0.5)),
        "balk_per_evse": s.one_of(inf, inf, 0.0, 0.5, 1.0, 2.0),
        "rule": s.one_of(*Rule),
        "informed": s.one_of(0, 1),
    }


# -- trucks


@st.composite
def _truck_cases(draw: st.DrawFn, lattice: bool) -> TruckCase:
    """Swap stations come after all others, which EVs with a route or a place keep to."""
    s = Source(draw, lattice)
    start_h = s.one_of(0.0, 0.0, 20.0)  # some cases are over midnight
    classes = s.some(1, 2, lambda: some_evse(s))
    vehicles = s.some(1, 3, lambda: _truck_type(s))
    packs = s.index(vehicles)  # the type of all packs
    plain = s.some(1, s.one_of(1, 2, 3), lambda: _truck_stop(s, classes))
    swaps = s.some(s.one_of(0, 1), s.one_of(1, 1, 2), lambda: _swap_station(s, classes, packs))
    routes = s.some(0, 2, lambda: _route(s, plain))
    duties = s.some(1, 3, lambda: _duty(s, start_h, len(plain), len(swaps)))
    tariffs = s.some(0, 1, lambda: some_tariff(s))
    changes = s.some(s.one_of(0, 0, 3), 6, lambda: some_outage(s, start_h, plain))
    changes += s.some(0, 2, lambda: _curtailment(s, start_h, (*plain, *swaps)))
    model = Model(
        with_tariffs(s, (*plain, *swaps), tariffs), vehicles, routes,
        [c for pair in changes for c in pair],
        start_h + s.hours(s.one_of(1.0, 6.0, 6.0), s.one_of(10.0, 10.0, 10.0, 30.0)),
        s.one_of(1.0, 0.25), duties, tariffs,
    )  # fmt: skip
    factors = np.array(s.some(0, 8, lambda: s.number(0.5, 2.0, 0.5)), np.float64)
    trucks = s.some(s.one_of(1, 4), 8, lambda: _truck(s, model, start_h, packs, len(factors)))
    others = s.some(0, s.one_of(2, 8), lambda: _other(s, model, start_h, plain))
    rows = [*_packs(model), *others, *trucks]
    if s.one_of(True, False):
        rows = rows[::-1]
    return model, table([_NO_TRUCK | row for row in rows]), factors


_NO_TRUCK = {name: make_evs(1)[name][0] for name in INPUTS if not name.endswith("_ns")}
_NO_TRUCK |= {"entry_h": 0.0, "patience_h": inf, "overstay_h": 0.0, "deadline_h": inf}


def _truck_type(s: Source) -> Vehicle:
    """A vehicle that is charged four times as fast as others, so that its day is not over."""
    vehicle = some_vehicle(s)
    steps = tuple((end, 4.0 * kw) for end, kw in vehicle.steps)
    return replace(vehicle, steps=steps, guns=s.one_of(1, 2, 2), hybrid=False)


def _truck_stop(s: Source, classes: Sequence[Evse]) -> Station:
    """With EVSEs for two guns, power and time: of caps and limits that leave little, only some."""

    def cabinet() -> Cabinet:
        evses = s.some(s.one_of(1, 2, 2), 3, lambda: classes[s.index(classes)])
        return Cabinet(evses, s.one_of(inf, lambda: s.kw(5, 8)))

    station = replace(some_station(s, classes), cabinets=s.some(1, s.one_of(1, 1, 2), cabinet))
    rich = {"cap_kw": inf, "session_limit_h": inf, "soc_cap": 1.0, "line_places": -1}
    return replace(station, **rich) if s.one_of(True, False) else station


def _swap_station(s: Source, classes: Sequence[Evse], packs: int) -> Station:
    """With few racks, so that trucks wait for packs."""
    swap = Swap(packs, s.one_of(1, 1, 2), s.hours(0.125, 0.25), s.one_of(1.0, 0.75))
    racks = s.some(1, s.one_of(1, 2, 4), lambda: classes[s.index(classes)])
    cabinets = (
        (Cabinet(racks[:2], s.kw(4, 7)), Cabinet(racks[2:])) if racks[2:] else (Cabinet(racks),)
    )
    return replace(_truck_stop(s, classes), cabinets=cabinets, swap=swap)


def _packs(model: Model) -> list[dict[str, float]]:
    """One for every rack."""
    return [
        {
            "place": number, "vehicle": station.swap.vehicle, "rack": rack,
            "entry_kwh": station.swap.soc * model.vehicles[station.swap.vehicle].battery_kwh,
        }
        for number, station in enumerate(model.stations) if station.swap
        for rack in range(len(station.evses))
    ]  # fmt: skip


def some_outage(s: Source, start_h: float, stations: Sequence[Station]) -> tuple[Change, ...]:
    station = s.index(stations)
    evse, down_h = s.index(stations[station].evses), start_h + s.hours(0.0, 6.0)
    up_h = down_h + s.hours(0.0, 3.0)
    return (
        Change(down_h, station, Kind.EVSE_DOWN, evse), Change(up_h, station, Kind.EVSE_UP, evse)
    )  # fmt: skip


def _curtailment(s: Source, start_h: float, stations: Sequence[Station]) -> tuple[Change, ...]:
    station, from_h = s.index(stations), start_h + s.hours(0.0, 6.0)
    low_kw, high_kw = s.one_of(0.0, lambda: s.kw(4, 6)), s.one_of(inf, lambda: s.kw(6, 8))
    to_h = from_h + s.hours(0.0, 2.0)
    return (
        Change(from_h, station, Kind.CAP, cap_kw=low_kw),
        Change(to_h, station, Kind.CAP, cap_kw=high_kw),
    )


def _duty(s: Source, start_h: float, plain: int, swaps: int) -> Duty:
    """Some steps in any order.  The first is a drive that takes time and is never left out, so
    that nobody goes round and round at one instant: but for who idles on purpose."""
    if s.one_of(True, *10 * [False]):
        return _idle_duty(s, start_h)
    steps = [_drive(s, s.hours(0.125, 0.5))]
    for _ in range(s.draw(st.integers(3, 8))):
        steps += s.one_of(
            lambda: [_drive(s, s.one_of(0.0, lambda: s.hours(0.0, 1.0)))],
            lambda: [_drive(s, s.hours(0.0, 1.0)), _charge(s, s.draw(st.integers(0, plain - 1)))],
            lambda: [_charge(s, s.draw(st.integers(0, plain + swaps - 1)))],
            lambda: [_charge(s, s.draw(st.integers(0, plain + swaps - 1)))],
            lambda: [_charge(s, plain + swaps - 1)],
            lambda: [_serve(s, plain)],
            lambda: [_serve(s, plain), Step(Does.DELIVER)],
            lambda: [Step(Does.DELIVER)],
            lambda: [Step(Does.PAUSE, h=s.hours(0.0, 1.0))],
            lambda: [_skip(s, start_h), *s.some(0, 1, lambda: _until(s, start_h))],
        )
    for n, step in enumerate(steps):
        if step.kind == Does.SKIP:
            steps[n] = replace(step, skip=min(step.skip, len(steps) - 1 - n))
    limit_h = s.one_of(inf, lambda: s.hours(0.25, 2.0))
    return Duty("any", tuple(steps), limit_h, s.one_of(0.0, lambda: s.hours(0.125, 1.0)))


def _idle_duty(s: Source, start_h: float) -> Duty:
    """For the first minutes nothing takes any time."""
    skip = Step(Does.SKIP, from_h=start_h, to_h=start_h + 0.1203, skip=s.one_of(1, 2))
    drive = _drive(s, s.hours(0.125, 0.5))
    return Duty("idle", (drive, Step(Does.DELIVER), Step(Does.PAUSE, h=s.hours(0.0, 0.5)), skip))


def _drive(s: Source, h: float) -> Step:
    km, load = s.number(0.0, 40.0, 8.0), s.one_of(1.0, 1.0, 0.5, 2.0)
    return Step(Does.DRIVE, h, km, load, drawn=s.one_of(True, False))


def _charge(s: Source, station: int) -> Step:
    """More often than not as far as a pack is charged at most."""
    soc = s.one_of(1.0, 0.75, 0.75, lambda: s.number(0.25, 1.0, 0.125))
    return Step(Does.CHARGE, station=station, rule=s.one_of(*Opportunity), soc=soc)


def _serve(s: Source, plain: int) -> Step:
    station = s.draw(st.integers(0, plain - 1))
    return Step(Does.SERVE, s.hours(0.0, 0.5), station=station, drawn=s.one_of(True, False))


def _until(s: Source, start_h: float) -> Step:
    return Step(Does.UNTIL, from_h=_clock(s, start_h, 8.0))


def _skip(s: Source, start_h: float) -> Step:
    from_h, to_h = _clock(s, start_h, 8.0), _clock(s, start_h, 8.0)
    return Step(Does.SKIP, from_h=from_h, to_h=to_h, skip=s.one_of(1, 1, 2))


def _clock(s: Source, start_h: float, within_h: float) -> float:
    return (start_h + s.hours(0.0, within_h)) % 24.0


def _other(s: Source, model: Model, start_h: float, plain: Sequence[Station]) -> dict[str, float]:
    ev = some_ev(s, model)
    ev["place"] = s.index(plain)
    ev["entry_h"] += start_h + s.one_of(0.0, 2.0, 4.0)
    ev["deadline_h"] += start_h
    return ev | {"aux_kw": _aux_kw(s)}


def _aux_kw(s: Source) -> float:
    return s.one_of(0.0, lambda: s.kw(0, 3))


def _truck(s: Source, model: Model, start_h: float, packs: int, factors: int) -> dict[str, float]:
    """Its route and place, its target and its overstay mean nothing."""
    ev = some_ev(s, model)
    duty = s.index(model.duties)
    steps = model.duties[duty].steps
    swaps = any(k.kind == Does.CHARGE and model.stations[k.station].swap for k in steps)
    vehicle = packs if swaps else ev["vehicle"]
    full = model.vehicles[vehicle].battery_kwh
    draws = sorted((s.draw(st.integers(0, factors)), s.draw(st.integers(0, factors))))
    return ev | {
        "route": -1,
        "vehicle": vehicle,
        "duty": duty,
        "first": s.index(steps),
        "entry_h": start_h + ev["entry_h"],
        "entry_kwh": s.kwh(0.375 * full, full),
        "stop_kwh": s.kwh(0.0, 0.5 * full),
        "reserve_kwh": s.kwh(0.0, s.one_of(0.0, 0.125, 0.25) * full),
        "deadline_h": s.one_of(inf, inf, inf, lambda: start_h + s.hours(0.0, 8.0)),
        "aux_kw": _aux_kw(s),
        "draw_start": draws[0],
        "draw_end": draws[1],
        "logged": s.one_of(1, 1, 0),
    }
