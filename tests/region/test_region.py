"""One synthetic city: its sums, and that it is a pure function of tables and a seed."""

import numpy as np
import pytest

from sim.region import load, nevs
from sim.region.schema import GROWN
from sim.region.stations import Stations
from sim.region.travel import candidates
from sim.region.zones import weights
from tests.region.regions import config, drawn, rewritten, shipped

NAMES = ("chongqing_2025", "chongqing_2028")


@pytest.fixture(scope="module", params=NAMES)
def city(request):
    return shipped(request.param)


def by_district(region, column):
    district = region.zones.rows["district"][region.stations.rows["zone"]]
    return np.bincount(district, region.stations.rows[column], 38).astype(int)


def test_the_census_is_complete():
    tables = shipped("chongqing_2025").tables
    assert len(tables.districts) == 38
    assert sum(row.population for row in tables.districts) == 32_054_159
    kinds = [row.kind for row in tables.divisions]
    assert [kinds.count(kind) for kind in ("street", "town", "township")] == [245, 625, 161]


def test_all_that_is_drawn_sums_to_the_totals(city):
    now = city.section.now
    assert len(city.stations.names) == now.in_districts("public_stations")
    assert city.stations.rows["chargers"].sum() == now.in_districts("public_chargers")
    assert city.stations.rows["is_super"].sum() == now.in_districts("super_stations")
    assert city.nevs.sum() == now.nevs
    homes = [c for c, kind in enumerate(city.tables.classes) if kind.own == "home"]
    assert city.nevs[:, homes, 1].sum() == now.private_chargers
    assert (city.nevs >= 0).all()


def test_districts_have_what_their_table_says():
    city = shipped("chongqing_2025")
    rows, many = city.tables.districts, np.ones(len(city.stations.names))
    district = city.zones.rows["district"][city.stations.rows["zone"]]
    assert np.bincount(district, many).tolist() == [row.public_stations for row in rows]
    assert by_district(city, "chargers").tolist() == [row.public_chargers for row in rows]
    assert by_district(city, "is_super").tolist() == [row.super_stations for row in rows]
    per_zone = city.nevs.sum(axis=(1, 2, 3))
    zone_district = city.zones.rows["district"]
    assert np.bincount(zone_district, per_zone).tolist() == [row.nevs for row in rows]
    own = city.nevs[:, [c.own == "home" for c in city.tables.classes], 1].sum(axis=(1, 2))
    assert np.bincount(zone_district, own).tolist() == [row.private_chargers for row in rows]


def test_classes_have_their_shares():
    city = shipped("chongqing_2025")
    count = dict(zip((c.name for c in city.tables.classes), city.nevs.sum(axis=(0, 2, 3)),
                     strict=True))  # fmt: skip
    assert count == {
        "private": 768_600, "ride_hailing": 95_000, "taxi": 11_000, "logistics": 60_000,
        "bus": 6_500, "official": 4_500, "special": 6_400,
    }  # fmt: skip
    hybrid = city.nevs[..., 1].sum(axis=(0, 2))
    assert hybrid[[c.name for c in city.tables.classes].index("private")] == 307_440  # 0.4


def test_every_division_has_a_fast_station(city):
    rows = city.stations.rows
    fast = city.zones.rows["division"][rows["zone"][rows["most_gun_kw"] >= city.section.fast_kw]]
    assert len(np.unique(fast)) == 1031


def test_streets_have_one_to_four_zones_of_different_land_use(city):
    division, use = city.zones.rows["division"], city.zones.rows["land_use"]
    count = np.bincount(division, minlength=1031)
    kinds = np.array([row.kind for row in city.tables.divisions])
    assert set(count[kinds == "street"]) == {1, 2, 3, 4}
    assert set(count[kinds != "street"]) == {1}
    assert len(np.unique(np.column_stack([division, use]), axis=0)) == len(use)


def test_every_block_reaches_a_station_and_at_most_twelve(city):
    count = np.diff(city.candidates.start)
    assert count.min() >= 1
    assert count.max() == 12
    assert (city.candidates.h * 60.0 <= city.section.reach_min).all()
    for block in range(len(count)):
        own = city.candidates.of(block)
        assert (np.diff(city.candidates.h[own]) >= 0.0).all()
        assert len(np.unique(city.candidates.station[own])) == count[block]


def test_every_station_is_known_to_somebody(city):
    assert len(np.unique(city.candidates.station)) == len(city.stations.names)


def test_blocks_have_few_stations_and_zones_at_least_one_block(city):
    """As few as half of what a driver weighs, counted by zone."""
    blocks = np.diff(city.blocks.start)
    stations = np.bincount(city.stations.rows["zone"], minlength=len(blocks))
    assert (blocks == np.maximum(1, np.ceil(stations / 6))).all()
    assert np.bincount(city.blocks.rows["zone"], city.blocks.share) == pytest.approx(1.0)
    zone = np.repeat(np.arange(len(blocks)), 5)
    own = city.blocks.of(zone, np.tile([0.0, 0.2, 0.5, 0.8, np.nextafter(1.0, 0.0)], len(blocks)))
    assert (city.blocks.rows["zone"][own] == zone).all()
    assert len(np.unique(own[blocks[zone] <= 2])) == blocks[blocks <= 2].sum()


