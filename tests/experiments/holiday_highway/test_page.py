# ruff: noqa: RUF001 - Chinese punctuation
"""The page of the holiday from a made-up answer: its numbers, its languages, how it shows."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments.holiday_highway import page as holiday_page
from experiments.holiday_highway import question
from sim import metrics
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.stats.estimate import Estimate
from tests.browser import CHROMIUM, MISSING, browser
from tests.experiments.holiday_highway import made
from tests.report.reading import figures, foreign, said
from tests.report.showing import HOSTILE, OVERFLOW, READY, SWITCH

WORDS = {of: Words(of, Path(question.__file__).parent) for of in LANGUAGES}
FACTS = {"seed": 20251001, "replications": {"holiday": 20}, "config_hash": "0f" * 8}


def written(answer: dict, path: Path) -> Path:
    kept = unpacked(json.loads(json.dumps(packed(answer))))  # nothing but what the file holds
    return write(path, lambda say: holiday_page.page(say, kept), WORDS, kept["verdict"], FACTS)


@pytest.fixture(scope="module")
def answer() -> dict:
    return made.answer()


@pytest.fixture(scope="module")
def page(answer, tmp_path_factory) -> Path:
    return written(answer, tmp_path_factory.mktemp("report") / "report.html")


class Rows(HTMLParser):
    """Rows of the long table: cells of (data-v, English text)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[list[str]]] = []
        self._hidden = 0
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        own = dict(attrs)
        if "data-search" in own:
            self.rows.append([])
            self._inside = True
        elif self._inside and tag in ("td", "th"):
            self.rows[-1].append([own.get("data-v", ""), ""])
        if tag == "span":
            self._hidden += own.get("class") == "zh" or self._hidden > 0

    def handle_data(self, data: str) -> None:
        if self._inside and not self._hidden:
            self.rows[-1][-1][1] += data.strip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._inside = False
        if tag == "span" and self._hidden:
            self._hidden -= 1


def expected(answer: dict, place: dict) -> list[tuple[float, object]]:
    """(scale, number or estimate) of a row behind name and road, in order."""
    own = answer["stations"][place["station"]]
    cells: list = [(1, place[k]) for k in ("evses", "rated_kw", "cap_kw")]
    for d in metrics.DEFINITIONS:
        for w in metrics.WINDOWS:
            use = own["utilization"][d][w]
            cells += [(100, holiday_page.estimate(use)), (100, use["p_over"])]
    cells += [(1, own["wait_min"][key]) for key in ("p50", "p90", "p95")]
    cells.append((100, own["over_30_share"]))
    return cells + [(1, own[key]) for key in (*made.COUNTS, "energy_kwh")]


def same(shown: str, value: float | None) -> bool:
    """Whether a printed number is the value rounded to the digits it shows."""
    if value is None:
        return shown == "–"
    digits = len(shown.partition(".")[2])
    return abs(float(shown.replace(",", "")) - value) <= 0.5001 * 10**-digits


def test_every_number_of_the_table_is_the_answers(answer, page):
    rows = Rows(page.read_text("utf-8")).rows
    assert len(rows) == len(answer["places"]) == 87
    for place, (name, road, *cells) in zip(answer["places"], rows, strict=True):
        assert name[1].startswith(f"{place['name_en']} {place['name_zh']}")
        assert road[1] == place["road"]
        for (full, text), (scale, value) in zip(cells, expected(answer, place), strict=True):
            numbers = re.findall(r"[\d.,]+|–(?!\d)", text)
            if isinstance(value, Estimate):
                assert float(full) == value.mean
                parts = [value.mean, value.low, value.high]
            else:
                assert full == ("" if value is None else repr(float(value)))
                parts = [value]
            scaled = [None if v is None else scale * v for v in parts]
            assert len(numbers) == len(scaled)
            assert all(same(n, v) for n, v in zip(numbers, scaled, strict=True)), text


def test_counts_of_the_rule_are_shown_for_every_definition(answer, page):
    shown = re.findall(r'class="count"><b>([\d.,]+)</b>', page.read_text("utf-8"))
    counts = [
        answer["flags"][d][w]["count"].mean for d in metrics.DEFINITIONS for w in metrics.WINDOWS
    ]
    assert [float(text) for text in shown] == counts


