"""Stations with a line and exponential sessions: M/M/c, its waiting places, a closed fleet."""

from math import exp, log, sqrt

from scipy.integrate import quad
from scipy.special import ive

from tests.theory.chain import birth_death, mean, refuse_overload
from tests.theory.loss import erlang_b


def erlang_c(load: float, c: int) -> float:
    """Probability that an arrival waits at `c` EVSEs under `load` < `c` erlang.

    C = c B / (c - A (1 - B)): Erlang (1917); Kleinrock, Queueing Systems I, (3.40).
    """
    refuse_overload(load, c)
    b = erlang_b(load, c)
    return c * b / (c - load * (1.0 - b))


def mmc(lam: float, mu: float, c: int) -> dict[str, float]:
    """M/M/c: `lam` arrivals/h, mean session 1 / `mu` h, `c` EVSEs, line without limit.

    A wait, if there is one, is exponential with rate c mu - lam under first come, first served.
    """
    p_wait = erlang_c(lam / mu, c)
    spare = c * mu - lam
    return {
        "p_wait": p_wait,
        "wait_h": p_wait / spare,
        "wait_square_h2": 2.0 * p_wait / spare**2,
        "line": lam * p_wait / spare,
        "utilization": lam / (c * mu),
    }


def mmc_wait_exceeds(lam: float, mu: float, c: int, t: float) -> float:
    """P(wait > t) of M/M/c, first come, first served: C exp(-(c mu - lam) t)."""
    return erlang_c(lam / mu, c) * exp(-(c * mu - lam) * t)


def mmc_busy(lam: float, mu: float, c: int, least: int) -> float:
    """P(at least `least` EVs are at the station) of M/M/c: by birth and death."""
    law = birth_death(lambda n: lam, lambda n: mu * min(n, c))
    return 1.0 - sum(law[:least])


def mmc_wait_quantile(lam: float, mu: float, c: int, level: float) -> float:
    """The wait that a share `level` of arrivals does not exceed; 0 if that share never waits."""
    return max(0.0, log(erlang_c(lam / mu, c) / (1.0 - level)) / (c * mu - lam))


def mmc_lifo_wait_square(lam: float, mu: float, c: int) -> float:
    """Mean square wait of M/M/c if the *last* to come is served first; its mean is the same.

    A wait is then a busy period of M/M/1 with rate c mu: 1 / (1 - rho) times the square under
    first come, first served.  Takacs, BSTJ 42 (1963).
    """
    return mmc(lam, mu, c)["wait_square_h2"] / (1.0 - lam / (c * mu))


def mmc_lifo_wait_exceeds(lam: float, mu: float, c: int, t: float) -> float:
    """P(wait > t) of M/M/c if the last to come is served first.

    Density of the busy period, with m = c mu: sqrt(m / lam) exp(-(lam + m) x) I1(2 x sqrt(lam m))
    / x.  Kleinrock, Queueing Systems I, section 5.8.
    """
    m = c * mu

    def density(x: float) -> float:  # ive(1, z) = exp(-z) I1(z): no overflow
        z = 2.0 * x * sqrt(lam * m)
        return sqrt(m / lam) * exp(z - (lam + m) * x) * ive(1, z) / x

    shorter = quad(density, 0.0, t, epsabs=1e-13, limit=200)[0]
    return erlang_c(lam / mu, c) * (1.0 - shorter)


def mmck(lam: float, mu: float, c: int, k: int) -> dict[str, float]:
    """M/M/c/K: at most `k` EVs at the station, `k - c` of them in line; others are turned away."""
    law = birth_death(lambda n: lam, lambda n: mu * min(n, c), last=k)
    p_lost = law[k]
    line = mean(law, lambda n: max(0, n - c))
    joined = lam * (1.0 - p_lost)
    return {
        "p_lost": p_lost,
        "p_wait": sum(law[c:k]) / (1.0 - p_lost),
        "wait_h": line / joined,
        "line": line,
        "utilization": joined / (c * mu),
    }


def closed_fleet(n: int, lam: float, mu: float, c: int) -> dict[str, float]:
    """M/M/c//N: `n` EVs, each on the road for a mean of 1 / `lam` h, then at `c` EVSEs.

    Insensitive to the law of the hours on the road (an infinite-server node of a closed product
    form network: BCMP, J. ACM 22, 1975), so constant drives have the same means.  An arrival sees
    the law of a fleet of n - 1 (arrival theorem).
    """

    def fleet(size: int) -> list[float]:
        return birth_death(lambda k: (size - k) * lam, lambda k: mu * min(k, c), last=size)

    law = fleet(n)
    plugged = mean(law, lambda k: min(k, c))
    return {
        "throughput": mu * plugged,
        "p_wait": sum(fleet(n - 1)[c:]),
        "wait_h": mean(law, lambda k: max(0, k - c)) / (mu * plugged),
        "utilization": plugged / c,
    }
