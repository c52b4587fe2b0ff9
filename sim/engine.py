"""The clock: a SimPy environment whose mass events are compiled.

`ChargingEnvironment` is a real `simpy.Environment`.  Before SimPy takes a step at time *t*, the
kernel lets every model event before *t* happen in one call; so whatever a SimPy process does at
*t* precedes the model's events at *t*.  SimPy's queue counts whole nanoseconds, as the model does;
processes see hours: sixty timeouts of a minute end at the hour.
"""

import operator
from dataclasses import dataclass
from heapq import heappush
from math import isfinite
from typing import Any

import numpy as np
import simpy
from numpy.typing import ArrayLike

from sim import clock as time
from sim.config.problems import did_you_mean
from sim.diaries import NONE, Diaries, check_diaries
from sim.evs import check_evs, check_packs, make_evs
from sim.kernels import loop, records
from sim.ledger import Ledger, in_hours
from sim.lifecycle import Change as Kind
from sim.lifecycle import Watch
from sim.model import Change, Model
from sim.world import fresh, with_room


@dataclass(frozen=True)
class Seen:
    """A watched event: what happened, when, where, to which EV, at which EVSE of the station."""

    what: str
    time_h: float
    station: str
    ev: int
    evse: int


@dataclass(frozen=True)
class Observation:
    """The state of a station at an instant."""

    line: int
    occupied: int
    free: int
    up: int
    power_kw: float
    wanted_kw: float
    cap_kw: float
    energy_kwh: float


