"""Bands: where what was recorded lies among what was simulated.

Of `REPLICATIONS` alike, a further value of the same kind lies with a probability of exactly 95 %
between the `CUT`-th lowest and the `CUT`-th highest.  Replications are on the first axis.
"""

from typing import Any

import numpy as np
from scipy import stats

from sim.stats import interval

REPLICATIONS = 199
CUT = 5
PIT_BINS = 10


def level(recorded: float, runs: np.ndarray) -> dict[str, float]:
    """A number, the mean of the simulated ones, and their band."""
    low, high = ends(runs)
    return {
        "recorded": float(recorded), "simulated": float(runs.mean()),
        "low": float(low), "high": float(high),
    }  # fmt: skip


def cells(recorded: np.ndarray, runs: np.ndarray) -> dict[str, Any]:
    """The same of many numbers, and how many of them are outside.

    Each replication is also held against the bands of all others with the recorded values among
    them: that is how many cells are outside by chance, neighbors being alike.
    """
    low, high = ends(runs)
    counts = _outside(recorded, runs)
    return {
        "recorded": recorded.tolist(), "simulated": runs.mean(axis=0).tolist(),
        "low": low.tolist(), "high": high.tolist(),
        "is_outside": ((recorded < low) | (recorded > high)).tolist(),
        "outside": int(counts[0]), "of": recorded.size, "by_chance": float(counts[1:].mean()),
        "most_by_chance": int(np.sort(counts[1:])[int(0.95 * len(runs))]),
        "p": float((counts >= counts[0]).mean()),
    }  # fmt: skip


def coverage(recorded: np.ndarray, runs: np.ndarray) -> dict[str, Any]:
    """The share of the numbers that lie in their bands, with its binomial interval (Wilson), and
    the share by chance, that of a replication, with the band of it.

    The binomial interval takes the numbers as independent; by chance neighbors are alike as they
    are simulated, and where simulated numbers are often equal more than 95 % are inside.
    """
    inside = recorded.size - _outside(recorded, runs)
    low, high = ends(inside[1:])
    return {
        "share": interval.wilson(int(inside[0]), recorded.size),
        "by_chance": {
            "mean": float(inside[1:].mean() / recorded.size), "low": float(low / recorded.size),
            "high": float(high / recorded.size),
        },
        "inside": int(inside[0]), "of": recorded.size, "least": int(low), "most": int(high),
    }  # fmt: skip


def distance(recorded: np.ndarray, runs: np.ndarray) -> dict[str, float]:
    """How far many numbers are from the middle of all others, on average; for a replication, that
    is chance."""
    everybody = np.concatenate([recorded[None], runs])
    others = (everybody.sum(axis=0) - everybody) / (len(everybody) - 1)
    error = np.abs(everybody - others).mean(axis=1)
    return {"recorded": float(error[0]), "by_chance": float(error[1:].mean()),
            "p": float((error >= error[0]).mean())}  # fmt: skip


def crps(recorded: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """The continuous ranked probability score of every number, in its unit: the absolute error of
    a single run, and the less the nearer all runs are to what was recorded, however wide they lie
    (Gneiting and Raftery, J. Am. Stat. Assoc. 102, 2007, eq. 21, pairs of different runs)."""
    n, ordered = len(runs), np.sort(runs, axis=0)
    weight = (2.0 * np.arange(n) + 1.0 - n) / (n * (n - 1.0))
    apart = np.tensordot(weight, ordered, axes=1)  # half the mean distance of two runs
    found: np.ndarray = np.abs(runs - recorded).mean(axis=0) - apart
    return found


def ranks(recorded: np.ndarray, runs: np.ndarray) -> dict[str, Any]:
    """How many of the numbers lie in each tenth of their simulated ones (the probability integral
    transform), and whether that is even, by chi-square."""
    below = (runs < recorded).sum(axis=0) + 0.5 * (runs == recorded).sum(axis=0)
    counts = np.histogram((below + 0.5) / (len(runs) + 1), PIT_BINS, (0.0, 1.0))[0]
    chi2 = stats.chisquare(counts)
    return {"counts": counts.tolist(), "chi2": float(chi2.statistic), "p": float(chi2.pvalue)}


def _outside(recorded: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """How many numbers of the recorded ones, then of each replication, are beyond the bands of all
    others."""
    everybody = np.concatenate([recorded[None], runs])
    bounds = np.sort(everybody, axis=0)
    out = (everybody < bounds[CUT]) | (everybody > bounds[-CUT - 1])
    counts: np.ndarray = out.reshape(len(out), -1).sum(axis=1)
    return counts


def ends(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where bands begin and end."""
    ordered = np.sort(runs, axis=0)
    return ordered[CUT - 1], ordered[-CUT]
