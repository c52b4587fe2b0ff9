"""How sure a figure is that many points together say: it is asked again without some of them.

The delete-a-group jackknife (Tukey, 1958; Kott, J. Off. Stat. 17, 2001): points are in groups at
random, and of the figure without each group a pseudovalue is made.  Pseudovalues stand for
replications: those of two figures are paired.
"""

import numpy as np

GROUPS = 16


def groups(points: int, rng: np.random.Generator, count: int = GROUPS) -> np.ndarray:
    """The group of each point, as even as can be, in random order: points of a Sobol sequence that
    follow each other lie in different places."""
    return rng.permutation(np.arange(points) % count)


def pseudovalues(whole: np.ndarray, without: np.ndarray) -> np.ndarray:
    """From a figure of all points [...] and without each group, [group, ...], in that shape."""
    count = len(without)
    return np.asarray(count * whole - (count - 1) * without)
