"""Where stations serve most: by hand, by trying all, and by a mixed-integer program."""

from itertools import combinations_with_replacement
from math import e

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from sim.config.problems import InputError
from sim.region import siting
from sim.region.cover import Near
from tests.region.regions import shipped


def near(pairs):
    block, place = zip(*sorted(pairs), strict=True)
    return Near(np.array(block), np.array(place))


def placed(demand, pairs, capacity, stations, most=1):
    demand = np.array(demand).reshape(len(demand), -1)
    places = 1 + max(place for _, place in pairs)
    found = siting.greedy(demand, near(pairs), capacity, stations, places, most)
    return [tuple(own) for own in found]


LINE = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2)]  # four blocks, a place between each two


def test_the_place_that_adds_most_comes_first():
    assert placed([5, 5, 1, 2], LINE, 100, 3) == [(0, 10), (2, 3)]  # nothing is left for place 1


def test_a_station_serves_no_more_than_it_can():
    assert placed([5, 5, 1, 2], LINE, 6, 3) == [(0, 6), (1, 5), (2, 2)]
    assert placed([5, 5, 1, 2], LINE, 6, 2, most=2) == [(0, 6), (1, 5)]
    assert placed([5, 5], [(0, 0), (1, 0)], 6, 2, most=2) == [(0, 6), (0, 4)]


def test_who_is_served_changes_when_another_one_comes():
    """Place 0 serves block 0 or 1, place 1 block 0 alone: with both, 0 turns to block 1."""
    assert placed([6, 6], [(0, 0), (1, 0), (0, 1)], 6, 2) == [(0, 6), (1, 6)]


def test_capacity_is_by_the_hour():
    """A rush of 12 in one hour needs two stations, the same over two hours one."""
    assert placed([[12, 0]], [(0, 0)], 6, 2, most=2) == [(0, 6), (0, 6)]
    assert placed([[6, 6]], [(0, 0)], 6, 2, most=2) == [(0, 12)]


def test_nothing_is_built_where_nobody_is_in_need():
    assert placed([0, 0, 0, 0], LINE, 6, 2) == []
    assert siting.served(np.ones((4, 24), int), near(LINE), np.zeros(3, int)) == 0


def test_more_stations_than_places():
    with pytest.raises(InputError) as told:
        placed([5, 5, 1, 2], LINE, 6, 4)
    assert told.value.problems == ["4 stations are to be built, but there are only 3 places"]


def best(demand, pairs, capacity, stations, most):
    """The optimum of maximal covering with capacities: `y` stations at a place, `x` served by pair
    and hour."""
    demand, pairs = np.array(demand), sorted(pairs)
    blocks, hours = demand.shape
    places = 1 + max(place for _, place in pairs)
    flows = len(pairs) * hours
    count = places + flows
    rows, most_of = [], []
    for h in range(hours):
        for b in range(blocks):
            row = np.zeros(count)
            for k, (own, _) in enumerate(pairs):
                row[places + k * hours + h] = own == b
            rows.append(row)
            most_of.append(demand[b, h])
        for p in range(places):
            row = np.zeros(count)
            row[p] = -capacity
            for k, (_, own) in enumerate(pairs):
                row[places + k * hours + h] = own == p
            rows.append(row)
            most_of.append(0.0)
    rows.append(np.r_[np.ones(places), np.zeros(flows)])
    most_of.append(stations)
    found = milp(
        np.r_[np.zeros(places), -np.ones(flows)],
        constraints=LinearConstraint(np.array(rows), -np.inf, most_of),
        integrality=np.r_[np.ones(places), np.zeros(flows)],
        bounds=Bounds(0, np.r_[np.full(places, most), np.full(flows, np.inf)]),
    )
    assert found.success
    return round(-found.fun)


@st.composite
def instances(draw):
    blocks, places, hours = (draw(st.integers(1, most)) for most in (5, 4, 3))
    whole = st.integers(0, 9)
    demand = [[draw(whole) for _ in range(hours)] for _ in range(blocks)]
    pairs = {(draw(st.integers(0, blocks - 1)), p) for p in range(places)}
    pairs |= set(draw(st.lists(st.tuples(st.integers(0, blocks - 1), st.integers(0, places - 1)))))
    most = draw(st.integers(1, 2))
    return demand, pairs, draw(st.integers(1, 9)), draw(st.integers(1, places)), most


@given(instances())
def test_no_less_than_theory_says_of_the_best(instance):
    demand, pairs, capacity, stations, most = instance
    optimum = best(demand, pairs, capacity, stations, most)
    places = 1 + max(place for _, place in pairs)
    tried = [
        siting.served(np.array(demand), near(pairs), capacity * np.bincount(own, minlength=places))
        for own in combinations_with_replacement(range(places), stations)
        if np.bincount(own).max() <= most
    ]
    assert max(tried) == optimum  # the flow is what the program finds, place by place
    found = placed(demand, pairs, capacity, stations, most)
    gains = [gain for _, gain in found]
    assert sum(gains) >= (1 - 1 / e) * optimum - 1e-9
    assert gains == sorted(gains, reverse=True)
    if stations == 1:
        assert sum(gains) == optimum
    # Lazily or not, each step takes what adds most.
    built, total = np.zeros(places, int), 0
    for place, gain in found:
        adds = []
        for p in np.flatnonzero(built < most):
            more = built + (np.arange(places) == p)
            adds.append(siting.served(np.array(demand), near(pairs), capacity * more) - total)
        assert gain == max(adds)
        built[place] += 1
        total += gain


def test_a_new_station_in_the_hamlet():
    toy = shipped("toy")
    own = siting.built(toy, [1, 1], "stack_600*1")
    assert own.stations.names == (*toy.stations.names, "hamlet/new001", "hamlet/new002")
    assert (own.stations.rows[:5] == toy.stations.rows).all()
    new = own.stations.rows[5]
    assert (new["x_km"], new["zone"], new["year"], new["chargers"]) == (
        pytest.approx(11.13, abs=0.01), 1, 2025, 6
    )  # fmt: skip
    assert (new["is_super"], new["kva"], new["kw"], new["guns_kw"]) == (True, 630.0, 600.0, 1080.0)
    hamlet = own.candidates.station[own.candidates.of(1)]
    assert [own.stations.names[n] for n in hamlet] == ["inn", "hamlet/new001", "hamlet/new002"]
    for block in (0, 2):
        before, after = toy.candidates, own.candidates
        assert (before.station[before.of(block)] == after.station[after.of(block)]).all()
