"""Tasks run here or on worker processes, with the same results."""

import operator

import pytest

from sim import cluster


@pytest.mark.parametrize("workers", [1, 2])
def test_results_by_number(workers):
    tasks = [(n, 2) for n in range(7)]
    assert dict(cluster.run(operator.pow, tasks, workers)) == {n: n * n for n in range(7)}


def test_a_failing_task_raises_here():
    with pytest.raises(ZeroDivisionError):
        list(cluster.run(operator.truediv, [(1, 1), (1, 0)], 1))
