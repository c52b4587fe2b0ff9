"""A port whose trucks were multiplied: drawn, run and summed up."""

import time
from typing import Any

import numpy as np

from sim.engine import simulate
from sim.freight.case import Freight
from sim.freight.growth import scaled
from sim.freight.metrics import Measured
from sim.freight.network import corridor_of
from sim.roads.scenario import Scenario

PARTS = ("draw_s", "run_s", "summary_s")
TRUCKS, DAYS = 1500, 30
QUICK_TRUCKS, QUICK_DAYS = 30, 3


def measured(scenario: Scenario, rounds: int, quick: bool) -> dict[str, Any]:
    """A replication of Guoyuan with so many trucks, its sites, gates and berths grown with them:
    seconds by part, medians over rounds."""
    trucks, days = (QUICK_TRUCKS, QUICK_DAYS) if quick else (TRUCKS, DAYS)
    corridor = corridor_of("guoyuan", scenario.engine)
    times = trucks / corridor.section.trucks_in_fleet
    large = scaled(corridor, times).with_(days=days - 1, warm_up_days=1)
    each: list[list[float]] = []
    for _ in range(rounds):
        clock = [time.perf_counter()]
        model, drawn = Freight(large, scenario.engine.seed).drawn(0, trucks)
        clock.append(time.perf_counter())
        ledger = simulate(model, drawn.evs, drawn.factors)
        clock.append(time.perf_counter())
        Measured(large, ledger).summary()
        clock.append(time.perf_counter())
        each.append(np.diff(clock).tolist())
    found = np.median(each, axis=0).tolist()
    return {
        "seconds": float(np.median(np.sum(each, axis=1))), "events": ledger.events,
        "trucks": trucks, "days": days, **dict(zip(PARTS, found, strict=True)),
    }  # fmt: skip
