import re

import numpy as np
import pyarrow
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.config.numerals import NUMERAL, number

NUMBERS = ["0", "-0", "12", "12.5", "12.", ".5", "-0.5", "1e5", "1e-05", "1E+5", "2.5e3", "007"]
NO_NUMBERS = [
    "", " ", "1_000", "\uff11\uff12", "\u0661\u0662", "1e400", "-1e400", "+5", "0x10", "0b1", "1,5",
    "1,000", " 5", "5 ", "5\n", "\t5", "inf", "-inf", "Infinity", "nan", "NaN", "True", "1e", "e5",
    ".", "-", "--5", "1.2.3", "1e5.0", "5d", "5 kW", "\uff11e5", "\xbd", "\xb2", "1\x00", "9" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_decimal_is_a_number(text):
    assert number(text) == float(text)


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_anything_else_is_none(text):
    assert number(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_float_is_written_is_read_again(value):
    assert number(repr(value)) == value


@given(st.lists(st.text("0123456789.eE+-_ x\uff11", max_size=8)))
def test_columns_follow_the_same_rule(texts):
    column = pyarrow.array(texts, pyarrow.string())
    found = pc.match_substring_regex(column, NUMERAL).to_numpy(False)
    finite = [bool(found[n]) and bool(np.isfinite(float(text))) for n, text in enumerate(texts)]
    assert finite == [number(text) is not None for text in texts]
    assert not re.search(r"\\d", NUMERAL)  # which Python reads as any digit of any script
