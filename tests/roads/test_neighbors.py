"""Who is whom along the roads, on routes of a few stations."""

from sim.model import Route, Stop
from sim.roads import neighbors


def route(*stations):
    return Route(">", 9.0, 1.0, tuple(Stop(s, float(k), 0.1) for k, s in enumerate(stations)))


def test_groups_along_the_routes():
    routes = [route(0, 1, 2, 3), route(5, 4), route(6), route(3, 7), route(7, 2)]
    found = neighbors.groups(routes, 9, {1, 3})
    assert found == {
        "upgraded": [1, 3], "between": [2], "upstream": [0], "downstream": [7],
        "elsewhere": [4, 5, 6, 8],
    }  # fmt: skip
    sums = neighbors.with_sums(found)
    assert (sums["neighbors"], sums["network"]) == ([0, 2, 7], list(range(9)))


def test_a_station_of_both_directions_may_be_before_and_after():
    there_and_back = [route(0, 1), route(1, 0)]
    assert neighbors.groups(there_and_back, 2, {0})["between"] == [1]
