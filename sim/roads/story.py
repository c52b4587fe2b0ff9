"""The story of one driver: what it saw at each place, what it decided by its rule, what came of it.

The replication is run twice, the second time with a SimPy process that looks at stations whenever
the driver decides, and at the station where it is whenever somebody comes, goes, begins or ends.
Looking changes nothing: both runs must agree on every visit of the driver.
"""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.config.problems import InputError
from sim.engine import ChargingEnvironment, simulate
from sim.ledger import Ledger
from sim.lifecycle import Drive, Outcome
from sim.model import Model
from sim.roads import case
from sim.roads.driver import Driver, Option, View, is_guided
from sim.roads.scenario import Scenario

WATCHED = ("plug", "session_end", "unplug", "renege", "cut")
TURNED = (Outcome.REROUTED, Outcome.BALKED)


@dataclass(frozen=True)
class Change:
    """The power of a station changed: after what, when, for which EV, to how much."""

    what: str
    time_h: float
    ev: int
    power_kw: float
    wanted_kw: float
    cap_kw: float


@dataclass(frozen=True)
class Moment:
    """Something that happened to the driver.

    Attributes
    ----------
    kind : `entered`, `decided`, `looked`, `guided`, `arrived`, `turned_away`, `joined`, `reneged`,
        `charged`, `left_partly`, `waits`, `under_way`, `ended`, `stranded`.
    station : its number in the model; -1: on the road.
    view : what the station showed.
    options, chosen : of a decision; `chosen` is a stop, `DONE` or `STRANDED`.
    agrees : whether the rule as it is told here says what happened.
    """

    kind: str
    time_h: float
    station: int = -1
    values: Mapping[str, Any] = field(default_factory=dict)
    view: View | None = None
    options: Sequence[Option] = ()
    chosen: int = int(Drive.DONE)
    changes: Sequence[Change] = ()
    agrees: bool = True


@dataclass(frozen=True)
class Story:
    """All moments of one driver in one replication."""

    ev: int
    driver: Driver
    moments: Sequence[Moment]

    @property
    def agrees(self) -> bool:
        return all(moment.agrees for moment in self.moments)


def tell(scenario: Scenario, replication: int, ev: int | None, visit: int | None = None) -> Story:
    """The story of an EV, or of that of a visit, both by their numbers in `sessions.parquet`.

    Raises `InputError` where there is no such EV or visit.
    """
    model, evs = case.drawn(scenario, replication)
    plain = simulate(model, evs)
    if ev is None:
        assert visit is not None
        if not 0 <= visit < len(plain.visits):
            raise InputError(f"there is no visit {visit}: the last one is {len(plain.visits) - 1}")
        ev = int(plain.visits["ev"][visit])
    if not 0 <= ev < len(evs):
        raise InputError(f"there is no EV {ev}: the last one is {len(evs) - 1}")
    driver = Driver(model, evs[ev])
    visits = plain.visits[plain.visits["ev"] == ev]
    seen = watched(model, evs, ev, driver, visits)
    again = seen.ledger.visits[seen.ledger.visits["ev"] == ev]
    if again.tobytes() != visits.tobytes():
        raise AssertionError(f"looking at EV {ev} changed what it did")
    return Story(ev, driver, list(_Teller(driver, visits, seen).moments()))


# ---- looking ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What stations showed, by instant and station; power changes, by visit; and the run."""

    views: Mapping[float, Mapping[int, View]]
    changes: Sequence[Sequence[Change]]
    ledger: Ledger

    def at(self, time_h: float) -> Mapping[int, View]:
        return self.views[time_h]


def watched(model: Model, evs: np.ndarray, ev: int, driver: Driver, visits: np.ndarray) -> Seen:
    """Run it once more, and look."""
    env = ChargingEnvironment(model, evs)
    stations = {stop.station for stop in driver.route.stops}
    stations |= {own for s in stations if (own := model.stations[s].opposite) >= 0}
    views: dict[float, dict[int, View]] = {}
    changes: list[list[Change]] = [[] for _ in visits]
    env.process(_look(env, sorted(set(instants(driver, evs[ev], visits))), stations, views))
    for row, found in zip(visits, changes, strict=True):
        if row["station"] < 0:
            continue
        end = model.horizon_h if np.isnan(row["leave_h"]) else float(row["leave_h"])
        for what in WATCHED:
            where = int(row["station"])
            env.process(_listen(env, what, where, float(row["arrival_h"]), end, found))
    env.run()
    return Seen(views, changes, env.ledger())


