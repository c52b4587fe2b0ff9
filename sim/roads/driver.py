"""How one driver decides where to charge, in plain Python: what there was to choose from, and why.

The kernels decide for everybody (`sim/kernels/journey.py`); here the same rule is told for one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from sim.lifecycle import Drive, Rule
from sim.model import Model, Route, Station, Vehicle


@dataclass(frozen=True)
class View:
    """What a station shows at an instant."""

    line: int
    free: int
    up: int
    power_kw: float
    cap_kw: float


@dataclass(frozen=True)
class Option:
    """A stop that was thought of.

    Attributes
    ----------
    stop : its number along the route.
    soc : on arrival there.
    why : `below` its threshold or the last one before the reserve (`last`); for who plans ahead
        `possible`; or why not: `full`, `above` the threshold, `reserve`, `unreachable`.
    wait_h, charge_h, again_h : what a plan expects, `again_h` for one more stop afterwards; None
        where nothing is planned.
    view : what the driver knew of the line; None: nothing.
    """

    stop: int
    soc: float
    why: str
    wait_h: float | None = None
    charge_h: float | None = None
    again_h: float | None = None
    view: View | None = None

    @property
    def cost_h(self) -> float | None:
        if self.wait_h is None or self.charge_h is None or self.again_h is None:
            return None
        return self.wait_h + self.charge_h + self.again_h


Sees = Callable[[int], View]  # a station by its number in the model


class Driver:
    """An EV on a route.

    Parameters
    ----------
    ev : its row of `kernels.records.EV`.
    """

    def __init__(self, model: Model, ev: Any) -> None:
        self.model, self.ev = model, ev
        self.route: Route = model.routes[int(ev["route"])]
        self.vehicle: Vehicle = model.vehicles[int(ev["vehicle"])]
        self.plans = int(ev["rule"]) == Rule.PLAN_AHEAD
        self.looks = self.plans and bool(ev["informed"])

    def station(self, stop: int) -> Station:
        return self.model.stations[self.route.stops[stop].station]

    def km(self, stop: int) -> float:
        """Along the route; -1 is where it begins."""
        return self.route.stops[stop].km if stop >= 0 else 0.0

    def hours(self, stop: int) -> float:
        return self.route.stops[stop].h if stop >= 0 else 0.0

    def soc(self, kwh: float) -> float:
        return kwh / self.vehicle.battery_kwh

    def kwh_at(self, stop: int, kwh: float, to: int) -> float:
        """What is left of the content at a stop on arrival at a later one."""
        return self._left(kwh, self.km(to) - self.km(stop))

    def kwh_at_destination(self, stop: int, kwh: float) -> float:
        return self._left(kwh, self.route.km - self.km(stop))

    def _left(self, kwh: float, km: float) -> float:
        left = kwh - float(self.ev["kwh_per_km"]) * km
        return max(0.0, left) if self.vehicle.hybrid else left

    def goal(self, stop: int) -> float:
        """Charges there up to this."""
        most = self.station(stop).soc_cap * self.vehicle.battery_kwh
        return min(float(self.ev["target_kwh"]), most)

    def is_content(self, stop: int, kwh: float) -> bool:
        """Whether it gets to its destination with what it wants to have there."""
        return self.kwh_at_destination(stop, kwh) >= float(self.ev["dest_kwh"])

    def onward(self, stop: int, kwh: float, sees: Sees) -> tuple[int, list[Option]]:
        """Where it drives from a stop, and what it thought of."""
        if not self.looks:
            return self.choose(stop, kwh, stop + 1, sees)
        if self.is_content(stop, kwh):
            return Drive.DONE, []
        if self._exists(stop + 1) and self.kwh_at(stop, kwh, stop + 1) >= 0.0:
            return stop + 1, []
        return self._nowhere(stop, kwh), []

    def choose(self, stop: int, kwh: float, first: int, sees: Sees) -> tuple[int, list[Option]]:
        """Where it charges from stop `first` on, `DONE` or `STRANDED`, and what it thought of."""
        if self.is_content(stop, kwh):
            return Drive.DONE, []
        return (self._planned if self.plans else self._first)(stop, kwh, first, sees)

    def _first(self, stop: int, kwh: float, first: int, _: Sees) -> tuple[int, list[Option]]:
        """The first stop at its threshold, or the last one before its reserve is touched."""
        seen: list[Option] = []
        for j in range(first, len(self.route.stops)):
            at = self.kwh_at(stop, kwh, j)
            why = self._why(stop, kwh, j, at)
            seen.append(Option(j, self.soc(at), why))
            if why in ("below", "last"):
                return j, seen
            if why == "unreachable":
                break
        return self._nowhere(stop, kwh), seen

    def _why(self, stop: int, kwh: float, j: int, at: float) -> str:
        if at < 0.0:
            return "unreachable"
        if at >= self.goal(j):
            return "full"
        if at <= float(self.ev["stop_kwh"]):
            return "below"
        if self.vehicle.hybrid:
            return "above"
        left = self.kwh_at(stop, kwh, j + 1) if self._exists(j + 1) else -inf
        return "last" if left < float(self.ev["reserve_kwh"]) else "above"

    def _planned(self, stop: int, kwh: float, first: int, sees: Sees) -> tuple[int, list[Option]]:
        """The stop that costs least time, by what it sees or expects."""
        seen: list[Option] = []
        best, least = int(Drive.STRANDED), inf
        for j in range(first, len(self.route.stops)):
            at = self.kwh_at(stop, kwh, j)
            if at < 0.0 or (at < float(self.ev["reserve_kwh"]) and best >= 0):
                seen.append(Option(j, self.soc(at), "unreachable" if at < 0.0 else "reserve"))
                break
            if at >= self.goal(j):
                seen.append(Option(j, self.soc(at), "full"))
                continue
            own = self._expected(j, at, sees)
            seen.append(own)
            if own.cost_h is not None and own.cost_h < least:
                best, least = j, own.cost_h
        return (best if best >= 0 else self._nowhere(stop, kwh)), seen

    def _expected(self, j: int, at: float, sees: Sees) -> Option:
        station, goal = self.station(j), self.goal(j)
        view = sees(self.route.stops[j].station) if self.ev["informed"] else None
        wait = live_wait_h(station, view) if view else station.expected_wait_h
        rest_km = self.route.km - self.km(j)
        again = goal - float(self.ev["kwh_per_km"]) * rest_km < float(self.ev["dest_kwh"])
        return Option(
            j, self.soc(at), "possible", wait, self._charge_h(station, at, goal),
            wait + station.service_h if again else 0.0, view,
        )  # fmt: skip

    def _charge_h(self, station: Station, begin: float, end: float) -> float:
        """At the full power of the curve and of the station's strongest EVSE."""
        most = max(evse.limit_kw(self.vehicle.volts) for evse in station.evses)
        most = min(most, float(self.ev["ev_kw"]))
        hours, low = 0.0, 0.0
        for soc, kw in self.vehicle.steps:
            high = soc * self.vehicle.battery_kwh
            energy = min(high, end) - max(low, begin)
            if energy > 0.0:
                hours += energy / min(kw, most)
            low = high
        return hours

    def alternative(self, stop: int, kwh: float) -> int:
        """Where it can go instead of waiting: the next stop, `DONE`, or `STRANDED`: nowhere."""
        reserve = 0.0 if self.vehicle.hybrid else float(self.ev["reserve_kwh"])
        if self._exists(stop + 1) and self.kwh_at(stop, kwh, stop + 1) >= reserve:
            return stop + 1
        ends = self.kwh_at_destination(stop, kwh) >= reserve
        return int(Drive.DONE if ends else Drive.STRANDED)

    def stays_away(self, station: Station, view: View) -> bool:
        """Whether the line is too long, or full."""
        if 0 <= station.line_places <= view.line:
            return True
        return view.line >= float(self.ev["balk_per_evse"]) * station.servers

    def _nowhere(self, stop: int, kwh: float) -> int:
        ends = self.kwh_at_destination(stop, kwh) >= 0.0
        return int(Drive.DONE if ends else Drive.STRANDED)

    def _exists(self, stop: int) -> bool:
        return stop < len(self.route.stops)


def live_wait_h(station: Station, view: View) -> float:
    """What who sees the line expects to wait."""
    if view.line == 0 and view.free > 0:
        return 0.0
    return (view.line + 1) * station.service_h / max(1, view.up)


def is_guided(model: Model, number: int, sees: Sees) -> bool:
    """Whether who comes to a station is sent to the other side of the road."""
    station = model.stations[number]
    if station.opposite < 0:
        return False
    across = live_wait_h(model.stations[station.opposite], sees(station.opposite))
    return live_wait_h(station, sees(number)) > across + station.cross_h
