"""Stations of a region as those of a model."""

import numpy as np
import pytest

from sim import audit
from sim.engine import simulate
from sim.evs import make_evs
from sim.model import Model
from sim.region.sites import sites
from tests.region.regions import shipped


def test_the_toy_s_stations():
    toy = shipped("toy")
    found = sites(toy, handshake_h=0.05)
    names = [own.name for own in found.stations]
    assert names == ["arcade", "depot", "inn", "mill", "yard", "farm/own", "hamlet/own",
                     "market/own"]  # fmt: skip
    assert found.own.tolist() == [5, 6, 7]
    depot = found.stations[1]
    assert (len(depot.evses), depot.cabinets[0].kw, depot.handshake_h) == (6, 600.0, 0.05)
    assert depot.cap_kw == pytest.approx(630.0 * 0.98 * 0.85)
    farm = found.stations[5]
    assert ([evse.kw for evse in farm.evses], farm.handshake_h) == ([7.0, 7.0], 0.0)


def test_they_are_stations_that_the_engine_runs():
    toy = shipped("toy")
    found = sites(toy)
    model = Model(found.stations, toy.vehicles(1e-3))
    evs = make_evs(2, place=[5, 2], vehicle=0, target_kwh=7.0, entry_h=[0.0, 0.0])
    ledger = simulate(model, evs, np.zeros(0))
    audit.check(ledger)
    assert ledger.energy_kwh.tolist() == pytest.approx([7.0, 7.0])


def test_buses_have_no_station_at_the_depot():
    """Their energy alone counts."""
    city = shipped("chongqing_2025")
    found = sites(city).stations[len(city.stations.names) :]
    assert max(len(own.evses) for own in found) == 100
    own = sum(len(own.evses) for own in found)
    assert own == 450_000 + 4_500 + 6_400
