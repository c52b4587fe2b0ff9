"""Who would wait less on the other side of the road is sent across: engine and twin, against what
one can work out on paper.

100 kWh, 0.25 kWh/km; one EVSE of 60 kW and a usual stay of half an hour at each station.
"""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from sim import audit, metrics
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity, Outcome
from sim.lifecycle import Step as Do
from sim.metrics import Window
from sim.model import Change, Duty, Route, Step, Stop, Swap
from tests import cases
from tests.test_twin import compare

ROUTE = Route("road", 300.0, 3.0, (Stop(0, 100.0, 1.0), Stop(2, 200.0, 2.0)))
FOR_EVER = Step(Do.DRIVE, h=99.0)
STAYS = tuple(Duty("stays", (Step(Do.SERVE, h=9.0, station=n), FOR_EVER)) for n in range(2))
SHORT = Duty("is short", (Step(Do.SERVE, h=0.5625, station=0), FOR_EVER))  # to 1.0625 h
CHARGES = Duty("charges", (Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS), FOR_EVER))


def sides(cross_h=0.125, evses=1):
    """Two sides of a place, and another place further on."""
    here = cases.station("here", evses, opposite=1, cross_h=cross_h)
    there = cases.station("there", opposite=0, cross_h=cross_h)
    return here, there, cases.station("next")


def ev(**fields):
    """Comes to the first side at 1 h with 25 kWh, for 30 more."""
    own = {"route": 0, "kwh_per_km": 0.25, "entry_kwh": 50.0, "target_kwh": 55.0, "stop_kwh": 30.0}
    return cases.evs(**own | fields)


def truck(duty, **fields):
    """Nobody guides it."""
    return cases.trucks(duty=duty, **{"entry_h": 0.5, "logged": 0} | fields)


def run(*evs, places=None, **fields):
    """The ledger of the engine, which is that of the twin and passes the audit."""
    own = {"routes": (ROUTE,), "duties": (*STAYS, SHORT, CHARGES), "horizon_h": 24.0} | fields
    case = cases.model(*(places or sides()), **own), np.concatenate(evs)
    compare((*case, ()))
    return simulate(*case)


def of(ledger, *names, number=0):
    """Columns of the visits of an EV."""
    own = ledger.visits[ledger.visits["ev"] == number]
    return [own[name].tolist() for name in names]


def test_it_charges_over_there_and_drives_on_from_the_same_place():
    """Half an hour expected here, none there; 100 km further it has 55 - 25 = 30 kWh."""
    ledger = run(ev(dest_kwh=6.0), truck(0))
    found = of(ledger, "station", "rerouted_from", "arrival_h", "arrival_kwh", "leave_kwh")
    assert found == [[1, 2], [0, -1], [1.125, 2.625], [25.0, 30.0], [55.0, 55.0]]
    assert ledger.crossed.tolist() == [False, True, False]
    assert ledger.bins["arrivals"].sum(axis=1).tolist() == [1.0, 1.0, 1.0]
    assert ledger.sessions()["rerouted_from"].tolist() == ["", "here", ""]
    assert metrics.network(ledger, Window((0,)))["crossed"] == 1.0


@pytest.mark.parametrize(
    ("here", "there", "cross_h", "station"),
    [
        (0, 0, 0.0, 0),  # nobody anywhere
        (0, 1, 0.0, 0),
        (1, 0, 0.25, 1),
        (1, 0, 0.5, 0),  # half an hour in line or on the way
        (1, 1, 0.0, 0),
        (2, 1, 0.25, 1),  # one is ahead of it in line: 1 h, or 0.5 + 0.25
        (2, 1, 0.5, 0),
        (3, 1, 0.75, 1),
    ],
)
def test_it_goes_where_it_expects_to_wait_less(here, there, cross_h, station):
    ledger = run(ev(), *[truck(0)] * here, *[truck(1)] * there, places=sides(cross_h))
    assert of(ledger, "station")[0][0] == station


@pytest.mark.parametrize(("down", "station"), [(1, 0), (2, 1), (3, 1)])
def test_evses_in_service_count(down, station):
    """All that work are taken: half an hour for each of two, or for the only one."""
    changes = [Change(0.0, 0, Kind.EVSE_DOWN, n) for n in range(down)]
    others = [truck(0)] * (3 - down)
    ledger = run(ev(), *others, places=sides(0.25, evses=3), changes=changes)
    assert of(ledger, "station")[0][0] == station


def test_it_crosses_once():
    """While it crosses, the first side becomes free and the other one is taken: it waits."""
    ledger = run(ev(), truck(2), truck(1, entry_h=1.0625))
    assert of(ledger, "station", "wait_h") == [[1], [8.9375]]


