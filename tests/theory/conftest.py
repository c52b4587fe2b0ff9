"""Batches of simulated customers against what theory says of them."""

from collections.abc import Callable

import numpy as np
import pytest

from experiments.verify.oracles import Batch


@pytest.fixture(params=[(32, 0.03), pytest.param((128, 0.015), marks=pytest.mark.long)],
                ids=["quick", "thorough"])  # fmt: skip
def agree(request):
    """Compare what batches show with what theory says."""
    batches, precision = request.param

    def check(batch: Callable[[Batch], dict[str, float]], exact: dict, name: str) -> None:
        runs = [batch(Batch(name, n, 7)) for n in range(batches)]
        for figure, value in exact.items():
            x = np.array([run[figure] for run in runs])
            error = x.std(ddof=1) / np.sqrt(len(x))
            assert error <= precision * abs(value), f"{figure}: s.e. {error:.2g} of {value:.4g}"
            z = (x.mean() - value) / error
            assert abs(z) < 4, f"{figure}: {x.mean():.5g}, exact {value:.5g}, z {z:.1f}"

    return check
