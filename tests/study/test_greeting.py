"""Who is of this program, and who is not."""

from types import SimpleNamespace

import pytest

from sim.study import greeting
from sim.study.cluster import ClusterError, Where
from sim.study.connection import Connection

WORKS = ("sim.roads.case",)


def test_the_same_program_differs_in_nothing():
    own = greeting.own(WORKS)
    assert {"Python", "numba", "the kernels", "the sources of sim.roads.case"} <= own.keys()
    assert greeting.differ(own, own) == ""
    greeting.check(own, WORKS)


@pytest.mark.parametrize(
    "name", ["Python", "numpy", "the kernels", "the sources of sim.roads.case"]
)
def test_what_differs_is_named(name):
    other = {**greeting.own(WORKS), name: "another"}
    assert greeting.differ(other, greeting.own(WORKS)).endswith(", another here")
    assert greeting.differ(other, greeting.own(WORKS)).startswith(f"{name} ")
    with pytest.raises(greeting.Stranger, match=name):
        greeting.check(other, WORKS)


def test_a_stranger_that_came_later_ends_the_study_in_a_sentence():
    def result():
        raise greeting.Stranger("numpy 1 there, 2 here")

    there = Connection.__new__(Connection)
    there.where = Where(0, "tcp://a:1")
    with pytest.raises(ClusterError) as error:
        there.result(SimpleNamespace(status="error", result=result))
    assert str(error.value) == (
        "a worker that came later is of another version (numpy 1 there, 2 here): take it away from "
        "tcp://a:1 and say the same again"
    )
