import csv
import math
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from sim.config.problems import InputError
from sim.stats.estimate import Metric
from sim.study import sweep
from sim.study.case import Replication
from sim.study.cluster import ClusterError, WorkerDied
from sim.study.results import Results

DESIGNS = [{"demand.scale": "1"}, {"demand.scale": "2"}, {"demand.scale": "3"}]


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_per_design_and_full_floats(tmp_path):
    answer = lambda n, _: ({"wait_h": n / 3, "worst": "a,b"}, {})  # noqa: E731
    done = sweep.run(DESIGNS, tmp_path, answer)
    table, failed = done.paths[0], done.failed
    assert failed == []
    assert [float(row["wait_h"]) for row in rows(table)] == [0, 1 / 3, 2 / 3]
    assert rows(table)[1] | {"wait_h": ""} == {
        "design": "002", "demand.scale": "2", "wait_h": "", "worst": "a,b", "problem": "",
    }  # fmt: skip


def test_every_design_gets_its_own_folder(tmp_path):
    folders = []
    sweep.run(DESIGNS, tmp_path / "new", lambda _, folder: folders.append(folder) or ({}, {}))
    assert folders == [tmp_path / "new" / "sweep-001" / f"00{n}" for n in (1, 2, 3)]


def test_an_interrupted_sweep_goes_on_in_its_folder_if_it_is_the_same(tmp_path):
    folders = []

    def answer(n: int, folder: Path) -> tuple[dict, dict]:
        folders.append(folder.relative_to(tmp_path).as_posix())
        if len(folders) == 2:
            raise KeyboardInterrupt
        return {}, {}

    with pytest.raises(KeyboardInterrupt):
        sweep.run(DESIGNS, tmp_path, answer, "one")
    for key in ("one", "one", "other"):
        sweep.run(DESIGNS[:1], tmp_path, answer, key)
    assert folders == [
        "sweep-001/001", "sweep-001/002", "sweep-001/001", "sweep-002/001", "sweep-003/001",
    ]  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "sweep-001").iterdir()) == [
        sweep.SUMS, "designs.csv",
    ]  # fmt: skip


def test_another_sweep_into_the_same_folder_is_refused(tmp_path):
    def answer(n: int, folder: Path) -> tuple[dict, dict]:
        with pytest.raises(InputError, match="is writing into"):
            sweep.run(DESIGNS, tmp_path, answer, "other")
        return {}, {}

    sweep.run(DESIGNS[:1], tmp_path, answer, "one")
    assert [p.name for p in tmp_path.iterdir()] == ["sweep-001"]


