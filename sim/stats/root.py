"""Where something ceases to hold, on whole numbers: up to a bracket, then secant and bisection.

`margin(n) <= 0` says that it holds for n; how far it is from 0 only guides the search.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

Margin = Callable[[int], float]
START, DOWN, UP = 0.75, 1.4, 1.15  # begins below the guess, then goes down and up by factors
FAR, UP_FAR = -0.99, 1.4  # a margin that is far from 0, and how far up it goes then
LEAST = 1e-12
EDGE = 0.1  # of the bracket: no closer to its ends does a secant step go


@dataclass(frozen=True)
class Root:
    """`value` holds and, unless it is the greatest that was allowed, `value + 1` (or, with a
    coarser resolution, a number not far above) does not.

    Attributes
    ----------
    is_most : it still holds for the greatest number allowed.
    """

    value: int
    is_most: bool


def greatest(margin: Margin, guess: int, most: int, resolution: float = 0.0) -> Root:
    """The greatest n from 0 to `most` that holds; 0 is taken to.

    Right if all numbers below one that holds hold too.  Otherwise it is where it first ceases to
    hold on the way up from a number below the guess that holds, by 15 % at a time (40 % where it
    is far from ceasing).
    `resolution`: relative width of the bracket that is narrow enough.
    """
    low, high, at_low, at_high = 0, most + 1, -1.0, 1.0
    n = min(max(int(START * guess), 1), most)
    while (found := margin(n)) > 0.0:
        high, at_high = n, found
        if n == 1:
            return Root(0, False)
        n = max(1, min(n - 1, int(n / DOWN)))
    while found <= 0.0:
        low, at_low = n, found
        if n == most:
            return Root(most, True)
        n = min(most, max(n + 1, ceil(n * (UP_FAR if found <= FAR else UP))))
        if n >= high:  # known from the way down
            break
        found = margin(n)
    else:
        high, at_high = n, found
    half = False
    while high - low > max(1.0, resolution * low):
        n = (low + high) // 2 if half else _secant(low, high, at_low, at_high)
        half = not half
        found = margin(n)
        if found <= 0.0:
            low, at_low = n, found
        else:
            high, at_high = n, found
    return Root(low, False)


def fewest(margin: Margin, guess: int, most: int) -> int | None:
    """The fewest n from 1 to `most` that hold, if all above one that holds do; None: not even
    `most` is enough."""

    def lacks(n: int) -> float:
        found = margin(n)
        return -found if found > 0.0 else max(-found, LEAST)

    root = greatest(lacks, guess, most)
    return None if root.is_most else root.value + 1


def _secant(low: int, high: int, at_low: float, at_high: float) -> int:
    width = high - low
    share = min(max(-at_low / (at_high - at_low), EDGE), 1.0 - EDGE)
    return min(max(low + round(share * width), low + 1), high - 1)
