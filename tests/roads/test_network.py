import pickle

import pytest

from sim.roads.network import Link, Network, Node, ServiceArea, check
from tests import small


@pytest.fixture
def network(tmp_path) -> Network:
    return small.build(tmp_path).network


def stops(network, origin, destination):
    route = network.routes[origin, destination]
    return [(network.stations[stop.station], stop.km, stop.h) for stop in route.stops]


def test_a_side_serves_its_direction_and_a_one_sided_site_both(network):
    out = stops(network, "west", "east")
    assert [name for name, *_ in out] == ["gate", "near_out", "far_out"]
    back = stops(network, "east", "west")
    assert [name for name, *_ in back] == ["far_in", "near_in", "gate"]


def test_stops_are_at_their_km_and_hour_from_the_origin(network):
    assert stops(network, "west", "east") == [
        ("gate", 10.0, 0.1),
        ("near_out", 120.0, 1.2),
        ("far_out", 240.0, pytest.approx(1.0 + 0.5 + 1.0 + 0.3)),
    ]
    assert stops(network, "east", "west")[0] == ("far_in", 120.0, pytest.approx(1.2))
    route = network.routes["west", "east"]
    assert (route.km, route.h) == (360.0, pytest.approx(1.0 + 0.5 + 1.0 + 1.5))


def test_there_is_a_route_between_any_two_nodes_but_junctions(network):
    nodes = ["city", "east", "lake", "town", "west"]
    assert list(network.routes) == [(a, b) for a in nodes for b in nodes if a != b]
    assert network.routes["city", "lake"].name == "city>lake"


def test_a_route_is_the_same_alone_and_among_all(network):
    for (origin, end), route in network.routes.items():
        assert network.route(origin, end) == route
    some = tuple(route for route in network.routes.values() if route.stops)
    assert network.passing == some
    assert hash(network.passing) == hash(some)  # models of equal routes share their arrays
    assert pickle.loads(pickle.dumps(network.passing)) == some


def test_the_fastest_way_is_taken_not_the_shortest():
    nodes, links = _graph([("a", "b", 100, 50), ("a", "c", 70, 100), ("c", "b", 70, 100)])
    assert Network(nodes, links, ()).routes["a", "b"].km == 140


def test_several_sites_on_a_link_come_in_travel_order_whatever_their_rows():
    nodes, links = _graph([("a", "b", 100, 100)])
    areas = tuple(_area(f"s{km}", "b", "a", km) for km in (60, 10, 90))
    network = Network(nodes, links, areas)
    assert [name for name, *_ in stops(network, "b", "a")] == ["s10_out", "s60_out", "s90_out"]
    assert stops(network, "a", "b") == [
        ("s90_in", 10.0, 0.1), ("s60_in", 40.0, 0.4), ("s10_in", 90.0, 0.9),
    ]  # fmt: skip


def test_order_of_rows_changes_no_route(tmp_path, network):
    def reversed_rows(text):
        head, *rows = text.splitlines(keepends=True)
        return "".join([head, *reversed(rows)])

    other = small.build(
        tmp_path,
        nodes=reversed_rows(small.TABLES["nodes.csv"]),
        links=reversed_rows(small.TABLES["links.csv"]),
    ).network
    assert other.routes == network.routes
    assert list(other.routes) == list(network.routes)


@pytest.mark.parametrize(
    ("links", "areas", "says"),
    [
        ([("a", "b", 9, 9), ("b", "x", 9, 9)], [], "ends at an unknown node `x`"),
        ([("a", "b", 9, 9), ("c", "c", 9, 9)], [], "link `c-c` leads back to where it starts"),
        ([("a", "b", 9, 9), ("b", "a", 8, 9)], [], "more than one link between `b` and `a`"),
        ([("a", "b", 9, 9)], [("s", "a", "c", 1)], "on an unknown link `a-c`: did you mean `a-b`?"),
        ([("a", "b", 9, 9)], [("s", "b", "a", 10)], "at km 10 of link `b-a`, which is only 9 km"),
        ([("a", "b", 9, 9)], [("s", "a", "b", 1)] * 2, "names the station `s_out` 2 times"),
    ],
)
def test_tables_that_are_no_network_are_refused(links, areas, says):
    nodes, rows = _graph(links, names="abc")
    found = check(nodes, rows, [_area(*area) for area in areas])
    assert any(says in sentence for sentence in found), found


def test_a_node_without_a_way_to_the_others_is_named():
    nodes, links = _graph([("a", "b", 9, 9), ("c", "d", 9, 9), ("b", "e", 9, 9)])
    assert check(nodes, links, ()) == [
        "node `c` cannot be reached from `a`: no links lead there",
        "node `d` cannot be reached from `a`: no links lead there",
    ]


def _graph(links, names=""):
    names = names or sorted({end for link in links for end in link[:2]})
    nodes = tuple(
        Node(node=name, name_en=name, name_zh="", lon=0, lat=0, kind="core", mass=1, source="test")
        for name in names
    )
    rows = [dict(zip(("from", "to", "km", "kmh"), link, strict=True)) for link in links]
    return nodes, tuple(Link(**row, road="A", source="test") for row in rows)


def _area(site, start, end, km):
    return ServiceArea(
        site=site, name_en=site, name_zh="", road="A", km=km, sides="two", lon=0, lat=0,
        position="here", cabinets="pair*1", kva=100, other_load_kw=0, evidence="given", note="",
        **{"from": start, "to": end},
    )  # fmt: skip
