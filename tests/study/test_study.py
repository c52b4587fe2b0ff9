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

from sim.metrics import AIM, METRICS
from sim.roads import case, scenario
from sim.stations.schema import Override
from sim.stats import interval
from sim.study import kept, study
from sim.study.case import Replication
from sim.study.results import costs
from sim.study.study import FLOOR, Study, key_of
from sim.study.where import Where
from tests import small


class Made:
    """A case whose figures have a spread of 5 % (a) or 1 % (b)."""

    works, metrics, traffic = __name__, METRICS, "traffic"

    def __init__(self, key):
        self.key = key


def figures(case, replication):
    """Found by its name: what is done for a case that says that its works are here."""
    spread = {"a": 0.05, "b": 0.01}[case.key]
    x = 1.0 + spread * np.random.default_rng(replication).standard_normal()
    return Replication({"time_utilization": x, "wait_min_mean": x}, counts={"number": replication})


def enough(**engine):
    defaults = {"replications": 12, "half_width": None, "most_replications": 100}
    runs = Study(SimpleNamespace(where=Where(1), **{**defaults, **engine}), None, small.Quiet())
    return runs.enough({name: Made(name) for name in "ab"}, AIM)


def test_a_fixed_number_in_order():
    results = enough()
    for name in "ab":
        np.testing.assert_array_equal(results.values("number", name), range(12))


def test_until_the_intervals_are_narrow_for_every_design_alike():
    results = enough(half_width=0.02)
    x = results.values("time_utilization", "a")
    assert interval.half_width(x) <= 0.02 * np.mean(x)
    assert 12 < len(results["a"]) == len(results["b"]) <= 48
    assert results.wide(AIM, 0.02) == {}


def test_never_more_than_the_most_nor_fewer_than_the_floor():
    results = enough(half_width=0.0001)
    assert len(results["a"]) == 100
    assert set(results.wide(AIM, 0.0001)) == set(AIM)
    assert len(enough(half_width=0.9, replications=2)["a"]) == FLOOR


# ---- going on where a run was interrupted ---------------------------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return scenario.load(small.config(tmp_path_factory.mktemp("town")))


def asked(monkeypatch):
    """The replications that are run, not read."""
    seen = []
    original = kept.do

    def run_one(task):
        seen.append(task.replication)
        return original(task)

    monkeypatch.setattr(kept, "do", run_one)
    return seen


def engine_of(town, **changes):
    return town.engine.model_copy(update={"workers": 1, **changes})


def with_tables(designs, engine, folder, progress=None):
    """What `holiday_highway` asks for: enough of them, with their tables."""
    with Study(engine, folder, progress or small.Quiet(), named=True) as runs:
        return runs.enough(designs, AIM, case.tables)


def same(a, b):
    for x, y in zip(a, b, strict=True):
        assert (x.figures, x.counts, x.more) == (y.figures, y.counts, y.more)
        pd.testing.assert_frame_equal(x.stations, y.stations)
        assert x.hours.keys() == y.hours.keys()
        for name in x.hours:
            np.testing.assert_array_equal(x.hours[name], y.hours[name])


