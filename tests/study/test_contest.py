"""Designs that compete: what is asked for, and what they save, by hand."""

from math import sqrt
from types import SimpleNamespace

import numpy as np
import pytest

from sim.study.case import Replication
from sim.study.contest import Contest

LOST = {"today": [110.0, 130.0], "x": [45.0, 56.0], "y": [70.0, 60.0]}


class Played:
    """A study of two replications, and then those that are written down, by design."""

    def __init__(self, lost):
        self.engine, self.lost, self.asked = SimpleNamespace(replications=2), lost, []

    def run(self, designs, numbers, what):
        self.asked.append((sorted(designs), list(numbers)))
        return {
            name: [Replication({"lost": self.lost[design][n - 2]}) for n in numbers]
            for name, design in designs.items()
        }


def contest_of(lost):
    played = Played(lost)
    return played, Contest(played, {name: name for name in lost}, lambda own: own["lost"])


def test_savings_by_hand():
    played, contest = contest_of(LOST)
    contest.ask(["x", "y"], range(1))
    contest.ask(["x", "y"], range(1, 2))
    contest.ask(["x"], range(2, 2))
    assert played.asked == [
        (["today", "x", "y"], [2]), (["today", "x", "y"], [3]), (["x"], []),
    ]  # fmt: skip
    assert contest.losses("x") == LOST["x"]
    saved = contest.saved("x")
    assert saved["mean"] == np.mean([110 - 45, 130 - 56])
    half = 12.706205 * np.std([65, 74], ddof=1) / sqrt(2)  # t(1)
    assert saved["high"] - saved["mean"] == pytest.approx(half)
    assert contest.saved("x", "y")["mean"] == np.mean([25, 4])


def test_what_went_on_is_paired_with_what_was_left_behind():
    _, contest = contest_of({"today": [9.0] * 4, "x": [1.0, 2.0, 3.0, 4.0], "y": [5.0] * 4})
    contest.ask(["x", "y"], range(2))
    contest.ask(["x"], range(2, 4))
    assert [len(contest[name]) for name in ("today", "x", "y")] == [4, 4, 2]
    assert contest.saved("x", "y")["mean"] == np.mean([4.0, 3.0])


def test_the_least_loss_is_selected():
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 1.0, 6)
    lost = {"today": noise + 20, "x": noise + 10, "y": noise + 5, "z": noise + 15}
    played, contest = contest_of({name: own.tolist() for name, own in lost.items()})
    found = contest.select({"a": "x", "b": "y"}, indifference=1.0)
    assert (found.best, found.is_shown) == ("b", True)
    assert all("z" not in designs for designs, _ in played.asked)
