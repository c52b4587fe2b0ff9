"""Flags against the truth, each number of a small case by hand."""

from math import nan

import numpy as np
import pytest

from sim.stats import interval, roc

TRUE = np.array([True, True, False, False, False])
SCORE = np.array([0.5, 0.4, 0.5, 0.3, 0.1])


def test_confusion_and_rates():
    at = roc.at(0.4, SCORE, TRUE)  # 0.4 itself does not exceed 0.4
    assert [at[k] for k in ("hit", "missed", "needless", "spared")] == [1, 1, 1, 2]
    assert at["sensitivity"]["mean"] == 1 / 2
    assert at["specificity"]["mean"] == 2 / 3
    assert at["precision"]["mean"] == 1 / 2
    assert roc.at(0.6, SCORE, TRUE)["precision"] is None


def test_area_counts_pairs_and_half_of_the_ties():
    # 0.5 against 0.5, 0.3, 0.1: 2.5 of 3; 0.4: 2 of 3.
    assert roc.area(SCORE, TRUE) == pytest.approx(4.5 / 6)
    truths = np.stack([TRUE, ~TRUE, np.zeros(5, bool), np.ones(5, bool)], axis=1)
    found = roc.area(np.stack([SCORE] * 4, axis=1), truths)
    np.testing.assert_allclose(found, [0.75, 0.25, nan, nan])


def test_curve_is_the_count_at_every_threshold():
    rng = np.random.default_rng(1)
    thresholds = np.arange(15, 81) / 100.0
    score = np.round(rng.random((40, 3)), 2)  # many exactly at a threshold
    true = rng.random((40, 3)) < 0.3
    missed, needless = roc.curve(score, true, thresholds)
    for t, threshold in enumerate(thresholds):
        np.testing.assert_array_equal(missed[t], ((score <= threshold) & true).sum(axis=0))
        np.testing.assert_array_equal(needless[t], ((score > threshold) & ~true).sum(axis=0))
    one = roc.curve(score[:, 0], true[:, 0], thresholds)
    np.testing.assert_array_equal(one[0], missed[:, 0])


def test_best_is_the_middle_of_those_that_lose_least():
    loss = np.array([[3, 1], [2, 1], [2, 0.3], [2, 0.1 + 0.2], [4, 1]], float)
    assert roc.best(loss).tolist() == [2, 2]


# ---- one score beside another ------------------------------------------------------------------


def scores(values: np.ndarray, true: np.ndarray = TRUE) -> roc.Scores:
    """Each replication is a resample of its own."""
    weights = np.eye(values.shape[1])
    return roc.Scores(values, true, np.tile(true[:, None], len(weights)), weights)


def test_two_scores_are_compared_resample_by_resample():
    """In the second replication the other score puts a false case first."""
    one = scores(np.array([[0.9, 0.9], [0.8, 0.8], [0.7, 0.3], [0.2, 0.2], [0.1, 0.1]]))
    other = scores(np.array([[0.9, 0.6], [0.8, 0.5], [0.1, 0.9], [0.2, 0.2], [0.1, 0.1]]))
    assert roc.flags_more(one, 0.4, other, 0.55)["mean"] == 3 - 2  # by the means
    worlds = [roc.misses_more(scores(one.values[:, [w]]), 0.75, scores(other.values[:, [w]]), 0.6)
              for w in (0, 1)]  # fmt: skip
    assert [own["mean"] for own in worlds] == [1 - 1, 0 - 2]
    at = np.arange(1, 10) / 10.0
    least = [roc.loses_more(scores(one.values[:, [w]]), at, scores(other.values[:, [w]]), at, 1.0)
             for w in (0, 1)]  # fmt: skip
    assert [own["mean"] for own in least] == [0, -1]
    areas = [roc.sharper(scores(one.values[:, [w]]), scores(other.values[:, [w]])) for w in (0, 1)]
    assert [own["mean"] for own in areas] == [0.0, pytest.approx(2 / 6)]


def test_the_same_score_is_not_sharper():
    rng = np.random.default_rng(3)
    own = scores(rng.random((5, 20)))
    assert roc.sharper(own, own) == {"mean": 0.0, "low": 0.0, "high": 0.0, "is_change": True}
    assert roc.sharper(scores(own.values, ~np.zeros(5, bool)), own) is None


def test_the_interval_of_a_paired_difference_of_areas_holds_it_as_often_as_it_says():
    """Two scores that share most of their noise, the second duller: over 300 studies of 20
    replications the interval holds the difference of areas of the scores without noise."""
    rng, true = np.random.default_rng(5), np.arange(60) < 20
    weights, held = interval.resamples(20), 0
    truth = np.repeat(true[:, None], len(weights), axis=1)
    sharp, dull = np.where(true, 1.0, 0.0), np.where(true, 0.6, 0.0)
    cases = rng.normal(0.0, 0.7, (60, 2))  # what a case is, in every study
    exact = roc.area(sharp + cases[:, 0], true) - roc.area(dull + cases[:, 1], true)
    for _ in range(300):
        shared = rng.normal(0.0, 0.6, (60, 20))
        one, other = (
            roc.Scores(mean[:, None] + cases[:, [k]] + shared + rng.normal(0.0, 0.3, (60, 20)),
                       true, truth, weights)
            for k, mean in enumerate((sharp, dull))
        )  # fmt: skip
        found = roc.sharper(one, other)
        held += found["low"] <= exact <= found["high"]
    assert 0.9 < held / 300 < 0.99
