"""Where people go: near zones that draw them."""

import numpy as np
import pytest

from sim.region import load
from sim.region.destinations import Destinations
from tests.region.regions import drawn, shipped, with_cells

FARM, HAMLET, MARKET = range(3)


def chances(region, district, of, home, many=4000):
    """Of each block, which is a zone here."""
    u = (np.arange(many) + 0.5) / many
    found = Destinations(region, district).drawn(of, np.full(many, home), u)
    return np.bincount(found, minlength=len(region.blocks.rows)) / many


def test_all_work_where_work_is():
    toy = shipped("toy")
    assert chances(toy, 1, "works", FARM).tolist() == [0.0, 0.0, 1.0]
    assert chances(toy, 0, "works", HAMLET).tolist() == [0.0, 0.0, 1.0]


def test_near_zones_draw_more_by_their_weight_and_distance(tmp_path):
    """With work in villages, too: in the east, market and hamlet share 8 NEVs evenly; the west has
    4 at the farm.  Of somebody at the market, hamlet and farm are 11.13 km away."""
    cells = {("land_uses", "village", "works"): "1"}
    region = load.drawn(load.checked(with_cells(tmp_path, cells)))
    far = np.exp(-11.13 / 6.0)
    weight = np.array([4.0 * far, 4.0 * far, 4.0])
    assert chances(region, 0, "works", MARKET) == pytest.approx(weight / weight.sum(), abs=1e-3)


def test_no_chance_is_lost_however_far_it_is():
    """Work is 11.13 km from the farm, which is many times as far as people like to go."""
    region = drawn(**{"living.decay_km": 1.0})
    assert chances(region, 1, "works", FARM).tolist() == [0.0, 0.0, 1.0]


def test_most_ways_in_town_are_short():
    """0.71 of the trips of private EVs in Beijing are shorter than 15 km."""
    city = shipped("chongqing_2025")
    district = [row.district for row in city.tables.districts].index("500103")
    rows = city.blocks.rows
    home = np.flatnonzero(city.zones.rows["district"][rows["zone"]] == district)
    u = np.random.default_rng(1).random((200, len(home)))
    ends = Destinations(city, district).drawn("works", np.tile(home, 200), u.ravel())
    home = np.tile(home, 200)
    km = 1.35 * np.hypot(rows["x_km"][ends] - rows["x_km"][home],
                         rows["y_km"][ends] - rows["y_km"][home])  # fmt: skip
    assert 0.5 < (km < 15.0).mean() < 0.9
