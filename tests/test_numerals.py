import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.numerals import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("12.5", 12.5),
        ("-3", -3.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("007", 7.0),
        ("1e-05", 1e-5),
        ("1E+16", 1e16),
        ("2e3", 2000.0),
        ("1e-400", 0.0),
        ("0" * 10_000 + "1", 1.0),
    ],
)
def test_a_plain_decimal_is_a_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "-", "e5", ".e5", "+5", "--5", "1_000", "1,5", "1 000", "\u0661", "\uff15",
        "\u00b2", "5\u0661", "0x10", "0b1", "1e", "1e5.0", "1.5.0", " 5", "5 ", "5\n", "\n5",
        "\u00a05", "5\x00", "inf", "-inf", "Infinity", "nan", "NaN", "1e400", "-1e400", "9" * 400,
        "1d5", "1f", "5%", "TRUE", "none",
    ],
)  # fmt: skip
def test_anything_else_is_none(text):
    assert number(text) is None


@settings(max_examples=200, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_repr_writes_is_read_back(value):
    read = number(repr(value))
    assert read == value
    assert math.copysign(1.0, read) == math.copysign(1.0, value)


@settings(max_examples=200, derandomize=True)
@given(st.text(st.sampled_from("01.eE+-_ xn\u0663\uff11"), max_size=8))
def test_a_text_is_a_finite_number_of_python_or_none(text):
    read = number(text)
    assert read is None or read == float(text)


def test_a_long_text_that_is_no_number_is_refused_at_once():
    assert number("1" * 1_000_000 + "x") is None
