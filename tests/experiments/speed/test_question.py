"""What `experiment=speed` says of times made up here; measuring is no test."""

import json
from pathlib import Path

import pytest

from experiments.speed import question
from experiments.speed.page import page
from experiments.speed.verdict import verdict
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from tests.report.reading import foreign, texts

WORDS = {of: Words(of, Path(question.__file__).parent) for of in LANGUAGES}


def made(times: float) -> dict:
    """Everything `times` as fast as promised."""
    cases = {
        name: {"sessions": 4000, "events": 9000, "engine_s": 0.04, "twin_s": 8.0,
               "engine_us_per_session": 10.0, "ratio": times * promised, "promised": promised}
        for name, promised in question.PROMISED.items()
    }  # fmt: skip
    port = {"events": 5e6, "draw_s": 1.0, "run_s": 8.0 / times, "summary_s": 1.0,
            "total_s": 10.0 / times, "promised_s": 10.0}  # fmt: skip
    tick = 1.0 + 0.15 / times
    return {"ready_s": 1.0, "rounds": 3, "cases": cases, "tick_ratio": tick,
            "tick_promised": 1.15, "port": port}  # fmt: skip


@pytest.mark.parametrize(("times", "word"), [(1.1, "kept"), (0.9, "MISSED")])
def test_a_promise_is_kept_or_missed(times, word):
    lines = [WORDS["en"](own) for own in verdict(made(times))]
    kept = 5 if times > 1.0 else 0
    assert lines[0].startswith(f"{kept} of 5 promises are kept; the engine is {30 * times:.0f} to")
    assert all(line.endswith(f": {word}).") for line in lines[1:]), lines
    assert f"{60 * times:.0f} times (promised 60: {word})" in lines[1]


def test_the_page_is_in_both_languages(tmp_path):
    answer = made(0.9)
    answer |= {"verdict": verdict(answer)}
    kept = unpacked(json.loads(json.dumps(packed(answer))))
    path = write(tmp_path / "page.html", lambda say: page(say, kept), WORDS, kept["verdict"])
    assert foreign(path, {"SimPy"}) == []
    assert texts(path, "zh").count("未达到") == 3
    assert texts(path, "en").count("MISSED") == 3
