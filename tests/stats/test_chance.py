"""Classes of how likely something is."""

import numpy as np

from sim.stats import chance


def test_classes_by_hand():
    over = np.array([1.0, 0.98, 0.9, 0.8, 0.5, 0.2, 0.1, 0.02, 0.0])
    assert chance.classes(over)[:4] == ["sure", "sure", "likely", "likely"]
    assert chance.counts(over) == {
        "sure": 2, "likely": 2, "undecided": 2, "unlikely": 1, "never": 2
    }  # fmt: skip
