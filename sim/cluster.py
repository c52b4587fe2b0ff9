"""Where tasks run: in this process, or on worker processes of this machine (Dask).

The only file that imports `distributed`.
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

# Dask has workers give every freed page back at once, and each replication would ask for the same
# pages again.
MEMORY = {"MALLOC_TRIM_THRESHOLD_": 1 << 30, "MALLOC_MMAP_THRESHOLD_": 1 << 28}


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started inside ignore Ctrl-C: the parent alone answers it, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Pool:
    """Worker processes that stay for as many rounds of tasks as there are.

    With one worker everything runs here.  Otherwise the processes start with the first round that
    has more than one task; they listen on 127.0.0.1 only.  A worker that dies is replaced, and the
    task that it was at runs again.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stack = ExitStack()
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._stack.__exit__(*failure)

    def run(
        self, function: Callable[..., Any], tasks: Iterable[tuple]
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
        futures = {
            client.submit(function, *task, pure=False): number for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
            future.release()  # or a dead worker would repeat finished work

    def _connected(self) -> Any:
        if self._client is None:
            import dask
            from distributed import Client, LocalCluster

            self._stack.enter_context(
                dask.config.set(
                    {
                        "distributed.worker.daemon": True,
                        "distributed.nanny.pre-spawn-environ": MEMORY,
                        "logging": {"distributed": "error"},
                    }
                )
            )
            with _deaf_children():
                cluster = self._stack.enter_context(
                    LocalCluster(
                        n_workers=self._workers, threads_per_worker=1, processes=True,
                        host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50,
                    )
                )  # fmt: skip
            self._client = self._stack.enter_context(Client(cluster))
        return self._client


def run(
    function: Callable[..., Any], tasks: Iterable[tuple], workers: int
) -> Iterator[tuple[int, Any]]:
    """One round of tasks in a pool of its own; see `Pool.run`."""
    tasks = list(tasks)
    with Pool(min(workers, len(tasks))) as pool:
        yield from pool.run(function, tasks)
