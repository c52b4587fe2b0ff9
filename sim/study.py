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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
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
PARTS = ("draw", "run", "audit", "tables")  # of the work on a replication
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


def replicate(
    design: str, config: str, replication: int, out: str | None, key: str, tables: bool = True
) -> Replication:
    """Run one replication of a design; write its tables to `out` (None: nowhere).

    Its figures are written last, under their key: where they are, everything is.  Without
    `tables` they are all that is written.
    """
    clock = [time.perf_counter()]
    scenario, model, demand = _prepared(config)
    draw = demand.draw(scenario.engine.seed, replication)
    clock.append(time.perf_counter())
    ledger = simulate(model.with_changes(draw.changes), draw.evs)
    clock.append(time.perf_counter())
    audit.check(ledger)
    clock.append(time.perf_counter())
    window = metrics.Window(scenario.counted_days())
    sites = scenario.station_table()["site"].tolist()
    table, network = metrics.stations(ledger, window, sites), metrics.network(ledger, window)
    if out is not None and tables:
        folder = pathlib.Path(out)
        store.write_table(folder / "sessions.parquet", ledger.sessions())
        store.write_table(folder / "station_bins.parquet", ledger.station_bins())
        store.write_table(folder / "kpis.parquet", table)
    clock.append(time.perf_counter())
    seconds = dict(zip(PARTS, np.diff(clock).tolist(), strict=True))
    result = Replication(
        design, replication, network, table, metrics.hourly(ledger, "queue_h"),
        {**draw.trips, "events": ledger.events, "driving_at_end": ledger.driving}, seconds,
    )  # fmt: skip
    if out is not None:
        _keep(result, pathlib.Path(out) / f"figures-{key}.parquet")
    return result


def _keep(result: Replication, path: pathlib.Path) -> None:
    table = result.stations.assign(queue=list(result.queue))
    store.write_result(path, table, {"network": result.network, "trips": result.trips})


def _kept(
    design: str, replication: int, folder: pathlib.Path, key: str, tables: bool
) -> Replication | None:
    """What an earlier run found, if it was asked for exactly this."""
    if tables and not (folder / "kpis.parquet").exists():
        return None
    try:
        table, facts = store.read_result(folder / f"figures-{key}.parquet")
    except FileNotFoundError:
        return None
    queue = np.stack(table.pop("queue").tolist())
    none = dict.fromkeys(PARTS, 0.0)
    return Replication(design, replication, facts["network"], table, queue, facts["trips"], none)


def task_key(scenario: Scenario, replication: int) -> str:
    """The name of all that determines the figures of a replication: the configuration as far as
    it matters, its tables, the number, and the program."""
    config = json.loads(scenario.to_json())
    engine = {name: config["engine"][name] for name in ("seed", "bin_min", "curve_tolerance")}
    sections = {name: config[name] for name in ("network", "demand", "fleet", "station", "policy")}
    sections["policy"].pop("upgrade_rule", None)  # says what to build, once it is known who fails
    return store.digest(
        [sections, engine, scenario.input_hashes(), replication, _program(), *_versions().items()]
    )


@lru_cache(maxsize=1)
def _program() -> str:
    """A hash of all sources of the package."""
    here = pathlib.Path(__file__).parent
    return store.digest(
        {str(p.relative_to(here)): store.file_digest(p) for p in here.rglob("*.py")}
    )


def _versions() -> dict[str, str]:
    return {"peakcharge": __version__, **{name: version(name) for name in LIBRARIES}}


def run(
    designs: Mapping[str, Scenario], engine: EngineSection, out: pathlib.Path | None,
    progress: Any, tables: bool = True,
) -> dict[str, list[Replication]]:  # fmt: skip
    """Replications of all designs, in order of their numbers, whatever ran where; written with
    the tables of every visit and bin, or without.

    What an earlier run into the same folder has done is not done again, if everything that
    determines it is the same; other tables there are removed.

    Their number is `engine.replications`.  With `engine.half_width` it is only the first look (at
    least `FLOOR`): then as many more as the look asks for, until the 95 % intervals of the `AIM`
    figures of every design are that narrow, or `engine.most_replications` are done.
    """
    results: dict[str, list[Replication]] = {name: [] for name in designs}
    want = engine.replications if engine.half_width is None else max(FLOOR, engine.replications)
    have = 0
    while have < want:
        asked = range(have, want)
        for name, r, result in _ask(designs, asked, engine.workers, out, progress, tables):
            assert len(results[name]) == r
            results[name].append(result)
        have = want
        if engine.half_width is not None:
            want = max(want, min(engine.most_replications, _needed(results, engine.half_width)))
    for folder in out.glob("*/r[0-9][0-9][0-9]*") if out else ():
        if folder.parent.name not in designs or int(folder.name[1:]) >= want:
            shutil.rmtree(folder)
    return results


def _ask(
    designs: Mapping[str, Scenario], numbers: range, workers: int, out: pathlib.Path | None,
    progress: Any, tables: bool,
) -> Iterator[tuple[str, int, Replication]]:  # fmt: skip
    """Some replications of every design, in order: from disk, or run now."""
    asked = [(name, r) for name in designs for r in numbers]
    done: dict[tuple[str, int], Replication] = {}
    tasks: dict[tuple[str, int], tuple] = {}
    for name, r in asked:
        key, folder = task_key(designs[name], r), out / name / f"r{r:03d}" if out else None
        if folder and (kept := _kept(name, r, folder, key, tables)):
            done[name, r] = kept
            continue
        if folder and folder.exists():
            shutil.rmtree(folder)
        tasks[name, r] = (name, designs[name].to_json(), r, str(folder) if folder else None, key)
    again = f", {len(done)} are there already" if done else ""
    progress.start(len(tasks), f"{len(tasks)} replications on {cores(workers)} cores{again}")
    of = list(tasks)
    work = replicate if tables else partial(replicate, tables=False)
    for number, result in cluster.run(work, tasks.values(), cores(workers)):
        done[of[number]] = result
        progress.advance()
    yield from ((*task, done[task]) for task in asked)


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


def provenance(scenario: Scenario) -> dict[str, Any]:
    """Which configuration and which program."""
    config = json.loads(scenario.to_json())
    return {
        "config": config,
        "config_hash": store.digest(config),
        "kernel_hash": source_hash(),
        "versions": _versions(),
        "python": platform.python_version(),
    }


def manifest(
    scenario: Scenario, results: Mapping[str, list[Replication]], wall_s: float
) -> dict[str, Any]:
    """What it takes to get these numbers again, and what they cost."""
    return {
        **provenance(scenario),
        "input_hashes": scenario.input_hashes(),
        "seed": scenario.engine.seed,
        "replications": {name: len(own) for name, own in results.items()},
        "wall_s": round(wall_s, 1),
        "cpu_s": {
            part: round(sum(r.seconds[part] for own in results.values() for r in own), 1)
            for part in PARTS
        },
    }
