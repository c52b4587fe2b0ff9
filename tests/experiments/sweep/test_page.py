"""The page of a sweep, on made designs; and which of them no other one beats."""

import json
import re

import numpy as np
import pytest

from experiments.sweep import page as sweep_page
from experiments.sweep.answer import answer, check_front, compared, drawn, mean
from experiments.sweep.front import front
from sim.config.problems import InputError
from sim.report.language import LANGUAGES, Words
from sim.study import sweep
from sim.study.schema import SweepSection
from tests.report.showing import (
    FOLD,
    OVERFLOW,
    READY,
    SCROLLED,
    SHOWN,
    SWITCH,
    WORDS_OF_HEAD,
    printed,
)

SCALES, POLICIES, EVSES = ("0.5", "1", "2"), ("none", "x"), ("4", "8")
DESIGNS = [
    {"demand.scale": scale, "policy": policy, "evses": evses}
    for scale in SCALES for policy in POLICIES for evses in EVSES
]  # fmt: skip


def made(tmp_path, front=("wait_min_p95", "cost"), fails=None):
    """Waits grow with demand, fall with EVSEs where the policy is none; EVSEs cost."""

    def answered(n, _):
        own = DESIGNS[n]
        if n == fails:
            raise InputError("no station")
        scale, evses = float(own["demand.scale"]), float(own["evses"])
        wait = 10 * scale * (1.0 if own["policy"] == "x" else 4.0 / evses)
        each = [wait + luck for luck in (-1.0, 0.0, 1.0)]
        ends = {"wait_min_p95_low": wait - 2, "wait_min_p95_high": wait + 2}
        headline = {"wait_min_p95": wait, **ends, "cost": evses, "always": 1.0, "worst": "daguan"}
        return headline, {"wait_min_p95": each}

    done = sweep.run(DESIGNS, tmp_path, answered)
    return answer("holiday_highway", DESIGNS, done, SweepSection(front=list(front))), done


def test_the_answer_holds_figures_with_their_intervals(tmp_path):
    found, _ = made(tmp_path)
    assert [*found["figures"]] == ["wait_min_p95", "cost", "always"]
    first, second = found["designs"][0]["of"], found["designs"][1]
    assert (first["wait_min_p95"].low, first["wait_min_p95"].high) == (3.0, 7.0)
    assert first["cost"] == 4.0
    assert second["change"]["wait_min_p95"].mean == pytest.approx(-2.5)
    assert second["change"]["wait_min_p95"].sign == -1
    assert drawn(found) == ["wait_min_p95", "cost"]
    assert drawn(found | {"front": []}) == ["wait_min_p95", "cost"]  # the other one never moves


def test_the_front():
    assert front([[1, 5], [2, 2], [5, 1], [2, 3], [5, 5], [2, 2]]) == [0, 1, 2, 5]
    rng = np.random.default_rng(1)
    x = rng.random((60, 3))
    best = front(x.tolist())
    for n in range(len(x)):
        beaten = any((x[m] <= x[n]).all() and (x[m] < x[n]).any() for m in range(len(x)))
        assert (n in best) != beaten


def test_the_front_is_of_figures():
    known = compared({"a": 1.0, "a_low": 0.5, "a_high": 2.0, "b": 2, "c": "text"})
    assert known == ["a", "b"]
    check_front(["a", "b"], known)
    sentence = "`sweep.front` names `c`, which is no figure of a design: known are `a`, `b`"
    with pytest.raises(InputError, match=re.escape(sentence)):
        check_front(["a", "c"], known)


def blocks(section, kind):
    found = []

    def look(own):
        if type(own).__name__ == kind:
            found.append(own)
        for inner in getattr(own, "blocks", ()):
            look(inner)
        for part in getattr(own, "parts", ()):
            for inner in part:
                look(inner)

    look(section)
    return found


