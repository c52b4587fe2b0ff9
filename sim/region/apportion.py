"""Whole numbers in proportion to weights, which sum exactly: by largest remainders."""

import numpy as np
from numpy.typing import ArrayLike


def apportion(total: int, weights: ArrayLike, most: ArrayLike | None = None) -> np.ndarray:
    """So much of `total` for each of the weights, nowhere more than `most`.

    Who reaches the most gets just that, and the others share the rest.  Of equal remainders the
    first ones are rounded up.

    Returns int64, of the shape of the weights.  Raises ValueError where nobody is left to give to.
    """
    weights = np.asarray(weights, float)
    if total == 0:
        return np.zeros(weights.shape, np.int64)
    cap = np.full(weights.shape, np.inf) if most is None else np.asarray(most, float)
    quota = np.zeros(weights.shape)
    full, left = np.zeros(weights.shape, bool), float(total)
    while True:
        free = weights * ~full
        if not free.sum() > 0.0:
            raise ValueError(f"{left:,.0f} of {total:,} are left, and nobody takes them")
        quota = np.where(full, cap, left * free / free.sum())
        over = ~full & (quota > cap)
        if not over.any():
            break
        full |= over
        left = total - float(cap[full].sum())
        if left <= 0.0:
            break
    quota = np.minimum(quota, cap)
    found: np.ndarray = np.floor(quota).astype(np.int64)
    # A quota that is whole but for rounding is whole: else the order of sums would show.
    remainder = np.where(found < cap, np.round(quota - found, 9), -1.0)
    missing = total - int(found.sum())
    up = np.argsort(-remainder.ravel(), kind="stable")[:missing]
    found.ravel()[up] += 1
    return found


def picked(u: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """Which of the weights each uniform of [0, 1) falls on: int64, of the shape of `u`."""
    ends = np.cumsum(np.asarray(weights, float))
    on = np.searchsorted(ends / ends[-1], np.asarray(u, float), side="right")
    found: np.ndarray = np.minimum(on, len(ends) - 1)
    return found
