"""Inputs of a case: distributions that are moved, and what a table of ranges may say."""

from math import isclose

import pytest

from sim.stats import inputs
from tests import small


@pytest.mark.parametrize(
    ("shape", "twice"),
    [
        (small.constant(2.0), small.constant(4.0)),
        (small.uniform(1.0, 3.0), small.uniform(2.0, 6.0)),
        (
            {"dist": "normal", "mean": 2.0, "sd": 0.5, "low": 1.0, "high": 3.0},
            {"dist": "normal", "mean": 4.0, "sd": 1.0, "low": 2.0, "high": 6.0},
        ),
        (
            {"dist": "mixture", "parts": [{"share": 0.5, "of": small.uniform(0.0, 2.0)},
                                          {"share": 0.5, "of": small.constant(3.0)}]},
            {"dist": "mixture", "parts": [{"share": 0.5, "of": small.uniform(0.0, 4.0)},
                                          {"share": 0.5, "of": small.constant(6.0)}]},
        ),
    ],
)  # fmt: skip
def test_a_distribution_scaled_to_a_mean_keeps_its_shape(shape, twice):
    found = inputs.scaled(shape, 4.0)
    assert close(found, twice)


def close(a, b):
    """Equal but for rounding, whatever is nested in what."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    return a == b or (isinstance(a, float) and isclose(a, b, rel_tol=1e-9))


def test_the_spread_of_a_logarithm_does_not_scale():
    found = inputs.scaled({"dist": "lognormal", "median": 60.0, "sigma": 0.6, "high": 360.0}, 40.0)
    assert found["sigma"] == 0.6
    assert found["high"] / found["median"] == pytest.approx(6.0)
    assert inputs.mean(found) == pytest.approx(40.0)


def test_what_is_always_0_becomes_the_constant():
    assert inputs.scaled(small.constant(0.0), 3.0) == small.constant(3.0)


def test_nothing_is_fuller_than_full():
    beta = {"dist": "beta", "mean": 0.9, "sd": 0.05, "low": 0.5, "high": 0.98}
    assert close(
        inputs.shifted(beta, 0.05),
        {"dist": "beta", "mean": 0.95, "sd": 0.05, "low": 0.55, "high": 1.0},
    )
    assert close(inputs.shifted(small.uniform(0.1, 0.4), -0.2), small.uniform(0.0, 0.2))


def test_an_input_moves_all_its_places():
    cfg = {"of": {"a": {"kw": 2.0}, "b": {"kw": 3.0}}, "limit": {"kw": 1.0}, "other": 7.0}
    factor = inputs.Input("power", "x", ("of.*.kw", "limit.kw"))
    assert factor.value(cfg) == 1.0
    factor.set(cfg, 1.5)
    assert cfg == {"of": {"a": {"kw": 3.0}, "b": {"kw": 4.5}}, "limit": {"kw": 1.5}, "other": 7.0}
    share = inputs.Input("power", "-", ("other",))
    assert share.value(cfg) == 7.0
    share.set(cfg, 0.25)
    assert cfg["other"] == 0.25
