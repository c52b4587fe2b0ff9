"""How far the draws of a batch happen to be off what they are on average.

Controls are made of the drawn arrivals and needs alone, never of what the engine did with them, so
an error of the engine shows in full; they only take out the luck of the draw (see
`verify.controlled`).  EVs are in order of arrival, and the first `CUT` only warm up.
"""

from math import ceil, log

import numpy as np
from scipy import stats

from sim.clock import hours

CUSTOMERS = 60_000  # per batch, of which the first only warm up
WARM_UP = 1 / 6
CUT = int(WARM_UP * CUSTOMERS)
Controls = list[float]  # each is 0 on average
SECOND = {"deterministic": 1.0, "Erlang-2": 1.5, "exponential": 2.0, "H2 cv2=4": 5.0}  # moments


def draws(evs: np.ndarray, rate: float) -> Controls:
    """Mean time between arrivals, and mean need unless all are the same."""
    need = evs["target_kwh"][CUT:]
    gaps = [rate * float(np.diff(hours(evs["entry_ns"]))[CUT:].mean()) - 1.0]
    return gaps if np.ptp(need) == 0.0 else [*gaps, float(need.mean()) - 1.0]


def one_server(evs: np.ndarray, rate: float, servers: float) -> np.ndarray:
    """Waits of the same EVs at one EVSE as fast as all `servers` together (Lindley's recursion).

    A row that has one EVSE anyway is compared with a faster one, or it would be its own control.
    """
    speed = _speed(servers)
    step = evs["target_kwh"][:-1] / speed - np.diff(hours(evs["entry_ns"]))
    walk = np.concatenate([[0.0], np.cumsum(step)])
    return (walk - np.minimum.accumulate(walk))[CUT:]


def _speed(servers: float) -> float:
    return 1.05 if servers == 1 else servers


def mean_wait(evs: np.ndarray, rate: float, servers: float, need: str) -> Controls:
    """Mean wait at `one_server`: lambda E[S^2] / 2 (1 - rho), Pollaczek and Khinchine."""
    speed = _speed(servers)
    exact = rate * SECOND[need] / speed**2 / (2.0 * (1.0 - rate / speed))
    return [float(one_server(evs, rate, servers).mean()) / exact - 1.0]


def long_waits(evs: np.ndarray, rate: float, servers: float, share: float) -> Controls:
    """Waits at `one_server` beyond what a share of all exceeds: P(W > t) = rho exp(-(mu - lambda)
    t) of M/M/1."""
    speed = _speed(servers)
    level = log(rate / speed / share) / (speed - rate)
    return [float(np.mean(one_server(evs, rate, servers) > level)) / share - 1.0]


def crowded(evs: np.ndarray, rate: float, *levels: float) -> Controls:
    """Share of arrivals that would find so many others if there were EVSEs and power for all: in
    M/G/inf their number is Poisson.  Levels that all or none would find tell nothing."""
    entry = hours(evs["entry_ns"])
    left = np.searchsorted(np.sort(entry + evs["target_kwh"]), entry[CUT:], "left")
    others = np.arange(CUT, len(evs)) - left
    exact = [(n, float(stats.poisson.sf(n - 1, rate))) for n in sorted({ceil(n) for n in levels})]
    return [float(np.mean(others >= n)) - p for n, p in exact if 1e-4 < p < 1.0 - 1e-4]
