"""One EV with its driver: a SimPy process from its entry to its last leaving."""

from collections.abc import Generator, Mapping
from typing import Any

import simpy

from sim.lifecycle import Drive, Kind, Outcome
from sim.model import Vehicle
from tests.reference.clock import Clock, Due
from tests.reference.journey import Journey
from tests.reference.ledger import Ledger
from tests.reference.nanoseconds import hours, ns
from tests.reference.program import Program
from tests.reference.session import Session
from tests.reference.station import Evse, Station
from tests.reference.visit import Visit

Part = Generator[simpy.Event, Any, Any]  # of the process; it may hand back an answer


class Driver:
    """It drives, looks, waits, charges and drives on."""

    def __init__(
        self, clock: Clock, number: int, ev: Mapping[str, Any], vehicle: Vehicle,
        journey: Journey | Program, ledger: Ledger,
    ) -> None:  # fmt: skip
        self.clock, self.number, self.ev, self.vehicle = clock, number, ev, vehicle
        self.journey, self.ledger = journey, ledger
        self.guns, self.overstay_ns = vehicle.guns, ev["overstay_ns"]
        self.visit: Visit | None = None
        self.session: Session | None = None
        self.called: simpy.Event | None = None  # in line: its value is an EVSE, or None
        self.process = clock.process(self.drive())

    def drive(self) -> Part:
        """The process."""
        journey = self.journey
        has_route = self.ev["route"] >= 0
        stop, looking = (journey.onward(), journey.looks) if has_route else (0, False)
        if stop == Drive.STRANDED:  # decided here and now, but it happens on entry
            yield self.arrival(self.ev["entry_ns"])
        came_from = -1
        while stop >= 0:
            yield from self._drive_to(stop)
            if looking:
                chosen = journey.choose(stop)
                if chosen != stop:
                    stop = stop + 1 if chosen >= 0 else chosen
                    continue
            station = journey.station(stop)
            if station.guides_across():
                yield from self._cross(station)
                station, came_from = station.opposite, station.number
            sent_on = yield from self._visit(station, came_from)
            if sent_on is None:
                stop, looking, came_from = journey.onward(), journey.looks, -1
            else:
                stop, looking, came_from = sent_on, False, station.number
        if stop == Drive.STRANDED:
            self._strand()
        else:
            journey.finish()

    def break_off(self, end_ns: int) -> None:
        """The run ends."""
        if self.visit and self.visit.open:
            if self.visit.in_line_since is not None:
                self._leave_line(end_ns)
            kwh = self.session.kwh_at(end_ns) if self.session else self.journey.kwh
            self.visit.fee_cny += self.session.fee_at(end_ns) if self.session else 0.0
            self.visit.break_off(end_ns, kwh)

    def arrival(self, time_ns: int) -> Due:
        """It comes to where it is under way to."""
        return self.clock.at(time_ns, Kind.ARRIVAL, -1, self.number)

    def until(self, span_ns: int) -> int:
        """When something ends that would last so long from now: the deadline may come first."""
        return max(self.clock.now, min(self.clock.now + span_ns, self.ev["deadline_ns"]))

    # -- on the road

    def _drive_to(self, stop: int) -> Part:
        begin_ns = max(self.clock.now, self.ev["entry_ns"])  # entries are planned ahead of time
        due_ns = begin_ns + self.journey.ns_to(stop)
        self.journey.leave_for(stop)
        yield self.arrival(due_ns)

    def _cross(self, station: Station) -> Part:
        """To the other side of the road, which is at the same place of its route."""
        yield self.arrival(self.clock.now + ns(station.given.cross_h))

    def _strand(self) -> None:
        self._open(station=-1, need_kwh=0.0, came_from=-1)
        self.visit.leave(self.clock.now, self.journey.kwh, Outcome.STRANDED)

    def _open(self, station: int, need_kwh: float, came_from: int) -> None:
        self.visit = Visit(
            self.number, station, self.ev["vehicle"], self.clock.now, self.journey.kwh,
            need_kwh, came_from, fuel_kwh=self.journey.fuel_kwh,
        )  # fmt: skip
        self.journey.fuel_kwh = 0.0
        self.ledger.visits.append(self.visit)

    # -- at a station

    def _visit(self, station: Station, came_from: int = -1) -> Part:
        """Answers None if it charged, else where it is sent on to (DONE: it is out)."""
        need_kwh = max(0.0, self.journey.goal(station) - self.journey.kwh)
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
        too_long = len(station.line) >= self.ev["balk_per_evse"] * station.servers
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

    def _give_up(self, station: Station) -> int | None:
        """Its patience is over, which only ends for who had an alternative on joining the line.

        What it used in line may have cost it that (None): it goes all the same, as after a
        session.
        """
        if self.visit.gained_kwh > 0.0:  # from before it was cut
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
            end_ns = self.until(self.ev["patience_ns"])
            patience = clock.at(end_ns, Kind.PATIENCE, station.number, self.number, beside=0.0)
            patience.callbacks.append(lambda _: station.give_up(self))
        evse = yield self.called
        if patience:
            patience.cancel()
        self._leave_line(clock.now)
        return evse

    def _leave_line(self, now_ns: int) -> None:
        """Heating or cooling ran while it waited, for as long as the battery lasted."""
        waited_ns = self.visit.leave_line(now_ns)
        taken = min(self.journey.kwh, self.ev["aux_kw"] * hours(waited_ns))
        self.journey.kwh -= taken
        self.visit.aux_kwh += taken

    def _plug(self, station: Station, evse: Evse) -> Part:
        """From plug-in to unplug.  Answers whether it reached its goal; None if it was cut."""
        clock, visit, journey = self.clock, self.visit, self.journey
        visit.plug(clock.now, evse.slot, evse.guns, evse.partner.slot if evse.partner else -1)
        try:
            if station.handshake_ns > 0:
                on_ns = clock.now + station.handshake_ns
                yield clock.at(on_ns, Kind.POWER, station.number, evse.number)
            goal = max(journey.kwh, journey.goal(station))
            limit_ns = self.until(station.session_limit_ns)
            self.session = station.power_on(evse, journey.kwh, goal, limit_ns)
            visit.power_on(clock.now)
            reached = yield self.session.over
        except simpy.Interrupt:  # the EVSE went down
            reached = None
            visit.cuts += 1
        if self.session:
            before_kwh, journey.kwh = journey.kwh, station.power_off(evse)
            visit.fee_cny += self.session.fee_cny
            self.session = None
            visit.power_off(clock.now, journey.kwh - before_kwh)
        if reached is not None:
            end_ns = self.until(self.overstay_ns)
            yield clock.at(end_ns, Kind.UNPLUG, station.number, evse.number)
        station.unplug(evse, cut=reached is None)
        visit.unplug(clock.now)
        return reached

    def _leave(self, outcome: Outcome) -> None:
        self.visit.leave(self.clock.now, self.journey.kwh, outcome)
