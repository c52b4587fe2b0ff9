"""Arrival rates that change with the hour: M(t)/G/inf, and M(t)/M/c with and without patience."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import erfc, exp, inf, log, sqrt

import numpy as np
from scipy.integrate import quad, solve_ivp


def infinite_mean(
    lam: Callable[[float], float],
    exceeds: Callable[[float], float],
    longest_h: float,
    t: float,
    since: float = -inf,
) -> float:
    """Mean number at time `t` with an EVSE for everyone; its law is Poisson.

    m(t) = int_0^inf lam(t - u) P(S > u) du: Eick, Massey, Whitt, Operations Research 41 (1993),
    theorem 1.  `exceeds(u)` = P(S > u), negligible from `longest_h` on; empty before `since`.
    """
    upper = min(longest_h, t - since)
    edges = np.linspace(0.0, upper, 9)  # a long tail would hide the bulk from one panel
    return sum(
        quad(lambda u: lam(t - u) * exceeds(u), a, b, epsabs=1e-12, epsrel=1e-12, limit=200)[0]
        for a, b in pairwise(edges)
    )


def exponential(mean_h: float) -> Callable[[float], float]:
    """P(S > u) of an exponential session."""
    return lambda u: exp(-u / mean_h)


def constant(mean_h: float) -> Callable[[float], float]:
    """P(S > u) of a constant session (`longest_h` = mean_h is then exact)."""
    return lambda u: float(u < mean_h)


def lognormal(mean_h: float, cv: float) -> Callable[[float], float]:
    """P(S > u) of a lognormal session with coefficient of variation `cv`."""
    variance = log(1.0 + cv**2)
    middle = log(mean_h) - variance / 2.0
    return lambda u: 0.5 * erfc((log(u) - middle) / sqrt(2.0 * variance)) if u > 0.0 else 1.0


def transient(
    lam: Callable[[float], float],
    mu: float,
    c: int,
    times_h: Sequence[float],
    theta: float = 0.0,
    largest: int = 200,
) -> list[dict[str, float]]:
    """M(t)/M/c(+M), empty at times_h[0], at each of `times_h`: Kolmogorov's forward equations.

    p'(k) = lam(t) p(k-1) + d(k+1) p(k+1) - (lam(t) + d(k)) p(k), d(k) = mu min(k, c)
    + theta (k - c)+; at most `largest` EVs (`p_largest` tells whether that was enough).
    `plugged_h` and `line_h` are the integrals of `plugged` and `line` since times_h[0]: their
    differences are the means over bins; theta line_h is the number that gave up.  Rates that
    jump should jump at one of `times_h`.
    """
    count = np.arange(largest + 1)
    plugged, line = np.minimum(count, c), np.maximum(count - c, 0)
    death = mu * plugged + theta * line

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        p = y[:-2]
        up, down = lam(t) * p[:-1], death[1:] * p[1:]
        flow = np.zeros_like(y)
        flow[1:-2] += up - down
        flow[:-3] -= up - down
        flow[-2:] = p @ plugged, p @ line
        return flow

    y = np.zeros(largest + 3)
    y[0] = 1.0
    rows = []
    for n, t in enumerate(times_h):
        if n:
            span = (times_h[n - 1], t)
            y = solve_ivp(slope, span, y, method="LSODA", rtol=1e-9, atol=1e-12).y[:, -1]
        p = y[:-2]
        rows.append(
            {
                "t_h": t,
                "plugged": float(p @ plugged),
                "line": float(p @ line),
                "plugged_h": float(y[-2]),
                "line_h": float(y[-1]),
                "p_wait": float(p[c:].sum()),  # of one who arrives at t
                "p_largest": float(p[-1]),
            }
        )
    return rows
