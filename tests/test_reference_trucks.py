"""Trucks in the plain SimPy twin, against days worked out by hand."""

from math import inf, isclose, isnan

import pytest
from hypothesis import HealthCheck, given, settings

from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity, Outcome, Sharing
from sim.lifecycle import Step as Does
from sim.model import Cabinet, Change, Duty, Evse, Model, Route, Station, Step, Stop, Swap, Vehicle
from tests.reference.nanoseconds import HOUR, ns
from tests.reference.program import in_window, next_time
from tests.reference.twin import run
from tests.scenarios import close_log, truck_scenarios
from tests.test_reference import FLAT, check_stations, column, ev, hours, station, visits

ALWAYS, NEED, THRESHOLD = Opportunity.ALWAYS, Opportunity.NEED, Opportunity.THRESHOLD
TWO_GUNS = Vehicle("two guns", 100.0, ((1.0, 1000.0),), guns=2)
DELIVER = Step(Does.DELIVER)


def drive(h=1.0, km=0.0, load=1.0, **fields):
    return Step(Does.DRIVE, h, km, load, **fields)


def serve(h=0.5, at=0, **fields):
    return Step(Does.SERVE, h, station=at, **fields)


def charge(at=0, rule=ALWAYS, soc=1.0):
    return Step(Does.CHARGE, station=at, rule=rule, soc=soc)


def pause(h):
    return Step(Does.PAUSE, h)


def until(clock_h):
    return Step(Does.UNTIL, from_h=clock_h)


def skip(from_h, to_h, count=1):
    return Step(Does.SKIP, from_h=from_h, to_h=to_h, skip=count)


def truck(**fields):
    """In duty 0 from 0 h on, with 50 of 100 kWh, at 1 kWh/km; its steps are logged."""
    own = {"duty": 0, "first": 0, "draw_start": 0, "draw_end": 0, "logged": 1}
    return ev(entry_kwh=50.0, kwh_per_km=1.0) | own | fields


def work(evs, *steps, places=None, factors=(), vehicles=(FLAT,), horizon_h=10.0, **fields):
    """The result for trucks that all have these steps to do."""
    rules = {name: fields.pop(name) for name in ("drive_limit_h", "rest_h") if name in fields}
    duty = Duty("any", steps, **rules)
    places = places or (station(),)
    model = Model(places, vehicles, horizon_h=horizon_h, duties=(duty,), **fields)
    return run(model, evs, factors)


def diary(result, number=0):
    """(step, time) of one truck."""
    return [(step, h) for n, step, h in result.log if n == number]


# -- a day


def test_a_day_of_two_trucks():
    """A gate, a charger, and a shift that ends at 22.

    Both come to the gate at 18, with 80 kWh.  Truck 0 is loaded until 18.5 and there at 19.5, with
    80 - 40 x 0.5 x 1.5 = 50 kWh.  With the way back it would drive 2 h, and 1.5 are allowed: so it
    rests until 20.25.  At 21.25 it is back with 50 - 20 = 30 kWh; the next round takes 50, so it
    charges: 60 kWh in an hour.  Of its break 0.5 h are left, to 22.75.  That is not before 22, so
    it waits until 6 (30 h).

    Truck 1 waits at the gate for half an hour and is loaded until 19.  By then it has stood for an
    hour, which is a rest; but at 20 it needs another, and is back at 21.75.  It waits for the
    charger until 22.25 and charges until 23.25, when its break is just over.

    In the morning truck 0 is first again.  It has rested, and delivers at 31.5.
    """
    steps = (
        serve(0.5), drive(1.0, 40.0, 1.5), DELIVER, drive(1.0, 40.0),
        charge(1, NEED, 0.9), pause(1.5), skip(6.0, 22.0), until(6.0),
    )  # fmt: skip
    trucks = [truck(entry_h=18.0, entry_kwh=80.0, kwh_per_km=0.5, reserve_kwh=10.0)] * 2
    result = work(
        trucks, *steps, places=(station(), station()), horizon_h=32.0, drive_limit_h=1.5,
        rest_h=0.75,
    )  # fmt: skip
    rows = result.visits
    assert column(rows, "ev") == [0, 1, 0, 1, 0, 1]
    assert column(rows, "station") == [0, 0, 1, 1, 0, 0]
    assert column(rows, "arrival_h") == hours(18.0, 18.0, 21.25, 21.75, 30.0, 30.0)
    assert column(rows, "plug_h") == hours(18.0, 18.5, 21.25, 22.25, 30.0, 30.5)
    assert column(rows, "leave_h") == hours(18.5, 19.0, 22.25, 23.25, 30.5, 31.0)
    assert column(rows, "wait_h") == hours(0.0, 0.5, 0.0, 0.5, 0.0, 0.5)
    assert column(rows, "charge_h") == hours(0.0, 0.0, 1.0, 1.0, 0.0, 0.0)
    assert column(rows, "need_kwh") == [0.0, 0.0, 60.0, 60.0, 0.0, 0.0]
    assert column(rows, "arrival_kwh") == [80.0, 80.0, 30.0, 30.0, 90.0, 90.0]
    assert column(rows, "leave_kwh") == [80.0, 80.0, 90.0, 90.0, 90.0, 90.0]
    assert column(rows, "outcome") == [Outcome.SERVED] * 6
    assert result.deliveries.shape == (1, 32)
    assert [result.deliveries[0, n] for n in (19, 20, 31)] == [1.0] * 3
    assert result.deliveries.sum() == 3.0
    close_log(result.log, [
        (0, 0, 18.0), (1, 0, 18.0), (0, 1, 18.5), (1, 1, 19.0),
        (0, 2, 19.5), (0, -1, 19.5), (1, 2, 20.0), (1, -1, 20.0), (0, 3, 20.25), (1, 3, 20.75),
        (0, 4, 21.25), (1, 4, 21.75), (0, 5, 22.25), (0, 6, 22.75), (0, 7, 22.75),
        (1, 5, 23.25), (1, 6, 23.25), (1, 7, 23.25),
        (0, 0, 30.0), (1, 0, 30.0), (0, 1, 30.5), (1, 1, 31.0), (0, 2, 31.5), (0, -1, 31.5),
    ])  # fmt: skip


# -- steps


def test_begins_anywhere_and_goes_round():
    result = work([truck(first=1, entry_h=0.5)], drive(1.0), pause(2.0), drive(3.0))
    assert diary(result) == [(1, 0.5), (2, 2.5), (0, 5.5), (1, 6.5), (2, 8.5)]
    assert work([truck(logged=0)], drive()).log == []


