"""Range extenders and plug-in hybrids drive on fuel once their battery is empty: engine and twin,
against what one can work out on paper.

100 kWh, 0.25 kWh/km; stops every 100 km (25 kWh) and hour, 400 km in all; 60 kW at each.
"""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from sim import audit, metrics
from sim.engine import simulate
from sim.lifecycle import Outcome, Rule
from sim.lifecycle import Step as Do
from sim.metrics import Window
from sim.model import Duty, Route, Step, Stop
from tests import cases
from tests.test_twin import compare

HYBRID = replace(cases.FLAT, name="hybrid", hybrid=True)
ROUTE = Route("road", 400.0, 4.0, tuple(Stop(n, 100.0 * n + 100.0, n + 1.0) for n in range(3)))
BATTERY, FUEL = 1, 0  # numbers of the vehicles


def ev(**fields):
    """Sets out with 20 kWh, wants 10 at its destination, stops where it holds 10 or less."""
    own = {"route": 0, "kwh_per_km": 0.25, "target_kwh": 70.0, "stop_kwh": 10.0, "dest_kwh": 10.0}
    return cases.evs(**own | fields)


def blocker(place, **fields):
    """Takes the EVSE of a station for many hours."""
    return cases.evs(place=place, vehicle=BATTERY, overstay_h=50.0, **fields)


def run(*evs, places=None, **fields):
    """The ledger of the engine, which is that of the twin and passes the audit."""
    places = places or [cases.station(name) for name in "abc"]
    own = {"routes": (ROUTE,), "horizon_h": 20.0} | fields
    case = cases.model(*places, vehicles=(HYBRID, cases.FLAT), **own), np.concatenate(evs)
    compare(case)
    return simulate(*case)


def of(ledger, *names, number=0):
    """Columns of the visits of an EV."""
    own = ledger.visits[ledger.visits["ev"] == number]
    return [own[name].tolist() for name in names]


def test_what_is_missing_is_driven_on_fuel():
    """It lacks 5 kWh at the first stop, and after charging to 70 another 5 at the destination."""
    ledger = run(ev())
    found = of(ledger, "station", "arrival_kwh", "fuel_kwh", "leave_kwh", "outcome")
    assert found == [[0], [0.0], [5.0], [70.0], [Outcome.SERVED]]
    assert ledger.ends["fuel_kwh"].tolist() == [5.0]
    assert ledger.sessions()["fuel_kwh"].tolist() == [5.0]
    assert of(run(ev(vehicle=BATTERY)), "outcome") == [[Outcome.STRANDED]]


@pytest.mark.parametrize(
    ("fields", "stops", "fuel_kwh"),
    [
        ({"entry_kwh": 80.0}, [2], 0.0),  # it would have 55, 30 and 5
        ({"entry_kwh": 80.0, "stop_kwh": 4.0}, [], 20.0),  # the last stop does not force it
        ({"entry_kwh": 80.0, "stop_kwh": 4.0, "reserve_kwh": 60.0}, [], 20.0),  # nor the reserve
        ({"entry_kwh": 40.0, "stop_kwh": 0.0}, [1], 10.0),  # 15, then nothing
        ({"entry_kwh": 80.0, "dest_kwh": 0.0}, [], 20.0),  # an empty battery is what it wants
        ({"stop_kwh": -1.0}, [], 80.0),  # never
        ({"target_kwh": 0.0, "dest_kwh": 1.0}, [], 80.0),  # nothing to gain
        ({"rule": Rule.PLAN_AHEAD, "target_kwh": 0.0}, [], 80.0),
        ({"rule": Rule.PLAN_AHEAD, "informed": 1, "target_kwh": 0.0}, [], 80.0),
    ],
)
def test_nothing_forces_it_to_stop(fields, stops, fuel_kwh):
    ledger = run(ev(**fields))
    assert of(ledger, "station") == [stops]
    used = ledger.visits["fuel_kwh"].sum() + ledger.ends["fuel_kwh"].sum()
    assert used == pytest.approx(fuel_kwh, abs=1e-12)


@pytest.mark.parametrize("informed", [0, 1])
@pytest.mark.parametrize(("reserve_kwh", "stop", "fuel_kwh"), [(0.0, 2, 75.0), (1.0, 0, 25.0)])
def test_plans_as_others_do(informed, reserve_kwh, stop, fuel_kwh):
    """Empty at every stop, it charges equally long; only from the third 50 kWh are enough.  Stops
    beyond the first below its reserve are not looked at."""
    planner = ev(
        rule=Rule.PLAN_AHEAD, informed=informed, entry_kwh=0.0, target_kwh=50.0,
        reserve_kwh=reserve_kwh,
    )  # fmt: skip
    stops, fuel = of(run(planner), "station", "fuel_kwh")
    assert (stops[0], fuel[0]) == (stop, fuel_kwh)


def test_an_empty_one_drives_on_past_a_line():
    """Both first stops are taken, and it joins no line: 5 kWh of fuel, then 25 and 25; all three
    taken, it drives on to its destination."""
    taken = [blocker(n, entry_kwh=10.0) for n in range(3)]
    ledger = run(ev(balk_per_evse=0.0), *taken[:2])
    found = of(ledger, "station", "outcome", "fuel_kwh", "rerouted_from", "arrival_h")
    on = [Outcome.REROUTED, Outcome.REROUTED]
    assert found == [
        [0, 1, 2], [*on, Outcome.SERVED], [5.0, 25.0, 25.0], [-1, 0, 1], [1.0, 2.0, 3.0]
    ]  # fmt: skip
    ledger = run(ev(balk_per_evse=0.0), *taken)
    assert of(ledger, "outcome") == [[*on, Outcome.BALKED]]
    assert ledger.ends["fuel_kwh"][0] == 25.0
    assert of(run(ev(vehicle=BATTERY, entry_kwh=25.0, balk_per_evse=0.0), *taken), "outcome") == [
        [Outcome.IN_SYSTEM_AT_END]
    ]


