"""Two stations, and drivers who see both lines."""

from collections.abc import Iterator

from tests.theory.chain import State, stationary, until_thin


def join_shorter_wait(
    lam: float, mu: float, c1: int, c2: int, informed: float = 1.0
) -> dict[str, float]:
    """Arrivals see two lines and join the one with the shorter expected wait; if equal, the first.

    The expected wait is 0 beside a free EVSE, else (EVs in line + 1) / (EVSEs mu).  A share
    1 - `informed` always joins the first.  Chain on (n1, n2), truncated; sessions exponential.
    For c1 = c2 = 1 this is the shortest queue of Haight (1958) and Kingman (1961).
    """

    def solve(edge: int) -> tuple[dict[State, float], float]:
        def moves(state: State) -> Iterator[tuple[float, State]]:
            n1, n2 = state
            second = informed if _wait(n2, c2) < _wait(n1, c1) else 0.0
            if n1 < edge:
                yield lam * (1.0 - second), (n1 + 1, n2)
            if n2 < edge:
                yield lam * second, (n1, n2 + 1)
            yield mu * min(n1, c1), (n1 - 1, n2)
            yield mu * min(n2, c2), (n1, n2 - 1)

        law = stationary((0, 0), moves)
        return law, sum(p for (n1, n2), p in law.items() if edge in (n1, n2))

    law = until_thin(solve)
    line_1 = sum(p * max(0, n1 - c1) for (n1, _), p in law.items())
    line_2 = sum(p * max(0, n2 - c2) for (_, n2), p in law.items())
    second = sum(p for (n1, n2), p in law.items() if _wait(n2, c2) < _wait(n1, c1))
    return {
        "p_second": informed * second,  # share of arrivals that join the second station
        "line_1": line_1,
        "line_2": line_2,
        "wait_h": (line_1 + line_2) / lam,
        "plugged_1": sum(p * min(n1, c1) for (n1, _), p in law.items()),
        "plugged_2": sum(p * min(n2, c2) for (_, n2), p in law.items()),
        "p_full": sum(p for (n1, n2), p in law.items() if n1 >= c1 and n2 >= c2),
    }


def _wait(n: int, c: int) -> float:
    """Expected wait in units of 1 / mu."""
    return 0.0 if n < c else (n - c + 1) / c
