"""The linked line against a Python list."""

import numpy as np

from sim.clock import NEVER
from sim.kernels import line, records


def test_random_joins_and_leaves():
    rng = np.random.default_rng(5)
    stations, drivers = np.zeros(1, records.STATION), np.zeros(50, records.DRIVER)
    drivers["ev"] = rng.permutation(50)
    station = stations[0]
    station["line_head"] = station["line_tail"] = station["patience_who"] = -1
    station["patience_ns"] = NEVER
    here: list[int] = []
    keys = np.zeros(50)
    for step in range(3000):
        away = [i for i in range(50) if i not in here]
        if away and (not here or rng.random() < 0.5):
            i = int(rng.choice(away))
            due = NEVER if rng.random() < 0.3 else int(rng.integers(0, 9))
            key = -np.inf if rng.random() < 0.2 else float(rng.integers(-2, 2))
            line.join(stations[0], drivers, i, step, due, key)
            before = [j for j in here if keys[j] <= key] if key > -np.inf else []
            keys[i] = key
            here.insert(len(before), i)
        else:
            i = int(rng.choice(here))
            line.leave(stations[0], drivers, i)
            here.remove(i)
        seen, i = [], int(station["line_head"])
        while i >= 0:
            seen.append(i)
            i = int(drivers[i]["behind"])
        assert seen == here
        assert station["line_count"] == len(here)
        impatient = [i for i in here if drivers[i]["due_ns"] < NEVER]
        first = min(impatient, key=lambda i: tuple(drivers[["due_ns", "ev"]][i]), default=-1)
        assert station["patience_who"] == first
