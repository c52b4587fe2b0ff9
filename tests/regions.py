"""Random small regions, for comparing two implementations of the model: EVs with diaries among
others, in the two flavors of `tests.scenarios`."""

from collections.abc import Sequence
from math import inf

import numpy as np
from hypothesis import strategies as st

from sim.diaries import Diaries, make_diaries
from sim.model import Model
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
    stations = with_tariffs(s, s.some(1, 4, lambda: some_station(s, classes)), tariffs)
    model = Model(
        stations, s.some(1, 3, lambda: some_vehicle(s)),
        changes=s.some(0, 4, lambda: some_change(s, stations)),
        horizon_h=s.one_of(inf, inf, lambda: s.hours(2.0, 12.0)), tariffs=tariffs,
    )  # fmt: skip
    diaries = s.some(1, s.one_of(1, 4, 8), lambda: _diary(s, model))
    residents = s.some(1, s.one_of(3, 12), lambda: _resident(s, model, diaries))
    others = s.some(0, s.one_of(0, 4), lambda: some_ev(s, model) | {"route": -1, "diary": -1})
    stays = [{"diary": n} | stay for n, own in enumerate(diaries) for stay in own]
    rows = {name: [stay[name] for stay in stays] for name in stays[0]}
    return model, table([*residents, *others]), (), make_diaries(**rows)


def _diary(s: Source, model: Model) -> list[Stay]:
    """Some stays without charging, without time, or without time to the next one."""
    stays, h = [], s.hours(0.0, 2.0)
    for _ in range(s.draw(st.integers(1, 5))):
        lasts_h = s.one_of(0.0, lambda: s.hours(0.0, 1.0), lambda: s.hours(0.5, 4.0))
        stays.append({
            "arrive_h": h,
            "leave_h": h + lasts_h,
            "used_kwh": s.one_of(0.0, lambda: s.kwh(0.0, 20.0), lambda: s.kwh(0.0, 60.0)),
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
        "stop_kwh": s.one_of(inf, lambda: s.kwh(0.0, full)),
        "dest_kwh": s.one_of(0.0, lambda: s.kwh(0.0, 0.25 * full)),
    }
