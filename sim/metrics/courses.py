"""What every station does by the hour: its line, EVSEs and power, and what becomes of arrivals."""

import numpy as np

from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.metrics.hours import hourly

BINS = {"queue": "queue_h", "occupied": "occupied_h", "energy": "energy_kwh",
        "curtailed": "curtailed_kwh"}  # fmt: skip
SERVED = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.IN_SYSTEM_AT_END)
FATES = {"served": SERVED, "balked": (Outcome.BALKED,), "reneged": (Outcome.RENEGED,),
         "rerouted": (Outcome.REROUTED,)}  # fmt: skip
JOINED = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED)


def courses(ledger: Ledger) -> dict[str, np.ndarray]:
    """By name, each [station, hour].

    Means over the hour, EVs or kW: `queue`, `occupied`, `energy` (delivered), `curtailed` (wanted,
    and held back by a limit).  Visits by the hour in which they came: `served`, `balked`,
    `reneged`, `rerouted`.  Of those who came in it and stayed: `waited` [h] in all, `joined`.
    """
    found = {name: hourly(ledger, column) for name, column in BINS.items()}
    visits = ledger.visits[(ledger.visits["station"] >= 0) & ~ledger.of_packs]
    shape = found["queue"].shape
    hour = np.minimum(visits["arrival_h"].astype(int), shape[1] - 1)
    cell = visits["station"] * shape[1] + hour

    def counted(own: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        each = None if weight is None else weight[own]
        return np.bincount(cell[own], each, shape[0] * shape[1]).reshape(shape).astype(float)

    for name, outcomes in FATES.items():
        found[name] = counted(np.isin(visits["outcome"], outcomes))
    joined = np.isin(visits["outcome"], JOINED)
    found["joined"] = counted(joined)
    found["waited"] = counted(joined, visits["wait_h"])
    return found
