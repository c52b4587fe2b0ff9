"""What a pool of workers costs: a sweep of many small designs, dispatch, memory of who sends.

The functions of this module are what runs in a process of its own (`apart.py`).
"""

import dataclasses
import os
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from experiments.speed.apart import peak_gb
from experiments.speed.cases import CAP_KW, stations_only
from experiments.speed.settings import PoolSection
from experiments.speed.workers import looped
from sim import audit, metrics
from sim.engine import simulate
from sim.stats.estimate import Metric
from sim.study import cluster
from sim.study.case import Replication
from sim.study.study import Study
from sim.study.where import Where

WORKERS = 2
EVSES = 10  # of each station
SESSIONS, DAYS = 1_500, 7  # so many of a station take six of them
NARROW = 0.5  # the last design has so much of the cap of the first
STATIONS, TIMED = 10, 50  # of the first design that is timed, and how often each process runs it


@dataclass(frozen=True)
class Small:
    """A few stations alone, each under a cap of so many kW for each EVSE."""

    works: ClassVar[str] = __name__
    metrics: ClassVar[dict[str, Metric]] = {}
    traffic: ClassVar[str] = "the same for all"

    cap_kw: float
    stations: int

    @property
    def key(self) -> str:
        return f"{self.cap_kw} {self.stations}"

    def with_(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)


def figures(case: Small, replication: int) -> Replication:
    sessions = SESSIONS * case.stations
    model, evs = stations_only(case.stations, EVSES, sessions, seed=replication)
    cap_kw = case.cap_kw * EVSES
    stations = tuple(dataclasses.replace(own, cap_kw=cap_kw) for own in model.stations)
    ledger = simulate(dataclasses.replace(model, stations=stations, horizon_h=24.0 * DAYS), evs)
    audit.check(ledger)
    window = metrics.Window(tuple(range(DAYS)))
    return Replication(metrics.network(ledger, window), metrics.stations(ledger, window))


def designs(own: PoolSection, stations: int) -> dict[str, Small]:
    """Caps in equal steps, the most that the first design's carry comes."""
    step = (1.0 - NARROW) / max(1, own.designs - 1)
    return {f"{n}": Small(CAP_KW * (1.0 - n * step), stations) for n in range(own.designs)}


def stations_in(design_s: float) -> int:
    """Of how many stations a replication takes so long in a bare loop on this machine, with a loop
    on each core; a part of its time is the same for any number, so the second look is closer."""
    stations = STATIONS
    for _ in range(2):
        middle = Small(CAP_KW * 0.5 * (1.0 + NARROW), stations)
        took_s = looped(figures, [[(middle, n) for n in range(TIMED)]] * WORKERS)
        stations = max(1, round(stations * design_s * TIMED / took_s))
    return stations


class _Engine:
    """Two workers; how many replications there are is said where they are asked for."""

    replications = most_replications = 0
    half_width: float | None = None
    where = Where(WORKERS)


class _Quiet:
    """Is told what goes on, and says nothing."""

    def say(self, key: str, /, **values: Any) -> str:
        return ""

    def start(self, total: int, key: str, running: Any, /, **values: Any) -> None:
        pass

    def advance(self) -> None:
        pass

    status = warn = cluster.quiet


