"""Courses as bytes."""

import numpy as np
import pytest

from sim.report import course


def test_comes_back_within_half_a_step_of_its_station():
    rng = np.random.default_rng(1)
    values = rng.gamma(0.5, [[[1.0]], [[40.0]]], (2, 5, 48))
    values[:, 3] = 0.0
    back = course.unpacked(course.packed(values))
    assert back.shape == values.shape
    step = values.max(axis=(0, 2), keepdims=True) / 255
    assert (np.abs(back - values) <= 0.503 * step + 1e-12).all()
    assert not back[:, 3].any()


def test_is_a_byte_a_value():
    own = course.packed(np.ones((3, 4, 24)))
    assert len(own["bytes"]) == pytest.approx(3 * 4 * 24 * 4 / 3, abs=3)
    assert (own["series"], own["hours"], len(own["scale"])) == (3, 24, 4)
