"""How well flags agree with the truth: a score flags whom it puts above a threshold."""

import numpy as np
from scipy import stats

from sim.stats import interval

Rate = dict[str, float] | None


def confusion(flagged: np.ndarray, true: np.ndarray) -> dict[str, int]:
    """Counts of cases [case]: true ones flagged (`hit`) and not (`missed`), others flagged
    (`needless`) and not (`spared`)."""
    return {
        "hit": int((flagged & true).sum()), "missed": int((~flagged & true).sum()),
        "needless": int((flagged & ~true).sum()), "spared": int((~flagged & ~true).sum()),
    }  # fmt: skip


def rates(counts: dict[str, int]) -> dict[str, Rate]:
    """Sensitivity, specificity and precision with Wilson's intervals; None where of nothing."""
    hit, missed, needless, spared = counts.values()
    return {
        "sensitivity": interval.wilson(hit, hit + missed),
        "specificity": interval.wilson(spared, spared + needless),
        "precision": interval.wilson(hit, hit + needless),
    }


def at(threshold: float, score: np.ndarray, true: np.ndarray) -> dict[str, int | Rate]:
    """Counts and rates of one threshold [case]."""
    counts = confusion(score > threshold, true)
    return {**counts, **rates(counts)}


def area(score: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: how often a true case scores above another one, ties half.

    `score`, `true` [case, ...]; NaN where all or none are true.  By ranks (Hanley and McNeil,
    Radiology 143, 1982).
    """
    ranks = stats.rankdata(score, axis=0)
    n = true.sum(axis=0).astype(float)
    pairs = n * (len(score) - n)
    above = np.where(true, ranks, 0.0).sum(axis=0) - n * (n + 1) / 2
    found: np.ndarray = np.divide(above, pairs, out=np.full(np.shape(n), np.nan), where=pairs > 0)
    return found


def curve(
    score: np.ndarray, true: np.ndarray, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cases missed and flagged needlessly at each of some rising thresholds [threshold, ...]."""
    flat, positive = (x.reshape(len(x), -1) for x in (score, true))
    columns = flat.shape[1]
    # A case is spared from the first threshold on that its score does not exceed.
    cell = np.searchsorted(thresholds, flat, "left") * columns + np.arange(columns)

    def spared(which: np.ndarray) -> np.ndarray:
        counts = np.bincount(cell[which], minlength=(len(thresholds) + 1) * columns)
        return counts.reshape(-1, columns)[:-1].cumsum(axis=0)

    missed, needless = spared(positive), (~positive).sum(axis=0) - spared(~positive)
    shape = (len(thresholds), *score.shape[1:])
    return missed.reshape(shape), needless.reshape(shape)


def best(loss: np.ndarray) -> np.ndarray:
    """Number of the threshold that loses least [...] of `loss` [threshold, ...]; of several that
    lose the same the middle one."""
    least = loss <= loss.min(axis=0) + 1e-9
    middle = (least.sum(axis=0) + 1) // 2
    found: np.ndarray = (np.cumsum(least, axis=0) == middle).argmax(axis=0)
    return found
