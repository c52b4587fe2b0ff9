"""What is believed of inputs once they have been compared with what was observed.

A large sample of the prior is weighed by how well each point explains the observations (importance
sampling from the prior; Kennedy and O'Hagan, J. R. Stat. Soc. B 63, 2001, without a discrepancy).
An observation that no point explains is told by its implausibility (Craig, Goldstein, Seheult and
Smith, 1997).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sim.stats.prior import Z95

IMPLAUSIBLE = 3.0  # of any distribution with one peak, 95 % lie nearer (Pukelsheim 1994)
ENDS = (0.025, 0.975)


class Observation(NamedTuple):
    """A figure that was observed: the middle 95 % of what it may be.

    `is_level`: it grows with a level that is common to all such observations.
    """

    low: float
    high: float
    is_level: bool = False

    @property
    def middle(self) -> float:
        return 0.5 * (self.low + self.high)

    @property
    def sd(self) -> float:
        return 0.5 * (self.high - self.low) / Z95


@dataclass(frozen=True)
class Likelihood:
    """How likely the observations are where something else is predicted: jointly normal.

    Attributes
    ----------
    middle : of the observations, [observation].
    covariance : of what is observed about what is predicted, [observation, observation].
    """

    middle: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(
        cls, observed: Sequence[Observation], unexplained: np.ndarray, level_sd: float
    ) -> "Likelihood":
        """From each observation's own range, a level common to some of them, relative, and what
        predictions leave `unexplained` (`Emulator.covariance`)."""
        middle = np.array([own.middle for own in observed])
        level = level_sd * middle * [own.is_level for own in observed]
        own = np.diag([one.sd**2 for one in observed])
        return cls(middle, own + np.outer(level, level) + unexplained)

    def log(self, predicted: np.ndarray, observed: np.ndarray | None = None) -> np.ndarray:
        """Of each point, `predicted` [point, observation], but for a constant; `observed`: other
        figures in place of the observations."""
        away = predicted - (self.middle if observed is None else observed)
        solved = cho_solve(cho_factor(self.covariance), away.T)
        return np.asarray(-0.5 * np.einsum("ij,ji->i", away, solved))

    def implausibility(self, predicted: np.ndarray) -> np.ndarray:
        """How many standard deviations each prediction lies from each observation alone,
        [point, observation]."""
        return np.asarray(np.abs(predicted - self.middle) / np.sqrt(np.diag(self.covariance)))

    def made(self, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What might be observed where that is the truth, [observation]."""
        return rng.multivariate_normal(truth, self.covariance, method="cholesky")


@dataclass(frozen=True)
class Posterior:
    """Points of the prior with weights that sum to 1."""

    points: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, log_likelihood: np.ndarray) -> "Posterior":
        weights = np.exp(log_likelihood - log_likelihood.max())
        return cls(points, weights / weights.sum())

    @property
    def effective(self) -> float:
        """How many equally likely points would say as much (Kong, 1992)."""
        return float(1.0 / (self.weights**2).sum())

    def accepted(self, rng: np.random.Generator) -> np.ndarray:
        """Numbers of points that are equally likely, none of them twice: each is taken with its
        weight over the greatest one (rejection), so that together they are a draw of the
        posterior."""
        share = self.weights / self.weights.max()
        return rng.permutation(np.flatnonzero(rng.random(len(share)) < share))

    def quantiles(self, values: np.ndarray, at: Sequence[float]) -> list[float]:
        """Of a figure of every point."""
        return quantiles(values, self.weights, at)

    def ranks(self, truth: np.ndarray) -> np.ndarray:
        """How much of the posterior lies below a truth, [input]: uniform from 0 to 1 over truths
        that are drawn from the prior, if all is right (Talts and others, 2018)."""
        return np.asarray(((self.points < truth) * self.weights[:, None]).sum(axis=0))


def quantiles(values: np.ndarray, weights: np.ndarray, at: Sequence[float]) -> list[float]:
    """Of weighted values, whose weights sum to 1."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    found: list[float] = np.interp(at, below, values[order]).tolist()
    return found


def width(values: np.ndarray, weights: np.ndarray) -> float:
    """Of the middle 95 %."""
    low, high = quantiles(values, weights, ENDS)
    return high - low


def narrowed(values: np.ndarray, known: np.ndarray, weights: np.ndarray) -> float:
    """By what share the middle 95 % of a figure would be narrower, on average, if one input were
    `known`: what is left about a weighted cubic of it, which is taken to be alike everywhere.

    Parameters
    ----------
    values, known, weights : of every point; weights sum to 1.
    """
    before = width(values, weights)
    if before == 0.0:
        return 0.0
    middle = float(weights @ known)
    spread = float(np.sqrt(weights @ (known - middle) ** 2)) or 1.0
    terms = np.vander((known - middle) / spread, 4)
    root = np.sqrt(weights)
    fitted = terms @ np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0]
    return max(0.0, 1.0 - width(values - fitted, weights) / before)
