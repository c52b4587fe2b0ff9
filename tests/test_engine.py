"""The SimPy environment over the compiled model: time, verbs, watched events."""

import math

import numpy as np
import pytest
import simpy

from sim import audit
from sim.engine import ChargingEnvironment, simulate
from sim.evs import make_evs
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Outcome, Rule
from sim.lifecycle import Step as Do
from sim.model import (
    Cabinet,
    Change,
    Duty,
    Evse,
    Model,
    Route,
    Station,
    Step,
    Stop,
    Swap,
    Vehicle,
)  # fmt: skip
from tests import cases


def leaves(env):
    return env.ledger().visits["leave_h"].tolist()


def test_sessions_run_without_any_process():
    ledger = simulate(cases.model(), cases.evs(3, entry_h=[0.0, 0.25, 0.25]))
    assert ledger.visits["leave_h"] == pytest.approx([0.5, 1.0, 1.5])
    assert ledger.visits["wait_h"] == pytest.approx([0.0, 0.25, 0.75])
    assert (ledger.visits["outcome"] == Outcome.SERVED).all()


def test_a_process_may_change_the_cap():
    env = ChargingEnvironment(cases.model(), cases.evs())  # 30 kWh at 60 kW: 0.5 h

    def curtailment():
        yield env.timeout(0.25)
        env.set_cap("a", kw=15.0)
        yield env.timeout(0.5)
        env.set_cap("a", kw=60.0)

    env.process(curtailment())
    env.run()
    assert leaves(env) == pytest.approx([0.75 + (30 - 15 - 7.5) / 60.0])


def test_an_action_precedes_model_events_at_the_same_time():
    env = ChargingEnvironment(cases.model(), cases.evs(2, entry_h=[0.0, 0.5]))
    seen = []

    def look():
        yield env.timeout(0.5)  # the first session ends, and the second EV arrives, right now
        seen.append(env.observe("a"))

    env.process(look())
    env.run()
    assert (seen[0].occupied, seen[0].line) == (1, 0)
    assert seen[0].energy_kwh == pytest.approx(30.0)


def test_failure_by_a_process_cuts_and_requeues_at_the_head():
    env = ChargingEnvironment(cases.model(), cases.evs(2, entry_h=[0.0, 0.1]))

    def failure():
        yield env.timeout(0.25)
        env.set_evse_state("a", 0, up=False)
        yield env.timeout(1.0)
        env.set_evse_state("a", 0, up=True)

    env.process(failure())
    env.run()
    assert leaves(env) == pytest.approx([1.5, 2.0])
    assert env.ledger().visits["cuts"].tolist() == [1, 0]


def test_watched_event_wakes_at_its_exact_time():
    env = ChargingEnvironment(cases.model(), cases.evs(2))
    seen = []

    def watch():
        while True:
            what = yield env.on("session_end", "a")
            seen.append((env.now, what.time_h, what.ev, what.evse))

    env.process(watch())
    env.run(until=5.0)
    assert seen == [(0.5, 0.5, 0, 0), (1.0, 1.0, 1, 0)]


def test_added_ev_is_served_like_the_others():
    env = ChargingEnvironment(cases.model(), cases.evs())

    def guest():
        yield env.timeout(0.25)
        number = env.add_ev(place=0, vehicle=0, entry_kwh=20.0, target_kwh=35.0)
        assert number == 1

    env.process(guest())
    env.run()
    assert leaves(env) == pytest.approx([0.5, 0.75])


def test_rooms_grow_and_the_result_does_not_notice():
    rng = np.random.default_rng(0)
    entry = np.sort(rng.uniform(0, 2000.0, 400))
    many = cases.evs(400, entry_h=entry, patience_h=0.2)
    ledger = simulate(cases.model(), many)
    assert len(ledger.visits) == 400
    assert ledger.bins["occupied_h"].sum() == pytest.approx(ledger.visits["occupied_h"].sum())
    assert ledger.bins.shape[1] == math.ceil(ledger.end_h)