def test_a_line_over_there_sends_it_on_from_there():
    """At the next place it may be guided again: that has no other side."""
    ledger = run(ev(balk_per_evse=0.0), truck(0), truck(1, entry_h=1.0625))
    found = of(ledger, "station", "rerouted_from", "arrival_h", "outcome")
    served = [Outcome.REROUTED, Outcome.SERVED]
    assert found == [[1, 2], [0, 1], [1.125, 2.125], served]
    assert ledger.crossed.sum() == 1


def test_it_may_be_guided_at_every_place():
    """As above, but the next place has another side, too."""
    places = (*sides()[:2], *(
        cases.station(name, opposite=other, cross_h=0.25) for name, other in (("c", 3), ("d", 2))
    ))  # fmt: skip
    waits = truck(4, entry_h=0.0)
    duties = (*STAYS, SHORT, CHARGES, Duty("stays", (Step(Do.SERVE, h=9.0, station=2), FOR_EVER)))
    evs = ev(balk_per_evse=0.0), truck(0), truck(1, entry_h=1.0625), waits
    ledger = run(*evs, places=places, duties=duties)
    assert of(ledger, "station", "rerouted_from") == [[1, 3], [0, 2]]
    assert ledger.crossed.sum() == 2


def test_who_comes_without_a_route_is_guided_and_a_truck_is_not():
    ledger = run(cases.evs(place=0, entry_h=1.0), truck(3, entry_h=1.0, entry_kwh=60.0), truck(0))
    assert of(ledger, "station", "arrival_h", "outcome") == [[1], [1.125], [Outcome.SERVED]]
    assert of(ledger, "station", number=1) == [[0]]


def test_the_run_ends_on_the_way_across():
    ledger = run(ev(), truck(0), horizon_h=1.0625)
    assert of(ledger, "station") == [[]]
    assert ledger.driving == 1


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({"opposite": 1}, {}, "station a is not the opposite side of its opposite side"),
        ({"opposite": 0}, {}, "station a is not the opposite side"),
        ({"opposite": 2}, {}, "station a is not the opposite side"),
        ({"opposite": -2}, {}, "station a is not the opposite side"),
        ({"opposite": 1, "cross_h": inf}, {"opposite": 0}, "that nobody ever reaches"),
        ({"cross_h": -1.0}, {}, "negative or no number"),
        ({"opposite": 1}, {"opposite": 0, "swap": Swap(0)}, "nobody is guided to its opposite"),
    ],
)
def test_impossible_sides_are_refused(first, second, words):
    with pytest.raises(ValueError, match=words):
        cases.model(cases.station("a", **first), cases.station("b", **second))


def test_no_road_passes_both_sides():
    both = Route("r", 9.0, 1.0, (Stop(0, 1.0, 0.1), Stop(1, 2.0, 0.2)))
    with pytest.raises(ValueError, match="route r stops at both sides of the same place"):
        cases.model(*sides(), routes=(both,))


# ---- what the audit sees ------------------------------------------------------------------


@pytest.fixture
def ledger():
    return run(ev(), truck(0))


def test_an_ev_charges_on_its_way(ledger):
    assert audit.guidance(ledger) == []
    ledger.visits["rerouted_from"] = -1
    assert audit.guidance(ledger) == ["an EV charged where its way does not pass"]


def test_an_ev_without_a_route_charges_at_its_place():
    ledger = run(cases.evs(place=1))
    ledger.evs["place"] = 2
    assert audit.guidance(ledger) == ["an EV charged where its way does not pass"]


@pytest.mark.parametrize("cut", [0, 1])
def test_nobody_is_sent_across_beside_a_free_evse(ledger, cut):
    """The truck is gone earlier than it was, or had never come; or was it still in line?"""
    said = ["somebody at here was sent across beside a usable free EVSE"]
    early = replace(ledger, visits=ledger.visits.copy())
    early.visits["leave_h"][0] = 0.99
    early.visits["cuts"][0] = cut
    assert audit.guidance(early) == said
    assert audit.guidance(replace(ledger, visits=ledger.visits[1:])) == said
    early.visits["leave_h"][0] = np.nan
    assert audit.guidance(early) == []
    early.visits["plug_h"][0] = np.nan
    early.visits["wait_h"][0] = 2.0
    assert audit.guidance(early) == []


def test_who_is_sent_from_a_place_that_is_down():
    assert run(ev(), changes=[Change(0.5, 0, Kind.EVSE_DOWN, 0)]).crossed.sum() == 1