@pytest.mark.parametrize(
    ("h", "rest_h", "limit_h", "log"),
    [
        (1.0, 0.5, 2.0, [(0, 0.0), (0, 1.0), (-1, 2.0), (0, 2.5), (0, 3.5), (-1, 4.5)]),
        (1.0, 0.5, 1.5, [(0, 0.0), (-1, 1.0), (0, 1.5), (-1, 2.5), (0, 3.0), (-1, 4.0), (0, 4.5)]),
        (2.0, 0.5, 1.5, [(-1, 0.0), (0, 0.5), (-1, 2.5), (0, 3.0)]),  # too long in any case
        (1.0, 0.0, 0.5, [(0, 0.0), (0, 1.0), (0, 2.0), (0, 3.0), (0, 4.0)]),  # no rest at all
        (1.0, 0.5, inf, [(0, 0.0), (0, 1.0), (0, 2.0), (0, 3.0), (0, 4.0)]),
    ],
)
def test_rests(h, rest_h, limit_h, log):
    result = work([truck()], drive(h), drive_limit_h=limit_h, rest_h=rest_h, horizon_h=5.0)
    assert diary(result) == log


@pytest.mark.parametrize(
    ("stop", "log"),
    [
        (serve(0.25), [(0, 0.0), (1, 1.0), (-1, 1.25), (0, 1.5), (1, 2.5), (-1, 2.75)]),
        (serve(0.5), [(0, 0.0), (1, 1.0), (0, 1.5), (1, 2.5)]),  # it has stood long enough
        (pause(0.75), [(0, 0.0), (1, 1.0), (0, 1.75), (1, 2.75)]),
        (charge(soc=0.65), [(0, 0.0), (1, 1.0), (-1, 1.25), (0, 1.5), (1, 2.5), (-1, 2.5)]),
    ],
)
def test_standing_for_any_reason_is_rest(stop, log):
    result = work([truck()], drive(), stop, drive_limit_h=1.0, rest_h=0.5, horizon_h=3.0)
    assert diary(result) == log


def test_the_law_counts_hours_as_planned():
    """Two drives of 1 h take 2 h each, and no third is allowed."""
    trucks = [truck(draw_end=1)]
    rules = {"drive_limit_h": 2.0, "rest_h": 0.5}
    result = work(trucks, drive(drawn=True), factors=[2.0], **rules)
    assert diary(result) == [(0, 0.0), (0, 2.0), (-1, 4.0), (0, 4.5), (0, 6.5), (-1, 8.5), (0, 9.0)]


def test_factors():
    """Each truck goes round its own part: 2, 0.5, 3 or 1 alone; one has none."""
    trucks = [truck(draw_start=1, draw_end=4), truck(draw_start=4, draw_end=5), truck()]
    steps = drive(1.0, drawn=True), pause(0.0), drive(1.0), serve(0.5, drawn=True)
    places = (station(evses=3),)
    result = work(trucks, *steps, factors=[9.0, 2.0, 0.5, 3.0, 1.0], places=places, horizon_h=8.0)
    # drives 2, 1; served 0.25; drives 3, 1; served 1
    own = [(0, 0.0), (1, 2.0), (2, 2.0), (3, 3.0), (0, 3.25), (1, 6.25), (2, 6.25), (3, 7.25)]
    assert diary(result) == own
    assert diary(result, 1) == diary(result, 2)
    assert diary(result, 2)[:5] == [(0, 0.0), (1, 1.0), (2, 1.0), (3, 2.0), (0, 2.5)]


def test_a_drawn_step_is_rounded_once():
    """A third of the nanoseconds that the step has."""
    result = work([truck(draw_end=1)], drive(0.1, drawn=True), pause(1.0), factors=[1 / 3])
    assert ns(diary(result)[1][1]) == 120 * 10**9
    result = work([truck(draw_end=1)], drive(1 / 7, drawn=True), pause(1.0), factors=[3.0])
    assert ns(diary(result)[1][1]) == 3 * round(HOUR / 7) != round(3 * HOUR / 7)


@pytest.mark.parametrize("hours_each", [(1.5,) * 3, (1.1, 2.2), (0.1,) * 3, (1 / 3, 2 / 3, 0.1)])
def test_the_limit_itself_is_allowed(hours_each):
    """1.1 + 2.2 is more than 3.3 in floating point, and not on the road."""
    limit_h = round(sum(hours_each), 6)
    log = diary(work([truck()], *map(drive, hours_each), drive_limit_h=limit_h, rest_h=0.5))
    steps = len(hours_each)
    assert [step for step, _ in log[: steps + 2]] == [*range(steps), -1, 0]


def test_a_rest_of_several_parts():
    """0.1 + 0.2 h stand for 0.3, in either order."""
    for parts in ((0.1, 0.2), (0.2, 0.1), (0.1, 0.1, 0.1)):
        stops = [serve(h) for h in parts]
        log = diary(work([truck()], drive(), *stops, drive_limit_h=1.0, rest_h=0.3, horizon_h=2.0))
        assert [step for step, _ in log] == [*range(len(parts) + 1), 0]


def test_energy_on_the_road():
    """10 km at 1 kWh/km, loaded twice as much; then not enough for as much again."""
    result = work([truck()], drive(1.0, 10.0, 2.0), serve(0.5), drive(0.5, 30.5))
    served, stranded = result.visits
    assert (served["arrival_kwh"], served["arrival_h"], served["leave_h"]) == (30.0, 1.0, 1.5)
    assert (stranded["outcome"], stranded["station"]) == (Outcome.STRANDED, -1)
    assert (stranded["arrival_h"], stranded["leave_h"], stranded["leave_kwh"]) == (1.5, 1.5, 30.0)
    assert diary(result) == [(0, 0.0), (1, 1.0), (2, 1.5)]  # and nothing more


def test_the_last_kwh_is_enough():
    result = work([truck()], drive(1.0, 25.0), horizon_h=4.0)
    assert column(result.visits, "arrival_h") == [2.0]
    assert column(result.visits, "arrival_kwh") == [0.0]


