"""The page of the holiday as an instrument, in a browser: stations are picked, and all follows."""

import base64
import re
import time
from csv import reader
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from experiments.holiday_highway import page as holiday_page
from experiments.holiday_highway.map import WAIT_MIN
from sim.report import csv
from sim.report.charts.along import EDGES
from sim.report.charts.queues import EDGES as QUEUES
from sim.report.language import LANGUAGES
from tests import pictures
from tests.experiments.holiday_highway import made
from tests.experiments.holiday_highway.test_page import WORDS, written
from tests.report.showing import OVERFLOW, READY, SCROLLED, SHEET_PX, SWITCH, printed

PICKED = "document.querySelector('#panel h2').innerText"
HASH = "decodeURIComponent(location.hash)"
ROWS = "[...new Set([...document.querySelectorAll('tr.picked')].map(r => r.dataset.station))]"
MARKS = """[...document.querySelectorAll('main .picks')].filter(b => b.checkVisibility()
    && b.data.some(t => t.meta?.stations?.includes(KEY))).map(b =>
    b.querySelectorAll(':scope > .mark').length)"""
SIZES = """[...new Set([...document.querySelectorAll('#panel .xtick tspan, #panel .xtick text')]
    .map(t => getComputedStyle(t).fontSize))]"""
SHAPE = """[...document.querySelectorAll('#panel [data-figure]')].map(b =>
    b.data.filter(t => t.visible !== false).map(t => Math.max(...t.y)))"""
FIND = """{ const box = document.querySelector('.find input'); box.focus(); box.value = TEXT;
    box.dispatchEvent(new Event('input', { bubbles: true })) }"""
KEYDOWN = """document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'KEY', bubbles: true }))"""


@pytest.fixture(scope="module")
def answer() -> dict:
    return made.answer(worlds=True)


@pytest.fixture(scope="module")
def page(answer, tmp_path_factory):
    return written(answer, tmp_path_factory.mktemp("report") / "report.html")


def click(tab, x: float, y: float) -> None:
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    for kind in ("mousePressed", "mouseReleased"):
        tab.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


# Of a figure of a section, where the station is that is farthest from all others.
POINT = """(() => {
    const box = [...document.querySelectorAll('SECTION .picks')].find(b => b.checkVisibility());
    box.scrollIntoView({ behavior: 'instant', block: 'center' });
    const at = box.getBoundingClientRect(), { xaxis: x, yaxis: y } = box._fullLayout;
    const trace = box.data.find(t => t.meta?.stations);
    const points = trace.meta.stations.map((_, n) => trace.type === 'heatmap'
        ? [x._length / 2, y.d2p(n)] : [x.d2p(trace.x[n]), y.d2p(trace.y[n])]);
    const alone = ([u, v], k) => Math.min(...points.map(([a, b], n) =>
        n === k ? 1e9 : Math.hypot(a - u, b - v)));
    const free = points.map(alone), n = free.indexOf(Math.max(...free)), [u, v] = points[n];
    return [at.left + x._offset + u, at.top + y._offset + v, trace.meta.stations[n]];
})()"""


@pytest.mark.parametrize("section", ["#rule", "#queues", "#waits", "#corridors"])
def test_a_click_on_a_figure_picks_the_station(page, chromium, section):
    tab = chromium.open(page, 1920, 1080, ready=READY)
    tab.js(SCROLLED)
    x, y, key = tab.js(POINT.replace("SECTION", section))
    click(tab, x, y)
    tab.wait(f"{HASH} === '#{key}'", 5)
    tab.wait("!document.querySelector('#panel').hidden")
    assert tab.js(ROWS) == [key]
    tab.close()