def test_run_until_then_on_equals_one_run():
    entry = np.random.default_rng(1).uniform(0, 20, 60)
    whole = simulate(cases.model(), cases.evs(60, entry_h=entry)).visits
    env = ChargingEnvironment(cases.model(), cases.evs(60, entry_h=entry))
    for t in (1.0, 1.5, 7.25):
        env.run(until=t)
        assert env.now == t
    env.run()
    assert env.ledger().visits.tobytes() == whole.tobytes()


def test_a_ticking_process_changes_nothing():
    entry = np.random.default_rng(2).uniform(0, 20, 60)
    whole = simulate(cases.model(horizon_h=30.0), cases.evs(60, entry_h=entry)).visits
    env = ChargingEnvironment(cases.model(horizon_h=30.0), cases.evs(60, entry_h=entry))

    def tick():
        while True:
            yield env.timeout(1 / 60)

    env.process(tick())
    env.run()
    assert env.ledger().visits.tobytes() == whole.tobytes()


def test_horizon_leaves_visits_open():
    ledger = simulate(cases.model(horizon_h=0.75), cases.evs(3))
    assert ledger.visits["outcome"].tolist() == [Outcome.SERVED, 0, 0]
    assert ledger.visits["leave_kwh"] == pytest.approx([50.0, 35.0, 20.0])
    assert ledger.visits["wait_h"] == pytest.approx([0.0, 0.5, 0.75])


def test_peek_and_simpy_stay_themselves():
    env = ChargingEnvironment(cases.model(), cases.evs(entry_h=2.0))
    assert env.peek() == 2.0
    assert env.run(until=env.timeout(1.0, "done")) == "done"
    assert isinstance(env, simpy.Environment)


@pytest.mark.parametrize("until", [math.inf, 2e6, 1e300])
def test_an_hour_that_never_comes_is_the_end_of_all(until):
    evs = cases.evs(2)
    env = ChargingEnvironment(cases.model(), evs)
    env.run(until=until)
    assert env.ledger().end_h == simulate(cases.model(), evs).end_h


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda env: env.set_cap("b", 1.0), "unknown station 'b'"),
        (lambda env: env.set_cap("a", math.nan), "must be a number >= 0"),
        (lambda env: env.set_evse_state("a", 1, up=False), "no EVSE number 1"),
        (lambda env: env.on("session_ends", "a"), "did you mean `session_end`?"),
        (lambda env: env.on(3, "a"), "nobody can wait for 3"),
        (lambda env: env.run(until=math.nan), "must be a number of hours, not NaN"),
        (lambda env: env.add_ev(entry_h=5.0), "turns up now"),
    ],
)
def test_wrong_calls_say_why(call, words):
    with pytest.raises(ValueError, match=words):
        call(ChargingEnvironment(cases.model()))


def test_scripted_change_and_verb_are_the_same():
    change = Change(0.25, 0, Kind.CAP, cap_kw=15.0)
    ledger = simulate(cases.model(changes=[change]), cases.evs())
    assert ledger.visits["leave_h"] == pytest.approx([0.25 + 15.0 / 15.0])


def test_an_action_precedes_arrivals_at_the_same_time():
    env = ChargingEnvironment(cases.model(), cases.evs(2, entry_h=[0.0, 0.25]))
    seen = []

    def look():
        yield env.timeout(0.25)
        seen.append(env.observe("a").line)

    env.process(look())
    env.run()
    assert seen == [0]


def test_the_ledger_knows_what_processes_did():
    env = ChargingEnvironment(cases.model(cases.station(cap_kw=30.0)), cases.evs(2))

    def act():
        yield env.timeout(0.25)
        env.set_cap("a", kw=60.0)
        env.set_evse_state("a", 0, up=False)
        yield env.timeout(1.0)
        env.set_evse_state("a", 0, up=True)

    env.process(act())
    env.run()
    assert env.ledger().changes == [
        Change(0.25, 0, Kind.CAP, cap_kw=60.0),
        Change(0.25, 0, Kind.EVSE_DOWN, evse=0),
        Change(1.25, 0, Kind.EVSE_UP, evse=0),
    ]
    audit.check(env.ledger())


def test_a_run_may_stop_before_its_horizon():
    env = ChargingEnvironment(cases.model(horizon_h=24.0), cases.evs())
    env.run(until=0.25)
    assert (env.ledger().end_h, env.ledger().visits["leave_kwh"][0]) == (0.25, 35.0)


