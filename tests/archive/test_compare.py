"""Two answers beside each other: means and intervals are those of the replications."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from sim.__main__ import main
from sim.archive import comparison, studies
from sim.stats import interval
from sim.study import kept
from sim.study.case import Replication
from tests.archive.kept import study

STATIONS = ["a", "b", "c"]


def put(folder, design, number, sessions, waits):
    """A kept replication: so many sessions, and the P95 wait of each station."""
    path = folder / "replications" / design / f"r{number:03d}" / "figures-x.parquet"
    task = kept.Task(put, None, number, {}, "x", path)
    table = pd.DataFrame({"station": STATIONS, "wait_min_p95": waits, "none": [None, 1.0, 1.0]})
    kept.keep(task, Replication({"sessions": sessions, "nothing": None}, table), {})


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Station a falls by about 10, b stays, c rises by about 5; sessions by about 20."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    luck = np.random.default_rng(1).normal(size=(8, 2))
    places = [{"station": "a", "name_en": "Alpha", "name_zh": "甲", "side": "out"}]
    for name, change in (("one", 0.0), ("two", 1.0)):
        folder = tmp_path / "results" / name
        study(folder, {"places": places}, {"station": {"kva": change}})
        for design in ("holiday", "week"):
            for n, (x, y) in enumerate(luck):
                waits = [50 + x - 10 * change + y * change, 30 + x, 20 + x + 5 * change]
                put(folder, design, n, 1000 + 20 * change + 5 * x, waits)
    return luck


def test_changes_are_paired(both):
    one, two = (studies.named(name) for name in ("one", "two"))
    own = comparison.of(one, two, [])
    assert (own.one.design, own.numbers) == ("holiday", list(range(8)))
    ((key, _, after, change),) = own.figures()  # what does not exist is not compared
    assert key == "sessions"
    assert after.mean == pytest.approx(1020 + 5 * both[:, 0].mean())
    assert (change.low, change.mean, change.high) == pytest.approx((20, 20, 20))
    waits = own.stations("wait_min_p95")
    assert list(waits) == ["a", "b", "c"]
    assert [own[2].sign for own in waits.values()] == [-1, 0, 1]
    expected = interval.paired_difference(50 + both[:, 0], 40 + both.sum(axis=1))
    assert waits["a"][2].ends == pytest.approx(expected)
    assert list(own.stations("none")) == ["b", "c"]


def test_what_is_said(both, capsys, tmp_path):
    assert main(["compare", "one", "two", "--csv", "changes.csv"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("two, holiday, beside one, holiday: change = two minus one.\n8 repl")
    assert "Both met the very same EVs" in out
    assert "  station.kva: 0.0 | 1.0\n" in out
    assert "P95 wait is shown to be lower at 1 of 3 stations.\n" in out
    assert "Alpha out" in out
    assert "P95 wait is shown to be higher at 1 of 3 stations.\n" in out
    assert "At 1 of 3 stations no change is shown.\n" in out
    assert out.endswith("changes.csv\n")
    with (tmp_path / "changes.csv").open(newline="") as file:
        rows = {(row["station"], row["metric"]): row for row in csv.DictReader(file)}
    assert float(rows["", "sessions"]["change"]) == pytest.approx(20)
    assert float(rows["c", "wait_min_p95"]["low"]) == pytest.approx(5)
    assert len(rows) == 6
    assert main(["compare", "one", "two", "--lang", "zh"]) == 0
    assert "3 个站中有 1 个站的等待时间 P95 已证实降低" in capsys.readouterr().out.replace(
        "P95已", "P95 已"
    )


def test_two_designs_of_one_study(both, capsys):
    assert main(["compare", "one:holiday", "one:week"]) == 0
    out = capsys.readouterr().out
    assert "The same seed drew both, but not the very same EVs" in out
    assert "no change is shown" in out


def test_other_draws_are_told(both, tmp_path, capsys):
    path = tmp_path / "results" / "two" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 7}))
    assert main(["compare", "one", "two"]) == 0
    assert "The draws are not common (seed 1 and 7)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["one", "tow"], "there is no answer in `tow`: did you mean `two`?"),
        (["one:holiday", "two"], "name a design of both, STUDY:DESIGN, or of none"),
        (["one:holidy", "two:week"], "`one` has no design `holidy`: did you mean `holiday`?"),
        (["one", "two", "--by", "wait"], "no figure `wait` of stations is kept: known are `none`"),
        (["one", "empty"], "nothing is kept of the replications of `empty`"),
        (["one", "single"], "fewer than 2 replications are in both"),
        (["one", "two", "--csv", "no/x.csv"], "--csv: there is no folder `no`"),
        (["one"], "the following arguments are required: STUDY"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(both, tmp_path, capsys, argv, sentence):
    study(tmp_path / "results" / "empty")
    put(study(tmp_path / "results" / "single"), "holiday", 0, 1.0, [1.0, 2.0, 3.0])
    assert main(["compare", *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert sentence in err
