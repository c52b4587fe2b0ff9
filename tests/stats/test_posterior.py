"""Posteriors: by hand where they are known, and on known truths that must be found."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from scipy.stats import kstest

from sim.stats.emulator import Emulator
from sim.stats.posterior import Likelihood, Observation, Posterior, narrowed, quantiles
from sim.stats.prior import Prior, sobol

NORMAL = Prior(input="x", unit="x", low=-1.959964, high=1.959964, law="normal", source="test")
Z = sobol({"x": NORMAL}, 2**14, seed=1)


def observed(middle, sd, is_level=False):
    return Observation(middle - 1.959964 * sd, middle + 1.959964 * sd, is_level)


def test_a_normal_prior_and_a_normal_observation():
    """Prior 0 +- 1, observed 1 +- 1/2: posterior 0.8 +- sqrt(0.2)."""
    likelihood = Likelihood.of([observed(1.0, 0.5)], np.zeros((1, 1)), 0.0)
    found = Posterior.of(Z, likelihood.log(Z))
    mean = found.weights @ Z[:, 0]
    assert mean == pytest.approx(0.8, abs=0.01)
    assert sqrt(found.weights @ (Z[:, 0] - mean) ** 2) == pytest.approx(sqrt(0.2), abs=0.01)
    low, high = found.quantiles(Z[:, 0], [0.025, 0.975])
    assert (low, high) == pytest.approx((0.8 - 1.96 * sqrt(0.2), 0.8 + 1.96 * sqrt(0.2)), abs=0.03)


def test_points_that_are_taken_are_a_draw_of_the_posterior_and_none_comes_twice():
    likelihood = Likelihood.of([observed(1.0, 0.5)], np.zeros((1, 1)), 0.0)
    found = Posterior.of(Z, likelihood.log(Z))
    taken = found.accepted(np.random.default_rng(1))
    assert len(set(taken.tolist())) == len(taken) > 1000
    assert kstest((Z[taken, 0] - 0.8) / sqrt(0.2), "norm").pvalue > 0.01
    assert len(taken) < found.effective < len(Z)


def test_what_is_unexplained_and_the_level_widen_what_is_compared():
    both = [observed(10.0, 0.3, True), observed(20.0, 0.4, True), observed(5.0, 0.1)]
    unexplained = np.diag([0.01, 0.02, 0.03])
    found = Likelihood.of(both, unexplained, 0.1)
    assert found.middle == pytest.approx([10.0, 20.0, 5.0])
    assert found.covariance == pytest.approx(
        np.array([[0.09 + 1.0 + 0.01, 2.0, 0.0], [2.0, 0.16 + 4.0 + 0.02, 0.0],
                  [0.0, 0.0, 0.01 + 0.03]])
    )  # fmt: skip
    away = found.implausibility(np.array([[10.0, 20.0, 5.6], [13.0, 20.0, 5.0]]))
    assert away == pytest.approx(np.array([[0.0, 0.0, 3.0], [3.0 / sqrt(1.1), 0.0, 0.0]]))


def test_a_common_level_leaves_ratios_as_sharp_as_they_were():
    """Both 10 % higher is easily the level; one 10 % higher is not."""
    found = Likelihood.of([observed(10.0, 0.1, True), observed(20.0, 0.2, True)], np.zeros((2, 2)),
                          0.1)  # fmt: skip
    same, other = found.log(np.array([[11.0, 22.0], [11.0, 20.0]]))
    assert same > -0.6
    assert other < -20.0


def test_an_effective_size_by_hand():
    two = Posterior(np.zeros((4, 1)), np.array([0.5, 0.5, 0.0, 0.0]))
    assert two.effective == pytest.approx(2.0)


def test_weighted_quantiles():
    values = np.array([3.0, 1.0, 2.0])
    assert quantiles(values, np.full(3, 1 / 3), [0.5]) == [2.0]
    assert quantiles(values, np.array([0.8, 0.1, 0.1]), [0.5])[0] > 2.5


def test_what_would_be_narrower_if_an_input_were_known():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 20_000))
    even = np.full(20_000, 1 / 20_000)
    both = 2.0 * a + b
    assert narrowed(both, a, even) == pytest.approx(1.0 - 1.0 / sqrt(5.0), abs=0.02)
    assert narrowed(both, b, even) == pytest.approx(1.0 - 2.0 / sqrt(5.0), abs=0.02)
    assert narrowed(both, rng.standard_normal(20_000), even) == pytest.approx(0.0, abs=0.01)
    assert narrowed(a**3, a, even) == pytest.approx(1.0, abs=1e-6)
    assert narrowed(np.ones(20_000), a, even) == 0.0


# ---- known truths ----------------------------------------------------------------------------

LAWS = (("a", "normal"), ("b", "uniform"), ("c", "lognormal"), ("d", "uniform"))
PRIORS = {
    name: Prior(input=name, unit="x", low=0.5, high=2.0, law=law, source="test")
    for name, law in LAWS
}
MEASURED = [Observation(0.9, 1.1, True), Observation(1.8, 2.2, True), Observation(-0.5, 0.5)]
LUCK = np.array([0.05, 0.1, 0.1])
LEVEL_SD = 0.05


def simulated(x, rng):
    """Three figures, of which none tells `d`; the luck of the first two is one."""
    a, b, c, _ = x.T
    luck = rng.standard_normal((len(x), 2))[:, [0, 0, 1]] * LUCK
    return np.stack([a * c, 2.0 * a * c + 0.3 * b, b - c**2 / 2.0], axis=1) + luck


def ranks(truths, sample, sharper=1.0):
    """Of so many truths; `sharper`: the likelihood is believed to be so much narrower."""
    rng = np.random.default_rng(5)
    design = sobol(PRIORS, 256, seed=1)
    emulator = Emulator.fit(design, simulated(design, rng), "xyz")
    points = sobol(PRIORS, sample, seed=2)
    predicted = emulator(points)
    measured = Likelihood.of(MEASURED, np.zeros((3, 3)), LEVEL_SD)
    right = Likelihood.of(MEASURED, emulator.covariance("xyz"), LEVEL_SD)
    believed = replace(right, covariance=right.covariance / sharper**2)
    found = []
    u = rng.random((truths, len(PRIORS)))
    known = np.stack([own.quantile(u[:, n]) for n, own in enumerate(PRIORS.values())], axis=1)
    for truth, seen in zip(known, simulated(known, rng), strict=True):
        figures = measured.made(seen, rng)
        found.append(Posterior.of(points, believed.log(predicted, figures)).ranks(truth))
    return np.array(found)


def covered(found):
    return float(((found > 0.025) & (found < 0.975)).mean())


def test_known_truths_are_found_as_often_as_is_said():
    found = ranks(100, 2**12)
    assert 0.93 <= covered(found) <= 0.97
    assert min(kstest(found[:, n], "uniform").pvalue for n in range(len(PRIORS))) > 0.01


def test_who_believes_too_much_is_found_out():
    found = ranks(100, 2**12, sharper=3.0)
    assert covered(found) < 0.9
    assert min(kstest(found[:, n], "uniform").pvalue for n in range(len(PRIORS))) < 0.01


@pytest.mark.long
def test_many_known_truths():
    found = ranks(1000, 2**14)
    assert 0.935 <= covered(found) <= 0.965
    assert min(kstest(found[:, n], "uniform").pvalue for n in range(len(PRIORS))) > 0.001
