"""Stations whose EVs are in one of two phases or of two kinds: a chain on (line, first, second).

Erlang-2 and hyperexponential needs, two vehicle classes, and charging followed by overstay are
all of this shape.  Who is in line need not be told apart: its kind is drawn when it plugs in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from scipy.sparse.linalg import expm_multiply

from tests.theory.chain import State, generator, stationary, until_thin


@dataclass(frozen=True)
class Station:
    """`evses` EVSEs with one line, first come, first served, and Poisson arrivals at rate `lam`.

    An EV starts in the first phase with probability `first`, else in the second; from the first
    it goes on to the second with probability `onward`, else it unplugs.  `rates(i, j)` are the
    total rates out of the phases with i and j EVs in them.  `places`: those in line; None: any.
    """

    lam: float
    evses: int
    first: float
    onward: float
    rates: Callable[[int, int], tuple[float, float]]
    places: int | None = None

    def _plugs(self, line: int, i: int, j: int, rate: float) -> Iterator[tuple[float, State]]:
        yield rate * self.first, (line, i + 1, j)
        yield rate * (1.0 - self.first), (line, i, j + 1)

    def _unplugs(self, line: int, i: int, j: int, rate: float) -> Iterator[tuple[float, State]]:
        if line:
            yield from self._plugs(line - 1, i, j, rate)
        else:
            yield rate, (0, i, j)

    def _serve(self, state: State) -> Iterator[tuple[float, State]]:
        line, i, j = state
        if i + j == 0:
            return
        rate_1, rate_2 = self.rates(i, j)
        if i:
            yield rate_1 * self.onward, (line, i - 1, j + 1)
            yield from self._unplugs(line, i - 1, j, rate_1 * (1.0 - self.onward))
        if j:
            yield from self._unplugs(line, i, j - 1, rate_2)

    def _solve(self, places: int) -> tuple[dict[State, float], float]:
        def moves(state: State) -> Iterator[tuple[float, State]]:
            line, i, j = state
            if i + j < self.evses:
                yield from self._plugs(0, i, j, self.lam)
            elif line < places:
                yield self.lam, (line + 1, i, j)
            yield from self._serve(state)

        law = stationary((0, 0, 0), moves)
        return law, sum(p for (line, _, _), p in law.items() if line == places)

    @cached_property
    def law(self) -> dict[State, float]:
        """Probability of (in line, in the first phase, in the second)."""
        return until_thin(self._solve) if self.places is None else self._solve(self.places)[0]

    def mean(self, value: Callable[[int, int, int], float]) -> float:
        return sum(p * value(*state) for state, p in self.law.items())

    @cached_property
    def results(self) -> dict[str, float]:
        """What is common to all; the mean square by the distributional form of Little's law."""
        full = self.mean(lambda line, i, j: i + j == self.evses)
        p_lost = 0.0
        if self.places is not None:
            p_lost = self.mean(lambda line, i, j: i + j == self.evses and line == self.places)
        joined = self.lam * (1.0 - p_lost)
        line = self.mean(lambda line, i, j: line)
        plugged = self.mean(lambda line, i, j: i + j)
        found = {
            "p_lost": p_lost,
            "p_wait": (full - p_lost) / (1.0 - p_lost),
            "wait_h": line / joined,
            "line": line,
            "plugged": plugged,
            "session_h": plugged / joined,
            "stay_h": (line + plugged) / joined,
        }
        if self.places is None:
            square = self.mean(lambda line, i, j: line * (line - 1)) / self.lam**2
            found["wait_square_h2"] = square
        return found

    def wait_exceeds(self, t: float) -> float:
        """P(wait > t) for a line without limit, first come, first served.

        An arrival finds the stationary law; those after it do not matter, so it waits until the
        chain without arrivals has plugged in all whom it found in line and unplugged one more.
        """
        if self.places is not None:
            raise ValueError("P(wait > t) is for a line without limit: places must be None")
        found = [state for state in self.law if state[1] + state[2] == self.evses]
        states, q = generator(found, self._serve, grow=False)
        law = np.array([self.law[state] for state in states])
        return float(expm_multiply(q.T.tocsc() * t, law).sum())