def test_pause_counts_from_the_last_drive():
    steps = drive(1.0), serve(0.5), pause(0.75), pause(0.25)
    assert diary(work([truck()], *steps, horizon_h=2.0)) == [
        (0, 0.0), (1, 1.0), (2, 1.5), (3, 1.75), (0, 1.75),
    ]  # fmt: skip
    assert diary(work([truck(first=2, entry_h=1.0)], *steps, horizon_h=2.0))[:2] == [
        (2, 1.0), (3, 1.75),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clock_h", "now_h", "h"),
    [(6.0, 0.0, 6.0), (6.0, 6.0, 6.0), (6.0, 6.5, 30.0), (6.0, 54.0, 54.0), (0.0, 23.0, 24.0)],
)
def test_next_time(clock_h, now_h, h):
    assert next_time(clock_h, ns(now_h)) == ns(h)


@pytest.mark.parametrize(
    ("from_h", "to_h", "inside", "outside"),
    [
        (8.0, 17.0, (8.0, 16.9, 32.0), (7.9, 17.0, 0.0, 41.0)),
        (22.0, 6.0, (22.0, 23.0, 24.0, 29.9, 0.0), (6.0, 21.9, 30.0, 45.9)),
        (8.0, 8.0, (), (0.0, 8.0, 12.0)),
    ],
)
def test_windows(from_h, to_h, inside, outside):
    assert all(in_window(skip(from_h, to_h), ns(h)) for h in inside)
    assert not any(in_window(skip(from_h, to_h), ns(h)) for h in outside)


def test_over_midnight():
    """From 22 to 2 it leaves out the wait until 5: it comes at 21 and waits; at 22, 25 and 26 it
    has been round; at 26 it waits again."""
    result = work(
        [truck(entry_h=21.0, first=2)], skip(22.0, 2.0), until(5.0), drive(1.0), horizon_h=30.0
    )
    assert diary(result) == [
        (2, 21.0), (0, 22.0), (2, 22.0), (0, 23.0), (2, 23.0), (0, 24.0), (2, 24.0), (0, 25.0),
        (2, 25.0), (0, 26.0), (1, 26.0), (2, 29.0),
    ]  # fmt: skip


def test_skips_go_round_the_end():
    steps = drive(1.0), DELIVER, drive(0.5), skip(1.0, 3.0, 2)
    result = work([truck()], *steps, horizon_h=4.0)
    assert diary(result) == [
        (0, 0.0), (1, 1.0), (2, 1.0), (3, 1.5),
        (2, 1.5), (3, 2.0), (2, 2.0), (3, 2.5), (2, 2.5), (3, 3.0),
        (0, 3.0),
    ]  # fmt: skip
    assert result.deliveries.tolist() == [[0.0, 1.0, 0.0, 0.0]]


def test_deliveries_by_duty_and_bin():
    duties = (Duty("a", (drive(0.5), DELIVER)), Duty("b", (drive(0.75), DELIVER)))
    model = Model((station(),), (FLAT,), horizon_h=2.25, bin_h=0.5, duties=duties)
    result = run(model, [truck(), truck(duty=1), truck(duty=1)])
    assert result.deliveries.tolist() == [[0, 1, 1, 1, 1], [0, 2, 0, 2, 0]]


def test_nobody_goes_round_for_ever_at_one_instant():
    """Twice round the two steps, then a breath of 1/1000 h, after which 6 is over."""
    steps = DELIVER, until(6.0)
    result = work([truck(entry_h=6.0)], *steps, horizon_h=30.0005)
    assert diary(result) == [
        (0, 6.0), (1, 6.0), (0, 6.0), (1, 6.0), (0, 6.001), (1, 6.001),
        (0, 30.0), (1, 30.0), (0, 30.0), (1, 30.0),
    ]  # fmt: skip


def test_visits_that_take_no_time_are_no_way_out_of_it():
    """Their events are others, and time has not passed: two visits, and not one for ever."""
    result = work([truck(entry_h=6.0)], serve(0.0), until(6.0), horizon_h=12.0)
    assert diary(result) == [
        (0, 6.0), (1, 6.0), (0, 6.0), (1, 6.0), (0, 6.001), (1, 6.001)
    ]  # fmt: skip
    assert column(result.visits, "leave_h") == [6.0, 6.0, 6.001]


def test_a_drive_without_duration():
    """It takes energy, and is no event."""
    result = work([truck()], drive(0.0, 10.0), serve(0.5), horizon_h=1.0)
    assert column(result.visits, "arrival_kwh") == [40.0, 30.0]
    assert column(result.visits, "arrival_h") == [0.0, 0.5]


# -- gates


def test_gates():
    """A server is one EVSE, whatever it has of power and cap, and after the handshake."""
    gate = station(kw=0.0, cap_kw=0.0, handshake_h=0.125, soc_cap=0.1)
    result = work([truck(), truck()], serve(0.5), drive(10.0), places=(gate,))
    assert column(result.visits, "plug_h") == [0.0, 0.625]
    assert column(result.visits, "charge_end_h") == [0.125, 0.75]
    assert column(result.visits, "leave_h") == [0.625, 1.25]
    assert column(result.visits, "occupied_h") == column(result.visits, "evse_h") == [0.625] * 2
    assert column(result.visits, "outcome") == [Outcome.SERVED] * 2
    assert result.bins["energy_kwh"].sum() == 0.0
    assert result.bins["occupied_h"].sum() == pytest.approx(1.25)


def test_nobody_is_put_off_at_a_gate():
    put_off = {"balk_per_evse": 0.0, "patience_h": 0.0, "deadline_h": 0.25}
    result = work([truck(), truck(**put_off)], serve(1.0), drive(10.0))
    assert column(result.visits, "outcome") == [Outcome.SERVED] * 2
    assert column(result.visits, "wait_h") == [0.0, 1.0]


def test_a_full_gate_strands():
    result = work([truck()] * 3, serve(1.0), drive(10.0), places=(station(line_places=1),))
    assert column(result.visits, "outcome") == [Outcome.SERVED, Outcome.SERVED, Outcome.STRANDED]
    assert diary(result, 2) == [(0, 0.0)]
    assert result.bins["balked"].sum() == 0.0


def test_two_guns_at_a_gate():
    result = work([truck()], serve(1.0), places=(station(evses=2),), vehicles=(TWO_GUNS,))
    assert result.bins["occupied_h"][0, :2].tolist() == [1.0, 1.0]


