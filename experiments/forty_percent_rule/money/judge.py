"""What strategies achieve, on draws on which none of them was planned."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.measure import change
from experiments.forty_percent_rule.settings import MoneySection
from sim.roads.scenario import Scenario
from sim.stats import interval
from sim.study.case import Replication
from sim.study.study import Study

FIGURES = ("wait_h", "unserved_kwh", "stranded", "energy_kwh")

Design = tuple[str, float]  # a strategy, and its share of the money
TODAY: Design = ("today", 0.0)


def lost_h(table: Any, money: MoneySection) -> Any:
    """The objective [h]: hours waited, and those that each driver counts as who gave up; of a
    table of stations, or of the figures of the network."""
    return table["wait_h"] + money.lost_h * (table["balked"] + table["reneged"])


def _figures(own: Mapping[str, Any]) -> dict[str, float]:
    """Of the network; `plugged_h`: hours that all sessions together occupy an EVSE, which faster
    charging saves."""
    return {
        **{name: own[name] for name in FIGURES}, "lost": own["balked"] + own["reneged"],
        "plugged_h": own["sessions"] * own["occupancy_min"] / 60.0,
    }  # fmt: skip


class Judge:
    """Replications of the designs, numbered on from those that plans are made on, and of today on
    the same draws.

    Parameters
    ----------
    designs : by strategy and share; `TODAY` is one of them.
    """

    def __init__(
        self, runs: Study, designs: Mapping[Design, Scenario], money: MoneySection
    ) -> None:
        self.runs, self.designs, self.money = runs, designs, money
        self.kept: dict[Design, list[Replication]] = {design: [] for design in designs}

    def ask(self, designs: Sequence[Design], numbers: range) -> None:
        """Replications of these numbers (the first is 0), which go on where the designs end."""
        is_known = numbers.stop <= len(self.kept[TODAY])
        first = self.runs.engine.replications
        found = self.runs.run(
            {own: self.designs[own] for own in [*designs, *([] if is_known else [TODAY])]},
            range(first + numbers.start, first + numbers.stop), "strategies",
        )  # fmt: skip
        for design in found:
            self.kept[design] += found[design]

    def sample(self, strategies: Sequence[str], numbers: range) -> dict[str, list[float]]:
        """Hours lost with all the money, below 0 (for `selection`)."""
        self.ask([(name, 1.0) for name in strategies], numbers)
        return {
            name: [-h for h in self._hours((name, 1.0))][numbers.start :] for name in strategies
        }

    def today(self) -> dict[str, dict[str, float]]:
        """Every figure."""
        return {name: interval.mean(x) for name, x in self._table(TODAY).items()}

    def lost_today(self) -> dict[str, float]:
        return interval.mean(self._hours(TODAY))

    def saved(self, design: Design, than: Design = TODAY) -> dict[str, Any]:
        """Hours saved against today, or against another design, paired."""
        own, other = self._hours(design), self._hours(than)
        n = min(len(own), len(other))
        return interval.paired_difference(own[:n], other[:n])

    def changes(self, design: Design) -> dict[str, Any]:
        """Every figure minus that of today, paired."""
        today, own = self._table(TODAY), self._table(design)
        return {name: change(x[: len(own[name])], own[name]) for name, x in today.items()}

    def _table(self, design: Design) -> dict[str, list[float]]:
        each = [_figures(r.figures) for r in self.kept[design]]
        return {name: [own[name] for own in each] for name in each[0]}

    def _hours(self, design: Design) -> list[float]:
        return [float(lost_h(r.figures, self.money)) for r in self.kept[design]]