def test_another_station_changes_no_block():
    """So what is built is met by the same people, at the same places."""
    city = shipped("chongqing_2025")
    at = city.stations.rows[:1].copy()
    at["x_km"] += 0.01
    more = Stations(
        (*city.stations.names, "new"), np.concatenate([city.stations.rows, at]),
        (*city.stations.cabinets, "dual_120*1"),
    )  # fmt: skip
    found = candidates(city.section, city.tables, city.zones, city.blocks, more)
    assert len(found.start) == len(city.candidates.start)
    assert len(city.stations.names) in found.station


def test_the_nearest_are_known_unless_others_would_be_known_nowhere(city):
    """Of the stations that are nearer than the last one known, nearly all are known as well."""
    home, there = (
        np.column_stack([rows["x_km"], rows["y_km"]])
        for rows in (city.blocks.rows, city.stations.rows)
    )
    nearer, known = 0, 0
    for block in range(0, len(home), 7):
        own = city.candidates.station[city.candidates.of(block)]
        far = np.hypot(*(there - home[block]).T)
        within = np.flatnonzero(far <= far[own].max())
        nearer += len(within)
        known += np.isin(within, own).sum()
    assert known > 0.7 * nearer


def test_stations_are_as_strong_as_their_cabinets(city):
    rows, section = city.stations.rows, city.section
    usable = section.efficiency * section.power_factor * section.loading_limit
    assert (rows["kva"] * usable >= rows["kw"] * section.transformers.simultaneity).all()
    assert (rows["least_gun_kw"] <= rows["most_gun_kw"]).all()
    assert (rows["is_super"] == (rows["most_gun_kw"] >= section.super_kw)).all()


def test_stations_opened_when_their_kind_did(city):
    rows, kinds = city.stations.rows, city.tables.station_kinds
    since, until = (np.array([getattr(own, x) for own in kinds]) for x in ("since", "until"))
    assert ((since[rows["kind"]] <= rows["year"]) & (rows["year"] <= until[rows["kind"]])).all()
    first = np.array([own.first_chargers for own in kinds])[rows["kind"]]
    assert (rows["chargers"] >= np.maximum(first, 1)).all()


def test_years_are_those_of_the_table():
    """As many opened until a year as the table says, but for luck: of 6,139 drawn ones."""
    city = shipped("chongqing_2025")
    for row in city.tables.years:
        share = row.stations / 6_318
        found = (city.stations.rows["year"] <= row.year).mean()
        assert abs(found - share) <= 4.0 * np.sqrt(share * (1.0 - share) / 6_139) + 1e-9, row.year


def test_who_lives_in_new_houses_has_a_charger_more_often():
    """Three times as often as in old ones, by the land uses; less where nearly all have one."""
    city = shipped("chongqing_2025")
    private = [row.name for row in city.tables.classes].index("private")
    uses = [row.land_use for row in city.tables.land_uses]
    use = city.zones.rows["land_use"]
    new, old = (
        city.nevs[use == uses.index(name), private, 1].sum()
        / city.nevs[use == uses.index(name), private].sum()
        for name in ("new_housing", "old_housing")
    )
    assert 1.8 < new / old <= 3.0


def test_what_stands_in_2025_stands_in_2028():
    now, then = (shipped(name) for name in NAMES)
    assert now.zones.names == then.zones.names
    later = dict(zip(then.stations.names, then.stations.rows.tolist(), strict=True))
    for name, row in zip(now.stations.names, now.stations.rows.tolist(), strict=True):
        assert later.pop(name) == row
    assert {row[list(then.stations.rows.dtype.names).index("year")] for row in later.values()} == {
        2026, 2027, 2028,
    }  # fmt: skip
    assert (then.nevs.sum(axis=(1, 2, 3)) >= now.nevs.sum(axis=(1, 2, 3))).all()


# ---- a pure function --------------------------------------------------------------------------


def content(region):
    arrays = (region.zones.rows, region.stations.rows, region.nevs, region.candidates.start,
              region.candidates.station, region.candidates.h)  # fmt: skip
    names = (region.zones.names, region.stations.names, region.stations.cabinets)
    return [own.tobytes() for own in arrays], names


def test_the_same_seed_gives_the_same_bytes():
    assert content(drawn("chongqing_2025")) == content(shipped("chongqing_2025"))


def test_another_seed_makes_other_places_and_the_same_sums():
    one, other = shipped("chongqing_2025"), drawn("chongqing_2025", seed=2)
    assert content(one) != content(other)
    assert by_district(one, "chargers").tolist() == by_district(other, "chargers").tolist()
    assert one.nevs.sum(axis=(0, 3)).tolist() == other.nevs.sum(axis=(0, 3)).tolist()


