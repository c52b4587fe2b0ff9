"""The plain SimPy twin itself, against schedules worked out by hand."""

from itertools import product
from math import inf, isclose, isnan, log, nan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Outcome, Rule, Sharing
from sim.lifecycle import Kind as Event
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop, Vehicle
from tests.reference.clock import Clock
from tests.reference.nanoseconds import HOUR, NEVER, nearest, ns
from tests.reference.power import (
    Charging,
    Limits,
    equal_share,
    fcfs,
    max_min,
    modular,
    water_level,
)
from tests.reference.station import KEYS
from tests.reference.twin import run
from tests.scenarios import close, scenarios

FLAT = Vehicle("flat", battery_kwh=100.0, steps=((1.0, 1000.0),))


def station(evses=1, kw=60.0, **fields) -> Station:
    return Station("any", (Cabinet(tuple(Evse(kw) for _ in range(evses))),), **fields)


def ev(**fields):
    """Turns up at station 0 at 0 h for 30 kWh (half an hour at 60 kW), and never gives up."""
    return {
        "route": -1, "place": 0, "vehicle": 0, "entry_h": 0.0, "entry_kwh": 20.0,
        "kwh_per_km": 0.2, "target_kwh": 50.0, "stop_kwh": 0.0, "reserve_kwh": 0.0,
        "dest_kwh": 0.0, "patience_h": inf, "overstay_h": 0.0, "balk_per_evse": inf,
        "ev_kw": inf, "priority": 0.0, "deadline_h": inf, "rule": Rule.THRESHOLD, "informed": 0,
        "aux_kw": 0.0, "duty": -1, "rack": -1, "diary": -1,
    } | fields  # fmt: skip


def visits(evs, *stations, vehicles=(FLAT,), **fields):
    return run(Model(stations or (station(),), vehicles, **fields), evs).visits


def column(rows, name):
    return [row[name] for row in rows]


def hours(*values):
    return pytest.approx(values, abs=1e-12)


# -- power


def test_water_level():
    assert water_level([10.0, 50.0, 100.0], 100.0) == 45.0
    assert water_level([10.0, 50.0, 100.0], 160.0) == inf
    assert water_level([10.0, 50.0], 0.0) == 0.0
    assert water_level([], 0.0) == inf


def wanting(*cabinets, on_ns=None):
    """EVs that want so much behind each cabinet, EVSE by EVSE."""
    evs = [Charging(kw, c) for c, wanted in enumerate(cabinets) for kw in wanted]
    return [e._replace(on_ns=t) for e, t in zip(evs, on_ns or [0] * len(evs), strict=True)]


def test_max_min():
    evs = wanting([80.0, 80.0], [30.0, 100.0])
    # cabinet 0 cuts 80 + 80 to 50 + 50; then the site has 120 for 50, 50, 30, 100
    assert max_min(evs, Limits([100.0, inf], 120.0)) == [30.0] * 4
    assert max_min(evs, Limits([40.0, inf], 120.0)) == [20.0, 20.0, 30.0, 50.0]
    evs = wanting([90.0], [90.0, 90.0, 90.0])
    assert max_min(evs, Limits([inf, inf], 120.0)) == [30.0] * 4  # EV by EV, not by cabinet


@pytest.mark.parametrize(
    ("wanted", "cabinet_kw", "cap_kw", "kws"),
    [
        (([90], [90, 90, 90]), [inf, inf], 120, [60, 20, 20, 20]),  # by cabinet, then by EV
        (([40], [90, 90, 90]), [inf, inf], 100, [40, 20, 20, 20]),  # 10 go to the other cabinet
        (([10, 90], [90]), [inf, inf], 120, [10, 50, 60]),  # 20 go to the neighbor
        (([90, 90], [90]), [40, inf], 120, [20, 20, 80]),  # the stack leaves 20 to the other
        (([90, 90], [90]), [40, inf], inf, [20, 20, 90]),
        (([], [90], [0]), [inf, inf, inf], 60, [60, 0]),  # who wants nothing leaves all
        (([90], [90, 90]), [inf, inf], 0, [0, 0, 0]),
    ],
)
def test_equal_share(wanted, cabinet_kw, cap_kw, kws):
    assert equal_share(wanting(*wanted), Limits(cabinet_kw, cap_kw)) == kws


@pytest.mark.parametrize(
    ("wanted", "on_ns", "cabinet_kw", "cap_kw", "kws"),
    [
        (([50, 50, 50, 50],), [2, 1, 1, 3], [inf], 120, [20, 50, 50, 0]),
        (([50, 50, 50],), [1, 1, 1], [inf], 60, [50, 10, 0]),  # lower EVSE number
        (([80], [80]), [1, 1], [inf, inf], 100, [80, 20]),  # also across cabinets
        (([80, 80], [80]), [0, 1, 2], [100, inf], 150, [80, 20, 50]),  # what a stack cannot give
        (([80, 80],), [0, 1], [inf], inf, [80, 80]),
    ],
)
def test_fcfs_power(wanted, on_ns, cabinet_kw, cap_kw, kws):
    assert fcfs(wanting(*wanted, on_ns=on_ns), Limits(cabinet_kw, cap_kw)) == kws


@pytest.mark.parametrize(
    ("wanted", "on_ns", "cabinet_kw", "cap_kw", "kws"),
    [
        (([50, 50],), [0, 0], [100], inf, [50, 40]),  # the fifth: lower EVSE number
        (([50, 50],), [1, 0], [100], inf, [40, 50]),  # the fifth: earlier power on
        (([50, 50],), [0, 0], [99], inf, [40, 40]),  # four modules
        (([100, 100],), [0, 1], [60], inf, [40, 20]),  # the fewest modules first
        (([10, 100],), [0, 0], [60], inf, [10, 40]),  # a module is taken, however little it gives
        (([60, 30],), [0, 0], [inf], 55, [20, 30]),  # 40 + 20 do not fit, 40 + 10 do
        (([60, 30],), [0, 0], [inf], 60, [40, 20]),  # 40 + 20 fit
        (([50, 50], [50]), [0, 0, 0], [40, inf], inf, [20, 20, 50]),  # the others go on
        (([50], [50]), [0, 0], [19, 20], inf, [0, 20]),
        (([0, 50],), [0, 0], [40], inf, [0, 40]),  # no module for who wants nothing
        (([50, 50],), [0, 0], [inf], 19, [0, 0]),
    ],
)
def test_modules_of_20_kw(wanted, on_ns, cabinet_kw, cap_kw, kws):
    assert modular(wanting(*wanted, on_ns=on_ns), Limits(cabinet_kw, cap_kw, 20.0)) == kws


def test_endless_modules():
    evs = wanting([50.0, 70.0, 30.0])
    assert modular(evs, Limits([inf], inf, inf)) == [50.0, 70.0, 30.0]
    assert modular(evs, Limits([inf], 100.0, inf)) == [50.0, 0.0, 30.0]


