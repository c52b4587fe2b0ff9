"""Inputs changed in a known way change the results in a known way: mostly not at all, to the bit.

Random networks come from `scenarios.py`.  Where numbers of EVs or stations break a tie, or where
rounding could, only the generic ones are used, in which nothing happens at the same time by chance.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from experiments.verify.oracles import UNIT, customers, station
from sim.clock import DAY, HOUR, NEVER, ns
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop, Vehicle
from tests.scenarios import INPUTS, TOLERANCE, Case, scenarios


def drawn(count: int, lattice: bool | None) -> list[Case]:
    """Always the same random networks, drawn once for all tests."""
    cases: list[Case] = []

    @settings(
        max_examples=count, derandomize=True, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(scenarios(lattice))
    def take(case: Case) -> None:
        cases.append(case)

    take()
    return cases


NUMBERS = [60, pytest.param(400, marks=pytest.mark.long)]


@pytest.fixture(scope="module", params=NUMBERS)
def cases(request) -> list[Case]:
    return drawn(request.param, lattice=None)


@pytest.fixture(scope="module", params=NUMBERS)
def generic(request) -> list[Case]:
    return drawn(request.param, lattice=False)


def same(a: np.ndarray, b: np.ndarray, but: Sequence[str] = (), within: float = 0.0) -> None:
    """Two structured arrays are equal, to the bit unless `within` says otherwise."""
    assert a.shape == b.shape
    for name in set(a.dtype.names) - set(but):
        np.testing.assert_allclose(a[name], b[name], rtol=0, atol=within, err_msg=name)


def renumbered(numbers: np.ndarray, new: np.ndarray) -> np.ndarray:
    """`new[number]` for each number; -1 (none) stays."""
    return np.where(numbers >= 0, np.append(new, -1)[numbers], -1)


# ---- units --------------------------------------------------------------------------------


class Units:
    """Other units of time, energy and length: every figure grows by the unit in its name."""

    def __init__(self, hours: float, kwh: float, km: float) -> None:
        kw = kwh / hours
        self._grow = {"h": hours, "kwh": kwh, "km": km, "kw": kw, "amps": kw}
        self._per_km = kwh / km

    def factor(self, name: str) -> float:
        return self._per_km if name == "kwh_per_km" else self._grow.get(name.split("_")[-1], 1.0)

    def of(self, name: str, value: Any) -> Any:
        if name == "steps":
            return tuple((soc, self.of("kw", kw)) for soc, kw in value)
        if is_dataclass(value):
            own = [f.name for f in fields(value) if f.init]
            return replace(value, **{name: self.of(name, getattr(value, name)) for name in own})
        if isinstance(value, tuple):
            return tuple(self.of(name, part) for part in value)
        return value * self.factor(name) if isinstance(value, float) else value

    def rows(self, array: np.ndarray) -> np.ndarray:
        array = array.copy()
        for name in array.dtype.names:
            if name.endswith("_ns"):
                longer = array[name] * int(self.factor("_h"))
                array[name] = np.where(array[name] == NEVER, NEVER, longer)
            elif array.dtype[name].kind == "f":
                array[name] *= self.factor(name)
        return array


def test_no_figure_hides_a_unit(cases):
    """Larger kWh, shorter km: by powers of two every product is exact, so the results are the same
    in the new units to the bit.  Hours twice as long (and powers half as large): but for the
    nanosecond, which does not grow."""
    for model, evs in cases:
        ledger = simulate(model, evs)
        for units in (Units(2.0, 1.0, 1.0), Units(1.0, 4.0, 1.0), Units(1.0, 1.0, 0.5)):
            other = simulate(units.of("", model), units.rows(evs))
            within = 0.0 if units.factor("_h") == 1.0 else 2.0 * TOLERANCE
            same(other.visits, units.rows(ledger.visits), within=within)
            same(other.bins, units.rows(ledger.bins), within=10.0 * within)
            assert other.events == ledger.events


def grid_side(model: Model) -> Model:
    """Twice the power from the grid at half the efficiency, always."""
    stations = (
        replace(s, cap_kw=2.0 * s.cap_kw, efficiency=0.5 * s.efficiency) for s in model.stations
    )
    changes = tuple(replace(c, cap_kw=2.0 * c.cap_kw) for c in model.changes)
    return replace(model, stations=tuple(stations), changes=changes)


def test_only_cap_times_efficiency_counts(cases):
    for model, evs in cases:
        same(simulate(grid_side(model), evs).visits, simulate(model, evs).visits)


def test_midnight_is_no_special_hour(generic):
    """Everything 7 h later happens 7 h later."""
    for model, evs in generic:
        later = evs.copy()
        for name in ("entry_ns", "deadline_ns"):
            later[name] = np.minimum(later[name] + 7 * HOUR, NEVER)
        changes = tuple(replace(c, time_h=c.time_h + 7.0) for c in model.changes)
        expected = simulate(model, evs).visits
        for name in ("arrival_h", "plug_h", "charge_end_h", "unplug_h", "leave_h"):
            expected[name] += 7.0
        moved = replace(model, changes=changes, horizon_h=model.horizon_h + 7.0)
        same(simulate(moved, later).visits, expected, within=TOLERANCE)


# ---- names and numbers --------------------------------------------------------------------


def named(model: Model, prefix: str) -> Model:
    def own(things: Sequence[Any]) -> tuple:
        return tuple(replace(thing, name=f"{prefix}{n}") for n, thing in enumerate(things))

    return replace(
        model, stations=own(model.stations), vehicles=own(model.vehicles), routes=own(model.routes)
    )


def test_names_are_only_names(cases):
    for model, evs in cases:
        a, b = simulate(named(model, "a"), evs), simulate(named(model, "b"), evs)
        for x, y in ((a.sessions(), b.sessions()), (a.station_bins(), b.station_bins())):
            for column in {"station", "vehicle", "rerouted_from"} & set(x):
                x[column] = [name.replace("a", "b") for name in x[column]]
                x[column] = x[column].astype(y[column].dtype)
            pd.testing.assert_frame_equal(x, y, check_exact=True)


def test_order_of_ev_rows(generic):
    """The number of an EV only decides who of several comes first at the same instant (after
    their deadlines several EVs leave a station at once, so there are none here)."""
    for n, (model, drawn) in enumerate(generic):
        evs = drawn.copy()
        evs["deadline_ns"] = NEVER
        ledger = simulate(model, evs)
        row_of = np.random.default_rng(n).permutation(len(evs))  # now in row k: EV row_of[k]
        other = simulate(model, evs[row_of])
        assert np.array_equal(row_of[other.visits["ev"]], ledger.visits["ev"])
        same(other.visits, ledger.visits, but=["ev"])
        same(other.bins, ledger.bins)


def rearranged(model: Model, evs: np.ndarray, new: np.ndarray) -> tuple[Model, np.ndarray]:
    """Station s is station `new[s]`; numbers that are left over go to stations nobody visits."""
    idle = Station("idle", (Cabinet((Evse(50.0), Evse(7.0, 99.0)), 55.0),), cap_kw=20.0)
    stations = [idle] * (max(new) + 1)
    for s, own in zip(new, model.stations, strict=True):
        stations[s] = replace(own, opposite=new[own.opposite] if own.opposite >= 0 else -1)
    routes = tuple(
        replace(r, stops=tuple(replace(p, station=new[p.station]) for p in r.stops))
        for r in model.routes
    )
    changes = tuple(replace(c, station=new[c.station]) for c in model.changes)
    evs = evs.copy()
    evs["place"] = new[evs["place"]]
    return replace(model, stations=tuple(stations), routes=routes, changes=changes), evs


def first_slots(model: Model) -> np.ndarray:
    return model.arrays.stations["slot_start"].astype(np.int64)  # one may lie before another


def test_order_of_stations_and_stations_that_nobody_visits(generic):
    for n, (model, evs) in enumerate(generic):
        count = len(model.stations)
        new = np.random.default_rng(n).permutation(count + 2)[:count]
        ledger, moved = simulate(model, evs), rearranged(model, evs, new)
        other = simulate(*moved)
        expected = ledger.visits.copy()
        expected["station"] = renumbered(expected["station"], new)
        expected["rerouted_from"] = renumbered(expected["rerouted_from"], new)
        plugged = expected["slot"] >= 0
        shift = first_slots(moved[0])[new] - first_slots(model)
        expected["slot"][plugged] += shift[ledger.visits["station"][plugged]]
        same(other.visits, expected)
        same(other.bins[new], ledger.bins)


def beside(a: Model, b: Model) -> Model:
    """Two networks that have nothing to do with each other, as one."""
    return Model(
        (*a.stations, *(_moved(_priced(s, len(a.tariffs)), len(a.stations)) for s in b.stations)),
        (*a.vehicles, *b.vehicles),
        (*a.routes, *(_moved(r, len(a.stations)) for r in b.routes)),
        (*a.changes, *(_moved(c, len(a.stations)) for c in b.changes)),
        a.horizon_h,
        a.bin_h,
        tariffs=(*a.tariffs, *b.tariffs),
    )


def _priced(station: Station, by: int) -> Station:
    return station if station.tariff < 0 else replace(station, tariff=station.tariff + by)


def _moved(thing: Any, by: int) -> Any:
    if isinstance(thing, Route):
        return replace(thing, stops=tuple(_moved(stop, by) for stop in thing.stops))
    if isinstance(thing, Station):
        return thing if thing.opposite < 0 else replace(thing, opposite=thing.opposite + by)
    assert isinstance(thing, Stop | Change)
    return replace(thing, station=thing.station + by)


def test_two_networks_in_one_run_are_two_runs(cases):
    for (a, evs_a), (b, evs_b) in zip(cases[::2], cases[1::2], strict=True):
        a = replace(a, horizon_h=min(a.horizon_h, 12.0))
        b = replace(b, horizon_h=a.horizon_h, bin_h=a.bin_h)
        moved = evs_b.copy()
        for name, by in (("place", a.stations), ("vehicle", a.vehicles), ("route", a.routes)):
            moved[name] = np.where(evs_b[name] >= 0, evs_b[name] + len(by), -1)
        both = simulate(beside(a, b), np.concatenate([evs_a, moved]))
        alone_a, alone_b = simulate(a, evs_a), simulate(b, evs_b)
        first = both.visits["ev"] < len(evs_a)
        same(both.visits[first], alone_a.visits)
        for of, own in ((first, alone_a), (~first, alone_b)):
            assert not own.model.tariffs or np.array_equal(both.fees[of], own.fees)
        numbers = ("ev", "station", "slot", "vehicle", "rerouted_from")
        same(both.visits[~first], alone_b.visits, but=numbers)
        assert np.array_equal(both.visits["ev"][~first] - len(evs_a), alone_b.visits["ev"])
        same(both.bins, np.concatenate([alone_a.bins, alone_b.bins]))


# ---- what comes later, and what changes nothing -------------------------------------------


def test_the_future_does_not_change_the_past(cases):
    """Other drivers and changes from an instant on leave all that was before it."""
    for n, (model, evs) in enumerate(cases):
        now = (1 + n % 16) / 8.0
        past = replace(model, horizon_h=now)
        other = evs.copy()
        future = other["entry_ns"] >= ns(now)
        for name in INPUTS:
            other[name][future] = evs[name][0]
        other["entry_ns"][future] = evs["entry_ns"][future] + HOUR
        changes = tuple(c for c in model.changes if c.time_h < now)
        a, b = simulate(past, evs), simulate(replace(past, changes=changes), other)
        same(b.visits, a.visits)
        same(b.bins, a.bins)


def idle_changes(model: Model, rng: np.random.Generator) -> list[Change]:
    """Caps set to what they are, and repairs of EVSEs that never fail."""
    touched = {(c.station, c.kind if c.kind == Kind.CAP else c.evse) for c in model.changes}
    made = []
    for s, own in enumerate(model.stations):
        times = rng.integers(0, 32, 4) / 8.0
        if (s, Kind.CAP) not in touched:
            made += [Change(t, s, Kind.CAP, cap_kw=own.cap_kw) for t in times]
        spare = [k for k in range(len(own.evses)) if (s, k) not in touched]
        made += [Change(t, s, Kind.EVSE_UP, k) for k in spare for t in times]
    return made


def test_a_change_to_what_is_already_so(cases):
    for n, (model, evs) in enumerate(cases):
        model = replace(model, horizon_h=min(model.horizon_h, 12.0))
        idle = idle_changes(model, np.random.default_rng(n))
        ledger, other = simulate(model, evs), simulate(model.with_changes(idle), evs)
        same(other.visits, ledger.visits)
        same(other.bins, ledger.bins, within=TOLERANCE)  # sums of more parts


# ---- limits of power ----------------------------------------------------------------------


def tapering(rng: np.random.Generator) -> Vehicle:
    """Takes less and less power."""
    ends = [*np.sort(rng.uniform(0.1, 0.95, 4)).tolist(), 1.0]
    kws = np.sort(rng.uniform(10.0, 200.0, 5))[::-1].tolist()
    return Vehicle("car", rng.uniform(40.0, 100.0), tuple(zip(ends, kws, strict=True)))


def crowd(seed: int, *kws: float, n: int = 80) -> tuple[Model, np.ndarray]:
    """An EVSE for each of `n` EVs, and no limit but those of EVSEs and EVs."""
    rng = np.random.default_rng(seed)
    fleet = tuple(tapering(rng) for _ in range(3))
    evses = tuple(Evse(float(kw)) for kw in rng.choice(kws, n))
    vehicle = rng.integers(0, 3, n)
    battery = np.array([v.battery_kwh for v in fleet])[vehicle]
    evs = customers(
        np.sort(rng.uniform(0.0, 4.0, n)), rng.uniform(0.7, 1.0, n) * battery,
        vehicle=vehicle, entry_kwh=rng.uniform(0.0, 0.6, n) * battery,
    )  # fmt: skip
    return Model((Station("a", (Cabinet(evses),)),), fleet), evs


def limited(model: Model, cap_kw: float = inf, *cabinets_kw: float) -> Model:
    """With a site cap, and the EVSEs in cabinets of equal size."""
    one, kws = model.stations[0], cabinets_kw or (inf,)
    rows = np.array_split(np.arange(len(one.evses)), len(kws))
    cabinets = tuple(
        Cabinet(tuple(one.evses[k] for k in row), float(kw))
        for row, kw in zip(rows, kws, strict=True)
    )
    return replace(model, stations=(replace(one, cabinets=cabinets, cap_kw=cap_kw),))


def hours_alone(vehicle: Vehicle, evse: Evse, kwh: float, goal: float) -> float:
    hours, begin = 0.0, 0.0
    for soc, kw in vehicle.steps:
        end = soc * vehicle.battery_kwh
        gain = max(0.0, min(end, goal) - max(begin, kwh))
        hours += gain / min(kw, evse.limit_kw(vehicle.volts))
        begin = end
    return hours


@pytest.mark.parametrize("seed", range(8))
def test_without_a_cap_nobody_notices_the_others(seed):
    """Each session takes as long as its own limits say; a cap that is just met is none."""
    model, evs = crowd(seed, 11.0, 43.0, 120.0)
    ledger = simulate(model, evs)
    rows, met = ledger.visits, ledger.bins["power_max_kw"].max()
    cars, evses = model.vehicles, model.stations[0].evses
    alone = [
        hours_alone(cars[v["vehicle"]], evses[v["slot"]], v["arrival_kwh"], v["leave_kwh"])
        for v in rows
    ]
    np.testing.assert_allclose(rows["leave_h"] - rows["arrival_h"], alone, rtol=0, atol=TOLERANCE)
    same(simulate(limited(model, met), evs).visits, rows)
    assert (simulate(limited(model, 0.9 * met), evs).visits["leave_h"] > rows["leave_h"]).any()


@pytest.mark.parametrize("seed", range(8))
def test_where_a_limit_sits(seed):
    """The limit of the only cabinet limits the site; that of all EVSEs limits the curves."""
    model, evs = crowd(seed, 90.0)
    site = simulate(limited(model, 600.0), evs).visits
    same(simulate(limited(model, inf, 600.0), evs).visits, site)
    clipped = tuple(
        replace(v, steps=tuple((soc, min(kw, 90.0)) for soc, kw in v.steps)) for v in model.vehicles
    )
    unlimited, _ = crowd(seed, inf)
    same(simulate(replace(limited(unlimited, 600.0), vehicles=clipped), evs).visits, site)


@pytest.mark.parametrize("seed", range(8))
def test_a_higher_cap_delays_nobody(seed):
    """If nobody waits, each keeps its EVSE and curves only fall: whoever has as much left as under
    the lower cap meets fewer and fuller EVs, in its cabinet and in others, so its share is as
    large."""
    model, evs = crowd(seed, 120.0)
    evs["overstay_ns"] = DAY
    rng = np.random.default_rng(seed)
    hours, kws = rng.uniform(0.0, 5.0, 6), rng.uniform(200.0, 800.0, 6)
    cabinets_kw = rng.uniform(80.0, 400.0, 8)

    def end_h(more: float) -> np.ndarray:
        changes = [
            Change(t, 0, Kind.CAP, cap_kw=more * kw)
            for t, kw in zip(hours.tolist(), kws.tolist(), strict=True)
        ]
        site = limited(replace(model, changes=changes), more * 500.0, *cabinets_kw)
        return simulate(site, evs).visits["charge_end_h"]

    later = end_h(1.2) - end_h(1.0)
    assert later.max() <= TOLERANCE
    assert later.min() < -TOLERANCE


# ---- lines --------------------------------------------------------------------------------


@pytest.mark.parametrize("c", range(1, 9))
def test_an_evse_more_or_a_shorter_session_lengthens_no_wait(c):
    """At full power and with endless patience: Kiefer and Wolfowitz (1955), the work in front of
    every EV does not grow."""
    rng = np.random.default_rng(c)
    entry_h, need_kwh = np.cumsum(rng.exponential(1.0 / c, 400)), rng.exponential(1.0, 400)

    def waits(evses: int, need_kwh: np.ndarray) -> np.ndarray:
        ledger = simulate(Model((station(evses),), (UNIT,)), customers(entry_h, need_kwh))
        assert (ledger.visits["outcome"] == Outcome.SERVED).all()
        return ledger.visits["wait_h"]

    before = waits(c, need_kwh)
    need_kwh[rng.integers(0, 400, 5)] *= 0.5
    for after in (waits(c + 1, need_kwh), waits(c, need_kwh)):
        assert (after <= before + TOLERANCE).all()
        assert (after < before - TOLERANCE).any()
