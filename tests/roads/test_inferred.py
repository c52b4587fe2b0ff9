"""Service areas that are in no table: how many, where and what, and what of it a layout draws."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from sim.config.problems import InputError
from sim.roads import gaps, scenario
from sim.roads.network import Link
from tests import small
from tests.roads.test_scenario import published, refused

LAYOUTS = range(8)


def built(layout=0, **inferred):
    cfg = published()
    cfg["network"]["layout"] = layout
    cfg["network"]["inferred"] |= inferred
    return scenario.load(cfg)


@pytest.fixture(scope="module")
def layouts():
    return [built(layout) for layout in LAYOUTS]


@pytest.fixture(scope="module")
def named():
    cfg = published()
    cfg["network"]["inferred"] = None
    return scenario.load(cfg)


def drawn(own):
    return [area for area in own.network.areas if area.evidence == "inferred"]


# ---- Chongqing ----------------------------------------------------------------------------


def test_totals_are_met_exactly_in_every_layout(layouts):
    for own in layouts:
        table = own.station_table()
        assert (len(table), table["evses"].sum(), table["evses"].min()) == (179, 992, 4)
        assert sum(any(c.kw >= 480 for c in s.cabinets) for s in own.stations) == 40
        assert Counter(table["evidence"]) == {"inferred": 92, "assumed": 77, "given": 10}


def test_names_and_their_order_are_the_same_in_every_layout(layouts):
    for own in layouts[1:]:
        assert own.network.stations == layouts[0].network.stations
        assert [a.name_zh for a in drawn(own)] == [a.name_zh for a in drawn(layouts[0])]
        assert [route.name for route in own.routes] == [r.name for r in layouts[0].routes]


def test_sites_of_the_table_are_as_they_were(layouts, named):
    for own in layouts:
        kept = tuple(area for area in own.network.areas if area.evidence != "inferred")
        assert kept == named.network.areas


def test_layouts_differ_in_where_sites_are_and_in_what_stands_there(layouts):
    assert len({tuple(a.km for a in drawn(own)) for own in layouts}) == len(layouts)
    assert len({tuple(a.cabinets for a in drawn(own)) for own in layouts}) == len(layouts)
    assert len({own.key for own in layouts}) == len({own.traffic for own in layouts}) == 8
    spread = np.array([[a.km for a in drawn(own)] for own in layouts]).std(axis=0)
    assert 2 < spread.mean() < 12  # km: a part is 29 km long, if its link does not end it


def test_a_site_says_that_it_is_inferred_and_between_which_towns(layouts):
    table = layouts[0].station_table().set_index("station")
    site = table.loc["inferred_g42_dianjiang_liangping_1_out"]
    assert site["name_en"] == "Inferred, Dianjiang-Liangping 1"
    assert site["name_zh"] == "推定 垫江—梁平 1"
    assert site["position"] == "approximate: inferred, drawn between these towns"
    for own in drawn(layouts[0]):
        assert own.name_en.startswith("Inferred, ")
        assert own.name_zh.startswith("推定 ")
        assert own.site.startswith("inferred_")


def test_equipment_is_that_of_sites_whose_equipment_follows_the_rule(layouts, named):
    kinds = {
        (area.cabinets, area.kva, area.other_load_kw)
        for area in named.network.areas
        if (area.sides, area.evidence) == ("two", "assumed")
    }
    for own in layouts:
        assert {(a.cabinets, a.kva, a.other_load_kw) for a in drawn(own)} <= kinds


def test_streets_inside_the_ring_and_the_ring_get_none(layouts):
    assert not {"city", "access", "G5001"} & {area.road for area in drawn(layouts[0])}


def gaps_km(own):
    """Along the expressways, from site to site; the ends of a road bound its first and last gap."""
    without = ("city", "access", "G5001")
    on = defaultdict(list)
    for area in own.network.areas:
        on[frozenset((area.start, area.end))].append(area)
    found = []
    for chain in gaps.chains([a for a in own.network.links if a.road not in without]):
        km = [km for km, _ in gaps._standing(chain, on)]
        found += np.diff([0.0, *km, chain[-1].end]).tolist()
    return np.array(found)


def greatest_km(own):
    """The greatest gap of every route that passes a station."""
    return [max(np.diff([0.0, *(stop.km for stop in r.stops), r.km])) for r in own.routes]


def test_gaps_become_about_as_long_as_is_aimed_at(layouts, named):
    """Published: one service area about every 25 km."""
    before = gaps_km(named)
    assert (round(before.mean(), 1), np.median(before), before.max()) == (47.6, 43, 235)
    assert np.median(greatest_km(named)) == 88
    for own in layouts:
        after = gaps_km(own)
        assert len(after) == len(before) + 46
        assert after.mean() == pytest.approx(27.1, abs=0.1)
        assert np.median(after) == pytest.approx(26, abs=2)
        assert after.max() < 76  # twice the longest part
        assert np.median(greatest_km(own)) < 60


def test_a_site_stays_on_its_link_and_in_its_place_along_the_road(layouts):
    length = {(link.start, link.end): link.km for link in layouts[0].network.links}
    for own in layouts:
        assert all(0 <= a.km <= length[a.start, a.end] for a in drawn(own))
        for route in own.routes:
            names = [own.stations[stop.station].name for stop in route.stops]
            first = layouts[0].network.route(*route.name.split(">")).stops
            assert names == [layouts[0].stations[stop.station].name for stop in first]


def test_a_site_lies_between_its_towns(layouts):
    for own in layouts:
        at = {node.node: node for node in own.network.nodes}
        for a in drawn(own):
            for axis in ("lon", "lat"):
                ends = sorted(getattr(at[node], axis) for node in (a.start, a.end))
                assert ends[0] - 1e-4 <= getattr(a, axis) <= ends[1] + 1e-4


def test_stations_stand_in_travel_order_in_the_table(layouts):
    """`order` counts along a road, as the page and the map read it."""
    table = layouts[0].station_table()
    g65 = table[(table["road"] == "G65") & table["side"].isin(("out", "both"))]
    out = [name for name in g65.sort_values("order")["station"] if name != "caobachang_out"]
    route = layouts[0].network.route("core_south", "g65_hunan")
    assert out == [layouts[0].stations[stop.station].name for stop in route.stops]


# ---- which gaps ---------------------------------------------------------------------------


def test_the_longest_gap_is_split_first():
    assert gaps._split([90.0, 40.0, 10.0], 1) == [1, 0, 0]
    assert gaps._split([90.0, 40.0, 10.0], 2) == [2, 0, 0]  # 45 and 45 are longer than 40
    assert gaps._split([90.0, 40.0, 10.0], 3) == [2, 1, 0]
    assert gaps._split([50.0, 50.0], 3) == [2, 1]  # of equals the first


def link(start, end, km, road="A1"):
    return Link.model_validate(
        {"from": start, "to": end, "km": km, "kmh": 100, "road": road, "source": "test"}
    )


def pieces(links):
    return [
        [(piece.link.name, piece.begin, piece.ahead) for piece in chain]
        for chain in gaps.chains(links)
    ]


def test_links_of_a_road_that_continue_each_other_are_a_chain():
    links = [link("b", "c", 10), link("b", "a", 20), link("c", "d", 5), link("d", "e", 5, "A2")]
    chain = [("b-a", 0.0, False), ("b-c", 20.0, True), ("c-d", 30.0, True)]
    assert pieces(links) == [chain, [("d-e", 0.0, True)]]


def test_a_fork_of_a_road_ends_a_chain_and_a_ring_is_cut():
    fork = [link("a", "b", 10), link("b", "c", 10), link("b", "d", 10)]
    assert [len(chain) for chain in pieces(fork)] == [1, 1, 1]
    ring = [link("a", "b", 10), link("b", "c", 10), link("c", "a", 10)]
    assert pieces(ring) == [[("a-b", 0.0, True), ("b-c", 10.0, True), ("c-a", 20.0, True)]]


def test_a_gap_goes_on_beyond_a_town_but_its_sites_do_not():
    """Of 100 km a third site's part is from km 62.5 to 87.5; the town is at km 80."""
    links = [link("a", "b", 80), link("c", "b", 20)]
    (row,) = gaps.along(links, [], 3)
    assert [site.name for site in row] == [
        "inferred_a1_a_b_1", "inferred_a1_a_b_2", "inferred_a1_a_b_3",
    ]  # fmt: skip
    assert [(s.low, s.middle, s.high) for s in row] == [
        (12.5, 25.0, 37.5), (37.5, 50.0, 62.5), (62.5, 75.0, 80.0),
    ]  # fmt: skip
    (row,) = gaps.along(links, [], 9)
    last = row[-1]
    assert last.name == "inferred_a1_c_b_1"  # driven the other way: its km count from c
    assert (last.low, last.middle, last.high) == (5.0, 10.0, 15.0)


