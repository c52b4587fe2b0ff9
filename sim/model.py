"""The nouns of one simulated network.

A `Model` is what `scenario.py` makes of a configuration, what a test builds by hand, and what
the plain SimPy twin reads: immutable, without randomness, without state.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import inf, isfinite, isnan
from typing import Any

import numpy as np

from sim.arrays import Arrays
from sim.clock import ns
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Opportunity, Sharing
from sim.lifecycle import Step as StepKind
from sim.tariff import PERIODS, Tariff
from sim.tariff import impossible as impossible_tariffs
from sim.zone import Zone
from sim.zone import impossible as impossible_zones

DAY_H = 24.0


@dataclass(frozen=True)
class Evse:
    """Serves one EV at a time.  `kw` and `amps` bound the power at the battery side."""

    kw: float = inf
    amps: float = inf

    def limit_kw(self, volts: float) -> float:
        return min(self.kw, self.amps * volts / 1000.0)

    @property
    def doubled(self) -> "Evse":
        """Two of these at one truck."""
        return Evse(2.0 * self.kw, 2.0 * self.amps)


@dataclass(frozen=True)
class Cabinet:
    """A power stack of `kw` shared by its EVSEs."""

    evses: tuple[Evse, ...]
    kw: float = inf

    @property
    def rated_kw(self) -> float:
        """What it can deliver: its stack, or all its EVSEs if that is less."""
        return min(self.kw, sum(evse.kw for evse in self.evses))


@dataclass(frozen=True)
class Swap:
    """What makes a station a swap station: trucks leave their pack and take a charged one.

    Every EVSE of the station is the rack of one pack of type `vehicle` (number of the `Vehicle`),
    charged up to `soc` and held at the start at `soc`.  `bays` trucks at a time, `swap_h` each.
    Only trucks of that type may come.
    """

    vehicle: int
    bays: int = 1
    swap_h: float = 1 / 12
    soc: float = 1.0


@dataclass(frozen=True)
class Station:
    """One place with one grid connection and one line.

    `cap_kw` is the grid-side power left for charging (transformer kVA x power factor x loading
    limit - other load) from the start of the run until a `Change` says otherwise.  EVSEs are
    numbered through the cabinets in the order given.  `module_kw` is the size of a power module,
    for modular sharing.

    `opposite` is the number of the station on the other side of the road to which EVs are guided
    where they will wait less, `cross_h` later (-1: nobody is); it guides to this one.  `tariff` is
    the number of what it charges (-1: nothing).
    """

    name: str
    cabinets: tuple[Cabinet, ...]
    cap_kw: float = inf
    efficiency: float = 1.0
    discipline: Discipline = Discipline.FCFS
    sharing: Sharing = Sharing.MAX_MIN
    module_kw: float = inf
    line_places: int = -1  # -1: no limit
    handshake_h: float = 0.0
    soc_cap: float = 1.0
    session_limit_h: float = inf
    service_h: float = 0.5
    expected_wait_h: float = 0.0
    swap: Swap | None = None
    opposite: int = -1
    cross_h: float = 0.0
    tariff: int = -1

    @cached_property
    def evses(self) -> tuple[Evse, ...]:
        return tuple(evse for cabinet in self.cabinets for evse in cabinet.evses)

    @property
    def servers(self) -> int:
        """How many EVs can be served at a time."""
        return self.swap.bays if self.swap else len(self.evses)

    @property
    def rated_kw(self) -> float:
        """What the cabinets can deliver to batteries."""
        return sum(cabinet.rated_kw for cabinet in self.cabinets)


@dataclass(frozen=True)
class Vehicle:
    """A type of EV.  Its acceptance is a staircase of (SOC at the end of the step, kW)."""

    name: str
    battery_kwh: float
    steps: tuple[tuple[float, float], ...]
    volts: float = 400.0
    guns: int = 1  # 2: it takes two equal EVSEs of one cabinet where they are free together
    hybrid: bool = False  # range extender or PHEV: drives on fuel once its battery is empty


@dataclass(frozen=True)
class Stop:
    """A station on a route, `km` and `h` of driving from the start of the route."""

    station: int
    km: float
    h: float


@dataclass(frozen=True)
class Route:
    """A path through the network with the stations that serve its direction, in order."""

    name: str
    km: float
    h: float
    stops: tuple[Stop, ...] = ()


class Routes(tuple[Route, ...]):
    """Routes that are asked for their hash again and again, and reckon it once: models of the same
    routes share what is made of them."""

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> Any:
        """Another process has other hashes of names."""
        return Routes, (tuple(self),)


@dataclass(frozen=True)
class Step:
    """One step of a duty; which fields count is said in `lifecycle.Step`.

    A `drawn` DRIVE or SERVE takes `h` times the truck's next random factor.  Driving uses
    `load` times the truck's kWh/km.  `soc`: a CHARGE goes up to here.
    """

    kind: StepKind
    h: float = 0.0
    km: float = 0.0
    load: float = 1.0
    drawn: bool = False
    station: int = -1
    rule: Opportunity = Opportunity.NEED
    soc: float = 1.0
    from_h: float = 0.0
    to_h: float = 0.0
    skip: int = 0


@dataclass(frozen=True)
class Duty:
    """What a truck does, from the first step to the last and then again from the first.

    Before it would drive more than `drive_limit_h` (by the plain `h` of its steps) without having
    stood `rest_h` in one place, it stands until it has.
    """

    name: str
    steps: tuple[Step, ...]
    drive_limit_h: float = inf
    rest_h: float = 0.0


@dataclass(frozen=True)
class Change:
    """Something that happens to a station at a given time, whatever the EVs do.

    CAP sets `cap_kw` (grid side); EVSE_DOWN and EVSE_UP act on EVSE number `evse` of the station.
    """

    time_h: float
    station: int
    kind: Kind
    evse: int = -1
    cap_kw: float = inf


@dataclass(frozen=True)
class Model:
    """Everything that is fixed before the first EV enters.

    `horizon_h` is where the run ends (inf: when the last EV has left); `bin_h` is the width of
    the bins of `station_bins`; `changes` may be in any order (at equal times: as given).
    `waits_h` [station, hour of the day or of the week] is what drivers around a zone expect to wait
    who see no lines; None: `expected_wait_h` of the station at all hours.
    """

    stations: tuple[Station, ...]
    vehicles: tuple[Vehicle, ...]
    routes: tuple[Route, ...] = ()
    changes: Sequence[Change] = ()
    horizon_h: float = inf
    bin_h: float = 1.0
    duties: tuple[Duty, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    zones: tuple[Zone, ...] = ()
    waits_h: np.ndarray | None = None
    station_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "station_names", tuple(s.name for s in self.stations))
        for wrong in _impossible(self):
            raise ValueError(wrong)

    @cached_property
    def arrays(self) -> Arrays:
        return Arrays.of(self)

    def with_waits(self, waits_h: np.ndarray) -> "Model":
        """The same network, of which drivers expect other waits."""
        for wrong in _impossible_waits(waits_h, len(self.stations)):
            raise ValueError(wrong)
        more = copy(self)
        object.__setattr__(more, "waits_h", waits_h)
        vars(more)["arrays"] = self.arrays.expecting(waits_h)
        return more

    def with_changes(self, changes: Sequence[Change]) -> "Model":
        """The same network with more scripted changes (the failures of one replication)."""
        for wrong in _impossible_changes(changes, self.stations):
            raise ValueError(wrong)
        more = copy(self)
        object.__setattr__(more, "changes", [*self.changes, *changes])
        vars(more)["arrays"] = self.arrays.scripted(more.changes)
        return more


def _impossible(model: Model) -> Iterator[str]:
    """Why this is no network: kernels may assume all that is checked here."""
    if not model.stations or not model.vehicles:
        yield "a model needs a station and a vehicle"
    if not (model.horizon_h > 0 and 0 < model.bin_h < inf and ns(model.bin_h) > 0):
        yield f"horizon {model.horizon_h} h and bins of {model.bin_h} h must be above 0"
    for s in model.stations:
        amounts = [s.handshake_h, s.session_limit_h, s.service_h, s.expected_wait_h, s.soc_cap]
        amounts.append(s.cross_h)
        amounts += [x for c in s.cabinets for e in c.evses for x in (c.kw, e.kw, e.amps)]
        if not s.evses or not all(x >= 0 for x in amounts) or not 0 < s.efficiency <= 1:
            yield f"station {s.name} has no EVSE, or a figure that is negative or no number"
        if s.sharing == Sharing.MODULAR and not 0 < s.module_kw < inf:
            yield f"station {s.name} shares power by modules, but they have no size"
        if isnan(s.cap_kw):
            yield f"station {s.name} has a cap that is no number"
        if s.swap:
            yield from _impossible_swap(s.name, s.swap, len(model.vehicles))
        if not -1 <= s.tariff < len(model.tariffs):
            yield f"station {s.name} charges by a tariff that does not exist: {s.tariff}"
    yield from impossible_tariffs(model.tariffs)
    closed = [s.swap is not None or s.opposite >= 0 for s in model.stations]
    yield from impossible_zones(model.zones, closed)
    if model.waits_h is not None:
        yield from _impossible_waits(model.waits_h, len(model.stations))
    yield from _impossible_sides(model.stations)
    for v in model.vehicles:
        ends = [0.0, *(end for end, _ in v.steps)]
        rising = all(a < b for a, b in pairwise(ends)) and ends[-1] == 1.0
        if not rising or not all(kw >= 0 for _, kw in v.steps) or not v.battery_kwh > 0:
            yield f"vehicle {v.name}: steps must rise to SOC 1, at powers of at least 0 kW"
        if v.guns not in (1, 2):
            yield f"vehicle {v.name} has {v.guns} guns: it must be 1 or 2"
    swaps = frozenset(n for n, s in enumerate(model.stations) if s.swap)
    yield from _impossible_routes(model.routes, tuple(s.opposite for s in model.stations), swaps)
    for d in model.duties:
        yield from _impossible_duty(d, model.stations)
    yield from _impossible_changes(model.changes, model.stations)


def _impossible_sides(stations: Sequence[Station]) -> Iterator[str]:
    """Who is guided to the other side could be guided back from there; trucks that swap are not."""
    for n, s in enumerate(stations):
        if s.opposite == -1:
            continue
        known = 0 <= s.opposite < len(stations) and s.opposite != n
        if not known or stations[s.opposite].opposite != n:
            yield f"station {s.name} is not the opposite side of its opposite side"
        elif s.swap:
            yield f"station {s.name} swaps packs: nobody is guided to its opposite side"
        if s.cross_h == inf:
            yield f"station {s.name} has an opposite side that nobody ever reaches"


@lru_cache(maxsize=32)  # designs of a study differ in hardware, layouts in routes
def _impossible_routes(
    routes: tuple[Route, ...], opposite: tuple[int, ...], swaps: frozenset[int]
) -> list[str]:
    """`opposite`: of every station."""
    count = np.array([len(r.stops) for r in routes], np.int64)
    of, way = np.repeat(np.arange(len(routes)), count), np.repeat(np.arange(len(routes)), count + 2)
    station = np.array([p.station for r in routes for p in r.stops], np.int64)
    known, many = (station >= 0) & (station < len(opposite)), len(opposite)
    other = np.array(opposite, np.int64)[np.where(known, station, 0)]
    along = np.array([
        [x for r in routes for x in (0.0, *(p.km for p in r.stops), r.km)],
        [x for r in routes for x in (0.0, *(p.h for p in r.stops), r.h)],
    ])  # fmt: skip
    forwards = (along[:, :-1] <= along[:, 1:]).all(axis=0) | (np.diff(way) > 0)
    both = known & (other >= 0) & np.isin(of * many + other, of * many + station)
    kinds = {
        "runs backwards": way[:-1][~forwards],
        "stops at a station that does not exist": of[~known],
        "stops at both sides of the same place": of[both],
        "stops at a swap station, which is for trucks with a duty": of[
            np.isin(station, list(swaps))
        ],
    }
    wrong = [(n, what) for what, rows in kinds.items() for n in np.unique(rows)]
    return [f"route {routes[n].name} {what}" for n, what in sorted(wrong, key=lambda own: own[0])]


def _impossible_changes(changes: Sequence[Change], stations: Sequence[Station]) -> Iterator[str]:
    for n, c in enumerate(changes):
        known = 0 <= c.station < len(stations) and c.time_h >= 0
        if known and c.kind == Kind.CAP:
            known = not isnan(c.cap_kw)
        elif known:
            known = 0 <= c.evse < len(stations[c.station].evses)
        if not known:
            yield f"change {n} is at a station, an EVSE or a time that cannot be: {c}"
        elif c.kind != Kind.CAP and stations[c.station].swap:
            yield f"change {n}: racks of a swap station do not fail: {c}"


def _impossible_waits(waits_h: np.ndarray, stations: int) -> Iterator[str]:
    if waits_h.shape not in ((stations, PERIODS[0]), (stations, PERIODS[1])):
        yield f"waits must be of {stations} stations and 24 or 168 hours, not {waits_h.shape}"
    if not ((waits_h >= 0) & (waits_h < inf)).all():
        yield "an expected wait is negative or no number"


def _impossible_swap(name: str, swap: Swap, vehicles: int) -> Iterator[str]:
    if not 0 <= swap.vehicle < vehicles:
        yield f"station {name} swaps packs of a vehicle that does not exist: {swap.vehicle}"
    if not (swap.bays >= 1 and 0 < swap.swap_h < inf and 0 <= swap.soc <= 1):
        yield f"station {name} needs a bay, a time for a swap, and packs of a SOC from 0 to 1"


def _impossible_duty(duty: Duty, stations: Sequence[Station]) -> Iterator[str]:
    if not duty.steps:
        yield f"duty {duty.name} has no steps"
    if not (duty.drive_limit_h >= 0 and 0 <= duty.rest_h < inf):
        yield f"duty {duty.name} has a driving limit or a rest that cannot be"
    for n, s in enumerate(duty.steps):
        where = f"step {n} of duty {duty.name}"
        if not all(x >= 0 and isfinite(x) for x in (s.h, s.km, s.load)):
            yield f"{where} has hours, km or a load that are negative or no number"
        if not 0 <= s.soc <= 1:
            yield f"{where} charges up to SOC {s.soc}: it must be from 0 to 1"
        if not (0 <= s.from_h <= DAY_H and 0 <= s.to_h <= DAY_H):
            yield f"{where} looks for a time of day that the clock never shows"
        if not 0 <= s.skip <= len(duty.steps):
            yield f"{where} leaves out {s.skip} steps: the program has {len(duty.steps)}"
        if s.kind in (StepKind.SERVE, StepKind.CHARGE):
            if not 0 <= s.station < len(stations):
                yield f"{where} is at a station that does not exist: {s.station}"
            elif s.kind == StepKind.SERVE and stations[s.station].swap:
                yield f"{where}: a swap station serves nobody but those who swap"
    takes_time = (StepKind.DRIVE, StepKind.SERVE, StepKind.PAUSE)
    if not any(s.kind == StepKind.UNTIL or (s.kind in takes_time and s.h > 0) for s in duty.steps):
        yield f"duty {duty.name} has no step that takes time"
