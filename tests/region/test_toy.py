"""The toy region, counted by hand."""

import numpy as np
import pytest

from sim.clock import hours
from sim.region import energy, life
from sim.region.week import StayKind
from tests.region.regions import drawn, shipped

FARM, HAMLET, MARKET = range(3)  # zones in order of their names, a block each


@pytest.fixture(scope="module")
def toy():
    return shipped("toy")


@pytest.fixture(scope="module")
def week(toy):
    return life.draw(toy, seed=1, replication=0)


def of(week, zone, nev_class):
    """The first NEV of a class that lives there."""
    nevs = week.nevs
    return int(np.flatnonzero((nevs["zone"] == zone) & (nevs["nev_class"] == nev_class))[0])


def stays_of(week, number):
    """Begin, end, kWh, zone and place of each stay of one NEV."""
    nev = week.nevs[number]
    rows = week.stays[nev["stay_start"] : nev["stay_end"]]
    times = zip(hours(rows["arrive_ns"]).round(4), hours(rows["leave_ns"]).round(4), strict=True)
    more = zip(rows["used_kwh"].round(6), rows["block"], rows["kind"], strict=True)
    return [(*map(float, own), *map(float, rest)) for own, rest in zip(times, more, strict=True)]


def test_zones_are_where_the_table_says(toy):
    assert toy.zones.names == ("farm", "hamlet", "market")
    # 0.1 degrees on the equator, of 111.3 km each.
    assert toy.zones.rows["x_km"].tolist() == pytest.approx([-11.13, 11.13, 0.0])
    assert toy.zones.rows["y_km"].tolist() == [0.0, 0.0, 0.0]


def test_stations_are_those_of_the_table(toy):
    names = toy.stations.names
    assert names == ("arcade", "depot", "inn", "mill", "yard")
    rows = dict(zip(names, toy.stations.rows, strict=True))
    assert [rows[name]["zone"] for name in names] == [MARKET, MARKET, HAMLET, FARM, FARM]
    assert [rows[name]["guns"] for name in names] == [2, 6, 2, 4, 4]
    assert [rows[name]["kw"] for name in names] == [120.0, 600.0, 120.0, 240.0, 28.0]
    assert [rows[name]["is_super"] for name in names] == [False, True, False, False, False]
    assert rows["depot"]["least_gun_kw"] == 120.0
    assert rows["depot"]["most_gun_kw"] == 480.0
    assert rows["arcade"]["year"] == 2016


def test_candidates_are_the_nearest_within_reach(toy):
    """1.113 km x 1.2 at 30 km/h take 2.6712 minutes; the next town is 11.13 x 1.2 / 30 h away,
    26.7 minutes, beyond the 20 that are in reach."""
    found = toy.candidates
    own = [found.station[found.of(zone)].tolist() for zone in range(3)]
    names = [[toy.stations.names[n] for n in row] for row in own]
    assert names == [["mill", "yard"], ["inn"], ["arcade", "depot"]]
    assert (found.h * 60).tolist() == pytest.approx([0.0, 2.6712, 0.0, 2.6712, 2.6712])
    assert found.km[found.of(MARKET)].tolist() == pytest.approx([1.3356, 1.3356])


def test_with_a_longer_reach_come_those_of_other_towns():
    found = drawn(**{"reach_min": 27.0}).candidates
    assert [len(found.station[found.of(zone)]) for zone in range(3)] == [3, 2, 4]
    few = drawn(**{"reach_min": 27.0, "most_candidates": 2})
    assert np.diff(few.candidates.start).max() == 2
    # A block for every station, where two of them are half of what a driver weighs.
    assert few.blocks.rows["zone"].tolist() == [FARM, FARM, HAMLET, MARKET, MARKET]
    x_km = few.blocks.rows["x_km"].tolist()
    assert x_km == pytest.approx([-11.13, -12.243, 11.13, 1.113, -1.113])


def test_who_lives_where(toy):
    """Four NEVs in each zone: three private ones, two of them with a charger, and one for rides;
    two of the six with a charger are hybrids, one of the three without.  Battery cars are dealt
    out first, of equal remainders to the first zones."""
    private, rides = range(2)
    assert toy.nevs.sum(axis=(2, 3)).tolist() == [[3, 1]] * 3
    assert toy.nevs[:, private, 1].sum(axis=1).tolist() == [2, 2, 2]
    assert toy.nevs[:, rides, 1].sum() == 0
    assert toy.nevs[:, private, 1, 1].tolist() == [0, 1, 1]
    assert toy.nevs[:, private, 0, 1].tolist() == [0, 0, 1]


def test_a_commuter_s_week(week):
    """20 km a day in two ways of 20 minutes and 1.5 kWh; work is at the market, from 8 to 17."""
    farmer = of(week, FARM, 0)
    assert week.nevs["work"][farmer] == MARKET
    third = round(1 / 3, 4)
    expected = [(0.0, 8.0 - third, 1.5, FARM, StayKind.HOME)]
    for day in range(5):
        at = 24.0 * day
        nxt = 32.0 if day < 4 else 34.0
        expected += [
            (at + 8.0, at + 17.0, 1.5, MARKET, StayKind.WORK),
            (at + 17.0 + third, at + nxt - third, 1.5, FARM, StayKind.HOME),
        ]
    for day in (5, 6):
        at = 24.0 * day
        end = at + 34.0 - third if day == 5 else 168.0
        expected += [
            (at + 10.0, at + 12.0, 1.5, MARKET, StayKind.OTHER),
            (at + 12.0 + third, end, 1.5 if day == 5 else 0.0, FARM, StayKind.HOME),
        ]
    assert np.array(stays_of(week, farmer)) == pytest.approx(np.array(expected), abs=2e-4)


def test_a_driver_s_day(week):
    """120 km a day in three ways of 40 km, 80 minutes and 6 kWh, and more on the road for rides."""
    driver = of(week, FARM, 1)
    first = [
        (0.0, 9.0 - 4 / 3, 6.0, FARM, StayKind.HOME),
        (9.0, 9.5, 6.0, MARKET, StayKind.OTHER),
        (14.0, 14.5, 6.0, MARKET, StayKind.OTHER),
        (14.5 + 4 / 3, 33.0 - 4 / 3, 6.0, FARM, StayKind.HOME),
    ]
    assert np.array(stays_of(week, driver)[:4]) == pytest.approx(np.array(first), abs=2e-4)


def test_energy_is_that_of_the_ways(toy, week):
    """9 x 20 km + 3 x 120 km at 0.15 kWh/km: 81 kWh a day."""
    assert week.stays["used_kwh"].sum() == pytest.approx(7 * 81.0)
    assert energy.kwh_per_day(toy).tolist() == pytest.approx([3.0, 18.0])
    grid = {name: kwh * 0.92 for name, kwh in energy.charged_kwh(toy).items()}
    assert grid == pytest.approx({"home": 18.0, "depot": 0.0, "public": 63.0})
    assert energy.grid_kwh(toy) == pytest.approx(6.75 / 0.92)


def test_who_has_a_charger_plugs_in_at_home(week):
    own = np.repeat(week.nevs["own_charger"], week.nevs["stay_end"] - week.nevs["stay_start"])
    at_home = week.stays["kind"] == StayKind.HOME
    assert (week.stays["plugs_in"] == own & at_home).all()
