"""Which of several systems is best, right with a stated probability.

The fully sequential procedure KN with c = 1 (Kim and Nelson, ACM Transactions on Modeling and
Computer Simulation 11, 2001, section 3).  Systems may share their random numbers.  Where the best
is better than every other by at least the indifference amount, and replications are normal, it is
chosen with at least the stated probability; else one that is less than that amount from the best.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# The figures of some replications of some systems, by name in the order of the numbers.
Sample = Callable[[Sequence[str], range], Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Selection:
    """What came of it.

    Attributes
    ----------
    left : the systems that may still be the best, the greatest mean first: one, if it is shown.
    values : by system, every replication that was asked for.
    indifference : the difference that is worth detecting.
    """

    left: tuple[str, ...]
    values: dict[str, np.ndarray]
    indifference: float

    @property
    def best(self) -> str:
        """The system with the greatest mean of those left."""
        return self.left[0]

    @property
    def is_shown(self) -> bool:
        return len(self.left) == 1


def eta(systems: int, first: int, level: float) -> float:
    """The constant for c = 1, in closed form; also where systems share random numbers."""
    share = 2.0 * (1.0 - level) / (systems - 1)
    found: float = 0.5 * (share ** (-2.0 / (first - 1)) - 1.0)
    return found


def select(
    sample: Sample, systems: Sequence[str], indifference: float,
    first: int, most: int, step: int = 1, level: float = 0.95,
) -> Selection:  # fmt: skip
    """The system with the greatest mean.

    Asks for the replications 0 to `first` of every system, and from then on for `step` more of
    those that are left, at most `most` of each.  To look less often than after every replication
    only makes it surer (the paths are those of a Brownian motion, seen at fewer instants).
    """
    names, have = list(systems), first
    values = {name: np.asarray(x, float) for name, x in sample(names, range(first)).items()}
    spread = {  # S2: variance of the difference of each two, from the first replications only
        (a, b): float(np.var(values[a] - values[b], ddof=1)) for a in names for b in names if a != b
    }
    h2 = 2.0 * eta(len(names), first, level) * (first - 1) if len(names) > 1 else 0.0
    while True:
        mean = {name: float(values[name].mean()) for name in names}
        left = [
            a
            for a in names
            if all(
                mean[a] >= mean[b] - _margin(h2 * spread[a, b], indifference, have)
                for b in names
                if a != b
            )
        ]
        names = sorted(left, key=lambda name: -mean[name])  # stable
        if len(names) == 1 or have >= most:
            return Selection(tuple(names), values, indifference)
        more = range(have, min(most, have + step))
        for name, x in sample(names, more).items():
            values[name] = np.append(values[name], x)
        have = more.stop


def _margin(h2_spread: float, indifference: float, have: int) -> float:
    """W: how far the mean of one may lie below that of the other without being out."""
    return max(0.0, indifference / (2.0 * have) * (h2_spread / indifference**2 - have))
