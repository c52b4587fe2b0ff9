"""Stationary laws of Markov chains that are given as plain rules."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix
from scipy.sparse.linalg import spsolve

State = tuple[int, ...]
Moves = Callable[[State], Iterable[tuple[float, State]]]

TAIL = 1e-14  # probability that a truncated chain may have at its edge


def generator(states: Iterable[State], moves: Moves, grow: bool) -> tuple[list[State], csc_matrix]:
    """States and sparse matrix Q[from, to] of the chain that `moves` spans.

    Moves out of `states` are followed when `grow`; otherwise they leave the chain, and the rows
    of Q sum to minus the rate of leaving.
    """
    todo = list(states)
    index = {state: n for n, state in enumerate(todo)}
    entries: list[tuple[float, int, int]] = []
    for state in todo:  # grows while it is read
        here = index[state]
        for rate, after in moves(state):
            if rate <= 0.0:
                continue
            if grow and after not in index:
                index[after] = len(todo)
                todo.append(after)
            entries.append((-rate, here, here))
            if after in index:
                entries.append((rate, here, index[after]))
    values, rows, columns = zip(*entries, strict=True)
    return todo, coo_matrix((values, (rows, columns)), (len(todo), len(todo))).tocsc()


def stationary(start: State, moves: Moves) -> dict[State, float]:
    """The law p with p Q = 0 and sum 1 of the chain that `moves` spans from `start`.

    One balance equation is redundant: that of `start` gives way to p(start) = 1, then p is scaled.
    """
    states, q = generator([start], moves, grow=True)
    balance = q.T.tocsc()
    rest = spsolve(balance[1:, 1:], -balance[1:, 0].toarray().ravel())
    weights = np.concatenate(([1.0], rest))
    return dict(zip(states, (weights / weights.sum()).tolist(), strict=True))


def until_thin(solve: Callable[[int], tuple[dict[State, float], float]]) -> dict[State, float]:
    """Doubles the edge of a truncated chain until the probability there is below `TAIL`.

    `solve(edge)` returns the law and the probability of the states on the edge.
    """
    edge = 32
    while edge <= 4096:
        law, at_edge = solve(edge)
        if at_edge < TAIL:
            return law
        edge *= 2
    raise ValueError("the chain has no light tail: is the load below 1?")


def refuse_overload(load: float, c: float) -> None:
    """Formulas for a line without limit answer nonsense from `load` = `c` on."""
    if load >= c:
        raise ValueError(f"a line without limit needs a load below {c}, got {load}")


def birth_death(
    birth: Callable[[int], float], death: Callable[[int], float], last: int | None = None
) -> list[float]:
    """The law p(k) ~ prod birth(j-1) / death(j) of a birth-and-death chain on 0, 1, 2, ...

    Ends at `last`, or without one where what follows is negligible.
    """
    weights = [1.0]
    total = 1.0
    for k in range(100_000 if last is None else last):
        ratio = birth(k) / death(k + 1)
        if last is None and ratio < 1.0 and weights[k] < 1e-20 * total:
            return [w / total for w in weights]
        weights.append(weights[k] * ratio)
        total += weights[k + 1]
    if last is None:
        raise ValueError("the chain has no light tail: is the load below 1?")
    return [w / total for w in weights]


def mean(law: list[float], value: Callable[[int], float]) -> float:
    """Mean of value(k) under the law p(k)."""
    return sum(p * value(k) for k, p in enumerate(law))
