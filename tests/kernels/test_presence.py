"""Rows of drivers: as many as EVs are in the model at once, and nothing of who had one before."""

import numpy as np
import pytest

from sim.engine import ChargingEnvironment, simulate
from sim.evs import make_evs
from sim.lifecycle import Outcome
from sim.model import Model, Route, Stop, Vehicle
from tests.cases import FLAT, model, station

HYBRID = Vehicle("hybrid", battery_kwh=100.0, steps=((1.0, 1000.0),), hybrid=True)
HOURS = 12


def network(**fields) -> Model:
    """Half an hour at one EVSE, on its own or halfway along a road of 10 km."""
    road = Route("r", 10.0, 0.1, (Stop(0, 5.0, 0.05),))
    return model(station(**fields), vehicles=(FLAT, HYBRID), routes=(road,), horizon_h=HOURS)


def every_hour(at_once: int, **fields) -> np.ndarray:
    """So many EVs at the beginning of each hour."""
    hours = np.repeat(np.arange(HOURS), at_once)
    drawn = {"entry_h": hours, "entry_kwh": 20.0, "target_kwh": 50.0, "kwh_per_km": 0.2}
    return make_evs(len(hours), **drawn | fields)


ON_ROAD = {"route": 0, "stop_kwh": 100.0, "dest_kwh": 90.0}


@pytest.mark.parametrize(
    ("fields", "at_once", "last"),
    [
        ({}, 1, Outcome.SERVED),
        (ON_ROAD, 1, Outcome.SERVED),
        (ON_ROAD | {"entry_kwh": 0.5}, 1, Outcome.STRANDED),  # on the road
        ({"reserve_kwh": 30.0}, 2, Outcome.STRANDED),  # where there is no place to wait
        ({"balk_per_evse": 0.0}, 2, Outcome.BALKED),
        (ON_ROAD | {"balk_per_evse": 0.0}, 2, Outcome.BALKED),
        ({"patience_h": 0.25}, 2, Outcome.RENEGED),
    ],
)
def test_who_has_left_makes_room(fields, at_once, last):
    places = 1 if last == Outcome.RENEGED else 0
    env = ChargingEnvironment(network(line_places=places), every_hour(at_once, **fields))
    env.run()
    assert set(env.ledger().visits["outcome"][at_once - 1 :: at_once]) == {last}
    assert env._clock["drivers"] == at_once


def test_who_passes_without_a_stop_takes_no_room():
    env = ChargingEnvironment(network(), every_hour(3, route=0))
    env.run()
    assert (len(env.ledger().visits), env._clock["passed"]) == (0, 3 * HOURS)
    assert env._clock["drivers"] == 1  # for its decision at the entry


def test_nothing_is_left_of_who_had_the_row_before():
    """A hybrid, which arrives on fuel; then a battery car at the station alone."""
    first = every_hour(1, **ON_ROAD, vehicle=1, entry_kwh=0.5)[:1]
    first["target_kwh"] = 0.75  # it has to drive on fuel again
    second = every_hour(1)[1:2]
    both = simulate(network(), np.concatenate([first, second]))
    alone = simulate(network(), second)
    assert (both.visits["fuel_kwh"][0], both.ends["fuel_kwh"][0]) == (0.5, 0.25)
    assert both.ends[1] == alone.ends[0]
    numbers = [name for name in both.visits.dtype.names if name != "ev"]
    assert both.visits[numbers][1].tolist() == pytest.approx(
        alone.visits[numbers][0].tolist(), nan_ok=True
    )


def test_who_is_added_finds_room():
    """There is room for 63 EVs at first."""
    env = ChargingEnvironment(network())
    for _ in range(100):
        env.add_ev(entry_kwh=20.0, target_kwh=50.0)
    env.run()
    ledger = env.ledger()
    assert env._clock["drivers"] == 100
    assert ledger.visits["ev"].tolist() == list(range(100))
    assert np.nansum(ledger.visits["charge_h"]) == pytest.approx(HOURS)  # half an hour each


def test_who_is_added_may_pass():
    env = ChargingEnvironment(network())
    env.add_ev(route=0, entry_kwh=20.0, kwh_per_km=0.2)
    env.run()
    ledger = env.ledger()
    assert (len(ledger.visits), env._clock["passed"]) == (0, 1)
    assert ledger.ends["kwh"].tolist() == [18.0]
