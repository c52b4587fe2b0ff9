"""Two answers beside each other: means and intervals are those of the replications."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from sim.__main__ import main
from sim.archive import comparison, page, studies
from sim.archive.compare import HERE
from sim.report.blocks import Beside, Table
from sim.report.language import Words
from sim.stats import interval
from sim.study import kept
from sim.study.case import Replication
from tests.archive.kept import study
from tests.report.showing import (
    FOLD,
    OVERFLOW,
    READY,
    SCROLLED,
    SHOWN,
    SWITCH,
    WORDS_OF_HEAD,
)

STATIONS = ["a", "b", "c"]


def put(folder, design, number, sessions, waits):
    """A kept replication: so many sessions, and the P95 wait of each station."""
    path = folder / "replications" / design / f"r{number:03d}" / "figures-x.parquet"
    table = pd.DataFrame({"station": STATIONS, "wait_min_p95": waits, "none": [None, 1.0, 1.0],
                          "visits": [300.0, 200.0, 100.0 + number % 2]})  # fmt: skip
    hours = {"queue": np.outer(waits, np.linspace(0.0, 1.0, 24))}
    found = Replication({"sessions": sessions, "nothing": None}, table, hours)
    task = kept.Task(lambda *_: found, None, number, {}, "x", path)
    kept.keep(task, kept.make(task))


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Station a falls by about 10, b stays, c rises by about 5; sessions by about 20."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    luck = np.random.default_rng(1).normal(size=(8, 2))
    names = {"a": ("Alpha", "甲"), "b": ("</script>Beta", "乙"), "c": ("Gamma", "丙")}
    places = [
        {"station": key, "name_en": en, "name_zh": zh, "side": "out", "site": key, "road": "G1",
         "order": n, "lon": 106.0 + n, "lat": 30.0 + n / 10, "evses": 4, "evidence": "reported"}
        for n, (key, (en, zh)) in enumerate(names.items())
    ]  # fmt: skip
    answer = {"places": places, "calendar": [{"date": "2025-10-01", "label": ""}], "towns": [],
              "links": []}  # fmt: skip
    for name, change in (("one", 0.0), ("two", 1.0)):
        folder = tmp_path / "results" / name
        study(folder, answer, {"station": {"kva": change}})
        for design in ("holiday", "week"):
            for n, (x, y) in enumerate(luck):
                waits = [50 + x - 10 * change + y * change, 30 + x, 20 + x + 5 * change]
                put(folder, design, n, 1000 + 20 * change + 5 * x, waits)
    return luck


def test_changes_are_paired(both):
    one, two = (studies.named(name) for name in ("one", "two"))
    own = comparison.of(one, two, [])
    assert (own.one.design, own.numbers) == ("holiday", list(range(8)))
    ((key, (_, after, change)),) = own.figures.items()  # what does not exist is not compared
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
    assert out.startswith("Change = two, holiday, minus one, holiday.\n8 repl")
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
    assert len(rows) == 9
    assert main(["compare", "one", "two", "--lang", "zh"]) == 0
    assert "3 个站中有 1 个站的等待时间 P95 已证实降低" in capsys.readouterr().out.replace(
        "P95已", "P95 已"
    )


BOX = "[...document.querySelectorAll('#where [data-figure]')].filter(b => b.checkVisibility())"
MAP = f"""(() => {{ const t = {BOX}[0].data.find(t => t.meta?.stations);
    return Object.fromEntries(t.meta.stations.map((k, n) => [k, t.marker.color[n]])); }})()"""
FOREST = f"{BOX}[1].data.flatMap(t => t.meta.stations)"
HEADS = """[...document.querySelectorAll('#where thead th')]
    .filter(th => !th.hidden).map(th => th.innerText.replace(/\\s+/g, ' ').trim())"""
LINES = "document.querySelector('#panel [data-figure]').data.map(t => Math.max(...t.y))"


def test_the_page_shows_who_gains_and_loses_where(both, chromium, tmp_path, capsys):
    assert main(["compare", "one", "two", "--page", "page.html"]) == 0
    assert capsys.readouterr().out.endswith("page.html\n")
    tab = chromium.open(tmp_path / "page.html", 1280, ready=READY)
    tab.js(SCROLLED)
    assert "less is shown at 1 of 3 stations, more at 1." in tab.js(
        "document.querySelector('h1').innerText"
    )
    colors = tab.js(MAP)
    assert len(set(colors.values())) == 3
    assert tab.js(FOREST) == ["a", "c"]  # who gains first, then who loses
    assert tab.js(HEADS) == ["Station", "one min", "two min", "change min"]
    tab.js("document.querySelector('#where input[value=visits]').click()")
    tab.wait(READY)
    assert set(tab.js(MAP).values()) == {colors["b"]}  # nothing is shown to change
    assert tab.js(HEADS) == ["Station", "one", "two", "change"]
    tab.js("location.hash = 'a'")
    tab.wait("document.querySelector('#panel [data-figure]')?.data")
    assert tab.js("document.querySelector('#panel h2').innerText") == "Alpha 甲 out"
    one, two = tab.js(LINES)
    assert one == pytest.approx(50 + both[:, 0].mean(), rel=0.01)
    assert two == pytest.approx(40 + both.sum(axis=1).mean(), rel=0.01)
    tab.js("document.querySelector('#panel .close').click()")
    for width, height in ((390, 844), (1280, 800), (1920, 1080)):
        tab.resize(width, height)
        for language, other in (("zh", "en"), ("en", "zh")):
            tab.js(SWITCH.replace("LANGUAGE", language))
            tab.wait(READY)
            assert not tab.js(OVERFLOW)
            assert tab.js(SHOWN.replace("LANGUAGE", other)) == 0
            assert tab.js(FOLD) < height
            assert tab.js(WORDS_OF_HEAD) <= 80
    assert tab.problems() == []
    assert len(tab.requests()) == 1
    tab.close()


def test_without_places_there_is_no_map(both, tmp_path):
    for name in ("one", "two"):
        path = tmp_path / "results" / name / "answer.json"
        path.write_text("{}")
    own = comparison.of(studies.named("one"), studies.named("two"), [])
    built = page.of(own, "wait_min_p95")(Words("en", HERE))
    (choice,) = built.sections[0].blocks
    assert not [block for block in choice.blocks if isinstance(block, Beside)]
    assert [len(own.rows) for own in choice.blocks if isinstance(own, Table)] == [3]
    assert built.stations.figures == []  # nobody knows the first hour


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
        (["one", "two", "--page", "results"], "--page: `results` is there already"),
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
