"""What is believed of an input before anything is compared with what was observed."""

from collections.abc import Mapping
from typing import Literal, Self

import numpy as np
from pydantic import model_validator
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from sim.stats.inputs import Range

Z95 = 1.959964  # of a normal, the end of its middle 95 %
CUT = 3.0  # standard deviations: nothing beyond is drawn


class Prior(Range):
    """How far an input may move, and how likely.

    `law`: "uniform" from low to high; "normal" or "lognormal", of which low and high are the
    middle 95 %; they are cut at three standard deviations.
    """

    law: Literal["uniform", "normal", "lognormal"]

    @model_validator(mode="after")
    def _has_a_logarithm(self) -> Self:
        if self.law == "lognormal" and self.low <= 0.0:
            raise ValueError(f"low is {self.low:g}, but must be above 0 for a lognormal")
        return self

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Of uniforms from 0 to 1."""
        if self.law == "uniform":
            return self.low + (self.high - self.low) * u
        low, high = np.log([self.low, self.high]) if self.law == "lognormal" else (
            self.low, self.high,
        )  # fmt: skip
        cut = ndtr(-CUT)
        z = ndtri(cut + (1.0 - 2.0 * cut) * u)
        found = 0.5 * (low + high) + 0.5 * (high - low) / Z95 * z
        return np.exp(found) if self.law == "lognormal" else np.asarray(found)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest that is drawn."""
        low, high = self.quantile(np.array([0.0, 1.0])).tolist()
        return low, high


def sobol(priors: Mapping[str, Prior], points: int, seed: int) -> np.ndarray:
    """So many draws that fill the space of the inputs evenly, [point, input]: a scrambled Sobol
    sequence, of which the first 2 ** k are even for each k."""
    draws = qmc.Sobol(len(priors), rng=seed, optimization=None)
    u = draws.random(points)
    return np.stack([own.quantile(u[:, n]) for n, own in enumerate(priors.values())], axis=1)