def test_how_rows_are_sorted_changes_nothing(tmp_path):
    def shuffled(table, rows):
        return [rows[n] for n in np.random.default_rng(len(rows)).permutation(len(rows))]

    settings = rewritten(tmp_path, "chongqing_2025", shuffled)
    assert content(load.drawn(load.checked(settings))) == content(shipped("chongqing_2025"))


def test_a_known_station_takes_the_place_of_a_drawn_one(tmp_path):
    known = tmp_path / "stations.csv"
    known.write_text(
        "station,division,lon,lat,year,cabinets,chargers,kva,source\n"
        "square,500103001,106.57,29.55,2019,dual_120*3,3,400,test\n"
    )
    city = drawn("chongqing_2025", **{"tables.stations": str(known)})
    (row,) = city.stations.rows[[name == "square" for name in city.stations.names]]
    division = city.tables.divisions[city.zones.rows["division"][row["zone"]]]
    assert (division.division, row["year"], row["guns"], row["kva"]) == (
        "500103001",
        2019,
        6,
        400.0,
    )
    one = shipped("chongqing_2025")
    assert len(city.stations.names) == len(one.stations.names)
    assert by_district(city, "chargers").tolist() == by_district(one, "chargers").tolist()
    own = [row.district for row in city.tables.districts].index("500103")
    elsewhere = [
        region.stations.rows[region.zones.rows["district"][region.stations.rows["zone"]] != own]
        for region in (city, one)
    ]
    assert elsewhere[0].tobytes() == elsewhere[1].tobytes()


def test_a_known_zone_takes_the_place_of_those_of_its_division(tmp_path):
    known = tmp_path / "zones.csv"
    known.write_text(
        "zone,division,land_use,lon,lat,source\n"
        "square,500103001,commerce,106.58,29.56,test\n"
        "alley,500103001,old_housing,106.57,29.56,test\n"
    )
    city = drawn("chongqing_2025", **{"tables.zones": str(known)})
    division = [row.division for row in city.tables.divisions].index("500103001")
    own = np.flatnonzero(city.zones.rows["division"] == division)
    assert [city.zones.names[n] for n in own] == ["alley", "square"]
    assert city.zones.rows["is_known"].sum() == 2
    lon, lat = city.zones.plane.degrees(city.zones.rows["x_km"][own], city.zones.rows["y_km"][own])
    assert lon.tolist() == pytest.approx([106.57, 106.58])
    assert lat.tolist() == pytest.approx([29.56, 29.56])


# ---- near what was published ------------------------------------------------------------------


def test_hardware_is_of_the_published_order():
    now, then = (shipped(name).stations.rows for name in NAMES)
    assert 1.3 <= now["guns"].sum() / now["chargers"].sum() <= 1.9
    assert 40.0 <= now["kw"].sum() / now["guns"].sum() <= 65.0  # 46.5 in the nation
    road_kw = 270 * 600.0
    assert 6.5e6 <= then["kw"].sum() + road_kw <= 8.5e6  # the plan: 7.5 GW
    assert 0.15 <= (now["year"] <= 2021).mean() <= 0.35


def test_streets_are_about_the_seat_and_within_the_district():
    city = shipped("chongqing_2025")
    rows, plane = city.zones.rows, city.zones.plane
    seat = np.array([plane.km(row.lon, row.lat) for row in city.tables.districts])
    far = np.hypot(*(np.column_stack([rows["x_km"], rows["y_km"]]) - seat[rows["district"]]).T)
    reach = np.sqrt([row.area_km2 / np.pi for row in city.tables.districts])[rows["district"]]
    assert (far <= reach + rows["radius_km"] * 2.0).all()
    is_street = np.array([row.kind == "street" for row in city.tables.divisions])[rows["division"]]
    assert np.median(far[is_street]) < np.median(far[~is_street]) / 2.0


def test_people_live_and_stations_stand_by_land_use():
    city = shipped("chongqing_2025")
    lives = weights(city.zones, city.tables, "lives")
    count = city.nevs.sum(axis=(1, 2, 3))
    for n in range(38):
        own = city.zones.of(n)
        quota = count[own].sum() * lives[own] / lives[own].sum()
        assert (np.abs(count[own] - quota) < 1.0 + 1e-6).all()
    uses = [row.land_use for row in city.tables.land_uses]
    use = city.zones.rows["land_use"]
    at = city.stations.rows["zone"]
    per_zone = np.bincount(at, minlength=len(use))
    malls, homes = (
        per_zone[use == uses.index(name)].mean() for name in ("commerce", "old_housing")
    )
    assert malls > 1.5 * homes


def test_growth_is_none_where_there_is_none():
    region = shipped("chongqing_2025")
    assert all(region.section.now.in_districts(n) == region.section.totals.in_districts(n)
               for n in GROWN)  # fmt: skip
    assert nevs.make(region.section, region.tables, region.zones).tobytes() == region.nevs.tobytes()
    assert config("chongqing_2025")["growth"] is None
