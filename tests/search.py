"""Searches at random, which only long tests do: new every day, and repeated by its seed."""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings

SEED = int(os.environ.get("PEAKCHARGE_SEED") or f"{date.today():%Y%m%d}")


def at_random(count: int) -> Callable[[Any], Any]:
    """A decorator that makes a test with `@given` a long one, of so many random examples."""
    drawn = settings(
        max_examples=count, derandomize=False, deadline=None, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    return lambda test: pytest.mark.long(seed(SEED)(drawn(test)))
