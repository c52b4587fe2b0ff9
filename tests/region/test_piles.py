"""Slow piles near home: the yard of the toy, four of 7 kW, a walk of 1.336 km from the farm."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.engine import simulate
from sim.lifecycle import Outcome
from sim.region import life
from sim.region.piles import Piles
from tests.region.regions import drawn, shipped
from tests.region.test_case import inhabited

FARM, YARD = 0, 4  # zone and station
ALL = {
    "living.slow_share": 1.0, "living.walk_km": 1.4,
    "living.target_soc": {"dist": "constant", "value": 0.9},
    "living.need_soc": {"dist": "constant", "value": 0.2},
    "living.slow_soc": {"dist": "constant", "value": 0.9}, "charging.failures": None,
}  # fmt: skip


def test_those_on_foot_are_piles():
    near, far = (drawn(**{"living.walk_km": km}) for km in (1.4, 1.3))
    assert Piles.of(near).near(np.array([0, 1, 2]), np.full(3, 0.5)).tolist() == [YARD, -1, -1]
    assert Piles.of(far).near(np.array([0, 1, 2]), np.zeros(3)).tolist() == [-1, -1, -1]


def test_each_is_as_likely_as_it_has_evses():
    city = shipped("chongqing_2025")
    piles, guns = Piles.of(city), city.stations.rows["guns"]
    assert (city.stations.rows["most_gun_kw"][piles.station] < 30.0).all()
    block = int(np.argmax(np.diff(piles.start)))
    own = piles.station[piles.start[block] : piles.start[block + 1]]
    assert len(own) > 1
    n = int(guns[own].sum())
    found = piles.near(np.full(n, block), (np.arange(n) + 0.5) / n)
    assert [(found == k).sum() for k in own] == guns[own].tolist()
    nobody = np.flatnonzero(np.diff(piles.start) == 0)
    assert set(piles.near(nobody, np.linspace(0.0, 0.999, len(nobody)))) == {-1}


def test_who_likes_it_and_has_no_charger_has_a_pile():
    week = life.draw(drawn(**ALL), seed=1, replication=0)
    with_one = (week.nevs["zone"] == FARM) & ~week.nevs["own_charger"]
    assert with_one.sum() == 2
    assert (week.nevs["pile"] == np.where(with_one, YARD, -1)).all()
    # Anywhere between two charges in public, which begin where it is plugged in.
    assert week.nevs["start_kwh"][with_one] == pytest.approx(week.nevs["target_kwh"][with_one])
    none = life.draw(drawn(**ALL | {"living.slow_share": 0.0}), seed=1, replication=0)
    assert (none.nevs["pile"] == -1).all()
    assert none.stays.tobytes() != week.stays.tobytes()  # only in where they plug in
    assert (none.stays["arrive_ns"] == week.stays["arrive_ns"]).all()


def test_a_car_is_left_overnight_and_stays_until_it_leaves():
    """The driver of the farm comes home at 15:50 with 18 kWh less, and leaves at 7:40."""
    toy = inhabited(**ALL | {"charging.warm_up_days": 0})
    model, people = toy.draw(0)
    ledger = simulate(model, people.evs, (), people.diaries)
    audit.check(ledger)
    nevs = life.draw(toy.region, 1, 0).nevs
    driver = int(np.flatnonzero((nevs["zone"] == FARM) & (nevs["nev_class"] == 1))[0])
    v = ledger.visits[ledger.visits["ev"] == driver]
    assert (v["station"] == YARD).all()
    first = v[np.isclose(v["arrival_h"], 14.5 + 4 / 3)][0]
    assert first["wait_h"] == 0.0
    assert first["leave_kwh"] - first["arrival_kwh"] == pytest.approx(18.0)
    assert first["charge_h"] == pytest.approx(18.0 / 7.0)
    assert first["leave_h"] == pytest.approx(33.0 - 4 / 3)


def test_where_none_is_free_one_does_without():
    """Two of the farm, and one EVSE: who comes later charges elsewhere, and is no arrival."""
    toy = inhabited(**ALL | {"charging.warm_up_days": 0})
    model, people = toy.draw(0)
    yard = model.stations[YARD]
    stations = (*model.stations[:YARD], replace(yard, cabinets=yard.cabinets[:1]),
                *model.stations[YARD + 1 :])  # fmt: skip
    ledger = simulate(replace(model, stations=stations), people.evs, (), people.diaries)
    audit.check(ledger)
    v = ledger.visits
    here, full = v["station"] == YARD, v["outcome"] == Outcome.BALKED
    assert 0 < (here & full).sum() < here.sum()
    found = toy.measured(ledger, people)
    figures = found.figures(table := found.stations())
    assert figures["full_piles_share"] == pytest.approx((here & full).sum() / here.sum())
    assert table["arrivals"].iloc[YARD] == (here & ~full).sum()
    assert table["late"].iloc[YARD] == 0


def test_it_is_left_there_once_it_holds_no_more_than_that():
    """Which is not so every night."""
    toy = inhabited(**ALL | {"living.slow_soc": {"dist": "constant", "value": 0.5}})
    model, people = toy.draw(0)
    ledger = simulate(model, people.evs, (), people.diaries)
    audit.check(ledger)
    nevs = life.draw(toy.region, 1, 0).nevs
    v = ledger.visits[ledger.visits["station"] == YARD]
    assert len(v) > 0
    assert (v["arrival_kwh"] <= nevs["slow_kwh"][v["ev"]]).all()
    private = nevs["nev_class"][v["ev"]] == 0
    assert 0 < private.sum() < 7
