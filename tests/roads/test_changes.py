"""Changes as data: which designs they are, which are refused, and what they cost."""

import pytest

from sim.roads.changes import cost, designs
from sim.stations.costs import prices
from tests import small

STORAGE = {
    "kwh": 100.0, "kw": 50.0, "efficiency": 0.9, "discharge_hours": [12, 13],
    "charge_hours": [1, 2, 3],
}  # fmt: skip


@pytest.fixture
def base(tmp_path):
    (tmp_path / "costs.csv").write_text(small.COSTS)
    return small.build(tmp_path)


def refused(base, own, *more, here="near_out"):
    problems: list[str] = []
    found = designs(base, {"mine": own, **dict(more)}, "my.changes", problems, here)
    assert problems, found
    return problems


def test_a_change_is_the_scenario_with_its_settings(base):
    problems: list[str] = []
    changes = {
        "built": {"here.add": "pair*1", "policy.soc_cap": 0.7},
        "whole": {"here": {"kva": 800.0}},
        "told": {"fleet": {"informed_share": 1.0}},
        "other": {"station.overrides.gate.evses": 4, "station.handshake_min": 1.0},
    }  # fmt: skip
    found = designs(base, changes, "my.changes", problems, "near_out")
    assert not problems
    assert list(found) == list(changes)
    assert found["built"].key == base.with_(
        **{"station.overrides.near_out.add": "pair*1", "policy.soc_cap": 0.7}
    ).key  # fmt: skip
    assert found["whole"].hardware["near_out"].kva == 800.0
    assert found["told"].config.fleet.informed_share == 1.0
    assert found["told"].config.fleet.target_soc == base.config.fleet.target_soc
    assert found["other"].config.station.handshake_min == 1.0


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"policy.soc_cap": 0.8}, "`my.changes.mine` changes nothing"),
        ({}, "`my.changes.mine` changes nothing"),
        ({"here.kva": 400.0}, "`station.overrides.near_out.kva` changes nothing: near_out has 4"),
        ({"here.add": "pear*1"}, "unknown cabinet type `pear`: did you mean `pair`?"),
        ({"policy.soc_cap": 1.5}, "`my.changes.mine`: `policy.soc_cap` is 1.5, but must be"),
        ({"policy": {"soc_cp": 0.5}}, "unknown key `policy.soc_cp`: did you mean"),
        ({"engine.seed": 2}, "`engine.seed` is no place of a change: it begins with here, station"),
        ({"hero.kva": 800.0}, "`hero.kva` is no place of a change"),
        ({"station.other_load_shape.24": 1.0}, "unknown setting `24`: it is none of 0 to 23"),
        ({"station.other_load_shape.x": 1.0}, "unknown setting `x`: it is none of 0 to 23"),
    ],
)
def test_what_cannot_be_or_changes_nothing_is_refused(base, own, says):
    assert any(says in problem for problem in refused(base, own)), refused(base, own)


def test_the_same_twice_and_a_station_that_is_not_there(base):
    same = refused(base, {"here.add": "pair*1"}, ("again", {"here": {"add": "pair*1"}}))
    assert same == ["`my.changes.again` is the same as `mine`: keep one of them"]
    there = refused(base, {"here.add": "pair*1"}, here="near_ot")
    assert there == ["there is no station `near_ot`: did you mean `near_out`?"]
    without = refused(base, {"here.add": "pair*1"}, here="")
    assert "it begins with station, policy or fleet" in without[0]


def test_what_is_bought_is_paid_and_nothing_else(base, tmp_path):
    problems: list[str] = []
    table = prices(str(tmp_path / "costs.csv"), problems)
    changes = {
        "pair": {"here.add": "pair*1"}, "kva": {"here.kva": 800.0}, "cap": {"here.cap_kw": 350.0},
        "rule": {"policy.soc_cap": 0.6}, "fewer": {"here.evses": 2},
        "mobile": {"here.mobile": {"cabinets": "pair*1"}},
        "store": {"here.storage": [STORAGE]},
        "both": {"here.add": "pair*1", "station.overrides.far_in.add": "pair*1"},
    }  # fmt: skip
    found = designs(base, changes, "my.changes", problems, "near_out")
    assert not problems
    pair = 80 * 200.0 + 2 * 2000.0
    typical = {name: cost(base, own, table).typical for name, own in found.items()}
    assert typical == {
        "pair": pair, "kva": 800 * 20.0 + 200_000.0, "cap": 0.0, "rule": 0.0, "fewer": 0.0,
        "mobile": 2 * 2 * 20.0, "both": 2 * pair,  # two EVSEs, two days
        "store": 100 * 2.0,
    }  # fmt: skip
    own = cost(base, found["pair"], table)
    assert (own.low, own.high) == (80 * 100.0 + 2 * 1000.0, 80 * 300.0 + 2 * 3000.0)
    assert own.estimate.mean == own.typical