def erlang_2(lam: float, need_h: float, evses: int, ratio: float = np.inf) -> Station:
    """M/E2/c: the need is the sum of two exponentials, squared coefficient of variation 1/2.

    `need_h`: mean hours at full power; `ratio` = cap_kw / ev_kw EVs can have full power at once.
    """
    mu = 2.0 / need_h

    def rates(i: int, j: int) -> tuple[float, float]:
        speed = mu * min(1.0, ratio / (i + j))
        return i * speed, j * speed

    return Station(lam, evses, 1.0, 1.0, rates)


def hyperexponential(
    lam: float, need_h: float, scv: float, evses: int, ratio: float = np.inf
) -> Station:
    """M/H2/c with balanced means, squared coefficient of variation `scv` >= 1.

    Of the EVs, p have rate 2 p / need_h and 1 - p have 2 (1 - p) / need_h, with
    p = `h2_share`(scv): Tijms, A First Course in Stochastic Models, appendix B.
    """
    p = h2_share(scv)
    mu_1, mu_2 = 2.0 * p / need_h, 2.0 * (1.0 - p) / need_h

    def rates(i: int, j: int) -> tuple[float, float]:
        speed = min(1.0, ratio / (i + j))
        return i * mu_1 * speed, j * mu_2 * speed

    return Station(lam, evses, p, 0.0, rates)


def h2_share(scv: float) -> float:
    """Share of EVs with the small needs (mean need_h / 2p) of `hyperexponential`.

    p = (1 + sqrt((scv - 1) / (scv + 1))) / 2.
    """
    return (1.0 + sqrt((scv - 1.0) / (scv + 1.0))) / 2.0


def parking(
    lam: float, mu: float, overstay: float, evses: int, ratio: float, places: int | None = None
) -> Station:
    """Charge, then block the EVSE: `evses` spaces, needs and overstays exponential.

    `mu` = 1 / mean hours at full power, shared by those who charge (ratio = cap_kw / ev_kw);
    `overstay` = 1 / mean hours of overstay.  Model: Aveklouris, Vlasiou, Zwart, IEEE Trans.
    Control of Network Systems 6 (2019).
    """

    def rates(i: int, j: int) -> tuple[float, float]:
        return mu * min(i, ratio), overstay * j

    return Station(lam, evses, 1.0, 1.0, rates, places)


def max_min(n1: int, kw1: float, n2: int, kw2: float, cap_kw: float) -> tuple[float, float]:
    """kW of each EV of two classes with limits `kw1` and `kw2` under one cap, max-min fair."""
    fair = cap_kw / (n1 + n2)
    if kw1 <= fair:
        return kw1, min(kw2, (cap_kw - n1 * kw1) / n2) if n2 else kw2
    if kw2 <= fair:
        return min(kw1, (cap_kw - n2 * kw2) / n1) if n1 else kw1, kw2
    return fair, fair


def two_classes(
    lam1: float, kwh1: float, kw1: float,
    lam2: float, kwh2: float, kw2: float,
    cap_kw: float, evses: int, places: int | None = None,
) -> dict[str, float]:  # fmt: skip
    """Two vehicle classes share `cap_kw` max-min fairly; needs are exponential.

    `lam1`, `lam2` arrivals/h; `kwh1`, `kwh2` mean needs; `kw1`, `kw2` the EVs' own limits.
    """

    def rates(i: int, j: int) -> tuple[float, float]:
        x1, x2 = max_min(i, kw1, j, kw2, cap_kw)
        return i * x1 / kwh1, j * x2 / kwh2

    station = Station(lam1 + lam2, evses, lam1 / (lam1 + lam2), 0.0, rates, places)
    found = dict(station.results)
    served = 1.0 - found["p_lost"]
    found["plugged_1"] = station.mean(lambda line, i, j: i)
    found["plugged_2"] = station.mean(lambda line, i, j: j)
    found["session_1_h"] = found["plugged_1"] / (lam1 * served)
    found["session_2_h"] = found["plugged_2"] / (lam2 * served)
    found["power_kw"] = (lam1 * kwh1 + lam2 * kwh2) * served
    return found
