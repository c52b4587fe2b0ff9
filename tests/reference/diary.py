"""The diary of an EV: where it stays, and what it holds there."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.lifecycle import Drive
from sim.model import Vehicle
from tests.reference.station import Station


class Stay(NamedTuple):
    arrive_ns: int
    leave_ns: int
    used_kwh: float  # to the next one
    place: int


class Diary:
    """To `Driver` it is what a `Journey` is: what the EV holds (`kwh`), up to where it charges, and
    whether it could go on instead of waiting."""

    def __init__(self, ev: Mapping[str, Any], stays: Sequence[Stay], vehicle: Vehicle) -> None:
        self.ev, self.stays, self.vehicle = ev, stays, vehicle
        self.number, self.kwh, self.fuel_kwh = 0, ev["entry_kwh"], 0.0

    @property
    def stay(self) -> Stay:
        return self.stays[self.number]

    def goal(self, station: Station) -> float:
        """It never charges beyond this at `station`."""
        return min(self.ev["target_kwh"], station.given.soc_cap * self.vehicle.battery_kwh)

    def plugs_in(self, station: Station) -> bool:
        """It comes to a stay there.  Does it charge?"""
        if self.kwh >= self.goal(station):
            return False
        return self.kwh <= self.ev["stop_kwh"] or self.left_kwh() < self.ev["dest_kwh"]

    def alternative(self) -> Drive:
        """Instead of waiting where it stays it can do without."""
        return Drive.DONE

    # -- the way to the next stay

    def left_kwh(self) -> float:
        """What its battery holds after it; below 0, what it lacks."""
        return self.kwh - self.stay.used_kwh

    def is_in_reach(self) -> bool:
        return self.vehicle.hybrid or self.left_kwh() >= 0.0

    def go_on(self) -> int | None:
        """It sets out, and answers how long it will take; None: it was the last stay."""
        left, leave_ns = self.left_kwh(), self.stay.leave_ns
        self.kwh, self.fuel_kwh = max(0.0, left), self.fuel_kwh + max(0.0, -left)
        self.number += 1
        return self.stay.arrive_ns - leave_ns if self.number < len(self.stays) else None
