"""How sure a figure is that many points together say."""

from math import sqrt

import numpy as np
import pytest

from sim.stats.interval import half_width
from sim.stats.jackknife import GROUPS, groups, pseudovalues


def test_groups_are_even_and_in_random_order():
    own = groups(100, np.random.default_rng(0), 8)
    assert sorted(np.bincount(own)) == [12] * 4 + [13] * 4
    assert list(own) != list(np.arange(100) % 8)


def test_of_a_mean_the_pseudovalues_are_the_means_of_the_groups():
    x = np.random.default_rng(0).standard_normal(GROUPS * 10)
    of = groups(len(x), np.random.default_rng(1))
    without = np.array([x[of != k].mean() for k in range(GROUPS)])
    own = [x[of == k].mean() for k in range(GROUPS)]
    assert pseudovalues(np.array(x.mean()), without) == pytest.approx(own)


def test_an_interval_of_a_spread_covers_it_in_about_95_percent():
    """That of a normal, of 160 values, 400 times over."""
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(400):
        x, of = rng.standard_normal(160), groups(160, rng)
        whole = np.array(x.std(ddof=1))
        without = np.array([x[of != k].std(ddof=1) for k in range(GROUPS)])
        inside += abs(whole - 1.0) < half_width(pseudovalues(whole, without))
    assert abs(inside / 400 - 0.95) < 3 * sqrt(0.95 * 0.05 / 400)
