"""Elementary effects of functions whose effects are known."""

from math import sqrt

import numpy as np
import pytest

from sim.stats import morris

T_2 = 12.706205  # Student t at 97.5 % for two values


def test_a_trajectory_moves_each_input_once():
    starts, seen = set(), set()
    for number in range(40):
        points = morris.trajectory(5, 7, number)
        moves = np.diff(points, axis=0)
        assert points.shape == (6, 5)
        assert (np.count_nonzero(moves, axis=0) == 1).all()
        assert (np.count_nonzero(moves, axis=1) == 1).all()
        assert np.abs(moves[moves != 0]) == pytest.approx(2 / 3)
        seen |= set(np.round(points * 3, 9).ravel().tolist())
        starts.add(tuple(moves.argmax(axis=1)))
    assert seen == {0.0, 1.0, 2.0, 3.0}  # all levels, nothing outside
    assert len(starts) > 20  # random order
    np.testing.assert_array_equal(points, morris.trajectory(5, 7, 39))
    assert (points != morris.trajectory(5, 8, 39)).any()


def test_effects_of_a_plane_are_its_slopes():
    points = np.array([morris.trajectory(3, 1, t) for t in range(6)])
    found = morris.effects(points, points @ np.array([5.0, -2.0, 0.0]) + 7.0)
    np.testing.assert_allclose(found, np.tile([5.0, -2.0, 0.0], (6, 1)), atol=1e-12)
    first, second, third = morris.summary(points, points @ np.array([5.0, -2.0, 0.0]))
    assert (first["mu"]["mean"], second["mu"]["mean"]) == pytest.approx((5.0, -2.0))
    assert second["mu_star"]["mean"] == pytest.approx(2.0)
    assert first["sigma"]["high"] == pytest.approx(0.0, abs=1e-9)
    assert third["sigma_ratio"] is None


def test_effects_of_a_product_by_hand():
    # x y from (0, 1/3): first x goes up, then y; and from (2/3, 1): y goes down, then x.
    points = np.array(
        [[[0, 1 / 3], [2 / 3, 1 / 3], [2 / 3, 1]], [[2 / 3, 1], [2 / 3, 1 / 3], [0, 1 / 3]]]
    )
    found = morris.effects(points, points.prod(axis=2))
    np.testing.assert_allclose(found, [[1 / 3, 2 / 3], [1 / 3, 2 / 3]])


def test_mu_mu_star_and_sigma_by_hand():
    points = np.array([[[0.0], [2 / 3]], [[1.0], [1 / 3]]])  # up, and down
    (own,) = morris.summary(points, np.array([[0.0, 8 / 3], [0.0, 4 / 3]]))  # 4 and -2
    assert own["mu"]["mean"] == 1.0
    assert own["mu_star"]["mean"] == 3.0
    assert own["mu_star"]["low"] == 0.0  # 3 - t(1) x 1
    assert own["mu_star"]["high"] == pytest.approx(3.0 + T_2 * sqrt(2) / sqrt(2))
    assert own["sigma"]["mean"] == pytest.approx(sqrt(18))
    assert own["sigma_ratio"] == pytest.approx(sqrt(2))
    # A resample holds both trajectories (that sigma) or one of them twice (none).
    assert (own["sigma"]["low"], own["sigma"]["high"]) == pytest.approx((0.0, sqrt(18)))


def test_shares_of_groups_by_hand():
    found = morris.shares(np.array([[3.0, 1.0, 2.0], [-3.0, 1.0, 2.0]]), ["a", "b", "a"])
    assert found["a"]["mean"] == pytest.approx((18 + 8) / 28)
    assert found["b"] == pytest.approx({"mean": 2 / 28, "low": 2 / 28, "high": 2 / 28})
    assert morris.shares(np.zeros((2, 2)), ["a", "b"]) == {}
