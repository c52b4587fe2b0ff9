"""An emulator against what it emulates, and its errors against leaving each point out by hand."""

import numpy as np
import pytest

from sim.stats.emulator import PENALTIES, Emulator

RNG = np.random.default_rng(3)
POINTS = RNG.random((90, 3))


def quadratic(x):
    return 2.0 + x[:, 0] - 3.0 * x[:, 1] ** 2 + 2.0 * x[:, 0] * x[:, 2]


FOUND = np.stack(
    [quadratic(POINTS) + 0.01 * RNG.standard_normal(90), RNG.standard_normal(90), np.full(90, 7.0)],
    axis=1,
)
OUTPUTS = ("quadratic", "noise", "constant")


@pytest.fixture(scope="module")
def emulator():
    return Emulator.fit(POINTS, FOUND, OUTPUTS)


def test_it_says_what_would_be_found_elsewhere(emulator):
    elsewhere = RNG.random((50, 3))
    said = emulator(elsewhere)
    assert said.shape == (50, 3)
    assert said[:, 0] == pytest.approx(quadratic(elsewhere), abs=0.05)
    assert said[:, 2] == pytest.approx(7.0)
    assert emulator(np.zeros((0, 3))).shape == (0, 3)


def test_it_says_what_no_input_informs(emulator):
    assert emulator.r2["quadratic"] > 0.99
    assert emulator.r2["noise"] < 0.05
    assert [emulator.is_informed(own) for own in OUTPUTS] == [True, False, False]


def test_errors_are_those_of_leaving_each_point_out():
    """Whole fits without a point, at the penalty that was chosen, agree to the scaling of terms,
    which knows the point."""
    points, found = POINTS[:60], FOUND[:60, :1]
    whole = Emulator.fit(points, found, ["quadratic"])
    for out in (0, 17, 59):
        rest = np.arange(60) != out
        alone = Emulator.fit(points[rest], found[rest], ["quadratic"])
        said = alone(points[out : out + 1])[0, 0]
        assert whole.left_out[out, 0] == pytest.approx(said, abs=0.004)
        assert whole.residuals[out, 0] == pytest.approx(found[out, 0] - said, abs=0.004)
    inside = np.abs(whole(points)[:, 0] - found[:, 0])
    assert (np.abs(whole.residuals[:, 0]) >= inside - 1e-9).all()  # of ridge regression always


def test_what_it_leaves_out_goes_together():
    """Two outputs that share their luck: so do the errors of their emulators."""
    luck = RNG.standard_normal(90)
    both = np.stack([quadratic(POINTS) + luck, 2.0 * quadratic(POINTS) - 2.0 * luck], axis=1)
    emulator = Emulator.fit(POINTS, both, ["a", "b"])
    found = emulator.covariance(["a", "b"])
    assert found[0, 1] / np.sqrt(found[0, 0] * found[1, 1]) < -0.9
    assert found[0, 0] == pytest.approx(1.0, rel=0.5)
    assert emulator.covariance(["b", "a"]).tolist() == found[::-1, ::-1].tolist()


def test_what_grows_without_end_is_emulated_by_its_logarithm():
    growing = np.exp(3.0 * POINTS[:, :1] + 2.0 * POINTS[:, 1:2] ** 2)
    plain, log = (Emulator.fit(POINTS, growing, ["wait"], logs) for logs in ((), ("wait",)))
    assert log.r2["wait"] > 0.999 > plain.r2["wait"]
    assert log(POINTS) == pytest.approx(growing, rel=0.01)
    assert log.residuals == pytest.approx(growing - log.left_out)


def test_penalties_are_tried_over_a_wide_range():
    assert PENALTIES[0] <= 0.01
    assert PENALTIES[-1] >= 1e4