def test_picked_by_name_by_row_and_by_address_all_follow(page, chromium, answer):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SCROLLED)
    places = {place["station"]: place for place in answer["places"]}
    tab.js(FIND.replace("TEXT", f"'{places['s08_in']['name_zh']}'"))
    named = tab.js("[...document.querySelectorAll('#found li')].map(l => l.innerText)")
    assert named[0].startswith(places["s08_in"]["name_en"])
    tab.js(KEYDOWN.replace("KEY", "ArrowDown"))
    at = tab.js("document.querySelector('#found [aria-selected=true]').innerText")
    tab.js(KEYDOWN.replace("KEY", "Enter"))
    tab.wait("!document.querySelector('#panel').hidden")
    assert tab.js(PICKED) == at
    seen = set()
    for key in ("s03_out", "s22_both", "s08_in"):
        tab.js(
            f"document.querySelector('#table tr[data-station={key}] a').click()"
            if key == "s22_both" else f"location.hash = '{key}'"
        )  # fmt: skip
        tab.wait(f"{ROWS}.join() === '{key}'")
        tab.wait(READY)
        assert tab.js(HASH) == f"#{key}"
        assert tab.js(PICKED).startswith(places[key]["name_en"])
        marks = tab.js(MARKS.replace("KEY", f"'{key}'"))
        assert len(marks) > 10
        assert all(marks)
        seen.add(str(tab.js(SHAPE)))
    assert len(seen) == 3  # other figures for every station
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    assert tab.js(PICKED).startswith(places["s08_in"]["name_zh"])
    tab.js(KEYDOWN.replace("KEY", "Escape"))
    assert tab.js("document.querySelector('#panel').hidden")
    assert [tab.js(HASH), tab.js(ROWS)] == ["", []]
    assert tab.problems() == []
    assert tab.requests() == [page.as_uri()]
    tab.close()


def test_the_map_is_colored_and_sized_as_chosen(page, chromium, answer):
    tab = chromium.open(page, 1280, ready=READY)
    box = "document.querySelector('#corridors [data-figure]')"
    tab.js(f"{box}.scrollIntoView({{ behavior: 'instant' }})")
    tab.wait(f"{box}.data")
    points = f"{box}.data.find(t => t.meta?.stations)"
    seen = {}
    for option in ("chance", "use", "wait", "lost"):
        tab.js(f"document.querySelector('#corridors input[value={option}]').click()")
        tab.wait(READY)
        seen[option] = tab.js(f"{points}.marker.color")
        assert tab.js("[...document.querySelectorAll('#corridors .key')].filter(k =>"
                      "k.getClientRects().length).length") == 1  # fmt: skip
    assert len(set(map(str, seen.values()))) == 4
    waits = [answer["stations"][p["station"]]["wait_min"]["p95"].mean for p in answer["places"]]
    levels = [sum(wait > edge for edge in WAIT_MIN) for wait in waits]
    assert len({*zip(levels, seen["wait"], strict=True)}) == len(set(levels))
    tab.js("document.querySelector('#corridors input[value=by_visits]').click()")
    tab.wait(READY)
    names, sizes = (tab.js(f"{points}.{own}") for own in ("meta.stations", "marker.size"))
    size = dict(zip(names, sizes, strict=True))
    visits = {name: own["visits"].mean for name, own in answer["stations"].items()}
    assert max(size, key=size.get) == max(visits, key=visits.get)
    tab.close()


def test_a_road_shows_the_waits_of_its_stations_at_their_km(page, chromium, answer):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js("{ const s = document.querySelector('#along select'); s.value = 'way_3';"
           "s.dispatchEvent(new Event('change', { bubbles: true })) }")  # fmt: skip
    tab.js(SCROLLED)
    out, back = tab.js("""[...document.querySelectorAll('#along [data-figure]')]
        .filter(b => b.checkVisibility()).map(b => ({ z: b.data[0].z, keys: b.data[0].meta.stations,
            edges: b.data[0].y }))""")
    own = [p for p in answer["places"] if p["way"] == 3]
    for figure, side in ((out, "out"), (back, "in")):
        assert set(figure["keys"]) == {p["station"] for p in own if p["side"] in (side, "both")}
        assert figure["edges"] == sorted(figure["edges"])
        assert (figure["edges"][0], figure["edges"][-1]) == (0, answer["ways"][3]["km"])
    assert out["keys"] == [key.replace("_in", "_out") for key in back["keys"][::-1]]
    waits = 4.0 * np.array([answer["queue"][key] for key in out["keys"]])
    step = waits.max(axis=1, keepdims=True) / 510 + 1e-9
    kinds = np.array(out["z"])
    assert (kinds >= np.searchsorted(EDGES, waits - step, "left")).all()
    assert (kinds <= np.searchsorted(EDGES, waits + step, "left")).all()
    tab.close()


