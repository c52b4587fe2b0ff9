"""Where recorded values lie among simulated ones."""

import numpy as np
import pytest

from sim.stats import bands


def test_a_band_holds_95_of_100_values_alike():
    """Exactly, when the recorded value is one more draw: mean over draws of the share outside."""
    rng = np.random.default_rng(5)
    draws = rng.random((2000, bands.REPLICATIONS + 1))
    low, high = np.sort(draws[:, 1:], axis=1)[:, [bands.CUT - 1, -bands.CUT]].T
    outside = (draws[:, 0] < low) | (draws[:, 0] > high)
    assert outside.mean() == pytest.approx(0.05, abs=0.015)


def test_cells_outside_by_hand():
    """Runs are 1 to 199 in both cells: the band is 5 to 195, and one recorded value is above."""
    runs = np.arange(1.0, bands.REPLICATIONS + 1)[:, None].repeat(2, axis=1)
    found = bands.cells(np.array([100.0, 196.0]), runs)
    assert (found["low"], found["high"], found["simulated"]) == ([5.0] * 2, [195.0] * 2, [100] * 2)
    assert (found["is_outside"], found["outside"], found["of"]) == ([False, True], 1, 2)


def test_coverage_by_hand():
    """Runs are 1 to 199 in twenty cells; 196 and more lie outside.  A replication is outside in all
    cells or in none, which happens to 10 of 200."""
    runs = np.arange(1.0, bands.REPLICATIONS + 1)[:, None].repeat(20, axis=1)
    found = bands.coverage(np.arange(20.0) * 11, runs)
    assert (found["inside"], found["of"]) == (17, 20)  # but for 0, 198 and 209
    assert (found["share"]["mean"], round(found["share"]["low"], 3)) == (0.85, 0.640)
    assert (found["least"], found["most"]) == (0, 20)
    assert found["by_chance"]["mean"] == pytest.approx(0.95, abs=0.01)
    equal = bands.coverage(np.ones(20), np.ones((bands.REPLICATIONS, 20)))
    assert (equal["inside"], equal["least"], equal["by_chance"]["low"]) == (20, 20, 1.0)


def test_how_far_is_by_chance_what_a_replication_is_off():
    rng = np.random.default_rng(1)
    runs = rng.normal(0.0, 1.0, (bands.REPLICATIONS, 24))
    near, far = (bands.distance(runs[0] + off, runs) for off in (0.0, 5.0))
    assert near["by_chance"] == pytest.approx(np.sqrt(2.0 / np.pi), abs=0.03)
    assert near["p"] > 0.01
    assert far["recorded"] == pytest.approx(5.0, abs=0.5)
    assert far["p"] == 1 / (bands.REPLICATIONS + 1)  # it is one of all


def test_ranks_by_tenths():
    runs = np.arange(bands.REPLICATIONS, dtype=float)[:, None].repeat(20, axis=1)
    even = bands.ranks(np.arange(20) * 10.0 + 4.5, runs)
    assert even["counts"] == [2] * 10
    assert (even["chi2"], even["p"]) == (0.0, 1.0)
    low = bands.ranks(np.full(20, -1.0), runs)
    assert low["counts"] == [20] + [0] * 9
    assert low["p"] < 1e-9


def test_the_score_by_hand_and_of_normal_runs():
    """Two runs at 0 and 2, recorded 3: the errors are 3 and 1, the runs 2 apart.  At its middle a
    normal forecast of standard deviation 1 has 0.2337."""
    assert bands.crps(np.array([3.0]), np.array([[0.0], [2.0]])).tolist() == [2.0 - 1.0]
    assert bands.crps(np.array([1.0]), np.ones((5, 1)))[0] == pytest.approx(0.0, abs=1e-15)
    runs = np.random.default_rng(6).standard_normal((4000, 1))
    exact = np.sqrt(2.0 / np.pi) - 1.0 / np.sqrt(np.pi)
    assert bands.crps(np.zeros(1), runs)[0] == pytest.approx(exact, abs=0.02)