def test_peaks_are_the_most_there_ever_was():
    """60 kW to the first, 40 kW each while they are two, 60 kW to the second; the site has 100."""
    pair = Station("a", (Cabinet((Evse(60.0), Evse(60.0)), kw=80.0),), cap_kw=200.0, efficiency=0.5)
    ledger = simulate(cases.model(pair), cases.evs(2, entry_h=[0.0, 0.25]))
    assert ledger.evse_peak_kw.tolist() == [60.0, 60.0]
    assert ledger.cabinet_peak_kw.tolist() == [80.0]
    assert ledger.excess_kw.tolist() == [-20.0]


# ---- rare turns that random networks hardly ever take ---------------------------------------


def test_patience_starts_anew_after_a_cut():
    down = Change(0.25, 0, Kind.EVSE_DOWN, 0)
    ledger = simulate(cases.model(changes=[down]), cases.evs(patience_h=0.5))
    assert ledger.visits["leave_h"] == [0.75]


def test_who_is_called_just_when_its_patience_ends_stays():
    ledger = simulate(cases.model(), cases.evs(2, patience_h=0.5))
    assert ledger.visits["leave_h"].tolist() == [0.5, 1.0]


def test_nobody_gets_before_a_cut_ev():
    script = [Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(1.0, 0, Kind.EVSE_UP, 0)]
    model = cases.model(cases.station(discipline=Discipline.PRIORITY), changes=script)
    evs = cases.evs(2, entry_h=[0.0, 0.5], priority=[0.0, -1.0])
    assert simulate(model, evs).visits["leave_h"].tolist() == [1.25, 1.75]


def test_a_repair_during_overstay_frees_nothing():
    script = [Change(0.6, 0, Kind.EVSE_DOWN, 0), Change(0.7, 0, Kind.EVSE_UP, 0)]
    evs = cases.evs(2, entry_h=[0.0, 0.1], overstay_h=[0.5, 0.0])
    assert simulate(cases.model(changes=script), evs).visits["leave_h"].tolist() == [1.0, 1.5]


def test_changes_of_an_instant_happen_as_given():
    down, up = Change(0.25, 0, Kind.EVSE_DOWN, 0), Change(0.25, 0, Kind.EVSE_UP, 0)
    (visit,) = simulate(cases.model(changes=[down, up]), cases.evs()).visits
    assert (visit["cuts"], visit["leave_h"]) == (1, 0.5)
    (visit,) = simulate(cases.model(changes=[up, down]), cases.evs()).visits
    assert (visit["cuts"], visit["outcome"]) == (1, Outcome.IN_SYSTEM_AT_END)


def test_a_session_end_precedes_a_failure_whatever_else_is_due():
    """At 0.75 h EVSE 0 ends a handshake, EVSE 1 ends a session and fails."""
    place = cases.station(evses=2, handshake_h=0.25)
    evs = cases.evs(3, entry_h=[0.0, 0.0, 0.5], target_kwh=[35.0, 50.0, 50.0])
    ledger = simulate(cases.model(place, changes=[Change(0.75, 0, Kind.EVSE_DOWN, 1)]), evs)
    assert ledger.visits["cuts"].tolist() == [0, 0, 0]
    assert ledger.visits["leave_h"].tolist() == [0.5, 0.75, 1.25]


ROAD = Route("road", 400.0, 4.0, tuple(Stop(n, 100.0 * n + 100.0, n + 1.0) for n in range(3)))


def chosen(*stations, route=ROAD, others=(), changes=(), **driver):
    """Where a driver (100 kWh, 0.25 kWh/km) stops who comes along a route; `others` do not."""
    fields = {"route": 0, "kwh_per_km": 0.25, "entry_kwh": 80.0, "target_kwh": 70.0} | driver
    rows = np.concatenate([cases.evs(**fields), *others])
    ledger = simulate(cases.model(*stations, routes=(route,), changes=changes), rows)
    return ledger.visits["station"][ledger.visits["ev"] == 0].tolist()


def test_a_driver_stops_who_has_just_its_threshold():
    assert chosen(*[cases.station()] * 3, stop_kwh=30.0) == [1]  # it would have 55, 30, 5


