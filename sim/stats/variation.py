"""How the level of arrivals differs from one period to the next, and from day to day.

What is expected of a day is multiplied by G_period, one factor for all days of a period (a week, a
holiday), and by G_day, one for each day, both gamma of mean 1; given these, counts are Poisson.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

LEAST_CV = 1e-6  # less moves nothing


class Variation(NamedTuple):
    """Coefficients of variation of both factors."""

    period_cv: float = 0.0
    day_cv: float = 0.0

    def levels(self, rng: np.random.Generator, periods: int, days: int) -> np.ndarray:
        """Random products of both factors, [period, day]."""
        period = gamma(rng.random((periods, 1)), self.period_cv)
        levels: np.ndarray = period * gamma(rng.random((periods, days)), self.day_cv)
        return levels


def gamma(u: ArrayLike, cv: float) -> np.ndarray:
    """The quantiles `u` of the gamma distribution of mean 1 and that coefficient of variation."""
    u = np.asarray(u, float)
    return cv**2 * gammaincinv(cv**-2.0, u) if cv > LEAST_CV else np.ones_like(u)


def moments(
    count: np.ndarray, exposure: np.ndarray, kind: np.ndarray, weight: np.ndarray
) -> Variation:
    """The variation of counts [period, day], by the method of moments.

    A day of kind `kind[day]` is expected to count in proportion to its `exposure` [period, day];
    how much is estimated from the same counts, and for what that takes from their variance the
    moments are corrected.  `weight` [period] says how often a period was drawn, as in a bootstrap.
    A negative estimate of a variance is 0, as is one that the counts do not inform.

    Two sums over periods, of squared residuals and of products of residuals of different days, are
    set to their expectations, which are linear in the variances: of a period's counts with
    expectations m the covariance is diag(m) + period_cv^2 m m' + (1 + period_cv^2) day_cv^2
    diag(m^2).
    """
    own = weight > 0
    count, exposure, weight = count[own], exposure[own], weight[own].astype(float)
    member = (kind == np.arange(kind.max() + 1)[:, None]).astype(float)  # [kind, day]
    exposed = member @ (weight @ exposure)
    if not (exposed > 0).all():  # a kind of day that never was
        return Variation()
    mean = exposure * ((member @ (weight @ count)) / exposed)[kind]
    residual = count - mean
    # What a residual loses to the estimate: [period, day, kind] shares of the sum over its kind.
    lost = exposure[:, :, None] * (member / exposed[:, None]).T

    def expected(covariance: np.ndarray) -> np.ndarray:
        """Both sums, if periods have that covariance of counts, [period, day, day]."""
        summed = member @ covariance  # with the sums over kinds
        both = np.einsum("p,pkd,jd->kj", weight**2, summed, member)
        once = weight[:, None, None] * lost @ summed
        return sums(covariance - once - once.swapaxes(1, 2) + lost @ both @ lost.swapaxes(1, 2))

    def sums(products: np.ndarray) -> np.ndarray:
        """Over periods, of the squares and of the products of different days."""
        squares = weight @ np.trace(products, axis1=1, axis2=2)
        return np.array([squares, weight @ products.sum(axis=(1, 2)) - squares])

    pairs = mean[:, :, None] * mean[:, None, :]
    same = np.eye(len(kind))
    found = sums(residual[:, :, None] * residual[:, None, :]) - expected(mean[:, :, None] * same)
    by_variance = np.column_stack([expected(pairs), expected(pairs * same)])
    if abs(np.linalg.det(by_variance)) <= 1e-9 * np.abs(by_variance).max() ** 2:
        return Variation()
    period, day = np.maximum(np.linalg.solve(by_variance, found), 0.0)
    return Variation(float(np.sqrt(period)), float(np.sqrt(day / (1.0 + period))))
