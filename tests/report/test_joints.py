# ruff: noqa: RUF001 - signs of Chinese texts
"""Lists and given numbers in messages."""

import pytest

from sim.report.finding import Term
from sim.report.language import Words

ENGLISH, CHINESE = Words("en"), Words("zh")


@pytest.mark.parametrize(
    ("joint", "english", "chinese"),
    [
        ("", "a, b, c", "a、b、c"), ("and", "a, b and c", "a、b和c"),
        ("or", "a, b or c", "a、b或c"), (";", "a; b; c", "a；b；c"), (".", "a b c", "abc"),
    ],
)  # fmt: skip
def test_a_list_is_joined_as_its_field_says(joint, english, chinese):
    assert ENGLISH.format_field(["a", "b", "c"], joint) == english
    assert CHINESE.format_field(["a", "b", "c"], joint) == chinese


def test_short_lists():
    assert ENGLISH.format_field(["a", "b"], "and") == "a and b"
    assert ENGLISH.format_field([Term("yes")], "or") == "yes"
    assert ENGLISH.format_field([], "and") == ""


def test_numbers_of_a_list_have_its_spec():
    assert ENGLISH.format_field([0.25, 0.5], "0%") == "25 %, 50 %"


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.4, "g%", "40 %"), (0.07, "g%", "7 %"), (0.4125, "g%", "41.25 %"),
        (2.5, "gmin", "2.5 min"), (1600.0, "gmin", "1,600 min"), (1 / 3, "g", "0.3333"),
        (12345.6, "g", "12,346"),
    ],
)  # fmt: skip
def test_given_numbers_have_the_digits_that_they_have(value, spec, text):
    assert ENGLISH.format_field(value, spec) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.07 * 100, "7"), (3.0000000000004, "3"), (2.5, "2.50"), (25.04, "25.0"), (250.4, "250")],
)
def test_numbers_that_ask_for_no_digits_have_three(value, text):
    assert ENGLISH.number(value) == text
