"""Designs x replications on common random numbers.

A design is a configuration.  Replication r of every design draws from the same named streams, so
two designs meet the same drivers and differ by what was changed, not by luck.
"""

import json
import os
import pathlib
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np
import pandas as pd

from sim import audit, metrics
from sim.engine import simulate
from sim.kernels._jit import is_cached
from sim.kernels.records import EV
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.roads.demand import Demand, failures
from sim.roads.scenario import Scenario, load
from sim.roads.schema import Config
from sim.stats import interval
from sim.study import cluster, provenance, store
from sim.study.schema import EngineSection

FLOOR = 10  # replications before an interval may decide whether there are enough
AIM = ("time_utilization", "wait_min_mean")  # the figures whose intervals are to be narrow
MOST_AT_ONCE = 8  # replications of one task for a worker
PARTS = ("draw", "run", "audit", "tables")  # of the work on a replication
TABLES = ("sessions.parquet", "station_bins.parquet", "kpis.parquet")
SHOWN = 20  # sentences about damaged files
NO_QUEUE = np.zeros((0, 0))
NO_EVS = np.zeros(0, EV)


@dataclass(frozen=True)
class Replication:
    """Key figures of one replication of one design."""

    design: str
    replication: int
    network: dict[str, float]
    stations: pd.DataFrame
    queue: np.ndarray  # mean EVs waiting [station, hour]; nothing, if no tables were asked for
    trips: dict[str, float]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Task:
    """One replication of a design.

    `traffic` names all that its EVs are drawn from: designs that share it meet the very same ones.
    `key` names all that determines its figures (see `design_key`).  `kept` is the file of its
    figures, with their cost beside it; with `tables`, those of every visit and bin are there too.
    """

    design: str
    config: str
    traffic: str
    key: str
    replication: int
    kept: pathlib.Path | None
    tables: bool

    @property
    def once(self) -> Any:
        """Tasks that agree in this need not both be done."""
        return self.kept or (self.key, self.replication)

    @property
    def whose(self) -> dict[str, Any]:
        """What a kept file must say."""
        return {"key": self.key, "replication": self.replication}


_families: dict[str, tuple[Scenario, Demand]] = {}  # of this process, by traffic
MOST_FAMILIES = 8


def _demand(task: Task) -> Demand:
    """The demand of all designs that have the traffic of this one: built once."""
    if task.traffic not in _families:
        if len(_families) == MOST_FAMILIES:
            _families.pop(next(iter(_families)))
        scenario = load(json.loads(task.config))
        _families[task.traffic] = scenario, Demand(scenario)
    return _families[task.traffic][1]


@lru_cache(maxsize=64)
def _built(config: str, traffic: str) -> tuple[Scenario, Model]:
    family, _ = _families[traffic]
    scenario = family.like(Config.model_validate(json.loads(config)))
    return scenario, scenario.model()


@lru_cache(maxsize=2)
def _traffic(demand: Demand, seed: int, replication: int) -> tuple[np.ndarray, dict[str, float]]:
    return demand.traffic(seed, replication)


def replicate(task: Task) -> Replication:
    """Run one replication of a design.

    Its figures are written last: where they are, everything is.
    """
    clock = [time.perf_counter()]
    demand = _demand(task)
    scenario, model = _built(task.config, task.traffic)
    seed = scenario.engine.seed
    evs, trips = _traffic(demand, seed, task.replication)
    model, evs = scenario.driven(model, evs)
    model = model.with_changes(failures(scenario, seed, task.replication))
    clock.append(time.perf_counter())
    ledger = simulate(model, evs)
    clock.append(time.perf_counter())
    audit.check(ledger)
    clock.append(time.perf_counter())
    window = metrics.Window(scenario.counted_days())
    table, network = (
        metrics.stations(ledger, window, scenario.sites),
        metrics.network(ledger, window),
    )
    queue = metrics.hourly(ledger, "queue_h") if task.tables else NO_QUEUE
    if task.kept and task.tables:
        folder = task.kept.parent
        for old in folder.glob("figures-*"):  # the answer to another question
            if old.stem != task.kept.stem:
                old.unlink()
        for name, own in zip(
            TABLES, (ledger.sessions(), ledger.station_bins(), table), strict=True
        ):
            store.write_table(folder / name, own)
    clock.append(time.perf_counter())
    seconds = dict(zip(PARTS, np.diff(clock).tolist(), strict=True))
    counts = {**trips, "events": ledger.events, "driving_at_end": ledger.driving}
    result = Replication(task.design, task.replication, network, table, queue, counts, seconds)
    if task.kept:
        _keep(task, result)
    return result


