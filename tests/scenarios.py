"""Random small networks with every feature, for comparing two implementations of the model.

`scenarios()` draws `(Model, evs)` in two flavors.  *Generic*: no two numbers are related, so
hardly anything happens at the same time unless the model says so.  *Lattice*: times, energies
and powers are such that sums and quotients are exact in floating point, and events of different
EVs and stations fall on exactly the same instant on purpose.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isclose, isnan
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from sim.kernels import records
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Rule, Sharing
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop, Vehicle, make_evs
from tests.reference import twin

TOLERANCE = 1e-9  # hours, kWh
INTEGERS = ("ev", "station", "slot", "vehicle", "outcome", "rerouted_from", "cuts")
INPUTS = records.EV.names[: records.EV.names.index("rack") + 1]
T = TypeVar("T")
Case = tuple[Model, np.ndarray]
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


def is_well_posed(case: Case) -> bool:
    """No two events are so close that rounding decides which comes first."""
    hours: list[float] = []
    twin.run(*case, watch=lambda h, stations: hours.append(h))
    gaps = np.diff(hours)
    return not ((gaps > 0.0) & (gaps < TOLERANCE)).any()


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
    classes = s.some(1, 3, lambda: _evse(s))
    stations = s.some(s.one_of(1, 3), 4, lambda: _station(s, classes))
    vehicles = s.some(1, 3, lambda: _vehicle(s))
    routes = s.some(0, 3, lambda: _route(s, stations))
    changes = s.some(0, 8, lambda: _change(s, stations))
    horizon_h = s.one_of(inf, lambda: s.hours(0.5, 8.0))
    model = Model(stations, vehicles, routes, changes, horizon_h, s.one_of(1.0, 0.25))
    rows = s.some(s.one_of(1, 15), 30, lambda: _ev(s, model))
    return model, _table(rows)


def _table(rows: Sequence[Mapping[str, float]]) -> np.ndarray:
    return make_evs(len(rows), **{name: [row[name] for row in rows] for name in rows[0]})


def _evse(s: Source) -> Evse:
    """Limited in power, in current, in both or in nothing."""
    return Evse(s.one_of(inf, lambda: s.kw(4, 7)), s.one_of(inf, inf, lambda: s.kw(6, 8)))


def _station(s: Source, classes: Sequence[Evse]) -> Station:
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


def _vehicle(s: Source) -> Vehicle:
    """1 to 4 steps; 500 or 1000 V, so that amperes on the lattice are kW on the lattice."""
    battery_kwh = s.one_of(32.0, 64.0, 128.0) if s.lattice else s.kwh(30.0, 120.0)
    ends = {1.0, *s.some(0, 3, lambda: s.number(0.125, 0.9375, 0.0625))}
    steps = tuple((end, s.kw(3, 7)) for end in sorted(ends))
    return Vehicle("any", battery_kwh, steps, volts=s.one_of(500.0, 1000.0))


def _route(s: Source, stations: Sequence[Station]) -> Route:
    """Stops at different stations, some of them at the same km."""
    order = s.draw(st.permutations(range(len(stations))))
    stops, km, h = [], 0.0, 0.0
    for station in order[: s.one_of(0, 1, 2, 4, 4, 4)]:
        if s.one_of(True, True, False):
            km, h = km + s.number(8.0, 64.0, 8.0), h + s.hours(0.125, 0.5)
        stops.append(Stop(station, km, h))
    return Route("any", km + s.number(0.0, 160.0, 8.0), h + s.hours(0.0, 1.0), tuple(stops))


def _change(s: Source, stations: Sequence[Station]) -> Change:
    station = s.index(stations)
    kind = s.one_of(Kind.CAP, Kind.EVSE_DOWN, Kind.EVSE_DOWN, Kind.EVSE_UP)
    cap_kw = s.one_of(inf, 0.0, -1.0, lambda: s.kw(4, 8))
    return Change(s.hours(0.0, 3.0), station, kind, s.index(stations[station].evses), cap_kw)


def _ev(s: Source, model: Model) -> dict[str, float]:
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