def test_plans_count_on_the_strongest_evse():
    mixed = Station("mixed", (Cabinet((Evse(10.0), Evse(60.0))),))
    places = [cases.station(), mixed, cases.station()]
    assert chosen(*places, rule=Rule.PLAN_AHEAD, dest_kwh=20.0) == [1]


@pytest.mark.parametrize(("ev_kw", "stop"), [(math.inf, 1), (30.0, 0)])
def test_plans_know_what_the_ev_itself_can_take(ev_kw, stop):
    """45 kWh at 30 kW or 70 kWh at 60 kW: the latter is faster only for who can take 60 kW."""
    places = [cases.station(kw=30.0), cases.station(), cases.station()]
    driver = {"rule": Rule.PLAN_AHEAD, "target_kwh": 100.0, "dest_kwh": 20.0, "ev_kw": ev_kw}
    assert chosen(*places, **driver) == [stop]


@pytest.mark.parametrize(("up", "stop"), [(2, 1), (3, 0)])
def test_who_sees_a_line_counts_on_evses_that_are_up(up, stop):
    """The next stop takes 50/60 - 45/90 = 1/3 h longer: less than 0.8 h / 2, more than 0.8 / 3."""
    road = Route("road", 150.0, 2.0, (Stop(0, 100.0, 1.0), Stop(1, 120.0, 1.25)))
    places = [cases.station(evses=3, kw=90.0, service_h=0.8), cases.station()]
    crowd = cases.evs(up, entry_h=0.5, overstay_h=5.0)
    down = [Change(0.0, 0, Kind.EVSE_DOWN, n) for n in range(up, 3)]
    driver = {"rule": Rule.PLAN_AHEAD, "informed": 1, "entry_kwh": 30.0, "target_kwh": 50.0}
    assert chosen(*places, route=road, others=[crowd], changes=down, **driver) == [stop]


def test_a_ledger_in_between_changes_nothing():
    env = ChargingEnvironment(cases.model(horizon_h=8.0), cases.evs(4))
    env.run(until=0.7)
    first = env.ledger()
    assert first.visits["wait_h"] == pytest.approx([0.0, 0.5, 0.7, 0.7])
    assert env.ledger().visits.tobytes() == first.visits.tobytes()
    env.run()
    assert env.ledger().visits["wait_h"] == pytest.approx([0.0, 0.5, 1.0, 1.5])


def test_a_ledger_stays_as_it_was_when_the_run_goes_on():
    env = ChargingEnvironment(cases.model(horizon_h=8.0), cases.evs(4))
    env.run(until=0.7)
    ledger = env.ledger()
    before = ledger.visits.copy(), ledger.ends.copy()
    env.run()
    assert ledger.visits.tobytes() == before[0].tobytes() != env.ledger().visits.tobytes()
    assert ledger.ends.tobytes() == before[1].tobytes() != env.ledger().ends.tobytes()


def test_nothing_can_be_done_after_the_horizon():
    env = ChargingEnvironment(cases.model(horizon_h=1.2), cases.evs(4))

    def late():
        yield env.timeout(3.0)
        with pytest.raises(ValueError, match=r"ended at 1\.2 h, and it is 3 h"):
            env.observe("a")
        with pytest.raises(ValueError, match="ended"):
            env.set_cap("a", 1.0)

    env.process(late())
    env.run(until=5.0)
    audit.check(env.ledger())


