"""Sessions of constant length: M/D/c."""

from functools import cache
from math import exp, lgamma, log

import numpy as np

from tests.theory.chain import refuse_overload


def _poisson(n: int, load: float) -> float:
    return exp(n * log(load) - load - lgamma(n + 1.0)) if load > 0.0 else float(n == 0)


@cache
def mdc_law(lam: float, d: float, c: int) -> tuple[float, ...]:
    """Law of the number at the station of M/D/c, session of `d` hours.

    Whoever is at an EVSE now is gone after d, and nobody else: p(n) = P(Poisson(lam d) = n)
    sum_{k <= c} p(k) + sum_{k > c} p(k) P(Poisson = n - k + c).  Crommelin, Post Office
    Electrical Engineers J. 25 (1932); Tijms, A First Course in Stochastic Models, section 9.6.
    """
    refuse_overload(lam * d, c)
    size = 4 * c + 64
    while size <= 4096:
        arrive = np.array([_poisson(n, lam * d) for n in range(size)])
        balance = -np.eye(size)
        for k in range(size):
            left = max(0, k - c)
            balance[left:, k] += arrive[: size - left]
        balance[0, :] = 1.0  # one equation is redundant: the sum is 1 instead
        law = np.linalg.solve(balance, np.eye(size)[0])
        if law[-1] < 1e-15:
            return tuple(law.tolist())
        size *= 2
    raise ValueError("the queue has no light tail: is the load below 1?")


def mdc(lam: float, d: float, c: int) -> dict[str, float]:
    """M/D/c: mean wait by Little's law, mean square by its distributional form.

    E[L (L - 1)] = lam^2 E[W^2] for a first come, first served line with Poisson arrivals: Haji
    and Newell (1971); Keilson and Servi (1988).
    """
    law = mdc_law(lam, d, c)
    waiting = list(enumerate(law[c:]))
    line = sum(p * n for n, p in waiting)
    return {
        "p_wait": 1.0 - sum(law[:c]),
        "wait_h": line / lam,
        "wait_square_h2": sum(p * n * (n - 1) for n, p in waiting) / lam**2,
        "line": line,
        "utilization": lam * d / c,
    }


def mdc_wait_exceeds(lam: float, d: float, c: int, t: float) -> float:
    """P(wait > t) of M/D/c, first come, first served.

    With (k - 1) d <= t < k d and u = k d - t: P(W <= t) = sum_{j < k c} P(Poisson(lam u) = j)
    P(at most k c - 1 - j in line).  Franx, Operations Research Letters 29 (2001).
    """
    law = mdc_law(lam, d, c)
    k = int(t / d) + 1
    load = lam * (k * d - t)
    within = 0.0
    in_line = sum(law[:c])
    for n in range(k * c):  # n: greatest length of the line
        in_line += law[c + n] if c + n < len(law) else 0.0
        within += _poisson(k * c - 1 - n, load) * in_line
    return 1.0 - within
