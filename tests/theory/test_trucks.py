"""Duty cycles against queueing theory: a closed fleet that drives, queues at a gate and drives on.

Hours on the road and at the gate are drawn by the factors of the trucks, so this is the queue of
`delay.closed_fleet` by other means than `experiments.verify.oracles` has for it.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.verify.oracles import UNIT, Batch, station
from sim import audit
from sim.engine import simulate
from sim.evs import make_evs
from sim.lifecycle import Step as Do
from sim.model import Duty, Model, Step

TABLE = Path(__file__).parents[2] / "configs" / "verify" / "oracles.json"
ROWS = json.loads(TABLE.read_text())["closed_fleet"]
BATCHES, TURNS, WARM_UP = 32, 1500, 0.1


def batch(row: dict[str, float], b: Batch) -> dict[str, float]:
    """Figures of one run, after its warm-up; each truck has factors for all of it."""
    n, c, lam = int(row["N"]), int(row["c"]), row["lam"]
    duty = Duty("cycle", (Step(Do.DRIVE, h=1.0 / lam, drawn=True),
                          Step(Do.SERVE, h=1.0, station=0, drawn=True)))  # fmt: skip
    turns = max(200, TURNS * 6 // n)
    horizon_h = 0.8 * turns * (1.0 + 1.0 / lam)
    begin_h = WARM_UP * horizon_h
    model = Model((station(c),), (UNIT,), (), (), horizon_h, begin_h, (duty,))
    draws = 2 * turns
    factors = b.draw("factor").exponential(1.0, n * draws)
    evs = make_evs(n, duty=0, draw_start=np.arange(n) * draws, draw_end=np.arange(1, n + 1) * draws)
    ledger = simulate(model, evs, factors)
    audit.check(ledger)
    v = ledger.visits[ledger.visits["arrival_h"] >= begin_h]
    hours = horizon_h - begin_h
    return {
        "throughput": np.count_nonzero(ledger.visits["leave_h"] >= begin_h) / hours,
        "P(wait)": float(np.mean(v["wait_h"] > 0)),
        "Wq": float(v["wait_h"].mean()),
        "utilization": float(ledger.bins["occupied_h"][0, 1:].sum() / (c * hours)),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['N']:g} trucks")
def test_a_closed_fleet(row):
    name = f"duty cycles of {row['N']:g}"
    runs = [batch(row, Batch(name, n, 7)) for n in range(BATCHES)]
    for figure in runs[0]:
        x = np.array([run[figure] for run in runs])
        error = x.std(ddof=1) / np.sqrt(len(x))
        assert error <= 0.03 * row[figure], f"{figure}: s.e. {error:.2g} of {row[figure]:.4g}"
        z = (x.mean() - row[figure]) / error
        assert abs(z) < 4, f"{figure}: {x.mean():.5g}, exact {row[figure]:.5g}, z {z:.1f}"
