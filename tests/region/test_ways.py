"""Ways out to charge: by hand in the toy, and with something built."""

from dataclasses import replace

import numpy as np
import pytest

from sim.clock import ns
from sim.config import compose
from sim.lifecycle import Outcome
from sim.region import load, ways
from sim.region.building import NOTHING, Building
from sim.region.case import Inhabited
from sim.region.prices import TariffSection
from sim.region.retrofit import Rebuilding
from tests.region.test_cover import DEPOT, HAMLET, LIQUID, MARKET, outage, run

WAY_H = 1.113 * 1.2 / 30.0  # from the market to the depot
STACK = Rebuilding(replace="stack_600*1")
YARD = 4


def test_a_way_takes_the_drive_the_charge_and_the_drive_back():
    """60 kWh, and what the way there took, at 240 kW."""
    own = ways.ways(run([MARKET], [9.5]))
    kwh = 60.0 + 0.2 * 1.113 * 1.2
    assert own.out_h.tolist() == pytest.approx([2 * WAY_H + kwh / 240.0], abs=1e-4)
    assert (own.block.tolist(), own.hour.tolist()) == ([MARKET], [9])
    assert (own.wait_h.tolist(), own.is_lost.tolist()) == ([0.0], [False])


def test_a_way_with_two_stops_is_one():
    """The inn has two guns: the third to come waits for one, and the fourth, who likes no line,
    has no other station."""
    ledger = run([HAMLET] * 4, [9.0, 9.01, 9.02, 9.03], balk_per_evse=[9.0, 9.0, 9.0, 0.4])
    own = ways.ways(ledger)
    assert own.is_lost.tolist() == [False, False, False, True]
    assert own.wait_h[:2].tolist() == [0.0, 0.0]
    first = ledger.visits[ledger.visits["ev"] == 0][0]
    assert own.wait_h[2] == pytest.approx(first["unplug_h"] - 9.02)
    assert own.out_h[3] == 0.0  # it saw the line at the door
    assert ledger.visits["outcome"][ledger.visits["ev"] == 3].tolist() == [Outcome.BALKED]


def test_hops_are_part_of_the_way():
    """From the market to the depot, all of whose guns are out of order, and on to the arcade."""
    ledger = run([MARKET], [9.0], patience_ns=ns(0.5), balk_per_evse=0.0, changes=[
        own for n in range(6)
        for own in (replace(outage(8.0, 20.0)[0], evse=n), replace(outage(8.0, 20.0)[1], evse=n))
    ])  # fmt: skip
    own = ways.ways(ledger)
    assert len(own.out_h) == 1
    assert ledger.visits["station"].tolist() == [DEPOT, 0]
    last = ledger.visits[-1]
    assert own.out_h[0] == pytest.approx(last["leave_h"] + WAY_H - 9.0, abs=1e-4)
    assert LIQUID == 5


def test_who_is_out_at_the_end_has_no_end():
    own = ways.ways(run([MARKET], [47.99]))
    assert np.isnan(own.out_h).all()
    assert not own.is_lost.any()


# ---- with something built ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def toy():
    tariff = TariffSection.model_validate(compose.choice("tariff", "flat"))
    return Inhabited(load.section("toy"), tariff, ("east", "west"), 1, 1.0, 1e-3)


def test_what_is_built_changes_the_network_and_not_who_lives_there(toy):
    plan = Building((YARD,), STACK, (HAMLET,), "stack_600*1")
    own = toy.built(plan)
    assert own.traffic == toy.traffic
    assert len({toy.key, own.key, toy.built(replace(plan, sites=())).key}) == 3
    assert toy.built(NOTHING).key == toy.key
    assert own.region.stations.names == (*toy.region.stations.names, "hamlet/new001")
    assert own.stations.tolist() == [0, 1, 2, 3, 4, 5]
    assert own.region.stations.rows["is_super"].tolist() == [False, True, False, False, True, True]
    assert own.network.model.stations[5].name == "hamlet/new001"
    (_, people), (_, before) = own.draw(0), toy.draw(0)
    assert (people.evs == before.evs).all()
    same = [name for name in people.diaries.stays.dtype.names if name != "place"]
    assert (people.diaries.stays[same] == before.diaries.stays[same]).all()
    # Own chargers come after the public stations, of which there is one more.
    at, was = people.diaries.stays["place"], before.diaries.stays["place"]
    assert (at == np.where(was >= 5, was + 1, was)).all()


def test_nobody_expects_a_wait_at_a_new_station(toy):
    waits_h = np.arange(8.0)[:, None] * np.ones(168)  # five public stations, three of own chargers
    own = toy.expecting(waits_h).built(Building(sites=(HAMLET, MARKET), cabinets="stack_600*1"))
    model, _ = own.draw(0)
    assert np.asarray(model.waits_h)[:, 0].tolist() == [0, 1, 2, 3, 4, 0, 0, 5, 6, 7]


def test_figures_of_a_replication(toy):
    found = ways.measure(toy, 0, 5.0)
    figures = found.figures
    assert figures["ways"] > 0
    assert figures["out_h"] == pytest.approx(sum(found.more["out_h"]))
    assert figures["ways"] == sum(found.more["ways"])
    lacking = sum(count for _, _, count in found.more["lacking"])
    assert figures["free_share"] == pytest.approx(1.0 - lacking / figures["ways"])
    assert figures["free_share"] <= figures["near_share"]
    assert found.stations["station"].tolist() == [*toy.region.stations.names]
    assert len(found.more["near"]) == len(found.more["free"]) == 24


def test_a_super_station_is_near_to_who_had_none(toy):
    """All ways from the farm led to its two ordinary stations."""
    before, after = (
        ways.measure(own, 0, 5.0) for own in (toy, toy.built(Building((YARD,), STACK)))
    )
    assert before.figures["near_share"] < after.figures["near_share"]
    assert after.stations["sessions"][YARD] > before.stations["sessions"][YARD]