def test_a_process_and_a_script_at_the_same_instant_pass_the_audit():
    change = Change(0.25, 0, Kind.CAP, cap_kw=60.0)
    env = ChargingEnvironment(cases.model(changes=[change], bin_h=0.25, horizon_h=5.0), cases.evs())

    def same():
        yield env.timeout(0.25)
        env.set_cap("a", 15.0)  # the script, which comes after it, has the last word

    env.process(same())
    env.run()
    audit.check(env.ledger())
    assert env.ledger().visits["leave_h"] == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("field", "value"),
    [("place", 7), ("place", -1), ("vehicle", 9), ("route", 0), ("entry_h", -3.0),
     ("entry_h", math.nan), ("patience_h", -1.0), ("overstay_h", math.nan),
     ("target_kwh", math.nan), ("entry_kwh", -1.0)],
)  # fmt: skip
def test_impossible_evs_are_refused_before_they_reach_compiled_code(field, value):
    with pytest.raises(ValueError, match=f"EV 0 has an impossible {field}"):
        simulate(cases.model(), cases.evs(**{field: value}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Model((), (cases.FLAT,)),
        lambda: cases.model(cases.station(evses=0)),
        lambda: cases.model(cases.station(kw=-5.0)),
        lambda: cases.model(cases.station(cap_kw=math.nan)),
        lambda: cases.model(vehicles=(Vehicle("v", 10.0, ()),)),
        lambda: cases.model(changes=[Change(0.1, 0, Kind.EVSE_DOWN)]),
        lambda: cases.model(changes=[Change(0.1, 1, Kind.EVSE_DOWN, 0)]),
        lambda: cases.model(changes=[Change(0.1, 0, Kind.CAP, cap_kw=math.nan)]),
        lambda: cases.model(routes=(Route("r", 1.0, 1.0, (Stop(3, 0.5, 0.5),)),)),
        lambda: cases.model(routes=(Route("r", 1.0, 1.0, (Stop(0, 2.0, 0.5),)),)),
        lambda: cases.model(horizon_h=math.nan),
        lambda: cases.model(bin_h=0.0),
    ],
)
def test_impossible_models_are_refused(make):
    with pytest.raises(ValueError, match=r"."):
        make()


@pytest.mark.parametrize("number", [5, -1])
def test_unknown_station_numbers_are_refused(number):
    with pytest.raises(ValueError, match="no station number"):
        ChargingEnvironment(cases.model()).set_cap(number, 30.0)


# ---- trucks: what they do is in tests/kernels/test_duty.py and test_swap.py -----------------

SHUTTLE = Duty("shuttle", (Step(Do.DRIVE, h=1.0, drawn=True), Step(Do.SERVE, h=0.5, station=0)))
PLACES = (cases.station("a"), cases.station("s", 2, swap=Swap(0)))
TWO = (cases.FLAT, cases.FLAT)


def test_a_truck_may_be_added():
    model = cases.model(duties=(SHUTTLE,), horizon_h=4.0)
    env = ChargingEnvironment(model, cases.trucks(draw_end=1), factors=[2.0])

    def guest():
        yield env.timeout(0.25)
        number = env.add_ev(
            duty=0, first=1, logged=1, entry_kwh=9.0, kwh_per_km=1.0, draw_start=1, draw_end=1
        )
        assert number == 1

    env.process(guest())
    env.run()
    ledger = env.ledger()
    audit.check(ledger)
    assert ledger.log.tolist() == [(0, 0, 0.0), (1, 1, 0.25), (1, 0, 0.75), (1, 1, 1.75),
                                   (0, 1, 2.0), (1, 0, 2.25), (0, 0, 2.75), (1, 1, 3.25),
                                   (1, 0, 3.75)]  # fmt: skip
    assert ledger.visits["wait_h"].tolist() == [0.0, 0.0, 0.25, 0.0]


def test_added_trucks_and_packs_are_checked():
    env = ChargingEnvironment(cases.model(*PLACES), cases.packs(1, 2))
    with pytest.raises(ValueError, match="impossible duty"):
        env.add_ev(duty=0)
    with pytest.raises(ValueError, match="exactly one pack"):
        env.add_ev(place=1, rack=0, entry_kwh=100.0)
    with pytest.raises(ValueError, match="at a swap station without a duty"):
        env.add_ev(place=1)


def test_run_until_then_on_equals_one_run_with_trucks():
    model = cases.model(duties=(SHUTTLE,), horizon_h=60.0)
    factors = np.random.default_rng(3).exponential(1.0, 400)
    evs = cases.trucks(4, draw_start=np.arange(4) * 100, draw_end=np.arange(1, 5) * 100)
    whole = simulate(model, evs, factors)
    env = ChargingEnvironment(model, evs, factors)
    for t in (0.5, 7.25, 30.0):
        env.run(until=t)
        env.ledger()
    env.run()
    assert env.ledger().visits.tobytes() == whole.visits.tobytes()
    assert env.ledger().log.tobytes() == whole.log.tobytes()


