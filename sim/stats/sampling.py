"""Points that fill a unit cube evenly: what designs over intervals are made of."""

import numpy as np
from scipy.stats import qmc

SEED = 2025  # of the scrambling: the same command means the same designs


def sobol(points: int, inputs: int) -> np.ndarray:
    """Scrambled Sobol points [point, input]; their number is a power of 2, or the balance that
    they are taken for is lost."""
    found: np.ndarray = qmc.Sobol(inputs, scramble=True, rng=SEED).random(points)
    return found


def lhs(points: int, inputs: int) -> np.ndarray:
    """A Latin hypercube [point, input]: each input has one point in each of so many parts."""
    found: np.ndarray = qmc.LatinHypercube(inputs, rng=SEED).random(points)
    return found


SAMPLERS = {"sobol": sobol, "lhs": lhs}
