"""Do 95 % intervals cover the truth 95 times in 100?"""

import numpy as np
import pytest

from experiments.verify import oracles
from experiments.verify.oracles import Batch, customers, law, model, poisson, station
from sim.engine import simulate
from sim.stats import interval
from tests.theory.delay import mmc

CUSTOMERS, REPLICATIONS = 4000, 10


@pytest.mark.long
def test_intervals_cover_the_exact_wait_of_mmc():
    """1,000 studies of an M/M/3 queue at load 0.6, ten replications each."""
    exact, covered = mmc(1.8, 1.0, 3)["wait_h"], 0
    queue = model(station(3))
    for study in range(1000):
        waits = []
        for r in range(REPLICATIONS):
            b = Batch(f"coverage {study}", r, 11)
            evs = customers(poisson(b, 1.8, CUSTOMERS), law(b, "exponential", CUSTOMERS))
            wait = simulate(queue, evs).visits["wait_h"]
            waits.append(wait[CUSTOMERS // 10 :].mean())
        found = interval.mean(waits)
        covered += found["low"] <= exact <= found["high"]
    assert 930 <= covered <= 970, covered


@pytest.mark.parametrize(("load", "c"), [(0.9, 1), (0.95, 20)])
def test_the_warm_up_is_long_enough(load, c):
    """MSER-5 on the mean path of 20 batches asks for less than `oracles` drops."""
    n, paths = oracles.CUSTOMERS, []
    for number in range(20):
        b = Batch(f"warm-up {c}", number, 5)
        evs = customers(poisson(b, load * c, n), law(b, "exponential", n))
        paths.append(simulate(model(station(c)), evs).visits["wait_h"])
    assert 0 < interval.mser5(np.mean(paths, axis=0)) <= oracles.WARM_UP * n
