"""Time: whole nanoseconds inside a run, hours where people see it.

Two events that fall in the same instant on paper do so in the run, whatever arithmetic led there:
a sum of hours in floating point does not hit the minute, a sum of nanoseconds does.  Nanoseconds
count from the start of the run, as int64, like NumPy's and pandas' datetime64[ns].

This module is at the very bottom and its numbers are compiled into the kernels.
"""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

MINUTE = 60_000_000_000  # [ns]
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = 2**62  # 146 years: what is due then or later never comes; a sum of two still fits
UNKNOWN = -(2**63)  # not a time: it has not happened (NumPy's NaT)


@overload
def ns(hours: float) -> int: ...
@overload
def ns(hours: np.ndarray) -> np.ndarray: ...
def ns(hours: Any) -> Any:
    """Hours as whole nanoseconds, to the nearest (ties to even); from 146 years on `NEVER`.

    NaN is `UNKNOWN`.  Scalars give an int, arrays an int64 array of the same shape.
    """
    with np.errstate(over="ignore"):  # inf is never, too
        exact = np.rint(np.multiply(hours, float(HOUR)))
    known = np.where(np.isnan(exact), 0.0, np.clip(exact, -float(NEVER), float(NEVER)))
    whole = np.where(np.isnan(exact), UNKNOWN, known.astype(np.int64))
    return int(whole) if whole.ndim == 0 else whole


def hours(ns: ArrayLike) -> Any:
    """Nanoseconds as hours: inf for `NEVER`, NaN for `UNKNOWN`; a float, or a float64 array."""
    whole = np.asarray(ns, np.int64)
    found = np.where(whole >= NEVER, np.inf, np.where(whole == UNKNOWN, np.nan, whole / HOUR))
    return float(found) if found.ndim == 0 else found
