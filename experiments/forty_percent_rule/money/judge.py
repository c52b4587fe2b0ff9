"""What strategies achieve, on draws on which none of them was planned."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.forty_percent_rule.measure import change
from experiments.forty_percent_rule.settings import MoneySection
from sim.roads.scenario import Scenario
from sim.stats import interval
from sim.study.case import Replication
from sim.study.study import Study

TODAY = "today"
FIGURES = ("wait_h", "unserved_kwh", "stranded", "energy_kwh")

Design = tuple[str, float]  # a strategy, and its share of the money


def lost_h(table: Any, money: MoneySection) -> Any:
    """The objective [h]: hours waited, and those that each driver counts as who gave up; of a
    table of stations, or of the figures of the network."""
    return table["wait_h"] + money.lost_h * (table["balked"] + table["reneged"])


def figures(replications: Sequence[Replication]) -> dict[str, np.ndarray]:
    """Figures of the network [replication]; `plugged_h`: hours that all sessions together occupy
    an EVSE, which faster charging saves."""
    own = pd.DataFrame([r.figures for r in replications])
    return {
        **{name: own[name].to_numpy() for name in FIGURES},
        "lost": (own["balked"] + own["reneged"]).to_numpy(),
        "plugged_h": (own["sessions"] * own["occupancy_min"] / 60.0).to_numpy(),
    }


class Judge:
    """Replications of the designs, numbered on from those that plans are made on, and of today on
    the same draws."""

    def __init__(
        self, runs: Study, today: Scenario, designs: Mapping[Design, Scenario], money: MoneySection
    ) -> None:
        self.runs, self.designs, self.money = runs, designs, money
        self._today = today
        self._kept: dict[Design | str, list[Replication]] = {design: [] for design in designs}
        self._kept[TODAY] = []

    def ask(self, designs: Sequence[Design], numbers: range) -> None:
        """Replications of these numbers (the first is 0), which go on where the designs end.

        Designs that buy the same are simulated once.
        """
        first = self.runs.engine.replications
        names = {design: self.designs[design].to_json() for design in designs}
        short = {text: f"{n}" for n, text in enumerate(dict.fromkeys(names.values()))}
        asked = {short[text]: self.designs[design] for design, text in names.items()}
        if numbers.stop > len(self._kept[TODAY]):
            asked[TODAY] = self._today
        drawn = range(first + numbers.start, first + numbers.stop)
        found = self.runs.run(asked, drawn, "strategies")
        for design, text in names.items():
            self._kept[design] += found[short[text]]
        self._kept[TODAY] += found[TODAY] if TODAY in asked else []

    def kept(self, design: Design) -> list[Replication]:
        return self._kept[design]

    def today(self) -> list[Replication]:
        return self._kept[TODAY]

    def sample(self, strategies: Sequence[str], numbers: range) -> dict[str, list[float]]:
        """Hours lost with all the money, below 0 (for `selection`)."""
        whole = [(name, 1.0) for name in strategies]
        self.ask(whole, numbers)
        return {name: [-h for h in self._hours(self._kept[name, 1.0])][numbers.start :]
                for name, _ in whole}  # fmt: skip

    def lost_today(self) -> dict[str, float]:
        return interval.mean(self._hours(self.today()))

    def saved(self, design: Design, than: Design | None = None) -> dict[str, Any]:
        """Hours saved against today, or against another design, paired."""
        own, other = self._pair(design, than)
        return interval.paired_difference(self._hours(own), self._hours(other))

    def changes(self, design: Design) -> dict[str, Any]:
        """Every figure minus that of today, paired."""
        own, today = (figures(rs) for rs in self._pair(design, None))
        return {name: change(x.tolist(), own[name].tolist()) for name, x in today.items()}

    def _pair(
        self, design: Design, than: Design | None
    ) -> tuple[list[Replication], list[Replication]]:
        own, other = self._kept[design], self._kept[than or TODAY]
        n = min(len(own), len(other))
        return own[:n], other[:n]

    def _hours(self, replications: Sequence[Replication]) -> list[float]:
        return [float(lost_h(r.figures, self.money)) for r in replications]
