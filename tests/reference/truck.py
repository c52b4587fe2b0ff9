"""One truck: a SimPy process that does the steps of its duty, over and over."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.lifecycle import Outcome
from sim.lifecycle import Step as Kind
from sim.model import Step, Vehicle
from tests.reference.clock import Clock
from tests.reference.driver import Driver, Part
from tests.reference.ledger import REST, Ledger
from tests.reference.nanoseconds import HOUR, ns
from tests.reference.program import Program, in_window, next_time
from tests.reference.station import Evse, Station
from tests.reference.swap import SwapStation

BREATH = HOUR // 1000  # after a while of doing nothing that takes time


class Truck(Driver):
    """At a station it does what every driver does; its program says where it goes, and why."""

    def __init__(
        self, clock: Clock, number: int, ev: Mapping[str, Any], vehicle: Vehicle,
        program: Program, stations: Sequence[Station], ledger: Ledger,
    ) -> None:  # fmt: skip
        super().__init__(clock, number, ev, vehicle, program, ledger)
        self.program, self.stations = program, stations
        self.stopped_ns, self.driven_ns = ev["entry_ns"], 0  # its last drive; since its last rest
        self.instant_ns, self.executed = ev["entry_ns"], 0  # steps begun at this instant

    def drive(self) -> Part:
        """The process."""
        yield self.arrival(self.ev["entry_ns"])
        while not self._is_stranded:
            if self._is_idling():
                yield self.arrival(self.clock.now + BREATH)
                continue
            number, step = self.program.advance()
            if step.kind == Kind.DRIVE and self._must_rest(step):
                self._note(REST)
                yield self.arrival(self._rested_ns)
                self.program.next = number  # the same step again
                continue
            self._note(number)
            yield from self._do(number, step)

    @property
    def _is_stranded(self) -> bool:
        return self.visit is not None and self.visit.outcome == Outcome.STRANDED

    def _is_idling(self) -> bool:
        """Twice round its duty without any time passing: that could go on for ever."""
        if self.clock.now > self.instant_ns:
            self.instant_ns, self.executed = self.clock.now, 0
        if self.executed == 2 * len(self.program.duty.steps):
            return True
        self.executed += 1
        return False

    def _note(self, what: int) -> None:
        if self.ev["logged"]:
            self.ledger.log.append((self.number, what, self.clock.now))

    def _do(self, number: int, step: Step) -> Part:
        match step.kind:
            case Kind.DRIVE:
                yield from self._go(step)
            case Kind.SERVE:
                yield from self._be_served(step)
            case Kind.CHARGE:
                yield from self._charge(number, step)
            case Kind.PAUSE:
                yield from self._stand(self.stopped_ns + ns(step.h))
            case Kind.UNTIL:
                yield from self._stand(next_time(step.from_h, self.clock.now))
            case Kind.SKIP:
                if in_window(step, self.clock.now):
                    self.program.skip(step.skip)
            case Kind.DELIVER:
                self.ledger.deliveries.append((self.ev["duty"], self.clock.now))

    # -- on the road

    @property
    def _rested_ns(self) -> int:
        return self.stopped_ns + ns(self.program.duty.rest_h)

    def _must_rest(self, step: Step) -> bool:
        if self.clock.now >= self._rested_ns:
            self.driven_ns = 0
            return False  # a drive that is too long by itself is not made shorter by rests
        return self.driven_ns + ns(step.h) > ns(self.program.duty.drive_limit_h)

    def _go(self, step: Step) -> Part:
        need_kwh = self.program.drive_kwh(step)
        if self.program.kwh < need_kwh:
            self._strand()
            return
        yield from self._stand(self.clock.now + self.program.takes_ns(step))
        self.driven_ns += ns(step.h)  # as planned, however long it took
        self.program.kwh -= need_kwh
        self.stopped_ns = self.clock.now

    def _stand(self, until_ns: int) -> Part:
        """Nothing else happens to it until then; what takes no time is no event."""
        if until_ns > self.clock.now:
            yield self.arrival(until_ns)

    # -- at a station

    def _be_served(self, step: Step) -> Part:
        """A session without a need and with an overstay, at one server."""
        self.program.serve()
        self.guns, self.overstay_ns = 1, self.program.takes_ns(step)
        yield from self._visit(self.stations[step.station])

    def _charge(self, number: int, step: Step) -> Part:
        station = self.stations[step.station]
        if self.program.may_charge(number, station):
            self.guns, self.overstay_ns = self.vehicle.guns, 0
            yield from self._visit(station)

    def _plug(self, station: Station, evse: Evse) -> Part:
        if isinstance(station, SwapStation):
            return (yield from self._swap(station, evse))
        return (yield from super()._plug(station, evse))

    def _swap(self, station: SwapStation, rack: Evse) -> Part:
        """It leaves its pack in the rack and takes the one that is there."""
        self.visit.plug(self.clock.now, slot=-1, guns=0)
        yield self.arrival(self.clock.now + ns(station.given.swap.swap_h))
        pack = rack.driver
        self.program.kwh, pack.kwh = pack.kwh, self.program.kwh
        self.visit.unplug(self.clock.now)
        station.take_back(rack)
        return True
