"""Designs x replications on common random numbers.

A design is a configuration.  Replication r of every design draws from the same named streams, so
two designs meet the same drivers and differ by what was changed, not by luck.
"""

import json
import os
import pathlib
import platform
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from sim import __version__, audit, cluster, interval, metrics, store
from sim.demand import Demand
from sim.engine import simulate
from sim.kernels._jit import is_cached, source_hash
from sim.kernels.records import EV
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.scenario import Scenario, load
from sim.schema import EngineSection

FLOOR = 10  # replications before an interval may decide whether there are enough
AIM = ("time_utilization", "wait_min_mean")  # the figures whose intervals are to be narrow
LIBRARIES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "simpy")
NO_EVS = np.zeros(0, EV)


@dataclass(frozen=True)
class Replication:
    """Key figures of one replication of one design."""

    design: str
    replication: int
    network: dict[str, float]
    stations: pd.DataFrame
    queue: np.ndarray  # mean EVs waiting [station, hour]
    trips: dict[str, float]
    seconds: dict[str, float]


@lru_cache(maxsize=4)
def _prepared(config: str) -> tuple[Scenario, Model, Demand]:
    """A worker builds each design once."""
    scenario = load(json.loads(config))
    return scenario, scenario.model(), Demand(scenario)


def replicate(design: str, config: str, replication: int, out: str | None) -> Replication:
    """Run one replication of a design; write its tables to `out` (None: nowhere)."""
    clock = [time.perf_counter()]
    scenario, model, demand = _prepared(config)
    draw = demand.draw(scenario.engine.seed, replication)
    clock.append(time.perf_counter())
    ledger = simulate(model.with_changes(draw.changes), draw.evs)
    clock.append(time.perf_counter())
    audit.check(ledger)
    clock.append(time.perf_counter())
    window = metrics.Window(scenario.counted_days())
    table, network = metrics.stations(ledger, window), metrics.network(ledger, window)
    if out is not None:
        folder = pathlib.Path(out)
        store.write_table(folder / "sessions.parquet", ledger.sessions())
        store.write_table(folder / "station_bins.parquet", ledger.station_bins())
        store.write_table(folder / "kpis.parquet", table)
    clock.append(time.perf_counter())
    seconds = dict(zip(("draw", "run", "audit", "tables"), np.diff(clock).tolist(), strict=True))
    return Replication(
        design, replication, network, table, metrics.hourly(ledger, "queue_h"),
        {**draw.trips, "events": ledger.events, "driving_at_end": ledger.driving}, seconds,
    )  # fmt: skip


def run(
    designs: Mapping[str, Scenario], engine: EngineSection, out: pathlib.Path | None, progress: Any
) -> dict[str, list[Replication]]:
    """Replications of all designs, in order of their numbers, whatever ran where.

    Their number is `engine.replications`.  With `engine.half_width` it is only the first look (at
    least `FLOOR`): then as many more as the look asks for, until the 95 % intervals of the `AIM`
    figures of every design are that narrow, or `engine.most_replications` are done.
    """
    if out is not None:  # tables of an earlier run must not stand beside those of this one
        for old in out.glob("*/r[0-9][0-9][0-9]*"):
            shutil.rmtree(old)
    results: dict[str, list[Replication]] = {name: [] for name in designs}
    want = engine.replications if engine.half_width is None else max(FLOOR, engine.replications)
    have = 0
    while have < want:
        more = [(name, r) for name in designs for r in range(have, want)]
        workers = cores(engine.workers)
        progress.start(len(more), f"{len(more)} replications on {workers} cores")
        tasks = [
            (name, designs[name].to_json(), r, str(out / name / f"r{r:03d}") if out else None)
            for name, r in more
        ]
        done: dict[int, Replication] = {}
        for number, result in cluster.run(replicate, tasks, workers):
            done[number] = result
            progress.advance()
        for number in range(len(tasks)):
            results[done[number].design].append(done[number])
        have = want
        if engine.half_width is not None:
            want = max(want, min(engine.most_replications, _needed(results, engine.half_width)))
    return results


def _needed(results: Mapping[str, list[Replication]], half_width: float) -> int:
    return max(
        interval.needed([r.network[figure] for r in own], half_width)
        for own in results.values()
        for figure in AIM
    )


def cores(workers: int) -> int:
    """The number of worker processes; 0 stands for one per core."""
    return workers or len(os.sched_getaffinity(0))


def warm_up(progress: Any) -> None:
    """Compile the kernels here, once, so that workers find them on disk."""
    if not is_cached():
        progress.status("compiling the kernels (once per machine, about 20 s)")
    simulate(
        Model((Station("s", (Cabinet((Evse(),)),)),), (Vehicle("v", 1.0, ((1.0, 1.0),)),)), NO_EVS
    )


def manifest(
    scenario: Scenario, results: Mapping[str, list[Replication]], wall_s: float
) -> dict[str, Any]:
    """What it takes to get these numbers again, and what they cost."""
    config = json.loads(scenario.to_json())
    return {
        "config": config,
        "config_hash": store.digest(config),
        "input_hashes": scenario.input_hashes(),
        "kernel_hash": source_hash(),
        "seed": scenario.engine.seed,
        "replications": {name: len(own) for name, own in results.items()},
        "versions": {"peakcharge": __version__, **{name: version(name) for name in LIBRARIES}},
        "python": platform.python_version(),
        "wall_s": round(wall_s, 1),
        "cpu_s": {
            part: round(sum(r.seconds[part] for own in results.values() for r in own), 1)
            for part in ("draw", "run", "audit", "tables")
        },
    }
