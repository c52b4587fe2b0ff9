"""A sweep one of whose designs always kills its worker: here, and on a cluster that is there."""

import csv
import sys
from types import SimpleNamespace

import pytest

import experiments
from experiments.question import Answer, Question, in_folder
from sim import __main__ as cli
from sim.config.section import Section
from sim.config.table import Text
from sim.report.blocks import Page
from sim.study import sweep
from tests.study.elsewhere import Cluster
from tests.study.test_faults import Killing

NAME = "wait_min_mean"


class Dying(Section):
    design: Text


def answer(asked):
    results = asked.study.run({"": Killing(asked.config.design)}, 4)
    each = results.values(NAME, "").tolist()
    return Answer(["Said."], {}, {NAME: sum(each) / 4}, {NAME: each}, results=results)


DYING = Question(
    answer,
    reads=("dying", "engine"),
    section="dying",
    config=Dying,
    page=lambda say, answer: Page("", []),
    study=in_folder,
    compiled=False,
)


@pytest.fixture
def dying(tmp_path, monkeypatch):
    """A question that is in the list, in a module and in a file of choices, and nowhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiments, "QUESTIONS", (*experiments.QUESTIONS, "dying"))
    monkeypatch.setitem(sys.modules, "experiments.dying.question", SimpleNamespace(QUESTION=DYING))
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "dying.yaml").write_text(
        "# @package _global_\nexperiment: dying\ndying:\n  design: a\n"
    )
    words = ("--config-dir", "own", "-m", "experiment=dying", "dying.design=a,b,c")
    return lambda *more: cli.main([*words, *more])


@pytest.mark.long
def test_it_is_given_up_and_named_and_the_others_are_there(dying, tmp_path, capsys):
    (tmp_path / "cluster").mkdir()
    there = Cluster(tmp_path / "cluster")
    try:
        there.worker()
        there.worker()
        assert dying("out=there", f"engine.address={there.address}") == 1
    finally:
        there.end()
    named = "design 002 dying.design=b: replication 3: given up, its worker died 3 times"
    assert f"failed: {named}\n" in capsys.readouterr().err
    assert dying("out=here", "engine.workers=2") == 1
    folders = [tmp_path / name / "sweep-001" for name in ("there", "here")]
    with (folders[0] / "designs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [bool(row[NAME]) for row in rows] == [True, False, True]
    assert [row["problem"] for row in rows] == ["", named.partition(": ")[2], ""]
    sums = [sweep.sums(folder) for folder in folders]
    tables = ("designs.csv", "differences.csv", "study.parquet")
    assert [sums[0][name] for name in tables] == [sums[1][name] for name in tables]
