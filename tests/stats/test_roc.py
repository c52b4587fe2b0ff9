"""Flags against the truth, each number of a small case by hand."""

from math import nan

import numpy as np
import pytest

from sim.stats import roc

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