def replicate_each(tasks: Sequence[Task]) -> list[Replication]:
    """Several short replications at once; those that a worker finished before it died are not
    done again."""
    done = []
    for task in tasks:
        own = None
        with suppress(store.Damaged):
            own = _kept(task)
        done.append(own or replicate(task))
    return done


def _keep(task: Task, result: Replication) -> None:
    assert task.kept is not None
    table, folder = result.stations, task.kept.parent
    if len(result.queue):
        table = table.assign(queue=list(result.queue))
    beside = {name: store.file_digest(folder / name) for name in TABLES if task.tables}
    facts = {"network": result.network, "trips": result.trips, "tables": beside}
    # Apart, so that the same result has the same bytes.
    store.write_facts(_cost_of(task.kept), result.seconds, task.whose)
    store.write_result(task.kept, table, facts, task.whose)


def _cost_of(kept: pathlib.Path) -> pathlib.Path:
    return kept.with_suffix(".json")


def _kept(task: Task) -> Replication | None:
    """What an earlier run found, if it was asked for exactly this.

    Raises `store.Damaged` if it is not as it was written, with a sentence that names it.
    """
    if not task.kept:
        return None
    path = task.kept
    try:
        table, facts = store.read_result(path, task.whose)
        for name, digest in facts["tables"].items() if task.tables else ():
            path = task.kept.parent / name
            if store.file_digest(path) != digest:
                raise store.Damaged("is not as it was written")
        path = _cost_of(task.kept)
        seconds = store.read_facts(path, task.whose)
    except FileNotFoundError:
        if path == task.kept:
            return None
        raise store.Damaged(f"`{path}` is missing: its replication runs again") from None
    except store.Damaged as error:
        raise store.Damaged(f"`{path}` {error}: its replication runs again") from None
    queue = np.stack(table.pop("queue").tolist()) if "queue" in table else NO_QUEUE
    return Replication(
        task.design, task.replication, facts["network"], table, queue, facts["trips"], seconds
    )


def move(replications: pathlib.Path, to: pathlib.Path) -> None:
    """Put replications with their tables in the place of what is kept there of other designs.

    Only what a study kept is removed.
    """
    for old in list(to.glob("*/r*/figures-*.parquet")):
        for path in (*(old.parent / name for name in TABLES), _cost_of(old), old):
            path.unlink(missing_ok=True)
        for folder in (old.parent, old.parent.parent):
            with suppress(OSError):  # something else is in it
                folder.rmdir()
    for kept in list(replications.glob("*/r*/figures-*.parquet")):
        place = to / kept.parent.relative_to(replications)
        place.mkdir(parents=True, exist_ok=True)
        for path in (*(kept.parent / name for name in TABLES), _cost_of(kept), kept):
            os.replace(path, place / path.name)


def design_key(scenario: Scenario) -> str:
    """The name of all that determines the figures of a design: the configuration as far as it
    matters, its tables, and the program."""
    config = json.loads(scenario.to_json())
    engine = {name: config["engine"][name] for name in ("seed", "bin_min", "curve_tolerance")}
    sections = {name: config[name] for name in ("network", "demand", "fleet", "station", "policy")}
    sections["policy"].pop("upgrade_rule", None)  # says what to build, once it is known who fails
    return store.digest(
        [sections, engine, _tables(scenario), provenance.program(), *provenance.versions().items()]
    )


def _traffic_key(scenario: Scenario) -> str:
    config = json.loads(scenario.to_json())
    sections = {name: config[name] for name in ("network", "demand", "fleet", "engine")}
    return store.digest([sections, _tables(scenario)])