def test_failures_at_a_gate():
    """Cut in the handshake, not while it is served."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(0.5, 0, Kind.EVSE_UP, 0)]
    script.append(Change(1.25, 0, Kind.EVSE_DOWN, 0))
    gate = station(handshake_h=0.5)
    result = work([truck()], serve(1.0), drive(10.0), places=(gate,), changes=script)
    (row,) = result.visits
    assert (row["cuts"], row["plug_h"], row["leave_h"], row["wait_h"]) == (1, 0.0, 2.0, 0.25)


# -- when it charges


@pytest.mark.parametrize(
    ("rule", "kwh", "stops"),
    [
        # 20 kWh to the next such place, a reserve of 5; its threshold is 30, its goal 80
        (NEED, 24.5, True),
        (NEED, 25.0, False),
        (THRESHOLD, 24.5, True),
        (THRESHOLD, 30.0, True),
        (THRESHOLD, 30.5, False),
        (ALWAYS, 30.5, True),
        (ALWAYS, 79.5, True),
        (ALWAYS, 80.0, False),
    ],
)
def test_rules(rule, kwh, stops):
    one = truck(entry_kwh=kwh, reserve_kwh=5.0, stop_kwh=30.0)
    result = work([one], charge(0, rule, 0.8), drive(10.0, 20.0))
    assert len(result.visits) == stops
    assert all(leave_kwh == 80.0 for leave_kwh in column(result.visits, "leave_kwh"))


def test_nothing_to_gain_above_what_the_site_allows():
    """It needs 70 kWh and has 60, but the site stops at 60."""
    result = work(
        [truck(entry_kwh=60.0)], charge(), drive(1.0, 70.0), places=(station(soc_cap=0.6),)
    )
    assert column(result.visits, "outcome") == [Outcome.STRANDED]
    assert column(result.visits, "station") == [-1]


@pytest.mark.parametrize(
    ("steps", "ahead_kwh"),
    [
        ((charge(0, NEED), drive(1, 5.0), drive(1, 5.0, 2.0), DELIVER), 15.0),  # up to itself
        ((charge(0, NEED), drive(1, 5.0), charge(0, NEED), drive(1, 40.0)), 5.0),
        ((charge(0, NEED), skip(8, 9, 1), drive(1, 40.0), drive(1, 7.0)), 7.0),  # always taken
        ((charge(0, NEED), skip(8, 9, 1), charge(0, NEED), drive(1, 7.0)), 7.0),
        ((charge(0, NEED), drive(1, 7.0), skip(8, 9, 1)), 7.0),  # over itself: round once at most
        ((charge(0, NEED), drive(1, 7.0), skip(8, 9, 3), drive(1, 40.0)), 7.0),
    ],
)
def test_what_is_ahead(steps, ahead_kwh):
    for kwh, stops in ((ahead_kwh, False), (ahead_kwh - 0.5, True)):
        result = work([truck(entry_kwh=kwh)], *steps, horizon_h=1.0)
        at_once = [r for r in result.visits if r["station"] == 0 and r["arrival_h"] == 0.0]
        assert len(at_once) == stops


def test_what_is_ahead_goes_round_the_end():
    steps = drive(1, 5.0), serve(0.5), charge(0, NEED), drive(10.0, 20.0)
    for kwh, stops in ((25.0, False), (24.5, True)):
        result = work([truck(entry_kwh=kwh, first=2)], *steps, horizon_h=1.0)
        assert len(result.visits) == stops


def test_a_truck_that_can_go_on_balks():
    """Three at one charger, for a line shorter than one: the third has 50 kWh and needs 30."""
    picky = {"balk_per_evse": 1.0, "entry_h": 0.25}
    steps = charge(0, ALWAYS, 0.8), drive(1.0, 30.0), serve(5.0, at=1)
    places = (station(), station(evses=3))
    result = work([truck()] * 2 + [truck(**picky)], *steps, places=places)
    assert column(result.visits, "outcome")[:3] == [Outcome.SERVED, Outcome.SERVED, Outcome.BALKED]
    assert result.bins["balked"].sum() == 1.0
    assert diary(result, 2) == [(0, 0.25), (1, 0.25), (2, 1.25), (0, 6.25), (1, 7.25), (2, 8.25)]
    result = work([truck()] * 2 + [truck(reserve_kwh=20.5, **picky)], *steps, places=places)
    assert column(result.visits, "outcome")[:3] == [Outcome.SERVED] * 3  # it cannot: it joins
    assert result.visits[2]["leave_h"] == 1.5


def test_patience_of_trucks():
    """It goes on after a quarter of an hour if it can, and else waits, whatever its patience."""
    steps = charge(0, ALWAYS, 0.8), drive(8.0, 30.0)
    second = truck(patience_h=0.25)
    result = work([truck(), second], *steps, horizon_h=9.0)
    assert column(result.visits, "outcome")[:2] == [Outcome.SERVED, Outcome.RENEGED]
    assert diary(result, 1) == [(0, 0.0), (1, 0.25), (0, 8.25)]
    result = work([truck(), second | {"entry_kwh": 29.5}], *steps)
    assert column(result.visits, "wait_h")[:2] == [0.0, 0.5]
    assert column(result.visits, "outcome")[:2] == [Outcome.SERVED, Outcome.SERVED]


def test_a_truck_that_was_cut_goes_on():
    """Down at 0.25 h, with 65 kWh; it has no patience, and 60 are enough."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0)]
    steps = charge(), drive(8.0, 60.0)
    result = work([truck(patience_h=0.0)], *steps, changes=script)
    assert column(result.visits, "outcome")[0] == Outcome.SERVED_PARTLY
    assert diary(result) == [(0, 0.0), (1, 0.25), (0, 8.25)]
    result = work([truck(patience_h=0.0)], charge(), drive(8.0, 65.5), changes=script)
    assert column(result.visits, "outcome") == [Outcome.IN_SYSTEM_AT_END]


def test_deadlines_of_trucks():
    """It leaves the charger at 0.25 h with 65 kWh, and does not stay there a second time."""
    result = work([truck(deadline_h=0.25)], charge(), drive(1.0, 10.0), horizon_h=2.0)
    assert column(result.visits, "outcome") == [Outcome.SERVED_PARTLY] * 2
    assert column(result.visits, "leave_h") == [0.25, 1.25]
    assert column(result.visits, "leave_kwh") == [65.0, 55.0]


def test_a_full_line_of_trucks():
    """Who can goes on, who cannot is stranded."""
    steps = charge(), drive(8.0, 30.0)
    trucks = [truck(), truck(), truck(), truck(entry_kwh=29.5)]
    result = work(trucks, *steps, places=(station(line_places=1),), horizon_h=1.0)
    outcomes = [Outcome.BALKED, Outcome.STRANDED]
    assert column(result.visits, "outcome")[2:] == outcomes
    assert diary(result, 2) == [(0, 0.0), (1, 0.0)]
    assert diary(result, 3) == [(0, 0.0)]


