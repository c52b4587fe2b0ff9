"""Designs that compete: judged on draws on which none of them was planned."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from sim.stats import interval, selection
from sim.stats.selection import Selection
from sim.study.case import Replication
from sim.study.study import SIMULATING, Study

Loss = Callable[[Mapping[str, Any]], float]


class Contest:
    """Replications of designs, numbered on from those that plans are made on (the first
    `engine.replications`), and of the base on the same draws.

    Parameters
    ----------
    designs : by their names; the first is the base.
    loss : of the key figures of a replication; the less, the better.
    what : they are, for the line of progress: the key of a message.
    """

    def __init__(
        self, study: Study, designs: Mapping[Any, Any], loss: Loss, what: str = SIMULATING
    ) -> None:
        self.study, self.designs, self._loss, self._what = study, designs, loss, what
        self.base = next(iter(designs))
        self._kept: dict[Any, list[Replication]] = {design: [] for design in designs}

    def __getitem__(self, design: Any) -> list[Replication]:
        """All that were asked for."""
        return self._kept[design]

    def ask(self, designs: Iterable[Any], numbers: range) -> None:
        """Replications of these numbers (the first is 0), which go on where the designs end; none
        of them is the base."""
        wanted = [*designs]
        if numbers.stop > len(self[self.base]):
            wanted.append(self.base)
        first = self.study.engine.replications
        drawn = range(first + numbers.start, first + numbers.stop)
        found = self.study.run({own: self.designs[own] for own in wanted}, drawn, self._what)
        for design in wanted:
            self._kept[design] += found[design]

    def select(self, among: Mapping[str, Any], indifference: float) -> Selection:
        """Which of these designs loses least; see `sim/stats/selection.py`."""

        def sample(names: Iterable[str], numbers: range) -> dict[str, list[float]]:
            self.ask([among[name] for name in names], numbers)
            return {n: [-x for x in self.losses(among[n])][numbers.start :] for n in names}

        planned = self.study.engine.replications
        return selection.select(
            sample, list(among), indifference,
            first=max(6, planned // 2), most=2 * planned, step=max(1, planned // 4),
        )  # fmt: skip

    def over_worlds(self, among: Mapping[str, Any], indifference: float) -> Selection:
        """Which of these designs loses least in 95 % of as many worlds as plans are made on.

        A procedure that selects is about means.  Here one is out if it saves no more than the
        design of the least mean loss, or more by less than the indifference amount, in so many.
        """
        self.ask(among.values(), range(self.study.engine.replications))
        values = {name: -np.array(self.losses(own)) for name, own in among.items()}
        order = sorted(values, key=lambda name: -float(values[name].mean()))
        first, *others = order
        ahead = {name: interval.difference(values[first] - values[name]) for name in others}
        left = [name for name in others if ahead[name]["low"] <= -indifference]
        return Selection((first, *left), values, indifference)

    def losses(self, design: Any) -> list[float]:
        return [float(self._loss(own.figures)) for own in self[design]]

    def saved(self, design: Any, than: Any = None) -> dict[str, Any]:
        """How much less a design loses than the base, or than another one, paired."""
        own, other = self.losses(design), self.losses(self.base if than is None else than)
        n = min(len(own), len(other))
        return interval.paired_difference(own[:n], other[:n])
