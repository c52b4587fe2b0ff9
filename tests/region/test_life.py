"""Life: everybody is at one place at a time, and the same one whoever else is drawn."""

import numpy as np
import pytest

from sim.clock import DAY, HOUR
from sim.region import energy, life, load
from sim.region.levels import levels
from sim.region.week import StayKind
from tests.region.regions import drawn, shipped, with_cells

DISTRICTS = ("500155", "500229")  # two of the northeast


@pytest.fixture(scope="module")
def city():
    return shipped("chongqing_2025")


@pytest.fixture(scope="module")
def week(city):
    return life.draw(city, 5, 0, DISTRICTS)


def first_rows(week):
    found = np.zeros(len(week.stays), bool)
    found[week.nevs["stay_start"]] = True
    return found


def test_stays_cover_the_week_one_after_the_other(week):
    stays, begins = week.stays, first_rows(week)
    assert (week.nevs["stay_start"][1:] == week.nevs["stay_end"][:-1]).all()
    assert (week.nevs["stay_start"][0], week.nevs["stay_end"][-1]) == (0, len(stays))
    assert (stays["arrive_ns"] < stays["leave_ns"]).all()
    later = np.flatnonzero(~begins)
    assert (stays["arrive_ns"][later] > stays["leave_ns"][later - 1]).all()
    assert (stays["arrive_ns"][begins] == 0).all()
    ends = stays[week.nevs["stay_end"] - 1]
    assert (ends["leave_ns"] >= 7 * DAY).all()
    assert (ends["kind"] == StayKind.HOME).all()


def test_ways_use_energy_and_take_their_time(city, week):
    """At the speed of the group where somebody lives, or longer if he roams."""
    stays, begins = week.stays, first_rows(week)
    is_last = np.roll(begins, -1)
    assert (stays["used_kwh"][is_last] == 0.0).all()
    assert (stays["used_kwh"][~is_last] > 0.0).all()
    nev = np.repeat(np.arange(len(week.nevs)), week.nevs["stay_end"] - week.nevs["stay_start"])
    later = np.flatnonzero(~begins)
    way_h = (stays["arrive_ns"][later] - stays["leave_ns"][later - 1]) / HOUR
    who = week.nevs[nev[later]]
    kmh = np.array([city.tables.group_of[d.district].kmh for d in city.tables.districts])
    need_h = stays["used_kwh"][later - 1] / who["kwh_per_km"]
    need_h /= kmh[city.zones.rows["district"][who["zone"]]]
    assert (way_h >= need_h - 1e-9).all()
    private = who["nev_class"] == [c.name for c in city.tables.classes].index("private")
    assert way_h[private] == pytest.approx(need_h[private], abs=1e-8)


def test_home_is_home_and_work_is_work(city, week):
    stays = week.stays
    of_stay = np.repeat(week.nevs, week.nevs["stay_end"] - week.nevs["stay_start"])
    at_home, at_work = (stays["kind"] == kind for kind in (StayKind.HOME, StayKind.WORK))
    assert (stays["block"][at_home] == of_stay["home"][at_home]).all()
    assert (stays["block"][at_work] == of_stay["work"][at_work]).all()
    own, pile = of_stay["own_charger"], of_stay["pile"] >= 0
    assert not stays["plugs_in"][~(at_home & (own | pile))].any()
    assert stays["plugs_in"][at_home & pile].all()
    assert (city.blocks.rows["zone"][week.nevs["home"]] == week.nevs["zone"]).all()
    assert stays["plugs_in"][at_home & own].mean() == pytest.approx(0.5, abs=0.01)


def test_nobody_leaves_home_again_at_once(city, week):
    stays, begins = week.stays, first_rows(week)
    between = (stays["kind"] == StayKind.HOME) & ~begins & ~np.roll(begins, -1)
    stayed_h = (stays["leave_ns"] - stays["arrive_ns"])[between] / HOUR
    assert stayed_h.min() >= city.section.living.least_home_h - 1e-9
    assert (stayed_h < city.section.living.least_home_h + 1e-6).any()  # some would have


def test_a_district_alone_is_what_it_is_among_all(city, week):
    """So parts of a region can be run apart."""
    alone = [life.draw(city, 5, 0, [name]) for name in DISTRICTS]
    assert np.concatenate([own.stays for own in alone]).tobytes() == week.stays.tobytes()
    first = alone[0].nevs
    assert first.tobytes() == week.nevs[: len(first)].tobytes()


def test_the_same_seed_gives_the_same_bytes_and_another_replication_does_not(city, week):
    again = life.draw(city, 5, 0, DISTRICTS)
    assert again.stays.tobytes() == week.stays.tobytes()
    assert again.nevs.tobytes() == week.nevs.tobytes()
    other = life.draw(city, 5, 1, DISTRICTS[1:])
    mine = life.draw(city, 5, 0, DISTRICTS[1:])
    assert other.stays.tobytes() != mine.stays.tobytes()