def test_inputs_that_mean_nothing_to_a_truck():
    """It unplugs at once, at the goal of its step."""
    one = truck(target_kwh=55.0, overstay_h=3.0, place=7, dest_kwh=90.0, informed=1)
    (row, *_) = work([one], charge(0, ALWAYS, 0.8), drive(8.0)).visits
    assert (row["leave_h"], row["leave_kwh"], row["need_kwh"]) == (0.5, 80.0, 30.0)


def test_from_one_stop_to_the_next_without_a_drive():
    """The charger is left, and joined again behind the one who waits, in the same event."""
    trucks = [truck(), truck(entry_h=0.25)]
    result = work(trucks, charge(0, ALWAYS, 0.8), charge(0, ALWAYS, 0.9), drive(8.0), horizon_h=4.0)
    rows = result.visits
    assert column(rows, "ev") == [0, 1, 0, 1]
    assert column(rows, "arrival_h") == [0.0, 0.25, 0.5, 1.0]
    assert column(rows, "plug_h") == hours(0.0, 0.5, 1.0, 1.0 + 10 / 60)


# -- in line with something switched on


def test_aux_in_line():
    """Half an hour at 4 kW; then 32 kWh at 60 kW."""
    rows = visits([ev(), ev(aux_kw=4.0)])
    assert column(rows, "aux_kwh") == [0.0, 2.0]
    assert column(rows, "need_kwh") == [30.0, 30.0]  # as it was on arrival
    assert column(rows, "arrival_kwh") == [20.0, 20.0]
    assert column(rows, "leave_h") == hours(0.5, 0.5 + 0.5 + 2 / 60)
    assert column(rows, "leave_kwh") == [50.0, 50.0]


def test_aux_takes_no_more_than_there_is():
    row = visits([ev(), ev(aux_kw=100.0)])[1]
    assert (row["aux_kwh"], row["leave_kwh"]) == (20.0, 50.0)
    assert row["charge_h"] == pytest.approx(50 / 60)


def test_aux_of_who_gives_up():
    """On the road to the next station with 30 - 1 kWh."""
    route = Route("road", 400.0, 4.0, tuple(Stop(n, 100.0 * n + 100.0, n + 1.0) for n in (0, 1)))
    one = {"route": 0, "kwh_per_km": 0.25, "entry_kwh": 55.0, "target_kwh": 70.0, "stop_kwh": 30.0}
    waits = ev(**one, aux_kw=4.0, patience_h=0.25)
    rows = visits([ev(entry_h=0.75, overstay_h=2.0), waits], station(), station(), routes=(route,))
    own = [row for row in rows if row["ev"] == 1][:2]
    assert column(own, "outcome") == [Outcome.RENEGED, Outcome.SERVED]
    assert column(own, "arrival_kwh") == [30.0, 4.0]
    assert (own[0]["leave_kwh"], own[0]["aux_kwh"]) == (29.0, 1.0)


def test_aux_can_take_the_alternative():
    """On joining it could drive on with its reserve of 20, in the end it could not: it has lost
    its patience all the same."""
    row = visits([ev(), ev(aux_kw=4.0, patience_h=0.25, reserve_kwh=20.0)])[1]
    assert (row["outcome"], row["leave_h"], row["leave_kwh"]) == (Outcome.RENEGED, 0.25, 19.0)
    steps = charge(), drive(1.0, 50.0)
    result = work([truck(), truck(aux_kw=4.0, patience_h=0.25)], *steps)
    own = [row for row in result.visits if row["ev"] == 1]
    assert column(own, "outcome") == [Outcome.RENEGED, Outcome.STRANDED]
    assert column(own, "station") == [0, -1]


def test_aux_after_a_cut():
    """It gained 15 kWh and then used 24: it was served all the same."""
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0)]
    (row,) = visits([ev(aux_kw=48.0, patience_h=0.5)], changes=script)
    assert (row["outcome"], row["leave_kwh"], row["aux_kwh"]) == (Outcome.SERVED_PARTLY, 11.0, 24.0)


def test_aux_at_the_end():
    rows = visits([ev(), ev(aux_kw=4.0)], horizon_h=0.25)
    assert column(rows, "leave_kwh") == [35.0, 19.0]
    assert column(rows, "aux_kwh") == [0.0, 1.0]


def test_aux_at_a_gate():
    result = work([truck(), truck(aux_kw=4.0)], serve(1.0), drive(10.0))
    assert column(result.visits, "leave_kwh") == [50.0, 46.0]


# -- two guns


def paired(evs, *evses, cabinets=None, **fields):
    place = Station("any", cabinets or (Cabinet(evses or (Evse(60.0),) * 2),), **fields)
    script = fields.pop("changes", ())
    return run(Model((place,), (TWO_GUNS, FLAT), changes=script), evs)


def test_two_guns():
    """30 kWh at 120 kW."""
    result = paired([ev()])
    (row,) = result.visits
    assert (row["slot"], row["leave_h"], row["occupied_h"], row["charge_h"]) == (
        0,
        0.25,
        0.25,
        0.25,
    )
    assert row["evse_h"] == 0.5
    assert result.bins["occupied_h"].sum() == result.bins["charging_h"].sum() == 0.5
    assert result.bins["energy_kwh"].sum() == pytest.approx(30.0)
    assert result.bins["power_max_kw"].max() == 120.0


def test_one_gun_where_only_one_is_free():
    """And it keeps to it when the others are free, at 0.25 h."""
    result = paired([ev(), ev()], *(Evse(60.0),) * 3)
    assert column(result.visits, "slot") == [0, 2]
    assert column(result.visits, "leave_h") == [0.25, 0.5]
    assert column(result.visits, "evse_h") == [0.5, 0.5]


def test_a_truck_in_line_takes_the_first_gun_that_is_free():
    """EVSE 0 at 0.5 h, EVSE 1 at 0.75."""
    others = [ev(vehicle=1), ev(vehicle=1, target_kwh=65.0)]
    result = paired([*others, ev(entry_h=0.25)])
    assert column(result.visits, "slot") == [0, 1, 0]
    assert column(result.visits, "leave_h") == [0.5, 0.75, 1.0]


A, B = Evse(60.0), Evse(100.0)


