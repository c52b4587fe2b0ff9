"""How levels vary: drawn, and estimated from counts made of known variation."""

import numpy as np
import pytest
from scipy import stats

from sim.stats.variation import Variation, gamma, moments

KIND = np.array([0, 0, 0, 0, 0, 1, 2])
SHAPE = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.4, 0.7])
KNOWN = [Variation(), Variation(0.2, 0.0), Variation(0.0, 0.2), Variation(0.22, 0.1)]
MADE = 400


def factor(rng: np.random.Generator, cv: float, shape: tuple[int, int]) -> np.ndarray:
    return rng.gamma(cv**-2, cv**2, shape) if cv else np.ones(shape)


def counts(rng: np.random.Generator, own: Variation, weeks: int, per_day: float, exposure):
    level = factor(rng, own.period_cv, (weeks, 1)) * factor(rng, own.day_cv, (weeks, 7))
    return rng.poisson(per_day * SHAPE * exposure * level)


@pytest.mark.parametrize("cv", [0.05, 0.3, 1.0])
def test_the_factor_is_gamma_of_mean_1(cv):
    u = (np.arange(2000) + 0.5) / 2000
    theory = stats.gamma(cv**-2, scale=cv**2)
    assert gamma(u, cv) == pytest.approx(theory.ppf(u), rel=1e-9)
    assert (theory.mean(), theory.std()) == pytest.approx((1.0, cv))
    assert gamma(0.9, 0.0) == gamma(0.9, 1e-300) == 1.0


def test_levels_share_the_factor_of_their_period():
    rng = np.random.default_rng(1)
    together, apart = Variation(0.3, 0.0), Variation(0.0, 0.3)
    assert np.ptp(together.levels(rng, 50, 7), axis=1).max() == 0.0
    drawn = apart.levels(rng, 20_000, 7)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(0.0, abs=0.03)
    assert (drawn.mean(), drawn.std()) == pytest.approx((1.0, 0.3), abs=0.01)


@pytest.mark.parametrize("own", KNOWN)
@pytest.mark.parametrize("resampled", [False, True])
def test_the_variation_of_made_counts_is_found_again(own, resampled):
    """Without bias, though the mean of each kind of day is estimated from the same weeks, of
    which a bootstrap draws some more than once: mean estimates of the variances over `MADE` sites
    (those of few weeks spread, and an estimate below 0 is 0)."""
    rng, weeks = np.random.default_rng(2), 40
    found = []
    for _ in range(MADE):
        exposure = rng.uniform(0.5, 1.0, (weeks, 7))
        weight = np.bincount(rng.integers(weeks, size=weeks), minlength=weeks)
        made = counts(rng, own, weeks, 60.0, exposure)
        found.append(moments(made, exposure, KIND, weight if resampled else np.ones(weeks)))
    period, day = (np.array(found) ** 2).mean(axis=0)
    assert period == pytest.approx(own.period_cv**2, abs=0.002)
    assert day == pytest.approx(own.day_cv**2, abs=0.002)


def test_a_bootstrap_of_few_weeks_is_not_biased():
    """Weeks drawn twice are known to be the same: else a sixth of the variance would be lost."""
    own, weeks, rng = Variation(0.2, 0.15), 6, np.random.default_rng(3)
    whole = np.ones((weeks, 7))
    found = []
    for _ in range(4000):
        weight = np.bincount(rng.integers(weeks, size=weeks), minlength=weeks)
        found.append(moments(counts(rng, own, weeks, 400.0, whole), whole, KIND, weight))
    period, day = (np.array(found) ** 2).mean(axis=0)
    assert day == pytest.approx(own.day_cv**2, rel=0.04)
    assert period == pytest.approx(own.period_cv**2, rel=0.05)


def test_what_counts_do_not_inform_does_not_vary():
    one = np.ones((1, 7))
    assert moments(one * 9, one, KIND, np.ones(1)) == Variation()  # a single week
    three = np.ones((3, 7))
    assert moments(three * 9, three, KIND, np.array([3, 0, 0])) == Variation()  # drawn three times
    never = three * (np.arange(7) < 6)
    assert moments(never * 9, never, KIND, np.ones(3)) == Variation()  # no Sunday at all
    assert moments(three * 0, three, KIND, np.ones(3)) == Variation()  # nobody came


def test_predicted_days_are_covered_as_promised():
    """Days of a site made with known variation, predicted from ten other weeks of it: 95 % bands
    of the fitted law cover 93 to 97 %, those of plain Poisson counts far fewer."""
    own, weeks, rng, draws = Variation(0.15, 0.1), 10, np.random.default_rng(4), 199
    whole, inside = np.ones((weeks, 7)), {True: [], False: []}
    for _ in range(150):
        made, later = (counts(rng, own, weeks, 70.0, whole) for _ in range(2))
        later = later + rng.random(later.shape)  # ties are broken at random, on both sides
        for varies, found in inside.items():
            runs = []
            for _ in range(draws):
                weight = np.bincount(rng.integers(weeks, size=weeks), minlength=weeks)
                drawn = weight @ made / weeks
                mean = np.array([drawn[kind == KIND].mean() for kind in range(3)])[KIND]
                law = moments(made, whole, KIND, weight) if varies else Variation()
                runs.append(rng.poisson(mean * law.levels(rng, weeks, 7)))
            ordered = np.sort(np.array(runs) + rng.random((draws, weeks, 7)), axis=0)
            found.append(((later >= ordered[4]) & (later <= ordered[-5])).mean())
    assert 0.93 < np.mean(inside[True]) < 0.97
    assert np.mean(inside[False]) < 0.85
