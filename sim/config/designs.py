"""The designs that the words of a command line stand for."""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

Design = tuple[str, ...]  # the overrides of one configuration


class Span(NamedTuple):
    """A word that stands for values between two ends."""

    key: str
    low: float
    high: float
    is_whole: bool

    def at(self, share: float) -> str:
        """The word with the value at a share of the way from `low` to `high`."""
        way = self.high - self.low
        if self.is_whole:  # each whole number has the same part of the way
            return f"{self.key}={min(int(self.high), int(self.low + share * (way + 1)))}"
        return f"{self.key}={self.low + share * way:.9g}"


class Swept(NamedTuple):
    """What the words of a command line stand for: one text or several, or a span between ends."""

    each: Sequence[Sequence[str] | Span]

    @property
    def spans(self) -> list[Span]:
        return [own for own in self.each if isinstance(own, Span)]

    @property
    def first(self) -> Design:
        """The first design, without what is spanned."""
        return tuple(own[0] for own in self.each if not isinstance(own, Span))

    def count(self, points: int) -> int:
        """How many designs there are, with so many points in the spans."""
        listed = math.prod(len(own) for own in self.each if not isinstance(own, Span))
        return listed * (points if self.spans else 1)

    def designs(self, points: Sequence[Sequence[float]] = ()) -> list[Design]:
        """Every combination of the swept values, the last one changing fastest; `points` of the
        spans [point][span], each from 0 to 1, within each of them."""
        listed: list[Sequence[str | Span]]
        listed = [[own] if isinstance(own, Span) else own for own in self.each]
        found: list[Design] = []
        for combination in itertools.product(*listed):
            for point in points if self.spans else [()]:
                shares = iter(point)
                found.append(tuple(
                    own.at(next(shares)) if isinstance(own, Span) else own for own in combination
                ))  # fmt: skip
        return found