class ChargingEnvironment(simpy.Environment):
    """A SimPy environment that also runs the compiled charging model.

    Parameters
    ----------
    model : the network.
    evs : structured array (`records.EV`), one row per EV; not copied, so leave it as it is.
    factors : random factors of drawn steps; an EV has those from `draw_start` to `draw_end`.
    diaries : what those EVs do that have a `diary`; not copied either.
    """

    def __init__(
        self, model: Model, evs: np.ndarray | None = None, factors: ArrayLike = (),
        diaries: Diaries = NONE,
    ) -> None:  # fmt: skip
        super().__init__(initial_time=0)
        self.model = model
        self._end_ns = time.ns(model.horizon_h)
        self._watchers: dict[tuple[int, int], list[simpy.Event]] = {}
        self._open(fresh(
            model, evs if evs is not None else make_evs(0), np.array(factors, np.float64), diaries
        ))  # fmt: skip
        count = loop.enter(self._address)
        stream = self._arrays.stream[:count]
        order = np.argsort(stream["due_ns"], kind="stable")  # ties by number
        self._replace(stream=stream[order])
        loop.begin(self._address)
        self._actions: list[Change] = []
        self._lent = False  # rows of visits and ends, to a ledger

    # ---- time -----------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Where the clock stands [h]."""
        return self._now / time.HOUR

    def schedule(
        self, event: simpy.Event, priority: Any = simpy.events.NORMAL, delay: float = 0
    ) -> None:
        """As `simpy.Environment.schedule`: `delay` hours from now, to the nearest nanosecond."""
        wait = delay * time.HOUR
        if wait != wait:
            raise ValueError("a delay must be a number of hours, not NaN")
        at = int(self._now) + round(wait) if wait < time.NEVER else time.NEVER
        self._queue_at(at, priority, event)

    def peek(self) -> float:
        """Time of the next event, of a process or of the model [h]."""
        due = loop.peek(self._address)
        found: float = time.hours(min(self._peek_ns(), due if due < self._end_ns else time.NEVER))
        return found

    def step(self) -> None:
        """Let the model catch up with the next SimPy event, then process that event."""
        due = self._peek_ns()
        self._take_back()
        why = loop.run(min(due, self._end_ns), self._address)
        if why == loop.WATCHED:
            self._now = int(self._clock["now_ns"])
            self._fire()
        elif why != loop.IDLE:
            self._open(with_room(self._arrays, why))
        elif due >= time.NEVER:
            raise simpy.core.EmptySchedule
        else:
            super().step()

    def run(self, until: Any = None) -> Any:
        """As `simpy.Environment.run`; without `until`, to the horizon of the model.

        An hour that never comes (inf, or 146 years) is the end of all that is due.
        """
        if until is None and isfinite(self.model.horizon_h):
            until = self.model.horizon_h
        if until is None or isinstance(until, simpy.Event):
            return super().run(until)
        at = time.ns(until)
        if at == time.UNKNOWN:
            raise ValueError("until must be a number of hours, not NaN")
        if at >= time.NEVER:
            return super().run()
        if at <= self._now:
            raise ValueError(f"until is {until} h, but it is {self.now} h already")
        stop = self.event()
        stop._ok, stop._value = True, None
        self._queue_at(at, simpy.events.URGENT, stop)
        return super().run(stop)

    def ledger(self) -> Ledger:
        """What happened up to where the clock stands; the run may go on afterwards."""
        self._lent = True
        return self._finished(self._arrays._replace(
            **{name: getattr(self._arrays, name).copy() for name in records.FINISHED}
        ))  # fmt: skip

    def _finished(self, world: records.World) -> Ledger:
        """What happened; that `world` is written to, and does not go on."""
        clock = world.clock[0]
        end = min(self._now, self._end_ns)
        if self._end_ns == time.NEVER:
            end = max(self._now, int(clock["now_ns"]))
        book = records.address_book(world)
        loop.finish(end, book.ctypes.data)
        swapping = world.stations["swaps"].sum()  # they are under way to the calendar only
        bins = world.bins.shape[1]
        if self._end_ns == time.NEVER:
            bins = end // int(clock["bin_ns"]) + 1  # the last event may be at the edge of a bin
        return Ledger(
            model=self.model,
            visits=world.visits[: clock["rows"]],
            diaries=Diaries(world.diaries, world.stays),
            of_stay=world.of_stay[: clock["rows"]],
            hop=world.hop[: clock["rows"]],
            fees=world.fees[: clock["rows"]],
            cuts=in_hours(_by_visit(world.cuts[: clock["cuts"]])),
            bins=world.bins[:, :bins],
            evs=world.evs,
            ends=world.ends,
            changes=[*self._actions, *self.model.changes],  # at equal times, processes come first
            end_h=time.hours(end),
            evse_peak_kw=world.slots["peak_kw"],
            cabinet_peak_kw=world.cabinets["peak_kw"],
            excess_kw=world.stations["excess_kw"],
            events=int(clock["events"]),
            driving=int(clock["driving"] - swapping + len(world.stream) - clock["stream_next"]),
            deliveries=world.deliveries[:, :bins],
            log=in_hours(world.log[: clock["logs"]]),
        )

    # ---- acting and looking ---------------------------------------------------------------

    def set_cap(self, station: str | int, kw: float) -> None:
        """From now on the station may draw `kw` from the grid for charging."""
        self._check_time()
        if not kw >= 0:
            raise ValueError(f"cap of {kw} kW at {station}: it must be a number >= 0")
        s = self._station(station)
        loop.set_cap(s, float(kw), self._now, self._address)
        self._settle()
        self._actions.append(Change(self.now, s, Kind.CAP, cap_kw=float(kw)))

    def set_evse_state(self, station: str | int, evse: int, up: bool) -> None:
        """EVSE number `evse` of the station fails (`up=False`) or is repaired, now."""
        self._check_time()
        s, evse = self._station(station), operator.index(evse)
        row = self._arrays.stations[s]
        if not 0 <= evse < row["slot_end"] - row["slot_start"]:
            raise ValueError(f"station {station} has no EVSE number {evse}")
        if row["bays"]:
            raise ValueError(f"station {station} swaps packs: its racks do not fail")
        loop.set_evse(s, int(row["slot_start"]) + evse, bool(up), self._now, self._address)
        self._settle()
        kind = Kind.EVSE_UP if up else Kind.EVSE_DOWN
        self._actions.append(Change(self.now, s, kind, evse=evse))

    def add_ev(self, **fields: float) -> int:
        """An EV with the input fields of `records.EV` turns up now; returns its number.

        Raises ValueError for a field that cannot be; a time of entry is none of them.
        """
        self._check_time()
        if fields.keys() & {"entry_h", "entry_ns"}:
            raise ValueError("an EV that is added turns up now: wait until it is to enter")
        evs = self._arrays.evs
        row = make_evs(1, **fields | {"entry_ns": self._now})
        check_evs(self.model, row, len(self._arrays.factors))
        check_diaries(self.model, row, Diaries(self._arrays.diaries, self._arrays.stays))
        more = np.concatenate([evs, row])
        check_packs(self.model, more)
        self._take_back()
        self._clock["uncoupled"] = False
        self._replace(evs=more, ends=np.append(self._arrays.ends, np.zeros(1, records.END)))
        if (why := loop.add(len(evs), self._address)) != loop.IDLE:
            self._open(with_room(self._arrays, why))
            loop.add(len(evs), self._address)
        return len(evs)

    def observe(self, station: str | int) -> Observation:
        """What a station looks like now."""
        self._check_time()
        s = self._station(station)
        loop.integrate(self._now, self._address)
        row = self._arrays.stations[s]
        return Observation(
            line=int(row["line_count"]),
            occupied=int(row["occupied"]),
            free=int(row["free"]),
            up=int(row["up"]),
            power_kw=float(row["power_kw"]),
            wanted_kw=float(row["wanted_kw"]),
            cap_kw=float(row["grid_cap_kw"]),
            energy_kwh=float(self._arrays.bins[s]["energy_kwh"].sum()),
        )

    def on(self, what: str, station: str | int) -> simpy.Event:
        """An event that fires, with a `Seen`, when `what` (see `Watch`) next happens there."""
        known = {kind.name.lower(): kind for kind in Watch}
        if str(what).lower() not in known:
            raise ValueError(f"nobody can wait for {what!r}{did_you_mean(what, known)}")
        s, bit = self._station(station), known[what.lower()]
        self._clock["uncoupled"] = False  # it may be the first anywhere
        event = self.event()
        self._watchers.setdefault((s, bit), []).append(event)
        self._arrays.stations[s]["watch"] |= 1 << bit
        return event

    # ---- inside ---------------------------------------------------------------------------

    @property
    def _clock(self) -> np.void:
        found: np.void = self._arrays.clock[0]
        return found

    def _peek_ns(self) -> int:
        return int(self._queue[0][0]) if self._queue else time.NEVER

    def _queue_at(self, at_ns: int, priority: Any, event: simpy.Event) -> None:
        heappush(self._queue, (at_ns, priority, next(self._eid), event))

    def _open(self, world: records.World) -> None:
        """Kernels find the arrays by the address of their book."""
        self._arrays, self._book = world, records.address_book(world)
        self._address = self._book.ctypes.data

    def _replace(self, **arrays: np.ndarray) -> None:
        self._open(self._arrays._replace(**arrays))

    def _settle(self) -> None:
        """A station has been acted upon: all it sets off at this instant happens."""
        if loop.run(self._now, self._address) == loop.WATCHED:
            self._fire()

    def _take_back(self) -> None:
        """What a ledger was given is its own when the run goes on."""
        if self._lent:
            self._lent = False
            self._replace(**{name: getattr(self._arrays, name).copy() for name in records.LENT})

    def _station(self, station: str | int) -> int:
        if isinstance(station, str):
            if station not in self.model.station_names:
                raise ValueError(f"unknown station {station!r}")
            return self.model.station_names.index(station)
        number = operator.index(station)
        if not 0 <= number < len(self.model.stations):
            raise ValueError(f"there is no station number {number}")
        return number

    def _check_time(self) -> None:
        if self._now > self._end_ns:
            end = f"the model ended at {self.model.horizon_h:g} h"
            raise ValueError(f"{end}, and it is {self.now:g} h")

    def _fire(self) -> None:
        """Wake the processes that wait for what just happened."""
        for hit in self._arrays.hits[: self._clock["hits"]]:
            s, bit = int(hit["station"]), int(hit["what"])
            first = int(self._arrays.stations[s]["slot_start"])
            seen = Seen(
                Watch(bit).name.lower(), self.now, self.model.station_names[s],
                int(hit["ev"]), int(hit["slot"]) - first if hit["slot"] >= 0 else -1,
            )  # fmt: skip
            for event in self._watchers.pop((s, bit), []):
                event.succeed(seen)
            self._arrays.stations[s]["watch"] &= ~(1 << bit)
        self._arrays.clock["hits"] = 0


def _by_visit(cuts: np.ndarray) -> np.ndarray:
    """Stays in the order of their visits, then of time."""
    found: np.ndarray = cuts[np.lexsort((cuts["end_ns"], cuts["row"]))]
    return found


def simulate(
    model: Model, evs: np.ndarray, factors: ArrayLike = (), diaries: Diaries = NONE
) -> Ledger:
    """Run one replication from its inputs to its ledger."""
    env = ChargingEnvironment(model, evs, factors, diaries)
    env.run()
    found = env._finished(env._arrays)
    vars(env).clear()  # in a circle with SimPy's own, it would keep its arrays for some time
    return found
