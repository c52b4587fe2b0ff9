"""How sure a rank is: who is last by luck only.

A rank counts who is better.  Where two are not told apart, either may be the better one, so the
interval of a rank goes from 1 + those that are shown to be better to all but those that are shown
to be worse.  Each is compared with every other by the paired differences of replications on common
random numbers (Student's t), at a level divided by the number of comparisons (Bonferroni), so that
the interval of each holds its rank with 95 % or more, whatever the others are.

Over points (`interval.over_points`) replications are worlds, each with ranks of its own, and the
interval is where 95 % of these lie.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from sim.stats import interval


class Ranks(NamedTuple):
    """Ranks by a figure of which more is better, 1 the best, [case]."""

    rank: np.ndarray  # by the means; of several that are equal the best one
    low: np.ndarray
    high: np.ndarray


def ranks(values: np.ndarray) -> Ranks:
    """Of `values` [case, replication] without gaps."""
    own = _of(values.mean(axis=1)[:, None])[:, 0]
    if interval.are_points():
        each = _of(values)
        low, high = np.quantile(each, [0.025, 0.975], axis=1, method="weibull")
        return Ranks(own, np.minimum(own, np.floor(low)).astype(int),
                     np.maximum(own, np.ceil(high)).astype(int))  # fmt: skip
    better = np.array([_shown(values - one, len(values) - 1) for one in values])
    worse = np.array([_shown(one - values, len(values) - 1) for one in values])
    return Ranks(own, 1 + better.sum(axis=1), len(values) - worse.sum(axis=1))


def worse_than_median(values: np.ndarray) -> np.ndarray:
    """Which cases of `values` [case, replication] are shown to be worse than the median of all in
    the same replication, [case]: all of them together with 95 %, so that the worst may be chosen
    by the same values."""
    below = np.median(values, axis=0) - values
    if interval.are_points():
        found: np.ndarray = np.mean(below > 0.0, axis=1) >= interval.LEVEL
        return found
    return _shown(below, len(values))


def _of(values: np.ndarray) -> np.ndarray:
    """Ranks in every column, [case, column]."""
    found: np.ndarray = stats.rankdata(-values, "min", axis=0).astype(int)
    return found


def _shown(difference: np.ndarray, comparisons: int) -> np.ndarray:
    """Whether the mean of rows [row, replication] is shown to be above 0."""
    n = difference.shape[1]
    least = stats.t.ppf(1.0 - (1.0 - interval.LEVEL) / 2.0 / max(1, comparisons), n - 1)
    error = difference.std(axis=1, ddof=1) / np.sqrt(n)
    found: np.ndarray = difference.mean(axis=1) > np.maximum(least * error, 1e-12)
    return found
