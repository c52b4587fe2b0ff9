# ruff: noqa: RUF001 - Chinese punctuation
"""The page of the holiday from a made-up answer: its numbers, its languages, how it shows."""

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from experiments.holiday_highway import page as holiday_page
from experiments.holiday_highway import question
from experiments.holiday_highway.head import head
from experiments.holiday_highway.verdict import verdict
from sim import metrics
from sim.report.blocks import Beside, Folded, Names
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.stats.estimate import Estimate
from tests.experiments.holiday_highway import made
from tests.report.reading import figures, foreign, said
from tests.report.showing import FOLD, HOSTILE, OVERFLOW, READY, SCROLLED, SWITCH, WORDS_OF_HEAD

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
        self.feed(page.partition('<section id="table"')[2].partition("</section>")[0])

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
def partly(answer):
    """The same where the sites of every other road are inferred."""
    own = copy.deepcopy({key: value for key, value in answer.items() if key != "verdict"})
    for place in own["places"]:
        if int(place["road"][1:]) % 2:
            place |= {"evidence": "inferred", "name_en": f"Inferred, {place['name_en']}"}
    named = {p["station"] for p in own["places"] if p["evidence"] != "inferred"}
    own["worst"] = [name for name in answer["worst"] if name in named]
    own["profile"] = own["profile"] | {"station": own["worst"][0]}
    return own | {"verdict": verdict(own)}


def test_inferred_stations_count_but_no_list_names_them(partly):
    en, zh = (list(map(say, partly["verdict"])) for say in WORDS.values())
    inferred = sum(p["evidence"] == "inferred" for p in partly["places"])
    assert "of 87 service-area stations" in en[0]
    assert en[-2].startswith(f"Counts are of all 87 stations; {inferred} of them are inferred")
    assert zh[-2].startswith(f"站数按全部 87 个站计；其中 {inferred} 个是按公布的总数")
    assert not [line for line in en if "Inferred" in line]
    page = holiday_page.page(WORDS["en"], partly)
    rule, queues, waits, *_ = page.sections
    lists = [b for panels in rule.blocks if isinstance(panels, Beside)
             for panel in panels.parts for b in panel if isinstance(b, Names)]  # fmt: skip
    assert len(lists) == 12
    for own, (d, w) in zip(
        lists, [(d, w) for d in metrics.DEFINITIONS for w in metrics.WINDOWS], strict=True
    ):
        flagged = partly["flags"][d][w]["flagged"]
        hidden = [n for n in flagged if "Inferred" in _name(partly, n)]
        shown = len(flagged) - len(hidden)
        more = f", and {len(hidden)} inferred" if hidden else ""
        assert own.summary == f"{shown} by name{more}"
        assert not [name for name in own.names if "Inferred" in name]
    assert "Inferred" not in str(waits)
    lines = [b.note for b in queues.blocks if isinstance(b, Folded)]
    assert not [line for line in lines if "Inferred" in line]
    assert [line for line in lines if "at an inferred station" in line]
    assert f"All {87 - inferred} named stations" in str(waits)


def _name(answer, station):
    return next(p["name_en"] for p in answer["places"] if p["station"] == station)


def test_the_map_draws_inferred_sites_as_diamonds_with_a_key(answer, partly):
    for own, is_partly in ((answer, False), (partly, True)):
        _, color = holiday_page.corridors(WORDS["en"], own).blocks
        *keys, size = color.blocks
        (figure,) = size.blocks
        assert list(color.options) == [shown.option for shown in keys] == ["use", "wait", "lost"]
        (key,) = keys[0].blocks
        inferred = [p["evidence"] == "inferred" for p in own["places"]]
        assert any(inferred) == is_partly
        symbols = figure.data[2]["marker"]["symbol"]
        assert [symbol == "diamond" for symbol in symbols] == inferred
        labels = [note["text"] for note in figure.layout["annotations"]]
        assert not [label for label in labels if label.startswith("Inferred")]
        said = [k.label for k in key.keys]
        assert ("diamond: inferred, name not known" in said) == is_partly


def test_mobile_units_are_said_or_named_as_missing(answer):
    says = WORDS["en"]
    there = {**answer, "mobile": {"units": 53, "stations": 30}}
    said = [says(finding) for finding in verdict(there)]
    sent = "53 mobile units stand at 30 stations, sent to where most EVs are expected per EVSE."
    assert sent in said
    for own, missing in ((answer, True), (there, False)):
        assert ("Mobile chargers" in str(holiday_page.method(says, own))) == missing


@pytest.mark.parametrize("width", [1280, 390])
def test_opens_in_both_languages_without_errors_or_overflow(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    undrawn = """[...document.querySelectorAll('[data-figure]')].filter(b =>
        b.checkVisibility() && !b.querySelector('.main-svg')).length"""
    wide = """[...document.querySelectorAll('.main-svg')].filter(s =>
        s.getBoundingClientRect().right > innerWidth + 1).length"""
    for language in ("zh", "en"):
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.js(SCROLLED)
        assert not tab.js(OVERFLOW)
        assert [tab.js(undrawn), tab.js(wide)] == [0, 0]
        assert tab.js("document.querySelectorAll('.main-svg').length") > 20
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    tab.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (1920, 1080)])
def test_the_answer_is_on_the_first_screen(chromium, tmp_path, width, height):
    path = written(made.answer(worlds=True), tmp_path / "report.html")
    tab = chromium.open(path, width, height, ready=READY)
    for language in LANGUAGES:
        tab.js(SWITCH.replace("LANGUAGE", language))
        assert tab.js(FOLD) < height
        assert tab.js("document.querySelectorAll('header .cards li').length") == 5
        assert tab.js("document.querySelectorAll('header .line').length") == 2
        assert not tab.js("document.querySelector('.findings').open")
    tab.js(SWITCH.replace("LANGUAGE", "en"))
    assert tab.js(WORDS_OF_HEAD) <= 80
    tab.close()


def test_a_value_of_the_first_screen_is_inside_its_interval(answer):
    for own in (answer, made.answer(worlds=True)):
        for card in head(WORDS["en"], own)["cards"]:
            if isinstance(card.value, Estimate):
                assert card.value.low <= card.value.mean <= card.value.high


def test_threshold_label_is_outside_the_data(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SCROLLED)
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
    others = "img, svg a, main a:not([href^='#'])"
    assert tab.js(f'document.querySelectorAll("{others}").length') == 0
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
