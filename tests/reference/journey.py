"""Where an EV is on its route, what it holds there, and where it stops next."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from sim.lifecycle import Drive, Rule
from sim.model import Route, Stop, Vehicle
from tests.reference.nanoseconds import ns
from tests.reference.station import Station


def full_power_h(vehicle: Vehicle, most_kw: float, begin_kwh: float, end_kwh: float) -> float:
    """Hours from `begin_kwh` to `end_kwh` with only its curve and `most_kw` as limits."""
    hours, low = 0.0, 0.0
    for soc_end, kw in vehicle.steps:
        high = soc_end * vehicle.battery_kwh
        energy = min(high, end_kwh) - max(low, begin_kwh)
        power = min(kw, most_kw)
        if energy > 0.0:
            hours += energy / power if power > 0.0 else inf
        low = high
    return hours


class Journey:
    """An EV along its route: at stop `pos` (-1: the origin) it holds, or held at last, `kwh`.

    `fuel_kwh`: what its battery did not hold, so that it drove on fuel, since its last visit.
    """

    def __init__(
        self, ev: Mapping[str, Any], route: Route, stations: Sequence[Station], vehicle: Vehicle
    ) -> None:
        self.ev, self.route, self.stations, self.vehicle = ev, route, stations, vehicle
        self.pos, self.kwh, self.fuel_kwh = -1, ev["entry_kwh"], 0.0

    @property
    def place(self) -> Stop:
        return self.route.stops[self.pos] if self.pos >= 0 else Stop(-1, 0.0, 0.0)

    def station(self, stop: int) -> Station:
        return self.stations[self.route.stops[stop].station]

    def exists(self, stop: int) -> bool:
        return stop < len(self.route.stops)

    def ns_to(self, stop: int) -> int:
        return ns(self.route.stops[stop].h) - ns(self.place.h)

    def leave_for(self, stop: int) -> None:
        """From now on it is where it is under way to; fuel counts as it sets out."""
        self.fuel_kwh += self._fuel_kwh_to(self.route.stops[stop].km)
        self.kwh, self.pos = self.kwh_at(stop), stop

    def finish(self) -> None:
        """It drives on to its destination."""
        self.fuel_kwh += self._fuel_kwh_to(self.route.km)

    # -- energies [kWh]

    def kwh_at(self, stop: int) -> float:
        return self._kwh_at_km(self.route.stops[stop].km)

    def kwh_at_destination(self) -> float:
        return self._kwh_at_km(self.route.km)

    def _kwh_at_km(self, km: float) -> float:
        kwh = self._kwh_without_fuel(km)
        return max(0.0, kwh) if self.vehicle.hybrid else kwh

    def _fuel_kwh_to(self, km: float) -> float:
        return max(0.0, -self._kwh_without_fuel(km)) if self.vehicle.hybrid else 0.0

    def _kwh_without_fuel(self, km: float) -> float:
        return self.kwh - self.ev["kwh_per_km"] * (km - self.place.km)

    def goal(self, station: Station) -> float:
        """It never charges beyond this at `station`."""
        return min(self.ev["target_kwh"], station.given.soc_cap * self.vehicle.battery_kwh)

    # -- decisions

    def alternative(self) -> Drive | int | None:
        """Where it can go instead of waiting: the next stop, its destination (DONE), or None.

        A hybrid can go there with whatever it holds.
        """
        reserve = 0.0 if self.vehicle.hybrid else self.ev["reserve_kwh"]
        if self.exists(self.pos + 1) and self.kwh_at(self.pos + 1) >= reserve:
            return self.pos + 1
        return Drive.DONE if self.kwh_at_destination() >= reserve else None

    @property
    def looks(self) -> bool:
        """It drives to every station it can reach, and decides there with what it sees."""
        return self.ev["rule"] == Rule.PLAN_AHEAD and bool(self.ev["informed"])

    def onward(self) -> int:
        """The stop to drive to on entry, or after leaving a station; or DONE or STRANDED."""
        if not self.looks:
            return self.choose(self.pos + 1)
        if self.kwh_at_destination() >= self.ev["dest_kwh"]:
            return Drive.DONE
        if self.exists(self.pos + 1) and self.kwh_at(self.pos + 1) >= 0.0:
            return self.pos + 1
        return self._no_stop()

    def choose(self, first: int) -> int:
        """The stop from `first` on at which it will charge; or DONE or STRANDED."""
        if self.kwh_at_destination() >= self.ev["dest_kwh"]:
            return Drive.DONE
        if self.ev["rule"] == Rule.THRESHOLD:
            return self._threshold(first)
        return self._plan_ahead(first)

    def _threshold(self, first: int) -> int:
        """The first stop with little left, or before the reserve would be touched, which only
        those must mind who have no fuel."""
        last = len(self.route.stops) - 1
        for j in range(first, last + 1):
            kwh = self.kwh_at(j)
            if kwh < 0.0:
                break
            if kwh >= self.goal(self.station(j)):  # nothing to gain here
                continue
            if kwh <= self.ev["stop_kwh"]:
                return j
            if self.vehicle.hybrid:
                continue
            if j == last or self.kwh_at(j + 1) < self.ev["reserve_kwh"]:
                return j
        return self._no_stop()

    def _plan_ahead(self, first: int) -> int:
        """The stop that costs the least time."""
        best, least = None, inf
        for j in range(first, len(self.route.stops)):
            kwh = self.kwh_at(j)
            if kwh < 0.0 or (kwh < self.ev["reserve_kwh"] and best is not None):
                break
            if kwh >= self.goal(self.station(j)):
                continue
            cost = self._cost_h(j)
            if cost < least:
                best, least = j, cost
        return self._no_stop() if best is None else best

    def _cost_h(self, j: int) -> float:
        """Wait and charging at stop `j`, and those of one more stop if it takes one more."""
        station, goal = self.station(j), self.goal(self.station(j))
        given = station.given
        wait = station.live_wait_h() if self.ev["informed"] else given.expected_wait_h
        evse_kw = max(e.limit_kw(self.vehicle.volts) for e in given.evses)
        most_kw = min(evse_kw, self.ev["ev_kw"])
        cost = wait + full_power_h(self.vehicle, most_kw, self.kwh_at(j), goal)
        rest_km = self.route.km - self.route.stops[j].km
        if goal - self.ev["kwh_per_km"] * rest_km < self.ev["dest_kwh"]:
            cost += wait + given.service_h
        return cost

    def _no_stop(self) -> Drive:
        return Drive.DONE if self.kwh_at_destination() >= 0.0 else Drive.STRANDED
