"""The SimPy environment over the compiled model: time, verbs, watched events."""

import math

import numpy as np
import pytest
import simpy

from sim import audit
from sim.engine import ChargingEnvironment, simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Outcome, Rule
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop, Vehicle
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


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda env: env.set_cap("b", 1.0), "unknown station 'b'"),
        (lambda env: env.set_cap("a", math.nan), "must be a number >= 0"),
        (lambda env: env.set_evse_state("a", 1, up=False), "no EVSE number 1"),
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
