# ruff: noqa: RUF001 - dashes and Chinese punctuation as pages show them
"""The page: what its file says in both languages, and its safety."""

import re
from html.parser import HTMLParser
from math import nan
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs_version

from sim.report.blocks import Column, Page, Section, Table, Track
from sim.report.finding import Name
from sim.report.language import Words
from sim.report.markdown import markdown
from sim.report.page import _marked, without_folders, write
from sim.report.plot import PLOTLY, differences
from sim.report.spoken import places, spoken
from sim.stats.estimate import Estimate
from tests.report.made import LEAD, TEXTS, WORDS, build
from tests.report.reading import data_of, figures, foreign


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))


def outside(path: Path) -> str:
    """A page without scripts and styles."""
    return re.sub(r"<(script|style)[^>]*>.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)


# --- what the file says --------------------------------------------------------------------


def test_every_text_is_there_in_both_languages(page):
    html = outside(page)
    for en, zh in TEXTS.values():
        for text in (en, zh):
            assert text.partition("`")[0] in html
    assert '<h1><span class="en" lang="en">No EV stops at any station in X' in html
    assert 'lang="zh-Hans">X没有电动汽车进站充电' in html
    assert '<p class="lead">2 = 2</p>' in html  # what is the same is there once
    assert html.count("<code>engine.seed</code>") == 4


def test_no_english_is_left_in_chinese_but_names(page):
    assert foreign(page, {"Rongchang", "Fengdu", "Luohuang"}) == []
    assert foreign(page, set()) == ["Rongchang"]  # which has no Chinese name


def test_a_page_begins_in_the_language_that_it_is_asked_for(tmp_path):
    path = write(tmp_path / "page.html", build, WORDS, LEAD, language="zh")
    html = outside(path)
    assert '<html lang="zh-Hans" data-language="zh">' in html
    assert "<title>示例页面</title>" in html
    assert 'aria-label="各站利用率；数值见表"' in html
    assert re.findall(r'value="(\w+)" aria-pressed="(\w+)"', html) == [
        ("en", "false"), ("zh", "true")
    ]  # fmt: skip


def test_a_page_in_one_language_has_no_switch(tmp_path):
    path = write(tmp_path / "page.html", build, {"en": WORDS["en"]}, LEAD)
    assert 'class="switch"' not in outside(path)
    assert 'class="zh"' not in outside(path)


def test_figures_keep_only_what_differs(page):
    own = data_of(page)["figures"]
    assert len(own) == 3
    data = figures(page, "zh")[0]["data"][0]
    assert data["hovertext"][0] == "丰都<br>31.0%（26.0 至 36.0）"
    assert own[0]["data"][0]["hovertext"][0] == "Fengdu 丰都<br>31.0 % (26.0 to 36.0)"
    assert {".".join(map(str, path)) for path, _ in own[0]["others"]["zh"]} == {
        "data.0.hovertext", "layout.margin.l", "layout.xaxis.ticksuffix", "layout.yaxis.ticktext",
        "narrow.margin.l", "narrow.yaxis.ticktext",
    }  # fmt: skip


def test_plotly_names_days_months_and_buttons_in_both_languages(page):
    own = {language["code"]: language["locale"] for language in data_of(page)["languages"]}
    assert own["en"]["format"]["shortDays"][:2] == ["Sun", "Mon"]
    assert own["zh"]["format"]["shortDays"] == [f"周{day}" for day in "日一二三四五六"]
    assert own["zh"]["format"]["months"][0] == "一月"
    assert own["zh"]["dictionary"]["Zoom in"] == "放大"


def test_differences_name_the_path():
    first = {"a": [1, 2, 3, 4], "b": {"c": "x", "d": None}, "e": [{"f": 1}, {"f": 2}]}
    other = {"a": [1, 9, 3, 4], "b": {"c": "y", "d": None}, "e": [{"f": 1}, {"f": 3}]}
    assert differences(first, first) == []
    assert differences(first, other) == [(["a", 1], 9), (["b", "c"], "y"), (["e", 1, "f"], 3)]
    assert differences([1, 2, 3], [1, 5, 6]) == [([], [1, 5, 6])]
    assert differences([1, 2], [1, 2, 3]) == [([], [1, 2, 3])]


@pytest.mark.parametrize(
    ("zh", "problem"),
    [
        ([Section("s", ["a", "b"])], "differs by language"),
        ([Section("s", [Table(["h"], [[1]])])], "differs by language"),
        ([Section("s", ["a"]), Section("t")], "differs by language"),
    ],
)
def test_pages_of_another_shape_are_refused(tmp_path, zh, problem):
    def own(say: Words) -> Page:
        return Page("t", zh if say.language == "zh" else [Section("s", ["a"])])

    with pytest.raises(ValueError, match=problem):
        write(tmp_path / "page.html", own, WORDS)
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_differ_by_language_are_refused(tmp_path):
    def own(say: Words) -> Page:
        at = Track(10.0, None, None, Estimate(12.0 + (say.language == "zh"), 11.0, 15.0))
        return Page("t", [Section("s", [Table(["h", Column("", form="track")], [["a", at]])])])

    with pytest.raises(ValueError, match="a number differs by language"):
        write(tmp_path / "page.html", own, WORDS)


def test_one_file_without_a_network(page):
    text = page.read_text("utf-8")
    assert page.stat().st_size < 2e6
    assert text.count("* plotly.js (cartesian - minified) v") == 1
    links = [
        v for _, attributes in Tags(text).tags for k, v in attributes.items()
        if k in ("src", "href", "action", "data")
    ]  # fmt: skip
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert [p.name for p in page.parent.iterdir()] == ["page.html"]


def test_the_drawing_script_is_of_the_version_that_the_package_knows_and_has_its_licence():
    assert f"v{get_plotlyjs_version()}\n" in PLOTLY.read_text("utf-8")[:200]
    assert "MIT License" in PLOTLY.with_name("plotly.LICENSE").read_text("utf-8")


def test_page_may_neither_send_forms_nor_change_its_base(page):
    (policy,) = [a["content"] for t, a in Tags(page.read_text("utf-8")).tags if "http-equiv" in a]
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_failed_write_leaves_the_old_page(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    path = tmp_path / "page.html"
    path.write_text("old")
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write(path, build, WORDS)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("page.html", "old")]


def test_the_same_as_markdown():
    text = markdown(WORDS["zh"], build(WORDS["zh"]), LEAD)
    assert text.startswith("# 示例页面\n\nX没有电动汽车进站充电")
    assert "| 丰都 | 31.0 (26.0–36.0) | 1,234 | 0 |" in text
    assert "**3.2 (1.0–5.0)** 利用率" in text


# --- cells ---------------------------------------------------------------------------------


def cell(value: object, **column: object) -> tuple[str, str, str]:
    said = spoken(WORDS["en"], Table([Column("", **column)], [[value]])).cells[0][0]
    return said.text, said.interval, said.raw


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        (None, {}, ("–", "", "")), (nan, {}, ("–", "", "")), (7.4, {}, ("7.40", "", "7.4")),
        (1234.5, {}, ("1,234", "", "1234.5")), (0.316, {"unit": "%"}, ("31.6", "", "0.316")),
        (13.357, {"form": "plain"}, ("13.36", "", "13.357")),
        (2.5, {"digits": 1, "unit": "h"}, ("2.5", "", "2.5")),
        (Estimate(0.5, 0.4, 0.6), {"unit": "%", "digits": 0}, ("50", "40–60", "0.5")),
        (Estimate(0.5, 0.4, 0.6), {"form": "mean"}, ("0.50", "", "0.5")),
        (Estimate(None, 0.3, 1.0), {"form": "plain"}, ("–", "0.3–1", "")),
        (Estimate(-2.0, -3.0, 1.0, is_change=True), {"digits": 0}, ("-2", "-3 to +1", "-2.0")),
        (Estimate(None, None, None), {}, ("–", "", "")), ("x", {}, ("x", "", "")),
        (Name("Fengdu", "丰都"), {}, ("Fengdu 丰都", "", "")), (True, {}, ("yes", "", "")),
    ],
)  # fmt: skip
def test_cells_as_people_read_them(value, column, shown):
    assert cell(value, **column) == shown


