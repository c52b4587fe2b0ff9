"""Studies are found again from their manifests: identical, whatever they ask."""

import pytest

from experiments import command
from experiments.question import run as run_question
from experiments.sweep.answer import compared
from sim.__main__ import main
from tests.answers import ROOT, SMALL, TOWN

LONG = {"small_port", "small_rule", "small_verify"}


@pytest.mark.parametrize(
    "name", [pytest.param(own, marks=[pytest.mark.long] * (own in LONG)) for own in SMALL]
)
def test_what_is_run_again_is_identical(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    run, out = SMALL[name], tmp_path / "out"
    words = [*run.words.split(), *["engine.workers=1"] * run.has_workers, f"out={out}"]
    told = []

    def answered(question, checked, *where):
        result = run_question(question, checked, *where)
        told.append((compared(result.headline), [*question.figures(checked)]))
        return result

    monkeypatch.setattr(command, "run", answered)
    assert main(words) == 0
    ((figures, known),) = told  # what a sweep is told before a run
    assert known == figures or name == "small_replay"
    capsys.readouterr()
    own = ["--config-dir", TOWN] * ("--config-dir" in words)
    assert main(["results", "reproduce", str(out), *own]) == 0
    assert capsys.readouterr().out == f"{out}: identical, every value of the answer.\n"
