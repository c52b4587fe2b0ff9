# ruff: noqa: RUF001 - dashes as the report shows them
"""The report: its numbers, its safety, and how it shows in a browser."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import cycle
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from jinja2 import UndefinedError

from sim.report import _script_json, ratio_bar, render
from sim.report.figures import corridors, queue_classes, queue_map
from sim.report.words import DEFINITIONS, WINDOWS, number, percent, plain, without_folders
from tests.browser import CHROMIUM, MISSING, browser

READY = "document.documentElement.dataset.ready === 'yes'"
ENGLISH = "Stone", "Long River", "East Lake", "Pine", "Cloud Gate", "Old Bridge", "White Cliff"
HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "=HYPERLINK(\"http://example.invalid\")",
    "<a href='javascript:window.pwned=1'>x</a>",
    "%{customdata} {{ 7*7 }} ${7*7} &lt;b&gt;",
    "\u2028<!--<script>",
)  # fmt: skip


def estimate(mean: float, half: float, top: float = np.inf) -> dict:
    return {"mean": mean, "low": max(0.0, mean - half), "high": min(top, mean + half)}


def synthetic_view(seed: int = 1, sites: int = 44, days: int = 9) -> dict:
    """A made-up study of the size of the real one: 44 sites, one of them with a single station."""
    rng = np.random.default_rng(seed)
    stations, queue = [], []
    first = date(2025, 9, 30)
    hour = np.arange(24 * days)
    shape = np.exp(-(((hour % 24 - 13) / 4.0) ** 2)) * np.exp(-hour / 24 / 4)
    for i in range(sites):
        road, order = f"G{40 + i // 6} E", i % 6
        zh = "石江湖松云桥崖"[i % 7] + "东西南北上下"[i // 7 % 6]
        for side in ("both",) if i == 22 else ("out", "in"):
            busy = float(rng.beta(2, 4) * (1.15 if side == "out" else 0.9))
            use = {
                d: {
                    w: {**estimate(min(1.0, busy * f * g), 0.02 + 0.03 * busy, 1.0),
                        "p_over": float(np.clip(8 * (busy * f * g - 0.4) + 0.5, 0, 1))}
                    for w, g in zip(WINDOWS, (1.0, 1.25, 1.9, 1.4), strict=True)
                }
                for d, f in zip(DEFINITIONS, (1.0, 0.9, 0.35), strict=True)
            }  # fmt: skip
            wait = 60 * busy**2.5
            visits = 1500 * busy
            stations.append(
                {
                    "station": f"s{i:02d}_{side}", "site": f"s{i:02d}", "side": side,
                    "name_en": f"{ENGLISH[i % 7]} {i}", "name_zh": zh, "road": road, "order": order,
                    "lon": 106.5 + (0.2 + 0.45 * order) * float(np.cos(i // 6)),
                    "lat": 29.6 + (0.2 + 0.3 * order) * float(np.sin(i // 6)),
                    "position_note": "interpolated between towns, ±10 to 20 km",
                    "evses": int(rng.integers(4, 17)), "rated_kw": 120.0 * int(rng.integers(4, 9)),
                    "cap_kw": None if i % 5 else 630.0, "utilization": use,
                    "wait_min": {
                        "p50": estimate(wait * 0.2, 0.5), "p90": estimate(wait, 2.0),
                        "p95": estimate(1.6 * wait, 4.0),
                    },
                    "over_30_share": estimate(min(1.0, wait / 90), 0.02),
                    "visits": estimate(visits, 20.0), "served": estimate(0.9 * visits, 18.0),
                    "balked": estimate(0.04 * visits, 4.0),
                    "reneged": estimate(0.03 * visits, 4.0),
                    "rerouted": estimate(0.03 * visits, 4.0), "stranded": estimate(0.0, 0.0),
                    "energy_kwh": estimate(23.8 * visits, 400.0),
                }
            )  # fmt: skip
            line = 40 * busy**2 * shape * rng.uniform(0.6, 1.4, shape.size) - 0.4
            queue.append(np.maximum(0.0, line).round(2).tolist())
    flags = {
        d: {
            w: {
                **dict(zip(("low", "high"), (max(0, n - 3), n + 3), strict=True)),
                "count_mean": n,
                "flagged": [s["station"] for s in stations if s["utilization"][d][w]["mean"] > 0.4],
            }
            for w in WINDOWS
            for n in [sum(s["utilization"][d][w]["mean"] > 0.4 for s in stations)]
        }
        for d in DEFINITIONS
    }
    kinds = ["Eve", "National Day", *(["Holiday"] * (days - 3)), "Return"]
    worst = sorted(stations, key=lambda s: -s["wait_min"]["p95"]["mean"])[:10]
    roads = corridors(stations)
    nodes = [{"node": "core", "name_en": "Core", "name_zh": "主城", "lon": 106.5, "lat": 29.6}]
    links = []
    for road, members in roads.items():
        end = stations[members[-1]]
        nodes.append(
            {"node": road, "name_en": f"Gate {road}", "name_zh": "省界",
             "lon": end["lon"] + 0.1, "lat": end["lat"] + 0.05}
        )  # fmt: skip
        links.append(["core", road, road])
    top = max(range(len(stations)), key=lambda i: sum(queue[i]))
    counted = flags["time"]["holiday_mean"]
    return {
        "title": "Holiday highway: Chongqing expressways, National Day 2025",
        "question": "Which service-area stations exceed 40 % utilization, and how long do people "
        "wait there?",
        "verdict": [
            f"{counted['count_mean']} of {len(stations)} stations exceed 40 % time utilization "
            f"over the holiday, but none does by power.",
            "This is a synthetic example for tests.",
        ],
        "threshold": 0.40,
        "cards": [
            {"label": "Stations above 40 %, holiday mean", "value": counted["count_mean"],
             "interval": [counted["low"], counted["high"]], "unit": f"of {len(stations)}",
             "note": "time utilization"},
            {"label": "Waiting over 30 min", "value": 7.4, "interval": [6.9, 7.9], "unit": "%",
             "note": "of all visits"},
            {"label": "P95 wait, worst station", "value": 96.2, "interval": [88.0, 104.1],
             "unit": "min", "note": "Pine 3"},
            {"label": "Energy", "value": 3.42, "interval": [3.38, 3.46], "unit": "GWh",
             "note": "delivered to batteries in nine days"},
            {"label": "Stranded", "value": 0, "interval": None, "unit": "EVs", "note": ""},
        ],
        "stations": stations, "flags": flags,
        "hours": {"start": f"{first}T00:00:00+08:00", "queue_mean": queue},
        "days": [
            {"date": str(first + timedelta(days=i)), "label": kinds[i],
             "weekday": f"{first + timedelta(days=i):%A}"}
            for i in range(days)
        ],
        "network": {"nodes": nodes, "links": links},
        "calibration": [
            {"quantity": "Energy per session", "unit": "kWh", "observed": 23.8,
             "observed_low": None, "observed_high": None, "simulated": estimate(24.1, 0.2),
             "role": "predicted", "source": "NEA, National Day 2025", "verdict": "hit"},
            {"quantity": "Sessions per EVSE-day", "unit": "", "observed": 13.35,
             "observed_low": None, "observed_high": None, "simulated": estimate(13.35, 0.1),
             "role": "fitted", "source": "NEA, National Day 2025", "verdict": "fitted"},
            {"quantity": "Mean occupancy", "unit": "min", "observed": 35, "observed_low": 32,
             "observed_high": 38, "simulated": estimate(44.0, 0.4), "role": "predicted",
             "source": f"derived from {'what the press says, ' * 9}band assumed",
             "verdict": "miss: longer by a quarter"},
        ],
        "worst": [s["station"] for s in worst],
        "definitions": [{"term": "Time utilization", "text": "Occupied EVSE-hours ÷ all."}],
        "not_modelled": ["Weather.", "Tariffs and their effect on when people charge."],
        "manifest": {"config_hash": "0f" * 32, "seed": 20251001, "replications": 20,
                     "versions": {"python": "3.11.2", "numba": "0.61"}, "wall_time_s": 21.4},
        "profile": {
            "station": stations[top]["station"],
            "hours": [f"2025-10-01T{h:02d}:00:00+08:00" for h in range(24)],
            "median": queue[top][24:48], "low": [0.5 * q for q in queue[top][24:48]],
            "high": [1.6 * q + 0.3 for q in queue[top][24:48]],
        },
    }  # fmt: skip


# --- what the file says --------------------------------------------------------------------


class Tables(HTMLParser):
    """Rows of the big table: station -> cells of (data-v, text); and every tag with attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[str, list[tuple[str, str]]] = {}
        self.tags: list[tuple[str, dict]] = []
        self._row: list | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "data-station" in attributes:
            self._row = self.rows.setdefault(attributes["data-station"], [])
        elif "data-v" in attributes and self._row is not None:
            self._row.append([attributes["data-v"], ""])

    def handle_data(self, data: str) -> None:
        if self._row:
            self._row[-1][1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = None


@pytest.fixture(scope="module")
def view() -> dict:
    return synthetic_view()


@pytest.fixture(scope="module")
def page(view, tmp_path_factory) -> Path:
    return render(view, tmp_path_factory.mktemp("report") / "report.html")


def expected_cells(station: dict) -> list[tuple[float, object]]:
    """(scale, number or estimate) of a table row after name and road, in order."""
    cells = [(1, station[k]) for k in ("evses", "rated_kw", "cap_kw")]
    for windows in station["utilization"].values():
        for use in windows.values():
            cells += [(100, use), (100, use["p_over"])]
    cells += [(1, wait) for wait in station["wait_min"].values()]
    cells.append((100, station["over_30_share"]))
    counts = ("visits", "served", "balked", "reneged", "rerouted", "stranded", "energy_kwh")
    return cells + [(1, station[k]) for k in counts]


def same(shown: str, value: float | None) -> bool:
    """Whether a printed number is the value rounded to the digits it shows."""
    if value is None:
        return shown == "–"
    digits = len(shown.partition(".")[2])
    return abs(float(shown.replace(",", "")) - value) <= 0.5001 * 10**-digits


def test_every_number_of_the_table_is_the_views(view, page):
    rows = Tables(page.read_text("utf-8")).rows
    assert list(rows) == [s["station"] for s in view["stations"]]
    for station in view["stations"]:
        name, road, *cells = rows[station["station"]]
        assert name[0].startswith(f"{station['name_en']} {station['name_zh']}")
        assert road[0] == station["road"]
        expected = expected_cells(station)
        assert len(cells) == len(expected)
        for (full, text), (scale, value) in zip(cells, expected, strict=True):
            numbers = re.findall(r"[\d.,]+|–(?!\d)", text)
            if isinstance(value, dict):
                assert float(full) == value["mean"]
                parts = [value["mean"], value["low"], value["high"]]
            else:
                assert full == ("" if value is None else repr(float(value)))
                parts = [value]
            scaled = [None if v is None else scale * v for v in parts]
            assert len(numbers) == len(scaled)
            assert all(same(n, v) for n, v in zip(numbers, scaled, strict=True)), text


def test_counts_of_the_rule_are_shown_for_every_definition(view, page):
    shown = re.findall(r'class="flagged"><b>([\d.,]+)</b> of (\d+)', page.read_text("utf-8"))
    counts = [str(view["flags"][d][w]["count_mean"]) for d in DEFINITIONS for w in WINDOWS]
    assert shown == [(c, "87") for c in counts]


def test_one_file_without_addresses(page):
    text = page.read_text("utf-8")
    assert page.stat().st_size < 6e6
    assert text.count("* plotly.js v") == 1
    links = [
        v for _, attributes in Tables(text).tags for k, v in attributes.items()
        if k in ("src", "href", "action", "data")
    ]  # fmt: skip
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert [p.name for p in page.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize("key", ["stations", "cards", "not_modelled", "threshold"])
def test_missing_key_leaves_the_old_report(view, tmp_path, key):
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises((KeyError, UndefinedError)):
        render({k: v for k, v in view.items() if k != key}, path)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("report.html", "old")]


def test_failed_write_leaves_nothing_behind(view, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        render(view, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_queue_classes_are_ordered_bytes(view):
    edges = [0, 1e-9, 1, 1.01, 3, 3.01, 6, 6.01, 12, 12.01, 500]
    assert queue_classes(edges).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    members = next(iter(corridors(view["stations"]).values()))
    z = queue_map(view, members)["data"][0]["z"]
    assert z["dtype"] == "u1"
    cells = np.frombuffer(base64.b64decode(z["bdata"]), np.uint8).reshape(len(members), -1)
    table = np.array([view["hours"]["queue_mean"][i] for i in members])
    assert np.array_equal(cells, queue_classes(table))
    assert {0, 1, 2, 3} <= set(cells.ravel().tolist())


def test_corridors_follow_the_road_with_sides_together(view):
    stations = view["stations"]
    groups = corridors(stations)
    assert sorted(i for members in groups.values() for i in members) == list(range(87))
    for members in groups.values():
        travel = [(stations[i]["order"], stations[i]["side"] == "in") for i in members]
        assert travel == sorted(travel)


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
    view = {**synthetic_view(sites=2, days=2), "manifest": {"config": PATHS}}
    text = render(view, tmp_path / "report.html").read_text("utf-8")
    assert "nobody" not in text
    assert "data/stations.csv" in text


@pytest.mark.parametrize(
    ("value", "shown", "short"),
    [
        (0, "0", "0"), (7.4, "7.40", "7.4"), (13.35, "13.3", "13.35"), (96.25, "96.2", "96.25"),
        (1234.5, "1,234", "1,234"), (None, "–", "–"), (nan, "–", "–"), (inf, "–", "–"),
        ("Pine", "Pine", "Pine"),
    ],
)  # fmt: skip
def test_numbers_as_people_read_them(value, shown, short):
    assert (number(value), plain(value)) == (shown, short)


def test_percent():
    assert [percent(v) for v in (0.0, 0.4, 1.0, None)] == ["0.0", "40.0", "100.0", "–"]


def test_ratio_bar_has_the_observed_figure_in_the_middle():
    row = {"observed": 10.0, "observed_low": 5.0, "observed_high": None}
    bar = ratio_bar({**row, "simulated": {"mean": 10.0, "low": 20.0, "high": 4000.0}})
    assert bar == {"observed_low": 0, "observed_high": 50, "mean": 50, "low": 100, "high": 100}
    assert ratio_bar({**row, "observed": 0, "simulated": {"mean": 1, "low": 1, "high": 1}}) is None


# --- how it shows --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browser() as running:
        yield running


def test_page_may_neither_send_forms_nor_change_its_base(page):
    (policy,) = [a["content"] for t, a in Tables(page.read_text("utf-8")).tags if "http-equiv" in a]
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'"} <= set(
        policy.split("; ")
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_opens_without_errors_network_or_overflow(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    assert tab.js("document.documentElement.scrollWidth <= innerWidth")
    assert tab.js("innerWidth") == width
    undrawn = """[...document.querySelectorAll('[data-figure]')].filter(b =>
        b.getClientRects().length && !b.querySelector('.main-svg')).length"""
    assert tab.js(undrawn) == 0
    assert tab.js("document.querySelectorAll('.main-svg').length") > 20
    wide = """[...document.querySelectorAll('.main-svg')].filter(s =>
        s.getBoundingClientRect().right > innerWidth + 1).length"""
    assert tab.js(wide) == 0
    assert tab.js("document.querySelectorAll('.modebar-btn--logo, .plotlyjsicon').length") == 0
    titles = tab.js("[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title)")
    assert not [t for t in titles if re.search("cloud|share|edit|studio", t, re.IGNORECASE)]
    tab.close()


def test_threshold_label_is_outside_the_data(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    inside = """[...document.querySelectorAll('[data-figure^=use-], [data-figure^=wait-]')].map(b =>
        [b.querySelector('.annotation-text').getBoundingClientRect().bottom,
         b.querySelector('.nsewdrag').getBoundingClientRect().top])"""
    places = tab.js(inside)
    assert len(places) == 14
    assert all(label <= data + 0.5 for label, data in places)
    tab.close()


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
        map: height(document.getElementById('corridors') ?? document.body),
        body: document.body.clientWidth,
    };
})()"""
SHEET_PX = (273 / 25.4 * 96, 186 / 25.4 * 96)  # of A4 landscape, without its margins


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_prints_whole_whatever_the_window(page, chromium, width):
    tab = chromium.open(page, width, ready=READY)
    found = printed(tab)
    assert found.pop("body") < SHEET_PX[0]
    assert found.pop("figures") < found.pop("map") < SHEET_PX[1]
    assert found == {"cut": 0, "narrow": 0}
    tab.call("Emulation.setEmulatedMedia", media="")
    tab.js("dispatchEvent(new Event('afterprint'))")
    tab.wait("document.documentElement.scrollWidth <= innerWidth", 5)
    tab.close()


def test_table_sorts_searches_and_switches(view, page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    column = "[...document.querySelectorAll('#numbers tbody tr')].map(r => r.dataset.station)"
    means = {
        s["station"]: s["utilization"]["time"]["holiday_mean"]["mean"] for s in view["stations"]
    }
    heading = "document.querySelectorAll('#numbers thead button')[5].click()"
    tab.js(heading)
    assert tab.js(column) == sorted(means, key=lambda s: -means[s])
    tab.js(heading)
    assert tab.js(column) == sorted(means, key=lambda s: means[s])

    search = """{ const box = document.getElementById('search'); box.value = TEXT;
        box.dispatchEvent(new Event('input')) }"""
    shown = column.replace("tbody tr", "tbody tr:not([hidden])")
    tab.js(search.replace("TEXT", "'g41 石西 in'"))
    assert tab.js(shown) == ["s07_in"]
    tab.js(search.replace("TEXT", "''"))
    assert len(tab.js(shown)) == 87

    visible = """[...document.querySelectorAll('#numbers thead th')].filter(h =>
        h.getClientRects().length).map(h => h.className).filter(Boolean)"""
    assert set(tab.js(visible)) == {"text", "use-time"}
    tab.js("document.querySelector('input[value=power]').click()")
    assert set(tab.js(visible)) == {"text", "use-power"}
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


FREE_TEXT = {
    "title", "question", "label", "unit", "note", "name_en", "name_zh", "road", "weekday", "term",
    "text", "position_note", "quantity", "source", "verdict",
}  # fmt: skip


def hostile(value: object, texts: Iterator[str]) -> object:
    """The same view with the next of `texts` wherever a text is free."""
    if isinstance(value, dict):
        return {
            k: next(texts) if k in FREE_TEXT and isinstance(v, str) else hostile(v, texts)
            for k, v in value.items()
        }
    return [hostile(v, texts) for v in value] if isinstance(value, list) else value


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


def test_hostile_names_are_inert(chromium, tmp_path):
    view = hostile(synthetic_view(sites=4, days=2), cycle(HOSTILE))
    view |= {"verdict": [*HOSTILE], "not_modelled": [*HOSTILE], "manifest": {t: t for t in HOSTILE}}
    path = render(view, tmp_path / "report.html")
    text = path.read_text("utf-8")
    tags = Tables(text).tags
    assert [tag for tag, _ in tags].count("script") == 3
    assert not any(tag == "img" or k.startswith("on") for tag, attrs in tags for k in attrs)
    data = re.search(r'type="application/json" id="figures">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data[1])

    tab = chromium.open(path, 1280, ready=READY)
    assert tab.js("document.documentElement.scrollWidth <= innerWidth")
    hovered = tab.js(HOVER_EVERYTHING)
    assert [t for t in HOSTILE if t.strip("\u2028") not in hovered] == []
    assert tab.js("window.pwned === undefined")
    assert tab.js("document.querySelectorAll('img, svg a, main a').length") == 0
    assert tab.js("document.querySelector('h1').textContent") == HOSTILE[0]
    assert tab.problems() == []
    assert tab.requests() == [path.as_uri()]
    tab.close()


def test_a_station_without_visits_shows_dashes(chromium, tmp_path):
    view = synthetic_view(sites=8, days=3)
    nothing = {"mean": None, "low": nan, "high": None}
    view["stations"][3] |= {
        "wait_min": dict.fromkeys(("p50", "p90", "p95"), nothing), "over_30_share": nothing,
    }  # fmt: skip
    view["worst"] = [s for s in view["worst"] if s != view["stations"][3]["station"]]
    del view["profile"]
    path = render(view, tmp_path / "report.html")
    cells = Tables(path.read_text("utf-8")).rows[view["stations"][3]["station"]]
    assert [full for full, text in cells if text.strip().startswith("–")] == [""] * 5  # and no cap
    tab = chromium.open(path, 390, ready=READY)
    assert tab.problems() == []
    tab.close()
