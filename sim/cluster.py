"""Where tasks run: in this process, or on worker processes of this machine (Dask).

The only file that imports `distributed`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def run(
    function: Callable[..., Any], tasks: Iterable[tuple], workers: int
) -> Iterator[tuple[int, Any]]:
    """Yield (number of the task, `function(*task)`) for all tasks, in any order.

    `function` must be importable by name.  An exception in a task is raised here; the tasks that
    have not started are dropped.  Workers listen on 127.0.0.1 only, without a dashboard.
    """
    tasks = list(tasks)
    workers = min(workers, len(tasks))
    if workers <= 1:
        for number, task in enumerate(tasks):
            yield number, function(*task)
        return

    import dask
    from distributed import Client, LocalCluster, as_completed

    with (
        dask.config.set({"distributed.worker.daemon": True, "logging": {"distributed": "error"}}),
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True,
            host="127.0.0.1", dashboard_address=None, silence_logs=40,
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        futures = {
            client.submit(function, *task, pure=False): number for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
            future.release()  # or a dead worker would repeat finished work
