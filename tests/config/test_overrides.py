"""What the words of a command line set, and stations by any name."""

import re
import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import experiments
from sim.config.overrides import Given, as_typed, key_by_key, leaves, plain, readable, refuse_twice
from sim.config.problems import InputError
from sim.config.table import _check_name

PLACES = experiments.stations()
NAMES = (
    "0002", "BE*ABC*E1", "服务区", "S#1", "Nord:2", "Fengdu out", "a.b", "a.evses", "_north", "a=b",
    "a,b", "[x]", "{x}", "$HOME", "${out}", "it's", 'say "hi"', "back\\slash", "a/b", "~", "null",
    "true", "x*2", "q?", "(a)", "`id`", "é", "🔌", 200 * "长",
)  # fmt: skip


def is_name(text: str) -> bool:
    try:
        return bool(_check_name(text)) and text == text.strip()
    except ValueError:
        return False


@pytest.mark.parametrize("plus", ["", "+", "++"])
@pytest.mark.parametrize("name", NAMES)
def test_a_station_travels_under_any_name(name, plus):
    text = f"{plus}replay.station_overrides.{name}.evses=2,4"
    place = re.escape(f"{plus}replay.station_overrides.")
    assert re.fullmatch(rf"{place}[a-z_0-9]+\.evses=2,4", readable(text, PLACES))
    assert plain(readable(text, PLACES)) == text


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(is_name))
def test_a_shell_gives_back_what_is_to_be_typed(name):
    (word,) = shlex.split(as_typed("station.overrides", name, "kva=630"))
    assert word == f"station.overrides.{name}.kva=630"
    assert re.fullmatch(r"station\.overrides\.\w+\.kva=630", readable(word, PLACES))
    assert plain(readable(word, PLACES)) == word


@pytest.mark.parametrize(
    ("key", "name", "change"),
    [
        ("x.mobile.storage.kwh=3", "x", "mobile.storage.kwh"),
        ("x.mobile.cabinets=dual_120*1", "x", "mobile.cabinets"),
        ("x.mobile={cabinets:a*1}", "x", "mobile"),
        ("x.y.add=dual_120*1", "x.y", "add"),
        ("x.y={add:a*1}", "x.y", ""),
        ("x.evss=3", "x", "evss"),
    ],
)
def test_a_name_ends_where_what_is_changed_begins(key, name, change):
    left = (
        readable(f"station.overrides.{key}", PLACES)
        .split("=")[0]
        .removeprefix("station.overrides.")
    )
    word, _, rest = left.partition(".")
    assert (plain(word), rest) == (name, change)


@pytest.mark.parametrize("text", ["demand.scale=2", "replay.stations=a.b.evses=2", "a", ""])
def test_other_words_are_left_alone(text):
    assert readable(text, PLACES) == text


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("replay.station_overrides={服务区:{evses:2}}", "replay.station_overrides.服务区.evses=2"),
        ('replay.station_overrides={"S#1" : {evses: 2}}', "replay.station_overrides.S#1.evses=2"),
        ("replay.station_overrides={Nord:2:{evses:2}}", "replay.station_overrides.Nord:2.evses=2"),
        ("+station.overrides.S#1={kva:630}", "station.overrides.S#1.kva=630"),
        ("station.overrides=#", "station.overrides.NAME.evses=12"),
    ],
)
def test_what_braces_cannot_say_is_shown_key_by_key(text, typed):
    assert shlex.split(str(key_by_key(text, PLACES))) == [typed]


def test_each_change_in_braces_is_shown_and_nothing_about_other_keys():
    text = "replay.station_overrides={S#1:{evses:2,cap_kw:80},é x:{evses:3}}"
    place = "replay.station_overrides"
    assert shlex.split(str(key_by_key(text, PLACES))) == [
        f"{place}.S#1.evses=2", f"{place}.S#1.cap_kw=80", f"{place}.é x.evses=3",
    ]  # fmt: skip
    assert key_by_key("demand.scale={#}", PLACES) is None


def test_a_mapping_sets_its_leaves():
    assert [*leaves(("a",), {"b": {"c": 1, 2: [3]}, "d": {}})] == [
        ("a", "b", "c"), ("a", "b", "2"), ("a", "d"),
    ]  # fmt: skip


def word(text: str, *paths: str, choice: bool = False) -> list[Given]:
    return [Given(text, tuple(path.split(".")), choice) for path in paths]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (word("a=1", "a"), word("++a=1", "a")),
        (word("a={b:1}", "a.b"), word("a.b=2", "a.b")),
        (word("a={}", "a"), word("a.b=2", "a.b")),
        (word("a.b.c=2", "a.b.c"), word("a.b=null", "a.b")),
        (word("g=x", "g", choice=True), word("+g=y", "g", choice=True)),
        (word("p/g=x", "p.g", choice=True), word("p.g=null", "p.g")),
        (word("p/g=x", "p.g", choice=True), word("p=null", "p")),
    ],
)
def test_a_word_that_would_win_silently_is_refused(first, second):
    for pair in ((first, second), (second, first)):
        with pytest.raises(InputError) as caught:
            refuse_twice(pair)
        (sentence,) = caught.value.problems
        assert all(f"`{own[0].text}`" in sentence for own in pair)


def test_words_that_go_together_are_not():
    refuse_twice(
        [
            word("g=x", "g", choice=True), word("g.a=1", "g.a"),
            word("g/h=x", "g.h", choice=True), word("g.h.i=1", "g.h.i"),
            word("m={a:1}", "m.a"), word("m.b=2", "m.b"), word("mm=1", "mm"),
        ]
    )  # fmt: skip
