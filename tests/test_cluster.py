"""Tasks run here or on worker processes, with the same results."""

import operator
import os
import signal
from pathlib import Path

import pytest

from sim import cluster


@pytest.mark.parametrize("workers", [1, 2])
def test_results_by_number(workers):
    tasks = [(n, 2) for n in range(7)]
    assert dict(cluster.run(operator.pow, tasks, workers)) == {n: n * n for n in range(7)}


def test_a_failing_task_raises_here():
    with pytest.raises(ZeroDivisionError):
        list(cluster.run(operator.truediv, [(1, 1), (1, 0)], 1))


def process_of(_):
    return os.getpid()


def test_a_pool_keeps_its_workers_between_rounds():
    with cluster.Pool(2) as pool:
        rounds = [{pid for _, pid in pool.run(process_of, [(n,) for n in range(20)])} for _ in "ab"]
    assert os.getpid() not in rounds[0]
    assert len(rounds[0] | rounds[1]) <= 2


def note_and_die_once(folder: str, number: int) -> int:
    """Leaves a file for every time it begins; number 3 kills its process the first time."""
    begun = Path(folder) / f"{number}-{len(list(Path(folder).glob(f'{number}-*')))}"
    begun.touch()
    if begun.name == "3-0":
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    tasks = [(str(tmp_path), n) for n in range(8)]
    with cluster.Pool(2) as pool:
        assert sorted(result for _, result in pool.run(note_and_die_once, tasks)) == list(range(8))
    assert {"3-0", "3-1"} <= {path.name for path in tmp_path.iterdir()}
