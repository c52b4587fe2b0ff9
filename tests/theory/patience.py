"""Stations whose drivers give up waiting: exponential patience, and patience of any law."""

from collections.abc import Callable
from math import exp, inf

from scipy.integrate import quad

from tests.theory.chain import birth_death, mean
from tests.theory.loss import erlang_b


def erlang_a(lam: float, mu: float, c: int, theta: float) -> dict[str, float]:
    """M/M/c+M: patience in line is exponential with mean 1 / `theta` h; none runs once plugged.

    Palm (1957); Garnett, Mandelbaum, Reiman, MSOM 4 (2002).  `wait_h` counts those who gave up.
    """
    law = birth_death(lambda k: lam, lambda k: mu * min(k, c) + theta * max(0, k - c))
    line = mean(law, lambda k: max(0, k - c))
    return {
        "p_wait": 1.0 - sum(law[:c]),
        "p_renege": theta * line / lam,
        "wait_h": line / lam,
        "line": line,
        "utilization": mean(law, lambda k: min(k, c)) / c,
    }


def with_patience(
    lam: float, mu: float, c: int, stays: Callable[[float], float], longest: float
) -> dict[str, float]:
    """M/M/c+G, where `stays(x)` is the integral of P(patience > u) over u from 0 to x.

    Baccelli and Hebuterne (1981); building blocks J, J_H and E of Zeltyn and Mandelbaum, Queueing
    Systems 51 (2005).  `longest`: where `stays` has a kink, or any hours of the size of a wait.
    """

    def block(weight: Callable[[float], float]) -> float:
        def f(x: float) -> float:
            return weight(x) * exp(lam * stays(x) - c * mu * x)

        near = quad(f, 0.0, longest, epsabs=1e-14, epsrel=1e-12, limit=400)[0]
        return near + quad(f, longest, inf, epsabs=1e-14, epsrel=1e-12, limit=400)[0]

    j = block(lambda x: 1.0)
    e = 1.0 / erlang_b(lam / mu, c - 1)
    scale = e + lam * j
    wait_h = lam * block(stays) / scale
    return {
        "p_wait": lam * j / scale,
        "p_renege": (1.0 + (lam - c * mu) * j) / scale,
        "wait_h": wait_h,
        "line": lam * wait_h,
    }


def constant_patience(lam: float, mu: float, c: int, patience_h: float) -> dict[str, float]:
    """M/M/c+D: every driver gives up after `patience_h` in line (keys as in `erlang_a`)."""
    return with_patience(lam, mu, c, lambda x: min(x, patience_h), patience_h)
