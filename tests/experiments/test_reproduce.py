"""Studies are found again from their manifests: identical, whatever they ask."""

import pytest

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
    assert main(words) == 0
    capsys.readouterr()
    own = ["--config-dir", TOWN] * ("--config-dir" in words)
    assert main(["results", "reproduce", str(out), *own]) == 0
    assert capsys.readouterr().out == f"{out}: identical, every value of the answer.\n"