def _tables(scenario: Scenario) -> dict[str, str]:
    """Hashes of the tables that a replication depends on: what things cost is none of them."""
    rule = scenario.config.policy.upgrade_rule
    hashes = scenario.input_hashes()
    return {name: own for name, own in hashes.items() if not rule or name != rule.costs}


Asked = tuple[str, Scenario, int]  # name of a design, the design, number of the replication


class Study:
    """Replications of designs, none of them run twice: kept in a folder, whoever asks for them.

    Parameters
    ----------
    engine : how many replications, and on how many workers.
    folder : where they are kept; None: nowhere.
    progress : told what goes on.
    tables : also write the tables of every visit and bin, in a folder a replication.

    Attributes
    ----------
    counts : replications that were `used`, and `run` for that (the others were there already).
    cpu_s : processor time spent on them, by part of the work, in whichever run.
    """

    def __init__(
        self, engine: EngineSection, folder: pathlib.Path | None, progress: Any,
        tables: bool = False,
    ) -> None:  # fmt: skip
        self.engine, self.folder, self.progress, self.tables = engine, folder, progress, tables
        self._pool = cluster.Pool(cores(engine.workers))
        self.counts = {"used": 0, "run": 0}
        self.cpu_s = dict.fromkeys(PARTS, 0.0)
        self._paid: set[Any] = set()  # what is in `cpu_s`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._pool.__exit__(*failure)

    def ask(self, asked: Sequence[Asked], what: str = "replications") -> list[Replication]:
        """Some replications of some designs, in that order: from disk, or run now."""
        tasks = self._tasks(asked)
        found = self._found(tasks)
        first: dict[Any, int] = {}  # designs of two names may be the same one
        same = [first.setdefault(task.once, n) for n, task in enumerate(tasks)]
        missing = [n for n in first.values() if found[n] is None]
        there = len(first) - len(missing)
        again = f", {there} are there already" if there else ""
        workers = cores(self.engine.workers)
        self.progress.start(len(missing), f"{len(missing)} {what} on {workers} cores{again}")
        batches = _batches(tasks, missing, workers)
        for number, results in self._pool.run(
            replicate_each, [([tasks[n] for n in batch],) for batch in batches]
        ):
            for n, result in zip(batches[number], results, strict=True):
                found[n] = result
                self.progress.advance()
        new = {tasks[n].once: own for n in first.values() if (own := found[n]) is not None}
        for part, seconds in spent(new[once] for once in new.keys() - self._paid).items():
            self.cpu_s[part] += seconds
        self._paid |= new.keys()
        self.counts["used"] += len(first)
        self.counts["run"] += len(missing)
        return [
            replace(own, design=task.design)
            for task, n in zip(tasks, same, strict=True)
            if (own := found[n]) is not None
        ]

    def run(
        self, designs: Mapping[str, Scenario], numbers: Iterable[int], what: str = "replications"
    ) -> dict[str, list[Replication]]:
        """The replications of these numbers of every design."""
        own = list(numbers)
        asked = [(name, scenario, r) for name, scenario in designs.items() for r in own]
        found = iter(self.ask(asked, what))
        return {name: [next(found) for _ in own] for name in designs}

    def enough(self, designs: Mapping[str, Scenario]) -> dict[str, list[Replication]]:
        """As many replications of all designs as `engine` wants.

        Their number is `engine.replications`.  With `engine.half_width` it is only the first look
        (at least `FLOOR`): then as many more as the look asks for, until the 95 % intervals of the
        `AIM` figures of every design are that narrow, or `engine.most_replications` are done.
        """
        engine = self.engine
        want = engine.replications if engine.half_width is None else max(FLOOR, engine.replications)
        results: dict[str, list[Replication]] = {name: [] for name in designs}
        have = 0
        while have < want:
            for name, more in self.run(designs, range(have, want)).items():
                results[name] += more
            have = want
            if engine.half_width is not None:
                want = max(want, min(engine.most_replications, _needed(results, engine.half_width)))
        return results

    def _found(self, tasks: Sequence[Task]) -> list[Replication | None]:
        """What is kept of each; what is damaged is told, and missing."""
        found: list[Replication | None] = []
        damaged: list[str] = []
        for task in tasks:
            try:
                found.append(_kept(task))
            except store.Damaged as error:
                found.append(None)
                damaged.append(str(error))
        tell(damaged, self.progress)
        return found

    def _tasks(self, asked: Sequence[Asked]) -> list[Task]:
        names: dict[int, tuple[str, str, str]] = {}  # by identity: a design is asked for often
        tasks = []
        for design, scenario, r in asked:
            if id(scenario) not in names:
                own = (scenario.to_json(), _traffic_key(scenario), design_key(scenario))
                names[id(scenario)] = own
            config, traffic, key = names[id(scenario)]
            kept = self._kept_at(design, r, key)
            tasks.append(Task(design, config, traffic, key, r, kept, self.tables))
        return tasks

    def _kept_at(self, design: str, replication: int, key: str) -> pathlib.Path | None:
        if self.folder is None:
            return None
        if self.tables:
            return self.folder / design / f"r{replication:03d}" / f"figures-{key}.parquet"
        return self.folder / provenance.program() / key / f"r{replication:03d}.parquet"