@pytest.mark.parametrize(
    ("sharing", "gains"),
    [
        (Sharing.MAX_MIN, [7.0, 7.0, 7.0]),
        (Sharing.EQUAL_SHARE, [10.5, 5.25, 5.25]),
        (Sharing.FCFS, [18.0, 3.0, 0.0]),
        (Sharing.MODULAR, [6.0, 6.0, 6.0]),
    ],
)
def test_stations_share_by_their_rule(sharing, gains):
    """70 kW at the battery side for 0.3 h, for three EVs that want 60 behind two cabinets."""
    cabinets = (Cabinet((Evse(60.0),)), Cabinet((Evse(60.0), Evse(60.0))))
    limits = {"cap_kw": 87.5, "efficiency": 0.8, "module_kw": 20.0}
    rows = visits([ev()] * 3, Station("any", cabinets, sharing=sharing, **limits), horizon_h=0.3)
    assert column(rows, "leave_kwh") == hours(*(20.0 + gain for gain in gains))


def test_modules_move_at_every_change():
    """60 kW; 40 and 20 from 0.25 h on; 60 again for the one that is left."""
    stack = Cabinet((Evse(60.0),) * 2, 60.0)
    place = Station("any", (stack,), sharing=Sharing.MODULAR, module_kw=20.0)
    assert column(visits([ev(), ev(entry_h=0.25)], place), "leave_h") == hours(0.625, 1.0)


def test_fcfs_power_counts_from_the_present_power_on():
    """Cut at 0.25 h it is behind the EV that began at 0.125 h and got nothing so far."""
    place = station(evses=3, cap_kw=60.0, sharing=Sharing.FCFS)
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0)]
    rows = visits([ev(), ev(entry_h=0.125)], place, changes=script)
    assert column(rows, "slot") == [2, 1]
    assert column(rows, "leave_h") == hours(1.0, 0.75)


def test_fcfs_power_of_one_instant_goes_by_evse():
    """The EV that came first took the stronger EVSE, which has the higher number."""
    evses = (Evse(30.0), Evse(60.0))
    place = Station("any", (Cabinet(evses),), cap_kw=45.0, sharing=Sharing.FCFS)
    rows = visits([ev(), ev()], place)
    assert column(rows, "slot") == [1, 0]
    assert column(rows, "leave_h") == hours(1 + 15 / 45, 1.0)


def test_sharing_keeps_power_on_through_the_steps_of_the_curve():
    """It began first, so its 30 kW after 0.25 h still come before what the other wants."""
    taper = Vehicle("taper", 100.0, ((0.35, 60.0), (1.0, 30.0)))
    place = station(evses=2, cap_kw=60.0, sharing=Sharing.FCFS)
    rows = visits([ev(), ev(entry_h=0.125, vehicle=1)], place, vehicles=(taper, FLAT))
    assert column(rows, "leave_h") == hours(0.75, 0.75 + 15 / 60)


def test_a_negative_cap_is_none_left():
    (row,) = visits([ev()], station(cap_kw=-5.0), horizon_h=1.0)
    assert (row["leave_kwh"], row["charge_h"]) == (20.0, 1.0)


def test_an_ev_has_a_limit_of_its_own():
    assert column(visits([ev(ev_kw=20.0)]), "leave_h") == hours(1.5)
    assert column(visits([ev(ev_kw=90.0)]), "leave_h") == hours(0.5)
    taper = Vehicle("taper", 60.0, ((0.5, 100.0), (0.8, 50.0), (1.0, 20.0)))
    rows = visits([ev(entry_kwh=12.0, target_kwh=54.0, ev_kw=40.0)], vehicles=(taper,))
    assert column(rows, "leave_h") == hours(18 / 40 + 18 / 40 + 6 / 20)


def test_what_an_ev_does_not_take_is_not_curtailed():
    model = Model((station(evses=2, cap_kw=80.0),), (FLAT,))
    result = run(model, [ev(ev_kw=20.0), ev()])
    assert column(result.visits, "leave_h") == hours(1.5, 0.5)
    assert result.bins["curtailed_kwh"].sum() == 0.0


def test_the_strongest_evse_whatever_the_ev_takes():
    place = Station("any", (Cabinet((Evse(30.0), Evse(60.0))),))
    assert column(visits([ev(ev_kw=20.0)], place), "slot") == [1]


def test_power_follows_the_staircase():
    taper = Vehicle("taper", 60.0, ((0.5, 100.0), (0.8, 50.0), (1.0, 20.0)))
    one = [ev(entry_kwh=12.0, target_kwh=54.0)]
    rows = visits(one, station(kw=inf), vehicles=(taper,))
    assert column(rows, "leave_h") == hours(18 / 100 + 18 / 50 + 6 / 20)
    rows = visits(one, station(kw=60.0), vehicles=(taper,))
    assert column(rows, "leave_h") == hours(18 / 60 + 18 / 50 + 6 / 20)


def test_linear_taper_in_closed_form():
    """150 kW up to SOC 0.8, then linearly to 0 at 1: log-mean steps keep its time exactly."""
    ends = [0.8 + 0.01 * n for n in range(1, 11)]
    kws = [150.0 / 0.2 * 0.01 / log((1.01 - end) / (1.0 - end)) for end in ends]
    car = Vehicle("car", 60.0, ((0.8, 150.0), *zip(ends, kws, strict=True), (1.0, 1.0)))
    rows = visits([ev(entry_kwh=6.0, target_kwh=54.0)], station(kw=inf), vehicles=(car,))
    assert column(rows, "charge_h") == hours(0.3354517744447956)


def test_amperes_limit_power_by_voltage():
    cars = (FLAT, Vehicle("low", 100.0, ((1.0, 1000.0),), volts=200.0))
    place = Station("any", (Cabinet((Evse(inf, amps=200.0),) * 2),))
    rows = visits([ev(), ev(vehicle=1)], place, vehicles=cars)
    assert column(rows, "leave_h") == hours(30 / 80, 30 / 40)


@pytest.mark.parametrize(
    ("arrivals", "kwh", "ev_kw", "cap_kw", "leaves"),
    [
        ([0, 0, 0], [30, 30, 60], [60, 60, 60], 120, [3 / 4, 3 / 4, 5 / 4]),
        ([0, 1 / 4, 1 / 2], [40, 60, 20], [50, 150, 50], 150, [4 / 5, 29 / 30, 9 / 10]),
        (
            [0, 1 / 10, 1 / 10, 2 / 5], [50, 10, 45, 30], [100, 22, 150, 50], 180,
            [44 / 65, 61 / 110, 93 / 130, 1],
        ),
    ],
)  # fmt: skip
def test_worked_schedules_under_a_cap(arrivals, kwh, ev_kw, cap_kw, leaves):
    cars = tuple(Vehicle("any", 100.0, ((1.0, float(kw)),)) for kw in ev_kw)
    evs = [
        ev(vehicle=n, entry_h=arrivals[n], entry_kwh=0.0, target_kwh=float(kwh[n]))
        for n in range(len(kwh))
    ]
    result = run(Model((station(len(kwh), inf, cap_kw=float(cap_kw)),), cars), evs)
    assert column(result.visits, "leave_h") == hours(*leaves)
    assert result.bins["power_max_kw"].max() == pytest.approx(cap_kw)


