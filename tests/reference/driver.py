"""One EV with its driver: a SimPy process from its entry to its last leaving."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import simpy

from sim.lifecycle import Drive, Kind, Outcome
from sim.model import Model, Route, Stop
from tests.reference.clock import Clock
from tests.reference.journey import Journey
from tests.reference.session import Session
from tests.reference.station import Evse, Station
from tests.reference.visit import Visit

Part = Generator[simpy.Event, Any, Any]  # of the process; it may hand back an answer


class Driver:
    """It drives, looks, waits, charges and drives on; `write` takes the row of each new visit."""

    def __init__(
        self, clock: Clock, model: Model, stations: Sequence[Station], number: int,
        ev: Mapping[str, Any], write: Callable[[Visit], None],
    ) -> None:  # fmt: skip
        self.clock, self.number, self.ev, self.write = clock, number, ev, write
        self.vehicle = model.vehicles[ev["vehicle"]]
        # without a route: it turns up at a station that is its destination too
        self.has_route = ev["route"] >= 0
        here = Route("", 0.0, 0.0, (Stop(ev["place"], 0.0, 0.0),))
        route = model.routes[ev["route"]] if self.has_route else here
        self.journey = Journey(ev, route, stations, self.vehicle)
        self.visit: Visit | None = None
        self.session: Session | None = None
        self.called: simpy.Event | None = None  # in line: its value is an EVSE, or None
        self.process = clock.process(self.drive())

    def drive(self) -> Part:
        """The process."""
        journey = self.journey
        stop, looking = (journey.onward(), journey.looks) if self.has_route else (0, False)
        if stop == Drive.STRANDED:  # decided here and now, but it happens on entry
            yield self.clock.at(self.ev["entry_h"], Kind.ARRIVAL, -1, self.number)
        came_from = -1
        while stop >= 0:
            yield from self._drive_to(stop)
            if looking:
                chosen = journey.choose(stop)
                if chosen != stop:
                    stop = stop + 1 if chosen >= 0 else chosen
                    continue
            sent_on = yield from self._visit(came_from)
            if sent_on is None:
                stop, looking, came_from = journey.onward(), journey.looks, -1
            else:
                stop, looking, came_from = sent_on, False, journey.place.station
        if stop == Drive.STRANDED:
            self._strand()

    def break_off(self, h: float) -> None:
        """The run ends at `h`."""
        if self.visit and self.visit.open:
            self.visit.break_off(h, self.session.kwh_at(h) if self.session else self.journey.kwh)

    def until(self, hours: float) -> float:
        """When something ends that would last `hours` from now: the deadline may come first."""
        return max(self.clock.now, min(self.clock.now + hours, self.ev["deadline_h"]))

    # -- on the road

    def _drive_to(self, stop: int) -> Part:
        begin_h = max(self.clock.now, self.ev["entry_h"])  # entries are planned ahead of time
        arrival_h = begin_h + self.journey.hours_to(stop)
        yield self.clock.at(arrival_h, Kind.ARRIVAL, -1, self.number)
        self.journey.arrive(stop)

    def _strand(self) -> None:
        self._open(station=-1, need_kwh=0.0, came_from=-1)
        self.visit.leave(self.clock.now, self.journey.kwh, Outcome.STRANDED)

    def _open(self, station: int, need_kwh: float, came_from: int) -> None:
        self.visit = Visit(
            self.number, station, self.ev["vehicle"], self.clock.now, self.journey.kwh,
            need_kwh, came_from,
        )  # fmt: skip
        self.write(self.visit)

    # -- at a station

    def _visit(self, came_from: int) -> Part:
        """Answers None if it charged, else where it is sent on to (DONE: it is out)."""
        journey, station = self.journey, self.journey.station(self.journey.pos)
        need_kwh = max(0.0, journey.goal(station) - journey.kwh)
        self._open(station.number, need_kwh, came_from)
        station.tally.count("arrivals", self.clock.now)
        if self._is_put_off(station):
            return self._turn_away(station)
        evse = yield from self._wait(station, at_head=False)
        while evse is not None:
            reached = yield from self._plug(station, evse)
            if reached is not None:
                self._leave(Outcome.SERVED if reached else Outcome.SERVED_PARTLY)
                return None
            evse = yield from self._wait(station, at_head=True)
        return self._give_up(station)

    def _is_put_off(self, station: Station) -> bool:
        """It sees the line and will not, or cannot, join it."""
        if station.is_usable():
            return False
        too_long = len(station.line) >= self.ev["balk_per_evse"] * len(station.evses)
        has_way = self.journey.alternative() is not None
        return station.is_full() or (too_long and has_way)

    def _turn_away(self, station: Station) -> int:
        way = self.journey.alternative()
        if way is None:
            self._leave(Outcome.STRANDED)
            return Drive.DONE
        outcome = Outcome.REROUTED if way >= 0 else Outcome.BALKED
        station.tally.count(outcome.name.lower(), self.clock.now)
        self._leave(outcome)
        return way

    def _give_up(self, station: Station) -> int:
        """Its patience is over; it has an alternative, or its patience would not have ended."""
        if self.journey.kwh > self.visit.arrival_kwh:  # from before it was cut
            self._leave(Outcome.SERVED_PARTLY)
        else:
            station.tally.count("reneged", self.clock.now)
            self._leave(Outcome.RENEGED)
        return self.journey.alternative()

    def _wait(self, station: Station, at_head: bool) -> Part:
        """Answers the EVSE that is its turn, at once or later, or None if its patience ends."""
        clock, patience = self.clock, None
        self.called = clock.event()
        self.visit.line(clock.now)
        station.join(self, at_head)
        if not self.called.triggered and self.journey.alternative() is not None:
            end_h = self.until(self.ev["patience_h"])
            patience = clock.at(end_h, Kind.PATIENCE, station.number, self.number)
            patience.callbacks.append(lambda _: station.give_up(self))
        evse = yield self.called
        if patience:
            patience.cancel()
        self.visit.leave_line(clock.now)
        return evse

    def _plug(self, station: Station, evse: Evse) -> Part:
        """From plug-in to unplug.  Answers whether it reached its goal; None if it was cut."""
        clock, visit, journey = self.clock, self.visit, self.journey
        visit.plug(clock.now, evse.slot)
        try:
            handshake_h = station.given.handshake_h
            if handshake_h > 0.0:
                yield clock.at(clock.now + handshake_h, Kind.POWER, station.number, evse.number)
            goal = max(journey.kwh, journey.goal(station))
            self.session = station.power_on(evse, journey.kwh, goal)
            visit.power_on(clock.now)
            reached = yield self.session.over
        except simpy.Interrupt:  # the EVSE went down
            reached = None
            visit.cuts += 1
        if self.session:
            journey.kwh, self.session = station.power_off(evse), None
            visit.power_off(clock.now)
        if reached is not None:
            end_h = self.until(self.ev["overstay_h"])
            yield clock.at(end_h, Kind.UNPLUG, station.number, evse.number)
        station.unplug(evse)
        visit.unplug(clock.now)
        return reached

    def _leave(self, outcome: Outcome) -> None:
        self.visit.leave(self.clock.now, self.journey.kwh, outcome)