def test_its_patience_counts_on_an_empty_battery():
    ledger = run(ev(patience_h=0.25), blocker(0))
    assert of(ledger, "outcome", "wait_h") == [[Outcome.RENEGED, Outcome.SERVED], [0.25, 0.0]]
    ledger = run(ev(patience_h=0.25, entry_kwh=25.0, vehicle=BATTERY), blocker(0))
    assert of(ledger, "outcome", "wait_h") == [[Outcome.IN_SYSTEM_AT_END], [19.0]]


def test_a_full_lot_does_not_strand_it():
    places = [cases.station(name, line_places=0) for name in "abc"]
    ledger = run(ev(), blocker(0), places=places)
    assert of(ledger, "outcome") == [[Outcome.REROUTED, Outcome.SERVED]]


def test_without_a_route_it_leaves_with_less_than_its_reserve():
    waits = cases.evs(2, entry_h=[0.0, 0.1], reserve_kwh=30.0, patience_h=0.25)
    assert run(waits).visits["outcome"].tolist() == [Outcome.SERVED, Outcome.RENEGED]
    waits["vehicle"] = BATTERY
    assert run(waits).visits["outcome"].tolist() == [Outcome.SERVED, Outcome.SERVED]


def test_fuel_counts_as_it_sets_out():
    """The run ends on the way to the first stop, or to the destination."""
    assert run(ev(), horizon_h=0.5).ends["fuel_kwh"].tolist() == [5.0]
    ledger = run(ev(entry_kwh=0.0, stop_kwh=-1.0), horizon_h=0.5)
    assert ledger.ends["fuel_kwh"].tolist() == [100.0]


def test_heating_in_line_empties_the_battery_and_burns_no_fuel():
    """It arrives with 25 kWh, uses 20 kW in line for 2 h, and drives 100 km on fuel."""
    ledger = run(ev(entry_kwh=50.0, stop_kwh=30.0, aux_kw=20.0, patience_h=2.0), blocker(0))
    found = of(ledger, "leave_kwh", "aux_kwh", "fuel_kwh", "outcome")
    assert found == [[0.0, 70.0], [25.0, 0.0], [0.0, 25.0], [Outcome.RENEGED, Outcome.SERVED]]


def test_fuel_of_the_network():
    """Two that set out on day 0 and day 1, of 10 kWh each; one that is no hybrid."""
    evs = ev(n=3, entry_h=[1.0, 30.0, 30.0], entry_kwh=[20.0, 20.0, 90.0], vehicle=[0, 0, 1])
    ledger = run(evs, horizon_h=72.0)
    for days, kwh in (((0,), 10.0), ((1, 2), 10.0), ((0, 1, 2), 20.0), ((2,), 0.0)):
        assert metrics.network(ledger, Window(days))["fuel_kwh"] == pytest.approx(kwh)


def test_a_truck_with_a_duty_has_no_fuel():
    duty = Duty("d", (Step(Do.DRIVE, h=1.0, km=10.0),))
    with pytest.raises(ValueError, match="EV 0 has a duty, but its vehicle also drives on fuel"):
        simulate(cases.model(vehicles=(HYBRID,), duties=(duty,)), cases.trucks())


# ---- what the audit sees ------------------------------------------------------------------

OTHER = "an EV used other energy on the road than it had"
FUEL = "an EV drove on fuel that it does not have, or beside its battery"


@pytest.mark.parametrize(
    ("where", "field", "by", "said"),
    [
        ("visits", "fuel_kwh", 1e-6, OTHER), ("visits", "arrival_kwh", 1e-6, OTHER),
        ("ends", "fuel_kwh", -1e-6, OTHER), ("ends", "kwh", 1e-6, OTHER),
        ("visits", "fuel_kwh", -10.0, FUEL), ("visits", "vehicle", 1, FUEL),
        ("visits", "arrival_kwh", 1e-6, FUEL), ("ends", "kwh", 1e-6, FUEL),
        ("visits", "outcome", 5, "a hybrid is stranded"),
    ],
)  # fmt: skip
def test_energy_on_the_road(where, field, by, said):
    ledger = run(ev())
    assert audit.driving(ledger) == []
    rows = getattr(ledger, where)
    rows[field][0] += by
    assert said in audit.driving(ledger)


def test_energy_of_who_is_not_there_yet():
    """In line, plugged in, under way and stranded at the end of the run."""
    evs = ev(n=5, entry_h=[0.0, 0.1, 1.5, 0.0, 0.0], vehicle=[0, 0, 0, 1, 1], aux_kw=0.5,
             entry_kwh=[20.0, 20.0, 20.0, 20.0, 90.0])  # fmt: skip
    ledger = run(evs, horizon_h=1.75)
    assert ledger.visits["outcome"].tolist() == [Outcome.STRANDED, *2 * [Outcome.IN_SYSTEM_AT_END]]
    for n in range(5):
        bad = replace(ledger, evs=ledger.evs.copy())
        bad.evs["entry_kwh"][n] += 1e-6
        assert audit.driving(bad) == [OTHER]


def test_nobody_waits_longer_than_it_must():
    ledger = run(ev(patience_h=inf), blocker(0, entry_kwh=20.0))
    assert audit.patience(ledger) == []
    ledger.evs["patience_ns"] = 0
    assert audit.patience(ledger) == ["somebody waited beyond its patience"]