def test_worked_schedule_of_a_line():
    arrivals, service = [0, 1, 1, 2, 2.5, 4, 4, 5], [3, 2.5, 4, 1, 2, 3, 0.5, 1]
    pairs = zip(arrivals, service, strict=True)
    evs = [ev(entry_h=a, entry_kwh=0.0, target_kwh=float(s)) for a, s in pairs]
    rows = visits(evs, station(evses=2, kw=1.0))
    assert column(rows, "wait_h") == hours(0, 0, 2, 1.5, 2, 2.5, 3, 2.5)


def test_cap_changes():
    caps = [Change(0.25, 0, Kind.CAP, cap_kw=15.0), Change(0.75, 0, Kind.CAP, cap_kw=60.0)]
    assert column(visits([ev()], changes=caps), "leave_h") == hours(0.75 + (15 - 7.5) / 60)


def test_no_power_for_a_while():
    caps = [Change(0.25, 0, Kind.CAP, cap_kw=-5.0), Change(1.25, 0, Kind.CAP, cap_kw=60.0)]
    result = run(Model((station(),), (FLAT,), changes=caps), [ev()])
    assert column(result.visits, "charge_h") == hours(1.5)  # counts at 0 kW too
    assert result.bins["charging_h"].sum() == pytest.approx(0.5)  # does not
    assert result.bins["curtailed_kwh"].sum() == pytest.approx(60.0)


def test_cap_is_on_the_grid_side():
    assert column(visits([ev()], station(cap_kw=60.0, efficiency=0.5)), "leave_h") == hours(1.0)


# -- sessions


def test_row_of_a_session():
    place = station(handshake_h=0.125)
    rows = visits([ev(overstay_h=0.25), ev(entry_h=0.25)], place)
    assert column(rows, "plug_h") == hours(0.0, 0.875)
    assert column(rows, "charge_end_h") == hours(0.625, 1.5)
    assert column(rows, "unplug_h") == column(rows, "leave_h") == hours(0.875, 1.5)
    assert column(rows, "wait_h") == hours(0.0, 0.625)
    assert column(rows, "charge_h") == hours(0.5, 0.5)
    assert column(rows, "occupied_h") == hours(0.875, 0.625)
    assert column(rows, "leave_kwh") == [50.0, 50.0]
    assert column(rows, "need_kwh") == [30.0, 30.0]
    assert column(rows, "outcome") == [Outcome.SERVED] * 2


def test_site_rules_end_sessions():
    rows = visits([ev(target_kwh=90.0)], station(soc_cap=0.8))
    assert column(rows, "leave_kwh") == [80.0]
    assert column(rows, "need_kwh") == [60.0]
    rows = visits([ev()], station(session_limit_h=0.25))
    assert column(rows, "outcome") == [Outcome.SERVED_PARTLY]
    assert column(rows, "leave_kwh") == [35.0]
    rows = visits([ev()], station(session_limit_h=0.5))  # both at once
    assert column(rows, "outcome") == [Outcome.SERVED]


def test_nothing_to_charge():
    rows = visits([ev(entry_kwh=60.0)], station(handshake_h=0.25))
    assert column(rows, "charge_end_h") == column(rows, "leave_h") == [0.25]
    assert column(rows, "need_kwh") == [0.0]
    assert column(rows, "leave_kwh") == [60.0]
    assert column(rows, "outcome") == [Outcome.SERVED]


def test_the_strongest_evse_for_its_vehicle():
    place = Station("any", (Cabinet((Evse(30.0), Evse(60.0, 100.0), Evse(50.0), Evse(50.0))),))
    rows = visits([ev() for _ in range(4)], place)  # 400 V: the second gives 40 kW
    assert column(rows, "slot") == [2, 3, 1, 0]


def test_slots_are_numbered_through_the_model():
    rows = visits([ev(place=1), ev(place=1)], station(evses=2), station(evses=2))
    assert column(rows, "slot") == [2, 3]


# -- deadlines


@pytest.mark.parametrize(
    ("fields", "leave_h"),
    [
        ({"deadline_h": 0.25}, 0.25),
        ({"deadline_h": 0.25, "patience_h": 0.125}, 0.125),
        ({"deadline_h": 0.25, "patience_h": 0.375}, 0.25),
        ({"deadline_h": 0.125, "entry_h": 0.25}, 0.25),  # over on arrival
    ],
)
def test_deadline_in_line(fields, leave_h):
    row = visits([ev(), ev(**fields)])[1]
    assert (row["outcome"], row["slot"], row["leave_h"]) == (Outcome.RENEGED, -1, leave_h)


def test_deadline_without_an_alternative():
    """It waits all the same, and its session ends as power goes on."""
    row = visits([ev(), ev(deadline_h=0.25, reserve_kwh=20.5)], station(handshake_h=0.125))[1]
    assert (row["plug_h"], row["charge_end_h"], row["leave_h"]) == (0.625, 0.75, 0.75)
    assert (row["outcome"], row["leave_kwh"]) == (Outcome.SERVED_PARTLY, 20.0)


def test_called_at_the_deadline():
    """Unplugging precedes the end of patience, which leaves it an EVSE and no time."""
    row = visits([ev(), ev(deadline_h=0.5)])[1]
    assert (row["slot"], row["leave_h"], row["leave_kwh"]) == (0, 0.5, 20.0)
    assert row["outcome"] == Outcome.SERVED_PARTLY


@pytest.mark.parametrize(
    ("deadline_h", "limit_h", "leave_h", "leave_kwh", "outcome"),
    [
        (0.25, inf, 0.25, 35.0, Outcome.SERVED_PARTLY),
        (0.25, 0.125, 0.125, 27.5, Outcome.SERVED_PARTLY),
        (0.25, 0.375, 0.25, 35.0, Outcome.SERVED_PARTLY),
        (0.5, inf, 0.5, 50.0, Outcome.SERVED),  # its target at the same instant
        (0.75, inf, 0.5, 50.0, Outcome.SERVED),
    ],
)
def test_deadline_while_charging(deadline_h, limit_h, leave_h, leave_kwh, outcome):
    (row,) = visits([ev(deadline_h=deadline_h)], station(session_limit_h=limit_h))
    assert (row["leave_h"], row["leave_kwh"], row["outcome"]) == (leave_h, leave_kwh, outcome)


def test_deadline_without_power():
    (row,) = visits([ev(deadline_h=0.25)], station(cap_kw=0.0))
    assert (row["outcome"], row["leave_h"]) == (Outcome.SERVED_PARTLY, 0.25)


def test_deadline_before_power_on():
    place = station(handshake_h=0.5)  # not cut short
    (row,) = visits([ev(deadline_h=0.25, overstay_h=1.0)], place)
    assert (row["charge_end_h"], row["charge_h"], row["leave_h"]) == (0.5, 0.0, 0.5)
    assert (row["outcome"], row["leave_kwh"]) == (Outcome.SERVED_PARTLY, 20.0)
    (row,) = visits([ev(deadline_h=0.25, entry_kwh=60.0)], place)  # nothing to charge
    assert (row["outcome"], row["leave_h"]) == (Outcome.SERVED, 0.5)


