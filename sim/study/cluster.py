"""Where tasks run: in this process, or on worker processes of this machine (Dask).

The only file that imports `distributed`.
"""

import logging
import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any, Self

from sim.ending import ENDING
from sim.study.progress import Progress

# Dask has workers give every freed page back at once, and each replication would ask for the same
# pages again.
MEMORY = {"MALLOC_TRIM_THRESHOLD_": 1 << 30, "MALLOC_MMAP_THRESHOLD_": 1 << 28}
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}
HERE = "127.0.0.1:0"
SETTINGS = {
    "distributed.worker.daemon": True,
    "distributed.nanny.pre-spawn-environ": MEMORY | QUIET,
    # Nothing is told to a browser: whoever can reach the port could read it.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def _deaf() -> Iterator[None]:
    """Threads and processes started inside are deaf to Ctrl-C and SIGTERM, and so are those that
    they start: this thread alone answers, afterwards, and ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Pool:
    """Worker processes that stay for as many rounds of tasks as there are.

    With one worker everything runs here.  Otherwise the processes start with the first round that
    has more than one task.  They listen on 127.0.0.1 only, and to nobody without the certificate
    that is made for each pool.  A worker that dies is replaced, and the task that it was at runs
    again.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stack = ExitStack()
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        with _deaf():  # whoever cannot wait for the end of the pool would leave a part of it
            if failure[0]:
                self._kill()
            self._stack.__exit__(*failure)

    def _kill(self) -> None:
        """Nobody waits for what the workers are at."""
        for nanny in self._client.cluster.workers.values() if self._client else ():
            nanny.auto_restart = False
            if nanny.process and nanny.process.pid:
                with suppress(ProcessLookupError):
                    os.kill(nanny.process.pid, signal.SIGKILL)

    def run(
        self, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """Yield (number of the task, `function(*task)`) for all tasks, in any order.

        `function` must be importable by name.  An exception in a task is raised here; the tasks
        that have not started are dropped.
        """
        tasks = list(tasks)
        if self._workers <= 1 or len(tasks) <= 1:
            for number, task in enumerate(tasks):
                yield number, function(*task)
            return
        from distributed import as_completed

        client = self._connected()
        # Tasks travel packed: the scheduler would open each one of them itself, all in one go.
        futures = {
            client.submit(_opened, function, pickle.dumps(task), pure=False): number
            for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
            future.release()  # or a dead worker would repeat finished work

    def _connected(self) -> Any:
        if self._client is None:
            resource_tracker.ensure_running()  # who starts it later hears signals again
            with _deaf():
                import dask
                from distributed import Client, LocalCluster
                from distributed.security import Security

                # Connections that end with the pool are no news, not even after its end.
                logging.getLogger("distributed").setLevel(logging.CRITICAL)
                self._stack.enter_context(dask.config.set(SETTINGS))
                cluster = self._stack.enter_context(
                    LocalCluster(
                        n_workers=self._workers, threads_per_worker=1, processes=True,
                        host="127.0.0.1", security=Security.temporary(), silence_logs=50,
                        dashboard_address=HERE, worker_dashboard_address=HERE,
                        scheduler_kwargs={"dashboard": False},
                    )
                )  # fmt: skip
                self._client = self._stack.enter_context(Client(cluster))
        return self._client


def _opened(function: Callable[..., Any], task: bytes) -> Any:
    return function(*pickle.loads(task))


def run(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], workers: int
) -> Iterator[tuple[int, Any]]:
    """One round of tasks in a pool of its own; see `Pool.run`."""
    tasks = list(tasks)
    with Pool(min(workers, len(tasks))) as pool:
        yield from pool.run(function, tasks)


def each(
    function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]], workers: int,
    progress: Progress, text: str,
) -> list[Any]:  # fmt: skip
    """Results of one round in the order of its tasks; `text` says what goes on meanwhile."""
    tasks = list(tasks)
    progress.start(len(tasks), text)
    found = {}
    for number, result in run(function, tasks, workers):
        found[number] = result
        progress.advance()
    return [found[number] for number in range(len(tasks))]
