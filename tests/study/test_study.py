"""Designs x replications: their order, and when there are enough."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.roads import scenario
from sim.stations.schema import Override
from sim.study import study
from sim.study.study import Replication
from tests import small


def replicate(task):
    """A replication whose figures have a spread of 5 % (a) or 1 % (b)."""
    spread = {"a": 0.05, "b": 0.01}[task.design]
    x = 1.0 + spread * np.random.default_rng(task.replication).standard_normal()
    figures = {"time_utilization": x, "wait_min_mean": x}
    empty = pd.DataFrame(), study.NO_QUEUE
    seconds = dict.fromkeys(study.PARTS, 0.0)
    return Replication(task.design, task.replication, figures, *empty, {}, seconds)


def without_simulation(monkeypatch):
    monkeypatch.setattr(study, "replicate", replicate)
    monkeypatch.setattr(study, "design_key", lambda scenario: f"{id(scenario)}")
    monkeypatch.setattr(study, "_traffic_key", lambda scenario: "traffic")


def run(monkeypatch, **engine):
    without_simulation(monkeypatch)
    designs = {name: SimpleNamespace(to_json=lambda: "{}") for name in "ab"}
    defaults = {"replications": 12, "workers": 1, "half_width": None, "most_replications": 100}
    return study.run(designs, SimpleNamespace(**{**defaults, **engine}), None, small.Quiet())


def test_a_fixed_number_in_order(monkeypatch):
    results = run(monkeypatch)
    assert {name: [r.replication for r in own] for name, own in results.items()} == {
        "a": list(range(12)),
        "b": list(range(12)),
    }


def test_until_the_intervals_are_narrow_for_every_design_alike(monkeypatch):
    results = run(monkeypatch, half_width=0.02)
    x = [r.network["time_utilization"] for r in results["a"]]
    assert study.interval.half_width(x) <= 0.02 * np.mean(x)
    assert 12 < len(results["a"]) == len(results["b"]) <= 48


def test_never_more_than_the_most_nor_fewer_than_the_floor(monkeypatch):
    assert len(run(monkeypatch, half_width=0.0001)["a"]) == 100
    assert len(run(monkeypatch, half_width=0.9, replications=2)["a"]) == study.FLOOR


# ---- going on where a run was interrupted ---------------------------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return scenario.load(small.config(tmp_path_factory.mktemp("town")))


def asked(monkeypatch):
    """The replications that are run, not read."""
    seen = []
    original = study.replicate

    def run_one(task):
        seen.append((task.design, task.replication))
        return original(task)

    monkeypatch.setattr(study, "replicate", run_one)
    return seen


def engine_of(town, **changes):
    return town.engine.model_copy(update={"workers": 1, **changes})


def same(a, b):
    assert [r.replication for r in a] == [r.replication for r in b]
    for x, y in zip(a, b, strict=True):
        assert (x.network, x.trips) == (y.network, y.trips)
        pd.testing.assert_frame_equal(x.stations, y.stations)
        np.testing.assert_array_equal(x.queue, y.queue)


def test_what_is_done_is_not_done_again(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    first = study.run({"a": town}, engine_of(town, replications=3), tmp_path, small.Quiet())
    again = study.run({"a": town}, engine_of(town, replications=5), tmp_path, small.Quiet())
    assert seen == [("a", r) for r in range(5)]
    same(first["a"], again["a"][:3])


def test_after_an_interruption_only_the_rest_runs(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    engine = engine_of(town, replications=3)
    whole = study.run({"a": town}, engine, tmp_path / "whole", small.Quiet())
    seen.clear()
    broken = study.simulate

    def ends_in_the_third(model, evs):
        if len(seen) == 3:
            raise KeyboardInterrupt
        return broken(model, evs)

    monkeypatch.setattr(study, "simulate", ends_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        study.run({"a": town}, engine_of(town, replications=3), tmp_path / "cut", small.Quiet())
    monkeypatch.setattr(study, "simulate", broken)
    seen.clear()
    rest = study.run({"a": town}, engine_of(town, replications=3), tmp_path / "cut", small.Quiet())
    assert seen == [("a", 2)]
    same(whole["a"], rest["a"])


def test_another_question_is_asked_anew(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    study.run({"a": town}, engine_of(town, replications=2), tmp_path, small.Quiet())
    demand = town.config.demand.model_copy(update={"scale": 1.5 * town.config.demand.scale})
    other = replace(town, config=town.config.model_copy(update={"demand": demand}))
    study.run({"a": other}, engine_of(town, replications=2), tmp_path, small.Quiet())
    assert seen == [("a", 0), ("a", 1)] * 2
    assert len(list(tmp_path.glob("a/*/figures-*.parquet"))) == 2  # what was there is gone


def test_fewer_replications_of_a_design_leave_the_others_there(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    for replications in (3, 2, 3):
        engine = engine_of(town, replications=replications)
        study.run({"a": town}, engine, tmp_path, small.Quiet())
    assert seen == [("a", r) for r in range(3)]


def test_moved_replications_replace_kept_ones_and_nothing_else(town, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    study.run({"a": town}, engine_of(town, replications=2), ours, small.Quiet())
    study.run({"a": town, "b": town}, engine_of(town, replications=3), theirs, small.Quiet())
    files = {p.relative_to(ours): p.read_bytes() for p in ours.rglob("*") if p.is_file()}
    foreign = [theirs / "a" / "r001" / "note.txt", theirs / "c" / "r000" / "sessions.parquet"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not of a study")
    study.move(ours, theirs)
    left = {p.relative_to(theirs): p.read_bytes() for p in theirs.rglob("*") if p.is_file()}
    assert left == files | {p.relative_to(theirs): b"not of a study" for p in foreign}


# ---- what is kept is believed only as it was written ------------------------------------------


class Warned(small.Quiet):
    def __init__(self):
        self.warned = []

    def warn(self, text):
        self.warned.append(text)


def flipped(path, bit):
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory):
    """Two replications, kept; nothing in there is changed."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, study.run({"a": town}, engine_of(town, replications=2), folder, small.Quiet())