def instants(driver: Driver, ev: Any, visits: np.ndarray) -> Iterator[float]:
    """When the driver may decide: on entry, on leaving, and at each stop that it comes by."""
    begins = [(float(ev["entry_ns"]) / HOUR_NS, -1)]
    for row in visits:
        yield float(row["arrival_h"])
        if row["station"] >= 0 and not np.isnan(row["leave_h"]):
            begins.append((float(row["leave_h"]), _stop_of(driver, row, begins[-1][1])))
    ends = [*(float(row["arrival_h"]) for row in visits), np.inf]
    for number, (begin, stop) in enumerate(begins):
        yield begin
        end = ends[number] if number < len(ends) else np.inf
        for j in range(stop + 1, len(driver.route.stops)):
            at = passed_h(driver, begin, stop, j)
            if at <= min(end, driver.model.horizon_h):
                yield at


HOUR_NS = 3.6e12


def passed_h(driver: Driver, begin_h: float, stop: int, j: int) -> float:
    """When an EV that leaves a stop comes by another one."""
    return begin_h + driver.hours(j) - driver.hours(stop)


def _stop_of(driver: Driver, row: Any, after: int) -> int:
    """Along the route, at or after a stop; the other side of the road is the same stop."""
    station = int(row["station"])
    for j in range(max(after, 0), len(driver.route.stops)):
        own = driver.route.stops[j].station
        if station in (own, driver.model.stations[own].opposite):
            return j
    raise AssertionError(f"station {station} is not ahead on {driver.route.name}")


def _look(
    env: ChargingEnvironment, times: Sequence[float], stations: Collection[int],
    views: dict[float, dict[int, View]],
) -> Generator[Any, Any, None]:  # fmt: skip
    for time_h in times:
        if time_h > env.now:
            yield env.timeout(time_h - env.now)
        views[time_h] = {}
        for s in stations:
            own = env.observe(s)
            views[time_h][s] = View(own.line, own.free, own.up, own.power_kw, own.cap_kw)


def _listen(
    env: ChargingEnvironment, what: str, station: int, begin_h: float, end_h: float,
    found: list[Change],
) -> Generator[Any, Any, None]:  # fmt: skip
    if begin_h > env.now:
        yield env.timeout(begin_h - env.now)
    while True:
        seen = yield env.on(what, station)
        if seen.time_h > end_h:
            return
        own = env.observe(station)
        found.append(Change(what, seen.time_h, seen.ev, own.power_kw, own.wanted_kw, own.cap_kw))


# ---- telling ---------------------------------------------------------------------------------


