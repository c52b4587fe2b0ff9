"""Searches for what a corridor can carry, and for the least that it needs."""

import pytest

from sim.freight.capacity import Criteria, capacity, fewest
from sim.freight.case import Freight
from tests import corridors

GOOD = {
    "wait_min_p95": 10.0, "gate_wait_min_p95": 1.0, "energy_served_share": 0.999, "stranded": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "worst"),
    [
        ({"wait_min_p95": 15.1}, "wait"),
        ({"gate_wait_min_p95": 16.0}, "gate"),
        ({"energy_served_share": 0.98}, "energy"),
        ({"stranded": 1.0}, "stranding"),
    ],
)
def test_every_criterion_can_be_missed(change, worst):
    criteria = Criteria(15.0, 0.99)
    assert criteria.margin(GOOD) <= 0.0
    assert criteria.margin(GOOD | {"wait_min_p95": 15.0}) <= 0.0
    assert criteria.margin(GOOD | change) > 0.0
    assert criteria.failing(GOOD | change) == worst


def test_all_of_the_energy_can_be_asked_for():
    assert Criteria(15.0, 1.0).margin(GOOD | {"energy_served_share": 1.0}) <= 0.0
    assert Criteria(15.0, 1.0).margin(GOOD) > 0.0


def test_the_capacity_holds_and_one_truck_more_does_not():
    own = Freight(corridors.corridor(trucks_in_fleet=4), 1)
    criteria = Criteria(15.0, 0.99)
    found = capacity(own, 0, 15.0, 0.99, 60, 0.0)
    number = found.figures["capacity"]
    at, above = (own.run(0, number + more).summary() for more in (0, 1))
    assert 0 < number < 60
    assert criteria.margin(at) <= 0.0 < criteria.margin(above)
    assert found.more == {"is_most": False, "breaks": criteria.failing(above)}
    assert found.figures["wait_min_p95"] == at["wait_min_p95"]
    assert found.counts["runs"] > 2


def test_the_fewest_cabinets_are_enough_and_one_less_is_not():
    ample = {"sites.swap.swap.packs": 40, "sites.swap.swap.bays": 10, "sites.swap.kva": None}
    own = Freight(corridors.corridor(trucks_in_fleet=6).with_(**ample), 1)
    criteria = Criteria(15.0, 0.99)
    least = fewest(own, 0, 15.0, 0.99, "cabinets", "depot", 2, 40).figures["least"]

    def margin(n):
        corridor = own.corridor.with_site("depot", cabinets={"pair": n}, kva=None)
        return criteria.margin(Freight(corridor, 1).run(0).summary())

    assert least == 3
    assert margin(least) <= 0.0 < margin(least - 1)


def test_where_not_even_the_most_are_enough_there_is_no_least():
    own = Freight(corridors.corridor(trucks_in_fleet=60), 1)
    found = fewest(own, 0, 1e-6, 1.0, "cabinets", "depot", 1, 1)
    assert found.figures == {"least": None}
