"""Random small regions, for comparing two implementations of the model: EVs with diaries among
others, in the two flavors of `tests.scenarios`."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np
from hypothesis import strategies as st

from sim.diaries import Diaries, make_diaries
from sim.model import Evse, Model, Station
from sim.zone import Candidate, Zone
from tests.scenarios import (
    Source,
    is_well_posed,
    some_change,
    some_ev,
    some_evse,
    some_station,
    some_tariff,
    some_vehicle,
    table,
    with_tariffs,
)

RegionCase = tuple[Model, np.ndarray, tuple[()], Diaries]
Stay = dict[str, float]


@st.composite
def regions(draw: st.DrawFn, lattice: bool | None = None) -> RegionCase:
    """`(Model, evs, no factors, diaries)` of either flavor, or of the one that is asked for."""
    if lattice is None:
        lattice = draw(st.booleans())
    return draw(_cases(lattice).filter(is_well_posed))


@st.composite
def _cases(draw: st.DrawFn, lattice: bool) -> RegionCase:
    s = Source(draw, lattice)
    classes = s.some(1, 2, lambda: some_evse(s))
    tariffs = s.some(0, 1, lambda: some_tariff(s))
    stations = with_tariffs(s, s.some(s.one_of(1, 3), 4, lambda: _station(s, classes)), tariffs)
    zones = s.some(s.one_of(0, 1, 1), 2, lambda: _zone(s, len(stations)))
    model = Model(
        stations, s.some(1, 3, lambda: some_vehicle(s)),
        changes=s.some(0, 4, lambda: some_change(s, stations)),
        horizon_h=s.one_of(inf, inf, lambda: s.hours(2.0, 12.0)), tariffs=tariffs, zones=zones,
        waits_h=s.one_of(None, lambda: _waits_h(s, len(stations))),
    )  # fmt: skip
    diaries = s.some(1, s.one_of(1, 4, 8), lambda: _diary(s, model))
    residents = s.some(s.one_of(1, 8), s.one_of(8, 16), lambda: _resident(s, model, diaries))
    others = s.some(0, s.one_of(0, 4), lambda: some_ev(s, model) | {"route": -1, "diary": -1})
    stays = [{"diary": n} | stay for n, own in enumerate(diaries) for stay in own]
    rows = {name: [stay[name] for stay in stays] for name in stays[0]}
    worth = [s.one_of(inf, lambda: 2.0 ** s.draw(st.integers(-2, 7))) for _ in diaries]
    tastes = {
        "taste": [s.draw(st.integers(0, 2**31 - 1)) for _ in diaries],
        "taste_h": [s.one_of(0.0, lambda: s.hours(0.0, 1.0)) for _ in diaries],
    }
    own = make_diaries(cny_per_h=worth, **tastes, **rows)
    return model, table([*residents, *others]), (), own


def _station(s: Source, classes: Sequence[Evse]) -> Station:
    """Often with little room, so that many are sent on."""
    station = some_station(s, classes)
    if s.one_of(True, False):
        return station
    cabinets = (replace(station.cabinets[0], evses=station.cabinets[0].evses[:1]),)
    return replace(station, cabinets=cabinets, line_places=s.one_of(0, 0, 1))


def _zone(s: Source, stations: int) -> Zone:
    """Some candidates at the same place; some with ways of their own from one to another."""
    order = s.draw(st.permutations(range(stations)))
    candidates = tuple(_candidate(s, station) for station in order[: s.one_of(1, 2, 4, 4, 4)])
    n = len(candidates)
    if s.one_of(True, False):
        return Zone("any", candidates)
    hop_km = tuple(s.some(n, n, lambda: s.number(0.0, 16.0, 8.0)) for _ in range(n))
    hop_h = tuple(s.some(n, n, lambda: s.hours(0.0, 0.5)) for _ in range(n))
    return Zone("any", candidates, hop_km, hop_h)


def _candidate(s: Source, station: int) -> Candidate:
    if s.one_of(True, False, False):
        return Candidate(station)
    return Candidate(station, s.number(0.0, 16.0, 8.0), s.hours(0.0, 0.5), s.hours(0.0, 0.5))


def _waits_h(s: Source, stations: int) -> np.ndarray:
    """A few different hours, one after the other."""
    drawn = s.some(1, 3, lambda: s.some(stations, stations, lambda: s.hours(0.0, 1.0)))
    return np.array([drawn[h % len(drawn)] for h in range(24)]).T


def _diary(s: Source, model: Model) -> list[Stay]:
    """Some stays without charging, without time, or without time to the next one."""
    stays, h = [], s.hours(0.0, 2.0)
    for _ in range(s.draw(st.integers(1, 5))):
        lasts_h = s.one_of(0.0, lambda: s.hours(0.0, 1.0), lambda: s.hours(0.5, 4.0))
        stays.append({
            "arrive_h": h,
            "leave_h": h + lasts_h,
            "used_kwh": s.one_of(0.0, lambda: s.kwh(0.0, 12.0), lambda: s.kwh(0.0, 40.0)),
            "zone": s.one_of(-1, *3 * list(range(len(model.zones)))),
            "place": s.one_of(-1, lambda: s.index(model.stations), lambda: s.index(model.stations)),
        })  # fmt: skip
        h += lasts_h + s.one_of(0.0, lambda: s.hours(0.0, 0.5))
    return stays


def _resident(s: Source, model: Model, diaries: Sequence[Sequence[Stay]]) -> dict[str, float]:
    ev, diary = some_ev(s, model), s.index(diaries)
    full = model.vehicles[int(ev["vehicle"])].battery_kwh
    return ev | {
        "route": -1,
        "diary": diary,
        "entry_h": diaries[diary][0]["arrive_h"],
        "entry_kwh": s.kwh(0.125 * full, s.one_of(0.375, 1.0) * full),
        "target_kwh": s.kwh(0.5 * full, full),
        "reserve_kwh": s.kwh(0.0, s.one_of(0.0, 0.125) * full),
        "stop_kwh": s.one_of(inf, 0.0, lambda: s.kwh(0.0, full)),
        "dest_kwh": s.one_of(inf, 0.0, lambda: s.kwh(0.0, 0.25 * full)),
    }
