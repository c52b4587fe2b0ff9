"""What is kept on disk of what was found: sealed, and believed only as it was written."""

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.study import store
from sim.study.case import Case, Replication, Work

TABLES = ("sessions.parquet", "station_bins.parquet", "kpis.parquet")  # that a work may write
SHOWN = 20  # warnings about files that cannot be used
HOURS = "hours:"  # begins the names of columns that hold courses over the hours
_writer = ThreadPoolExecutor(1, "writer")


@dataclass(frozen=True)
class Task:
    """One replication of a design.

    `key` names all that determines what is found; `kept` is the file that holds it, with its cost
    beside; `design` is what the study calls it.
    """

    work: Work
    case: Case
    replication: int
    asked: Mapping[str, Any]
    key: str
    kept: Path | None
    design: str = ""

    @property
    def once(self) -> Any:
        """Tasks that agree in this need not both be done."""
        return self.kept or (self.key, self.replication)

    @property
    def whose(self) -> dict[str, Any]:
        """What a kept file must say."""
        return {"key": self.key, "replication": self.replication}


class Unusable(Exception):
    """A kept file that is missing or damaged, and the key of the message that says so."""

    def __init__(self, key: str, path: Path) -> None:
        super().__init__(key, path)
        self.key, self.path = key, path


@dataclass(frozen=True)
class Made:
    """What a replication found, and the files that keep it, by name: the figures come last, so that
    where they are, everything is."""

    found: Replication
    files: Mapping[str, bytes]


def do(task: Task) -> Future[Replication]:
    """Do the work, and keep what it finds: that is written while the next work is done, for a disk
    takes its time until what is written would survive a crash."""
    return _writer.submit(keep, task, make(task))


def do_once(task: Task) -> Replication | Future[Replication]:
    """The same on a worker: what another one finished before it died is not done again."""
    own = None
    with suppress(Unusable):
        own = read(task)
    return own or do(task)


def make(task: Task) -> Made:
    """Do the work where the folder is out of reach: whoever asked keeps what was found."""
    clock = [time.process_time()]
    found = task.work(task.case, task.replication, **task.asked)
    clock.append(time.process_time())
    if not found.seconds:
        found = replace(found, seconds={task.work.__name__: clock[1] - clock[0]})
    if task.kept is None:
        return Made(replace(found, tables={}), {})
    assert found.tables.keys() <= {*TABLES}, [*found.tables]
    files = {name: store.table(own) for name, own in found.tables.items()}
    beside = {name: store.bytes_digest(data) for name, data in files.items()}
    if beside:
        spent = time.process_time() - clock[1]
        seconds = {**found.seconds, "tables": found.seconds.get("tables", 0.0) + spent}
        found = replace(found, seconds=seconds)
    courses = {HOURS + name: list(own) for name, own in found.hours.items()}
    facts = {
        "figures": found.figures, "counts": found.counts, "more": found.more, "tables": beside,
    }  # fmt: skip
    # Apart, so that the same result has the same bytes.
    files[cost_of(task.kept).name] = store.facts(found.seconds, task.whose)
    figures = found.stations.assign(**courses)
    files[task.kept.name] = store.result(figures, facts, task.whose)
    return Made(replace(found, tables={}), files)


def keep(task: Task, made: Made) -> Replication:
    """Write what was found; in a folder with wide tables, figures of another question go."""
    if task.kept:
        if made.files.keys() & {*TABLES}:
            for old in task.kept.parent.glob("figures-*"):
                if old.stem != task.kept.stem:
                    old.unlink()
        for name, data in made.files.items():
            store.write_bytes(task.kept.parent / name, data)
    return made.found


def cost_of(kept: Path) -> Path:
    return kept.with_suffix(".json")


def read(task: Task) -> Replication | None:
    """What an earlier run found, if it was asked for exactly this.

    Raises `Unusable` if a file of it is missing, or not as it was written.
    """
    if not task.kept:
        return None
    path = task.kept
    try:
        table, facts = store.read_result(path, task.whose)
        for name, digest in facts["tables"].items():
            path = task.kept.parent / name
            if store.file_digest(path) != digest:
                raise store.Damaged("is not as it was written")
        path = cost_of(task.kept)
        seconds = store.read_facts(path, task.whose)
    except FileNotFoundError:
        if path == task.kept:
            return None
        raise Unusable("warning.missing", path) from None
    except store.Damaged:
        raise Unusable("warning.damaged", path) from None
    courses = [str(name) for name in table.columns if str(name).startswith(HOURS)]
    hours = {name.removeprefix(HOURS): np.stack(table.pop(name).tolist()) for name in courses}
    return Replication(
        facts["figures"], table, hours, facts["counts"], facts["more"], seconds
    )  # fmt: skip


def move(replications: Path, to: Path) -> None:
    """Put replications with their tables in the place of what is kept there of other designs.

    Only what a study kept is removed.
    """
    for old in list(to.glob("*/r*/figures-*.parquet")):
        for path in (*(old.parent / name for name in TABLES), cost_of(old), old):
            path.unlink(missing_ok=True)
        for folder in (old.parent, old.parent.parent):
            with suppress(OSError):  # something else is in it
                folder.rmdir()
    for own in list(replications.glob("*/r*/figures-*.parquet")):
        place = to / own.parent.relative_to(replications)
        place.mkdir(parents=True, exist_ok=True)
        for path in (*(own.parent / name for name in TABLES), cost_of(own), own):
            os.replace(path, place / path.name)


def tell(unusable: Iterable[Unusable], progress: Any) -> None:
    """Say which kept results cannot be used, each once."""
    told = list(dict.fromkeys((own.key, own.path) for own in unusable))
    for key, path in told[:SHOWN]:
        progress.warn(key, path=str(path))
    if len(told) > SHOWN:
        progress.warn("warning.more", n=len(told) - SHOWN)