def test_more_nevs_are_the_same_ones_and_others(tmp_path):
    """Twice as many of the toy, whose ways are of random length."""

    def rows(region):
        own = life.draw(region, 3, 0)
        where = [(n["zone"], n["nev_class"], n["own_charger"], n["hybrid"]) for n in own.nevs]
        found = {}
        for key, nev in zip(where, own.nevs, strict=True):
            stays = own.stays[nev["stay_start"] : nev["stay_end"]].tobytes()
            found.setdefault(tuple(map(int, key)), []).append(stays)
        return found

    spread = {("classes", name, "km_sigma"): "0.5" for name in ("private", "ride_hailing")}
    more = {
        ("districts", "east", "nevs"): "16", ("districts", "east", "private_chargers"): "8",
        ("districts", "west", "nevs"): "8", ("districts", "west", "private_chargers"): "4",
    }  # fmt: skip
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    few = load.drawn(load.checked(with_cells(one, spread)))
    settings = with_cells(two, spread | more)
    settings["totals"] |= {"nevs": 24, "private_chargers": 12}
    many = rows(load.drawn(load.checked(settings)))
    for key, own in rows(few).items():
        both = many.get(key, [])
        assert own[: len(both)] == both[: len(own)]
    assert sum(map(len, many.values())) == 24


def test_used_energy_is_what_is_expected(city):
    """Without the factors of the days, which move the mean of a week."""
    level = drawn("chongqing_2025", **{"living.day_cv": 0.0, "living.zone_day_cv": 0.0})
    week = life.draw(level, 5, 0, DISTRICTS)
    kwh = np.add.reduceat(week.stays["used_kwh"], week.nevs["stay_start"]) / 7
    for c, name in enumerate(row.name for row in city.tables.classes):
        own = kwh[week.nevs["nev_class"] == c]
        if len(own) > 100:
            error = own.std() / np.sqrt(len(own))
            assert abs(own.mean() - energy.kwh_per_day(city)[c]) < 4.0 * error + 0.02, name


def test_the_one_fitted_number_gives_ten_kwh_a_day(city):
    """National, January to September 2024; it must stay within 8.8 and 12.5."""
    assert energy.grid_kwh(city) == pytest.approx(10.0, rel=0.005)
    assert 8.8 <= energy.grid_kwh(city) <= 12.5


def test_the_rest_is_predicted_and_of_the_published_order(city):
    kwh = energy.charged_kwh(city)
    public = kwh["public"] / sum(kwh.values())
    assert 0.53 <= public <= 0.75  # 0.53 to 0.67 of the nation; hybrids drive on fuel as well
    assert 80.0 <= kwh["public"] / city.section.totals.public_chargers <= 170.0  # 126 derived
    taxis = [row.name in ("ride_hailing", "taxi") for row in city.tables.classes]
    count = city.nevs.sum(axis=(0, 2, 3))
    theirs = (count * energy.kwh_per_day(city))[taxis].sum() / city.section.efficiency
    assert 0.4 <= theirs / kwh["public"] <= 0.65  # about half
    assert energy.depot_kwh(city).sum() == pytest.approx(6_500 * 160.0 * 0.902)


# ---- days differ ------------------------------------------------------------------------------


def test_factors_have_mean_1_and_their_variation():
    region = drawn("chongqing_2025", **{"living.days": 28})
    own = np.array([levels(region, 1, r) for r in range(10)])  # [replication, zone, day]
    assert own.mean() == pytest.approx(1.0, abs=0.02)
    common = own.mean(axis=1)
    assert common.std() == pytest.approx(0.06, abs=0.01)
    assert (own / common[:, None]).std() == pytest.approx(0.05, abs=0.005)


def test_factors_are_common_and_of_a_zone_from_streams_of_their_own():
    both = levels(drawn(**{"living.day_cv": 0.2, "living.zone_day_cv": 0.3}), 1, 0)
    common = levels(drawn(**{"living.day_cv": 0.2}), 1, 0)
    zones = levels(drawn(**{"living.zone_day_cv": 0.3}), 1, 0)
    assert (common == common[0]).all()
    assert both == pytest.approx(common * zones, rel=1e-12)
    assert (zones[0] != zones[1]).all()


def test_who_charges_at_home_has_no_factor():
    plain = life.draw(shipped("toy"), 1, 0)
    moved = life.draw(drawn(**{"living.day_cv": 0.5, "living.zone_day_cv": 0.5}), 1, 0)
    own = np.repeat(plain.nevs["own_charger"], plain.nevs["stay_end"] - plain.nevs["stay_start"])
    assert plain.stays[own].tobytes() == moved.stays[own].tobytes()
    ways = ~own & ~np.roll(first_rows(plain), -1)
    assert (plain.stays["used_kwh"][ways] != moved.stays["used_kwh"][ways]).all()
