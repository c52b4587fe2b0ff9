"""What is believed of inputs beforehand, and designs that fill their space evenly."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.stats.prior import Prior, sobol


def prior(law, low=1.0, high=3.0):
    return Prior(input="x", unit="min", low=low, high=high, law=law, source="test")


U = (np.arange(200_000) + 0.5) / 200_000


def test_a_uniform_lies_between_its_ends():
    own = prior("uniform")
    assert own.ends == (1.0, 3.0)
    assert own.quantile(U).mean() == pytest.approx(2.0)


@pytest.mark.parametrize("law", ["normal", "lognormal"])
def test_low_and_high_are_the_middle_95_percent(law):
    drawn = prior(law).quantile(U)
    assert ((drawn >= 1.0) & (drawn <= 3.0)).mean() == pytest.approx(0.95, abs=0.003)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([1.0, 3.0], abs=0.03)


def test_tails_end_at_three_standard_deviations():
    low, high = prior("normal").ends
    assert (low, high) == pytest.approx((2.0 - 3.0 / 1.959964, 2.0 + 3.0 / 1.959964))
    assert prior("lognormal").ends[0] > 0.0


def test_a_lognormal_has_a_logarithm():
    with pytest.raises(ValidationError, match="low is 0, but must be above 0 for a lognormal"):
        prior("lognormal", low=0.0)
    with pytest.raises(ValidationError, match="law"):
        prior("triangle")


def test_a_design_is_even_in_every_input():
    points = sobol({"a": prior("uniform"), "b": prior("uniform", 0.0, 1.0)}, 64, seed=1)
    assert points.shape == (64, 2)
    for column, low, high in ((points[:, 0], 1.0, 3.0), (points[:, 1], 0.0, 1.0)):
        cells = np.floor(64 * (column - low) / (high - low)).astype(int)
        assert sorted(cells) == list(range(64))
    assert (points == sobol({"a": prior("uniform"), "b": prior("uniform", 0.0, 1.0)}, 64, 1)).all()
    assert (points != sobol({"a": prior("uniform"), "b": prior("uniform", 0.0, 1.0)}, 64, 2)).any()
