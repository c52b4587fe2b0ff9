"""A driver's story on the command line, and as a page."""

import json
import re

import pandas as pd
import pytest

from sim.__main__ import main
from tests import small


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A small holiday whose manifest tells where its tables are."""
    folder = tmp_path_factory.mktemp("why")
    out = folder / "results" / "holiday"
    whole = small.config(folder) | {"experiment": "holiday_highway", "out": str(out)}
    small.asked(whole, "holiday_highway", out)
    manifest = json.loads((out / "manifest.json").read_text())
    own = {key: whole[key] for key in manifest["config"] if key in whole}
    (out / "manifest.json").write_text(json.dumps(manifest | {"config": own}))
    return folder


@pytest.fixture
def ask(kept, monkeypatch, capsys):
    monkeypatch.chdir(kept)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def call(*argv):
        code = main(["why", "--study", "holiday", *argv])
        return code, *capsys.readouterr()

    return call


def visits(folder, design="holiday"):
    path = folder / "results" / "holiday" / "replications" / design / "r000" / "sessions.parquet"
    return pd.read_parquet(path)


def test_the_story_of_a_visit(ask, kept):
    table = visits(kept)
    served = table[(table.outcome == "served") & (table.wait_min > 1)].iloc[0]
    code, out, _ = ask(str(served.visit))
    assert code == 0
    assert out.startswith(f"EV {served.ev:,}: why it did what it did\n")
    assert f"Waited {served.wait_min:.0f} min" in out
    assert "No prices are modelled." in out
    assert "Joined the line behind" in out
    assert re.search(r"plugged in +[\d,]+ \(this one\)", out)
    assert out.endswith("The rule as it is told here says what happened, at every step.\n")
    assert ask(f"ev={served.ev}")[1] == out


def test_in_chinese_and_of_another_design(ask, kept):
    visit = visits(kept, "reference").iloc[0]
    code, out, _ = ask(str(visit.visit), "--design", "reference", "--lang", "zh")
    assert code == 0
    assert f"车辆 {visit.ev:,}：为何如此" in out  # noqa: RUF001
    assert "每一步都与实际发生的一致" in out
    assert "Decided" not in out


def test_as_a_page(ask, kept):
    code, out, _ = ask("0", "--page", "why.html")
    assert code == 0
    assert out.endswith("why.html\n")
    text = (kept / "why.html").read_text("utf-8")
    assert "Step by step" in text
    assert "逐步经过" in text
    assert ask("0", "--page", "why.html")[2].startswith("--page: `why.html` is there already")
    (kept / "why.html").unlink()


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["x"], "`x` is no visit: write its number, or ev=NUMBER"),
        (["visit=3"], "`visit=3` is no visit"),
        (["1000000"], "there is no visit 1000000"),
        (["ev=1000000"], "there is no EV 1000000"),
        (["0", "--design", "holidy"], "unknown design `holidy`: did you mean `holiday`?"),
        (["0", "--replication", "-1"], "--replication is -1, but must be at least 0"),
        (["0", "--page", "no/x.html"], "--page: there is no folder `no`"),
        ([], "the following arguments are required: VISIT"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(ask, kept, argv, sentence):
    before = sorted(kept.rglob("*"))
    code, out, err = ask(*argv)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert sentence in err
    assert sorted(kept.rglob("*")) == before
