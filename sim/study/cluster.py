"""Rounds of tasks: in this process, or on workers, with the same results."""

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, nullcontext, suppress
from queue import Empty, SimpleQueue
from typing import Any, Self

from sim.study import greeting
from sim.study.connection import JOINED_S, ClusterError, Connection, Died, once
from sim.study.progress import Progress
from sim.study.where import Where

__all__ = ["ClusterError", "Pool", "Where", "WorkerDied", "each", "run", "staying"]

TRIES = 3  # of a task whose worker dies
MESSAGE_S = 1.0  # of work in one message: what it costs to send is little beside that
MOST = 64  # tasks in one message
AHEAD = 3  # messages for each worker that are on their way or at work
LOOK_S = 5.0  # between looks at whether there are workers

Task = tuple[Any, ...]


class WorkerDied(Exception):
    """A task whose worker died at every try: its number in the round, and what it is called."""

    def __init__(self, task: int, deaths: int, name: str = "") -> None:
        super().__init__(task, deaths, name)
        self.task, self.deaths, self.name = task, deaths, name or f"task {task}"

    def __str__(self) -> str:
        return f"{self.name}: given up, its worker died {self.deaths} times"


def quiet(key: str, /, **values: Any) -> None:
    """Is told what goes on, by the key of a message, and says nothing."""


class Pool:
    """Workers that stay for as many rounds of tasks as there are.

    With one worker everything runs here.  Otherwise the processes start with the first round that
    has more than one task.  A worker that dies is replaced, and the tasks that it was at run again,
    each of them alone, so that the one it died of is known; that one is given up after `TRIES`.
    """

    def __init__(self, where: Where, tell: Callable[..., object] = quiet) -> None:
        self.where, self._tell = where, tell
        self._connection: Connection | None = None
        self.sent = 0  # messages to workers
        self.running = 0  # tasks that are at work: one for each worker that has any

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        if self._connection and (failure[0] or self.where not in _staying):
            self._forget()
        self._connection = None

    def _forget(self) -> None:
        """Close the connection, for others that share it, too."""
        connection, self._connection = self._connection, None
        if connection:
            if _staying.get(self.where) is connection:
                _staying[self.where] = None
            connection.close()

    def run(
        self, function: Callable[..., Any], tasks: Iterable[Task], works: Iterable[str] = (),
        together: Sequence[Sequence[int]] = (),
    ) -> Iterator[tuple[int, Any]]:  # fmt: skip
        """Yield (number of the task, `function(*task)`) for all tasks, in any order; a future that
        it returns is waited for, on a worker while the next task is at work.

        Raises what a task raises, and drops those that have not started; `WorkerDied` for one that
        is given up; `ClusterError` where a cluster is lost.

        Parameters
        ----------
        function : importable by name.
        works : further modules whose sources what it finds depends on.
        together : numbers of tasks that one worker does better one after another, all of them in
            the order in which they begin.
        """
        tasks = list(tasks)
        try:
            if not self.where.address and (self.where.cores <= 1 or len(tasks) <= 1):
                for number in (n for own in together or [range(len(tasks))] for n in own):
                    self.running = 1
                    yield number, *_done(function, [tasks[number]])
            elif tasks:
                connection = self._connected()
                who = b""
                if self.where.address:  # workers of this machine are this program
                    modules = tuple(sorted({function.__module__, *works}))
                    connection.greet(modules)
                    who = pickle.dumps((greeting.own(modules), modules))
                order = together or ([n] for n in range(len(tasks)))
                yield from _Round(self, connection, function, tasks, order, who)
        finally:
            self.running = 0

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = _staying.get(self.where) or Connection(self.where, self._tell)
            if self.where in _staying:
                _staying[self.where] = self._connection
        return self._connection


