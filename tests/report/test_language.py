# ruff: noqa: RUF001 - Chinese punctuation
"""What is said: fields of messages, and that both tables hold the same messages, each of use."""

import ast
import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from sim.report.finding import Given, Name, Term, found, packed, unpacked
from sim.report.language import COMMON, JOINTS, LANGUAGES, SPEC, Words, messages, of_terminal
from sim.stats.estimate import Estimate

ROOT = Path(__file__).parents[2]
TABLES = [*ROOT.glob("sim/*/words.en.toml"), *ROOT.glob("experiments/*/words.en.toml")]
FOLDERS = [COMMON, *sorted({path.parent for path in TABLES} - {COMMON})]
ANY = "[^ ]+"  # stands for what an f-string fills in
LETTERS = re.compile("[a-z]{3}")
GOES_ON = re.compile(r"(progress|doing|warning)\\\..*[^.]")  # as `code` gives the keys of it
OF_DATA = "given."  # texts of our tables, which are as they are in English
WAIT = Estimate(32.345, 31.7, 32.9)


# --- how values are shown ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "en", "zh"),
    [
        ("", "32.3 (31.7 to 32.9)", "32.3（31.7 至 32.9）"),
        ("0min", "32 min (32 to 33)", "32 分钟（32 至 33）"),
        ("mean1min", "32.3 min", "32.3 分钟"), ("range", "31.7–32.9", "31.7–32.9"),
        ("+0", "+32 (+32 to +33)", "+32（+32 至 +33）"), ("low2", "31.70", "31.70"),
    ],
)  # fmt: skip
def test_an_estimate_is_shown_with_its_interval(spec, en, zh):
    assert [Words(of).number(WAIT, spec) for of in LANGUAGES] == [en, zh]


@pytest.mark.parametrize(
    ("value", "spec", "en", "zh"),
    [
        (0.4, "0%", "40 %", "40%"), (0.4567, "1%", "45.7 %", "45.7%"), (None, "1%", "–", "–"),
        (float("nan"), "", "–", "–"), (1234.5, "", "1,234", "1,234"), (7.4, "", "7.40", "7.40"),
        (2.5e6, "1money", "2.5 million CNY", "250.0 万元"), (-0.001, "1", "0.0", "0.0"),
        (0.04, "+0%", "+4 %", "+4%"), (1.53e-13, "2g", "1.5e-13", "1.5e-13"),
        (0.4123456, "6g", "0.412346", "0.412346"), (None, "2g", "–", "–"),
    ],
)  # fmt: skip
def test_a_number_is_shown_in_the_unit_of_its_field(value, spec, en, zh):
    assert [Words(of).number(value, spec) for of in LANGUAGES] == [en, zh]


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (2, "10 s", "10 秒"),
        (41, "40 s", "40 秒"),
        (170, "3 min", "3 分钟"),
        (7200, "2.0 h", "2.0 小时"),
    ],
)
def test_a_time_that_is_left_is_said_as_exactly_as_it_is_known(seconds, en, zh):
    assert [Words(of).rough(seconds) for of in LANGUAGES] == [en, zh]


def test_a_change_has_its_sign():
    change = Estimate(3.0, -1.0, 7.0, 5, 0.5, is_change=True)
    assert Words("en").number(change, "0") == "+3 (-1 to +7)"


def test_names_dates_lists_and_words(tmp_path):
    (tmp_path / "words.en.toml").write_text(
        'm = "{a}|{a:both}|{day:EEE d MMM}|{many}|{many:;}|{term}|{given}"', "utf-8"
    )
    (tmp_path / "words.zh.toml").write_text(
        'm = "{a}|{a:both}|{day:M月d日}|{many}|{many:;}|{term}|{given}"', "utf-8"
    )
    values = {
        "a": Name("Fengdu", "丰都"), "day": date(2025, 10, 1), "term": Term("yes"),
        "many": [1, 2], "given": Given("eve"),
    }  # fmt: skip
    en, zh = (Words(of, tmp_path)("m", **values) for of in LANGUAGES)
    assert en == "Fengdu|Fengdu 丰都|Wed 1 Oct|1, 2|1; 2|yes|eve"
    assert zh == "丰都|丰都|10月1日|1、2|1；2|是|节前一天"
    again = unpacked(packed(found("m", **values)))
    assert Words("zh", tmp_path)(again) == zh


def test_no_blank_beside_chinese_punctuation(tmp_path):
    for of in LANGUAGES:
        (tmp_path / f"words.{of}.toml").write_text('m = "{n} 个"', "utf-8")
    assert Words("zh", tmp_path)("m", n=WAIT) == "32.3（31.7 至 32.9）个"
    assert Words("zh", tmp_path)("m", n=3) == "3 个"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "en_US", "LANG": "zh_CN"}, "en"), ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)  # fmt: skip
