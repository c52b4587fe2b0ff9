# ruff: noqa: RUF001 - dashes and Chinese punctuation as pages show them
"""Charts: what they make of numbers, and that each draws in both languages."""

import base64
import re
from datetime import date
from math import log10

import numpy as np
import pytest

from sim.report import charts
from sim.report.blocks import Beside, Figure, Key, Page, Section
from sim.report.charts import queues
from sim.report.charts.frame import NARROW_EM, cut, label_margin, text_px
from sim.report.charts.labels import around
from sim.report.charts.matrix import classes
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.report.plot import payload
from sim.stats.estimate import Estimate
from tests.browser import CHROMIUM, MISSING, browser
from tests.report.reading import texts
from tests.report.showing import OVERFLOW, READY, SCROLLED, SWITCH

EN, ZH = (Words(of) for of in LANGUAGES)
RNG = np.random.default_rng(1)
HOURS = list(range(25))
BUSY = (400 * RNG.random(24)).tolist()
CLOUD = (60 * RNG.random((2, 40))).tolist()
QUEUE = (8 * RNG.random((4, 72))).tolist()
SHARES = [RNG.random(40).round(1).tolist() for _ in range(3)]


def of(mean: float, half: float = 1.0, is_change: bool = False) -> Estimate:
    return Estimate(mean, mean - half, mean + half, 9, is_change=is_change)


def every(say: Words) -> dict[str, Figure]:
    """One figure of every form, and of its ways."""
    t = "图" if say.language == "zh" else "figure"
    names = [f"{t} {n}" for n in range(3)]
    many = [f"{t} {n}" for n in range(40)]
    plain, money = charts.Axis(t), charts.Axis(t, "money", log=True)
    changes = [of(3, 1, True), of(-2, 0.5, True), None]
    sides = [charts.Marks(t, [of(0.3, 0.1), of(0.4, 0.1), 0.5]),
             charts.Marks(t, [of(0.5, 0.1), None, 0.7], charts.FAINT)]  # fmt: skip
    before = [charts.Marks(t, [None, 3, 4], "var(--muted)", "circle-open"),
              charts.Marks(t, [None, 2, 5], [charts.BLUE, charts.BLUE, charts.RUST])]  # fmt: skip
    ends = [charts.Bars(t, [of(-8), of(-2), of(1)], charts.BLUE, also=[-7, None, 0], also_label=t),
            charts.Bars(t, [of(9), of(1), of(0)], charts.RUST)]  # fmt: skip
    place = charts.Place(t, 106.5, 29.6)
    spots = [charts.Spot("s", t, 107.5, 29.9, "G50", 1, side, 8, charts.BLUES[4], t)
             for side in ("out", "in")]  # fmt: skip
    halves = charts.matrix(
        say, many, [charts.Shares(t, t, own, colors) for own, colors in
                    zip(SHARES, (charts.FAILS, charts.FLAGS, charts.FLAGS), strict=True)], title=t,
    )  # fmt: skip
    return {
        "forest": charts.forest(say, names, [charts.Marks("", changes)], charts.Axis(t, "min"),
                                title=t, is_change=True, missing="—"),
        "apart": charts.forest(say, names, sides, charts.Axis("", "%"), title=t, apart=True,
                               line=(0.4, t)),
        "joined": charts.forest(say, names, before, plain, title=t, joined=True, heads=[0],
                                bold=frozenset({1})),
        "log": charts.forest(say, names, [charts.Marks("", [of(3e6, 1e6), of(9e7, 1e7), None])],
                             money, title=t),
        "spread": charts.spread(say, many, [of(u, 0.05) for u in SHARES[1]],
                                charts.Axis("", "%", 0, 1.02), 0.4, alt=t),
        "curve": charts.curve(
            say, [charts.Line(t, [10, 20, 30], [of(1), of(3), of(9)], has_marks=True)], plain,
            charts.Axis(t, "min", from_zero=True), at_y=[(5, t)], at_x=[(20, t)], span=(18, 22, t),
            title=t,
        ),
        "bars of a curve": charts.curve(
            say, [charts.Line(t, [1e6, 2e6], [of(9), of(5)], interval="bars", dash="dash")],
            charts.Axis(t, "money"), title=t,
        ),
        "dates": charts.curve(
            say, [charts.Line("", ["2025-10-01", "2025-10-02", "2025-10-03"], [of(5), 4],
                              steps=True, fills=True)],
            charts.Axis(form=say.text("charts.time")), title=t,
        ),
        "by_hour": charts.by_hour(
            say, [charts.Line(t, HOURS, BUSY, columns=True),
                  charts.Line(t, HOURS, [450.0] * 24, charts.RUST, steps=True)],
            charts.Axis(t, "kW", from_zero=True),
            dots=[charts.Dots(t, [h + 0.5 for h in HOURS[:-1]], BUSY, symbol="line-ew-open")],
            title=t,
        ),
        "scatter": charts.scatter(say, [charts.Dots("", *CLOUD, size=5)],
                                  charts.Axis(t, low=0, high=60), charts.Axis(t, low=0, high=60),
                                  diagonal=True, title=t),
        "both ways": charts.scatter(say, [charts.Dots("", [of(3e6, 1e6)], [of(9)], texts=[t])],
                                    money, plain, title=t),
        "bars": charts.bars(say, names, [charts.Bars(t, [of(1), of(2), None]), ends[1]],
                            numbers=True, title=t),
        "rows": charts.bars(say, names, ends[:1], plain, in_rows=True, numbers=True, title=t),
        "tornado": charts.bars(say, names, ends, charts.Axis("", "min"), in_rows=True,
                               overlaid=True, base=32, line=(32, t), title=t),
        "histogram": charts.histogram(say, [0, 1, 2, 3], [3, 4, 5], plain, plain, line=(4, t),
                                      title=t),
        **{f"matrix {n}": half for n, half in enumerate(halves)},
        "grid": charts.grid(say, ["1", "2"], ["a"], [[(charts.RUST, "12", t), None]], x_title=t,
                            title=t),
        "gantt": charts.gantt(say, names, [charts.Step(0, "d", 2, 5.5), charts.Step(2, "d", 0, 9)],
                              {"d": Key(charts.RUST, t)}, title=t),
        "queue_map": charts.queue_map(say, [*names, t], QUEUE,
                                      [charts.Day(date(2025, 10, n), t) for n in (1, 2, 3)], alt=t,
                                      pairs=[2]),
        "map_of": charts.map_of(say, spots, [place], [(place, charts.Place("", 108, 30))], title=t),
    }  # fmt: skip


