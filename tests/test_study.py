"""Designs x replications: their order, and when there are enough."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from sim import study
from sim.study import Replication


class Quiet:
    def start(self, total, text):
        self.total = total

    def advance(self):
        pass


def replicate(design, config, replication, out):
    """A replication whose figures have a spread of 5 % (a) or 1 % (b)."""
    spread = {"a": 0.05, "b": 0.01}[design]
    x = 1.0 + spread * np.random.default_rng(replication).standard_normal()
    return Replication(
        design, replication, {"time_utilization": x, "wait_min_mean": x}, pd.DataFrame(),
        np.zeros((1, 1)), {}, {},
    )  # fmt: skip


def run(monkeypatch, **engine):
    monkeypatch.setattr(study, "replicate", replicate)
    designs = {name: SimpleNamespace(to_json=lambda: "{}") for name in "ab"}
    defaults = {"replications": 12, "workers": 1, "half_width": None, "most_replications": 100}
    return study.run(designs, SimpleNamespace(**{**defaults, **engine}), None, Quiet())


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


def test_tables_of_an_earlier_run_do_not_stand_beside_those_of_this_one(monkeypatch, tmp_path):
    old = tmp_path / "a" / "r099"
    old.mkdir(parents=True)
    monkeypatch.setattr(study, "replicate", replicate)
    engine = SimpleNamespace(replications=2, workers=1, half_width=None, most_replications=9)
    study.run({"a": SimpleNamespace(to_json=lambda: "{}")}, engine, tmp_path, Quiet())
    assert not old.exists()