@pytest.mark.parametrize(
    ("cabinets", "slot", "leave_h"),
    [
        ([(B, A, A)], 1, 30 / 120),  # 2 x 60 is more than 100
        ([(Evse(130.0), A, A)], 0, 30 / 130),  # 2 x 60 is less
        ([(Evse(120.0), A, A)], 0, 30 / 120),  # as much: the first
        ([(A, B, A)], 0, 30 / 120),  # not side by side
        ([(A, B)], 1, 30 / 100),  # not equal
        ([(A,), (A,)], 0, 30 / 60),  # not of one cabinet
        ([(A,), (A, A)], 1, 30 / 120),
        ([(Evse(amps=150.0),) * 2], 0, 30 / 120),  # 60 kW at 400 V
        ([(Evse(100.0, 150.0),) * 2], 0, 30 / 120),
    ],
)
def test_which_two(cabinets, slot, leave_h):
    (row,) = paired([ev()], cabinets=tuple(Cabinet(c) for c in cabinets)).visits
    assert row["slot"] == slot
    assert row["leave_h"] == pytest.approx(leave_h)


def test_a_partner_has_to_be_free_and_up():
    """EVSE 1 is down and EVSE 2 taken."""
    script = [Change(0.0, 0, Kind.EVSE_DOWN, 1)]
    first = ev(vehicle=1, overstay_h=1.0)
    place = Station("any", (Cabinet((A, A, B, A)),))
    model = Model((place,), (TWO_GUNS, FLAT), changes=script)
    assert column(run(model, [first, ev(entry_h=0.1)]).visits, "slot") == [2, 0]
    assert column(run(model, [first, ev(entry_h=0.1)]).visits, "evse_h")[1] == pytest.approx(0.5)
    taken = Station("any", (Cabinet((A, A)),))
    result = run(Model((taken,), (TWO_GUNS, FLAT)), [first, ev(entry_h=0.1)])
    assert column(result.visits, "slot") == [0, 1]
    assert column(result.visits, "evse_h")[1] == pytest.approx(0.5)


def test_two_guns_count_as_one_ev():
    """90 kW for two EVs: 45 each; and one curve, of which no more is taken."""
    result = paired([ev(), ev(vehicle=1)], *(A,) * 3, cap_kw=90.0)
    assert column(result.visits, "leave_h") == hours(30 / 45, 30 / 45)
    assert result.bins["charging_h"].sum() == pytest.approx(3 * 30 / 45)
    result = paired([ev(), ev(vehicle=1)], *(A,) * 3, sharing=Sharing.MODULAR, module_kw=30.0)
    assert column(result.visits, "leave_h") == hours(0.25, 0.5)
    (row,) = paired([ev(ev_kw=80.0)]).visits
    assert row["charge_h"] == pytest.approx(30 / 80)


@pytest.mark.parametrize("down", [0, 1])
def test_failure_of_either_cuts(down):
    """At 0.125 h, with 35 kWh; it goes on at the other, alone, and before who waits."""
    place = station(evses=2)
    script = [Change(0.125, 0, Kind.EVSE_DOWN, down)]
    evs = [ev(), ev(entry_h=0.0625)]
    result = run(Model((place,), (TWO_GUNS,), changes=script), evs)
    cut, waits = result.visits
    assert (cut["cuts"], cut["slot"], cut["leave_h"]) == (1, 1 - down, 0.375)
    assert (cut["occupied_h"], cut["evse_h"], cut["wait_h"]) == (0.375, 0.5, 0.0)
    assert (waits["slot"], waits["plug_h"], waits["leave_h"]) == (1 - down, 0.375, 0.875)
    assert result.bins["occupied_h"].sum() == 1.0


def test_failure_in_overstay_does_not_cut():
    for down in (0, 1):
        script = [Change(0.5, 0, Kind.EVSE_DOWN, down)]
        model = Model((station(evses=2),), (TWO_GUNS,), changes=script)
        first, second = run(model, [ev(overstay_h=0.75), ev(entry_h=0.25)]).visits
        assert (first["cuts"], first["leave_h"], first["evse_h"]) == (0, 1.0, 2.0)
        assert (second["slot"], second["plug_h"], second["evse_h"]) == (1 - down, 1.0, 0.5)


def test_failure_of_either_in_the_handshake():
    script = [Change(0.125, 0, Kind.EVSE_DOWN, 1), Change(0.25, 0, Kind.EVSE_UP, 1)]
    model = Model((station(evses=2, handshake_h=0.25),), (TWO_GUNS,), changes=script)
    (row,) = run(model, [ev()]).visits
    assert (row["cuts"], row["slot"], row["leave_h"]) == (1, 0, 0.125 + 0.25 + 0.5)


def test_two_guns_at_the_end():
    model = Model((station(evses=2),), (TWO_GUNS,), horizon_h=0.125)
    (row,) = run(model, [ev()]).visits
    assert (row["occupied_h"], row["evse_h"], row["leave_kwh"]) == (0.125, 0.25, 35.0)


def test_a_truck_with_two_guns():
    """SERVE with one, CHARGE with both."""
    steps = serve(0.25), charge(0, ALWAYS, 0.8), drive(8.0)
    result = work(
        [truck()], *steps, places=(station(evses=2),), vehicles=(TWO_GUNS,), horizon_h=1.0
    )
    assert column(result.visits, "evse_h") == [0.25, 0.5]
    assert column(result.visits, "leave_h") == [0.25, 0.5]


# -- swaps: packs of 100 kWh charged to 80; a swap takes a quarter of an hour


def swap_station(racks=1, bays=1, soc=0.8, **fields):
    return station(evses=racks, swap=Swap(0, bays, 0.25, soc), **fields)


def packs(count, place=0, soc=0.8):
    return [ev(rack=k, place=place, entry_kwh=100.0 * soc) for k in range(count)]


SWAP = charge(0, ALWAYS, 0.8), drive(9.0)


