"""Whole numbers that sum exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.region.apportion import apportion, picked

WEIGHTS = st.lists(st.floats(0.0, 1e6, allow_subnormal=False), min_size=1, max_size=30)


def test_largest_remainders_are_rounded_up():
    assert apportion(10, [1, 1, 1]).tolist() == [4, 3, 3]
    assert apportion(7, [5, 3, 2]).tolist() == [4, 2, 1]  # 3.5, 2.1, 1.4
    assert apportion(7, [[1, 2], [3, 4]]).tolist() == [[1, 1], [2, 3]]  # 0.7, 1.4, 2.1, 2.8
    assert apportion(0, [0, 0]).tolist() == [0, 0]


def test_who_has_enough_leaves_the_rest_to_others():
    assert apportion(10, [5, 1, 1], [4, 9, 9]).tolist() == [4, 3, 3]
    assert apportion(6, [1, 1, 1], [1, 2, 3]).tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="1 of 7 are left, and nobody takes them"):
        apportion(7, [1, 1, 1], [1, 2, 3])


@given(st.integers(0, 10_000), WEIGHTS)
def test_sums_are_exact_and_nobody_is_off_by_one(total, weights):
    if not sum(weights) > 1e-3:
        return
    found = apportion(total, weights)
    quota = total * np.array(weights) / sum(weights)
    assert found.sum() == total
    assert (np.abs(found - quota) < 1.0 + 1e-6).all()


@given(st.data())
def test_nobody_gets_more_than_the_most(data):
    weights = data.draw(st.lists(st.floats(0.1, 100.0), min_size=1, max_size=20))
    most = data.draw(st.lists(st.integers(0, 50), min_size=len(weights), max_size=len(weights)))
    total = data.draw(st.integers(0, sum(most)))
    found = apportion(total, weights, most)
    assert found.sum() == total
    assert ((found >= 0) & (found <= most)).all()


def test_a_uniform_falls_on_a_weight():
    assert picked([0.0, 0.24, 0.25, 0.99], [1, 0, 3]).tolist() == [0, 0, 2, 2]