KINDS = ("figures-*.parquet", "figures-*.json", *study.TABLES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "harm", ["flip first", "flip middle", "flip last", "truncate", "empty", "swap", "junk"]
)
def test_what_is_damaged_or_foreign_is_named_and_run_again(town, whole, tmp_path, kind, harm):
    folder, first = tmp_path / "copy", whole[1]["a"]
    shutil.copytree(whole[0], folder)
    (path,) = folder.glob(f"a/r001/{kind}")
    size = 8 * path.stat().st_size
    {
        "flip first": lambda: flipped(path, 0),
        "flip middle": lambda: flipped(path, size // 2),
        "flip last": lambda: flipped(path, size - 1),
        "truncate": lambda: truncated(path),
        "empty": lambda: path.write_bytes(b""),
        "swap": lambda: shutil.copy(*folder.glob(f"a/r000/{kind}"), path),
        "junk": lambda: path.write_text("sha256:" + 64 * "0"),
    }[harm]()
    progress = Warned()
    again = study.run({"a": town}, engine_of(town, replications=2), folder, progress)
    (sentence,) = progress.warned
    assert str(path) in sentence
    assert "runs again" in sentence
    assert progress.total == 1
    same(first, again["a"])
    for old in whole[0].rglob("*.parquet"):
        assert (folder / old.relative_to(whole[0])).read_bytes() == old.read_bytes()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_is_missing_beside_kept_figures_is_written_again(town, whole, tmp_path, kind):
    folder = tmp_path / "copy"
    shutil.copytree(whole[0], folder)
    (path,) = folder.glob(f"a/r001/{kind}")
    path.unlink()
    progress = Warned()
    study.run({"a": town}, engine_of(town, replications=2), folder, progress)
    assert progress.warned == [f"`{path}` is missing: its replication runs again"]
    assert path.exists()


def test_a_kept_file_of_another_program_is_not_believed(town, whole, tmp_path, monkeypatch):
    folder = tmp_path / "copy"
    (old,) = whole[0].glob("a/r001/figures-*.parquet")
    monkeypatch.setattr(study.provenance, "program", lambda: "of tomorrow")
    new = folder / "a" / "r001" / f"figures-{study.design_key(town)}.parquet"
    new.parent.mkdir(parents=True)
    shutil.copy(old, new)
    progress = Warned()
    study.run({"a": town}, engine_of(town, replications=2), folder, progress)
    (sentence,) = progress.warned
    assert "belongs to another replication, design or version of the program" in sentence


def test_many_damaged_files_are_not_told_one_by_one(monkeypatch):
    progress = Warned()
    study.tell([f"file {n}" for n in range(30)] * 2, progress)
    assert len(progress.warned) == study.SHOWN + 1
    assert progress.warned[-1] == "… and 10 more"


def test_what_is_kept_keeps_its_cost(town, whole):
    again = study.run({"a": town}, engine_of(town, replications=2), whole[0], small.Quiet())
    assert study.spent(again["a"]) == study.spent(whole[1]["a"])
    with study.Study(engine_of(town), whole[0], small.Quiet(), tables=True) as runs:
        for _ in "ab":
            runs.run({"a": town}, [0, 1])
    assert runs.cpu_s == pytest.approx(study.spent(whole[1]["a"]))
    assert runs.counts == {"used": 4, "run": 0}


def test_the_key_knows_what_matters_and_nothing_else(town):
    config = town.config
    same_key = config.model_copy(update={"out": "elsewhere", "experiment": "speed"})
    seed = config.model_copy(update={"engine": config.engine.model_copy(update={"seed": 77})})
    assert study.design_key(replace(town, config=same_key)) == study.design_key(town)
    assert study.design_key(replace(town, config=seed)) != study.design_key(town)


def test_designs_that_are_the_same_run_once(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    with study.Study(engine_of(town), tmp_path, small.Quiet()) as runs:
        found = runs.run({"a": town, "b": replace(town)}, [0, 1])
    assert seen == [("a", 0), ("a", 1)]
    same(found["a"], found["b"])
    assert [r.design for r in found["b"]] == ["b", "b"]


def test_designs_of_one_traffic_draw_it_once(town, tmp_path, monkeypatch):
    drawn = []
    original = study.Demand.traffic

    def traffic(demand, seed, replication):
        drawn.append(replication)
        return original(demand, seed, replication)

    monkeypatch.setattr(study.Demand, "traffic", traffic)
    study._traffic.cache_clear()
    bigger = town.with_overrides({"near_out": Override(evses=5)})
    with study.Study(engine_of(town), None, small.Quiet()) as runs:
        found = runs.run({"a": town, "b": bigger}, [0, 1])
    assert drawn == [0, 1]
    assert found["a"][0].trips["drawn"] == found["b"][0].trips["drawn"]
    alone = study.Study(engine_of(town), None, small.Quiet()).run({"b": bigger}, [1])["b"][0]
    same([alone], [found["b"][1]])  # whatever else ran before it


def test_a_killed_worker_costs_only_what_it_was_at(town, tmp_path):
    """Real processes: one is killed when the first results are in; what is kept stays."""
    kept: dict[Path, int] = {}

    class Killer(small.Quiet):
        def advance(self):
            if not kept:
                kept.update((p, p.stat().st_ino) for p in tmp_path.rglob("r*.parquet"))
                os.kill(pids.pop(), signal.SIGKILL)

    with study.Study(engine_of(town, workers=2), tmp_path, Killer()) as runs:
        pids = {pid for _, pid in runs._pool.run(os.getpid, [()] * 8)}
        found = runs.run({"a": town}, range(24))
    assert kept
    assert all(path.stat().st_ino == inode for path, inode in kept.items())  # not written again
    alone = study.Study(engine_of(town), None, small.Quiet()).run({"a": town}, range(24))
    same(found["a"], alone["a"])


def test_a_rule_for_upgrades_changes_neither_the_figures_nor_the_traffic(tmp_path):
    ruled = scenario.load(small.ruled(tmp_path))
    plain = ruled.with_overrides({})
    assert study.design_key(ruled) == study.design_key(plain)
    assert study._traffic_key(ruled) == study._traffic_key(plain)