PLAYED = """(() => { const box = document.querySelector('.play [data-figure]');
    const trace = box.data.find(t => t.meta?.stations);
    return { colors: Object.fromEntries(trace.meta.stations.map((k, n) =>
            [k, trace.marker.color[n]])),
        fills: Object.fromEntries(
            [...box.querySelectorAll('.scatterlayer > .trace:last-child .point')].map((p, n) =>
                [trace.meta.stations[n], getComputedStyle(p).fill])),
        hour: Number(document.querySelector('.play input').value),
        list: [...document.querySelectorAll('.play li')].map(l => [l.querySelector('a').hash,
            Number(l.querySelector('b').innerText)]),
        lines: [...document.querySelectorAll('main .plot')].filter(b => b.querySelector('.hour'))
            .length }; })()"""


def test_a_day_is_played_hour_by_hour(page, chromium, answer):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SCROLLED)
    tab.js("document.querySelector('#play').scrollIntoView({ behavior: 'instant' })")
    tab.wait(READY)
    queue = {key: np.array(own) for key, own in answer["queue"].items()}
    totals = sum(queue.values())
    first = tab.js(PLAYED)
    assert first["hour"] == pytest.approx(int(totals.argmax()), abs=1)
    assert first["lines"] > 5
    tab.js("document.querySelector('.run').click()")
    tab.wait(f"Number(document.querySelector('.play input').value) >= {first['hour'] + 2}")
    tab.js("document.querySelector('.run').click()")
    tab.js("document.querySelector('.play input').focus()")
    before = tab.js(PLAYED)["hour"]
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight",
                 windowsVirtualKeyCode=39)  # fmt: skip
    tab.wait(f"Number(document.querySelector('.play input').value) === {before + 1}", 5)
    for hour in (first["hour"], 30):
        tab.js(f"{{ const s = document.querySelector('.play input'); s.value = {hour};"
               "s.dispatchEvent(new Event('input')) }")  # fmt: skip
        now = tab.js(PLAYED)
        longest = max(queue, key=lambda key: queue[key][hour])
        step = queue[longest].max() / 255
        assert now["list"][0][1] == pytest.approx(queue[longest][hour], abs=0.06 + step)
        kinds = {key: np.searchsorted(QUEUES, own[hour], "left") for key, own in queue.items()}
        edge = {key for key, own in queue.items()
                if np.abs(np.array(QUEUES) - own[hour]).min() < own.max() / 255}  # fmt: skip
        seen = {(kinds[key], now["colors"][key]) for key in queue if key not in edge}
        pairs = {(now["colors"][key], now["fills"][key]) for key in queue}
        assert len(pairs) == len({color for color, _ in pairs}) == len({fill for _, fill in pairs})
        assert len(seen) == len({kind for kind, _ in seen}) == len({color for _, color in seen})
    assert tab.problems() == []
    tab.call("Emulation.setEmulatedMedia",
             features=[{"name": "prefers-reduced-motion", "value": "reduce"}])  # fmt: skip
    tab.wait("document.querySelector('.run').hidden", 5)
    tab.close()


BARS = """(() => { const box = document.querySelector('.days [data-figure]');
    return Object.fromEntries(box.data.map(t => [t.meta.state,
        t.base ? t.x.map((w, n) => [t.y[n], t.base[n], w, t.customdata[n]]) : t.x])); })()"""
CHOSEN = """{{ const s = document.querySelectorAll('.days select')[{n}]; s.value = '{value}';
    s.dispatchEvent(new Event('change')); }}"""


