"""Charging curves as staircases: constant power between events, exact time through each step."""

from itertools import pairwise

import numpy as np

from sim.kernels._jit import inline

GRID = np.linspace(0.0, 1.0, 401)  # where a step may end, besides the knots of the curve
FLAT = 1e-12  # relative spread of a flat stretch, which is rounding
SESSION_SOC = 0.2  # the tolerance holds for sessions that gain at least this much


def _log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Constant power that takes as long as a linear change from `a` to `b`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (b - a) / np.log(b / a)
    return np.where(np.abs(b - a) < 1e-6 * a, 0.5 * (a + b), mean)


def _cumulative(s: np.ndarray, kw: np.ndarray) -> np.ndarray:
    """Time from SOC 0 to each `s` for a battery of 1 kWh; powers [.., len(s)] at the points."""
    cell = np.diff(s) / _log_mean(kw[..., :-1], kw[..., 1:])
    return np.concatenate([np.zeros((*kw.shape[:-1], 1)), np.cumsum(cell, axis=-1)], axis=-1)


def _greedy(s: np.ndarray, kw: np.ndarray, spread: float) -> list[int]:
    """Fewest steps in each of which width x (1/least - 1/greatest power) <= `spread`.

    A flat stretch is a step by itself, so that sessions may begin and end in it exactly.
    """
    ends = [0]
    while ends[-1] < len(s) - 1:
        u = ends[-1]
        low, high = np.minimum.accumulate(kw[u:]), np.maximum.accumulate(kw[u:])
        width = (s[u:] - s[u]) * (1.0 / low - 1.0 / high)
        flat = int(np.searchsorted(width, FLAT / high[0], side="right")) - 1
        ends.append(u + (flat or max(1, int(np.searchsorted(width, spread, side="right")) - 1)))
    return ends


def _worst_error(s: np.ndarray, kw: np.ndarray, ends: list[int]) -> float:
    """Greatest relative error of the plug time over sessions and constant limits."""
    time = _cumulative(s, kw)
    step_kw = np.diff(s[ends]) / np.diff(time[ends])
    flat = np.repeat(step_kw, np.diff(ends))
    limit = np.linspace(0.05, 1.0, 20)[:, None] * kw.max()
    true = _cumulative(s, np.minimum(kw, limit))
    ours = np.concatenate(
        [np.zeros((len(limit), 1)), np.cumsum(np.diff(s) / np.minimum(flat, limit), axis=1)], axis=1
    )
    at = np.searchsorted(s, np.arange(0.0, 1.0001, 0.025).clip(max=1.0))
    a, b = np.triu_indices(len(at), k=round(SESSION_SOC / 0.025))
    span = true[:, at[b]] - true[:, at[a]]
    return float(np.max(np.abs(ours[:, at[b]] - ours[:, at[a]] - span) / span))


def staircase(
    soc: np.ndarray, kw: np.ndarray, tolerance: float = 1e-3
) -> tuple[tuple[float, float], ...]:
    """Few steps (SOC at the end, kW) that replace the piecewise linear curve `kw` over `soc`.

    The time through each whole step at full power is exact (logarithmic mean).  For every session
    that gains at least 20 % SOC, and any constant limit on its power, the plug time is off by at
    most `tolerance` (relative).  `soc` runs from 0 to 1, `kw` is positive everywhere.
    """
    soc, kw = np.asarray(soc, float), np.asarray(kw, float)
    s = np.union1d(GRID, soc)
    p = np.interp(s, soc, kw)
    # The spread is the only knob: fewer steps mean a larger error, so bisect on it.
    fine, coarse = 0.0, float((1.0 / p.min() - 1.0 / p.max()) + 1e-12)
    ends = _greedy(s, p, coarse)
    if _worst_error(s, p, ends) > tolerance:
        ends = _greedy(s, p, fine)
        for _ in range(16):
            middle = 0.5 * (fine + coarse)
            trial = _greedy(s, p, middle)
            if _worst_error(s, p, trial) <= tolerance:
                fine, ends = middle, trial
            else:
                coarse = middle
    time = _cumulative(s, p)
    return tuple(
        (float(s[v]), float((s[v] - s[u]) / (time[v] - time[u]))) for u, v in pairwise(ends)
    )


@inline
def step_at(step, start, end, kwh):
    """Index of the step that a battery holding `kwh` is in; the last one when it is full."""
    k = start
    while k < end - 1 and step[k].end_kwh <= kwh:
        k += 1
    return k


@inline
def full_power_h(step, start, end, kwh, goal_kwh, ev_kw):
    """Hours from `kwh` to `goal_kwh` at the curve's full power, and no more than `ev_kw`."""
    if goal_kwh <= kwh:
        return 0.0
    k = step_at(step, start, end, kwh)
    hours = 0.0
    while k < end - 1 and step[k].end_kwh < goal_kwh:
        hours += (step[k].end_kwh - kwh) / min(step[k].kw, ev_kw)
        kwh = step[k].end_kwh
        k += 1
    return hours + (goal_kwh - kwh) / min(step[k].kw, ev_kw)
