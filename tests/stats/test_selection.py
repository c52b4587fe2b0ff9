"""The best of several systems: as often right as promised, and no more work than it takes."""

import numpy as np
import pytest

from sim.stats import selection

SYSTEMS = ("a", "b", "c", "d", "e")


def normals(rng, means, correlation=0.5):
    """Replications of correlated normals of unit variance, kept in rows as they are asked for."""
    drawn = np.zeros((0, len(means)))

    def sample(names, numbers):
        nonlocal drawn
        if numbers.stop > len(drawn):
            shape = numbers.stop - len(drawn), len(means)
            own = rng.normal(size=shape) * np.sqrt(1 - correlation)
            common = rng.normal(size=(shape[0], 1)) * np.sqrt(correlation)
            drawn = np.vstack([drawn, own + common + means])
        rows = drawn[numbers.start : numbers.stop]
        return {name: rows[:, SYSTEMS.index(name)] for name in names}

    return sample


def test_eta_is_the_solution_of_its_equation():
    eta = selection.eta(5, 10, 0.95)
    assert 0.5 * (1 + 2 * eta) ** (-(10 - 1) / 2) == pytest.approx(0.05 / 4)


@pytest.mark.parametrize(
    ("systems", "correlation", "step"), [(5, 0.0, 1), (5, 0.9, 4), (2, 0.9, 1)]
)
def test_the_best_is_chosen_as_often_as_promised(systems, correlation, step):
    """The slippage configuration, the hardest one: all others lie the indifference amount below.

    The lower limit is two standard errors of 1,000 trials below 95 %.
    """
    rng = np.random.default_rng(0)
    indifference = np.sqrt(1 - correlation)  # of the part of its own
    means = np.zeros(systems)
    means[1] = indifference
    right = 0
    for _ in range(1000):
        sample = normals(rng, means, correlation)
        found = selection.select(
            sample, SYSTEMS[:systems], indifference, first=8, most=10_000, step=step
        )
        assert found.is_shown
        right += found.best == "b"
    assert right / 1000 > 0.95 - 2 * np.sqrt(0.95 * 0.05 / 1000)


def test_it_would_be_wrong_more_often_without_the_margin():
    """The test above can fail: taking the greatest mean of the first replications does."""
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(300):
        sample = normals(rng, np.array([0.0, 0.0, 0.5, 0.0, 0.0]), 0.0)
        found = selection.select(sample, SYSTEMS, 100.0, first=8, most=8)  # nothing is worth 100
        right += found.best == "c"
    assert right / 300 < 0.9


def test_systems_far_apart_are_told_apart_at_once_and_close_ones_take_longer():
    rng = np.random.default_rng(1)
    numbers = {}
    for gap in (0.3, 3.0):
        sample = normals(rng, gap * np.arange(5.0))
        found = selection.select(sample, SYSTEMS, 0.3, first=10, most=10_000)
        assert found.best == "e"
        numbers[gap] = {name: len(x) for name, x in found.values.items()}
    assert set(numbers[3.0].values()) == {10}
    assert numbers[0.3]["a"] < numbers[0.3]["d"] <= numbers[0.3]["e"]


def test_what_is_shared_by_all_costs_nothing():
    """The margin rests on differences: common luck, however large, leaves them alone."""
    many = {}
    for luck in (0.0, 1000.0):
        rng, common = np.random.default_rng(2), np.random.default_rng(3).normal(size=10_000)
        own = normals(rng, np.array([0.0, 0.1, 0.2, 0.3, 1.3]), 0.0)

        def sample(names, numbers, own=own, common=common, luck=luck):
            shared = luck * common[numbers.start : numbers.stop]
            return {name: x + shared for name, x in own(names, numbers).items()}

        found = selection.select(sample, SYSTEMS, 1.0, first=10, most=10_000)
        many[luck] = found.best, [len(found.values[name]) for name in SYSTEMS]
    assert many[0.0] == many[1000.0]


def test_by_hand():
    """Two systems, two first replications: differences 3 and 5, so S2 = 2.

    eta = ((2 x 0.05)^-2 - 1) / 2 = 49.5 and h2 = 99; with an indifference of 10 the margin after
    r replications is 10 / 2r (1.98 - r): nothing after two.
    """
    seen = []

    def sample(names, numbers):
        seen.append((tuple(names), numbers))
        return {"a": [1.0, 2.0], "b": [4.0, 7.0]}

    found = selection.select(sample, ("a", "b"), 10.0, first=2, most=9)
    assert found.left == ("b",)
    assert seen == [(("a", "b"), range(2))]
    # With an indifference of 1 it is 1 / 2r (198 - r): 24.25 after four.
    for last, left in ((46.1, ("b",)), (45.9, ("b", "a"))):  # means: 0.75 and about 25
        four = {"a": [1.0, 2.0, 0.0, 0.0], "b": [4.0, 7.0, 43.0, last]}
        found = selection.select(
            lambda names, n, four=four: {name: four[name][n.start : n.stop] for name in names},
            ("a", "b"), 1.0, first=2, most=4,
        )  # fmt: skip
        assert found.left == left
        assert found.is_shown == (len(left) == 1)


def test_what_is_equal_is_not_told_apart():
    found = selection.select(
        lambda names, n: {name: [1.0] * len(n) for name in names}, ("a", "b"), 0.5, first=3, most=9
    )
    assert found.left == ("a", "b")
    assert found.best == "a"


def test_one_system_is_the_best():
    found = selection.select(
        lambda names, n: {"a": [1.0] * len(n)}, ("a",), 0.5, first=3, most=9
    )  # fmt: skip
    assert (found.best, found.is_shown) == ("a", True)
