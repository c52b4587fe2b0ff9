"""What a study found goes into its README whole, or not at all."""

from pathlib import Path
from typing import Any

import pytest

from experiments import published
from sim.config.problems import InputError
from sim.study import store

README = """# Waits

Who waits?

<!-- answer -->

Nobody knows.

<!-- end of answer -->

## What is assumed
"""
MANIFEST = {
    "config": {"experiment": "waits"}, "versions": {"peakcharge": "0.1.0"}, "seed": 2025,
    "command": "peakcharge experiment=waits", "replications": {"holiday": 20, "reference": 10},
}  # fmt: skip


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    (tmp_path / "waits").mkdir()
    (tmp_path / "waits" / "README.md").write_text(README)
    return tmp_path


def made(folder: Path, answer: Any, **changes: Any) -> Path:
    """A folder that a study might have written."""
    path = store.write_json(folder / "results" / "answer.json", answer)
    manifest = MANIFEST | {"files": {"answer.json": store.file_digest(path)}} | changes
    store.write_json(path.with_name("manifest.json"), manifest)
    return path.parent


def text_of(questions: Path, answer: Any, **changes: Any) -> str:
    return published.publish("waits", made(questions, answer, **changes), questions).read_text()


def test_the_verdict_stands_between_the_markers_and_the_rest_is_as_it_was(questions):
    lines = ["34 of 87 stations.", "They are:", "- Fengdu", "- Luohuang", "", "1. Why?", "So."]
    text = text_of(questions, {"verdict": lines})
    before, between = text.split("<!-- answer -->")
    between, after = between.split("<!-- end of answer -->")
    assert before == README.split("<!-- answer -->")[0]
    assert after == README.split("<!-- end of answer -->")[1]
    assert between == (
        "\n\n    peakcharge experiment=waits\n\n"
        "PeakCharge 0.1.0, seed 2025, replications: holiday 20, reference 10.\n\n"
        "34 of 87 stations.\n\nThey are:\n\n- Fengdu\n- Luohuang\n\n1. Why?\n\nSo.\n\n"
    )


def test_a_second_answer_takes_the_place_of_the_first(questions):
    text_of(questions, {"verdict": ["The first."]})
    text = text_of(questions, {"verdict": ["The second."]})
    assert "The first." not in text
    assert text.count("The second.") == text.count("<!-- answer -->") == 1
    assert text == text_of(questions, {"verdict": ["The second."]})


def test_of_two_languages_the_english_one(questions):
    answer = {"verdict": [{"key": "waits"}], "said": {"en": ["They wait."], "zh": ["等待。"]}}
    text = text_of(questions, answer)
    assert "They wait." in text
    assert "等待" not in text


@pytest.mark.parametrize(
    ("found", "told"),
    [(20, "seed 2025, 20 replications."), (None, "seed 2025."), ({"all": 5}, "s: all 5.")],
)
def test_replications_as_far_as_they_were_counted(questions, found, told):
    assert told in text_of(questions, {"verdict": ["So."]}, replications=found)


def test_signs_of_markdown_are_shown_and_not_obeyed(questions):
    line = "# 5*2 < `6` [a](b) \n<!-- end of answer -->"
    text = text_of(questions, {"verdict": [line, "- a dash stays"]})
    assert "\\# 5\\*2 \\< \\`6\\` \\[a\\](b)  \\<!-- end of answer -->\n\n- a dash stays" in text
    assert text == text_of(questions, {"verdict": [line, "- a dash stays"]})


@pytest.mark.parametrize(
    ("answer", "changes", "sentence"),
    [
        ([], {}, "holds no JSON object"),
        ({}, {}, "says no verdict in English: neither `said.en` nor `verdict`"),
        ({"verdict": []}, {}, "says no verdict in English"),
        ({"verdict": "So."}, {}, "says no verdict in English"),
        ({"verdict": [{"key": "waits"}]}, {}, "says no verdict in English"),
        ({"verdict": ["So."], "said": {"zh": ["如此。"]}}, {}, "says no verdict in English"),
        ({"verdict": ["So."]}, {"files": {"answer.json": "0"}}, "is not the one that"),
        ({"verdict": ["So."]}, {"files": {}}, "is not one of a study's answer"),
        ({"verdict": ["So."]}, {"files": None}, "is not one of a study's answer"),
        ({"verdict": ["So."]}, {"config": {}}, "is not one of a study's answer"),
        ({"verdict": ["So."]}, {"versions": {}}, "is not one of a study's answer"),
        ({"verdict": ["So."]}, {"config": {"experiment": "speed"}}, "an answer to `speed`, not to"),
    ],
)
def test_what_is_no_answer_changes_nothing(questions, answer, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        text_of(questions, answer, **changes)
    assert (questions / "waits" / "README.md").read_text() == README


@pytest.mark.parametrize(
    "text",
    ["", "<!-- answer -->", "<!-- end of answer --><!-- answer -->", README + "<!-- answer -->"],
)
def test_markers_must_be_there_once_and_in_order(questions, text):
    readme = questions / "waits" / "README.md"
    readme.write_text(text)
    with pytest.raises(InputError, match="each once"):
        text_of(questions, {"verdict": ["So."]})
    assert readme.read_text() == text


@pytest.mark.parametrize("name", ["answer.json", "manifest.json"])
def test_a_file_that_is_not_there_or_no_json(questions, name):
    folder = made(questions, {"verdict": ["So."]})
    (folder / name).write_text("{")
    with pytest.raises(InputError, match=f"{name}' cannot be read"):
        published.publish("waits", folder, questions)
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"there is no '.*{name}'"):
        published.publish("waits", folder, questions)


@pytest.mark.parametrize("question", ["nobody", "../experiments", ""])
def test_an_unknown_question_ends_in_one_sentence(question, capsys):
    assert published.main([question, "."]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "there is no README of a question" in err