@pytest.mark.parametrize(
    ("duty", "words"),
    [
        (Duty("d", ()), "no steps"),
        (Duty("d", (Step(Do.SERVE, h=1.0, station=2),)), "station that does not exist: 2"),
        (Duty("d", (Step(Do.UNTIL), Step(Do.CHARGE))), "station that does not exist: -1"),
        (Duty("d", (Step(Do.SERVE, h=1.0, station=1),)), "a swap station serves nobody"),
        (Duty("d", (Step(Do.UNTIL), Step(Do.SKIP, skip=3))), "leaves out 3 steps"),
        (Duty("d", (Step(Do.UNTIL), Step(Do.SKIP, skip=-1))), "leaves out -1 steps"),
        (Duty("d", (Step(Do.DRIVE, h=-1.0),)), "hours, km or a load"),
        (Duty("d", (Step(Do.DRIVE, h=1.0, km=math.nan),)), "hours, km or a load"),
        (Duty("d", (Step(Do.DRIVE, h=1.0, load=-0.5),)), "hours, km or a load"),
        (Duty("d", (Step(Do.UNTIL), Step(Do.CHARGE, station=0, soc=1.5))), "up to SOC 1.5"),
        (Duty("d", (Step(Do.UNTIL, from_h=25.0),)), "time of day"),
        (Duty("d", (Step(Do.DELIVER), Step(Do.DRIVE, km=9.0))), "no step that takes time"),
        (Duty("d", (Step(Do.UNTIL),), drive_limit_h=-1.0), "driving limit or a rest"),
        (Duty("d", (Step(Do.UNTIL),), rest_h=math.inf), "driving limit or a rest"),
    ],
)
def test_impossible_duties_are_refused(duty, words):
    with pytest.raises(ValueError, match=words):
        cases.model(*PLACES, duties=(duty,))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"swap": Swap(1)}, "packs of a vehicle that does not exist: 1"),
        ({"swap": Swap(0, bays=0)}, "needs a bay"),
        ({"swap": Swap(0, swap_h=0.0)}, "needs a bay"),
        ({"swap": Swap(0, soc=1.1)}, "needs a bay"),
        ({"swap": Swap(0), "change": Kind.EVSE_DOWN}, "racks of a swap station do not fail"),
        ({"swap": Swap(0), "change": Kind.EVSE_UP}, "racks of a swap station do not fail"),
        ({"swap": Swap(0), "stop": Stop(0, 0.5, 0.5)}, "stops at a swap station"),
    ],
)
def test_impossible_swap_stations_are_refused(fields, words):
    changes = [Change(0.0, 0, fields["change"], 0)] if "change" in fields else []
    routes = (Route("r", 1.0, 1.0, (fields["stop"],)),) if "stop" in fields else ()
    with pytest.raises(ValueError, match=words):
        cases.model(cases.station("s", swap=fields["swap"]), changes=changes, routes=routes)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route("r", 9.0, 1.0, (Stop(0, 5.0, 0.5), Stop(1, 4.0, 0.6))), "runs backwards"),
        (Route("r", 9.0, 1.0, (Stop(0, 5.0, 0.5), Stop(1, 6.0, 0.4))), "runs backwards"),
        (Route("r", 9.0, 1.0, (Stop(0, 9.5, 0.5),)), "runs backwards"),
        (Route("r", 9.0, 1.0, (Stop(0, -1.0, 0.5),)), "runs backwards"),
        (Route("r", math.nan, 1.0), "runs backwards"),
        (Route("r", 9.0, 1.0, (Stop(2, 5.0, 0.5),)), "stops at a station that does not exist"),
        (Route("r", 9.0, 1.0, (Stop(-1, 5.0, 0.5),)), "stops at a station that does not exist"),
    ],
)
def test_impossible_routes_are_refused(route, words):
    """The first of several is named; a shorter route after a longer one is none."""
    good = [Route(name, km, 1.0, (Stop(1, km, 0.5),)) for name, km in (("a", 9.0), ("b", 2.0))]
    stations = (cases.station("x"), cases.station("y"))
    cases.model(*stations, routes=tuple(good))
    other = Route("last", 1.0, 1.0, (Stop(9, 2.0, 0.5),))
    with pytest.raises(ValueError, match=f"^route r {words}$"):
        cases.model(*stations, routes=(*good, route, other))