def test_the_page_in_both_languages(tmp_path):
    found, done = made(tmp_path, fails=3)
    paths = sweep_page.write(found, done.folder, {"command": "peakcharge -m"}, "zh")
    assert [path.name for path in paths] == ["sweep.json", "sweep.html"]
    text = paths[1].read_text("utf-8")
    assert '<html lang="zh' in text or 'data-language="zh"' in text
    assert "Which designs no other one beats" in text
    assert "没有被其他方案胜过的方案" in text
    assert json.loads(paths[0].read_text("utf-8"))["designs"][3]["problem"] == "no station"
    for tongue in LANGUAGES:
        page = sweep_page.page(Words(tongue, sweep_page.HERE), found)
        keys = [section.key for section in page.sections]
        assert keys == ["designs", "changes", "effects", "interactions", "parallel", "front"]
        sizes = {section.key: len(blocks(section, "Figure")) for section in page.sections}
        assert sizes == {
            "designs": 0, "changes": 0, "effects": 6, "interactions": 3, "parallel": 1, "front": 1,
        }  # fmt: skip


def test_main_effects_are_means_over_all_other_settings(tmp_path):
    found, _ = made(tmp_path)
    page = sweep_page.page(Words("en", sweep_page.HERE), found)
    (effects,) = (own for own in page.sections if own.key == "effects")
    figure = blocks(effects, "Figure")[0]
    line = next(own for own in figure.data if own.get("mode") == "lines+markers")
    expected = [
        np.mean([mean(own["of"]["wait_min_p95"]) for own in found["designs"]
                 if own["settings"]["demand.scale"] == scale])
        for scale in SCALES
    ]  # fmt: skip
    assert list(line["x"]) == [0.5, 1.0, 2.0]
    assert list(line["y"]) == pytest.approx(expected)


def test_few_designs_have_less_to_show(tmp_path):
    done = sweep.run(DESIGNS[:1], tmp_path, lambda n, _: ({"cost": 1.0}, {}))
    found = answer("replay", [{"demand.scale": "1"}], done, SweepSection())
    page = sweep_page.page(Words("en", sweep_page.HERE), found)
    assert [section.key for section in page.sections] == ["designs"]


DRAWN = """[...document.querySelectorAll('section')].map(s => [s.id,
    [...s.querySelectorAll('.js-plotly-plot')].map(b => b.data.length),
    [...s.querySelectorAll('tbody')].map(t => t.rows.length)])"""


@pytest.mark.parametrize(("width", "height", "dark"), [(390, 844, True), (1280, 800, False)])
def test_the_page_in_a_browser(tmp_path, chromium, width, height, dark):
    found, done = made(tmp_path, fails=3)
    path = sweep_page.write(found, done.folder, {"command": "peakcharge -m"}, "zh")[1]
    tab = chromium.open(path, width, height, ready=READY, dark=dark)
    for language, other, word in (("zh", "en", "方案"), ("en", "zh", "designs")):
        tab.js(SWITCH.replace("LANGUAGE", language))
        tab.wait(READY)
        assert tab.js(FOLD) <= height
        assert tab.js(WORDS_OF_HEAD) <= 80
        assert word in tab.js("document.querySelector('h1').innerText")
        tab.js(SCROLLED)
        assert tab.js(SHOWN.replace("LANGUAGE", other)) == 0
        assert not tab.js(OVERFLOW)
        shown = {key: (figures, rows) for key, figures, rows in tab.js(DRAWN)}
        assert shown["designs"] == ([], [len(DESIGNS)])
        assert shown["changes"] == ([], [len(DESIGNS) - 2])  # neither the first nor the one failed
        assert shown["effects"] == ([2] * 6, [])  # designs, and the line of their means
        assert all(shown["interactions"][0])
        assert shown["parallel"] == ([3], [])  # waits tie: a fourth of them is empty
        assert len(shown["front"][0]) == len(shown["front"][1]) == 1
    assert printed(tab)["cut"] == 0
    assert tab.problems() == []
    assert tab.requests() == [path.as_uri()]
    tab.close()
