# ruff: noqa: RUF001 - Chinese punctuation
"""The page in a browser: its switch, its tables, dark, print; and that hostile texts do nothing."""

import base64
import re
import time
from itertools import cycle

import pytest

from sim.report import charts
from sim.report.blocks import FIRST_ROWS, Choice, Column, Figure, Page, Section, Stations, Table
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.report.spoken import MOST_ROWS
from tests.report.made import STATIONS, TEXTS, WORDS, build
from tests.report.showing import (
    HOSTILE,
    OVERFLOW,
    READY,
    SCROLLED,
    SHEET_PX,
    SHOWN,
    SWITCH,
    printed,
)
from tests.report.test_page import Tags

# What a reader of the screen goes by: levels of headings that are never skipped; what scrolls is
# reached with the keyboard.
SKIPPED = """(() => { let before = 1; return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')]
    .filter(h => h.checkVisibility()).filter(h => {
        const level = Number(h.tagName[1]), skips = level > before + 1;
        before = level; return skips; }).map(h => h.innerText); })()"""
STUCK = """[...document.querySelectorAll('*')].filter(e =>
    /auto|scroll/.test(getComputedStyle(e).overflowY + getComputedStyle(e).overflowX)
    && (e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth)
    && e !== document.documentElement && e.tabIndex < 0
    && !e.querySelector('a, button, input, select, [tabindex]'))
    .map(e => e.outerHTML.slice(0, 90))"""


# --- how it shows --------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_opens_and_switches_without_errors_network_or_overflow(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    drawn = "document.querySelectorAll('[data-figure] .main-svg').length"
    few = tab.js(drawn)
    tab.js(SCROLLED)
    assert few < tab.js(drawn)
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
    tab.js("document.querySelectorAll('details').forEach(d => d.open = true)")
    tab.js(SCROLLED)
    assert (tab.js(SKIPPED), tab.js(STUCK)) == ([], [])
    undrawn = """[...document.querySelectorAll('[data-figure]')].filter(b =>
        b.checkVisibility() && !b.querySelector('.main-svg')).length"""
    assert tab.js(undrawn) == 0
    assert tab.js("document.querySelectorAll('.modebar-btn--logo, .plotlyjsicon').length") == 0
    titles = tab.js("[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title)")
    assert not [t for t in titles if re.search("cloud|share|edit|studio", t, re.IGNORECASE)]
    assert tab.js("document.querySelectorAll('[role=img]').length") == 0  # it would hide buttons
    tab.close()


SIZE = """new Promise((next) => { const image = new Image(); image.onload = () =>
    next([image.width, image.height]); image.src = 'data:image/png;base64,DATA'; })"""
TEXTS_OF = """(() => { window.said = [];
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
        window.said.push(text); write.call(this, text, ...at); }; })()"""


def test_a_figure_is_taken_away_with_heading_key_and_source(page, chromium, tmp_path):
    tab = chromium.open(page, 1280, ready=READY)
    chromium.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.js(SCROLLED)
    figure = "document.querySelector('main figure')"
    words = tab.js(f"[...{figure}.querySelectorAll('.key > span')].map(s => s.innerText.trim())")
    assert words == ["Use"]
    tab.js(TEXTS_OF)
    tab.js(f"[...{figure}.querySelectorAll('.modebar-btn')].at(-1).click()")
    end = time.monotonic() + 20
    while not (files := list(tmp_path.glob("*.png"))) and time.monotonic() < end:
        time.sleep(0.05)
    (file,) = files
    heading = tab.js(f"{figure}.querySelector('h3').innerText")
    assert file.stem.startswith(re.sub(r"\W+", "_", heading))
    data = base64.b64encode(file.read_bytes()).decode()
    wide, high = tab.js(SIZE.replace("DATA", data))
    px = tab.js(f"(() => {{ const b = {figure}.querySelector('.plot'); "
                "return [b.clientWidth, b.clientHeight]; })()")  # fmt: skip
    assert wide >= 2 * px[0]
    assert high > 2 * px[1]
    said = " ".join(tab.js("window.said"))
    for own in (heading, *words, "PeakCharge · A made page"):
        assert own in said
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    tab.close()


def test_a_figure_that_opens_later_speaks_the_language_of_the_page(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    tab.wait(READY)
    tab.js("document.querySelector('details.folded').open = true")
    tab.js(SCROLLED)
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
        tab.js(SCROLLED)
        colors.append(
            tab.js("[getComputedStyle(document.body).backgroundColor,"
                   "getComputedStyle(document.querySelector('.xtick text')).fill]")
        )  # fmt: skip
        tab.close()
    assert all(light != dark for light, dark in zip(*colors, strict=True))


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
        tab.js(SCROLLED)
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


LONG = 577  # rows of a table, more than are shown at a time
SEEN = "[...document.querySelectorAll('#long tbody tr')].filter(r => r.getClientRects().length)"
SEEK = """{ const box = document.querySelector('#long [type=search]'); box.value = TEXT;
    box.dispatchEvent(new Event('input', { bubbles: true })) }"""


def long_table(say: Words) -> Page:
    rows = [[f"row {n}", float(n * 7919 % LONG), None] for n in range(LONG)]
    table = Table([Column("Name"), Column("Number"), Column("Other", option="b")], rows,
                  folds=False, stations=[f"k{n}" for n in range(LONG)])  # fmt: skip
    pages = Choice("Which", {"a": "A", "b": "B"}, [table])
    keys = [f"k{n}" for n in range(LONG)]
    stations = Stations(keys, keys, Table([Column("Number")], [[n] for n in range(LONG)]),
                        list(range(LONG)), {}, {}, [])  # fmt: skip
    return Page("A long page", [Section("Long", [pages], "long")], stations=stations)


def test_of_a_long_table_the_first_rows_are_shown_and_all_are_found(chromium, tmp_path):
    path = write(tmp_path / "long.html", long_table, {"en": Words("en")})
    assert path.read_text("utf-8").count("<tr data-station=") == FIRST_ROWS
    tab = chromium.open(path, 1280, ready=READY)
    made = "document.querySelectorAll('#long tbody tr').length"
    assert tab.js(f"{SEEN}.length") == FIRST_ROWS
    tab.js("location.hash = 'k400'")
    tab.wait("document.querySelector('tr.picked') !== null")
    assert tab.js("document.querySelector('tr.picked th').innerText") == "row 400"
    assert tab.js(made) == FIRST_ROWS + 1  # no more than that one
    tab.js(SEEK.replace("TEXT", "'row 57'"))
    names = tab.js(f"{SEEN}.map(r => r.cells[0].innerText)")
    assert set(names) == {f"row {n}" for n in range(LONG) if "57" in str(n)}
    assert tab.js("document.querySelector('#long output').innerText") == str(len(names))
    others = "document.querySelectorAll('#long tbody td[data-option]:not([hidden])').length"
    assert tab.js(others) == 0  # the choice holds for rows that come later
    tab.js(SEEK.replace("TEXT", "''"))
    tab.js("document.querySelectorAll('#long thead button')[1].click()")
    shown = tab.js(
        f"{SEEN}.filter(r => !r.matches('.picked')).map(r => Number(r.cells[1].innerText))"
    )
    assert shown == list(range(LONG - 1, LONG - 1 - FIRST_ROWS, -1))
    chromium.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.js("document.querySelector('#long .save').click()")
    file = tmp_path / "long.csv"
    end = time.monotonic() + 10
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert len(file.read_text("utf-8").splitlines()) == 1 + LONG
    assert tab.problems() == []
    tab.close()