class _Teller:
    """Goes along the visits of a driver, and decides at each place as the rule says."""

    def __init__(self, driver: Driver, visits: np.ndarray, seen: Seen) -> None:
        self.driver, self.visits, self.seen = driver, visits, seen
        self.chosen, self.decided_h = int(Drive.DONE), 0.0  # at the last decision

    def moments(self) -> Iterator[Moment]:
        driver, ev = self.driver, self.driver.ev
        time_h, stop, kwh = float(ev["entry_ns"]) / HOUR_NS, -1, float(ev["entry_kwh"])
        yield Moment("entered", time_h, values={"kwh": kwh})
        direct = -1  # where it was sent on to, without another decision
        for number, row in enumerate(self.visits):
            if row["station"] < 0:
                yield Moment("stranded", float(row["arrival_h"]))
                return
            at = _stop_of(driver, row, stop if row["rerouted_from"] >= 0 else stop + 1)
            if direct < 0:
                yield from self._under_way(time_h, stop, kwh, at)
            kwh = float(row["arrival_kwh"])
            yield from self._at(row, at, self.seen.changes[number])
            if np.isnan(row["leave_h"]):  # still there at the end
                return
            time_h, stop, kwh = float(row["leave_h"]), at, float(row["leave_kwh"])
            direct = self._sent_on(row, at, kwh)
            if direct == Drive.DONE:
                yield self._end(time_h, at, kwh)
                return
        if direct < 0:
            yield from self._under_way(time_h, stop, kwh, None)
            direct, time_h = self.chosen, self.decided_h
        if direct >= 0:
            yield Moment("under_way", driver.model.horizon_h, chosen=direct)
        else:
            yield self._end(time_h, stop, kwh)

    def _went_away(self, row: Any) -> bool:
        return int(row["outcome"]) in (*TURNED, Outcome.RENEGED)

    def _sent_on(self, row: Any, stop: int, kwh: float) -> int:
        """Who does not charge goes to the alternative; who did decides anew: `STRANDED`."""
        return self.driver.alternative(stop, kwh) if self._went_away(row) else int(Drive.STRANDED)

    def _end(self, time_h: float, stop: int, kwh: float) -> Moment:
        left = self.driver.kwh_at_destination(stop, kwh)
        return Moment("ended", time_h, values={"kwh": left})

    def _under_way(
        self, time_h: float, stop: int, kwh: float, went: int | None
    ) -> Iterator[Moment]:
        """What it decided from leaving a stop until it went into the next one, or to its end."""
        driver = self.driver
        view = self.seen.views[time_h]
        chosen, options = driver.onward(stop, kwh, view.__getitem__)
        self.chosen, self.decided_h = chosen, time_h
        if not driver.looks or chosen < 0:
            if went is None and chosen >= 0:  # not there when the run ends
                agrees = passed_h(driver, time_h, stop, chosen) > driver.model.horizon_h
            else:
                agrees = chosen == (Drive.DONE if went is None else went)
            yield Moment("decided", time_h, options=options, chosen=chosen, agrees=agrees)
            return
        last = went if went is not None else len(driver.route.stops) - 1
        for j in range(stop + 1, last + 1):
            at_h, left = passed_h(driver, time_h, stop, j), driver.kwh_at(stop, kwh, j)
            if at_h not in self.seen.views:  # after the end of the run
                return
            view = self.seen.views[at_h]
            chosen, options = driver.choose(j, left, j, view.__getitem__)
            self.chosen, self.decided_h = chosen, at_h
            station = driver.route.stops[j].station
            agrees = (chosen == j) == (j == went)
            yield Moment(
                "looked", at_h, station, {"kwh": left}, view[station], options, chosen,
                agrees=agrees,
            )  # fmt: skip
            if chosen < 0:
                return

    def _at(self, row: Any, stop: int, changes: Sequence[Change]) -> Iterator[Moment]:
        """From its arrival at a station to when it leaves."""
        driver, s = self.driver, int(row["station"])
        time_h, kwh = float(row["arrival_h"]), float(row["arrival_kwh"])
        model, views = driver.model, self.seen.views[time_h]
        came = driver.route.stops[stop].station
        if came != s:
            guided = time_h - model.stations[came].cross_h
            yield Moment("guided", guided, came, {"to": s})
        elif is_guided(model, s, views.__getitem__):
            yield Moment("guided", time_h, s, {"to": model.stations[s].opposite}, agrees=False)
        view, station = views[s], model.stations[s]
        yield Moment("arrived", time_h, s, {"kwh": kwh, "evses": station.servers}, view)
        outcome = int(row["outcome"])
        if not (view.line == 0 and view.free > 0):
            other = driver.alternative(stop, kwh)
            away = driver.stays_away(station, view) and other != Drive.STRANDED
            most = float(driver.ev["balk_per_evse"]) * station.servers
            values: dict[str, Any] = {"line": view.line, "most": most}
            if outcome in TURNED:
                agrees = away and (outcome == Outcome.BALKED) == (other == Drive.DONE)
                yield Moment("turned_away", time_h, s, values, view, chosen=other, agrees=agrees)
                return
            patience = (
                None if other == Drive.STRANDED else float(driver.ev["patience_ns"]) / HOUR_NS
            )
            values["patience_h"] = patience
            yield Moment("joined", time_h, s, values, view, chosen=other, agrees=not away)
        elif outcome in TURNED:
            yield Moment("turned_away", time_h, s, {}, view, agrees=False)
            return
        yield from self._stayed(row, s, changes)

    def _stayed(self, row: Any, s: int, changes: Sequence[Change]) -> Iterator[Moment]:
        """How its stay went on."""
        driver, outcome = self.driver, int(row["outcome"])
        wait_h, leave_h = float(row["wait_h"]), float(row["leave_h"])
        if outcome == Outcome.RENEGED:
            yield Moment("reneged", leave_h, s, {"wait_h": wait_h}, changes=changes)
            return
        values: dict[str, Any] = {
            "wait_h": wait_h, "plug_h": float(row["plug_h"]), "charge_h": float(row["charge_h"]),
            "energy_kwh": float(row["leave_kwh"] - row["arrival_kwh"] + row["aux_kwh"]),
            "kwh": float(row["leave_kwh"]), "goal_kwh": float(row["arrival_kwh"] + row["need_kwh"]),
        }  # fmt: skip
        if outcome == Outcome.IN_SYSTEM_AT_END:
            yield Moment("waits", driver.model.horizon_h, s, values, changes=changes)
            return
        kind = "charged" if outcome == Outcome.SERVED else "left_partly"
        yield Moment(kind, leave_h, s, values, changes=changes)
