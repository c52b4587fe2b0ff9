"""Designs that no other one beats."""

from collections.abc import Sequence

import numpy as np


def front(values: Sequence[Sequence[float]]) -> list[int]:
    """Numbers of the rows [design][figure] of which no other row has less or as much of every
    figure, and less of one.  Rows that are alike beat each other in nothing."""
    x = np.asarray(values, float)
    return [
        n
        for n, own in enumerate(x)
        if not ((x <= own).all(axis=1) & (x < own).any(axis=1)).any()
    ]  # fmt: skip
