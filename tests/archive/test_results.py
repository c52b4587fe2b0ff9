"""Answers that are there: listed, shown, told apart, taken away, checked, found again."""

import csv
import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.__main__ import main
from sim.archive import differences
from sim.config.problems import InputError
from sim.study import store, sweep
from tests import small
from tests.archive.kept import study

ANSWER = {
    "n": 3, "network": {"wait": {"mean": 5.0, "low": 4.0, "high": 6.0, "n": 3}},
    "stations": {"a": {"mean": 1.0, "low": 0.0, "high": 2.0, "p_over": 0.5}},
    "queue": [0.0, 1.5], "name": "text", "flag": True, "none": None,
}  # fmt: skip


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    """`peakcharge results ...` beside two answers: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    study(tmp_path / "results" / "one", ANSWER, {"demand": {"scale": 1.0}, "out": "a"})
    other = ANSWER | {"network": {"wait": {"mean": 7.0, "low": 6.5, "high": 8.0, "n": 3}}}
    study(tmp_path / "results" / "two", other, {"demand": {"scale": 2.0}, "out": "b"}, seed=2)

    def call(*argv):
        code = main(["results", *argv])
        return code, *capsys.readouterr()

    return call


def test_a_list(ask):
    code, out, _ = ask()
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["study", "experiment"], ["one", "made"], ["two", "made"],
    ]  # fmt: skip
    assert "研究" in ask("--lang", "zh")[1]


def test_one_is_shown(ask):
    code, out, _ = ask("show", "one")
    assert code == 0
    assert "2026-01-02 03:04" in out
    assert out.endswith("\nSomething.\n")
    assert ask("show", "results/one", "--lang", "zh")[1].endswith("\n某事。\n")


def test_settings_and_numbers_that_differ(ask):
    lines = ask("diff", "one", "two")[1].splitlines()
    assert lines == [
        "1 settings differ:", "  demand.scale: 1.0 | 2.0", "Tables that both read are the same.",
        "1 facts of seed, program and libraries differ:", "  seed: 1 | 2", "1 numbers differ:",
        "  network.wait: 5 (4 to 6) | 7 (6.5 to 8)",
    ]  # fmt: skip
    assert ask("diff", "one", "one")[1].splitlines()[0].startswith("All settings")


def test_many_differences_are_told_in_part(ask, tmp_path):
    for name, off in (("three", 0), ("four", 1)):
        study(tmp_path / "results" / name, {"each": {f"k{n}": n + off for n in range(1, 31)}})
    out = ask("diff", "three", "four")[1]
    assert out.splitlines()[-1] == "  … and 10 more: --all shows them"
    assert "each.k1: 1 | 2" in out  # doubled: the greatest change
    assert len(ask("diff", "three", "four", "--all")[1].splitlines()) == 34


def test_a_table_of_every_number(ask, tmp_path):
    _, out, _ = ask("export", "one")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["key"] for row in rows] == [
        "n", "network.wait", "stations.a", "stations.a.p_over", "queue[0]", "queue[1]",
    ]  # fmt: skip
    assert rows[1] == {"key": "network.wait", "value": "5.0", "low": "4.0", "high": "6.0", "n": "3"}
    assert ask("export", "one", "own.csv")[:2] == (0, "own.csv\n")
    assert (tmp_path / "own.csv").read_text() == out
    assert ask("export", "one", "own.csv")[2].startswith("`own.csv` is there already")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["show", "on"], "there is no answer in `on`: did you mean `one`?"),
        (["show"], "write `peakcharge results show STUDY`"),
        (["diff", "one"], "write `peakcharge results diff STUDY STUDY`"),
        (["shw"], "unknown task `shw`: did you mean `show`?"),
        (["--in", ".", "reproduc"], "unknown task `reproduc`: did you mean `reproduce`?"),
        (["--in", ".", "reproduce", "one"], "write `peakcharge results reproduce STUDY`, and op"),
        (["export", "one", "x.parquet"], "`x.parquet`: every number goes into a table with commas"),
        (["--in", "nowhere"], "there is no folder `nowhere`"),
        (["show", "one", "--all"], "--all belongs to `peakcharge results diff`"),
        (["export", "one", "no/x.csv"], "there is no folder `no`"),
        (["reproduce", "nothing"], "there is no answer in `nothing`"),
        (["reproduce", "one", "--out", "results"], "--out: `results` is there already"),
        (["reproduce", "times"], "experiment=speed measures times, which no run finds again"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(ask, tmp_path, argv, sentence):
    study(tmp_path / "results" / "times", config={"experiment": "speed"})
    before = sorted(tmp_path.rglob("*"))
    code, out, err = ask(*argv)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert sentence in err
    assert sorted(tmp_path.rglob("*")) == before


# ---- replications that are kept --------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A small holiday, answered."""
    folder = tmp_path_factory.mktemp("real")
    out = folder / "results" / "holiday"
    small.asked(small.config(folder) | {"out": str(out)}, "holiday_highway", out)
    return out


@pytest.fixture
def copied(real, tmp_path, monkeypatch):
    out = tmp_path / "results" / "holiday"
    shutil.copytree(real, out)
    monkeypatch.chdir(tmp_path)
    return out


