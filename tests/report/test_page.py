# ruff: noqa: RUF001 - dashes and Chinese punctuation as pages show them
"""The page: what it says in both languages, its safety, and how it shows in a browser."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from itertools import cycle
from math import nan
from pathlib import Path

import pytest

from sim.report import charts
from sim.report.blocks import (
    Beside,
    Card,
    Choice,
    Classes,
    Column,
    Count,
    Figure,
    Folded,
    Heading,
    Key,
    Names,
    Over,
    Page,
    Points,
    Section,
    Shown,
    Table,
    Terms,
    Track,
)
from sim.report.finding import Name, found
from sim.report.language import LANGUAGES, Words
from sim.report.markdown import markdown
from sim.report.page import _script_json, write
from sim.report.plot import differences
from sim.report.spoken import MOST_ROWS, places, spoken
from sim.report.words import percent, without_folders
from sim.stats.estimate import Estimate
from tests.browser import CHROMIUM, MISSING, browser
from tests.report.reading import data_of, figures, foreign

READY = "document.documentElement.dataset.ready === 'yes'"
HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "=HYPERLINK(\"http://example.invalid\")",
    "<a href='javascript:window.pwned=1'>x</a>",
    "%{customdata} {{ 7*7 }} ${7*7} &lt;b&gt;",
    "\u2028<!--<script>",
)  # fmt: skip
STATIONS = [
    (Name("Fengdu", "丰都"), 0.31), (Name("Luohuang", "珞璜"), 0.72), (Name("Rongchang", ""), 0.44)
] * 10  # fmt: skip
WORDS = {language: Words(language) for language in LANGUAGES}
TEXTS = {
    "title": ("A made page", "示例页面"), "question": ("What is it?", "这是什么？"),
    "one": ("Numbers", "数值"), "two": ("More of it", "其他"), "text": ("Some text.", "一段文字。"),
    "station": ("Station", "站"), "use": ("Use", "利用率"), "power": ("Power", "功率"),
    "note": ("by code `engine.seed`", "见 `engine.seed`"),
    "chart": ("Use by station", "各站利用率"),
}  # fmt: skip


def build(say: Words, texts: Mapping[str, tuple[str, str]] = TEXTS) -> Page:
    """A page with every kind of block."""
    said = {key: own[say.language == "zh"] for key, own in texts.items()}
    use = [Estimate(u, u - 0.05, u + 0.05, 20) for _, u in STATIONS]
    rows = [
        [name, Over(own) if u > 0.4 else own, 1234.5, n]
        for n, ((name, u), own) in enumerate(zip(STATIONS, use, strict=True))
    ]
    columns = [
        said["station"], Column(said["use"], "%", 1, option="use"),
        Column(said["power"], "kW", option="power"), Column("N"),
    ]  # fmt: skip
    observed = Track(10.0, 5.0, None, Estimate(12.0, 11.0, 13.0))
    names = [say.format_field(name, "both") for name, _ in STATIONS]
    chart = charts.forest(say, names, [charts.Marks("", use)], charts.Axis("", "%", 0, 1),
                          title=said["chart"])  # fmt: skip
    options = {"use": said["use"], "power": said["power"]}
    blocks = [
        said["text"], Heading(said["two"], said["text"]), Count(Estimate(3.21, 1, 5), said["use"]),
        Classes([Key("var(--rust)", said["use"], "square")], said["power"]),
        Choice(said["station"], options,
               [Table(columns, rows, said["one"], folds=False), Shown("power", [said["note"]])]),
    ]  # fmt: skip
    more = [
        Beside([[chart], [chart]]), Folded(said["two"], [chart], said["note"]),
        Names(said["station"], names[:2]), Terms([(said["use"], said["text"])]),
        Points([said["text"]]),
        Table([said["station"], Column("", form="track"), Column("N", form="plain")],
              [[said["use"], observed, 13.357], [None, None, nan]], marked=frozenset({0})),
    ]  # fmt: skip
    cards = [Card(said["use"], use[0], "%", 1, note=said["text"])]
    sections = [Section(said["one"], blocks, "numbers"), Section(said["two"], more)]
    return Page(said["title"], sections, said["question"], cards)


LEAD = [found("nobody.stops", name="X", why=found("nobody.passes")), "2 = 2"]
FACTS = {
    "seed": 1,
    "versions": {"python": "3.11"},
    "config": {f"k{n}": n * 10**9 for n in range(40)},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("page") / "page.html", build, WORDS, LEAD, FACTS)


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
    assert page.stat().st_size < 6e6
    assert text.count("* plotly.js v") == 1
    links = [
        v for _, attributes in Tags(text).tags for k, v in attributes.items()
        if k in ("src", "href", "action", "data")
    ]  # fmt: skip
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert [p.name for p in page.parent.iterdir()] == ["page.html"]


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


def test_percent():
    assert [percent(v) for v in (0.0, 0.4, 1.0, None)] == ["0.0", "40.0", "100.0", "–"]


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


# --- how it shows --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browser() as running:
        yield running


SWITCH = "document.querySelector('.switch button[value=LANGUAGE]').click()"
SHOWN = "[...document.querySelectorAll('.LANGUAGE')].filter(e => e.getClientRects().length).length"
OVERFLOW = "document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize("width", [1280, 390])
def test_opens_and_switches_without_errors_network_or_overflow(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    title = "document.querySelector('.main-svg').closest('figure').querySelector('h3').innerText"
    label = "document.querySelector('[data-figure]').getAttribute('aria-label')"
    tick = "[...document.querySelectorAll('.ytick text')][0].textContent"
    seen = {}
    for language, other in (("en", "zh"), ("zh", "en"), ("en", "zh")):
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        assert tab.js(SHOWN.replace("LANGUAGE", other)) == 0
        assert tab.js(SHOWN.replace("LANGUAGE", language)) > 20
        assert not tab.js(OVERFLOW)
        seen[language] = [
            tab.js(own) for own in (
                "document.title", "document.documentElement.lang", title, label, tick,
                "document.querySelector('.switch [aria-pressed=true]').value",
            )
        ]  # fmt: skip
    assert seen == {
        "en": ["A made page", "en", "Use by station",
               "Use by station; the numbers are in the tables", "Fengdu 丰都", "en"],
        "zh": ["示例页面", "zh-Hans", "各站利用率", "各站利用率；数值见表", "丰都", "zh"],
    }  # fmt: skip
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    undrawn = """[...document.querySelectorAll('[data-figure]')].filter(b =>
        b.checkVisibility() && !b.querySelector('.main-svg')).length"""
    assert tab.js(undrawn) == 0
    assert tab.js("document.querySelectorAll('.modebar-btn--logo, .plotlyjsicon').length") == 0
    titles = tab.js("[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title)")
    assert not [t for t in titles if re.search("cloud|share|edit|studio", t, re.IGNORECASE)]
    assert tab.js("document.querySelectorAll('[role=img]').length") == 0  # it would hide buttons
    tab.close()


def test_a_figure_that_opens_later_speaks_the_language_of_the_page(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    tab.wait(READY)
    tab.js("document.querySelector('details.folded').open = true")
    tab.wait("document.querySelector('details.folded .ytick text')")
    assert tab.js("document.querySelector('details.folded .ytick text').textContent") == "丰都"
    tab.close()


def test_table_sorts_searches_and_follows_the_choice(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    column = "[...document.querySelectorAll('.long tbody tr')].map(r => r.cells[3].textContent)"
    order = sorted(range(len(STATIONS)), key=lambda n: -STATIONS[n][1])
    head = "document.querySelectorAll('.long thead button')[1].click()"
    tab.js(head)
    assert tab.js(column) == [str(n) for n in order]
    assert tab.js("document.querySelectorAll('.long th')[1].ariaSort") == "descending"
    tab.js(head)
    assert tab.js(column) == [str(n) for n in sorted(order, key=lambda n: STATIONS[n][1])]
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    tab.js("document.querySelectorAll('.long thead button')[0].click()")
    name = "document.querySelector('.long tbody th').innerText"
    assert [tab.js(name), tab.js(column)[0]] == ["丰都", "0"]

    search = """{ const box = document.querySelector('input[type=search]'); box.value = TEXT;
        box.dispatchEvent(new Event('input', { bubbles: true })) }"""
    shown = column.replace("tbody tr", "tbody tr:not([hidden])")
    for text in ("珞璜", "luohuang"):  # found by either name
        tab.js(search.replace("TEXT", f"'{text}'"))
        assert sorted(map(int, tab.js(shown))) == list(range(1, len(STATIONS), 3))
        assert tab.js("document.querySelector('output').textContent") == "10"
    tab.js(search.replace("TEXT", "''"))
    assert len(tab.js(shown)) == len(STATIONS) > MOST_ROWS

    visible = """[...document.querySelectorAll('[data-option]')].filter(h =>
        h.getClientRects().length).map(h => h.dataset.option)"""
    assert set(tab.js(visible)) == {"use"}
    tab.js("document.querySelector('input[value=power]').click()")
    assert set(tab.js(visible)) == {"power"}
    assert tab.problems() == []
    tab.close()


def test_dark_scheme_repaints_page_and_figures(page, chromium):
    colors = []
    for dark in (False, True):
        tab = chromium.open(page, 1280, ready=READY, dark=dark)
        colors.append(
            tab.js("[getComputedStyle(document.body).backgroundColor,"
                   "getComputedStyle(document.querySelector('.xtick text')).fill]")
        )  # fmt: skip
        tab.close()
    assert all(light != dark for light, dark in zip(*colors, strict=True))


def printed(tab) -> dict[str, float]:
    """What a page looks like as it is printed, whatever the size of its window."""
    tab.js("dispatchEvent(new Event('beforeprint'))")
    tab.call("Emulation.setEmulatedMedia", media="print")
    return tab.js(PRINTED)


PRINTED = """(() => {
    const right = document.body.getBoundingClientRect().right + 0.5;
    const seen = (selector) => [...document.querySelectorAll(selector)]
        .filter((e) => e.getClientRects().length);
    const height = (e) => e.getBoundingClientRect().height;
    return {
        cut: seen('.main-svg, table, th, td').filter((e) =>
            e.getBoundingClientRect().right > right).length,
        narrow: seen('[data-figure]').filter((e) =>
            e.querySelector('.main-svg').getBoundingClientRect().width
                < e.getBoundingClientRect().width - 1).length,
        figures: Math.max(...seen('[data-figure]').map(height)),
        body: document.body.clientWidth,
    };
})()"""
SHEET_PX = (273 / 25.4 * 96, 186 / 25.4 * 96)  # of A4 landscape, without its margins


@pytest.mark.parametrize("width", [1280, 390])
def test_prints_whole_whatever_the_window(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    found = printed(tab)
    assert found.pop("body") < SHEET_PX[0]
    assert found.pop("figures") < SHEET_PX[1]
    assert found == {"cut": 0, "narrow": 0}
    tab.call("Emulation.setEmulatedMedia", media="")
    tab.js("dispatchEvent(new Event('afterprint'))")
    tab.wait(f"!({OVERFLOW})", 5)
    tab.close()


# --- hostile texts -------------------------------------------------------------------------


def test_json_cannot_leave_its_script():
    text = _script_json({"name": "".join(HOSTILE)})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"name": "".join(HOSTILE)}


HOVER_EVERYTHING = """(async () => {
    const seen = new Set();
    for (const box of document.querySelectorAll('.js-plotly-plot'))
        for (const [c, trace] of box.data.entries())
            for (let p = 0; p < (trace.type === 'heatmap' ? trace.text : trace.x).length; p++) {
                Plotly.Fx.hover(box, [{curveNumber: c,
                    pointNumber: trace.type === 'heatmap' ? [p, 12] : p}]);
                await new Promise((next) => setTimeout(next, 55)); // Plotly's own delay is 50 ms
                for (const text of box.querySelectorAll('.hovertext')) seen.add(text.textContent);
            }
    return [...seen].join(' ');
})()"""


def test_hostile_texts_are_inert_in_both_languages(chromium, tmp_path):
    def own(say: Words) -> Page:
        nasty = cycle(HOSTILE)
        texts = {key: (next(nasty), f"{next(nasty)}。") for key in TEXTS}
        page = build(say, texts)
        chart = charts.forest(
            say, list(HOSTILE), [charts.Marks(HOSTILE[0], [1.0] * 6)], charts.Axis(HOSTILE[1]),
            title=HOSTILE[2], line=(1.0, HOSTILE[3]),
        )  # fmt: skip
        return Page(page.title, [Section("chart", [chart]), *page.sections], page.question)

    path = write(tmp_path / "page.html", own, WORDS, HOSTILE, {t: t for t in HOSTILE})
    tags = Tags(path.read_text("utf-8")).tags
    assert [tag for tag, _ in tags].count("script") == 3
    assert not any(tag == "img" or k.startswith("on") for tag, attrs in tags for k in attrs)
    for language in LANGUAGES:
        tab = chromium.open(path, 1280, ready=READY)
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        assert not tab.js(OVERFLOW)
        hovered = tab.js(HOVER_EVERYTHING.replace(
            "'.js-plotly-plot'", "'section:first-of-type .js-plotly-plot'"))  # fmt: skip
        assert [t for t in HOSTILE if t.strip("\u2028") not in hovered] == []
        assert tab.js("window.pwned === undefined")
        assert tab.js("document.querySelectorAll('img, svg a, main a').length") == 0
        assert tab.js("document.querySelector('h1').textContent") == HOSTILE[0]
        assert tab.problems() == []
        assert tab.requests() == [path.as_uri()]
        tab.close()


def test_a_figure_that_is_none_writes_nothing(tmp_path):
    wrong = Figure([{"type": "no such trace"}], {"height": 100}, "nothing")
    with pytest.raises(ValueError, match="no such trace"):
        write(tmp_path / "a.html", lambda say: Page("t", [Section("s", [wrong])]), WORDS)
    assert list(tmp_path.iterdir()) == []
