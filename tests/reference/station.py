"""A station with its cabinets, its EVSEs and its line: plain objects that drivers act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim import model
from sim.lifecycle import Change, Discipline, Slot
from sim.tariff import Tariff
from tests.reference.clock import Clock
from tests.reference.nanoseconds import ns
from tests.reference.power import RULES, Charging, Limits
from tests.reference.session import Session
from tests.reference.tally import State, Tally

if TYPE_CHECKING:
    from tests.reference.driver import Driver
    from tests.reference.pack import Pack

KEYS: dict[Discipline, Callable[[Driver], float]] = {  # the least is called first
    Discipline.FCFS: lambda driver: 0.0,
    Discipline.PRIORITY: lambda driver: driver.ev["priority"],
    Discipline.SHORTEST_NEED: lambda driver: driver.visit.need_kwh,
}


def limit_kw(evse: Evse, partner: Evse | None, volts: float) -> float:
    """What an EV gets from it, and from a second one like it if it has two guns."""
    guns = 2 if partner else 1
    return model.Evse(guns * evse.given.kw, guns * evse.given.amps).limit_kw(volts)


class Evse:
    """Serves one EV at a time; `partner` has the second gun of that EV."""

    def __init__(self, given: model.Evse, number: int, slot: int) -> None:
        self.given, self.number, self.slot = given, number, slot
        self.up = True
        self.state = Slot.FREE
        self.driver: Driver | Pack | None = None
        self.partner: Evse | None = None
        self.session: Session | None = None

    @property
    def usable(self) -> bool:
        return self.up and self.state == Slot.FREE

    @property
    def guns(self) -> int:
        return 2 if self.partner else 1

    def take(self, driver: Driver, partner: Evse | None) -> None:
        self.state, self.driver, self.partner = Slot.HANDSHAKE, driver, partner
        if partner:
            partner.state = Slot.PAIRED

    def release(self) -> None:
        if self.partner:
            self.partner.state = Slot.FREE
        self.state, self.driver, self.partner = Slot.FREE, None, None


class Station:
    """What happens here happens at once; drivers wait for it as SimPy processes."""

    def __init__(
        self, clock: Clock, given: model.Station, number: int, first_slot: int, bin_ns: int
    ) -> None:
        self.clock, self.given, self.number = clock, given, number
        self.handshake_ns = ns(given.handshake_h)
        self.session_limit_ns = ns(given.session_limit_h)
        evses = [Evse(e, n, first_slot + n) for n, e in enumerate(given.evses)]
        of = iter(evses)
        self.cabinets = [[next(of) for _ in cabinet.evses] for cabinet in given.cabinets]
        self.evses = evses
        self.line: list[Driver] = []
        self.cap_kw = max(0.0, given.cap_kw)
        self.tally = Tally(bin_ns)
        self.opposite: Station | None = None
        self.tariff: Tariff | None = None

    # -- what drivers see

    @property
    def servers(self) -> int:
        """How many can be served at a time."""
        return len(self.evses)

    def is_usable(self) -> bool:
        return any(e.usable for e in self.evses)

    def is_full(self) -> bool:
        return 0 <= self.given.line_places <= len(self.line)

    def live_wait_h(self) -> float:
        if not self.line and self.is_usable():
            return 0.0
        up = sum(e.up for e in self.evses)
        return (len(self.line) + 1) * self.given.service_h / max(1, up)

    def guides_across(self) -> bool:
        """Who arrives waits less on the other side, even with the way there."""
        if not self.opposite:
            return False
        return self.live_wait_h() > self.opposite.live_wait_h() + self.given.cross_h

    # -- what drivers do

    def join(self, driver: Driver, at_head: bool) -> None:
        self.line.insert(0 if at_head else self._place(driver), driver)
        self._serve()
        self._note()

    def give_up(self, driver: Driver) -> None:
        self.line.remove(driver)
        self._note()
        driver.called.succeed(None)

    def power_on(self, evse: Evse, kwh: float, goal_kwh: float, limit_ns: int) -> Session:
        evse.state, driver = Slot.CHARGING, evse.driver
        most_kw = min(limit_kw(evse, evse.partner, driver.vehicle.volts), driver.ev["ev_kw"])
        evse.session = Session(
            self.clock, (self.number, evse.number), driver.vehicle, most_kw, kwh, goal_kwh,
            limit_ns, stepped=self._share, tariff=self.tariff,
        )  # fmt: skip
        self._share()
        return evse.session

    def power_off(self, evse: Evse) -> float:
        """Energy in the battery when the power goes off."""
        kwh = evse.session.stop()
        evse.state, evse.session = Slot.OVERSTAY, None
        self._share()
        return kwh

    def unplug(self, evse: Evse, cut: bool) -> None:
        """Who was cut joins the head of the line before anybody is called: its second EVSE may
        be free now."""
        evse.release()
        if not cut:
            self._serve()
        self._note()

    def _place(self, driver: Driver) -> int:
        """Behind all who were cut here, and all whose key is no greater than its own."""
        key = KEYS[self.given.discipline]
        return sum(d.visit.cuts > 0 or key(d) <= key(driver) for d in self.line)

    def _serve(self) -> None:
        """Nobody waits while a usable EVSE exists: the head of the line takes the strongest."""
        while self.line and self.is_usable():
            driver = self.line.pop(0)
            usable = [e for e in self.evses if e.usable]
            choices = [(e, self._partner(e) if driver.guns == 2 else None) for e in usable]
            volts = driver.vehicle.volts
            evse, partner = max(choices, key=lambda c: limit_kw(*c, volts))  # the first of equals
            evse.take(driver, partner)
            driver.called.succeed(evse)

    def _partner(self, evse: Evse) -> Evse | None:
        """The first free one after it that is like it and in the same cabinet."""
        (cabinet,) = (c for c in self.cabinets if evse in c)
        later = (e for e in cabinet if e.number > evse.number)
        return next((e for e in later if e.usable and e.given == evse.given), None)

    # -- what happens to it

    def change(self, change: model.Change) -> None:
        if change.kind == Change.CAP:
            self.cap_kw = max(0.0, change.cap_kw)
            self._share()
            return
        evse = self.evses[change.evse]
        was_up, evse.up = evse.up, change.kind == Change.EVSE_UP
        first = next((e for e in self.evses if e.partner is evse), evse)
        if was_up and not evse.up and first.state in (Slot.HANDSHAKE, Slot.CHARGING):
            first.driver.process.interrupt()  # it unplugs and goes to the head of the line
        self._serve()
        self._note()

    def _share(self) -> None:
        """Every EV that charges gets its share of the power, from now on."""
        given = self.given
        cabinets = enumerate(self.cabinets)
        charging = [(e.session, c) for c, evses in cabinets for e in evses if e.session]
        kws = RULES[given.sharing](
            [Charging(session.wanted_kw, c, session.on_ns) for session, c in charging],
            Limits([c.kw for c in given.cabinets], self.cap_kw * given.efficiency, given.module_kw),
        )
        for (session, _), kw in zip(charging, kws, strict=True):
            session.feed(kw)
        self._note()

    @property
    def occupied(self) -> int:
        return sum(e.state != Slot.FREE for e in self.evses)

    def _note(self) -> None:
        sessions = [e.session for e in self.evses if e.session]
        state = State(
            queue=len(self.line),
            occupied=self.occupied,
            charging=sum(e.guns for e in self.evses if e.session and e.session.kw > 0.0),
            kw=sum(s.kw for s in sessions),
            wanted_kw=sum(s.wanted_kw for s in sessions),
        )
        self.tally.change(self.clock.now, state)
