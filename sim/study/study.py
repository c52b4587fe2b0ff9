"""Designs x replications on common random numbers: kept, resumed, spread over workers.

A design is a case.  Replication r of every design draws from the same named streams, so two
designs meet the same drivers and differ by what was changed, not by luck.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from sim.stats import interval
from sim.study import cluster, kept, provenance, store
from sim.study.case import Case, Replication, Work, usual
from sim.study.kept import Task
from sim.study.results import Results
from sim.study.where import Where

FLOOR = 10  # replications before an interval may decide whether there are enough
SIMULATING = "doing.simulating"  # what a study does where it is not told more
MOST_AT_ONCE = 8  # replications of the same traffic for a worker


class Engine(Protocol):
    """How many replications, and on how many workers."""

    replications: int
    most_replications: int
    half_width: float | None

    @property
    def where(self) -> Where: ...


Asked = tuple[Any, Any, int]  # name of a design, the design, number of the replication


class Study:
    """Replications of designs, none of them run twice: kept in a folder, whoever asks for them.

    Parameters
    ----------
    engine : how many replications, and on how many workers.
    folder : where they are kept; None: nowhere.
    progress : told what goes on.
    named : keep them in folders by the names of the designs, a replication each, where people
        look into their tables; a folder holds the answer to the last question only.

    Attributes
    ----------
    counts : replications that were `used`, `run` for that (the others were there already), and
        runs `simulated` for the used ones, of which a search takes several.
    cpu_s : processor time spent on them, by part of the work, in whichever run.
    """

    def __init__(
        self, engine: Engine, folder: Path | None, progress: Any, named: bool = False
    ) -> None:
        self.engine, self.folder, self.progress, self.named = engine, folder, progress, named
        self._pool = cluster.Pool(engine.where, progress.status)
        self.counts = {"used": 0, "run": 0, "simulated": 0}
        self.cpu_s: dict[str, float] = {}
        self._paid: set[Any] = set()  # what is in `cpu_s`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._pool.__exit__(*failure)

    def ask(
        self, asked: Sequence[Asked], what: str = SIMULATING, work: Work | None = None,
        told: Mapping[str, Any] = {}, **of_work: Any,
    ) -> list[Replication]:  # fmt: skip
        """Some replications of some designs, in that order: from disk, or run now.

        Parameters
        ----------
        what : is done, for the line of progress: the key of a message that names what is `told`.
        work : what to do for each, if not the usual; `of_work` are its further arguments.
        """
        tasks = self._tasks(asked, work, of_work)
        found = self._found(tasks)
        first: dict[Any, int] = {}  # designs of two names may be the same one
        same = [first.setdefault(task.once, n) for n, task in enumerate(tasks)]
        missing = [n for n in first.values() if found[n] is None]
        self._tell(self.progress.say(what, **told), len(missing), len(first) - len(missing))
        for n, done in self._done(tasks, missing):
            found[n] = done
            self.progress.advance()
        self.counts["used"] += len(first)
        self.counts["run"] += len(missing)
        for n in first.values():
            self._pay(tasks[n].once, found[n])
        return [own for n in same if (own := found[n]) is not None]

    def _done(
        self, tasks: Sequence[Task], missing: Sequence[int]
    ) -> Iterator[tuple[int, Replication]]:
        """Do these, and keep what is found: on this machine workers write it themselves, from a
        cluster it comes back, for one who holds the folder writes into it."""
        comes_back = bool(self._pool.where.address)
        does: Any = kept.make if comes_back else kept.do_once
        asked, works = [(tasks[n],) for n in missing], {task.work.__module__ for task in tasks}
        together = _together([own for (own,) in asked], self._pool.where.cores)
        try:
            for k, own in self._pool.run(does, asked, works, together):
                yield missing[k], kept.keep(*asked[k], own) if comes_back else own
        except cluster.WorkerDied as died:
            (task,) = asked[died.task]
            design = f"design `{task.design}`, " if task.design else ""
            name = f"{design}replication {task.replication}"
            raise cluster.WorkerDied(died.task, died.deaths, name) from None

    def run(
        self, designs: Mapping[Any, Any], replications: int | Iterable[int],
        what: str = SIMULATING, work: Work | None = None, **asked: Any,
    ) -> Results:  # fmt: skip
        """So many replications of every design, or those of these numbers.

        Parameters
        ----------
        designs : cases by their names; the first is the base that others are compared with.
        what : is done, for the line of progress: the key of a message.
        work : what to do for each, if not the usual; `asked` are its further arguments.
        """
        numbers = range(replications) if isinstance(replications, int) else list(replications)
        each = [(name, case, r) for name, case in designs.items() for r in numbers]
        found = iter(self.ask(each, what, work, **asked))
        return Results(
            {name: [next(found) for _ in numbers] for name in designs}, _metrics(designs)
        )

    def enough(
        self, designs: Mapping[Any, Any], aim: Sequence[str], work: Work | None = None,
        **asked: Any,
    ) -> Results:  # fmt: skip
        """As many replications of all designs as `engine` wants.

        Their number is `engine.replications`.  With `engine.half_width` it is only the first look
        (at least `FLOOR`): then as many more as the look asks for, until the 95 % intervals of the
        figures in `aim` are that narrow for every design, or `engine.most_replications` are done.
        """
        engine = self.engine
        want = engine.replications if engine.half_width is None else max(FLOOR, engine.replications)
        results = Results({name: [] for name in designs}, _metrics(designs))
        have = 0
        while have < want:
            results = results.and_(self.run(designs, range(have, want), work=work, **asked))
            have = want
            if engine.half_width is not None:
                needed = max(
                    interval.needed(results.values(metric, name), engine.half_width)
                    for name in designs
                    for metric in aim
                )
                want = max(want, min(engine.most_replications, needed))
        return results

    def _tell(self, what: str, missing: int, there: int) -> None:
        where = self._pool.where.said(self.progress.say)
        self.progress.start(
            missing, "doing.rest" if there else "doing.replications", lambda: self._pool.running,
            what=what, n=missing, where=where, there=there,
        )  # fmt: skip

    def _pay(self, once: Any, found: Replication | None) -> None:
        """What a replication cost, once, whoever ran it."""
        if found is not None and once not in self._paid:
            self._paid.add(once)
            self.counts["simulated"] += int(found.counts.get("runs", 1))
            for part, seconds in found.seconds.items():
                self.cpu_s[part] = self.cpu_s.get(part, 0.0) + seconds

    def _found(self, tasks: Sequence[Task]) -> list[Replication | None]:
        """What is kept of each; what cannot be used is told, and missing."""
        found: list[Replication | None] = []
        unusable: list[kept.Unusable] = []
        for task in tasks:
            try:
                found.append(kept.read(task))
            except kept.Unusable as why:
                found.append(None)
                unusable.append(why)
        kept.tell(unusable, self.progress)
        return found

    def _tasks(
        self, asked: Sequence[Asked], work: Work | None, of_work: Mapping[str, Any]
    ) -> list[Task]:
        keys: dict[int, tuple[Work, str]] = {}  # by identity: a design is asked for often
        tasks = []
        for design, case, r in asked:
            if id(case) not in keys:
                own = work or usual(case)
                keys[id(case)] = own, key_of(case, own, of_work)
            does, key = keys[id(case)]
            at = self._kept_at(design, r, key)
            tasks.append(Task(does, case, r, of_work, key, at, str(design)))
        return tasks

    def _kept_at(self, design: Hashable, replication: int, key: str) -> Path | None:
        if self.folder is None:
            return None
        if self.named:
            return self.folder / str(design) / f"r{replication:03d}" / f"figures-{key}.parquet"
        return self.folder / key / f"r{replication:03d}.parquet"


def key_of(case: Case, work: Work, asked: Mapping[str, Any] | None = None) -> str:
    """The name of all that determines what the replications of a case find: its settings and
    tables, the work and the sources that it is made of, and the libraries."""
    own = [case.key, work.__module__, work.__qualname__, dict(asked or {})]
    return store.digest([*own, provenance.figures(work.__module__)])


def _metrics(designs: Mapping[Any, Any]) -> Mapping[str, Any]:
    for case in designs.values():
        metrics: Mapping[str, Any] = case.metrics
        return metrics
    return {}


def _together(tasks: Sequence[Task], workers: int) -> list[list[int]]:
    """Tasks that meet the same traffic, so that it is drawn once; few enough to keep all workers
    at work."""
    most = max(1, min(MOST_AT_ONCE, len(tasks) // (2 * workers)))
    same: dict[tuple[str, int], list[int]] = {}
    for n, task in enumerate(tasks):
        same.setdefault((task.case.traffic, task.replication), []).append(n)
    return [own[k : k + most] for own in same.values() for k in range(0, len(own), most)]
