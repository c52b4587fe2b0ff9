"""Where tasks run: in this process, or on worker processes of this machine (Dask).

The only file that imports `distributed`.
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


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


def run(
    function: Callable[..., Any], tasks: Iterable[tuple], workers: int
) -> Iterator[tuple[int, Any]]:
    """Yield (number of the task, `function(*task)`) for all tasks, in any order.

    `function` must be importable by name.  An exception in a task is raised here; the tasks that
    have not started are dropped.  Workers listen on 127.0.0.1 only.
    """
    tasks = list(tasks)
    workers = min(workers, len(tasks))
    if workers <= 1:
        for number, task in enumerate(tasks):
            yield number, function(*task)
        return

    import dask
    from distributed import Client, LocalCluster, as_completed

    with ExitStack() as stack:
        stack.enter_context(
            dask.config.set(
                {"distributed.worker.daemon": True, "logging": {"distributed": "error"}}
            )
        )
        with _deaf_children():
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                    dashboard_address="127.0.0.1:0", silence_logs=50,
                )
            )  # fmt: skip
        client = stack.enter_context(Client(cluster))
        futures = {
            client.submit(function, *task, pure=False): number for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
            future.release()  # or a dead worker would repeat finished work