@pytest.mark.parametrize(
    ("deadline_h", "leave_h"), [(0.75, 0.75), (0.25, 0.25), (1.0, 1.0), (2.0, 1.0)]
)
def test_deadline_in_overstay(deadline_h, leave_h):
    (row,) = visits([ev(deadline_h=deadline_h, overstay_h=0.5)])
    assert row["charge_end_h"] == min(0.5, deadline_h)
    assert row["unplug_h"] == row["leave_h"] == leave_h


@pytest.mark.parametrize(("patience_h", "leave_h"), [(inf, 0.375), (0.0625, 0.3125)])
def test_deadline_after_a_cut(patience_h, leave_h):
    one = [ev(deadline_h=0.375, patience_h=patience_h)]
    (row,) = visits(one, changes=[Change(0.25, 0, Kind.EVSE_DOWN, 0)])
    assert (row["outcome"], row["leave_h"]) == (Outcome.SERVED_PARTLY, leave_h)
    assert row["leave_kwh"] == 35.0


# -- failures


def test_cut_session_goes_to_the_head_of_the_line():
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(1.25, 0, Kind.EVSE_UP, 0)]
    rows = visits([ev(), ev(entry_h=0.125)], changes=script)
    assert column(rows, "leave_h") == hours(1.5, 2.0)
    assert column(rows, "wait_h") == hours(1.0, 1.375)
    assert column(rows, "plug_h") == hours(0.0, 1.5)
    assert column(rows, "charge_h") == hours(0.5, 0.5)
    assert column(rows, "cuts") == [1, 0]


def test_cut_session_moves_to_another_evse():
    rows = visits([ev()], station(evses=2), changes=[Change(0.25, 0, Kind.EVSE_DOWN, 0)])
    assert column(rows, "slot") == [1]
    assert column(rows, "leave_h") == hours(0.5)
    assert column(rows, "wait_h") == hours(0.0)


def test_cut_in_the_handshake():
    script = [Change(0.125, 0, Kind.EVSE_DOWN, 0), Change(0.5, 0, Kind.EVSE_UP, 0)]
    rows = visits([ev()], station(handshake_h=0.25), changes=script)
    assert column(rows, "leave_h") == hours(0.5 + 0.25 + 0.5)
    assert column(rows, "charge_h") == hours(0.5)
    assert column(rows, "occupied_h") == hours(0.875)


def test_overstay_outlasts_a_failure():
    script = [Change(0.6, 0, Kind.EVSE_DOWN, 0), Change(2.0, 0, Kind.EVSE_UP, 0)]
    rows = visits([ev(overstay_h=0.5), ev(entry_h=0.1)], changes=script)
    assert column(rows, "leave_h") == hours(1.0, 2.5)
    assert column(rows, "cuts") == [0, 0]


def test_patience_starts_anew_after_a_cut():
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0)]
    rows = visits([ev(patience_h=0.5)], changes=script)
    assert column(rows, "outcome") == [Outcome.SERVED_PARTLY]
    assert column(rows, "leave_h") == hours(0.75)
    assert column(rows, "leave_kwh") == [35.0]
    rows = visits([ev(patience_h=0.5, reserve_kwh=40.0)], changes=script)  # cannot go anywhere
    assert column(rows, "outcome") == [Outcome.IN_SYSTEM_AT_END]
    rows = visits([ev(patience_h=0.5)], station(handshake_h=0.5), changes=script)
    assert column(rows, "outcome") == [Outcome.RENEGED]  # no energy yet


# -- the line


def test_renege():
    rows = visits([ev(), ev(entry_h=0.125, patience_h=0.25), ev(entry_h=0.125, patience_h=0.5)])
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.RENEGED, Outcome.SERVED]
    assert column(rows, "leave_h") == hours(0.5, 0.375, 1.0)
    assert column(rows, "slot") == [0, -1, 0]
    assert isnan(rows[1]["plug_h"])


def test_without_an_alternative_patience_does_not_end():
    rows = visits([ev(), ev(patience_h=0.25, reserve_kwh=20.5)])
    assert column(rows, "outcome") == [Outcome.SERVED] * 2


def test_balk():
    second = ev(balk_per_evse=0.0, entry_h=0.125)
    rows = visits([ev(), second])
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.BALKED]
    assert column(rows, "leave_h") == hours(0.5, 0.125)
    rows = visits([ev(), second | {"reserve_kwh": 20.5}])  # nowhere to go: it joins
    assert column(rows, "outcome") == [Outcome.SERVED] * 2
    rows = visits([ev(), second | {"reserve_kwh": 20.0}])
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.BALKED]
    assert column(visits([second]), "outcome") == [Outcome.SERVED]  # nobody to be put off by


def test_balk_counts_every_evse():
    evs = [ev(balk_per_evse=1.0) for _ in range(5)]
    rows = visits(evs, station(evses=2), changes=[Change(0.0, 0, Kind.EVSE_DOWN, 1)])
    assert column(rows, "outcome") == [Outcome.SERVED] * 3 + [Outcome.BALKED] * 2


def test_full_line():
    evs = [ev(), ev(), ev(), ev(reserve_kwh=20.5)]
    rows = visits(evs, station(line_places=1))
    assert column(rows, "outcome")[2:] == [Outcome.BALKED, Outcome.STRANDED]
    assert rows[3]["station"] == 0
    assert rows[3]["leave_h"] == 0.0


def in_line(discipline, *evs, **fields):
    """Plug-in times of EVs at a station with one EVSE."""
    return column(visits(evs, station(discipline=discipline, **fields)), "plug_h")


def test_priority():
    """Each takes half an hour; nobody is interrupted; of equals the first to join."""
    evs = [ev(entry_h=0.0625 * n, priority=p) for n, p in enumerate([5.0, 2.0, 1.0, 1.0, 3.0])]
    late = ev(entry_h=0.75, priority=-1.0)
    by_priority = in_line(Discipline.PRIORITY, *evs, late)
    assert by_priority == hours(0.0, 2.0, 0.5, 1.5, 2.5, 1.0)
    assert in_line(Discipline.FCFS, *evs, late) == hours(0.0, 0.5, 1.0, 1.5, 2.0, 2.5)


def test_shortest_need():
    evs = [ev(entry_h=0.0625 * n, entry_kwh=50.0 - k) for n, k in enumerate([30, 45, 15, 30, 15])]
    assert in_line(Discipline.SHORTEST_NEED, *evs) == hours(0.0, 1.5, 0.5, 1.0, 0.75)


def test_need_is_what_the_site_allows():
    """80 kWh are the most: needs of 10 and 15 kWh, then of 0 for two that have more."""
    evs = [ev(), ev(entry_kwh=65.0, target_kwh=80.0), ev(entry_kwh=70.0, target_kwh=100.0)]
    plugs = in_line(Discipline.SHORTEST_NEED, *evs, soc_cap=0.8)
    assert plugs == hours(0.0, 0.5 + 10 / 60, 0.5)
    evs = [ev(), ev(entry_kwh=80.0), ev(entry_kwh=95.0)]
    plugs = in_line(Discipline.SHORTEST_NEED, *evs, handshake_h=0.125)
    assert plugs == hours(0.0, 0.625, 0.75)  # both need nothing: the first to join