# --- numbers -------------------------------------------------------------------------------


def test_a_forest_shows_means_intervals_and_what_is_missing():
    figure = every(EN)["forest"]
    (dots,) = figure.data
    assert (dots["x"], dots["y"]) == ([3.0, -2.0], [0, 1])
    assert dots["error_x"]["array"] == [1.0, 0.5]
    assert dots["error_x"]["arrayminus"] == [1.0, 0.5]
    assert dots["hovertext"][1] == "figure 1<br>-2.0 min (-2.5 to -1.5)"
    assert [note["text"] for note in figure.layout["annotations"]] == ["—"]
    assert figure.layout["yaxis"]["range"] == [2.5, -0.5]  # the first row on top


def test_the_unit_of_an_axis_scales_values_and_says_so():
    shares = every(ZH)["apart"]
    assert shares.data[0]["x"] == [30.0, 40.0, 50.0]
    assert shares.layout["xaxis"]["ticksuffix"] == "%"
    assert shares.layout["shapes"][0]["x0"] == 40.0
    money = [every(say)["log"] for say in (EN, ZH)]
    assert [m.data[0]["x"] for m in money] == [[3.0, 90.0], [300.0, 9000.0]]
    assert [m.layout["xaxis"]["title"]["text"] for m in money] == [
        "figure [million CNY]", "图"
    ]  # fmt: skip
    assert [m.layout["xaxis"]["ticktext"][-1] for m in money] == ["100", "10,000 万元"]
    low, high = money[0].layout["xaxis"]["range"]
    assert low < log10(2.0)
    assert high > log10(100.0)


def test_steps_hold_to_their_end_and_columns_stand_between_edges():
    own = every(EN)
    line = next(t for t in own["dates"].data if t.get("fill") == "tozeroy")
    assert (line["x"], line["y"]) == (["2025-10-01", "2025-10-02", "2025-10-03"], [5.0, 4.0, 4.0])
    bars = own["by_hour"].data[0]
    assert bars["x"][:2] == [0.5, 1.5]
    assert bars["y"] == BUSY


