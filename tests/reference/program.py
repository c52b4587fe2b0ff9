"""The duty of a truck: which step comes next, what is ahead of it, and what it holds."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from sim.lifecycle import Drive, Opportunity
from sim.lifecycle import Step as Kind
from sim.model import Duty, Step, Vehicle
from tests.reference.nanoseconds import DAY, nearest, ns
from tests.reference.station import Station


def next_time(clock_h: float, now_ns: int) -> int:
    """When the clock shows `clock_h` next; now, if it does."""
    today_ns = now_ns // DAY * DAY + ns(clock_h)
    return today_ns if today_ns >= now_ns else today_ns + DAY


def in_window(step: Step, now_ns: int) -> bool:
    """Whether the clock shows `from_h` to `to_h`, which may be over midnight."""
    begin_ns, end_ns, clock_ns = ns(step.from_h), ns(step.to_h), now_ns % DAY
    if begin_ns < end_ns:
        return begin_ns <= clock_ns < end_ns
    return begin_ns > end_ns and not end_ns <= clock_ns < begin_ns


class Program:
    """A truck in its duty.  To `Driver` it is what a `Journey` is: what the EV holds (`kwh`), up
    to where it charges, and whether it could go on instead of waiting."""

    def __init__(
        self, ev: Mapping[str, Any], duty: Duty, vehicle: Vehicle, factors: Sequence[float]
    ) -> None:
        self.ev, self.duty, self.vehicle = ev, duty, vehicle
        self.factors, self.drawn = factors, 0  # its own ones, and how many it has taken
        self.kwh, self.next = ev["entry_kwh"], ev["first"]
        self.fuel_kwh = 0.0  # a truck with a duty has a battery and nothing else
        self.target_kwh = 0.0  # of the station it is at
        self.ahead_kwh = inf  # what it needs to go on from there; inf: it cannot

    # -- steps

    def advance(self) -> tuple[int, Step]:
        """The step that is next, which then is the one after it."""
        number = self.next
        self.skip(1)
        return number, self.duty.steps[number]

    def skip(self, count: int) -> None:
        self.next = (self.next + count) % len(self.duty.steps)

    def takes_ns(self, step: Step) -> int:
        """How long it takes this time."""
        return nearest(ns(step.h) * self._factor()) if step.drawn else ns(step.h)

    def _factor(self) -> float:
        if not self.factors:
            return 1.0
        self.drawn += 1
        return self.factors[(self.drawn - 1) % len(self.factors)]

    # -- energies [kWh]

    def drive_kwh(self, step: Step) -> float:
        return step.km * self.ev["kwh_per_km"] * step.load

    def serve(self) -> None:
        """It comes to be served: there is nothing to charge, and no way around it."""
        self.target_kwh, self.ahead_kwh = 0.0, inf

    def may_charge(self, number: int, station: Station) -> bool:
        """It comes to CHARGE step `number`.  Does it stop?"""
        step = self.duty.steps[number]
        self.target_kwh = step.soc * self.vehicle.battery_kwh
        self.ahead_kwh = self._to_next_charge(number)
        if self.kwh >= self.goal(station):
            return False
        if step.rule == Opportunity.ALWAYS:
            return True
        if step.rule == Opportunity.THRESHOLD and self.kwh <= self.ev["stop_kwh"]:
            return True
        return self.kwh - self.ahead_kwh < self.ev["reserve_kwh"]

    def _to_next_charge(self, number: int) -> float:
        """For all drives until it may charge again, with every skip taken."""
        steps, total, ahead = self.duty.steps, 0.0, 1
        while ahead < len(steps):
            step = steps[(number + ahead) % len(steps)]
            if step.kind == Kind.CHARGE:
                break
            if step.kind == Kind.DRIVE:
                total += self.drive_kwh(step)
            ahead += 1 + (step.skip if step.kind == Kind.SKIP else 0)
        return total

    def goal(self, station: Station) -> float:
        """It never charges beyond this at `station`."""
        packs = station.given.swap.soc if station.given.swap else 1.0
        most = min(station.given.soc_cap, packs)
        return min(self.target_kwh, most * self.vehicle.battery_kwh)

    def alternative(self) -> Drive | None:
        """What it can do instead of waiting: go on (DONE), or nothing."""
        return Drive.DONE if self.kwh >= self.ahead_kwh + self.ev["reserve_kwh"] else None
