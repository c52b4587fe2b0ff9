"""How well flags agree with the truth: a score flags whom it puts above a threshold."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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


def of_worlds(threshold: float, score: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    """The same over worlds [case, world]: the counts of each, and the rates of those in which they
    exist; None where that is one world or none."""
    every = [confusion(own > threshold, is_so) for own, is_so in zip(score.T, true.T, strict=True)]
    found: dict[str, Any] = {
        key: interval.mean([counts[key] for counts in every])
        for key in ("hit", "missed", "needless", "spared")
    }
    found["flagged"] = interval.mean((score > threshold).sum(axis=0))
    each = [rates(counts) for counts in every]
    for key in ("sensitivity", "specificity", "precision"):
        known = [rate["mean"] for own in each if (rate := own[key])]
        found[key] = interval.mean(known, most=1.0) if len(known) > 1 else None
    return found


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


class Scores(NamedTuple):
    """A score that is known from replications, beside the truth.

    Attributes
    ----------
    values : of every case in every replication [case, replication].
    true : cases by all replications together [case], and by each resample [case, resample].
    weights : of the replications in each resample [resample, replication].
    """

    values: np.ndarray
    true: np.ndarray
    true_again: np.ndarray
    weights: np.ndarray

    @property
    def again(self) -> np.ndarray:
        """Means of the score over the replications of each resample [case, resample]."""
        found: np.ndarray = self.values @ self.weights.T / self.weights.sum(axis=1)
        return found

    def judged(
        self, threshold: float, thresholds: np.ndarray, costs: Sequence[float]
    ) -> dict[str, Any]:
        """How well the score finds true cases at a threshold, and at which it would lose least.

        `costs` : of a missed case, where a needless flag costs 1; the first is the given one.

        Intervals of shares of cases are Wilson's, as if the cases were a sample of many.  The
        others resample replications (score and truth of a replication together), so they are about
        the luck of the draws with these very cases.  Without a true case, or without another one,
        there is no area, curve or best threshold: None.
        """
        score, again = self.values.mean(axis=1), self.again
        found: dict[str, Any] = {
            "at_threshold": of_worlds(threshold, again, self.true_again)
            if interval.are_points()
            else at(threshold, score, self.true),
            "area": None, "curve": None, "best": None, "balance": None,
        }  # fmt: skip
        if self.true.all() or not self.true.any():
            return found
        cases = (score, self.true), (again, self.true_again)
        curves = [curve(x, true, thresholds) for x, true in cases]
        here = [curve(x, true, np.array([threshold])) for x, true in cases]
        area_of = float(area(score, self.true)), area(again, self.true_again)
        balance, balance_again = (costs[0] * missed[0] - needless[0] for missed, needless in here)
        low, high = _band(_loss(costs[0], curves[1]))
        return found | {
            "area": interval.mirrored(*area_of),
            "balance": interval.percentiles(float(balance), balance_again),
            "best": [_least(cost, thresholds, curves, here) for cost in costs],
            "curve": self._rates(*curves[0]) | {"loss_low": low, "loss_high": high},
        }

    def _rates(self, missed: np.ndarray, needless: np.ndarray) -> dict[str, list[float | None]]:
        hit, spared = self.true.sum() - missed, (~self.true).sum() - needless
        return {
            "sensitivity": (hit / self.true.sum()).tolist(),
            "specificity": (spared / (~self.true).sum()).tolist(),
            "precision": [h / (h + n) if h + n else None
                          for h, n in zip(hit, needless, strict=True)],
            "missed": missed.tolist(), "needless": needless.tolist(),
        }  # fmt: skip

    def each(self, threshold: float) -> dict[str, Rate]:
        """The rates when flags come from one replication only: means with Student-t intervals;
        replications in which a rate does not exist are left out."""
        flagged = self.values > threshold
        hit = flagged[self.true].sum(axis=0).astype(float)
        needless = flagged[~self.true].sum(axis=0)
        positive, others = self.true.sum(), (~self.true).sum()
        shares = {
            "sensitivity": hit / positive if positive else hit[:0],
            "specificity": 1.0 - needless / others if others else hit[:0],
            "precision": (hit / np.maximum(1.0, hit + needless))[hit + needless > 0],
        }
        return {
            key: interval.mean(x, most=1.0) if len(x) > 1 else None for key, x in shares.items()
        }


Figure = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of scores and truth [case, ...]


def sharper(one: Scores, other: Scores) -> dict[str, Any] | None:
    """How much more area is under the ROC curve of `one` than of an `other` score of the same cases
    in the same replications, paired by resample; None where there is none.  Not mirrored: what
    noise takes from either area is gone from their difference."""
    if one.true.all() or not one.true.any():
        return None
    return _paired(one, other, area, area)


def flags_more(one: Scores, threshold: float, other: Scores, than: float) -> dict[str, Any]:
    """How many more cases `one` flags at its threshold than an `other` score at its own."""

    def flagged(at: float) -> Figure:
        return lambda score, true: (score > at).sum(axis=0)

    return _paired(one, other, flagged(threshold), flagged(than))


def misses_more(one: Scores, threshold: float, other: Scores, than: float) -> dict[str, Any]:
    """How many more true cases `one` misses at its threshold than an `other` score at its own."""

    def missed(at: float) -> Figure:
        return lambda score, true: (true & (score <= at)).sum(axis=0)

    return _paired(one, other, missed(threshold), missed(than))


def loses_more(
    one: Scores, thresholds: np.ndarray, other: Scores, than: np.ndarray, cost: float
) -> dict[str, Any]:
    """How much more `one` loses than an `other` score, each at whichever of its thresholds loses
    least in that very resample, where a miss costs so many needless flags."""

    def least(at: np.ndarray) -> Figure:
        return lambda score, true: _loss(cost, curve(score, true, at)).min(axis=0)

    return _paired(one, other, least(thresholds), least(than))


def _paired(one: Scores, other: Scores, figure: Figure, than: Figure) -> dict[str, Any]:
    """`figure` of one score less `than` of another of the same cases, paired by resample."""
    by = figure(one.values.mean(axis=1), one.true) - than(other.values.mean(axis=1), other.true)
    again = figure(one.again, one.true_again) - than(other.again, other.true_again)
    return {**interval.percentiles(float(by), again.astype(float)), "is_change": True}


Counts = tuple[np.ndarray, np.ndarray]  # missed, needless


def _loss(cost: float, counts: Counts) -> np.ndarray:
    missed, needless = counts
    return cost * missed + needless


def _band(loss: np.ndarray) -> tuple[list[float], list[float]]:
    """Where 95 % of the resamples lie at each threshold [threshold, resample], or of the worlds."""
    if interval.are_points():
        low, high = interval.of_points(loss)
        return np.maximum(0.0, low).tolist(), high.tolist()
    low, high = np.quantile(loss, [0.025, 0.975], axis=1)
    return low.tolist(), high.tolist()


def _least(
    cost: float, thresholds: np.ndarray, curves: Sequence[Counts], here: Sequence[Counts]
) -> dict[str, Any]:
    """The threshold that loses least where a miss costs so many needless flags; what it loses, and
    how much more the threshold `here` does.  Pairs: all replications, resamples."""
    loss, again = (_loss(cost, counts) for counts in curves)
    (own,), (own_again,) = (_loss(cost, counts) for counts in here)
    number = int(best(loss))
    least = thresholds[loss <= loss.min() + 1e-9]
    percentiles = interval.percentiles
    return {
        "miss_cost": cost,
        "threshold": percentiles(thresholds[number], thresholds[best(again)]),
        "as_good": [float(least[0]), float(least[-1])],
        "loss": percentiles(loss[number], again.min(axis=0)),
        "loss_at_threshold": percentiles(own, own_again),
        "regret": percentiles(own - loss[number], own_again - again.min(axis=0)),
    }