def test_the_second_truck_waits_for_a_pack():
    """One rack, 60 kW, under a cap of 30.

    Truck 1 leaves 20 kWh at 0.25 h and has 80.  The pack gains 30 kWh by 1.25 h, when the cap is
    lifted, and the other 30 by 1.75 h.  Truck 2 leaves 50 kWh at 2 h, which are 80 at 2.5 h.
    """
    trucks = [truck(entry_kwh=20.0), truck()]
    place = swap_station(cap_kw=30.0, handshake_h=0.5, session_limit_h=0.125, soc_cap=0.9)
    script = [Change(1.25, 0, Kind.CAP, cap_kw=90.0)]
    result = work([*packs(1), *trucks], *SWAP, places=(place,), changes=script, horizon_h=4.0)
    rows = result.visits
    assert column(rows, "ev") == [1, 2, 0, 0]
    assert column(rows, "slot") == [-1, -1, 0, 0]
    assert column(rows, "arrival_h") == [0.0, 0.0, 0.25, 2.0]
    assert column(rows, "plug_h") == [0.0, 1.75, 0.25, 2.0]
    assert column(rows, "unplug_h") == column(rows, "leave_h") == [0.25, 2.0, 1.75, 2.5]
    assert column(rows, "wait_h") == [0.0, 1.75, 0.0, 0.0]
    assert column(rows, "charge_h") == [0.0, 0.0, 1.5, 0.5]
    assert column(rows, "occupied_h") == [0.25, 0.25, 1.5, 0.5]
    assert column(rows, "evse_h") == [0.0, 0.0, 1.5, 0.5]
    assert column(rows, "need_kwh") == [60.0, 30.0, 60.0, 30.0]
    assert column(rows, "arrival_kwh") == [20.0, 50.0, 20.0, 50.0]
    assert column(rows, "leave_kwh") == [80.0, 80.0, 80.0, 80.0]
    assert column(rows, "outcome") == [Outcome.SERVED] * 4
    assert isnan(rows[0]["charge_end_h"])
    assert column(rows[2:], "charge_end_h") == [1.75, 2.5]
    bins = {name: result.bins[name].sum() for name in result.bins}
    assert bins["occupied_h"] == bins["charging_h"] == pytest.approx(2.0)
    assert bins["energy_kwh"] == pytest.approx(90.0)
    assert bins["queue_h"] == pytest.approx(1.75)
    assert bins["arrivals"] == 4.0


@pytest.mark.parametrize(
    ("racks", "bays", "plugs"),
    [
        (2, 1, [0.0, 0.25, 0.75]),  # the first pack to be charged again, 30 kWh later
        (2, 2, [0.0, 0.0, 0.75]),
        (3, 1, [0.0, 0.25, 0.5]),
        (3, 2, [0.0, 0.0, 0.25]),
        (1, 2, [0.0, 0.75, 1.5]),
    ],
)
def test_bays_and_racks(racks, bays, plugs):
    result = work([*packs(racks), *[truck()] * 3], *SWAP, places=(swap_station(racks, bays),))
    swaps = [row for row in result.visits if row["ev"] >= racks]
    assert column(swaps, "plug_h") == plugs
    assert column(swaps, "leave_h") == [h + 0.25 for h in plugs]


def test_the_lowest_rack_that_is_ready():
    """Packs are charged for half an hour from 0.25 and 0.5 h on; the third comes at 0.6 h, when
    rack 2 is the only one, the fourth at 1.5 h, when all are."""
    trucks = [truck(entry_h=h) for h in (0.0, 0.25, 0.6, 1.5)]
    steps = charge(1, ALWAYS, 0.8), drive(9.0)
    result = work([*packs(3, place=1), *trucks], *steps, places=(station(), swap_station(3)))
    charged = [row for row in result.visits if row["ev"] < 3]
    assert column(charged, "ev") == [0, 1, 2, 0]
    assert column(charged, "slot") == [1, 2, 3, 1]  # EVSE 0 is at the other station


def test_racks_share_power():
    """Both packs come back at 0.25 h; 60 kW for two, of which one needs 15 kWh and one 30."""
    trucks = [truck(entry_kwh=65.0), truck()]
    place = swap_station(2, 2, cap_kw=60.0)
    rows = work([*packs(2), *trucks], *SWAP, places=(place,)).visits
    charged = [row for row in rows if row["ev"] < 2]
    assert column(charged, "leave_h") == [0.75, 1.0]


def test_a_rack_that_is_reserved_is_not_occupied():
    result = work([*packs(1), truck()], *SWAP, places=(swap_station(),), horizon_h=0.125)
    (row,) = result.visits
    assert (row["outcome"], row["occupied_h"], row["evse_h"]) == (
        Outcome.IN_SYSTEM_AT_END,
        0.125,
        0,
    )
    assert row["leave_kwh"] == 50.0
    assert result.bins["occupied_h"].sum() == 0.0


def test_a_pack_in_its_rack_at_the_end():
    result = work([*packs(1), truck()], *SWAP, places=(swap_station(),), horizon_h=0.5)
    row = result.visits[1]
    assert (row["outcome"], row["leave_kwh"], row["occupied_h"]) == (0, 65.0, 0.25)
    assert isnan(row["leave_h"])


def test_who_holds_what_packs_hold_drives_by():
    """Packs are charged to 80 kWh: who has as much gains nothing, whatever its own step says."""
    trucks = [truck(entry_kwh=90.0), truck(entry_kwh=80.0), truck(entry_kwh=10.0)]
    steps = charge(0, ALWAYS, 1.0), drive(9.0)
    rows = work([*packs(1), *trucks], *steps, places=(swap_station(),), horizon_h=1.0).visits
    assert column(rows, "ev") == [3, 0]
    assert column(rows, "need_kwh") == [70.0, 70.0]
    assert (rows[0]["leave_kwh"], rows[1]["arrival_kwh"]) == (80.0, 10.0)


def test_who_is_put_off_counts_bays():
    """Four racks and a bay; one swaps, one waits: a line of one is long for one bay."""
    picky = truck(balk_per_evse=1.0)
    place = swap_station(4)
    result = work([*packs(4), truck(), picky, picky], *SWAP, places=(place,), horizon_h=1.0)
    swaps = [row for row in result.visits if row["ev"] >= 4]
    assert column(swaps, "outcome") == [Outcome.SERVED, Outcome.SERVED, Outcome.BALKED]
    impatient = truck(patience_h=0.125)
    result = work([*packs(4), truck(), impatient], *SWAP, places=(place,), horizon_h=1.0)
    swaps = [row for row in result.visits if row["ev"] >= 4]
    assert column(swaps, "outcome") == [Outcome.SERVED, Outcome.RENEGED]
    full = swap_station(4, line_places=0)
    stuck = truck(reserve_kwh=50.5)
    result = work([*packs(4), truck(), stuck], *SWAP, places=(full,), horizon_h=1.0)
    swaps = [row for row in result.visits if row["ev"] >= 4]
    assert column(swaps, "outcome") == [Outcome.SERVED, Outcome.STRANDED]


