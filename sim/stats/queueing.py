"""How busy several servers may be: M/M/c, and the square-root law of staffing.

A queue of c servers with Poisson arrivals and exponential sessions (M/M/c) tells how much of the
time they may be in use before a tenth of the arrivals wait longer than a limit; for large c that
follows the square-root staffing law, utilization = 1 - beta / sqrt(c) (Halfin and Whitt, Operations
Research 29, 1981).
"""

from math import exp, sqrt

import numpy as np
from scipy.optimize import brentq

WAITING = 0.1  # share of the arrivals that wait longer than the P90


def wait_share(evses: int, load: float, limit: float) -> float:
    """Share of the arrivals of an M/M/c queue that wait longer than `limit`, in mean sessions.

    `load` in erlang, below `evses`.  Erlang's C formula by the recursion of his B formula.
    """
    blocked = 1.0
    for k in range(1, evses + 1):
        blocked = load * blocked / (k + load * blocked)
    delayed = blocked / (1.0 - load / evses * (1.0 - blocked))
    return delayed * exp(-(evses - load) * limit)


def busiest(evses: int, limit: float) -> float:
    """Utilization of an M/M/c queue at which the P90 of the wait is `limit` mean sessions."""
    full = evses * (1.0 - 1e-12)
    load: float = brentq(lambda a: wait_share(evses, a, limit) - WAITING, 1e-9, full)
    return load / evses


def critical(utilization: np.ndarray, wait: np.ndarray, limit: float) -> np.ndarray:
    """Utilization at which the wait passes `limit`, as demand grows [...].

    `utilization`, `wait` [demand, ...]; linear between neighbors in order of utilization, at the
    first passing; NaN where the limit is not passed.
    """
    order = np.argsort(utilization, axis=0, kind="stable")
    u, w = (np.take_along_axis(x, order, axis=0) for x in (utilization, wait))
    passes = (w[:-1] <= limit) & (w[1:] > limit)
    first = passes.argmax(axis=0)[None]
    (u0, w0), (u1, w1) = (
        [np.take_along_axis(x[part], first, axis=0)[0] for x in (u, w)]
        for part in (slice(None, -1), slice(1, None))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = u0 + (u1 - u0) * (limit - w0) / (w1 - w0)
    return np.where(passes.any(axis=0), found, np.nan)


def square_root(utilization: np.ndarray, evses: np.ndarray) -> np.ndarray:
    """beta of utilization = 1 - beta / sqrt(evses) by least squares, without NaNs [...]."""
    known = ~np.isnan(utilization)
    root = 1.0 / np.sqrt(evses).reshape(-1, *[1] * (utilization.ndim - 1))
    above = np.where(known, (1.0 - utilization) * root, 0.0).sum(axis=0)
    below = np.where(known, root**2, 0.0).sum(axis=0)
    beta = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=beta, where=below > 0)
    return beta


def law(beta: float, evses: float) -> float:
    """The square-root staffing law."""
    return 1.0 - beta / sqrt(evses)