def test_an_answer_as_tables(real):
    own = sim.load_study(real)
    answer = json.loads((real / "answer.json").read_text())
    wait = own.numbers.set_index("key").loc["network.wait_min_p95"]
    assert wait[["value", "low", "high"]].tolist() == [
        answer["network"]["wait_min_p95"][end] for end in ("mean", "low", "high")
    ]
    assert own.figures[["design", "replication"]].values.tolist() == [
        ["holiday", 0], ["holiday", 1], ["reference", 0], ["reference", 1],
    ]  # fmt: skip
    holiday = own.figures[own.figures.design == "holiday"]
    assert holiday.sessions.mean() == pytest.approx(answer["network"]["sessions"]["mean"])
    assert own.stations.groupby("design").station.nunique().tolist() == [5, 5]
    sessions = own.table("sessions", "reference", 1)
    kept = pd.read_parquet(real / "replications" / "reference" / "r001" / "sessions.parquet")
    pd.testing.assert_frame_equal(sessions, kept)
    with pytest.raises(InputError, match="is not there"):
        own.table("sessions", "nothing")


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def gone(path):
    path.unlink()


@pytest.mark.parametrize("harm", [flipped, cut, gone])
@pytest.mark.parametrize(
    "name",
    ["answer.json", "report.html", "r000/figures-*.parquet", "r001/figures-*.json",
     "r000/sessions.parquet", "r001/station_bins.parquet", "r000/kpis.parquet",
     "tables/*.csv"],
)  # fmt: skip
def test_whatever_is_damaged_is_found(copied, capsys, name, harm):
    assert main(["results", "check"]) == 0
    assert capsys.readouterr().out.endswith("27 files, all as they were written\n")
    own = copied / "replications" / "holiday" if name.startswith("r0") else copied
    path = sorted(own.glob(name))[0]
    harm(path)
    assert main(["results", "check", "holiday"]) == 1
    out = capsys.readouterr().out
    assert "1 damaged or missing" in out
    assert path.name in out


@pytest.mark.parametrize("harm", [flipped, cut, gone])
@pytest.mark.parametrize("name", ["designs.csv", "differences.csv", "study.parquet", "sweep.html"])
def test_whatever_is_damaged_of_a_sweep_is_found(tmp_path, monkeypatch, capsys, name, harm):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    done = sweep.run(
        [{"demand.scale": "1"}, {"demand.scale": "2"}], Path("results/holiday"),
        lambda n, folder: (study(folder) and {"x": 1.0}, {"x": [1.0, 2.0 + n]}),
        finish=lambda done: [store.write_text(done.folder / "sweep.html", "<p>the page")],
    )  # fmt: skip
    for words in ([], ["holiday/sweep-001"]):
        assert main(["results", "check", *words]) == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == "holiday/sweep-001: 4 files, all as they were written"
    harm(done.folder / name)
    assert main(["results", "check"]) == 1
    said = "is missing" if harm is gone else "is not as it was written"
    head = "holiday/sweep-001: 4 files, 1 damaged or missing"
    out = capsys.readouterr().out.splitlines()
    assert out[-2:] == [head, f"  `{done.folder / name}` {said}"]
    (done.folder / sweep.SUMS).write_text("nothing")
    assert main(["results", "check", str(done.folder)]) == 1
    assert f"`{done.folder / sweep.SUMS}` is not as" in capsys.readouterr().out


def test_what_is_run_again_is_identical_or_told(copied, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    manifest = json.loads((copied / "manifest.json").read_text())
    # The tables of this test lie in a folder that a manifest does not tell.
    assert main(["results", "reproduce", "holiday"]) == 2
    assert "does not tell the folder: name it with --config-dir" in capsys.readouterr().err
    assert main(["results", "reproduce", "holiday", "--config-dir", "results"]) == 2
    assert "0 tables of that name are in `results`" in capsys.readouterr().err
    whole = small.config(copied.parents[1]) | {"experiment": "holiday_highway"}
    own = {key: whole[key] for key in manifest["config"] if key in whole}
    (copied / "manifest.json").write_text(json.dumps(manifest | {"config": own}))
    before = sorted(copied.rglob("*"))
    assert main(["results", "reproduce", "holiday"]) == 0
    assert capsys.readouterr().out.endswith("holiday: identical, every value of the answer.\n")
    assert sorted(copied.rglob("*")) == before
    answer = json.loads((copied / "answer.json").read_text())
    answer["network"]["sessions"]["mean"] += 1
    store.write_json(copied / "answer.json", answer)
    assert main(["results", "reproduce", "holiday"]) == 1
    assert capsys.readouterr().out.endswith(
        "holiday: the answer differs in 1 places:\n  network.sessions.mean\n"
    )


def test_places_at_which_answers_differ():
    one = {"a": [1, {"b": 2}], "c": 3, "d": [1]}
    other = {"a": [1, {"b": 4}], "e": 3, "d": [1, 2]}
    assert list(differences.unlike(one, other)) == ["a[1].b", "c", "d", "e"]
