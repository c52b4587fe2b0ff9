"""Intervals against their textbook forms, and the rules that stop or cut a run."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from sim.stats import interval


def test_mean_interval_is_students():
    x = np.random.default_rng(0).normal(3.0, 2.0, 20)
    low, high = stats.ttest_1samp(x, 0.0).confidence_interval(0.95)
    got = interval.mean(x)
    assert (got["mean"], got["low"], got["high"]) == pytest.approx((x.mean(), low, high))


def test_no_interval_leaves_what_its_figure_can_be():
    """34 trucks, -296 to 364: what a corridor that is nearly always down was said to carry."""
    assert interval.mean([8.0, 60.0])["low"] == 0.0
    assert interval.mean([8.0, 60.0])["high"] > 60.0
    full = interval.mean([0.9, 1.0], interval.most("time_utilization_peak_day"))
    assert full["high"] == 1.0
    change = interval.paired_difference([0.0, 0.9], [1.0, 0.0], interval.most("over_30_share"))
    assert (change["low"], change["high"]) == (-1.0, 1.0)
    assert interval.difference([8.0, 60.0])["low"] < 0.0
    assert interval.most("wait_min_p95") == np.inf


@pytest.mark.parametrize("most", [1.0, np.inf])
def test_what_a_sum_was_rounded_by_leads_nowhere_outside(most):
    """An EVSE that was busy all the time had 1.0000000000000002 of it, up to 1.0."""
    over = [1.0 + 2**-52] * 2
    full, none = interval.mean(over, most), interval.mean([-1e-17] * 2, most)
    assert none == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert full == dict.fromkeys(("mean", "low", "high"), min(over[0], most))


def test_a_figure_that_is_wrong_is_not_hidden():
    assert interval.mean([1.2, 1.4], 1.0)["mean"] == pytest.approx(1.3)


def test_bootstrap_interval_covers_skewed_means_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    got = interval.bootstrap(rng.exponential(1.0, (400, 25)))
    covered = np.mean((got["low"] <= 1.0) & (got["high"] >= 1.0))
    assert 0.88 <= covered <= 0.97
    assert (got["low"] < got["mean"]).all()


def test_equal_replications_have_an_interval_of_no_width():
    got = interval.bootstrap(np.full((2, 10), 4.0))
    assert (got["low"] == 4.0).all()
    assert (got["high"] == 4.0).all()


def test_paired_difference_is_narrower_than_its_parts_when_draws_are_shared():
    rng = np.random.default_rng(2)
    luck = rng.normal(0, 5, 20)
    a, b = luck + 10, luck + 11 + rng.normal(0, 0.1, 20)
    got = interval.paired_difference(a, b)
    assert got["mean"] == pytest.approx(1.0, abs=0.1)
    assert got["high"] - got["low"] < 0.2
    assert got["correlation"] > 0.99


def test_needed_looks_ahead_and_no_farther_than_twice():
    x = np.array([9.0, 11.0] * 10)  # half-width 0.48 of 10
    assert interval.needed(x, 0.05) == 20
    assert interval.needed(x, 0.04) == 29
    assert interval.needed(x, 0.01) == 40
    assert interval.needed(np.zeros(12), 0.01) == 12


def test_mser5_drops_the_transient_and_not_much_more():
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1, 5000)
    x[:400] += np.linspace(20, 0, 400)
    assert 300 <= interval.mser5(x) <= 450
    assert interval.mser5(rng.normal(0, 1, 5000)) < 1000


def test_days_as_clusters_make_an_honest_interval():
    """Visits of a day share its luck: the plain interval would cover far too seldom."""
    rng = np.random.default_rng(2)
    covered = plain = 0
    for _ in range(400):
        day = np.repeat(np.arange(30), 20)
        before = rng.normal(10.0, 1.0, 600)
        after = before + 1.0 + np.repeat(rng.normal(0.0, 1.0, 30), 20) + rng.normal(0.0, 0.5, 600)
        found = interval.paired_by_cluster(before, after, day)
        covered += found["low"] <= 1.0 <= found["high"]
        plain += abs(found["mean"] - 1.0) <= interval.half_width(after - before)
    assert 0.91 <= covered / 400 <= 0.98
    assert plain / 400 < 0.6


def test_few_clusters_make_no_interval():
    found = interval.paired_by_cluster([1.0, 2.0], [1.0, 5.0], np.array([0, 1]))
    assert (found["mean"], found["low"], found["less"], found["more"]) == (1.5, None, 0.0, 0.5)


@pytest.mark.parametrize(("count", "of"), [(0, 5), (5, 5), (17, 34), (1, 7)])
def test_wilson_is_where_the_share_is_1_96_standard_errors_away(count, of):
    found = interval.wilson(count, of)
    for bound in (found["low"], found["high"]):
        error = sqrt(bound * (1 - bound) / of)
        edge = (count == 0 and bound == 0) or (count == of and bound == 1)
        assert edge or abs(bound - count / of) == pytest.approx(1.959964 * error, rel=1e-6)
    assert interval.wilson(0, 0) is None


def test_intervals_hold_their_figure():
    x = np.append(np.linspace(0.0, 1.0, 101), np.nan)
    found = interval.percentiles(0.5, x)
    assert [found[k] for k in ("mean", "low", "high")] == pytest.approx([0.5, 0.02525, 0.97475])
    assert interval.percentiles(2.0, x)["high"] == 2.0
    assert interval.mirrored(0.9, np.full(99, 0.8))["high"] == pytest.approx(1.0)
    assert interval.mirrored(0.9, np.full(99, 0.8))["low"] == pytest.approx(0.9)


def test_resamples_draw_as_many_replications_with_replacement():
    weights = interval.resamples(7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(7), abs=0.15)
    assert weights.var() == pytest.approx(6 / 7, abs=0.1)


def test_points_are_worlds_and_not_luck():
    x = np.arange(1.0, 100.0)  # 99 of them: ranks 2.5 and 97.5
    luck = interval.mean(x)
    with interval.over_points():
        worlds = interval.mean(x)
        more = interval.mean(np.repeat(x, 50))
        with interval.over_points(False):
            assert interval.mean(x) == luck
    assert (worlds["mean"], worlds["low"], worlds["high"]) == pytest.approx((50.0, 2.5, 97.5))
    assert more["high"] - more["low"] == pytest.approx(worlds["high"] - worlds["low"], rel=0.05)
    assert interval.mean(x) == luck
    assert luck["high"] - luck["low"] < 15.0


def test_a_few_points_predict_one_more():
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(2000):
        x = rng.normal(10.0, 2.0, 13)
        with interval.over_points():
            own = interval.difference(x[:12])
        inside += own["low"] <= x[12] <= own["high"]
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_a_change_is_shown_over_points_where_nearly_all_agree():
    x, sign = np.ones(100), []
    for against in (1, 6):
        y = x + np.where(np.arange(100) < against, -1.0, 1.0)
        with interval.over_points():
            found = interval.paired_difference(x, y)
        sign.append((found["low"] > 0.0) - (found["high"] < 0.0))
    assert sign == [1, 0]
    assert interval.paired_difference(x, y)["low"] > 0.0  # of their mean it is


def test_quantiles_over_points():
    x = np.vstack([np.arange(1.0, 100.0), np.full(99, 3.0)])
    with interval.over_points():
        found = interval.bootstrap(x)
    assert found["low"] == pytest.approx([2.5, 3.0])
    assert found["high"] == pytest.approx([97.5, 3.0])


def test_a_last_bit_is_no_difference():
    x = np.array([0.1 + 0.2, 1500.0, 0.0])
    y = np.array([0.3, 1500.0 * (1.0 + 2.0**-52), 0.0])
    found = interval.paired_difference(x, y)
    assert (found["mean"], found["low"], found["high"]) == (0.0, 0.0, 0.0)
    assert sorted(interval.leaders({"a": x, "b": y})) == ["a", "b"]
    assert interval.paired_difference(x, x + 1e-6)["low"] > 0.0