def test_a_day_is_shown_evse_by_evse_and_tells_the_story_of_a_driver(page, chromium, answer):
    tab = chromium.open(page, 1280, ready=READY)
    tab.js(SWITCH.replace("LANGUAGE", "en"))
    tab.js("document.querySelector('#gantt').scrollIntoView({ behavior: 'instant' })")
    tab.wait("document.querySelector('.days .main-svg')")
    key = answer["worst"][1]
    tab.js(f"location.hash = '{key}'")  # what is picked is shown
    tab.wait(f"document.querySelector('.days select').value === '{key}'", 5)
    tab.js(CHOSEN.format(n=1, value=1))
    tab.wait(READY)
    visits = made.visited(1)
    seen = tab.js(BARS)
    own = visits[visits["plug_h"].between(24.0, 47.0)]
    assert sorted({v for *_, v in seen["charging"] + seen["held"]}) == own.index.tolist()
    for row, begin, width, v in seen["charging"]:
        visit = visits.loc[v]
        assert row == visit["evse"]
        assert begin + width <= visit["charge_end_h"] - 24.0 + 0.01
    assert len(seen["balked"]) == (visits["outcome"] == "balked").sum()
    assert seen["down"] == [[2, 0, 2, None]]  # of three hours those of this day
    stays = pd.DataFrame(seen["overstay"] + seen["blocked"], columns=["row", "at", "h", "v"])
    lasts = own["leave_h"] - own["charge_end_h"]
    assert stays.groupby("v")["h"].sum().to_numpy() == pytest.approx(lasts.to_numpy(), abs=0.01)
    line = own[own["plug_h"] > own["arrival_h"]]
    blocked = sum(max(0.0, min(a.leave_h, b.plug_h) - max(a.charge_end_h, b.arrival_h))
                  for a in own.itertuples() for b in line.itertuples())  # fmt: skip
    assert blocked > 0.1  # nobody waits beside another one: a sum is no overlap twice
    assert sum(width for _, _, width, _ in seen["blocked"]) == pytest.approx(blocked, abs=0.05)
    x, y = tab.js("""(() => { const box = document.querySelector('.days [data-figure]');
        box.scrollIntoView({ behavior: 'instant', block: 'center' });
        const t = box.data.find(t => t.meta.state === 'charging');
        const at = box.getBoundingClientRect(), { xaxis: x, yaxis: y } = box._fullLayout;
        return [at.left + x._offset + x.d2p(t.base[0] + t.x[0] / 2),
            at.top + y._offset + y.d2p(t.y[0])]; })()""")
    click(tab, x, y)
    first = visits.loc[seen["charging"][0][3]]
    tab.wait(f"document.querySelector('.story').innerText.includes('{first.energy_kwh:.1f} kWh')")
    assert f"EVSE {first.evse + 1} " in tab.js("document.querySelector('.story').innerText")
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    assert f"{first.evse + 1} 号枪" in tab.js("document.querySelector('.story').innerText")
    assert tab.problems() == []
    tab.close()


def test_print_gives_a_brief_of_four_sheets_and_all_else_if_asked(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    height = "document.querySelector('{}').getBoundingClientRect().height"
    for language in LANGUAGES:
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        found = printed(tab)
        assert found["cut"] == found["narrow"] == 0
        sheets = tab.js("""[...document.querySelectorAll('header, .sheet')].map(s => ({
            px: s.getBoundingClientRect().height, figures: s.querySelectorAll('.main-svg').length,
            rows: s.querySelectorAll('tbody tr').length,
            number: s.querySelector('.running').innerText.replace(/\\s+/g, ' ') }))""")
        assert len(sheets) == 4
        for n, sheet in enumerate(sheets, 1):
            assert sheet["px"] < SHEET_PX[1]
            assert sheet["number"].endswith(f"{n} / 4")
        assert [bool(sheet["figures"]) for sheet in sheets] == [False, True, True, False]
        assert [sheet["rows"] for sheet in sheets] == [0, 10, 0, 3]
        assert tab.js(height.format("main")) == 0
        tab.call("Emulation.setEmulatedMedia", media="")
        tab.js("dispatchEvent(new Event('afterprint'))")
        tab.wait(READY)
        assert tab.js(height.format(".brief")) == 0
    paper = tab.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(paper))) == 4
    tab.js("window.print = () => {}")
    tab.js("document.querySelector('button.whole').click()")
    printed(tab)
    assert tab.js(height.format("main")) > 5 * SHEET_PX[1]
    assert tab.js(height.format(".brief")) == 0
    tab.close()


