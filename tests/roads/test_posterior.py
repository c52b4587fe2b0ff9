"""A kept posterior: replication r of every design is run at its point r."""

import pickle

import numpy as np
import pytest

from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.roads import case as roads
from sim.roads import scenario
from sim.roads.inputs import ALL
from sim.roads.posterior import Posterior
from sim.stats import inputs
from sim.stats.prior import Prior, sobol
from sim.study import store
from tests import small

TABLE = "calibration/inputs.csv"
PRIORS = inputs.read(TABLE, Prior, ALL, [])
NAMES = tuple(PRIORS)
POINTS = sobol(PRIORS, 4, seed=3).round(6)


def write(folder, base, points=POINTS):
    cfg = base.config.model_dump(mode="json", by_alias=True)
    digest = store.file_digest(configs_dir() / TABLE)
    made = {"inputs": {"table": TABLE, "digest": digest}, "level_sd": 0.03}
    expected = {name: ALL[name].value(cfg) for name in NAMES}
    Posterior(NAMES, points, expected, made).write(folder)
    return str(folder / "posterior.csv")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The config of a town with a posterior, and the town without."""
    folder = tmp_path_factory.mktemp("town")
    base = small.build(folder)
    cfg = small.config(folder)
    cfg["engine"] |= {"uncertainty": "posterior", "posterior": write(folder, base)}
    return cfg, base


def test_replication_r_is_run_at_point_r(town):
    cfg, base = town
    unknown = scenario.load(cfg)
    for r in (0, 3):
        found = roads.figures(unknown, r)
        there = roads.figures(base.at(dict(zip(NAMES, POINTS[r].tolist(), strict=True))), r)
        assert found.figures == there.figures
        assert found.stations.equals(there.stations)
        assert found.figures != roads.figures(base, r).figures


def test_after_the_last_point_comes_the_first_with_other_luck(town):
    unknown = scenario.load(town[0])
    assert unknown.of(4).key == unknown.of(0).key != unknown.of(1).key
    assert roads.figures(unknown, 4).figures != roads.figures(unknown, 0).figures


def test_designs_share_the_point_and_differ_by_what_was_changed(town):
    base = scenario.load(town[0])
    design = base.with_(**{"policy.soc_cap": 0.6})
    for r in range(3):
        at = base.of(r), design.of(r)
        assert at[0].traffic == at[1].traffic
        assert at[1].config.policy.soc_cap == 0.6
        assert at[0].config.station == at[1].config.station
        assert at[0].config.demand.scale == POINTS[r, NAMES.index("demand")]
    week = base.reference().of(1)
    assert week.config.demand.scale == POINTS[1, NAMES.index("demand")]
    assert week.config.demand.crossing_share == POINTS[1, NAMES.index("crossing_share")]


def test_what_a_design_has_set_is_known(town):
    """Live queues for all are that, whatever the share of drivers who see them today."""
    base = scenario.load(town[0])
    all_see = base.with_(**{"fleet.informed_share": 1.0})
    assert [all_see.of(r).config.fleet.informed_share for r in range(4)] == [1.0] * 4
    assert base.of(1).config.fleet.informed_share == POINTS[1, NAMES.index("informed")]
    more = base.with_(**{"demand.scale": 1.5})  # a factor of it is not known, whatever it is
    assert more.of(1).config.demand.scale == pytest.approx(1.5 * POINTS[1, 0])


def test_what_is_kept_says_which_posterior(town, tmp_path):
    cfg, base = town
    first = scenario.load(cfg)
    again = small.config(tmp_path)
    other = write(tmp_path, base, POINTS[::-1])
    again["engine"] |= {"uncertainty": "posterior", "posterior": other}
    second = scenario.load(again)
    assert len({base.key, first.key, second.key}) == 3
    assert {"posterior.csv", "posterior.json"} <= {n.split("/")[-1] for n in first.input_hashes()}
    assert base.posterior is None
    assert base.of(1) is base


def test_workers_have_the_same_points(town):
    base = scenario.load(town[0])
    there = pickle.loads(pickle.dumps(base))
    assert there.of(2).key == base.of(2).key


def test_points_of_one_network_share_its_routes(town):
    base = town[1]
    own = base.at({"demand": 1.1})
    assert own.routes is base.at({"demand": 0.9}).routes
    assert own.routes == small_routes(base)


def small_routes(base):
    return tuple(map(base._route, range(len(base._passing))))


# ---- what is refused -------------------------------------------------------------------------


def refused(cfg):
    with pytest.raises(InputError) as error:
        scenario.load(cfg)
    (problem,) = error.value.problems
    return problem


@pytest.fixture
def own(tmp_path):
    cfg = small.config(tmp_path)
    cfg["engine"] |= {"uncertainty": "posterior"}
    cfg["engine"]["posterior"] = write(tmp_path, small.build(tmp_path))
    return cfg, tmp_path


def test_no_posterior(own):
    cfg, folder = own
    (folder / "posterior.json").unlink()
    assert refused(cfg) == "there is no posterior posterior.json: make it again with " + MAKE
    cfg["engine"]["posterior"] = "calibration/nowhere.csv"
    assert refused(cfg).startswith("there is no posterior nowhere.csv")


MAKE = "experiment=calibrate"


def test_a_posterior_that_was_changed(own):
    cfg, folder = own
    path = folder / "posterior.csv"
    path.write_text(path.read_text("utf-8").replace("1", "2"), "utf-8")
    assert refused(cfg) == f"{path} is not as it was written: make it again with {MAKE}"
    path.write_text("", "utf-8")
    assert "cannot be read" in refused(cfg)


def test_a_posterior_of_other_inputs(own):
    cfg, folder = own
    path, facts = folder / "posterior.csv", folder / "posterior.json"
    text = facts.read_text("utf-8")
    digest = store.file_digest(configs_dir() / TABLE)
    facts.write_text(text.replace(digest, "0" * 16), "utf-8")
    assert refused(cfg) == f"{path} was made from another {TABLE}: make it again with {MAKE}"
    facts.write_text(text.replace('"pack"', '"packs"'), "utf-8")
    assert "has other inputs than those it was made from" in refused(cfg)
    facts.write_text("{}", "utf-8")
    assert "cannot be read" in refused(cfg)


def test_points_are_kept_to_nine_digits(tmp_path):
    base = small.build(tmp_path)
    points = np.full((1, len(NAMES)), 1.0 / 3.0)
    text = (configs_dir() / write(tmp_path, base, points)).read_text("utf-8")
    assert text.splitlines() == [",".join(NAMES), ",".join(["0.333333333"] * len(NAMES))]
