"""Roads as the case of a study."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.config.problems import InputError
from sim.metrics import METRICS
from sim.roads import case, scenario
from sim.stations.schema import Override
from tests import small


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return scenario.load(small.config(tmp_path_factory.mktemp("town")))


def test_the_key_knows_what_matters_and_nothing_else(town):
    config = town.config
    same_key = config.model_copy(update={"out": "elsewhere", "experiment": "speed"})
    seed = config.model_copy(update={"engine": config.engine.model_copy(update={"seed": 77})})
    assert replace(town, config=same_key).key == town.key
    assert replace(town, config=seed).key != town.key


def test_a_rule_for_upgrades_changes_neither_the_figures_nor_the_traffic(tmp_path):
    ruled = scenario.load(small.ruled(tmp_path))
    plain = ruled.with_overrides({})
    assert ruled.key == plain.key
    assert ruled.traffic == plain.traffic


def test_what_stands_at_stations_changes_the_key_and_not_the_traffic(town):
    bigger = town.with_overrides({"near_out": Override(evses=5)})
    assert bigger.key != town.key
    assert bigger.traffic == town.traffic


def test_a_design_differs_by_the_words_of_the_command_line(town):
    other = town.with_(
        **{"demand.scale": 1.5, "station.overrides.near_out.evses": 5, "policy.soc_cap": 0.8}
    )
    config = other.config
    assert (config.demand.scale, config.policy.soc_cap) == (1.5, 0.8)
    assert config.station.overrides["near_out"].evses == 5
    assert town.config.demand.scale == 1.0
    assert town.with_(**{"station.overrides.near_out": Override(evses=5)}).key == (
        town.with_overrides({"near_out": Override(evses=5)}).key
    )


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("demand.scael", 1.5, "scael"),
        ("demand.scale", -1.0, "`demand.scale` is -1"),
        ("station.overrides.nowhere.evses", 5, "nowhere"),
        ("demand.calendar", "nowhere.csv", "nowhere.csv"),
    ],
)
def test_what_cannot_be_is_refused(town, path, value, sentence):
    with pytest.raises(InputError, match=sentence):
        town.with_(**{path: value})


def test_a_worker_gets_the_same_case(town):
    bigger = town.with_overrides({"near_out": Override(evses=5)})
    data = pickle.dumps(bigger)
    assert len(data) < 50_000  # no network in it
    there = pickle.loads(data)
    assert (there.key, there.traffic) == (bigger.key, bigger.traffic)
    here, found = case.figures(bigger, 1), case.figures(there, 1)
    assert (here.figures, here.counts) == (found.figures, found.counts)
    pd.testing.assert_frame_equal(here.stations, found.stations)


def test_every_figure_is_a_metric(town):
    found = case.tables(town, 0)
    names = [*found.figures, *found.counts, *found.stations.columns.drop("station")]
    assert [name for name in names if name not in METRICS] == []
    assert found.hours["queue"].shape == (len(found.stations), 72)
    assert list(found.tables) == ["sessions.parquet", "station_bins.parquet", "kpis.parquet"]
    assert np.all(found.stations["visits"] >= 0)