def test_a_band_lies_between_the_ends_of_the_intervals():
    high, low, line = every(EN)["curve"].data
    assert (high["y"], low["y"], line["y"]) == ([2, 4, 10], [0, 2, 8], [1, 3, 9])
    assert low["fill"] == "tonexty"


def test_spread_has_the_greatest_on_top_and_colors_what_exceeds_the_limit():
    (dots,) = every(EN)["spread"].data
    assert dots["x"] == sorted((100 * u for u in SHARES[1]), reverse=True)
    over = sum(u > 0.4 for u in SHARES[1])
    assert dots["marker"]["color"] == ["var(--rust)"] * over + ["var(--blue)"] * (40 - over)


def test_a_matrix_ranks_by_its_first_column_then_by_the_others():
    own = every(EN)
    hover = [own[f"matrix {n}"].data[0]["hovertext"] for n in (0, 1)]
    shares = [int(re.findall(r"(\d+) %", text)[0]) for half in hover for text in half]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 40
    assert classes([0.0, 0.01, 1 / 3, 0.5, 0.9, 1.0]).tolist() == [0, 1, 1, 2, 3, 4]


def test_queue_classes_are_ordered_bytes():
    edges = [0, 1e-9, 1, 1.01, 3, 3.01, 6, 6.01, 12, 12.01, 500]
    assert queues.classes([edges]).tolist() == [[0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]]
    z = payload(every(EN)["queue_map"]).figure["data"][0]["z"]
    assert z["dtype"] == "u1"
    cells = np.frombuffer(base64.b64decode(z["bdata"]), np.uint8).reshape(4, -1)
    assert np.array_equal(cells, queues.classes(QUEUE))


def test_stations_of_a_map_stand_right_of_their_direction():
    data = every(EN)["map_of"].data[2]
    (out_x, in_x), (out_y, in_y) = data["x"], data["y"]
    assert (out_x, out_y) != (in_x, in_y)
    assert data["marker"]["size"][0] == pytest.approx(4.4 * 8**0.5)


@pytest.mark.parametrize(
    ("name", "cut_to"),
    [
        ("Fengdu out", "Fengdu out"), ("Changshou Lake out", "Changshou… out"),
        ("大足（大足石刻）（出城）", "大足（…（出城）"), ("Zhongliangshan", "Zhongliangshan"),
        ("Zhongliangshan mountain", "Zhongliangshan"[:14] + "…"),
    ],
)  # fmt: skip
def test_long_names_are_cut_but_for_their_side(name, cut_to):
    assert cut(name, NARROW_EM) == cut_to
    assert text_px(cut(name, NARROW_EM), 1.0) <= NARROW_EM


def test_margin_holds_the_longest_name():
    assert label_margin(["丰都（出城）", "a"], 10.0) == 6 * 10.0 + 14
    assert label_margin([], 10.0) == 14


# --- drawing -------------------------------------------------------------------------------


def test_every_chart_has_words_for_who_cannot_see_it():
    for say in (EN, ZH):
        assert all(figure.alt for figure in every(say).values())


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", [1280, 390])
def test_every_chart_draws_in_both_languages(tmp_path, width):
    def build(say: Words) -> Page:
        return Page("p", [Section("s", [Beside([[figure] for figure in every(say).values()])])])

    path = write(tmp_path / "page.html", build, {"en": EN, "zh": ZH})
    assert not [text for text in texts(path, "zh") if "figure" in text]
    with browser() as chromium:
        tab = chromium.open(path, width, ready=READY)
        for language in LANGUAGES:
            tab.js(SWITCH.replace("LANGUAGE", language))
            tab.js(SCROLLED)
            assert tab.js("document.querySelectorAll('.main-svg').length") >= len(every(EN))
            assert not tab.js(OVERFLOW)
        assert tab.problems() == []


def test_labels_do_not_cover_each_other():
    x, y = [1.0, 1.02, 1.04, 9.0], [1.0, 1.02, 1.0, 9.0]
    chosen = around(x, y, ["patience"] * 4, (10.0, 10.0))
    assert len(set(chosen[:3])) == 3
