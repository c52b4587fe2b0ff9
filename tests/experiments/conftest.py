"""What several questions' tests share."""

import sys
from types import SimpleNamespace

import pytest

import experiments
from experiments.question import Question


@pytest.fixture
def put_in_the_list(tmp_path, monkeypatch):
    """Puts a question in the list, in a module and in a file of choices, and nowhere else."""
    monkeypatch.chdir(tmp_path)

    def put(name: str, question: Question, settings: str) -> None:
        monkeypatch.setattr(experiments, "QUESTIONS", (*experiments.QUESTIONS, name))
        module = SimpleNamespace(QUESTION=question)
        monkeypatch.setitem(sys.modules, f"experiments.{name}.question", module)
        (tmp_path / "own" / "experiment").mkdir(parents=True)
        (tmp_path / "own" / "experiment" / f"{name}.yaml").write_text(
            f"# @package _global_\nexperiment: {name}\n{name}:\n  {settings}\n"
        )

    return put
