"""A `Model` as structured arrays, which is what kernels read (see `kernels/records.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import tariff
from sim.clock import ns
from sim.kernels import records
from sim.lifecycle import Step as StepKind

if TYPE_CHECKING:  # a model holds its arrays
    from sim.model import Change, Duty, Evse, Model, Route, Step, Vehicle
    from sim.zone import Zone


@dataclass(frozen=True)
class Arrays:
    """Those arrays of a `World` that the model tells, by the same names.  Copy before running."""

    stations: np.ndarray
    slots: np.ndarray
    cabinets: np.ndarray
    battery_kwh: np.ndarray
    profiles: np.ndarray
    steps: np.ndarray
    fastest: np.ndarray
    routes: np.ndarray
    stops: np.ndarray
    script: np.ndarray
    guns: np.ndarray
    hybrid: np.ndarray
    double: np.ndarray
    duties: np.ndarray
    program: np.ndarray
    prices: np.ndarray
    zones: np.ndarray
    candidates: np.ndarray
    hops: np.ndarray
    waits: np.ndarray

    @classmethod
    def of(cls, model: Model) -> Arrays:
        classes, double = _classes(model)
        slots, cabinets = _slots(model, classes)
        profiles, steps = _profiles(model.vehicles, classes)
        routes, stops = _routes(model.routes)
        duties, program = _duties(model.duties)
        zones, candidates, hops = _zones(model.zones)
        arrays = cls(
            stations=_stations(model),
            slots=slots,
            cabinets=cabinets,
            battery_kwh=np.array([v.battery_kwh for v in model.vehicles], np.float64),
            profiles=profiles,
            steps=steps,
            fastest=_fastest(model, classes, profiles["limit_kw"]),
            routes=routes,
            stops=stops,
            script=np.zeros(0, records.SCRIPT),
            guns=np.array([v.guns for v in model.vehicles], np.int64),
            hybrid=np.array([v.hybrid for v in model.vehicles], np.int64),
            double=double,
            duties=duties,
            program=program,
            prices=tariff.table(model.tariffs),
            zones=zones,
            candidates=candidates,
            hops=hops,
            waits=np.array([[s.expected_wait_h] for s in model.stations]),
        ).scripted(model.changes)
        return arrays if model.waits_h is None else arrays.expecting(model.waits_h)

    def expecting(self, waits_h: np.ndarray) -> Arrays:
        """The same with these waits [station, hour]."""
        return replace(self, waits=np.ascontiguousarray(waits_h, np.float64))

    def scripted(self, changes: Sequence[Change]) -> Arrays:
        """The same with these scripted changes."""
        stations = self.stations.copy()
        times = ns(np.array([c.time_h for c in changes], float))
        of = np.array([c.station for c in changes], np.int64)
        order = np.lexsort((times, of))  # stable: ties as given
        changes, of = [changes[n] for n in order], of[order]
        script = np.zeros(len(changes), records.SCRIPT)
        script["time_ns"] = times[order]
        script["kind"] = [c.kind for c in changes]
        script["slot"] = stations["slot_start"][of] + [c.evse for c in changes]
        script["kw"] = np.maximum(0.0, [c.cap_kw for c in changes])
        stations["script_next"] = np.searchsorted(of, np.arange(len(stations)), "left")
        stations["script_end"] = np.searchsorted(of, np.arange(len(stations)), "right")
        return replace(self, stations=stations, script=script)


def _stations(model: Model) -> np.ndarray:
    rows = np.zeros(len(model.stations), records.STATION)
    slots = cabinets = 0
    for name in (
        "efficiency", "discipline", "sharing", "module_kw", "line_places", "soc_cap",
        "service_h", "expected_wait_h", "opposite", "cross_h", "tariff", "servers",
    ):  # fmt: skip
        rows[name] = [getattr(s, name) for s in model.stations]
    for name in ("handshake", "session_limit", "cross"):
        rows[f"{name}_ns"] = ns(np.array([getattr(s, f"{name}_h") for s in model.stations], float))
    rows["grid_cap_kw"] = [max(0.0, s.cap_kw) for s in model.stations]
    rows["swap_kwh"] = inf
    for row, s in zip(rows, model.stations, strict=True):
        row["slot_start"], row["cabinet_start"] = slots, cabinets
        slots, cabinets = slots + len(s.evses), cabinets + len(s.cabinets)
        row["slot_end"], row["cabinet_end"] = slots, cabinets
        if s.swap:
            row["bays"], row["swap_ns"] = s.swap.bays, ns(s.swap.swap_h)
            row["swap_kwh"] = s.swap.soc * model.vehicles[s.swap.vehicle].battery_kwh
    return rows


def _slots(model: Model, classes: Sequence[Evse]) -> tuple[np.ndarray, np.ndarray]:
    rows: list[tuple[Any, ...]] = []
    cabinets: list[tuple[Any, ...]] = []
    for i, s in enumerate(model.stations):
        for cabinet in s.cabinets:
            first = len(rows)
            rows += [(i, len(cabinets), classes.index(e), 1) for e in cabinet.evses]
            cabinets.append((first, len(rows), cabinet.kw, 0.0))
    slots = np.zeros(len(rows), records.SLOT)
    for n, name in enumerate(("station", "cabinet", "evse_class", "up")):
        slots[name] = [row[n] for row in rows]
    return slots, np.array(cabinets, records.CABINET)


def _classes(model: Model) -> tuple[list[Evse], np.ndarray]:
    """Different EVSEs, and which of them is the double of each; -1 where nobody has two guns."""
    single = list(dict.fromkeys(e for s in model.stations for e in s.evses))
    if all(v.guns == 1 for v in model.vehicles):
        return single, np.full(len(single), -1, np.int64)
    classes = list(dict.fromkeys([*single, *(e.doubled for e in single)]))
    double = [classes.index(e.doubled) for e in single]
    return classes, np.array(double + [-1] * (len(classes) - len(single)), np.int64)


def _clipped(vehicle: Vehicle, evse: Evse) -> list[tuple[float, float]]:
    """The vehicle's staircase behind an EVSE: (kWh at the end, kW).

    Steps that the limit makes equal become one.
    """
    limit = evse.limit_kw(vehicle.volts)
    steps: list[tuple[float, float]] = []
    for soc_end, kw in vehicle.steps:
        if steps and steps[-1][1] == min(kw, limit):
            steps.pop()
        steps.append((soc_end * vehicle.battery_kwh, min(kw, limit)))
    return steps


def _profiles(
    vehicles: Sequence[Vehicle], classes: Sequence[Evse]
) -> tuple[np.ndarray, np.ndarray]:
    profile = np.zeros((len(vehicles), len(classes)), records.PROFILE)
    rows: list[tuple[float, float]] = []
    for v, vehicle in enumerate(vehicles):
        for c, evse in enumerate(classes):
            own = _clipped(vehicle, evse)
            profile[v, c] = (len(rows), len(rows) + len(own), evse.limit_kw(vehicle.volts))
            rows += own
    return profile, np.array(rows, records.STEP)


def _fastest(model: Model, classes: Sequence[Evse], limit_kw: np.ndarray) -> np.ndarray:
    fastest = np.zeros((len(model.stations), len(model.vehicles)), np.int64)
    for i, s in enumerate(model.stations):
        own = [classes.index(e) for e in s.evses]
        for v in range(len(model.vehicles)):
            fastest[i, v] = max(own, key=lambda c: limit_kw[v, c])
    return fastest


@lru_cache(maxsize=32)  # replications may go through layouts of the network
def _routes(routes: tuple[Route, ...]) -> tuple[np.ndarray, np.ndarray]:
    route = np.zeros(len(routes), records.ROUTE)
    ends = np.cumsum([len(r.stops) for r in routes])
    route["start"], route["end"] = ends - [len(r.stops) for r in routes], ends
    route["km"] = [r.km for r in routes]
    stops = [stop for r in routes for stop in r.stops]
    stop = np.zeros(len(stops), records.STOP)
    stop["station"], stop["km"] = [p.station for p in stops], [p.km for p in stops]
    stop["drive_ns"] = ns(np.array([p.h for p in stops]))
    return route, stop


def _zones(zones: Sequence[Zone]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = np.array([len(z.candidates) for z in zones], np.int64)
    zone = np.zeros(len(zones), records.ZONE)
    for name, many in (("start", count), ("hops", count**2)):
        zone[name] = np.cumsum(many) - many
    zone["end"] = zone["start"] + count
    own = [c for z in zones for c in z.candidates]
    candidate = np.zeros(len(own), records.CANDIDATE)
    candidate["station"], candidate["km"] = [c.station for c in own], [c.km for c in own]
    candidate["there_ns"] = ns(np.array([c.there_h for c in own], float))
    candidate["back_ns"] = ns(np.array([c.back_h for c in own], float))
    hop = np.zeros(np.sum(count**2), records.HOP)
    hop["km"] = [km for z in zones for row in z.ways_km for km in row]
    hop["drive_ns"] = ns(np.array([h for z in zones for row in z.ways_h for h in row], float))
    return zone, candidate, hop


def _ahead_km(steps: Sequence[Step], n: int) -> float:
    """km x load from step `n`, a CHARGE, to the next one, which may be itself.

    A SKIP counts as if it left its steps out.
    """
    km, walked = 0.0, 1
    while walked < len(steps):
        step = steps[(n + walked) % len(steps)]
        if step.kind == StepKind.CHARGE:
            break
        if step.kind == StepKind.DRIVE:
            km += step.km * step.load
        walked += 1 + (step.skip if step.kind == StepKind.SKIP else 0)
    return km


def _duties(duties: Sequence[Duty]) -> tuple[np.ndarray, np.ndarray]:
    duty = np.zeros(len(duties), records.DUTY)
    rows: list[tuple[Any, ...]] = []
    for n, d in enumerate(duties):
        duty[n] = (len(rows), len(rows) + len(d.steps), ns(d.drive_limit_h), ns(d.rest_h))
        for k, s in enumerate(d.steps):
            ahead_km = _ahead_km(d.steps, k) if s.kind == StepKind.CHARGE else 0.0
            rows.append((
                s.kind, ns(s.h), s.km * s.load, ahead_km, s.drawn, s.station, s.rule, s.soc,
                ns(s.from_h), ns(s.to_h), s.skip,
            ))  # fmt: skip
    return duty, np.array(rows, records.PROGRAM)
