"""A sweep one of whose designs always kills its worker: here, and on a cluster that is there."""

import csv

import pytest

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
def dying(put_in_the_list):
    put_in_the_list("dying", DYING, "design: a")
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
