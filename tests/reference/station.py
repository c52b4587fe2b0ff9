"""A station with its cabinets, its EVSEs and its line: plain objects that drivers act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim import model
from sim.lifecycle import Change, Discipline, Slot
from tests.reference.clock import Clock
from tests.reference.power import RULES, Charging, Limits
from tests.reference.session import Session
from tests.reference.tally import State, Tally

if TYPE_CHECKING:
    from tests.reference.driver import Driver

KEYS: dict[Discipline, Callable[[Driver], float]] = {  # the least is called first
    Discipline.FCFS: lambda driver: 0.0,
    Discipline.PRIORITY: lambda driver: driver.ev["priority"],
    Discipline.SHORTEST_NEED: lambda driver: driver.visit.need_kwh,
}


class Evse:
    """Serves one EV at a time."""

    def __init__(self, given: model.Evse, number: int, slot: int) -> None:
        self.given, self.number, self.slot = given, number, slot
        self.up = True
        self.state = Slot.FREE
        self.driver: Driver | None = None
        self.session: Session | None = None

    @property
    def usable(self) -> bool:
        return self.up and self.state == Slot.FREE


class Station:
    """What happens here happens at once; drivers wait for it as SimPy processes."""

    def __init__(
        self, clock: Clock, given: model.Station, number: int, first_slot: int, bin_h: float
    ) -> None:
        self.clock, self.given, self.number = clock, given, number
        evses = [Evse(e, n, first_slot + n) for n, e in enumerate(given.evses)]
        of = iter(evses)
        self.cabinets = [[next(of) for _ in cabinet.evses] for cabinet in given.cabinets]
        self.evses = evses
        self.line: list[Driver] = []
        self.cap_kw = max(0.0, given.cap_kw)
        self.tally = Tally(bin_h)

    # -- what drivers see

    def is_usable(self) -> bool:
        return any(e.usable for e in self.evses)

    def is_full(self) -> bool:
        return 0 <= self.given.line_places <= len(self.line)

    def live_wait_h(self) -> float:
        if not self.line and self.is_usable():
            return 0.0
        up = sum(e.up for e in self.evses)
        return (len(self.line) + 1) * self.given.service_h / max(1, up)

    # -- what drivers do

    def join(self, driver: Driver, at_head: bool) -> None:
        self.line.insert(0 if at_head else self._place(driver), driver)
        self._serve()
        self._note()

    def give_up(self, driver: Driver) -> None:
        self.line.remove(driver)
        self._note()
        driver.called.succeed(None)

    def power_on(self, evse: Evse, kwh: float, goal_kwh: float) -> Session:
        evse.state, driver = Slot.CHARGING, evse.driver
        evse.session = Session(
            self.clock, (self.number, evse.number), driver.vehicle,
            min(evse.given.limit_kw(driver.vehicle.volts), driver.ev["ev_kw"]), kwh, goal_kwh,
            driver.until(self.given.session_limit_h), stepped=self._share,
        )  # fmt: skip
        self._share()
        return evse.session

    def power_off(self, evse: Evse) -> float:
        """Energy in the battery when the power goes off."""
        kwh = evse.session.stop()
        evse.state, evse.session = Slot.OVERSTAY, None
        self._share()
        return kwh

    def unplug(self, evse: Evse) -> None:
        evse.state, evse.driver = Slot.FREE, None
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
            volts = driver.vehicle.volts
            evse = max(usable, key=lambda e: e.given.limit_kw(volts))  # the first of equals
            evse.state, evse.driver = Slot.HANDSHAKE, driver
            driver.called.succeed(evse)

    # -- what happens to it

    def change(self, change: model.Change) -> None:
        if change.kind == Change.CAP:
            self.cap_kw = max(0.0, change.cap_kw)
            self._share()
            return
        evse = self.evses[change.evse]
        was_up, evse.up = evse.up, change.kind == Change.EVSE_UP
        if was_up and not evse.up and evse.state in (Slot.HANDSHAKE, Slot.CHARGING):
            evse.driver.process.interrupt()  # it unplugs and goes to the head of the line
        self._serve()
        self._note()

    def _share(self) -> None:
        """Every EV that charges gets its share of the power, from now on."""
        given = self.given
        cabinets = enumerate(self.cabinets)
        charging = [(e.session, c) for c, evses in cabinets for e in evses if e.session]
        kws = RULES[given.sharing](
            [Charging(session.wanted_kw, c, session.on_h) for session, c in charging],
            Limits([c.kw for c in given.cabinets], self.cap_kw * given.efficiency, given.module_kw),
        )
        for (session, _), kw in zip(charging, kws, strict=True):
            session.feed(kw)
        self._note()

    def _note(self) -> None:
        sessions = [e.session for e in self.evses if e.session]
        state = State(
            queue=len(self.line),
            occupied=sum(e.driver is not None for e in self.evses),
            charging=sum(s.kw > 0.0 for s in sessions),
            kw=sum(s.kw for s in sessions),
            wanted_kw=sum(s.wanted_kw for s in sessions),
        )
        self.tally.change(self.clock.now, state)