def test_what_is_done_is_not_done_again(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    first = with_tables({"a": town}, engine_of(town, replications=3), tmp_path)
    again = with_tables({"a": town}, engine_of(town, replications=5), tmp_path)
    assert seen == list(range(5))
    same(first["a"], again["a"][:3])


def test_after_an_interruption_only_the_rest_runs(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    engine = engine_of(town, replications=3)
    whole = with_tables({"a": town}, engine, tmp_path / "whole")
    seen.clear()
    broken = case.simulate

    def ends_in_the_third(model, evs):
        if len(seen) == 3:
            raise KeyboardInterrupt
        return broken(model, evs)

    monkeypatch.setattr(case, "simulate", ends_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        with_tables({"a": town}, engine_of(town, replications=3), tmp_path / "cut")
    monkeypatch.setattr(case, "simulate", broken)
    seen.clear()
    rest = with_tables({"a": town}, engine_of(town, replications=3), tmp_path / "cut")
    assert seen == [2]
    same(whole["a"], rest["a"])


def test_another_question_is_asked_anew(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    with_tables({"a": town}, engine_of(town, replications=2), tmp_path)
    demand = town.config.demand.model_copy(update={"scale": 1.5 * town.config.demand.scale})
    other = replace(town, config=town.config.model_copy(update={"demand": demand}))
    with_tables({"a": other}, engine_of(town, replications=2), tmp_path)
    assert seen == [0, 1] * 2
    assert len(list(tmp_path.glob("a/*/figures-*.parquet"))) == 2  # what was there is gone


def test_fewer_replications_of_a_design_leave_the_others_there(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    for replications in (3, 2, 3):
        engine = engine_of(town, replications=replications)
        with_tables({"a": town}, engine, tmp_path)
    assert seen == list(range(3))


def test_moved_replications_replace_kept_ones_and_nothing_else(town, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with_tables({"a": town}, engine_of(town, replications=2), ours)
    with_tables({"a": town, "b": town}, engine_of(town, replications=3), theirs)
    files = {p.relative_to(ours): p.read_bytes() for p in ours.rglob("*") if p.is_file()}
    foreign = [theirs / "a" / "r001" / "note.txt", theirs / "c" / "r000" / "sessions.parquet"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not of a study")
    kept.move(ours, theirs)
    left = {p.relative_to(theirs): p.read_bytes() for p in theirs.rglob("*") if p.is_file()}
    assert left == files | {p.relative_to(theirs): b"not of a study" for p in foreign}


# ---- what is kept is believed only as it was written ------------------------------------------


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
    return folder, with_tables({"a": town}, engine_of(town, replications=2), folder)


KINDS = ("figures-*.parquet", "figures-*.json", *kept.TABLES)


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
    progress = small.Quiet()
    again = with_tables({"a": town}, engine_of(town, replications=2), folder, progress)
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
    progress = small.Quiet()
    with_tables({"a": town}, engine_of(town, replications=2), folder, progress)
    assert progress.warned == [f"`{path}` is missing: its replication runs again"]
    assert path.exists()


def test_a_kept_file_of_another_program_is_not_believed(town, whole, tmp_path, monkeypatch):
    folder = tmp_path / "copy"
    (old,) = whole[0].glob("a/r001/figures-*.parquet")
    monkeypatch.setattr(study.provenance, "figures", lambda module: "of tomorrow")
    new = folder / "a" / "r001" / f"figures-{key_of(town, case.tables)}.parquet"
    new.parent.mkdir(parents=True)
    shutil.copy(old, new)
    progress = small.Quiet()
    with_tables({"a": town}, engine_of(town, replications=2), folder, progress)
    (sentence,) = progress.warned
    assert "of another replication, design or version of the program" in sentence


def test_many_damaged_files_are_not_told_one_by_one(monkeypatch):
    progress = small.Quiet()
    kept.tell(
        [kept.Unusable("warning.missing", Path(f"file {n}")) for n in range(30)] * 2, progress
    )
    assert len(progress.warned) == kept.SHOWN + 1
    assert progress.warned[-1] == "… and 10 more"


def test_what_is_kept_keeps_its_cost(town, whole):
    again = with_tables({"a": town}, engine_of(town, replications=2), whole[0])
    assert costs(again["a"]) == costs(whole[1]["a"])
    with Study(engine_of(town), whole[0], small.Quiet(), named=True) as runs:
        for _ in "ab":
            runs.run({"a": town}, 2, work=case.tables)
    assert runs.cpu_s == pytest.approx(costs(whole[1]["a"]))
    assert runs.counts == {"used": 4, "run": 0, "simulated": 2}


def test_designs_that_are_the_same_run_once(town, tmp_path, monkeypatch):
    seen = asked(monkeypatch)
    with Study(engine_of(town), tmp_path, small.Quiet()) as runs:
        found = runs.run({"a": town, "b": replace(town)}, [0, 1])
    assert seen == [0, 1]
    same(found["a"], found["b"])


def test_designs_of_one_traffic_draw_it_once(town, tmp_path, monkeypatch):
    drawn = []
    original = case.Demand.traffic

    def traffic(demand, seed, replication):
        drawn.append(replication)
        return original(demand, seed, replication)

    monkeypatch.setattr(case.Demand, "traffic", traffic)
    case._traffic.cache_clear()
    bigger = town.with_overrides({"near_out": Override(evses=5)})
    with Study(engine_of(town), None, small.Quiet()) as runs:
        found = runs.run({"a": town, "b": bigger}, [0, 1])
    assert drawn == [0, 1]
    assert found["a"][0].counts["drawn"] == found["b"][0].counts["drawn"]
    alone = Study(engine_of(town), None, small.Quiet()).run({"b": bigger}, [1])["b"][0]
    same([alone], [found["b"][1]])  # whatever else ran before it


def test_a_killed_worker_costs_only_what_it_was_at(town, tmp_path):
    """Real processes: one is killed when the first results are in; what is kept stays."""
    kept: dict[Path, int] = {}

    class Killer(small.Quiet):
        def advance(self):
            if not kept:
                kept.update((p, p.stat().st_ino) for p in tmp_path.rglob("r*.parquet"))
                os.kill(pids.pop(), signal.SIGKILL)

    with Study(engine_of(town, workers=2), tmp_path, Killer()) as runs:
        pids = {pid for _, pid in runs._pool.run(os.getpid, [()] * 8)}
        found = runs.run({"a": town}, range(24))
    assert kept
    assert all(path.stat().st_ino == inode for path, inode in kept.items())  # not written again
    alone = Study(engine_of(town), None, small.Quiet()).run({"a": town}, range(24))
    same(found["a"], alone["a"])