def test_a_run_starts_with_rows_for_those_who_are_on_the_road_in_its_fullest_hour():
    entry_h = np.repeat([0.5, 3.2, 7.9], [10, 500, 20])
    road = cases.model(routes=(Route("r", 9.0, 1.0, (Stop(0, 5.0, 0.5),)),))
    own = cases.evs(530, route=0, dest_kwh=99.0, entry_h=entry_h)
    assert len(ChargingEnvironment(road, own)._arrays.drivers) == 64 + 500
    at_station = cases.evs(530, entry_h=entry_h)  # there, rows are reused as EVs leave
    assert len(ChargingEnvironment(cases.model(), at_station)._arrays.drivers) == 64


def test_a_vehicle_has_one_gun_or_two():
    with pytest.raises(ValueError, match="has 3 guns"):
        cases.model(vehicles=(Vehicle("v", 10.0, ((1.0, 9.0),), guns=3),))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"duty": 2}, "EV 2 has an impossible duty: 2"),
        ({"first": 2}, "EV 2 has an impossible first: 2"),
        ({"route": 0}, "EV 2 has both a duty and a route"),
        ({"aux_kw": -1.0}, "EV 2 has an impossible aux_kw"),
        ({"draw_end": 3}, "EV 2 has an impossible draw_end: 3"),
        ({"draw_start": 2, "draw_end": 1}, "EV 2 has an impossible draw_start: 2"),
        ({"draw_start": -1}, "EV 2 has an impossible draw_start: -1"),
        ({"duty": 1, "vehicle": 1}, "EV 2 swaps at a station of another vehicle's packs"),
        ({"duty": -1, "place": 1}, "EV 2 is at a swap station without a duty"),
    ],
)
def test_impossible_trucks_are_refused(fields, words):
    swap = Duty("swap", (Step(Do.UNTIL), Step(Do.CHARGE, station=1)))
    road = (Route("r", 1.0, 1.0),)
    model = cases.model(*PLACES, vehicles=TWO, duties=(SHUTTLE, swap), routes=road, horizon_h=9.0)
    evs = np.concatenate([cases.packs(1, 2), cases.trucks(**fields)])
    with pytest.raises(ValueError, match=words):
        simulate(model, evs, [1.0, 2.0])


@pytest.mark.parametrize("factor", [0.0, -1.0, math.inf, math.nan])
def test_impossible_factors_are_refused(factor):
    with pytest.raises(ValueError, match="random factors"):
        simulate(cases.model(), cases.evs(), [1.0, factor])


@pytest.mark.parametrize(
    ("packs", "words"),
    [
        (cases.packs(1, 1), "exactly one pack"),
        (cases.packs(1, 3), "exactly one pack"),
        (np.concatenate([cases.packs(1, 2), cases.packs(1, 1)]), "exactly one pack"),
        (np.concatenate([cases.packs(1, 2), cases.packs(0, 1)]), "exactly one pack"),
        (cases.packs(1, 2, vehicle=1), "a pack has"),
    ],
)
def test_every_rack_has_a_pack(packs, words):
    with pytest.raises(ValueError, match=words):
        simulate(cases.model(*PLACES, vehicles=TWO), packs)


def test_bins_as_wide_as_time():
    """Their number and width multiply to no more than time itself."""
    for bin_h in (1e5, 1e6, 1e9):
        ledger = simulate(cases.model(bin_h=bin_h), cases.evs(2, entry_h=[0.0, 30.0]))
        assert ledger.bins.shape == (1, 1)
        assert ledger.bins["arrivals"].tolist() == [[2.0]]


@pytest.mark.parametrize("place", [2**40, -(2**31) - 1, 2**70, 0.5, np.nan, [0, 2**32]])
def test_a_number_that_no_field_holds_is_no_other_number(place):
    with pytest.raises(ValueError, match=r"EV [01] has an impossible place: "):
        make_evs(2, place=place)