def swept(own: dict[str, Any]) -> dict[str, Any]:
    """A sweep that is kept in a folder, workers started and ended, against the same replications in
    bare loops in as many processes: some of them before and as many after, so that a machine that
    others use slows both."""
    section = PoolSection.model_construct(**own)
    cases = designs(section, stations_in(section.design_s))
    every = [(case, r) for case in cases.values() for r in range(section.replications)]
    some = every[:: max(1, len(every) // section.bare)]
    halves = [some[n::WORKERS] for n in range(WORKERS)]
    bare_s = looped(figures, halves)
    began, client_s, others_s = time.perf_counter(), time.process_time(), _ended_s()
    with (
        tempfile.TemporaryDirectory() as folder,
        Study(_Engine(), Path(folder), _Quiet()) as study,
    ):
        study.run(cases, section.replications)
        tasks_s = sum(study.cpu_s.values())
    sweep_s = time.perf_counter() - began
    client_s, others_s = time.process_time() - client_s, _ended_s() - others_s
    bare_s += looped(figures, halves)
    bare = 2 * len(some)
    return {
        "ratio": (len(every) / sweep_s) / (bare / bare_s), "workers": WORKERS,
        "designs": section.designs, "replications": section.replications,
        "stations": cases["0"].stations, "bare_ms": 1e3 * WORKERS * bare_s / bare,
        "tasks_s": tasks_s, "sweep_s": sweep_s,
        "client_s": client_s, "cpu_s": client_s + others_s, "bare": bare, "bare_s": bare_s,
    }  # fmt: skip


def _ended_s() -> float:
    """Processor time of processes that this one started, and that have ended."""
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime


# ---- dispatch alone ----------------------------------------------------------------------------


def busy(seconds: float) -> tuple[int, float, float]:
    """A task that takes so long, whatever else the machine does; the process that it is done in,
    and the processor time of that before and after."""
    end, began_s = time.perf_counter() + seconds, time.process_time()
    while time.perf_counter() < end:
        pass
    return os.getpid(), began_s, time.process_time()


def dispatched(own: dict[str, Any]) -> dict[str, Any]:
    """The share of the workers' time that is lost between tasks of equal length, the processor time
    of the client counted as lost, too: where it has no core of its own, a worker waits for it."""
    section = PoolSection.model_construct(**own)
    tasks = [(section.task_s,)] * section.tasks
    with cluster.Pool(Where(WORKERS)) as pool:
        _through(pool.run(busy, [(0.01,)] * WORKERS * 20))  # workers are there
        began, client_s = time.perf_counter(), time.process_time()
        found = [own for _, own in pool.run(busy, tasks)]
        wall_s, client_s = time.perf_counter() - began, time.process_time() - client_s
    idle = 1.0 - section.task_s * section.tasks / (WORKERS * wall_s)
    client = client_s / (WORKERS * wall_s)
    beside_s = client_s + _between_s(found)
    return {
        "lost": idle + client, "idle": idle, "client": client, "tasks": section.tasks,
        "task_s": section.task_s, "workers": WORKERS, "beside_ms": 1e3 * beside_s / section.tasks,
    }  # fmt: skip


def _between_s(found: Iterable[tuple[int, float, float]]) -> float:
    """Processor time of the workers between their first task and their last, without tasks."""
    of: dict[int, list[tuple[float, float]]] = {}
    for process, *own in found:
        of.setdefault(process, []).append((own[0], own[1]))
    return sum(
        max(end for _, end in own) - min(begin for begin, _ in own)
        - sum(end - begin for begin, end in own)
        for own in of.values()
    )  # fmt: skip


def _through(round_: Iterator[Any]) -> None:
    for _ in round_:
        pass


# ---- memory of who sends -----------------------------------------------------------------------


def nothing(number: int) -> int:
    return number


def sent(own: dict[str, Any]) -> dict[str, Any]:
    """The most memory of the client in a round of short tasks, and in one of ten times as many."""
    section = PoolSection.model_construct(**own)
    with cluster.Pool(Where(WORKERS)) as pool:
        _through(pool.run(nothing, _numbered(section.short)))
        few_gb = peak_gb()
        _through(pool.run(nothing, _numbered(10 * section.short)))
        many_gb = peak_gb()
    return {"ratio": many_gb / few_gb, "few": section.short, "few_gb": few_gb,
            "many": 10 * section.short, "many_gb": many_gb}  # fmt: skip


def _numbered(tasks: int) -> Iterable[tuple[int]]:
    return ((n,) for n in range(tasks))
