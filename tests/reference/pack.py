"""One pack of a swap station."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import simpy

from sim.lifecycle import Outcome
from sim.model import Vehicle
from tests.reference.clock import Clock
from tests.reference.ledger import Ledger
from tests.reference.nanoseconds import NEVER
from tests.reference.session import Session
from tests.reference.station import Evse
from tests.reference.visit import Visit

if TYPE_CHECKING:
    from tests.reference.swap import SwapStation


class Pack:
    """The battery in a rack.  Whatever a truck leaves there has this name from then on: trucks
    and packs exchange what they hold."""

    def __init__(
        self, clock: Clock, number: int, ev: Mapping[str, Any], vehicle: Vehicle, ledger: Ledger
    ) -> None:
        self.clock, self.number, self.ev, self.vehicle = clock, number, ev, vehicle
        self.ledger = ledger
        self.kwh = ev["entry_kwh"]
        self.visit: Visit | None = None
        self.session: Session | None = None

    def arrive(self, station: "SwapStation", rack: Evse) -> None:
        """It has just been put there, and charges at once: a rack has no handshake."""
        now, goal_kwh = self.clock.now, station.given.swap.soc * self.vehicle.battery_kwh
        need_kwh = max(0.0, goal_kwh - self.kwh)
        self.visit = Visit(self.number, station.number, self.ev["vehicle"], now, self.kwh, need_kwh)
        self.ledger.visits.append(self.visit)
        station.tally.count("arrivals", now)
        self.visit.plug(now, rack.slot, guns=1)
        self.session = station.power_on(rack, self.kwh, max(self.kwh, goal_kwh), limit_ns=NEVER)
        self.visit.power_on(now)
        self.clock.process(self._charge(station, rack))

    def _charge(self, station: "SwapStation", rack: Evse) -> Generator[simpy.Event, Any, None]:
        yield self.session.over
        now, before_kwh = self.clock.now, self.kwh
        self.kwh = station.power_off(rack)
        self.visit.fee_cny, self.session = self.session.fee_cny, None
        self.visit.power_off(now, self.kwh - before_kwh)
        self.visit.unplug(now)
        self.visit.leave(now, self.kwh, Outcome.SERVED)
        station.hold(rack, self)

    def break_off(self, end_ns: int) -> None:
        """The run ends."""
        if self.session:
            self.visit.fee_cny = self.session.fee_at(end_ns)
            self.visit.break_off(end_ns, self.session.kwh_at(end_ns))