def test_the_chinese_page_is_chinese(answer, page):
    roads = {place["road"] for place in answer["places"]}
    assert foreign(page, roads) == []


def test_the_verdict_is_said_in_both_languages(answer):
    en, zh = (list(map(say, answer["verdict"])) for say in WORDS.values())
    assert en[0] == (
        f"{len(answer['flags']['time']['holiday_mean']['flagged'])} of 87 service-area stations "
        "exceed 40 % time utilization over National Day 2025 (mean of all 192 hours, 2025-10-01 to "
        "2025-10-08)."
    )
    assert zh[0].startswith("2025 年国庆中秋假期，87 个服务区充电站（按方向计）中有 ")
    assert "misses by +26 %; full stations in the fullest hour, National Day 2025 misses" in en[-3]
    assert "单枪日均充电量偏差 +26%；2025 年国庆中秋假期的最忙小时的满载站占比" in zh[-3]
    assert (en[-2][:11], zh[-2][:5]) == ("The traffic", "所研究时段")
    assert len(en) == len(zh) == 12


def test_stations_stand_in_road_order_with_sides_together(answer):
    roads = holiday_page.roads(answer["places"])
    assert sum(map(len, roads.values())) == 87
    for own in roads.values():
        travel = [(place["order"], place["side"] == "in") for place in own]
        assert travel == sorted(travel)


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browser() as running:
        yield running


@pytest.mark.parametrize("width", [1280, 390])
def test_opens_in_both_languages_without_errors_or_overflow(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    undrawn = """[...document.querySelectorAll('[data-figure]')].filter(b =>
        b.checkVisibility() && !b.querySelector('.main-svg')).length"""
    wide = """[...document.querySelectorAll('.main-svg')].filter(s =>
        s.getBoundingClientRect().right > innerWidth + 1).length"""
    for language in ("zh", "en"):
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        assert not tab.js(OVERFLOW)
        assert [tab.js(undrawn), tab.js(wide)] == [0, 0]
        assert tab.js("document.querySelectorAll('.main-svg').length") > 20
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    tab.close()


def test_threshold_label_is_outside_the_data(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    inside = """[...document.querySelectorAll('#rule .plot, #waits .plot')].filter(b =>
        b.checkVisibility()).map(b =>
        [b.querySelector('.annotation-text').getBoundingClientRect().bottom,
         b.querySelector('.nsewdrag').getBoundingClientRect().top])"""
    places = tab.js(inside)
    assert len(places) == 14
    assert all(label <= data + 0.5 for label, data in places)
    tab.close()


def test_hostile_names_are_inert(chromium, tmp_path):
    answer = made.answer(sites=4, days=2)
    for n, place in enumerate(answer["places"]):
        place |= {"name_en": HOSTILE[n % 6], "name_zh": HOSTILE[(n + 1) % 6],
                  "road": HOSTILE[n // 2], "position": HOSTILE[n % 6]}  # fmt: skip
    for town in answer["towns"]:
        town["name_en"] = HOSTILE[0]
    answer |= {"demand": HOSTILE[1]}
    path = written(answer, tmp_path / "report.html")
    for language in LANGUAGES:
        for figure in figures(path, language):
            assert not [text for text in said(figure) if re.search(r"<(?!br>|/?b>)", text)]
    tab = chromium.open(path, 1280, ready=READY)
    assert tab.js("window.pwned === undefined")
    assert tab.js("document.querySelectorAll('img, svg a, main a').length") == 0
    assert not tab.js(OVERFLOW)
    assert tab.problems() == []
    tab.close()


def test_a_station_without_visits_shows_dashes(chromium, tmp_path):
    answer = made.answer(sites=8, days=3)
    name = answer["places"][3]["station"]
    nothing = Estimate(None, None, None)
    answer["stations"][name] |= {
        "wait_min": dict.fromkeys(("p50", "p90", "p95"), nothing), "over_30_share": nothing,
    }  # fmt: skip
    answer["worst"] = [s for s in answer["worst"] if s != name]
    path = written(answer, tmp_path / "report.html")
    cells = Rows(path.read_text("utf-8")).rows[3]
    assert [full for full, text in cells if text.strip() == "–"] == [""] * 5  # and no cap
    tab = chromium.open(path, 390, ready=READY)
    assert tab.problems() == []
    tab.close()