class _Round:
    """Tasks on their way: so many in a message that it takes `MESSAGE_S`, and so few messages that
    what waits does not grow with the number of tasks."""

    def __init__(
        self, pool: Pool, connection: Connection, function: Callable[..., Any],
        tasks: Sequence[Task], order: Iterable[Sequence[int]], who: bytes,
    ) -> None:  # fmt: skip
        self._pool, self._connection, self._function = pool, connection, function
        self._tasks, self._who = tasks, who
        self._order, self._count = filter(None, order), len(tasks)
        self._left: Sequence[int] = next(self._order, [])  # those that are sent next
        self._suspects: deque[int] = deque()
        self._deaths: dict[int, int] = {}
        self._out: dict[Any, list[int]] = {}  # by future, the numbers in the message
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._task_s = MESSAGE_S  # a guess until one is known
        self._workers, self._looked, self._alone_s = connection.workers, time.monotonic(), 0.0

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        while self._left or self._suspects or self._out:
            self._fill()
            self._count_running()
            future = self._next()
            if future is None:
                continue
            numbers = self._out.pop(future)
            self._count_running()
            try:
                seconds, results = self._connection.result(future)
            except Died:
                self._blame(numbers)
                continue
            self._task_s = seconds / len(numbers)
            yield from zip(numbers, results, strict=True)

    def _count_running(self) -> None:
        self._pool.running = min(len(self._out), self._workers)

    def _fill(self) -> None:
        """Send what there is room for; suspects last, each with nothing beside it."""
        while self._left and len(self._out) < AHEAD * self._workers:
            size, numbers = self._size(), self._taken()
            while self._left and len(numbers) + len(self._left) <= size:
                numbers += self._taken()
            self._count -= len(numbers)
            self._send(numbers)
        if self._suspects and not self._out:
            self._send([self._suspects.popleft()])

    def _taken(self) -> list[int]:
        own, self._left = self._left, next(self._order, [])
        return [*own]

    def _size(self) -> int:
        fair = -(-self._count // (2 * max(1, self._workers)))
        return max(1, min(MOST, fair, round(MESSAGE_S / max(self._task_s, 1e-6))))

    def _send(self, numbers: list[int]) -> None:
        # Tasks travel packed: the scheduler would open each one of them itself, all in one go.
        packed = pickle.dumps([self._tasks[n] for n in numbers])
        future = self._connection.send(
            _opened, self._function, packed, self._who, done=self._done.put
        )
        self._out[future] = numbers
        self._pool.sent += 1

    def _next(self) -> Any:
        """The next message that is done; None: none is yet."""
        future = None
        with suppress(Empty):
            future = self._done.get(timeout=LOOK_S)
        if time.monotonic() - self._looked >= LOOK_S:
            self._look()
        return future

    def _look(self) -> None:
        """How many workers there are now: those that come get work, and without any it ends."""
        self._workers, before = self._connection.workers, self._looked
        self._looked = time.monotonic()
        self._alone_s = 0.0 if self._workers else self._alone_s + self._looked - before
        if self._alone_s > JOINED_S:
            address = self._pool.where.address
            raise ClusterError(
                f"no worker is left at {address}: start some with `dask worker {address}`, and say "
                "the same again; what is kept is not done again"
            )

    def _blame(self, numbers: Sequence[int]) -> None:
        """A worker died that had these, though it may have been at another one."""
        for number in numbers:
            self._deaths[number] = self._deaths.get(number, 0) + 1
        is_sure = len(numbers) == 1 and not self._out
        if is_sure and self._deaths[numbers[0]] >= TRIES:
            raise WorkerDied(numbers[0], self._deaths[numbers[0]])
        self._suspects.extend(numbers)


def _opened(function: Callable[..., Any], packed: bytes, who: bytes) -> tuple[float, list[Any]]:
    """On a worker: how long a message took, and what each of its tasks found."""
    if who:
        greeting.check(*pickle.loads(who))
    with once() if who else nullcontext():
        began = time.perf_counter()
        found = _done(function, pickle.loads(packed))
        return time.perf_counter() - began, found


def _done(function: Callable[..., Any], tasks: Iterable[Task]) -> list[Any]:
    """What tasks find.  What they leave to be written is written then, also where one of them, or
    whoever waits for it, raises."""
    found: list[Any] = []
    try:
        for task in tasks:
            found += [function(*task)]
        return [own.result() if isinstance(own, Future) else own for own in found]
    finally:
        wait(own for own in found if isinstance(own, Future))


# ---- connections that several pools share ----------------------------------------------------

_staying: dict[Where, Connection | None] = {}


@contextmanager
def staying(where: Where, tell: Callable[..., object] = quiet) -> Iterator[None]:
    """Pools of this place that are made inside share one connection, which ends with it.

    A cluster that is to be there is reached at once: raises `InputError` where it cannot be used.
    """
    if where in _staying:
        yield
        return
    _staying[where] = Connection(where, tell) if where.address else None
    try:
        yield
    finally:
        if connection := _staying.pop(where):
            connection.close()


def run(
    function: Callable[..., Any], tasks: Iterable[Task], where: Where
) -> Iterator[tuple[int, Any]]:
    """One round of tasks in a pool of its own; see `Pool.run`."""
    tasks = list(tasks)
    with _of_one_round(tasks, where, quiet) as pool:
        yield from pool.run(function, tasks)


def _of_one_round(tasks: Sequence[Task], where: Where, tell: Callable[..., object]) -> Pool:
    """A pool with no more workers than it has tasks."""
    if where.workers and not where.address:
        where = where._replace(workers=max(1, min(where.workers, len(tasks))))
    return Pool(where, tell)


def each(
    function: Callable[..., Any], tasks: Iterable[Task], where: Where, progress: Progress,
    key: str, /, **values: Any,
) -> list[Any]:  # fmt: skip
    """Results of one round in the order of its tasks; a message by its `key` says what goes on
    meanwhile."""
    tasks, found = list(tasks), {}
    with _of_one_round(tasks, where, progress.status) as pool:
        progress.start(len(tasks), key, lambda: pool.running, **values)
        for number, result in pool.run(function, tasks):
            found[number] = result
            progress.advance()
    return [found[number] for number in range(len(tasks))]
