"""A replication of the scenario beside the run in it: what else it takes, and a process that
ticks."""

from typing import Any

import numpy as np

from experiments.speed.cases import holiday
from experiments.speed.rounds import interleaved, times_as_long
from sim.engine import ChargingEnvironment, simulate
from sim.roads import case
from sim.roads.scenario import Scenario

OTHERS = ("draw", "audit", "tables", "figures")
TICKS = 9  # rounds: the difference is small
ALL_DAYS = 99


def parts(scenario: Scenario, rounds: int) -> dict[str, Any]:
    """Seconds of each part of a replication, and all that is not the run against the run: medians
    over as many replications."""
    case.tables(scenario, rounds)  # what all of them share is built
    each = []
    for r in range(rounds):
        wide = case.tables(scenario, r).seconds
        figures = case.figures(scenario, r).seconds["tables"]  # of the same traffic
        each.append({**wide, "tables": wide["tables"] - figures, "figures": figures})
    found = {f"{part}_s": float(np.median([own[part] for own in each])) for part in each[0]}
    rest = [sum(own[part] for part in OTHERS) / own["run"] for own in each]
    return {"ratio": float(np.median(rest)), **found}


def tick(scenario: Scenario, rounds: int, every: int) -> dict[str, Any]:
    """The holiday, or one of so many EVs of it, beside a SimPy process that ticks every simulated
    minute, against itself."""
    model, evs = holiday(scenario, ALL_DAYS, every)
    works = (lambda: simulate(model, evs), lambda: ticking(model, evs))
    times = interleaved(*works, rounds=rounds if rounds == 1 else max(rounds, TICKS))
    ticks = 60.0 * min(model.horizon_h, simulate(model, evs).end_h)
    return {"ratio": times_as_long(times), "ticks": ticks}


def ticking(model: Any, evs: Any) -> None:
    env = ChargingEnvironment(model, evs)

    def process() -> Any:
        while True:
            yield env.timeout(1.0 / 60.0)

    env.process(process())
    env.run()
    env.ledger()
