"""The demand fitted again: who assumes more consumption must assume fewer trips.

The level of demand is fitted to the sessions that were counted, so an assumption that brings more
of them cannot be had without less demand.  How the sessions follow each input alone is known from
the tornado; logarithms of their ratios are added up for what is assumed together.
"""

from collections.abc import Mapping
from math import exp
from typing import Any

import numpy as np

from experiments.forty_percent_rule.sensitivity.inputs import DEMAND, MOST_FITTED

FITTED = "sessions_per_evse_day"


def bent(x: np.ndarray, y: np.ndarray, at: Any) -> Any:
    """A line that bends at the second of three points and goes on straight beyond the others;
    NaN where `x` does not rise.  `x`, `y` [3, ...]."""
    run, rise = np.diff(x, axis=0), np.diff(y, axis=0)
    slope = np.divide(rise, run, out=np.full(run.shape, np.nan), where=run > 0.0)
    return y[1] + np.where(at > x[1], slope[1], slope[0]) * (at - x[1])


def fitted_again(output: np.ndarray, sessions: np.ndarray, demand: int) -> np.ndarray:
    """The output of one assumption alone if the demand were fitted again, to the first order.

    The difference that the demand alone makes, where it brings as many more or fewer sessions in
    the same replication, is taken off.  All [design, replication] in the order of the tornado,
    of which `demand` is the number among the inputs; NaN where more demand brings no more sessions.
    """
    line = [2 * demand + 1, 0, 2 * demand + 2]  # low, as expected, high
    return output - bent(sessions[line], output[line], sessions) + output[0]


class Fit:
    """The demand that brings the wanted sessions, whatever else is assumed.

    Parameters
    ----------
    inputs : low, expected and high value of each.
    sessions : of the designs of the tornado, means over replications.
    """

    def __init__(self, inputs: Mapping[str, Mapping[str, float]], sessions: np.ndarray) -> None:
        self._expected = max(float(sessions[0]), 1e-9)
        self._lines: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        logs = np.log(np.maximum(sessions, 1e-9) / self._expected)
        for n, (name, own) in enumerate(inputs.items()):
            x = np.array([own["low"], own["expected"], own["high"]])
            y = logs[[2 * n + 1, 0, 2 * n + 2]]
            self._lines[name] = x[np.argsort(x)], y[np.argsort(x)]
        x, y = self._lines[DEMAND]
        self.possible = bool((np.diff(y) > 0.0).all() and (np.diff(x) > 0.0).all())

    def more(self, name: str, value: Any) -> Any:
        """Logarithm of the sessions with such values alone, over those as expected."""
        return np.interp(value, *self._lines[name])

    def demand(self, values: Mapping[str, float]) -> float:
        """The factor of the demand that brings as many sessions as `values[DEMAND]` alone would;
        that itself where more demand brings no more sessions."""
        if not self.possible:
            return values[DEMAND]
        others = [self.more(name, value) for name, value in values.items() if name != DEMAND]
        wanted = self.more(DEMAND, values[DEMAND]) - sum(others)
        x, y = self._lines[DEMAND]
        factor = exp(float(bent(y, np.log(x), wanted)))
        return min(MOST_FITTED, max(1.0 / MOST_FITTED, factor))

    def error(self, wanted: np.ndarray, sessions: np.ndarray) -> float:
        """By what share the sessions miss those that these demands alone would bring (root mean
        square)."""
        aim = self._expected * np.exp(self.more(DEMAND, wanted))
        return float(np.sqrt(((sessions / aim - 1.0) ** 2).mean()))
