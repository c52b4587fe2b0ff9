"""Times of things that are compared: in turn, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(*works: Callable[[], Any], rounds: int) -> np.ndarray:
    """Seconds of each, in turn [round, work]."""
    return np.array([[seconds(work) for work in works] for _ in range(rounds)])


def medians(times: np.ndarray) -> list[float]:
    """Of each work over rounds."""
    found: list[float] = np.median(times, axis=0).tolist()
    return found


def times_as_long(times: np.ndarray, work: int = 1, than: int = 0) -> float:
    """How many times as long one work takes as another: the median over rounds."""
    return float(np.median(times[:, work] / times[:, than]))
