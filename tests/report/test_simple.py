"""The plain page: what it says, its safety, how it opens; and the same as Markdown."""

import re

import pytest

from sim.report.simple import Figure, Section, Table, markdown, page
from tests.browser import CHROMIUM, MISSING, browser
from tests.report.showing import HOSTILE, READY, SHEET_PX, printed
from tests.report.test_page import PATHS

BARS = Figure(
    [{"type": "bar", "x": [1, 2, 3], "y": [3, 1, 2], "marker": {"color": "var(--rust)"}}],
    {"height": 200, "xaxis": {"range": [0, 4]}, "yaxis": {}},
    "three bars",
    "Bars",
    [("var(--rust)", "a bar")],
    {"height": 150},
)
NUMBERS = Table(
    ["name", "value", "share"],
    [["one", 1234.5, 0.25], ["two | 2", float("nan"), None]],
    "Numbers",
    frozenset({1}),
)
SECTIONS = [
    Section("First", ["Some text.", "More of it."], [BARS, BARS], [NUMBERS]),
    Section("Second", ["No figure."]),
]


def test_markdown_has_all_but_the_figures():
    assert markdown("Title", ["Lead."], SECTIONS) == (
        "# Title\n\nLead.\n\n## First\n\nSome text.\n\nMore of it.\n\n**Numbers**\n\n"
        "| name | value | share |\n|---|---:|---:|\n"
        "| one | 1,234 | 0.25 |\n| **two \\| 2** | **–** | **–** |\n\n"  # noqa: RUF001
        "## Second\n\nNo figure.\n"
    )


def test_page_says_everything_and_asks_nobody(tmp_path):
    path = page(
        "Title", ["Lead.", "More."], SECTIONS, tmp_path / "a.html", {"seed": 1, "v": {"x": 2}}
    )
    text = path.read_text("utf-8")
    outside = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", text, flags=re.S)
    for part in (
        "<h1>Lead.</h1>",
        "More.",
        "Some text.",
        "1,234",
        "<code>x</code> 2",
        "three bars",
    ):
        assert part in outside
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", outside)
    for rule in ("default-src 'none'", "base-uri 'none'", "form-action 'none'"):
        assert rule in outside
    assert outside.count('class="marked"') == 1


def test_folders_of_the_machine_stay_out(tmp_path):
    path = page("T", ["Lead."], [], tmp_path / "a.html", {"config": PATHS})
    text = path.read_text("utf-8")
    assert "nobody" not in text
    assert "data/stations.csv" in text


def test_hostile_text_stays_text(tmp_path):
    table = Table(list(HOSTILE), [list(HOSTILE)], HOSTILE[0])
    figure = Figure(BARS.data, BARS.layout, HOSTILE[1], HOSTILE[0], [("var(--rust)", HOSTILE[1])])
    sections = [Section(text, [text], [figure], [table]) for text in HOSTILE]
    path = page(HOSTILE[0], list(HOSTILE), sections, tmp_path / "a.html", {HOSTILE[0]: HOSTILE[1]})
    text = path.read_text("utf-8")
    outside = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", text, flags=re.S)
    assert "window.pwned=1</script>" not in outside
    assert "<img" not in outside
    assert "<a href='javascript" not in outside


def test_a_figure_that_is_none_writes_nothing(tmp_path):
    wrong = Figure([{"type": "no such trace"}], {"height": 100}, "nothing")
    with pytest.raises(ValueError, match="no such trace"):
        page("Title", ["Lead."], [Section("S", figures=[wrong])], tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", [1280, 390])
def test_page_opens_and_draws(tmp_path, width):
    path = page("Title", ["Lead."], SECTIONS, tmp_path / "a.html")
    with browser() as chromium:
        opened = chromium.open(path, width, ready=READY)
        assert opened.problems() == []
        assert opened.requests() == [path.as_uri()]
        assert opened.js("document.documentElement.scrollWidth <= innerWidth")
        heights = opened.js(
            "[...document.querySelectorAll('[data-figure]')].map((b) => b.clientHeight)"
        )
        assert heights == [200 if width > 640 else 150] * 2
        assert opened.js("document.querySelectorAll('.bars .point').length") == 6


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_wide_table_and_a_tall_figure_are_printed_whole(tmp_path, width):
    wide = Table(
        [f"column {n}" for n in range(40)], [[f"1,234 (1,000 to {n},468)" for n in range(40)]]
    )
    tall = Figure(BARS.data, {**BARS.layout, "height": 1500}, "tall", narrow={"height": 900})
    sections = [Section("First", ["Text."], [tall]), Section("Second", [], [BARS, BARS], [wide])]
    path = page("Title", ["Lead."], sections, tmp_path / "a.html")
    with browser() as chromium:
        found = printed(chromium.open(path, width, ready=READY))
    assert (found["cut"], found["narrow"]) == (0, 0)
    assert found["figures"] < SHEET_PX[1]