SIZE = """new Promise((next) => { const image = new Image(); image.onload = () =>
    next([image.width, image.height]); image.src = 'data:image/png;base64,DATA'; })"""


def test_the_pictures_of_the_readme_are_taken(page, chromium, tmp_path):
    paths = pictures.take(page, tmp_path)
    assert [path.name for path in paths] == ["first.png", "station.png", "day.png"]
    tab = chromium.open(page, 1280, ready=READY)
    sizes = [
        tab.js(SIZE.replace("DATA", base64.b64encode(path.read_bytes()).decode()))
        for path in paths
    ]  # fmt: skip
    assert sizes[:2] == [list(pictures.FIRST), list(pictures.PICKED)]
    assert sizes[2][1] > 2 * 350  # two rows of maps, as high as on a phone
    tab.close()


def test_tables_are_saved_as_they_are_written_and_copied(page, chromium, answer, tmp_path):
    tab = chromium.open(page, 1280, ready=READY)
    chromium.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.js(SWITCH.replace("LANGUAGE", "en"))
    own = csv.tables(WORDS["en"], holiday_page.page(WORDS["en"], answer))
    assert set(own) == {"waits.csv", "table.csv", "calibration.csv"}
    for name, text in own.items():
        section = f"#{name.removesuffix('.csv')}"
        tab.js(f"document.querySelector('{section} .save').click()")
        file = tmp_path / tab.js(f"document.querySelector('{section} table').dataset.name + '.csv'")
        end = time.monotonic() + 10
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert file.read_bytes().decode("utf-8") == text, name
    head, first, *_ = reader(StringIO(own["table.csv"].removeprefix("\ufeff")))
    place = answer["places"][0]
    use = answer["stations"][place["station"]]["utilization"]["charging"]["peak_day"]
    at = head.index("Peak day, Charging [%]")
    assert head[at + 1 : at + 3] == ["Peak day, Charging [%], low", "Peak day, Charging [%], high"]
    shown = [float(cell) for cell in first[at : at + 3]]
    assert shown == pytest.approx([100 * use[key] for key in ("mean", "low", "high")])
    tab.close()


def test_words_of_the_field_are_explained_to_pointer_focus_and_finger(page, chromium):
    tab = chromium.open(page, 1280, ready=READY)
    tip = "document.getElementById('tip')"
    head = "document.querySelector('#table thead button[data-term=evse]')"
    tab.js(f"{head}.focus()")
    assert "one place to charge" in tab.js(f"{tip}.innerText")
    tab.js("document.activeElement.blur()")
    assert tab.js(f"{tip}.hidden")
    tab.js(SWITCH.replace("LANGUAGE", "zh"))
    event = "new PointerEvent('pointerover', { bubbles: true })"
    tab.js(f"document.querySelector('.cards [data-term=p95]').dispatchEvent({event})")
    assert "每二十次" in tab.js(f"{tip}.innerText")
    tab.close()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True), (1920, False)])
def test_the_panel_opens_with_the_page_and_shows_what_the_answer_holds(
    page, chromium, answer, width, dark, tmp_path
):
    link = tmp_path / "link.html"
    link.write_text(page.read_text("utf-8"), "utf-8")
    tab = chromium.open(link, width, ready=READY, dark=dark)
    tab.js("location.hash = 's03_out'")
    tab.wait("!document.querySelector('#panel').hidden")
    tab.js("for (const b of document.querySelectorAll('#panel .plot')) b.scrollIntoView()")
    tab.wait("[...document.querySelectorAll('#panel .plot')].every(b => b.data)")
    for language in LANGUAGES:
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        assert not tab.js(OVERFLOW)
    place = next(p for p in answer["places"] if p["station"] == "s03_out")
    queue, used, power, _ = tab.js(SHAPE)
    assert queue[-1] == pytest.approx(0.9 * max(answer["queue"]["s03_out"]), rel=0.01)
    assert used[-1] == place["evses"]
    limits = [place[name] for name in ("evse_kw", "rated_kw", "cap_kw") if place[name]]
    assert power[2:] == limits
    assert tab.js(SIZES) == ["11.5px"]  # of dates in two lines as of all others
    assert tab.problems() == []
    tab.close()