def test_a_deadline_ends_waiting_for_a_pack_and_no_swap():
    late = truck(deadline_h=0.125)
    result = work([*packs(1), late, late], *SWAP, places=(swap_station(),), horizon_h=1.0)
    swaps = [row for row in result.visits if row["ev"] >= 1]
    assert column(swaps, "outcome") == [Outcome.SERVED, Outcome.RENEGED]
    assert column(swaps, "leave_h") == [0.25, 0.125]


def test_aux_while_waiting_for_a_pack():
    """What it used in line is missing in the pack it leaves, too."""
    trucks = [truck(), truck(aux_kw=8.0)]
    rows = work([*packs(1), *trucks], *SWAP, places=(swap_station(),)).visits
    assert rows[1]["wait_h"] == 0.75
    assert (rows[1]["aux_kwh"], rows[1]["leave_kwh"]) == (6.0, 80.0)
    assert rows[3]["arrival_kwh"] == 44.0


def test_two_guns_swap_like_one():
    result = work(
        [*packs(2), truck()], *SWAP, places=(swap_station(2),), vehicles=(TWO_GUNS,), horizon_h=2.0
    )
    assert column(result.visits, "evse_h") == [0.0, 0.5]
    assert result.bins["power_max_kw"].max() == 60.0


def test_the_end_of_a_swap_in_its_order():
    """The row of the pack comes before the next visit of the truck, and the line is called before
    the truck could join it again."""
    trucks = [truck(), truck()]
    steps = charge(0, ALWAYS, 0.8), charge(0, ALWAYS, 0.9), serve(0.5, at=1), drive(9.0)
    places = (swap_station(2), station())
    rows = work([*packs(2), *trucks], *steps, places=places, horizon_h=0.75).visits
    assert column(rows, "ev") == [2, 3, 0, 2, 1, 3]
    assert column(rows, "arrival_h") == [0.0, 0.0, 0.25, 0.25, 0.5, 0.5]
    assert column(rows, "plug_h")[:3] == [0.0, 0.25, 0.25]


# -- equal times


def test_steps_of_an_instant_in_order_of_evs():
    evs = [truck(first=1), ev(entry_h=1.0, vehicle=0), truck(first=0), truck(first=1)]
    result = work(evs, pause(1.0), drive(1.0), serve(0.25), horizon_h=2.0)
    assert column(result.visits, "ev") == [0, 1, 3]
    assert column(result.visits, "arrival_h") == [1.0, 1.0, 1.0]


def test_unplug_and_patience_precede_the_end_of_a_drive():
    """The gate is free as a truck comes; a place in line is free as another comes."""
    steps = serve(1.0), drive(1.0)
    result = work([truck(), truck(first=1)], *steps, horizon_h=2.0)
    assert column(result.visits, "wait_h") == [0.0, 0.0]
    evs = [ev(overstay_h=9.0), ev(patience_h=1.0), truck(first=1)]
    result = work(evs, *steps, places=(station(line_places=1),), horizon_h=2.0)
    assert column(result.visits, "outcome")[1:] == [Outcome.RENEGED, Outcome.IN_SYSTEM_AT_END]


def test_a_pack_is_ready_before_patience_ends():
    """The pack of 50 kWh at 0.75 h."""
    result = work([*packs(1), truck(), truck(patience_h=0.75)], *SWAP, places=(swap_station(),))
    swaps = [row for row in result.visits if row["ev"] >= 1]
    assert column(swaps, "outcome") == [Outcome.SERVED] * 2


# -- whatever happens


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=HealthCheck)
@given(truck_scenarios())
def test_invariants(case):
    model, evs, factors = case
    result = run(model, evs, factors, watch=check_stations)
    rows = result.visits
    for row in rows:
        full = model.vehicles[row["vehicle"]].battery_kwh
        assert -1e-9 <= row["arrival_kwh"] <= full + 1e-9
        assert -1e-9 <= row["leave_kwh"] <= full + 1e-9
        end_h = row["leave_h"] if row["outcome"] else result.end_h
        assert isclose(row["wait_h"] + row["occupied_h"], end_h - row["arrival_h"], abs_tol=1e-9)
        assert row["evse_h"] <= 2 * row["occupied_h"] + 1e-9
    gains = [r["leave_kwh"] - r["arrival_kwh"] + r["aux_kwh"] for r in rows if r["slot"] >= 0]
    for name, expected in (
        ("energy_kwh", sum(gains)),
        ("queue_h", sum(column(rows, "wait_h"))),
        ("occupied_h", sum(column(rows, "evse_h"))),
        ("arrivals", sum(r["station"] >= 0 for r in rows)),
    ):
        assert isclose(result.bins[name].sum(), expected, abs_tol=1e-8), name
    assert column(rows, "arrival_h") == sorted(column(rows, "arrival_h"))
    assert [h for _, _, h in result.log] == sorted(h for _, _, h in result.log)
    of = [model.duties[n].steps for n in evs["duty"]]
    logged = sum(step >= 0 and of[n][step].kind == Does.DELIVER for n, step, _ in result.log)
    assert logged <= result.deliveries.sum()
    assert logged == result.deliveries.sum() or not evs["logged"][evs["duty"] >= 0].all()


@settings(deadline=None, derandomize=True, max_examples=30, suppress_health_check=HealthCheck)
@given(truck_scenarios())
def test_packs_are_neither_lost_nor_made(case):
    """What trucks leave is what packs begin with, and what they take is what packs ended with."""
    model, evs, factors = case
    rows = run(model, evs, factors).visits
    for number, place in enumerate(model.stations):
        if place.swap is None:
            continue
        own = [row for row in rows if row["station"] == number]
        packs = [row for row in own if evs["rack"][row["ev"]] >= 0]
        swaps = [row for row in own if evs["duty"][row["ev"]] >= 0 and row["unplug_h"] >= 0.0]
        left = sorted(row["arrival_kwh"] - row["aux_kwh"] for row in swaps)
        assert sorted(column(packs, "arrival_kwh")) == pytest.approx(left, abs=1e-9)
        goal = place.swap.soc * model.vehicles[place.swap.vehicle].battery_kwh
        full = [max(goal, row["arrival_kwh"]) for row in packs]
        assert all(row["leave_kwh"] in [goal, *full] for row in swaps)
        done = [row["leave_kwh"] for row in packs if row["outcome"]]
        assert done == [kwh for kwh, row in zip(full, packs, strict=True) if row["outcome"]]
