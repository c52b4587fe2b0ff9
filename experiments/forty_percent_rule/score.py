"""How well flags agree with the truth: arithmetic on stations, without simulation."""

from math import sqrt
from typing import Any

import numpy as np
from scipy import stats

THRESHOLDS = np.arange(15, 81) / 100.0
RESAMPLES = 1000

Estimate = dict[str, float]


def confusion(flagged: np.ndarray, fails: np.ndarray) -> dict[str, int]:
    """Counts of stations [station]: failing ones flagged (`hit`) and not (`missed`), others
    flagged (`needless`) and not (`spared`)."""
    return {
        "hit": int((flagged & fails).sum()), "missed": int((~flagged & fails).sum()),
        "needless": int((flagged & ~fails).sum()), "spared": int((~flagged & ~fails).sum()),
    }  # fmt: skip


def rates(counts: dict[str, int]) -> dict[str, Estimate | None]:
    """Sensitivity, specificity and precision with Wilson's intervals; None where of nothing."""
    hit, missed, needless, spared = counts.values()
    return {
        "sensitivity": wilson(hit, hit + missed),
        "specificity": wilson(spared, spared + needless),
        "precision": wilson(hit, hit + needless),
    }


def wilson(count: float, of: int) -> Estimate | None:
    """A share with its 95 % score interval (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    if of == 0:
        return None
    z = float(stats.norm.ppf(0.975))
    p, weight = count / of, z * z / of
    middle = (p + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(p * (1 - p) / of + weight / (4 * of))
    return {"mean": p, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def area(score: np.ndarray, fails: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: how often a failing station scores above another one, ties half.

    `score`, `fails` [station, ...]; NaN where all or none fail.  By ranks (Hanley and McNeil,
    Radiology 143, 1982).
    """
    ranks = stats.rankdata(score, axis=0)
    n = fails.sum(axis=0).astype(float)
    pairs = n * (len(score) - n)
    above = np.where(fails, ranks, 0.0).sum(axis=0) - n * (n + 1) / 2
    return np.divide(above, pairs, out=np.full(np.shape(n), np.nan), where=pairs > 0)


def curve(score: np.ndarray, fails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stations missed and flagged needlessly at each of `THRESHOLDS` [threshold, ...]."""
    flat, failing = (x.reshape(len(x), -1) for x in (score, fails))
    columns = flat.shape[1]
    # A station is spared from the first threshold on that its score does not exceed.
    cell = np.searchsorted(THRESHOLDS, flat, "left") * columns + np.arange(columns)

    def spared(which: np.ndarray) -> np.ndarray:
        counts = np.bincount(cell[which], minlength=(len(THRESHOLDS) + 1) * columns)
        return counts.reshape(-1, columns)[:-1].cumsum(axis=0)

    missed, needless = spared(failing), (~failing).sum(axis=0) - spared(~failing)
    shape = (len(THRESHOLDS), *score.shape[1:])
    return missed.reshape(shape), needless.reshape(shape)


def best(loss: np.ndarray) -> np.ndarray:
    """Number of the threshold that loses least [...] of `loss` [threshold, ...]; of several that
    lose the same the middle one."""
    least = loss <= loss.min(axis=0) + 1e-9
    middle = (least.sum(axis=0) + 1) // 2
    return (np.cumsum(least, axis=0) == middle).argmax(axis=0)


def resamples(replications: int) -> np.ndarray:
    """How often each replication is in each bootstrap resample [resample, replication]."""
    rng = np.random.default_rng(0)
    even = np.full(replications, 1.0 / replications)
    return rng.multinomial(replications, even, RESAMPLES).astype(float)


def percentiles(value: float, resampled: np.ndarray) -> Estimate:
    """A figure of all replications with its 95 % percentile-bootstrap interval, which always
    holds the figure itself.  Resamples in which it does not exist (NaN) are left out."""
    known = np.append(resampled[~np.isnan(resampled)], value)
    low, high = np.quantile(known, [0.025, 0.975]).tolist()
    return {"mean": float(value), "low": float(min(low, value)), "high": float(max(high, value))}


def mirrored(value: float, resampled: np.ndarray) -> Estimate:
    """The same for a share with the basic bootstrap: the percentiles mirrored in the figure
    (Davison and Hinkley, Bootstrap Methods, 1997, eq. 5.6).

    For areas under a curve: noise lowers them, and a resample is noisier than the sample.
    """
    found = percentiles(value, resampled)
    low, high = 2 * value - found["high"], 2 * value - found["low"]
    return {"mean": found["mean"], "low": max(0.0, low), "high": min(1.0, high)}


def chosen(score: np.ndarray, fails: np.ndarray, threshold: float) -> dict[str, Any]:
    """What the rule does at one threshold."""
    counts = confusion(score > threshold, fails)
    return {**counts, **rates(counts)}