def test_the_language_of_a_terminal(environment, language):
    assert of_terminal(environment) == language


# --- the tables ----------------------------------------------------------------------------


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_both_tables_have_the_same_messages_with_the_same_fields(folder):
    en, zh = (messages(folder, of) for of in LANGUAGES)
    assert en.keys() == {key for key in zh if not key.startswith(OF_DATA)}
    assert {key: fields(en[key]) for key in en} == {key: fields(zh[key]) for key in en}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_message_is_empty_or_lacks_its_unit(folder):
    for of in LANGUAGES:
        for key, text in messages(folder, of).items():
            assert text or key == "list.sentences", key
            for _, _, spec, _ in Formatter().parse(text):
                form = SPEC.fullmatch(spec or "")
                unit = form and form["unit"]
                if (
                    unit
                    and not set(unit) & set("yMdEH;")
                    and unit not in ("both", "rough", *JOINTS)
                ):
                    assert f"units.{unit}.text" in messages(COMMON, of), (key, spec)


def code(*folders: Path) -> Iterator[str]:
    """Regular expressions of every text in the code that may be the key of a message."""
    for path in sorted(p for folder in folders for p in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [n.value if isinstance(n, ast.Constant) else None for n in node.values]
                if any("." in str(part) or "_" in str(part) for part in parts if part):
                    yield "".join(ANY if p is None else re.escape(p) for p in parts)


def is_used(key: str, texts: Collection[str]) -> bool:
    """Whether code that has these texts, as `code` gives them, may ask for a message: by its key,
    by a form that names some of it, or by a heading of a table and the key of a column."""
    plain = {text for text in texts if ANY not in text}
    forms = [re.compile(text) for text in texts - plain if LETTERS.search(text.replace(ANY, ""))]
    parts = [re.escape(part) for part in key.split(".")]
    heads = (n for n in range(1, len(parts)) if r"\.".join(parts[:n]) in plain)
    return (
        re.escape(key) in plain
        or any(form.fullmatch(key) for form in forms)
        or any(plain.issuperset(parts[n:]) for n in heads)
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_message_is_used(folder):
    asked = [COMMON, folder]
    if folder.parent == COMMON.parent:  # of the package: whoever is above may ask
        asked.append(ROOT / "experiments")
    if folder.name == "terminal":  # its words are handed down
        asked.append(folder.parent)
    texts = set(code(*asked))
    assert [key for key in messages(folder, "en") if not is_used(key, texts)] == []


@pytest.mark.parametrize(
    "folder", [ROOT / "sim", *ROOT.glob("experiments/*/")], ids=lambda p: p.name
)
def test_what_goes_on_is_said_by_the_terminal_or_by_the_question(folder):
    asked = {text for text in code(folder) if GOES_ON.fullmatch(text)}
    for of in LANGUAGES:
        said = {*messages(ROOT / "sim/terminal", of), *messages(folder, of)}
        assert [text for text in asked if not any(re.fullmatch(text, key) for key in said)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_goes_on_is_said_in_chinese(folder):
    for key, text in messages(folder, "zh").items():
        if GOES_ON.fullmatch(re.escape(key)):
            assert not re.search("[a-z]{2} [a-z]{2}", re.sub("{.*?}", "", text)), key


def test_a_message_that_nobody_asks_for_is_seen(tmp_path):
    (tmp_path / "page.py").write_text(
        "say('one.word')\nsay(f'kinds.{kind}')\ntable(say, 'heads', {'wait': 1})\n"
        "say(f'{heads}.{key}')\n"
    )
    texts = set(code(tmp_path))
    used = ["one.word", "kinds.fast", "heads.wait"]
    assert [key for key in (*used, "two.words", "heads.lost") if is_used(key, texts)] == used


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_texts_of_our_tables_are_in_them(folder):
    data = "\n".join(
        path.read_text("utf-8")
        for suffix in ("csv", "json", "yaml")
        for path in sorted((ROOT / "configs").rglob(f"*.{suffix}"))
    ) + "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.py")))
    made = [
        re.compile(
            "".join(
                re.escape(n.value) if isinstance(n, ast.Constant) else ".+" for n in node.values
            )
        )
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr) and any(isinstance(n, ast.Constant) for n in node.values)
    ]
    for key in messages(folder, "zh"):
        if key.startswith(OF_DATA):
            text = key.removeprefix(OF_DATA)
            assert text in data or any(form.fullmatch(text) for form in made), key
