"""Stations one by one against all of them together: not a byte may differ."""

import dataclasses
from math import inf

import numpy as np
import pytest

from sim.engine import ChargingEnvironment
from sim.ledger import Ledger
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome
from sim.model import Change, Model, Route, Stop
from tests.cases import evs, model, station


def network(stations: int = 7) -> tuple[Model, np.ndarray]:
    """Stations with lines, caps, failures and impatient drivers; many arrive at the same time."""
    rng = np.random.default_rng(14)
    n = 60 * stations
    changes = [
        Change(at + wait, s, kind, evse)
        for s in range(stations)
        for evse in range(3)
        for at in rng.uniform(0.0, 20.0, 3)
        for wait, kind in ((0.0, Kind.EVSE_DOWN), (0.4, Kind.EVSE_UP))
    ]  # fmt: skip
    network = model(
        *(station(f"s{k}", 3, cap_kw=100.0, line_places=4) for k in range(stations)),
        changes=tuple(changes), horizon_h=24.0,
    )  # fmt: skip
    drawn = evs(n, place=rng.integers(0, stations, n), entry_h=np.round(rng.uniform(0, 23, n), 1))
    drawn["entry_kwh"], drawn["target_kwh"] = rng.uniform(0.0, 20.0, n), 40.0
    drawn["patience_ns"] = rng.integers(1, 10**12, n)
    return network, drawn


def ran(case: tuple[Model, np.ndarray], uncoupled: bool, *until_h: float) -> tuple[Ledger, int]:
    """The ledger, and how many times stations ran one by one."""
    env = ChargingEnvironment(*case)
    env._clock["uncoupled"] = uncoupled
    for hour in until_h:
        env.run(until=hour)
    env.run()
    return env.ledger(), int(env._clock["parted"])


def assert_same_bytes(one: Ledger, other: Ledger) -> None:
    for name in ("visits", "cuts", "bins", "ends", "evse_peak_kw", "cabinet_peak_kw", "excess_kw"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert (one.events, one.driving, one.end_h) == (other.events, other.driving, other.end_h)


@pytest.mark.parametrize("until_h", [(), (3.0, 3.1, 17.0), tuple(np.arange(0.5, 24.0, 0.5))])
def test_the_same_bytes_together_or_apart(until_h):
    case = network()
    together, none = ran(case, False)
    apart, times = ran(case, True, *until_h)
    assert (none, times > 0) == (0, True)
    assert (together.visits["cuts"].sum(), len(together.cuts)) > (5, 5)
    assert_same_bytes(apart, together)


def test_who_arrives_as_a_session_ends_finds_the_evse_free():
    """Half an hour each, every half hour, and no place to wait."""
    case = model(*(station(name, line_places=0) for name in "ab"), horizon_h=24.0)
    drawn = evs(90, place=np.arange(90) % 2, entry_h=np.arange(90) // 2 * 0.5)
    apart, times = ran((case, drawn), True)
    assert times == 1
    assert set(apart.visits["outcome"]) == {Outcome.SERVED}
    assert_same_bytes(apart, ran((case, drawn), False)[0])


def test_the_clock_stands_at_the_last_event_of_all():
    """Not at that of the last station."""
    late = []
    for uncoupled in (False, True):
        env = ChargingEnvironment(*network())
        env._clock["uncoupled"] = uncoupled
        env.run(until=5.01)
        late.append(env._clock["now_ns"])
    assert late[0] == late[1] > 0


def test_rooms_that_fill_up_on_the_way():
    """Of drivers and of cuts there are more than there is room for at first."""
    case = network(40)
    apart, times = ran(case, True)
    assert times == 1
    assert len(apart.cuts) > 64
    assert_same_bytes(apart, ran(case, False)[0])


def test_bins_that_fill_up_on_the_way():
    """Without a horizon there are bins for the first 64 hours."""
    case, drawn = network()
    drawn["entry_ns"] *= 5
    endless = Model(case.stations, case.vehicles, changes=case.changes, horizon_h=inf)
    together, _ = ran((endless, drawn), False, 10.0)
    apart, times = ran((endless, drawn), True, 10.0)
    assert (times, apart.bins.shape[1] > 64) == (2, True)
    assert_same_bytes(apart, together)


@pytest.mark.parametrize("act", ["", "watch", "add"])
def test_who_looks_or_comes_in_between_keeps_stations_together(act):
    env = ChargingEnvironment(*network())
    if act == "watch":
        env.on("arrival", "s1")
    elif act == "add":
        env.add_ev(place=0, entry_kwh=1.0, target_kwh=2.0)
    env.run(until=5.0)
    assert env._clock["parted"] == (act == "")


def test_a_route_couples_stations():
    case, drawn = network()
    on_road = dataclasses.replace(case, routes=(Route("r", 10.0, 0.1, (Stop(0, 5.0, 0.05),)),))
    drawn["route"][7], drawn["dest_kwh"][7] = 0, 30.0
    env = ChargingEnvironment(on_road, drawn)
    env.run()
    assert env._clock["parted"] == 0


def test_the_opposite_side_couples_stations():
    case = model(station("out", opposite=1), station("back", opposite=0), horizon_h=24.0)
    env = ChargingEnvironment(case, evs(90, place=np.arange(90) % 2, entry_h=np.arange(90) * 0.1))
    env.run()
    assert env._clock["parted"] == 0
