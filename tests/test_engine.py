"""The SimPy environment over the compiled model: time, verbs, watched events."""

import math

import numpy as np
import pytest
import simpy

from sim.engine import ChargingEnvironment, simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome
from sim.model import Change
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