def test_what_nobody_foresaw_shows_where_it_happened(tmp_path, capsys):
    def answer(n: int, _: Path) -> tuple[dict, dict]:
        if n == 0:
            raise InputError(["no station", "no EV"])
        if n == 1:
            return {"x": 1 // (n - 1)}, {}
        return {"x": 1.0}, {}

    done = sweep.run(DESIGNS, tmp_path, answer)
    table, failed = done.paths[0], done.failed
    assert [row["problem"] for row in rows(table)] == [
        "no station; no EV", "ZeroDivisionError: integer division or modulo by zero", "",
    ]  # fmt: skip
    assert failed[0] == "failed: design 001 demand.scale=1: no station; no EV"
    assert capsys.readouterr().err.count("Traceback") == 1


def test_a_design_that_kills_its_workers_fails_alone_and_in_one_line(tmp_path, capsys):
    def answer(n: int, _: Path) -> tuple[dict, dict]:
        if n == 1:
            raise WorkerDied(0, 3, "design `base`, replication 4")
        return {"x": 1.0}, {}

    done = sweep.run(DESIGNS, tmp_path, answer)
    table, failed = done.paths[0], done.failed
    said = "design `base`, replication 4: given up, its worker died 3 times"
    assert [row["problem"] for row in rows(table)] == ["", said, ""]
    assert failed == [f"failed: design 002 demand.scale=2: {said}"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("lost", [ClusterError("gone"), BrokenPipeError()])
def test_a_cluster_or_a_reader_that_is_lost_ends_the_sweep_which_goes_on_later(tmp_path, lost):
    def answer(n: int, _: Path) -> tuple[dict, dict]:
        if n == 1:
            raise lost
        return {}, {}

    with pytest.raises(type(lost)):
        sweep.run(DESIGNS, tmp_path, answer, "one")
    assert (tmp_path / "sweep-001" / sweep.UNFINISHED).read_text() == "one"
    assert not list(tmp_path.glob("*/*.error.txt"))


def test_the_table_is_on_disk_after_every_design(tmp_path):
    seen = []

    def answer(n: int, folder: Path) -> tuple[dict, dict]:
        if n == 2:
            seen.append(len(rows(folder.parent / "designs.csv")))
            raise KeyboardInterrupt
        return {}, {}

    with pytest.raises(KeyboardInterrupt):
        sweep.run(DESIGNS, tmp_path, answer)
    assert seen == [2]


def results(shift: float) -> Results:
    """Two replications of two stations, everything moved by so much."""
    metrics = {key: Metric(key, least=-math.inf) for key in ("wait", "queue")}
    each = [
        Replication(
            {"wait": luck + shift, "unknown": None},
            pd.DataFrame({"station": ["a", "b"], "queue": [luck + shift, 2.0 * luck]}),
        )
        for luck in (1.0, 3.0)
    ]
    return Results({"holiday": each}, metrics)


def test_the_long_table_has_every_station_and_is_paired_with_the_named_baseline(tmp_path):
    asked = []

    def answer(n: int, _: Path) -> tuple[dict, dict, Results]:
        asked.append(n)
        if n == 2:
            raise InputError("no")
        return {}, {"wait": [1.0, 3.0]}, results(float(n))

    designs = [{"demand.scale": "0.5", "policy": "none"}, {"demand.scale": "1", "policy": "x"},
               {"demand.scale": "2", "policy": "x"}]  # fmt: skip
    done = sweep.run(designs, tmp_path, answer, baseline=1)
    assert asked == [1, 0, 2]
    assert [path.name for path in done.paths] == [
        "designs.csv",
        "differences.csv",
        "study.parquet",
        sweep.SUMS,
    ]
    table = pd.read_parquet(done.paths[-2])
    assert table.columns.tolist() == [
        "design", "demand.scale", "policy", "case", "station", "metric", "mean", "low", "high",
        "n", "change", "change_low", "change_high",
    ]  # fmt: skip
    assert table["design"].tolist() == 3 * ["002"] + 3 * ["001"]
    own = table.set_index(["design", "station", "metric"]).sort_index()
    assert own["case"].unique() == ["holiday"]
    assert own.loc[("001", "", "wait"), ["demand.scale", "policy", "mean", "n"]].tolist() == [
        0.5, "none", 2.0, 2,
    ]  # fmt: skip
    assert own.loc[("001", "a", "queue"), ["change", "change_low", "change_high"]].tolist() == [
        -1.0, -1.0, -1.0,
    ]  # fmt: skip
    assert own.loc[("001", "b", "queue"), "change"] == 0.0
    assert (own.loc["002", "change"] == 0.0).all()
    paired = rows(done.paths[1])
    assert [(row["design"], row["mean"]) for row in paired] == [("001", "0.0")]


def test_without_its_baseline_nothing_is_paired(tmp_path):
    def answer(n: int, _: Path) -> tuple[dict, dict]:
        if n == 0:
            raise InputError("no")
        return {}, {"wait": [1.0, 2.0]}

    done = sweep.run(DESIGNS, tmp_path, answer)
    assert [path.name for path in done.paths] == ["designs.csv", "study.parquet", sweep.SUMS]
    assert pd.read_parquet(done.paths[1])["change"].isna().all()


def test_what_went_wrong_is_kept_beside_the_designs_until_it_goes_well(tmp_path):
    wrong = [True]

    def answer(n: int, _: Path) -> tuple[dict, dict]:
        if n == 2:
            raise KeyboardInterrupt
        if n == 1 and wrong[0]:
            raise ZeroDivisionError("of what nobody foresaw")
        return {}, {}

    for _ in "ab":
        with pytest.raises(KeyboardInterrupt):
            sweep.run(DESIGNS, tmp_path, answer, "one")
        kept = list(tmp_path.glob("sweep-001/*.error.txt"))
        assert len(kept) == wrong[0]
        if wrong[0]:
            assert kept[0].name == "002.error.txt"
            assert "ZeroDivisionError: of what nobody foresaw" in kept[0].read_text()
        wrong[0] = False


def test_paired_differences_to_the_first_design_with_their_correlation(tmp_path):
    """The second design is the first plus 1, whatever the draw; the third has no such luck."""
    luck = [3.0, 5.0, 4.0, 8.0]
    samples = [luck, [x + 1.0 for x in luck], [4.0, 4.0, 9.0, 3.0]]
    tables = sweep.run(DESIGNS, tmp_path, lambda n, _: ({}, {"wait": samples[n]})).paths
    second, third = rows(tables[1])
    assert second == {
        "design": "002", "figure": "wait", "replications": "4", "mean": "1.0", "low": "1.0",
        "high": "1.0", "correlation": second["correlation"],
    }  # fmt: skip
    assert float(second["correlation"]) == pytest.approx(1.0)
    difference = [1.0, -1.0, 5.0, -5.0]
    low, high = stats.ttest_1samp(difference, 0.0).confidence_interval(0.95)
    assert [float(third[k]) for k in ("mean", "low", "high")] == pytest.approx([0.0, low, high])
    assert float(third["correlation"]) < 0.0
