"""Named random streams, and the distributions that are drawn from them.

Every number is drawn before a run, from a stream named by (seed, replication, purpose, entity).
So a replication can be rerun alone, two designs can be compared on the same draws, and the order
of input rows changes nothing.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from math import expm1, isclose, log, sqrt
from struct import unpack
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import betainc, betaincinv, ndtr, ndtri

from sim.config.limits import BETA_SD, PART, POSITIVE, SD, SHARE, SIGMA, THRESHOLD
from sim.config.table import number

LEAST_LEFT = 1e-9  # share of a distribution that a cut must leave
NEARLY_1 = float(np.nextafter(1.0, 0.0))  # the greatest uniform there is
MEAN_POINTS = 4096  # equally likely slices of a distribution, for its mean
SLICES = 256  # the same, to compare two of them
BETA_POINTS = 2049  # a beta distribution is drawn from a table of this many of its quantiles


def stream(seed: int, replication: int, purpose: str, entity: str) -> np.random.Generator:
    """The random stream of that name: the same numbers whatever else is drawn, in any order."""
    key = _named(seed, replication, purpose)
    key.update(entity.encode())
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key.digest(), "little")))


def streams(
    seed: int, replication: int, purpose: str, entities: Iterable[str]
) -> Iterator[np.random.Generator]:
    """`stream(...)` of every entity, to be drawn from before the next one is asked for.

    The same numbers, several times faster: one generator is given one key after the other.
    """
    name = _named(seed, replication, purpose)
    source = np.random.Philox(key=0)
    rng = np.random.Generator(source)
    start: Any = {"counter": (0, 0, 0, 0)}  # plain numbers: it takes them faster than arrays
    state: Any = {**source.state, "state": start, "buffer": (0, 0, 0, 0)}
    for entity in entities:
        key = name.copy()
        key.update(entity.encode())
        start["key"] = unpack("<2Q", key.digest())
        source.state = state
        yield rng


def uniforms(
    seed: int, replication: int, purpose: str, counts: Iterable[tuple[str, int]]
) -> np.ndarray:
    """`stream(...).random(count)` of every (entity, count), one after the other."""
    counts = [(entity, count) for entity, count in counts if count]
    out = np.empty(sum(count for _, count in counts))
    first = 0
    rngs = streams(seed, replication, purpose, (entity for entity, _ in counts))
    for rng, (_, count) in zip(rngs, counts, strict=True):
        rng.random(out=out[first : first + count])
        first += count
    return out


def _named(seed: int, replication: int, purpose: str) -> blake2b:
    return blake2b(f"{seed}/{replication}/{purpose}/".encode(), digest_size=16)


class _Distribution(BaseModel):
    """A distribution of one parameter, drawn by `quantile` from uniforms in [0, 1)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @property
    def least(self) -> float:
        """Nothing smaller is drawn."""
        found: float = self.quantile(np.zeros(1)).item()
        return found

    @property
    def greatest(self) -> float:
        """Nothing greater is drawn."""
        found: float = self.quantile(np.ones(1)).item()
        return found

    def quantile(self, u: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Constant(_Distribution):
    dist: Literal["constant"]
    value: float

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return np.full(len(u), self.value)


class Uniform(_Distribution):
    dist: Literal["uniform"]
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _in_order(self, self.low, self.high)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * u


class Normal(_Distribution):
    """Normal of that `mean` and `sd` before it is cut to [`low`, `high`]."""

    dist: Literal["normal"]
    mean: float
    sd: Annotated[float, number(SD)]
    low: float
    high: float

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _in_order(self, self.low, self.high)
        _within(self, "mean", self.mean, self.low, self.high)
        _within(self, "sd", self.sd, 0.0, self.high - self.low)
        a, b = ndtr([(self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd])
        return _not_all_cut(self, b - a)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        a, b = ndtr([(self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd])
        found: np.ndarray = np.clip(
            self.mean + self.sd * ndtri(a + (b - a) * u), self.low, self.high
        )
        return found


class Lognormal(_Distribution):
    """Lognormal of that `median` and `sigma` (of the logarithm) before it is cut at `high`."""

    dist: Literal["lognormal"]
    median: Annotated[float, number(POSITIVE)]
    sigma: Annotated[float, number(SIGMA)]
    high: Annotated[float, number(POSITIVE)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _within(self, "median", self.median, 0.0, self.high)
        return _not_all_cut(self, ndtr(log(self.high / self.median) / self.sigma))

    def quantile(self, u: np.ndarray) -> np.ndarray:
        b = ndtr(log(self.high / self.median) / self.sigma)
        found: np.ndarray = np.minimum(self.median * np.exp(self.sigma * ndtri(b * u)), self.high)
        return found


class Exponential(_Distribution):
    """Exponential of that `mean` before it is cut at `high`."""

    dist: Literal["exponential"]
    mean: Annotated[float, number(POSITIVE)]
    high: Annotated[float, number(POSITIVE)]

    def quantile(self, u: np.ndarray) -> np.ndarray:
        b = -expm1(-self.high / self.mean)
        found: np.ndarray = np.minimum(
            -self.mean * np.log1p(-b * np.minimum(u, NEARLY_1)), self.high
        )
        return found

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _within(self, "mean", self.mean, 0.0, self.high)
        return _not_all_cut(self, -expm1(-self.high / self.mean))


class Beta(_Distribution):
    """Beta on [0, 1] of that `mean` and `sd` before it is cut to [`low`, `high`]."""

    dist: Literal["beta"]
    mean: Annotated[float, number(THRESHOLD)]
    sd: Annotated[float, number(BETA_SD)]
    low: Annotated[float, number(SHARE)]
    high: Annotated[float, number(SHARE)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        most = sqrt(self.mean * (1.0 - self.mean))
        if self.sd >= most:
            raise ValueError(f"sd is {self.sd:g}, but with this mean it must be below {most:.3g}")
        _in_order(self, self.low, self.high)
        _within(self, "mean", self.mean, self.low, self.high)
        a, b = betainc(*self._shape, [self.low, self.high])
        return _not_all_cut(self, b - a)

    @property
    def _shape(self) -> tuple[float, float]:
        both = self.mean * (1.0 - self.mean) / self.sd**2 - 1.0
        return both * self.mean, both * (1.0 - self.mean)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.interp(u, *self._table)
        return found

    @property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        return _beta(*self._shape, self.low, self.high)


@lru_cache(maxsize=256)
def _beta(a: float, b: float, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Its quantiles; a config is read many times with the same ones."""
    u = np.linspace(0.0, 1.0, BETA_POINTS)
    first, last = betainc(a, b, [low, high])
    return u, np.clip(betaincinv(a, b, first + (last - first) * u), low, high)


class Part(BaseModel):
    """One part of a mixture: this `share` of the draws come from `of`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    share: Annotated[float, number(PART)]
    of: "Distribution"


class Mixture(_Distribution):
    """Several kinds of drivers: each part draws its share."""

    dist: Literal["mixture"]
    parts: list[Part] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        total = sum(part.share for part in self.parts)
        if not isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of the parts sum to {total:g}, not to 1")
        return self

    @property
    def least(self) -> float:
        return min(part.of.least for part in self.parts)

    @property
    def greatest(self) -> float:
        return max(part.of.greatest for part in self.parts)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        ends = np.cumsum([part.share for part in self.parts])
        which = np.minimum(np.searchsorted(ends, u, side="right"), len(ends) - 1)
        out = np.empty(len(u))
        for k, part in enumerate(self.parts):
            mine = which == k
            inside = (u[mine] - (ends[k] - part.share)) / part.share
            out[mine] = part.of.quantile(np.clip(inside, 0.0, 1.0))
        return out


Distribution = Annotated[
    Constant | Uniform | Normal | Lognormal | Exponential | Beta | Mixture,
    Field(discriminator="dist"),
]
Part.model_rebuild()


def mean(distribution: Distribution, slices: int = MEAN_POINTS) -> float:
    """From the middles of equally likely slices."""
    return float(distribution.quantile((np.arange(slices) + 0.5) / slices).mean())


def share_below(one: Distribution, other: Distribution) -> float:
    """How often a draw of one is no more than an independent draw of the other."""
    u = (np.arange(SLICES) + 0.5) / SLICES
    return float((one.quantile(u)[:, None] <= other.quantile(u)).mean())


def varies(distribution: Distribution) -> bool:
    return distribution.least < distribution.greatest


_Any = TypeVar("_Any", bound=_Distribution)


def _not_all_cut(distribution: _Any, left: float) -> _Any:
    """Far in a tail the inverse has no digits left to draw with."""
    if not left > LEAST_LEFT:
        raise ValueError("nearly nothing of this distribution is left after the cut")
    return distribution


def _within(distribution: _Any, name: str, middle: float, low: float, high: float) -> _Any:
    """What is cut off is tails: a middle outside is a slip of units."""
    if not low <= middle <= high:
        raise ValueError(f"{name} is {middle:g}, but must be from {low:g} to {high:g}")
    return distribution


def _in_order(distribution: _Any, low: float, high: float) -> _Any:
    if low >= high:
        raise ValueError(f"low is {low:g}, but must be below high, {high:g}")
    return distribution
