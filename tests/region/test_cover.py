"""Drivers with a free super gun near: the toy by hand, and against a look at every gun.

The depot's stack is the one super station: one gun of 480 kW beside five of 120, 2.67 minutes from
the market and out of reach of all others.
"""

import numpy as np
import pytest

from sim import audit
from sim.diaries import make_diaries
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.metrics.stays import stays
from sim.model import Change, Model
from sim.region import cover
from sim.region.sites import sites
from sim.zone import Candidate, Zone
from tests import cases
from tests.region.regions import shipped

FARM, HAMLET, MARKET = range(3)
DEPOT, LIQUID = 1, 5  # the station, and the number of its EVSE of 480 kW


def run(block, leave_h, changes=(), **fields):
    """Who sets out to charge there and then: 60 kWh, from a battery that takes any power."""
    toy = shipped("toy")
    of = toy.candidates
    zones = tuple(
        Zone(str(b), tuple(
            Candidate(*own) for own in zip(
                of.station[of.of(b)].tolist(), of.km[of.of(b)].tolist(),
                of.h[of.of(b)].tolist(), of.h[of.of(b)].tolist(), strict=True,
            )
        ))
        for b in range(3)
    )  # fmt: skip
    model = Model(sites(toy).stations, (cases.FLAT,), zones=zones, changes=changes, horizon_h=48.0)
    n = len(leave_h)
    diaries = make_diaries(np.arange(n), arrive_h=0.0, leave_h=leave_h, zone=block)
    own = {"target_kwh": 80.0, "dest_kwh": np.inf, "diary": np.arange(n), "entry_h": 0.0}
    ledger = simulate(model, cases.evs(n, **own | fields), diaries=diaries)
    audit.check(ledger)
    return ledger


def outage(begin_h, end_h):
    return (
        Change(begin_h, DEPOT, Kind.EVSE_DOWN, LIQUID), Change(end_h, DEPOT, Kind.EVSE_UP, LIQUID)
    )  # fmt: skip


def test_what_is_near():
    toy = shipped("toy")
    at = np.column_stack([toy.stations.rows[name] for name in ("x_km", "y_km")])
    found = cover.near(toy, at, 5.0)
    names = [(b, toy.stations.names[n]) for b, n in zip(*found, strict=True)]
    assert names == [(FARM, "mill"), (FARM, "yard"), (HAMLET, "inn"), (MARKET, "arcade"),
                     (MARKET, "depot")]  # fmt: skip
    # 1.113 km x 1.2 / 30 km/h = 2.6712 minutes.
    assert [*cover.near(toy, at, 2.67).block] == [FARM, HAMLET]
    assert [*cover.near(toy, at, 2.68).block] == [FARM, FARM, HAMLET, MARKET, MARKET]


def test_who_finds_a_free_one():
    """The first takes the gun of 480 kW from 9:02:40 on, for 15 minutes (600 A at 400 V), and what
    the way there took; the second, at 9:05, has none free near, the third, at 9:19, has.  From 12
    to 13 it is out of order."""
    block = [MARKET, MARKET, MARKET, MARKET, HAMLET, MARKET]
    leave_h = [9.0, 9 + 5 / 60, 9 + 19 / 60, 12.5, 12.5, 33.0]
    ledger = run(block, leave_h, outage(12.0, 13.0))
    assert ledger.visits["slot"][0] == ledger.model.arrays.stations["slot_start"][DEPOT] + LIQUID
    assert ledger.visits["unplug_h"][0] == pytest.approx(9 + 2.6712 / 60 + 60.26712 / 240)
    found = cover.wishes(ledger, shipped("toy"), 5.0, days=range(1))
    order = np.lexsort((found.block, found.hour))
    assert found.hour[order].tolist() == [9, 9, 9, 12, 12]
    assert sorted(found.is_free[found.hour == 9]) == [False, True, True]
    assert not found.is_free[found.hour == 12].any()
    near, free = cover.shares(found, found.in_reach), cover.shares(found, found.is_free)
    assert near[[9, 12]].tolist() == [1.0, 0.5]
    assert free[[9, 12]].tolist() == pytest.approx([2 / 3, 0.0])
    assert np.isnan(np.delete(free, [9, 12])).all()
    lacks = cover.lacking(found, 3)
    assert lacks[:, [9, 12]].tolist() == [[0, 0], [0, 1], [1, 1]]
    assert lacks.sum() == 3
    assert len(cover.wishes(ledger, shipped("toy"), 5.0, days=range(2)).block) == 6


def test_nothing_is_near_within_no_time():
    found = cover.wishes(run([MARKET], [9.0]), shipped("toy"), 1.0, days=range(1))
    assert not found.in_reach.any()
    assert not found.is_free.any()


def test_as_a_look_at_every_gun_at_every_wish():
    rng = np.random.default_rng(5)
    n = 800
    leave_h = np.sort(rng.uniform(0.0, 24.0, n)).round(3)
    block = rng.integers(0, 3, n)
    ledger = run(block, leave_h, outage(10.0, 11.0) + outage(15.2, 15.6), target_kwh=30.0)
    found = cover.wishes(ledger, shipped("toy"), 5.0, days=range(2))
    at = stays(ledger)
    own = at.slot == ledger.model.arrays.stations["slot_start"][DEPOT] + LIQUID
    assert own.sum() > 50

    def is_free(time_h):
        taken = ((at.plug_h[own] <= time_h) & (time_h < at.unplug_h[own])).any()
        return not (taken or 10.0 <= time_h < 11.0 or 15.2 <= time_h < 15.6)

    expected = [b == MARKET and is_free(h) for b, h in zip(block, leave_h, strict=True)]
    by_ev = np.argsort(ledger.visits["ev"][ledger.hop == 0])
    assert found.is_free[by_ev].tolist() == expected
    assert 0.1 < np.mean(found.is_free[found.block == MARKET]) < 0.9


def test_another_network_is_no_region():
    ledger = simulate(cases.model(), cases.evs(1))
    with pytest.raises(ValueError, match="not the blocks"):
        cover.wishes(ledger, shipped("toy"), 5.0, days=range(1))
