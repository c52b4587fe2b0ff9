"""One at a time: what each input does at both ends of its range, all else as expected.

One of the inputs may be a level that was fitted to what was counted, such as that of the demand to
the sessions.  Then an assumption that brings more of them cannot be had without a lower level: who
assumes more consumption must assume fewer trips.  How the counts follow each input alone is known
from the tornado; logarithms of their ratios are added up for what is assumed together.

All outputs are [design, replication]: as expected, then each input low and high, on common draws.
"""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import numpy as np

from sim.stats import interval, morris

LEAST = 1e-9  # of a count whose logarithm is taken


def tornado(
    output: np.ndarray, counted: np.ndarray, groups: Mapping[str, str], level: str
) -> dict[str, Any]:
    """What each input does alone: differences to the output as expected, paired by replication,
    as it is and with the `level` fitted again; the swing from its low end to its high end; and
    what part of all squared swings each group has.

    `groups` : of the inputs, by their names.
    """
    again = fitted_again(output, counted, list(groups).index(level))
    changes = {"as_is": output - output[0], "fitted_again": again - output[0]}
    return {
        "expected": interval.mean(output[0]),
        "inputs": {
            name: {way: _ends(own[2 * n + 1], own[2 * n + 2]) for way, own in changes.items()}
            for n, name in enumerate(groups)
        },
        "shares": {way: _shares(own, [*groups.values()]) for way, own in changes.items()},
    }


def _ends(low: np.ndarray, high: np.ndarray) -> dict[str, Any] | None:
    if np.isnan([low, high]).any():
        return None
    each = {"low": low, "high": high, "swing": high - low}
    return {name: interval.change(own) for name, own in each.items()}


def _shares(change: np.ndarray, groups: Sequence[str]) -> dict[str, Any]:
    swings = (change[2::2] - change[1::2]).T  # [replication, input]
    return {} if np.isnan(swings).any() else morris.shares(swings, groups)


def bent(x: np.ndarray, y: np.ndarray, at: Any) -> Any:
    """A line that bends at the second of three points and goes on straight beyond the others;
    NaN where `x` does not rise.  `x`, `y` [3, ...]."""
    run, rise = np.diff(x, axis=0), np.diff(y, axis=0)
    slope = np.divide(rise, run, out=np.full(run.shape, np.nan), where=run > 0.0)
    return y[1] + np.where(at > x[1], slope[1], slope[0]) * (at - x[1])


def fitted_again(output: np.ndarray, counted: np.ndarray, level: int) -> np.ndarray:
    """The output of one assumption alone if the level were fitted again, to the first order.

    The difference that the level alone makes, where it brings as many more or fewer in the same
    replication, is taken off.  `level` is its number among the inputs; NaN where more of it brings
    no more.
    """
    line = [2 * level + 1, 0, 2 * level + 2]  # low, as expected, high
    found: np.ndarray = output - bent(counted[line], output[line], counted) + output[0]
    return found


class Fit:
    """The level that brings the wanted counts, whatever else is assumed.

    Parameters
    ----------
    inputs : low, expected and high value of each; the level is a factor, 1 as expected.
    counted : means over replications.
    level : its name among the inputs.
    most : the factor to which it may be raised, or lowered.
    """

    def __init__(
        self, inputs: Mapping[str, Mapping[str, float]], counted: np.ndarray, level: str,
        most: float,
    ) -> None:  # fmt: skip
        self._level, self._most = level, most
        self._expected = max(float(counted[0]), LEAST)
        self._lines: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        logs = np.log(np.maximum(counted, LEAST) / self._expected)
        for n, (name, own) in enumerate(inputs.items()):
            x = np.array([own["low"], own["expected"], own["high"]])
            y = logs[[2 * n + 1, 0, 2 * n + 2]]
            self._lines[name] = x[np.argsort(x)], y[np.argsort(x)]
        x, y = self._lines[level]
        self.possible = bool((np.diff(y) > 0.0).all() and (np.diff(x) > 0.0).all())

    def more(self, name: str, value: Any) -> Any:
        """Logarithm of the counts with such values alone, over those as expected."""
        return np.interp(value, *self._lines[name])

    def level(self, values: Mapping[str, float]) -> float:
        """The factor that brings as many as that in `values` alone would; that itself where a
        higher one brings no more."""
        if not self.possible:
            return values[self._level]
        others = [self.more(name, value) for name, value in values.items() if name != self._level]
        wanted = self.more(self._level, values[self._level]) - sum(others)
        x, y = self._lines[self._level]
        return min(self._most, max(1.0 / self._most, exp(float(bent(y, np.log(x), wanted)))))

    def error(self, wanted: np.ndarray, counted: np.ndarray) -> float:
        """By what share counts miss those that these levels alone would bring (root mean
        square)."""
        aim = self._expected * np.exp(self.more(self._level, wanted))
        return float(np.sqrt(((counted / aim - 1.0) ** 2).mean()))
