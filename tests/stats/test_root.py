"""Where something ceases to hold, on functions whose answer is known."""

import math

import pytest

from sim.stats.root import fewest, greatest


def counted(function):
    seen = []

    def margin(n):
        seen.append(n)
        return function(n)

    return margin, seen


@pytest.mark.parametrize("guess", [1, 7, 36, 37, 38, 60, 500])
@pytest.mark.parametrize(
    "function", [lambda n: n - 37.5, lambda n: -1.0 if n <= 37 else 5.0, lambda n: n**3 - 52000.0]
)
def test_the_greatest_that_holds_from_any_guess(function, guess):
    root = greatest(function, guess, 500)
    assert (root.value, root.is_most) == (37, False)


def test_equality_holds():
    assert greatest(lambda n: n - 10.0, 3, 100).value == 10


def test_all_hold_and_none_holds():
    assert greatest(lambda n: -1.0, 3, 100) == greatest(lambda n: -1.0, 100, 100)
    assert greatest(lambda n: -1.0, 3, 100).is_most
    assert greatest(lambda n: 1.0, 50, 100).value == 0


def test_few_looks():
    margin, seen = counted(lambda n: n / 15.0 - 40.0)  # 600
    assert greatest(margin, 400, 5000).value == 600
    assert len(seen) == len(set(seen)) <= 10


def test_a_coarser_resolution_is_within_it():
    margin, seen = counted(lambda n: math.log(n / 700.5))
    root = greatest(margin, 300, 5000, 0.05)
    assert 700 / 1.05 <= root.value <= 700
    assert len(seen) <= 10


def test_where_it_holds_again_the_first_crossing_on_the_way_up_is_found():
    twice = lambda n: -1.0 if n <= 50 or 80 <= n <= 200 else 1.0  # noqa: E731
    for guess in (20, 40, 60, 66, 100, 400):
        assert greatest(twice, guess, 1000).value in (50, 200)
    assert greatest(twice, 60, 1000).value == 50


@pytest.mark.parametrize("guess", [1, 11, 12, 13, 40])
def test_the_fewest_that_hold(guess):
    assert fewest(lambda n: 12.0 - n, guess, 50) == 12
    assert fewest(lambda n: 11.3 - n, guess, 50) == 12


def test_the_fewest_at_the_ends():
    assert fewest(lambda n: -1.0, 4, 50) == 1
    assert fewest(lambda n: 50.0 - n, 4, 50) == 50
    assert fewest(lambda n: 51.0 - n, 4, 50) is None
