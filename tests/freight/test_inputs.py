"""Inputs of a corridor: each by hand, and a posterior whose point r holds in replication r."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from sim.config.problems import InputError
from sim.freight import case
from sim.freight.capacity import capacity, fewest
from sim.freight.case import Freight
from sim.freight.inputs import INPUTS
from sim.freight.limits import by_world
from sim.freight.metrics import METRICS
from sim.freight.posterior import Posterior
from sim.stats import inputs
from sim.stats.prior import Prior, sobol
from sim.study.case import Replication
from sim.study.results import Results
from tests import corridors

PRIORS = inputs.read("calibration/trucks.csv", Prior, INPUTS, [])
NAMES = tuple(PRIORS)
FAILURES = {"mtbf_h": 98.0, "mttr_h": 2.0}


def flat(cfg, place=""):
    if isinstance(cfg, list):
        cfg = {str(n): own for n, own in enumerate(cfg)}
    if not isinstance(cfg, dict):
        return {place: cfg}
    return {k: v for key, own in cfg.items() for k, v in flat(own, f"{place}.{key}").items()}


TOUCHED = {
    "kwh_per_km": (1.1, {f"trucks.{t}.kwh_per_km_{load}" for t in ("small", "big")
                         for load in ("loaded", "empty")}),
    "pack": (0.9, {f"packs.{t}.{n}.battery_kwh" for t in ("t100", "t300") for n in (0, 1)}),
    "truck_power": (0.9, {f"packs.{t}.{n}.power_kw" for t in ("t100", "t300") for n in (0, 1)}),
    "speed": (0.9, {f"duties.{place}.drive.kmh" for place in (
        "shuttle.turn.1", "shuttle.turn.4", "haul.turn.1", "haul.turn.4")}),
    "stop_soc": (-0.1, {"stop_soc"}),
    "target_soc": (-0.1, {"duties.haul.turn.0.charge.soc",  # what is swapped is as full as it is
                          "duties.haul.turn.6.between.steps.0.charge.soc"}),
    "handling": (1.5, {"places.gate.service_min.value", "places.yard.service_min.low",
                       "places.yard.service_min.high"}),
    "servers": (2.0, {"places.gate.servers", "places.yard.servers"}),
    "power": (1.1, {"evse_classes.gun.kw", "evse_classes.gun.amps", "cabinet_types.pair.kw"}),
    "handshake": (3.0, {"handshake_min"}),
    "availability": (0.9, {"failures.mtbf_h"}),
    "loading": (0.8, {"loading_limit"}),
    "swap_time": (0.5, {"sites.swap.swap.swap_min"}),
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_changes_what_it_names_and_nothing_else(name):
    base = corridors.corridor(failures=FAILURES)
    value, touched = TOUCHED[name]
    before, after = (flat(own.cfg) for own in (base, base.at({name: value})))
    assert {k[1:] for k in before if before[k] != after[k]} == touched
    if INPUTS[name].unit not in ("x", "SOC"):
        assert INPUTS[name].value(base.at({name: value}).cfg) == pytest.approx(value)


def test_every_input_has_a_range():
    assert list(TOUCHED) == list(INPUTS) == list(PRIORS)


def test_amounts_by_hand():
    base = corridors.corridor()
    own = base.at({"kwh_per_km": 1.1, "target_soc": 0.5, "handling": 2.0, "servers": 0.1})
    assert own.section.trucks["big"].kwh_per_km_loaded == pytest.approx(2.2)
    assert own.section.duties["haul"].turn[0].charge.soc == 1.0  # nothing is fuller than full
    assert own.section.places["yard"].service_min.high == 36.0
    assert own.section.places["yard"].servers == 3  # two of a berth, and one beside them
    assert own.section.places["gate"].servers == 1
    assert base.at({"pack": 0.5}).vehicles[0].battery_kwh == 50.0
    assert INPUTS["availability"].value(base.cfg) == 1.0


def test_a_point_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="loading_limit"):
        corridors.corridor().at({"loading": 20.0})


# ---- a posterior -----------------------------------------------------------------------------

POINTS = sobol(PRIORS, 4, seed=3)


def unknown(base, points=POINTS):
    expected = {name: INPUTS[name].value(base.cfg) for name in NAMES}
    return replace(base, posterior=Posterior(NAMES, points, expected, {}), posterior_of="own.csv")


@pytest.fixture(scope="module")
def base():
    return corridors.corridor(failures=FAILURES)


def test_replication_r_is_run_at_point_r(base):
    own = Freight(unknown(base), 1)
    for r in (0, 3, 5):
        there = base.at(dict(zip(NAMES, POINTS[r % 4].tolist(), strict=True)))
        found, alone = case.figures(own, r), case.figures(Freight(there, 1), r)
        assert found.figures == alone.figures
        assert found.stations.equals(alone.stations)
        assert found.figures != case.figures(Freight(base, 1), r).figures


def test_searches_are_made_at_the_point_too(base):
    there = base.at(dict(zip(NAMES, POINTS[1].tolist(), strict=True)))
    asked = {"wait_p95_min": 15.0, "energy_share": 0.99}
    both = [Freight(own, 1) for own in (unknown(base), there)]
    found = [capacity(own, 1, **asked, most=30, resolution=0.0) for own in both]
    assert found[0].figures == found[1].figures
    asked |= {"of": "cabinets", "site": "depot", "guess": 2, "most": 8}
    least = [fewest(own, 1, **asked).figures for own in both]
    assert least[0] == least[1]


def test_a_design_is_moved_as_the_base_is(base):
    """What a design has changed stays changed, and the point holds for all else."""
    own = unknown(base)
    design = own.with_site("depot", kva=200.0).of(2)
    assert design.section.sites["depot"].kva == 200.0
    assert design.section.loading_limit == own.of(2).section.loading_limit != 1.0
    faster = own.with_(handshake_min=5.0)  # decided by whoever set it
    assert [faster.of(r).section.handshake_min for r in range(4)] == [5.0] * 4


def test_workers_have_the_same_points_and_none_is_what_it_was(base):
    own = Freight(unknown(base), 1)
    there = pickle.loads(pickle.dumps(own))
    assert there.key == own.key != Freight(base, 1).key
    assert there.corridor.of(2).section == own.corridor.of(2).section
    assert base.of(2) is base
    assert own.corridor.assumed.posterior is None
    assert Freight(own.corridor.assumed, 1).key == Freight(base, 1).key


# ---- what binds, world by world --------------------------------------------------------------


def test_what_binds_in_which_share_of_the_worlds():
    flows = {
        "": (100.0, 100.0, 100.0, 100.0), "EVSEs": (110.0, 101.0, 100.0, 103.0),
        "gate": (105.0, 100.0, 101.0, 104.0), "hub": (120.0, 103.0, 100.0, 130.0),
    }  # fmt: skip
    found = Results(
        {n: [Replication({"deliveries_per_day": x}) for x in own] for n, own in flows.items()},
        METRICS,
    )
    assert by_world(found) == dict.fromkeys(("EVSEs", "hub", "drivers", "gate"), 0.25)
    assert np.isclose(sum(by_world(found).values()), 1.0)
