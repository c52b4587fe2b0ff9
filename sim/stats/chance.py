"""How likely something is that either holds or does not, in five classes.

Among worlds that may all be ours, a station exceeds a threshold in some of them.  What is so in
97.5 % is sure, in 80 % likely, in less than 2.5 % sure not to be, below 20 % unlikely; between
20 and 80 % nobody can tell.
"""

import numpy as np

# In which share of the worlds it holds, at least; the last are those in fewer than 2.5 %.
CLASSES = {"sure": 0.975, "likely": 0.8, "undecided": 0.2, "unlikely": 0.025, "never": 0.0}


def classes(chance: np.ndarray) -> list[str]:
    """The class of each of these shares of worlds [any]."""
    return [next(name for name, least in CLASSES.items() if own >= least) for own in chance]


def counts(chance: np.ndarray) -> dict[str, int]:
    """How many there are of each class."""
    found = classes(chance)
    return {name: found.count(name) for name in CLASSES}