def test_sites_of_a_link_are_numbered_from_its_start():
    (row,) = gaps.along([link("a", "b", 10), link("c", "b", 90)], [], 3)
    assert [(site.number, site.middle) for site in row] == [(3, 75.0), (2, 50.0), (1, 25.0)]


# ---- a small network, and what is refused -----------------------------------------------------

SMALL = {
    "name": "test", "sides": 7, "evses": 30, "least_evses": 2, "super_sides": 0, "super_kw": 480.0,
    "without": [],
    "sources": dict.fromkeys(
        ("sides", "evses", "least_evses", "super_sides", "super_kw", "without"), "test"
    ),
}  # fmt: skip


def missing(folder, **changes):
    cfg = small.config(folder)
    cfg["network"]["inferred"] = SMALL | changes
    return cfg


def test_one_more_site_in_a_small_network(tmp_path):
    """Gaps of A1: 10, 110, 120, 120 km; the third is from km 120 to 240, past the fork and the
    town, and what stands at `far` is all there is to draw."""
    own = scenario.load(missing(tmp_path))
    assert [a.site for a in own.network.areas] == ["near", "inferred_a1_fork_town_1", "far", "gate"]
    site = own.network.areas[1]
    assert (site.cabinets, site.kva, site.other_load_kw) == ("pair*1+big*1", 800, 50)
    assert (site.start, site.end, site.sides, site.evidence) == ("fork", "town", "two", "inferred")
    assert 0 <= site.km <= 60
    cfg = missing(tmp_path)
    cfg["network"]["layout"] = 1
    assert scenario.load(cfg).network.areas[1].km != site.km