def tell(damaged: Iterable[str], progress: Any) -> None:
    """Say which kept results are damaged, each once."""
    sentences = list(dict.fromkeys(damaged))
    for sentence in sentences[:SHOWN]:
        progress.warn(sentence)
    if len(sentences) > SHOWN:
        progress.warn(f"… and {len(sentences) - SHOWN:,} more")


def _batches(tasks: Sequence[Task], missing: Sequence[int], workers: int) -> list[list[int]]:
    """Tasks that meet the same traffic together, so that it is drawn once; few enough at a time
    to keep all workers at work."""
    most = max(1, min(MOST_AT_ONCE, len(missing) // (2 * workers)))
    same: dict[tuple[str, int], list[int]] = {}
    for n in missing:
        same.setdefault((tasks[n].traffic, tasks[n].replication), []).append(n)
    return [own[k : k + most] for own in same.values() for k in range(0, len(own), most)]


def run(
    designs: Mapping[str, Scenario], engine: EngineSection, out: pathlib.Path | None, progress: Any
) -> dict[str, list[Replication]]:
    """Enough replications of all designs (see `Study.enough`), with all their tables.

    What an earlier run into the same folder has done is not done again, if everything that
    determines it is the same.
    """
    with Study(engine, out, progress, tables=True) as study:
        return study.enough(designs)


def _needed(results: Mapping[str, list[Replication]], half_width: float) -> int:
    return max(
        interval.needed([r.network[figure] for r in own], half_width)
        for own in results.values()
        for figure in AIM
    )


def wide(engine: EngineSection, replications: Sequence[Replication]) -> dict[str, float]:
    """Half-widths, relative to the mean, of the `AIM` figures that are still not narrow enough."""
    found = {}
    for figure in AIM if engine.half_width is not None else ():
        values = [r.network[figure] for r in replications]
        middle, half = float(np.mean(values)), interval.half_width(values)
        if half > (engine.half_width or 0.0) * middle > 0.0:
            found[figure] = half / middle
    return found


def cores(workers: int) -> int:
    """The number of worker processes; 0 stands for one per core."""
    return workers or len(os.sched_getaffinity(0))


def warm_up(progress: Any) -> None:
    """Compile the kernels here, once, so that workers find them on disk."""
    if not is_cached():
        progress.status("compiling the kernels (once per machine, one to two minutes)")
    simulate(
        Model((Station("s", (Cabinet((Evse(),)),)),), (Vehicle("v", 1.0, ((1.0, 1.0),)),)), NO_EVS
    )


def spent(replications: Iterable[Replication]) -> dict[str, float]:
    """Seconds of processor time by part of the work, in whichever run it was done."""
    own = list(replications)
    return {part: sum(r.seconds[part] for r in own) for part in PARTS}
