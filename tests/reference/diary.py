"""The diary of an EV: where it stays, what it holds there, and where it charges around it."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from sim.lifecycle import Drive
from sim.model import Model, Vehicle
from sim.zone import Candidate, Zone
from tests.reference.clock import Clock
from tests.reference.journey import full_power_h
from tests.reference.nanoseconds import HOUR, hours, ns
from tests.reference.station import Station


class Stay(NamedTuple):
    arrive_ns: int
    leave_ns: int
    used_kwh: float  # to the next one
    place: int
    zone: int


class Around(NamedTuple):
    """What there is around stays, and what drivers know of it."""

    clock: Clock
    model: Model
    stations: Sequence[Station]

    def wait_h(self, station: Station, at_ns: int) -> float:
        """What who sees no line expects."""
        waits = self.model.waits_h
        if waits is None:
            return station.given.expected_wait_h
        return float(waits[station.number][at_ns // HOUR % len(waits[station.number])])


class Diary:
    """To `Driver` it is what a `Journey` is: what the EV holds (`kwh`), up to where it charges, and
    whether it could go on instead of waiting.

    `tried`: candidates around the stay to which it has driven, the last of them to where it is.
    """

    def __init__(
        self, ev: Mapping[str, Any], stays: Sequence[Stay], cny_per_h: float, taste_h: float,
        taste: int, vehicle: Vehicle, around: Around,
    ) -> None:  # fmt: skip
        self.ev, self.stays, self.vehicle = ev, stays, vehicle
        self.cny_per_h, self.around = cny_per_h, around
        self.taste_h, self.taste = taste_h, taste
        self.number, self.kwh, self.fuel_kwh = 0, ev["entry_kwh"], 0.0
        self.tried: list[int] = []

    @property
    def stay(self) -> Stay:
        return self.stays[self.number]

    @property
    def zone(self) -> Zone:
        return self.around.model.zones[self.stay.zone]

    @property
    def at(self) -> Candidate:
        """Where it is; where it stays is no station, and nowhere else."""
        return self.zone.candidates[self.tried[-1]] if self.tried else Candidate(-1)

    def goal(self, station: Station) -> float:
        """It never charges beyond this at `station`."""
        return min(self.ev["target_kwh"], station.given.soc_cap * self.vehicle.battery_kwh)

    def plugs_in(self, station: Station) -> bool:
        """It comes to a stay there.  Does it charge?"""
        if self.kwh >= self.goal(station):
            return False
        return self.kwh <= self.ev["stop_kwh"] or self._is_short_of(self.ev["dest_kwh"])

    # -- the way to the next stay

    def _need_kwh(self) -> float:
        return self.ev["kwh_per_km"] * self.at.km + self.stay.used_kwh

    def _left_kwh(self, need_kwh: float) -> float:
        """After a way that takes so much; below 0, what it lacks."""
        left = self.kwh - need_kwh
        return max(0.0, left) if self.vehicle.hybrid else left

    def _is_short_of(self, kwh: float) -> bool:
        return self._left_kwh(self._need_kwh()) < kwh

    def is_in_reach(self) -> bool:
        return not self._is_short_of(0.0)

    def _use(self, kwh: float) -> None:
        left = self.kwh - kwh
        self.kwh, self.fuel_kwh = max(0.0, left), self.fuel_kwh + max(0.0, -left)

    def go_on(self) -> int | None:
        """It sets out, and answers how long it will take; None: it was the last stay."""
        self._use(self._need_kwh())
        back_ns, leave_ns = ns(self.at.back_h), self.stay.leave_ns
        self.tried = []
        self.number += 1
        if self.number == len(self.stays):
            return None
        return back_ns + self.stay.arrive_ns - leave_ns

    # -- out to charge

    def wants_station(self) -> int | None:
        """The one to charge at before it drives on, if it wants to and there is one."""
        if self._is_short_of(0.0 if self.tried else self.ev["dest_kwh"]):
            return self._best(0.0)
        return None

    def drive_to(self, j: int) -> int:
        """It sets out for candidate `j`; answers how long it takes."""
        km, drive_ns = self._way(j)
        self._use(self.ev["kwh_per_km"] * km)
        self.tried.append(j)
        return drive_ns

    def alternative(self) -> Drive | int | None:
        """What it can do instead of waiting: try the next best, or do without (DONE), which who is
        where it stays always can."""
        if not self.tried:
            return Drive.DONE
        reserve = 0.0 if self.vehicle.hybrid else self.ev["reserve_kwh"]
        best = self._best(reserve)
        if best is not None:
            return best
        return None if self._is_short_of(reserve) else Drive.DONE

    def _way(self, j: int) -> tuple[float, int]:
        """From where it is."""
        zone = self.zone
        if not self.tried:
            return zone.candidates[j].km, ns(zone.candidates[j].there_h)
        here = self.tried[-1]
        return zone.ways_km[here][j], ns(zone.ways_h[here][j])

    def _best(self, least_kwh: float) -> int | None:
        """The station that costs the least, of those not tried that it reaches with so much."""
        if self.stay.zone < 0 or len(self.tried) == 4:  # the first, and three after it
            return None
        costs = {
            j: self._cost_h(j, least_kwh)
            for j in range(len(self.zone.candidates)) if j not in self.tried
        }  # fmt: skip
        best = min(costs, key=costs.__getitem__, default=None)  # the first of equals
        return best if best is not None and costs[best] < inf else None

    def _cost_h(self, j: int, least_kwh: float) -> float:
        """Driving there and back, wait, charging, and the price in time; inf: not worth it."""
        candidate = self.zone.candidates[j]
        station = self.around.stations[candidate.station]
        km, drive_ns = self._way(j)
        kwh, goal = self._left_kwh(self.ev["kwh_per_km"] * km), self.goal(station)
        if kwh < least_kwh or kwh >= goal:
            return inf
        due_ns = self.around.clock.now + drive_ns
        cost = hours(drive_ns + ns(candidate.back_h))
        informed = self.ev["informed"]
        cost += station.live_wait_h() if informed else self.around.wait_h(station, due_ns)
        evse_kw = max(e.limit_kw(self.vehicle.volts) for e in station.given.evses)
        cost += full_power_h(self.vehicle, min(evse_kw, self.ev["ev_kw"]), kwh, goal)
        if station.tariff:
            prices = station.tariff.cny_per_kwh
            cost += prices[due_ns // HOUR % len(prices)] * (goal - kwh) / self.cny_per_h
        return cost + self.taste_h * self._dislikes(candidate.station)

    def _dislikes(self, station: int) -> float:
        """From 0 to 1, by the rule of `sim.kernels.errand.dislike`, in whole numbers."""
        prime, folds = 2147483647, ((15, 39373), (13, 48271))
        x = (48271 * (1 + self.taste) % prime) ^ (69621 * (1 + station) % prime)
        for shift, factor in folds:
            x = (x ^ (x >> shift)) * factor % prime
        return x / prime