def test_what_is_wrong_with_cabinets_is_still_told(tmp_path):
    cfg = missing(tmp_path)
    del cfg["station"]["cabinet_types"]["big"]
    assert refused(cfg) == ["site `far` has an unknown cabinet type `big`: known are `pair`"]


def test_without_a_site_to_learn_from_nothing_is_inferred(tmp_path):
    areas = small.TABLES["areas.csv"].replace("assumed", "given")
    cfg = small.config(tmp_path, areas=areas)
    cfg["network"]["inferred"] = SMALL
    (problem,) = refused(cfg)
    assert "what stands at the two-sided `assumed` sites of the table" in problem


def test_off_is_as_before(tmp_path):
    cfg = small.config(tmp_path)
    plain = scenario.load(cfg)
    cfg["network"] |= {"layout": 0, "inferred": None}
    off = scenario.load(cfg)
    assert (off.key, off.network) == (plain.key, plain.network)


def test_what_if_scenarios_and_workers_have_the_layout(tmp_path):
    """A design of the same tables has the same sites; one where a cabinet differs draws anew."""
    base = built(3)
    longer = base.with_(**{"station.service_min": 30.0})
    assert longer.network.areas == base.network.areas
    assert longer.traffic == base.traffic
    assert base.reference().network.areas == base.network.areas
    function, args = base.__reduce__()
    assert function(*args).network.areas == base.network.areas
    bigger = base.with_(
        **{"station.cabinet_types.stack_600.evses": {"air_120": 3, "liquid_480": 1}}
    )
    assert bigger.traffic != base.traffic
    function, args = bigger.__reduce__()
    assert function(*args).network.areas == bigger.network.areas
    assert bigger.station_table()["evses"].sum() == 992


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sides": 87}, "`network.inferred.sides` is 87, and the table of service areas has 87: it "
         "must be more than that, by an even number, as an inferred site has two sides"),
        ({"sides": 180}, "is 180, and the table of service areas has 87"),
        ({"evses": 991}, "asks for 46 more sites with 467 EVSEs"),
        ({"evses": 700}, "asks for 46 more sites with 176 EVSEs"),
        ({"evses": 500}, "asks for 46 more sites with -24 EVSEs"),
        ({"least_evses": 6}, "at least 6 EVSEs a side, does not add up to that"),
        ({"super_sides": 19}, "at -1 sides with 480 kW or more"),
        ({"super_sides": 140}, "at 120 sides with 480 kW or more"),
        ({"without": ["G5O01"]}, "`network.inferred.without` has an unknown road `G5O01`: did you "
         "mean `G5021`?"),
        ({"without": ["G42", "G42"]}, "`G42` is there more than once"),
        ({"sides": 0.5}, "must be a whole number"),
        ({"sources": {}}, "sources lacks evses, least_evses, sides"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(changes, says):
    with pytest.raises(InputError) as error:
        built(**changes)
    (problem,) = error.value.problems
    assert says in problem


def test_no_road_is_left(tmp_path):
    cfg = published()
    cfg["network"]["inferred"]["without"] = sorted(
        {link.road for link in scenario.load(cfg).network.links}
    )
    (problem,) = refused(cfg)
    assert problem == "`network.inferred.without` leaves no road on which a site could be missing"


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        (-1, "`network.layout` is -1, but must be from 0 to 1,000,000"),
        (1.5, "`network.layout` is 1.5, but must be a whole number"),
        (2, "`network`: layout is 2, but inferred is null: there is nothing to draw"),
    ],
)
def test_a_layout_is_a_whole_number_with_something_to_draw(tmp_path, layout, says):
    cfg = small.config(tmp_path)
    cfg["network"]["layout"] = layout
    assert refused(cfg) == [says]
