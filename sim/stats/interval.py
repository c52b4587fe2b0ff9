"""How sure a number is: intervals over replications, and when there are enough of them.

No interval leaves what its figure can be: Student's t knows no end, so it is cut where the figure
has one.  A count, an amount or a time is never negative, a share at most 1 besides; a difference
of shares lies between -1 and 1.  Nor does the mean leave it by what a sum was rounded.

Two things are meant by "how sure".  Replications of one world differ by luck, and their mean is
known the better the more there are.  Replications `over_points` of a posterior are worlds that may
all be ours: the interval is that of the worlds, and more of them make it no narrower.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import ceil, inf, isclose, sqrt
from typing import Any, TypeVar

import numpy as np
from scipy import stats

Name = TypeVar("Name")
LEVEL = 0.95
FEWEST_CLUSTERS = 10
RESAMPLES = 1000
FEWEST_POINTS = 39  # with as many the least and the greatest are the ends of 95 %
ROUNDING = 1e-12  # relative: two sums of the same in another order
_points = ContextVar("points", default=False)


@contextmanager
def over_points(worlds: bool = True) -> Iterator[None]:
    """Inside, replications are points of a posterior: intervals hold 95 % of the worlds, a change
    is shown where it has one sign in 95 % of them.  With `worlds=False` they are luck again."""
    token = _points.set(worlds)
    try:
        yield
    finally:
        _points.reset(token)


def are_points() -> bool:
    return _points.get()


def of_points(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where 95 % of the worlds lie (last axis): quantiles at the ranks (n + 1) p (Weibull), of
    fewer than `FEWEST_POINTS` Student's t prediction interval of one more."""
    n = values.shape[-1]
    if n >= FEWEST_POINTS:
        tail = (1.0 - LEVEL) / 2.0
        low, high = np.quantile(values, [tail, 1.0 - tail], axis=-1, method="weibull")
        return low, high
    spread = values.std(axis=-1, ddof=1) * sqrt(1.0 + 1.0 / n)
    half = stats.t.ppf(0.5 + LEVEL / 2, n - 1) * spread
    middle = values.mean(axis=-1)
    return middle - half, middle + half


def most(figure: str) -> float:
    """The greatest value of a figure of that name: 1 of what is a share, else there is none."""
    words = ("utilization", "availability", "satisfaction")
    return 1.0 if figure.endswith("_share") or any(word in figure for word in words) else inf


def mean(values: Sequence[float] | np.ndarray, most: float = inf) -> dict[str, float]:
    """Mean over replications of what is never negative, with its 95 % Student-t interval, cut to
    0 to `most` (1 for a share)."""
    return bounded(values, 0.0, most)


def difference(values: Sequence[float] | np.ndarray, most: float = inf) -> dict[str, float]:
    """The same of what may be negative, such as differences; cut to -`most` to `most`."""
    return bounded(values, -most, most)


def change(values: Sequence[float] | np.ndarray) -> dict[str, Any]:
    """A difference that is shown with its sign."""
    return {**difference(values), "is_change": True}


def bounded(values: Sequence[float] | np.ndarray, least: float, most: float) -> dict[str, float]:
    """The same of what lies between `least` and `most`."""
    x = np.asarray(values, float)
    middle = float(x.mean())
    if not least <= middle <= most:  # a share of all hours may sum to 1 + 2e-16
        middle = next((end for end in (least, most) if isclose(middle, end, abs_tol=1e-9)), middle)
    if are_points():
        low, high = (float(end) for end in of_points(x))
    else:
        half = half_width(x)
        low, high = middle - half, middle + half
    return {"mean": middle, "low": max(least, low), "high": min(most, high)}


def bootstrap(values: np.ndarray) -> dict[str, np.ndarray]:
    """Mean over replications (last axis) with its 95 % BCa bootstrap interval.

    For quantiles, whose distribution over replications is skewed.  Replications that are all
    equal have an interval of no width.
    """
    x = np.atleast_2d(np.asarray(values, float))
    middle = x.mean(axis=-1)
    if are_points():
        low, high = of_points(x)
        return {
            "mean": middle,
            "low": np.maximum(low, np.minimum(0.0, x.min(axis=-1))),
            "high": high,
        }
    low, high = middle.copy(), middle.copy()
    varied = x.std(axis=-1) > 0
    if varied.any():
        result = stats.bootstrap(
            (x[varied],), np.mean, axis=-1, n_resamples=1999, confidence_level=LEVEL,
            method="BCa", rng=np.random.default_rng(0),
        )  # fmt: skip
        low[varied], high[varied] = result.confidence_interval
    return {"mean": middle, "low": low, "high": high}