def test_a_track_has_the_observed_figure_in_the_middle():
    own = Track(10.0, 5.0, None, Estimate(10.0, 20.0, 4000.0))
    assert places(own) == {
        "observed_low": 0, "observed_high": 50, "mean": 50, "low": 100, "high": 100
    }  # fmt: skip
    assert places(Track(0.0, None, None, Estimate(1, 1, 1))) is None
    assert places(Track(None, 1.0, 2.0, Estimate(1, 1, 1))) is None


PATHS = {
    "out": "/home/nobody/a study/out", "stations": "data/stations.csv",
    "files": ["/srv/x/visits.csv", "../visits.csv"],
    "command": "peakcharge replay.visits=/home/nobody/visits.csv 'out=/home/nobody/out'",
    "unit": "kWh / h, 1/h", "source": "https://example.invalid/a/b",
}  # fmt: skip
SHOWN_PATHS = {
    "out": "out", "stations": "data/stations.csv", "files": "['visits.csv', '../visits.csv']",
    "command": "peakcharge replay.visits=visits.csv 'out=out'",
    "unit": "kWh / h, 1/h", "source": "https://example.invalid/a/b",
}  # fmt: skip


def test_paths_are_shown_as_typed_absolute_ones_by_file_name(tmp_path):
    assert {k: without_folders(str(v)) for k, v in PATHS.items()} == SHOWN_PATHS
    facts = {"config": PATHS, "out": PATHS["out"]}
    text = write(tmp_path / "page.html", build, WORDS, LEAD, facts).read_text("utf-8")
    assert "nobody" not in re.sub(r"nobody\.", "", text)
    assert "data/stations.csv" in text


def test_no_line_ends_between_a_number_and_its_unit():
    said = "66 % (55 to 71) within 5 min of 3 stations, 1.2 million CNY; 24 hours, 7 km"
    kept = _marked(said, "en").replace("\N{NO-BREAK SPACE}", "_")
    assert kept == "66_% (55 to 71) within 5_min of 3 stations, 1.2_million CNY; 24 hours, 7_km"
