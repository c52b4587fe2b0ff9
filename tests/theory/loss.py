"""Stations without a line: Erlang's loss formula, and overflow to a second station."""

from collections.abc import Iterator

from tests.theory.chain import State, stationary


def erlang_b(load: float, c: int) -> float:
    """Share lost at `c` EVSEs under `load` erlang, whatever the law of the session.

    B(0) = 1, B(n) = A B(n-1) / (n + A B(n-1)); Erlang (1917); insensitivity: Sevastyanov (1957).
    """
    blocked = 1.0
    for n in range(1, c + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def loss(lam: float, mu: float, c: int) -> dict[str, float]:
    """M/G/c/c: `lam` arrivals/h, mean session 1 / `mu` h, `c` EVSEs, nobody waits."""
    p_lost = erlang_b(lam / mu, c)
    plugged = lam / mu * (1.0 - p_lost)
    return {"p_lost": p_lost, "plugged": plugged, "utilization": plugged / c}


def overflow(lam: float, mu: float, c1: int, c2: int, lam2: float = 0.0) -> dict[str, float]:
    """Loss station of `c1` EVSEs whose overflow goes to a second one of `c2`, then is lost.

    Chain on (n1, n2), sessions exponential; `lam2` arrivals/h go to the second one directly.  A
    constant drive between the two changes nothing: the overflow stream is only shifted in time.
    The overflow's mean and variance are those of its number on infinitely many EVSEs:
    m = A B(c1, A), v = m (1 - m + A / (c1 + 1 + m - A)): Wilkinson, BSTJ 35 (1956), with Riordan.
    """

    def moves(state: State) -> Iterator[tuple[float, State]]:
        n1, n2 = state
        if n1 < c1:
            yield lam, (n1 + 1, n2)
        if n2 < c2:
            yield (lam2 if n1 < c1 else lam + lam2), (n1, n2 + 1)
        yield n1 * mu, (n1 - 1, n2)
        yield n2 * mu, (n1, n2 - 1)

    law = stationary((0, 0), moves)
    a = lam / mu
    m = a * erlang_b(a, c1)
    return {
        "plugged_1": sum(p * n1 for (n1, _), p in law.items()),
        "plugged_2": sum(p * n2 for (_, n2), p in law.items()),
        "overflow_mean": m,
        "overflow_variance": m * (1.0 - m + a / (c1 + 1.0 + m - a)),
        "p_reroute": sum(p for (n1, _), p in law.items() if n1 == c1),
        "p_lost": law[c1, c2],  # of those who arrive at the first
    }