def wilson(count: float, of: int) -> dict[str, float] | None:
    """A share with its 95 % score interval (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    if of == 0:
        return None
    z = float(stats.norm.ppf(0.975))
    p, weight = count / of, z * z / of
    middle = (p + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(p * (1 - p) / of + weight / (4 * of))
    return {"mean": p, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def resamples(replications: int) -> np.ndarray:
    """How often each replication is in each bootstrap resample [resample, replication].  Over
    points: each world alone, so that figures of resamples are those of the worlds."""
    if are_points():
        return np.eye(replications)
    rng = np.random.default_rng(0)
    even = np.full(replications, 1.0 / replications)
    return rng.multinomial(replications, even, RESAMPLES).astype(float)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means of `values` [station, replication] without its NaNs, for each row of `weights`
    [resample, replication]; 0 where there is nothing else."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0) @ weights.T
    of = known.astype(float) @ weights.T
    found: np.ndarray = np.divide(total, of, out=np.zeros_like(total), where=of > 0.0)
    return found


def percentiles(value: float, resampled: np.ndarray) -> dict[str, Any]:
    """A figure of all replications with its 95 % percentile-bootstrap interval, which always
    holds the figure itself.  Resamples in which it does not exist (NaN) are left out.

    Over points `resampled` are the figures of the worlds: their mean, and where 95 % of them lie;
    no interval where it exists in fewer than two.
    """
    if are_points():
        return _of_worlds(value, resampled[~np.isnan(resampled)])
    known = np.append(resampled[~np.isnan(resampled)], value)
    low, high = np.quantile(known, [0.025, 0.975]).tolist()
    return {"mean": float(value), "low": float(min(low, value)), "high": float(max(high, value))}


def _of_worlds(value: float, each: np.ndarray) -> dict[str, Any]:
    """Cut to 0 where none is negative."""
    if len(each) < 2:
        return {"mean": float(each[0]) if len(each) else float(value), "low": None, "high": None}
    low, high = (float(end) for end in of_points(each))
    return {"mean": float(each.mean()), "low": max(low, min(0.0, float(each.min()))), "high": high}


def mirrored(value: float, resampled: np.ndarray) -> dict[str, Any]:
    """The same for a share with the basic bootstrap: the percentiles mirrored in the figure
    (Davison and Hinkley, Bootstrap Methods, 1997, eq. 5.6).

    For areas under a ROC curve: noise lowers them, and a resample is noisier than the sample.
    Over points nothing is mirrored: a world is no resample.
    """
    found = percentiles(value, resampled)
    if are_points():
        high = found["high"]
        return {**found, "high": None if high is None else min(1.0, high)}
    low, high = 2 * value - found["high"], 2 * value - found["low"]
    return {"mean": found["mean"], "low": max(0.0, low), "high": min(1.0, high)}


def paired_difference(
    a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray, most: float = inf
) -> dict[str, float | None]:
    """Mean of b - a over replications on common random numbers, and how correlated they are; its
    interval is cut as that of a `difference`."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    return {**difference(_subtract(y, x), most), "correlation": _correlation(x, y)}


def _subtract(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """y - x, where they are the same but for rounding 0: else a claim could rest on a last bit."""
    found: np.ndarray = np.where(np.isclose(y, x, rtol=ROUNDING, atol=0.0), 0.0, y - x)
    return found


def leaders(values: Mapping[Name, Sequence[float]]) -> list[Name]:
    """Which of several may be the greatest: that of the greatest mean, and all that are not told
    apart from it, because the 95 % interval of the paired difference holds 0; by falling mean.

    `values` are over replications on common random numbers.  Only one left: it is shown to lead.
    """
    order = sorted(values, key=lambda name: -float(np.mean(values[name])))
    best = np.asarray(values[order[0]], float)
    ahead = {name: mean(_subtract(best, np.asarray(values[name], float))) for name in order[1:]}
    return order[:1] + [name for name in order[1:] if ahead[name]["low"] <= 0.0]


def paired_by_cluster(
    before: Sequence[float] | np.ndarray, after: Sequence[float] | np.ndarray, cluster: np.ndarray
) -> dict[str, Any]:
    """Mean of after - before over the visits of a trace, and how the differences are spread.

    Visits of one day share its rush, so the 95 % interval takes days as clusters (the sandwich
    estimator with its small-sample factor; Cameron and Miller, Journal of Human Resources 50,
    2015, eq. 11 to 13).  With fewer than ten clusters it is None.
    """
    x, y = np.asarray(before, float), np.asarray(after, float)
    difference = y - x
    middle = float(difference.mean())
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], difference - middle)
    count, low, high = len(sums), None, None
    if count >= FEWEST_CLUSTERS:
        error = float(np.sqrt(count / (count - 1) * (sums**2).sum())) / len(x)
        half = float(stats.t.ppf(0.5 + LEVEL / 2, count - 1)) * error
        low, high = middle - half, middle + half
    return {
        "n": len(x), "before": float(x.mean()), "after": float(y.mean()),
        "mean": middle, "low": low, "high": high, "clusters": count,
        "correlation": _correlation(x, y),
        **{f"p{q}": float(np.quantile(difference, q / 100)) for q in (5, 50, 95)},
        "less": float((difference < 0).mean()), "more": float((difference > 0).mean()),
    }  # fmt: skip


def _correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    """None where one of them does not vary."""
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else None


def half_width(values: Sequence[float] | np.ndarray) -> float:
    """Half the width of the 95 % Student-t interval of a mean."""
    x = np.asarray(values, float)
    return float(stats.t.ppf(0.5 + LEVEL / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))


def needed(values: Sequence[float] | np.ndarray, relative: float) -> int:
    """How many replications would make the half-width `relative` times the mean.

    Looks ahead from the spread so far; at most twice as many at a time, because that spread is
    itself an estimate.  A mean of 0 needs no more.
    """
    x = np.asarray(values, float)
    allowed = relative * abs(float(x.mean()))
    half = half_width(x)
    if half <= allowed or allowed == 0.0:
        return len(x)
    return min(2 * len(x), ceil(len(x) * (half / allowed) ** 2))


def mser5(values: Sequence[float] | np.ndarray) -> int:
    """Where to cut a warm-up: how many observations to drop.

    MSER-5 (White, Cobb, Spratt, Proc. Winter Simulation Conference 2000): of all cuts in the first
    half, in batches of 5, the one whose remaining batch means have the least standard error.
    """
    x = np.asarray(values, float)
    means = x[: len(x) // 5 * 5].reshape(-1, 5).mean(axis=1)
    n = len(means)
    count = np.arange(n, 0, -1)
    total, squares = np.cumsum(means[::-1])[::-1], np.cumsum(means[::-1] ** 2)[::-1]
    error = (squares - total**2 / count) / count.astype(float) ** 2
    return 5 * int(np.argmin(error[: n // 2 + 1]))
