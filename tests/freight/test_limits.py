"""Which limit of a corridor binds: on made results, and what is relaxed."""

import pytest

from sim.freight import limits
from sim.freight.metrics import METRICS
from sim.study.case import Replication
from sim.study.results import Results
from tests import corridors


def found(*values):
    return [Replication({"capacity": x, "deliveries_per_day": 10 * x}) for x in values]


def bound(before, after):
    return limits.bound(Results({"": before, **after}, METRICS))


def test_what_raises_the_capacity_most_binds():
    after = {"EVSEs": found(12, 14), "transformer": found(15, 17), "gate": found(10, 12)}
    own = bound(found(10, 12), after)
    assert own["binds"] == "transformer"
    assert own["gains"]["transformer"].mean == 50.0  # loads a day
    assert (own["capacity"].mean, own["flow"].mean) == (11.0, 110.0)


def test_a_gain_that_may_be_luck_binds_nothing():
    after = {"EVSEs": found(30, 2), "gate": found(10, 12)}
    assert bound(found(10, 12), after)["binds"] == "unsure"


def test_limits_that_are_not_told_apart_are_named_together():
    after = {"EVSEs": found(13, 15, 17, 19), "transformer": found(13.5, 14.5, 17.5, 18.5)}
    own = bound(found(10, 12, 14, 16), after)
    assert (own["binds"], own["alike"]) == ("EVSEs", ["EVSEs", "transformer"])


def test_all_together_binds_only_if_nothing_does_alone():
    after = {"EVSEs": found(12, 14), "hub": found(20, 22)}
    assert bound(found(10, 12), after)["binds"] == "EVSEs"
    after = {"EVSEs": found(10, 12), "hub": found(20, 22)}
    assert bound(found(10, 12), after)["binds"] == "hub"


def test_if_nothing_helps_it_is_the_drivers():
    after = {"EVSEs": found(101, 101), "gate": found(99, 99)}
    assert bound(found(100, 100), after)["binds"] == "drivers"


def test_each_limit_is_relaxed_alone():
    base = corridors.corridor()
    changed = limits.relaxed(base, 0.5)
    assert set(changed) == {"EVSEs", "stacks", "transformer", "gate", "hub"}
    station = {name: own.model.stations[own.number["depot"]] for name, own in changed.items()}
    kws = {name: sum(c.kw for c in own.cabinets) for name, own in station.items()}
    assert kws == pytest.approx(
        {"EVSEs": 300, "stacks": 450, "transformer": 300, "gate": 300, "hub": 450}
    )
    assert {name: len(own.evses) for name, own in station.items()} == {
        "EVSEs": 6, "stacks": 4, "transformer": 4, "gate": 4, "hub": 6,
    }  # fmt: skip
    assert station["stacks"].evses[0].kw == pytest.approx(150.0)
    assert station["transformer"].cap_kw == pytest.approx(600.0)
    assert [changed["gate"].section.places[n].servers for n in ("gate", "yard")] == [2, 5]


def test_other_sites_are_ample():
    other = limits.ample(corridors.corridor(), "depot").section.sites
    assert (other["swap"].swap.packs, other["swap"].swap.bays) == (8, 3)
    assert other["depot"].cabinets == {"pair": 2}
    other = limits.ample(corridors.corridor(), "swap").section.sites
    assert (other["depot"].cabinets, other["depot"].kva) == ({"pair": 8}, None)
