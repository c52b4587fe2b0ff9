"""M/M/20 by other simulators, each as its users would write it: they draw as they go.

What is not installed is not measured; the extra `peers` brings all of them.
"""

from collections.abc import Callable
from importlib.util import find_spec
from math import factorial
from typing import Any

import numpy as np

from experiments.speed.apart import apart
from experiments.speed.rounds import medians, seconds, times_as_long
from sim.clock import HOUR
from sim.engine import simulate
from sim.evs import make_evs
from sim.model import Cabinet, Evse, Model, Station, Vehicle

SERVERS, PER_H = 20, 18.0  # each serves one customer an hour on average
FAST = 10  # times as many customers beside one that is compiled, too
QUEUE = Model(
    (Station("s", (Cabinet((Evse(1.0),) * SERVERS),)),), (Vehicle("unit", 1e9, ((1.0, 1.0),)),)
)


def theory() -> float:
    """Mean hours in line: Erlang's formula."""
    load = PER_H
    last = load**SERVERS / factorial(SERVERS) * SERVERS / (SERVERS - load)
    waits = last / (sum(load**n / factorial(n) for n in range(SERVERS)) + last)
    return waits / (SERVERS - load)


def ours(customers: int) -> float:
    """The engine: a kWh takes an hour.  Returns the mean hours in line, as all of these do."""
    rng = np.random.default_rng(1)
    entry = np.cumsum(rng.exponential(1.0 / PER_H, customers))
    evs = make_evs(customers, target_kwh=rng.exponential(1.0, customers))
    evs["entry_ns"] = (entry * HOUR).astype(np.int64)
    return float(simulate(QUEUE, evs).visits["wait_h"].mean())


def simpy(customers: int) -> float:
    import simpy

    rng = np.random.default_rng(1)
    env = simpy.Environment()
    servers = simpy.Resource(env, SERVERS)
    waits = []

    def customer():
        came = env.now
        with servers.request() as turn:
            yield turn
            waits.append(env.now - came)
            yield env.timeout(rng.exponential(1.0))

    def arrivals():
        for _ in range(customers):
            yield env.timeout(rng.exponential(1.0 / PER_H))
            env.process(customer())

    env.process(arrivals())
    env.run()
    return float(np.mean(waits))


def ciw(customers: int) -> float:
    import ciw

    ciw.seed(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(PER_H)],
        service_distributions=[ciw.dists.Exponential(1.0)], number_of_servers=[SERVERS],
    )  # fmt: skip
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers)
    return float(np.mean([r.waiting_time for r in simulation.get_all_records()]))


def cimba(customers: int) -> dict[str, Any]:
    """In a process of its own: after kernels of ours are compiled, it cannot compile its model."""
    return apart("cimba_queue.measured", customers=customers)


def timed(work: Callable[[int], float], customers: int) -> dict[str, Any]:
    """Seconds, and the mean hours in line."""
    found: list[float] = []
    took = seconds(lambda: found.append(work(customers)))
    return {"seconds": took, "wait_h": found[0]}


def is_installed(package: str) -> bool:
    return find_spec(package) is not None


def measured(peer: str, customers: int, rounds: int) -> dict[str, Any]:
    """How many times as long a peer takes as the engine."""
    if peer == "cimba":
        customers *= FAST
    theirs = {"simpy": lambda: timed(simpy, customers), "ciw": lambda: timed(ciw, customers),
              "cimba": lambda: cimba(customers)}[peer]  # fmt: skip
    turns = [(timed(ours, customers), theirs()) for _ in range(rounds)]
    times = np.array([[own["seconds"] for own in turn] for turn in turns])
    engine_s, peer_s = medians(times)
    last, other = turns[-1]
    return {
        "ratio": times_as_long(times), "customers": customers, "engine_s": engine_s,
        "peer_s": peer_s, "engine_wait_h": last["wait_h"], "peer_wait_h": other["wait_h"],
        "wait_h": theory(),
    }  # fmt: skip
