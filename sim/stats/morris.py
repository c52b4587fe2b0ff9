"""Elementary effects: how much an output moves with one input, from many starting points.

Morris, Technometrics 33 (1991), 161-174: a trajectory starts at a random point of a grid of
`LEVELS` levels and moves each input once, by `STEP` of its range, in random order.  The mean of
the absolute effects, mu*, is that of Campolongo, Cariboni and Saltelli, Environmental Modelling &
Software 22 (2007), 1509-1518.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.stats import interval
from sim.stats.streams import stream

LEVELS = 4
STEP = LEVELS / (2 * (LEVELS - 1))  # [-] of the range: each effect spans two levels


def trajectory(inputs: int, seed: int, number: int) -> np.ndarray:
    """The points of one trajectory, each input from 0 (low) to 1 (high) [point, input].

    It has the number of the replication that all its points are simulated in, so that an effect
    is not luck.
    """
    rng = stream(seed, number, "trajectory", str(inputs))
    start = rng.integers(0, LEVELS // 2, inputs) / (LEVELS - 1)
    rises = rng.random(inputs) < 0.5
    points = np.tile(np.where(rises, start, start + STEP), (inputs + 1, 1))
    for step, own in enumerate(rng.permutation(inputs), start=1):
        points[step:, own] = start[own] + STEP if rises[own] else start[own]
    return points


def effects(points: np.ndarray, output: np.ndarray) -> np.ndarray:
    """Change of the output as each input goes through its whole range [trajectory, input].

    `points` [trajectory, point, input], `output` [trajectory, point].
    """
    moves = np.diff(points, axis=1)  # [trajectory, step, input], one of the inputs moves
    found: np.ndarray = (
        (moves != 0) * np.diff(output, axis=1)[:, :, None] / np.where(moves, moves, 1.0)
    ).sum(axis=1)
    return found


def summary(points: np.ndarray, output: np.ndarray) -> list[dict[str, Any]]:
    """mu, mu* and sigma of each input's effects, with 95 % intervals.

    Trajectories are independent: Student t for the means, a bootstrap over trajectories for sigma
    (of all inputs the same resamples).  `linear`: sigma / mu*, None without an effect.
    """
    found = effects(points, output)
    weights = interval.resamples(len(found)) / len(found)
    around = found - found.mean(axis=0)
    squares = np.maximum(0.0, weights @ around**2 - (weights @ around) ** 2)
    again = np.sqrt(squares * len(found) / (len(found) - 1))
    rows = []
    for own in range(found.shape[1]):
        size = interval.mean(np.abs(found[:, own]))
        sigma = float(found[:, own].std(ddof=1))
        rows.append(
            {
                "mu": interval.change(found[:, own]),
                "mu_star": size,
                "sigma": interval.percentiles(sigma, again[:, own]),
                "sigma_ratio": sigma / size["mean"] if size["mean"] else None,
            }
        )
    return rows


def shares(found: np.ndarray, groups: Sequence[str]) -> dict[str, dict[str, float]]:
    """What part of all squared effects [sample, input] each group of the inputs has.

    The mean squared effect, mu squared plus sigma squared, stands for how much of the output's
    variance an input takes part in.  Intervals resample the samples.
    """
    names = list(dict.fromkeys(groups))
    member = np.array([[name == own for name in names] for own in groups], float)
    squares = found**2 @ member  # [sample, group]
    again = interval.resamples(len(found)) @ squares
    total = squares.sum()
    if total == 0.0:
        return {}
    every = again.sum(axis=1)
    of_all = np.divide(again, every[:, None], out=np.full(again.shape, np.nan),
                       where=every[:, None] > 0.0)  # fmt: skip
    return {
        name: interval.percentiles(float(squares[:, g].sum() / total), of_all[:, g])
        for g, name in enumerate(names)
    }
