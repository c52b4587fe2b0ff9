"""Ranks with intervals: by hand, and how often they hold."""

import numpy as np
import pytest

from sim.stats import interval
from sim.stats.ranks import ranks, worse_than_median


def test_who_is_told_apart_has_a_rank_and_who_is_not_several():
    """The first two swing by the same luck, so that 0.01 between them is shown; the third swings by
    itself; the last is far behind."""
    rng = np.random.default_rng(1)
    luck = rng.normal(0.0, 0.1, 20)
    values = np.array([
        0.81 + luck + rng.normal(0.0, 1e-3, 20), 0.80 + luck, 0.80 + rng.normal(0.0, 0.1, 20),
        0.10 + luck,
    ])  # fmt: skip
    found = ranks(values)
    assert found.rank[3] == found.low[3] == found.high[3] == 4
    assert (found.low[0], found.high[0]) == (1, 2)
    assert (found.low[1], found.high[1]) == (2, 3)
    assert (found.low[2], found.high[2]) == (1, 3)


def test_equals_share_a_rank():
    found = ranks(np.full((3, 5), 0.5))
    assert found.rank.tolist() == [1, 1, 1]
    assert (found.low.tolist(), found.high.tolist()) == ([1] * 3, [3] * 3)


def test_worlds_have_ranks_of_their_own():
    """In 1 of 50 worlds the second is the best: less than 2.5 % on either side."""
    values = np.array([[0.9] * 49 + [0.1], [0.5] * 50, [0.2] * 50])
    with interval.over_points():
        found = ranks(values)
        assert (found.low[1], found.high[1]) == (1, 2)
        assert worse_than_median(values).tolist() == [False, False, True]
    luck = ranks(values)
    assert luck.rank.tolist() == found.rank.tolist() == [1, 2, 3]


@pytest.mark.parametrize("spread", [0.0, 0.3, 3.0])
def test_intervals_hold_the_true_ranks(spread):
    """40 stations, most not to be told apart, all of them, or few: at least 95 % of the intervals
    hold (with equals any order is true), and those that may tell them apart do."""
    rng = np.random.default_rng(7)
    held, width = [], []
    for _ in range(60):
        truth = np.sort(rng.normal(0.0, spread, 40))[::-1] if spread else np.zeros(40)
        values = truth[:, None] + rng.normal(0.0, 0.2, 20) + rng.normal(0.0, 1.0, (40, 20))
        found = ranks(values)
        if spread:
            held.append(np.mean((found.low <= np.arange(1, 41)) & (np.arange(1, 41) <= found.high)))
        else:
            held.append(np.mean((found.low == 1) & (found.high == 40)))
        width.append((found.high - found.low).mean())
    assert np.mean(held) >= 0.95
    assert np.mean(width) < {0.0: 39.1, 0.3: 39.1, 3.0: 12.0}[spread]


def test_a_station_is_not_called_worse_than_the_median_by_luck():
    """Of 30 equal stations none, in 95 % of 300 studies; the five that are far behind, always."""
    rng, said = np.random.default_rng(3), 0
    for _ in range(300):
        values = rng.normal(0.0, 1.0, (30, 20))
        said += worse_than_median(values).any()
    assert said / 300 <= 0.05
    values[:5] -= 5.0
    assert worse_than_median(values)[:5].all()