@pytest.mark.parametrize("discipline", Discipline)
def test_cut_before_every_key(discipline):
    """Down from 0.25 to 0.5 h: the EV that was cut goes before all who wait and who come."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(0.5, 0, Kind.EVSE_UP, 0)]
    waits = ev(entry_h=0.125, entry_kwh=35.0, priority=-1.0)
    comes = ev(entry_h=0.375, entry_kwh=38.0, priority=-2.0)
    evs = [ev(priority=9.0), waits, comes]
    rows = visits(evs, station(discipline=discipline), changes=script)
    cut, *others = column(rows, "leave_h")
    assert cut == 0.75
    first_come = discipline == Discipline.FCFS
    assert others == (hours(1.0, 1.2) if first_come else hours(1.2, 0.95))


def test_of_two_that_were_cut_the_last():
    script = [Change(0.125, 0, Kind.EVSE_DOWN, 0), Change(0.25, 0, Kind.EVSE_DOWN, 1)]
    script.append(Change(0.5, 0, Kind.EVSE_UP, 0))
    place = station(evses=2, discipline=Discipline.PRIORITY)
    rows = visits([ev(), ev(priority=1.0)], place, changes=script)
    assert column(rows, "leave_h") == hours(1.125, 0.75)


def test_a_better_key_does_not_shorten_the_line():
    place = station(discipline=Discipline.PRIORITY, line_places=1)
    rows = visits([ev(), ev(), ev(priority=-1.0)], place)
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.SERVED, Outcome.BALKED]


# -- journeys: 100 kWh, 0.25 kWh/km, stops every 100 km (25 kWh) and hour, 400 km in all

ROUTE = Route("road", 400.0, 4.0, tuple(Stop(n, 100.0 * n + 100.0, n + 1.0) for n in range(3)))


def driver(**fields):
    return ev(route=0, kwh_per_km=0.25, entry_kwh=80.0, target_kwh=70.0, stop_kwh=10.0) | fields


def journey(*evs, places=None, **fields):
    fields = {"routes": (ROUTE,)} | fields
    return visits(evs, *(places or [station() for _ in range(3)]), **fields)


@pytest.mark.parametrize(
    ("fields", "stops"),
    [
        ({}, [2]),  # it would have 55, 30 and 5: only 5 is not more than 10
        ({"stop_kwh": 30.0}, [1]),  # 30 is not more than 30, and 70 reaches the destination
        ({"stop_kwh": 55.0}, [0, 1]),  # 55, then 70 - 25 = 45, and 70 reaches the destination
        ({"reserve_kwh": 6.0}, [1]),  # 5 would be left at the last
        ({"reserve_kwh": 5.0, "stop_kwh": 0.0}, [2]),  # 5 is enough; the last stop
        ({"entry_kwh": 100.0}, []),  # 0 left at the destination is what it wants
        ({"entry_kwh": 100.0, "dest_kwh": 1.0}, [2]),
        ({"entry_kwh": 20.0}, [-1]),
        ({"target_kwh": 55.0, "stop_kwh": 60.0}, [1]),  # no gain at 55 kWh either
        ({"target_kwh": 25.0, "stop_kwh": 40.0, "dest_kwh": 30.0}, [2]),  # no gain before
    ],
)
def test_threshold_choice(fields, stops):
    assert column(journey(driver(**fields)), "station") == stops


def test_energy_and_time_on_the_road():
    rows = journey(driver(entry_h=0.5, stop_kwh=30.0, dest_kwh=20.0))
    assert column(rows, "station") == [1]
    assert column(rows, "arrival_h") == hours(2.5)
    assert column(rows, "arrival_kwh") == [30.0]
    rows = journey(driver(stop_kwh=30.0, dest_kwh=21.0, target_kwh=70.0))
    assert column(rows, "arrival_h") == hours(2.0, 2.0 + 40 / 60 + 1.0)
    assert column(rows, "arrival_kwh") == [30.0, 45.0]


def test_stranded_on_entry():
    (row,) = journey(driver(entry_h=0.5, entry_kwh=20.0))
    assert (row["outcome"], row["station"], row["slot"]) == (Outcome.STRANDED, -1, -1)
    assert (row["arrival_h"], row["leave_h"]) == (0.5, 0.5)
    assert (row["arrival_kwh"], row["leave_kwh"]) == (20.0, 20.0)
    assert isnan(row["plug_h"])


def test_stranded_after_a_session():
    """300 km to the only other stop: 75 kWh, and the site stops at 60."""
    far = Route("road", 400.0, 4.0, (Stop(0, 50.0, 1.0), Stop(1, 350.0, 3.0)))
    places = [station(soc_cap=0.6), station()]
    rows = journey(driver(entry_kwh=20.0), places=places, routes=(far,))
    assert column(rows, "station") == [0, -1]
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.STRANDED]
    assert rows[1]["arrival_h"] == rows[0]["leave_h"]
    assert rows[1]["leave_kwh"] == 60.0


def test_reroute():
    blocker = ev(place=1, entry_kwh=0.0, target_kwh=100.0, entry_h=1.5)
    rows = journey(driver(stop_kwh=30.0, reserve_kwh=5.0, balk_per_evse=0.0), blocker)
    assert column(rows, "station") == [1, 1, 2]
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.REROUTED, Outcome.SERVED]
    assert column(rows, "rerouted_from") == [-1, -1, 1]
    assert rows[2]["arrival_h"] == 3.0


def test_renege_to_the_next_station():
    blocker = ev(place=1, entry_kwh=0.0, target_kwh=100.0, entry_h=1.5)
    rows = journey(driver(stop_kwh=30.0, patience_h=0.25), blocker)
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.RENEGED, Outcome.SERVED]
    assert column(rows, "rerouted_from") == [-1, -1, 1]
    assert column(rows, "leave_h")[1] == 2.25
    assert column(rows, "arrival_h")[2] == 3.25


def test_a_deadline_on_the_road():
    """62.5 kWh when it has to go; then it stops as before, and is off as power goes on."""
    rows = journey(driver(stop_kwh=55.0, deadline_h=1.125))
    assert column(rows, "station") == [0, 1, 2, -1]
    assert column(rows, "outcome") == [Outcome.SERVED_PARTLY] * 3 + [Outcome.STRANDED]
    assert column(rows, "leave_h") == hours(1.125, 2.125, 3.125, 3.125)
    assert column(rows, "leave_kwh") == [62.5, 37.5, 12.5, 12.5]


@pytest.mark.parametrize(
    ("waits", "fields", "stops"),
    [
        # charging to 70 kWh takes 0.25, 2/3 and 65/60 h; only from the last two is 70 enough
        ([0.0, 0.0, 0.0], {"dest_kwh": 20.0}, [1]),
        ([0.0, 0.5, 0.0], {"dest_kwh": 20.0}, [0, 2]),  # 0.25 + 0.5 is less than 0.5 + 2/3
        ([1.0, 1.0, 0.0], {"dest_kwh": 20.0}, [2]),
        ([0.15, 0.3, 1.0], {"dest_kwh": 20.0}, [1]),  # the wait for one more stop counts too
        ([0.0, 0.0, 0.0], {}, [1]),
        ([0.0, 0.0, 0.0], {"reserve_kwh": 60.0}, [0, 1]),  # below the reserve: not if avoidable
        ([0.0, 0.0, 0.0], {"target_kwh": 40.0}, [2]),  # 1/6 + 0.5 for another stop, or 35/60
        ([0.0, 0.0, 0.1], {"target_kwh": 40.0}, [1, 2]),  # 2/3 is less than 0.1 + 35/60
    ],
)
def test_plan_ahead_choice(waits, fields, stops):
    places = [station(expected_wait_h=w) for w in waits]
    rows = journey(driver(rule=Rule.PLAN_AHEAD, **fields), places=places)
    assert column(rows, "station") == stops


def test_plans_count_on_the_strongest_evse():
    mixed = Station("any", (Cabinet((Evse(10.0), Evse(60.0))),))
    planner = driver(rule=Rule.PLAN_AHEAD, dest_kwh=20.0)
    assert column(journey(planner, places=[station(), mixed, station()]), "station") == [1]


def test_plans_count_on_no_more_than_the_ev_takes():
    """25 kWh at 50 kW, or at 100 kW after a wait of 0.125 h: which an EV of 50 kW does not gain."""
    route = Route("road", 400.0, 4.0, (Stop(0, 100.0, 1.0), Stop(1, 100.0, 1.0)))
    places = [station(kw=50.0), station(kw=100.0, expected_wait_h=0.125)]
    for ev_kw, stop in ((inf, 1), (50.0, 0)):
        planner = driver(rule=Rule.PLAN_AHEAD, target_kwh=80.0, ev_kw=ev_kw)
        assert column(journey(planner, places=places, routes=(route,)), "station") == [stop]


def test_a_stop_without_power_is_never_planned():
    """Its last kWh take for ever, so there is nowhere to stop."""
    slow = Vehicle("slow", 100.0, ((0.6, 50.0), (1.0, 0.0)))
    planner = driver(rule=Rule.PLAN_AHEAD)
    assert column(journey(planner, vehicles=(slow,)), "outcome") == [Outcome.STRANDED]


def test_informed_drivers_look_and_pass():
    """Five in line at the first station: an informed driver passes it, another does not."""
    crowd = [ev(place=0, entry_kwh=10.0, target_kwh=90.0) for _ in range(6)]
    planner = driver(rule=Rule.PLAN_AHEAD, entry_kwh=60.0)
    both = [planner | {"informed": 1}, planner | {"informed": 0}]
    places = [station(), station(expected_wait_h=0.5), station(expected_wait_h=0.5)]
    rows = [r for r in journey(*both, *crowd, places=places) if r["ev"] < 2]
    first = {n: next(r for r in rows if r["ev"] == n) for n in (0, 1)}
    assert (first[0]["station"], first[0]["arrival_h"]) == (1, 2.0)
    assert (first[1]["station"], first[1]["arrival_h"]) == (0, 1.0)


@pytest.mark.parametrize(("taken", "stop"), [(2, 1), (3, 0)])
def test_live_wait_counts_evses_that_are_up(taken, stop):
    """The next stop takes 50/60 - 45/90 = 1/3 h longer: less than 0.8 h / 2, more than 0.8 / 3."""
    route = Route("road", 150.0, 2.0, (Stop(0, 100.0, 1.0), Stop(1, 120.0, 1.25)))
    places = [station(evses=3, kw=90.0, service_h=0.8), station()]
    script = [Change(0.0, 0, Kind.EVSE_DOWN, n) for n in range(taken, 3)]
    crowd = [ev(entry_h=0.5, overstay_h=5.0) for _ in range(taken)]
    planner = driver(rule=Rule.PLAN_AHEAD, informed=1, entry_kwh=30.0, target_kwh=50.0)
    rows = journey(planner, *crowd, places=places, changes=script, routes=(route,))
    assert [r["station"] for r in rows if r["ev"] == 0] == [stop]


def test_informed_drivers_look_again_at_the_next_station():
    """From the first station the third seems best, the second being taken until 1.25 h."""
    places = [station(kw=5.0), station(service_h=2.0), station()]
    planner = driver(rule=Rule.PLAN_AHEAD, informed=1, dest_kwh=20.0)
    rows = journey(planner, ev(place=1, entry_h=0.75), places=places)
    assert [r["station"] for r in rows if r["ev"] == 0] == [1]


def test_informed_drivers_look_after_a_session():
    """The second station is free when it leaves the first, and crowded when it gets there."""
    crowd = [ev(place=1, entry_h=2.5, entry_kwh=10.0, target_kwh=90.0) for _ in range(6)]
    planner = driver(rule=Rule.PLAN_AHEAD, informed=1, entry_kwh=30.0)
    rows = journey(planner, *crowd)
    assert [r["station"] for r in rows if r["ev"] == 0] == [0, 2]


def test_rerouted_drivers_do_not_look():
    """It has nothing to gain at the second station, but is sent there and visits it."""
    places = [station(), station(soc_cap=0.2), station(kw=5.0)]
    planner = driver(rule=Rule.PLAN_AHEAD, informed=1, balk_per_evse=0.0)
    rows = journey(planner, ev(entry_h=0.5, overstay_h=5.0), places=places)
    own = [r for r in rows if r["ev"] == 0]
    assert column(own, "station") == [0, 1, 2]
    assert column(own, "outcome") == [Outcome.REROUTED, Outcome.SERVED, Outcome.SERVED]
    assert column(own, "rerouted_from") == [-1, 0, -1]


# -- time in whole nanoseconds


def test_hours_are_read_once():
    assert [ns(minute / 60) for minute in range(100_000)] == [
        60 * 10**9 * m for m in range(100_000)
    ]
    assert ns(0.1 + 0.2) == ns(0.3) == 3 * HOUR // 10
    assert [nearest(time) for time in (0.5, 1.5, 2.5, 2.51)] == [0, 2, 2, 3]  # half to even
    assert ns(inf) == nearest(float(NEVER)) == NEVER


def test_what_has_no_end_does_not_come():
    """An overstay beyond the 146 years that nanoseconds can count; no power at all."""
    (row,) = visits([ev(overstay_h=2e6)])
    assert (row["charge_end_h"], row["outcome"]) == (0.5, Outcome.IN_SYSTEM_AT_END)
    (row,) = visits([ev(ev_kw=1e-300)], horizon_h=1e9)
    assert (row["leave_kwh"], row["charge_h"]) == (20.0, 0.0)


def test_evs_in_nanoseconds():
    """As the engine's arrays have them: times are read in either unit."""
    times = {"entry_ns": HOUR // 4, "patience_ns": 0, "overstay_ns": HOUR // 2}
    own = {name: x for name, x in ev().items() if name != "deadline_h"}
    close(
        visits(
            [ev(), own | times | {"deadline_ns": NEVER}, own | times | {"deadline_ns": HOUR // 2}]
        ),
        visits(
            [ev()]
            + [ev(entry_h=0.25, patience_h=0.0, overstay_h=0.5, deadline_h=h) for h in (inf, 0.5)]
        ),
    )


def staircase(*spans, kwh=1.0):
    """A vehicle whose steps are of `kwh` each and take so many nanoseconds at full power."""
    ends = [(n + 1) / len(spans) for n in range(len(spans))]
    kws = [kwh * HOUR / span for span in spans]
    return Vehicle("stairs", kwh * len(spans), tuple(zip(ends, kws, strict=True)))


def test_steps_do_not_add_their_roundings():
    """100 steps that take 0.4 ns more than a whole number: 40 ns in all, and each step ends in
    the nanosecond next to its computed end."""
    spans = [36 * 10**9 + 0.4, 18 * 10**9 + 0.4] * 50
    seen = []
    one = ev(entry_kwh=0.0, target_kwh=100.0, overstay_h=1.0)
    model = Model((station(kw=inf),), (staircase(*spans),))
    (row,) = run(model, [one], watch=lambda h, _: seen.append(ns(h))).visits
    assert ns(row["charge_end_h"]) == 50 * 54 * 10**9 + 40
    pairs, odd = divmod(np.arange(1, 101), 2)
    tenths = 10 * (54 * 10**9 * pairs + 36 * 10**9 * odd) + 4 * np.arange(1, 101)
    assert seen[1:101] == [nearest(t / 10) for t in tenths.tolist()]
    assert row["leave_kwh"] == 100.0


@pytest.mark.parametrize(("tenth", "end"), [(4, 3), (-4, -3)])
def test_power_from_outside_counts_from_the_computed_end_of_a_step(tenth, end):
    """Its second step begins 0.4 ns beside a whole nanosecond.  When it has half a minute to go,
    that is 0.4 ns more or less, at an eighth of the power 3.2 ns, counted from a whole one."""
    half = 18 * 10**9
    car = staircase(2 * half + tenth / 10, 2 * half)
    caps = [Change(3 * half / HOUR, 0, Kind.CAP, cap_kw=12.5)]
    one = ev(entry_kwh=0.0, target_kwh=2.0)
    (row,) = visits([one], station(kw=inf), vehicles=(car,), changes=caps)
    assert ns(row["leave_h"]) == 3 * half + 8 * half + end


def test_energy_at_an_end_is_exact():
    """0.3 kWh at 0.7 kW in steps of 0.1: no whole number of nanoseconds."""
    for battery_kwh, target_kwh in ((0.3, 0.3), (0.3, 0.1 + 0.1), (0.7, 0.3)):
        car = Vehicle("odd", battery_kwh, ((1 / 3, 0.7), (2 / 3, 0.6), (1.0, 0.7)))
        one = ev(entry_kwh=0.0, target_kwh=target_kwh)
        (row,) = visits([one], station(kw=inf), vehicles=(car,))
        assert (row["leave_kwh"], row["outcome"]) == (target_kwh, Outcome.SERVED)


def test_equals_stay_equal_through_the_steps_of_their_curve():
    """They are throttled to 75 kW each, and then want 60.  One steps first, and for no time at
    all the other has what it leaves."""
    spans = [7 * 10**9 + 0.3, 11 * 10**9 + 0.3] * 10
    evs = [ev(entry_kwh=0.0, target_kwh=20.0)] * 2
    car = staircase(*spans)
    kws = [kw for _, kw in car.steps]
    cap_kw = sum(kws[:2])
    rows = visits(evs, station(evses=2, kw=inf, cap_kw=cap_kw), vehicles=(car,))
    throttled = min(kws[0], cap_kw / 2)
    end_ns = 10 * (HOUR / throttled + spans[1])
    assert [ns(h) for h in column(rows, "leave_h")] == [nearest(end_ns)] * 2


def test_roads_are_read_stop_by_stop():
    """Between 1/7 and 6/7 h, each read once, lies one nanosecond less than in 5/7 h."""
    route = Route("road", 400.0, 4.0, (Stop(0, 50.0, 1 / 7), Stop(1, 100.0, 6 / 7)))
    one = driver(stop_kwh=70.0, target_kwh=71.0, dest_kwh=99.0)
    rows = journey(one, places=[station(), station()], routes=(route,))
    assert ns(rows[1]["arrival_h"]) - ns(rows[0]["leave_h"]) == ns(5 / 7) - 1


# -- equal times


def test_unplug_precedes_arrival():
    rows = visits([ev(), ev(entry_h=0.5)])
    assert column(rows, "wait_h") == [0.0, 0.0]


def test_unplug_precedes_patience():
    rows = visits([ev(), ev(patience_h=0.5)])
    assert column(rows, "outcome") == [Outcome.SERVED] * 2


def test_repair_precedes_patience():
    script = [Change(0.0, 0, Kind.EVSE_DOWN, 0), Change(0.25, 0, Kind.EVSE_UP, 0)]
    assert column(visits([ev(patience_h=0.25)], changes=script), "outcome") == [Outcome.SERVED]


def test_session_end_precedes_failure():
    rows = visits([ev(overstay_h=0.25)], changes=[Change(0.5, 0, Kind.EVSE_DOWN, 0)])
    assert column(rows, "cuts") == [0]
    assert column(rows, "leave_h") == [0.75]


def test_failure_precedes_power():
    """Down as the handshake ends: power never flows."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0)]
    rows = visits([ev(patience_h=0.0)], station(handshake_h=0.25), changes=script)
    assert column(rows, "outcome") == [Outcome.RENEGED]
    assert isnan(rows[0]["charge_end_h"])


def test_patience_precedes_arrival():
    evs = [ev(), ev(patience_h=0.25), ev(entry_h=0.25)]
    rows = visits(evs, station(line_places=1))  # one leaves, and its place is free
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.RENEGED, Outcome.SERVED]


def test_arrivals_in_order_of_evs():
    """At one instant two EVs enter at different stations, and one strands: by EV number."""
    evs = [driver(entry_kwh=20.0), ev(place=1), ev(place=0), driver(entry_kwh=10.0)]
    rows = journey(*evs)
    assert column(rows, "ev") == [0, 1, 2, 3]
    assert column(rows, "station") == [-1, 1, 0, -1]


def test_evses_end_in_their_order():
    """Both sessions end at 0.5 h: the head of the line gets the lower EVSE."""
    rows = visits([ev(), ev(), ev(), ev()], station(evses=2))
    assert column(rows, "slot") == [0, 1, 0, 1]


def test_unplugs_of_an_instant_follow_its_session_ends():
    """EVSE 1 ends its overstay and EVSE 0 its session at 0.5 h: still EVSE 0 goes first."""
    late = ev(entry_kwh=20.0, target_kwh=35.0, overstay_h=0.25)
    rows = visits([ev(), late, ev(entry_h=0.25)], station(evses=2))
    assert column(rows, "slot") == [0, 1, 0]


def test_changes_of_an_instant_as_given():
    down, up = Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(0.25, 0, Kind.EVSE_UP, 0)
    (row,) = visits([ev()], changes=[down, up])
    assert (row["cuts"], row["leave_h"]) == (1, 0.5)
    (row,) = visits([ev()], changes=[up, down])
    assert (row["cuts"], row["outcome"]) == (1, Outcome.IN_SYSTEM_AT_END)


def test_patience_of_zero():
    rows = visits([ev(), ev(patience_h=0.0)])
    assert column(rows, "outcome") == [Outcome.SERVED, Outcome.RENEGED]
    assert rows[1]["leave_h"] == 0.0


def test_the_clock_counts_nanoseconds():
    """Beyond 2**53 too, where floats would not hold them."""
    clock, seen, far = Clock(), [], 2**53 + 1

    def process():
        yield clock.at(3, Event.POWER, 0, 0)
        yield clock.at(far, Event.POWER, 0, 0)
        seen.append(clock.now)

    clock.process(process())
    clock.at(far + 2, Event.ARRIVAL, 0, 0).cancel()
    clock.at(NEVER, Event.ARRIVAL, 0, 0).callbacks.append(seen.append)
    clock.run_to(NEVER)
    assert seen == [far]
    assert clock.last_ns == far  # what was cancelled does not count, and nothing happens at NEVER


def test_every_pair_of_an_instant():
    """By kind, then station, then number, whatever the order in which they became due."""
    keys = [
        (kind, at, n) for kind in Event if kind != Event.NONE for at in (-1, 0, 1) for n in (0, 1)
    ]
    for first, second in product(keys, keys):
        clock, seen = Clock(), []
        for key in (first, second):
            clock.at(7, *key).callbacks.append(lambda _, key=key, seen=seen: seen.append(key))
        clock.run_to(NEVER)
        assert seen == sorted([first, second])


# -- the end


def test_horizon():
    evs = [ev(), ev(entry_h=0.125), ev(entry_h=0.25)]
    rows = visits(evs, horizon_h=0.25)  # what is due then does not happen
    assert column(rows, "ev") == [0, 1]
    assert column(rows, "outcome") == [Outcome.IN_SYSTEM_AT_END] * 2
    assert column(rows, "leave_kwh") == [35.0, 20.0]
    assert column(rows, "charge_h") == column(rows, "occupied_h") == hours(0.25, 0.0)
    assert column(rows, "wait_h") == hours(0.0, 0.125)
    assert all(isnan(h) for h in column(rows, "leave_h"))


def test_horizon_in_overstay():
    (row,) = visits([ev(overstay_h=1.0)], horizon_h=1.0)
    assert row["outcome"] == Outcome.IN_SYSTEM_AT_END
    assert (row["charge_end_h"], row["charge_h"], row["occupied_h"]) == (0.5, 0.5, 1.0)
    assert isnan(row["unplug_h"])


def test_horizon_after_a_cut():
    """In line it has been unplugged; plugged in again it has not."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(0.5, 0, Kind.EVSE_UP, 0)]
    (row,) = visits([ev()], changes=script, horizon_h=0.375)
    assert (row["unplug_h"], row["wait_h"], row["occupied_h"]) == (0.25, 0.125, 0.25)
    (row,) = visits([ev()], changes=script, horizon_h=0.625)
    assert isnan(row["unplug_h"])
    assert isnan(row["charge_end_h"])
    assert (row["charge_h"], row["leave_kwh"]) == (0.375, 42.5)


def test_bins():
    model = Model((station(),), (FLAT,), horizon_h=1.5, bin_h=0.5)
    result = run(model, [ev(), ev(entry_h=0.25), ev(entry_h=0.5, balk_per_evse=0.0)])
    bins = {name: values[0].tolist() for name, values in result.bins.items()}
    assert bins["queue_h"] == hours(0.25, 0.0, 0.0)
    assert bins["queue_max"] == [1.0, 0.0, 0.0]
    assert bins["occupied_h"] == bins["charging_h"] == hours(0.5, 0.5, 0.0)
    assert bins["energy_kwh"] == hours(30.0, 30.0, 0.0)
    assert bins["curtailed_kwh"] == [0.0, 0.0, 0.0]
    assert bins["power_max_kw"] == [60.0, 60.0, 0.0]
    assert bins["arrivals"] == [2.0, 1.0, 0.0]
    assert bins["balked"] == [0.0, 1.0, 0.0]
    assert bins["reneged"] == bins["rerouted"] == [0.0, 0.0, 0.0]


# -- whatever happens


def check_stations(h, stations):
    """Nobody waits while an EVSE could serve, lines are in order, no limit is exceeded."""
    for s in stations:
        assert not (s.line and s.is_usable())
        key = KEYS[s.given.discipline]
        order = [(0, 0.0) if d.visit.cuts else (1, key(d)) for d in s.line]
        assert order == sorted(order)
        by_cabinet = [[e.session for e in c if e.session] for c in s.cabinets]
        assert all(x.kw <= x.wanted_kw for own in by_cabinet for x in own)
        totals = [sum(x.kw for x in own) for own in by_cabinet]
        limits = [c.kw for c in s.given.cabinets]
        pairs = [*zip(totals, limits, strict=True), (sum(totals), s.cap_kw * s.given.efficiency)]
        assert all(total <= limit + 1e-9 for total, limit in pairs)


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=HealthCheck)
@given(scenarios())
def test_invariants(case):
    model, evs = case
    result = run(model, evs, watch=check_stations)
    for row in result.visits:
        full = model.vehicles[row["vehicle"]].battery_kwh
        assert 0.0 <= row["arrival_kwh"] <= row["leave_kwh"] <= full + 1e-9
        end_h = row["leave_h"] if row["outcome"] else result.end_h
        assert isclose(row["wait_h"] + row["occupied_h"], end_h - row["arrival_h"], abs_tol=1e-9)
    given_kwh = sum(r["leave_kwh"] - r["arrival_kwh"] for r in result.visits)
    for name, expected in (
        ("energy_kwh", given_kwh),
        ("queue_h", sum(column(result.visits, "wait_h"))),
        ("occupied_h", sum(column(result.visits, "occupied_h"))),
        ("arrivals", sum(r["station"] >= 0 for r in result.visits)),
        ("rerouted", sum(r["outcome"] == Outcome.REROUTED for r in result.visits)),
    ):
        assert isclose(result.bins[name].sum(), expected, abs_tol=1e-8), name
    arrivals = column(result.visits, "arrival_h")
    assert arrivals == sorted(arrivals)


def test_close_notices_what_differs():
    rows = visits([ev(), ev()])
    close(rows, visits([ev(), ev()]))
    close(rows, [row | {"leave_h": row["leave_h"] + 0.9e-9} for row in rows])
    for wrong in ({"leave_h": rows[0]["leave_h"] + 1.1e-9}, {"leave_h": nan}, {"slot": 1}):
        with pytest.raises(AssertionError, match=f"visit 0 differs in\n  {next(iter(wrong))}"):
            close(rows, [rows[0] | wrong, rows[1]])
    with pytest.raises(AssertionError, match="2 and 1 visits"):
        close(rows, rows[:1])
