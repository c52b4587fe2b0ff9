"""What was observed, and how much of it is known: the table that inputs are fitted to."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import model_validator

from sim.config.folder import configs_dir
from sim.config.problems import did_you_mean
from sim.config.table import Name, Row, Text, read
from sim.metrics import METRICS
from sim.roads import level
from sim.stats.posterior import Observation


class Observed(Row):
    """A figure of a calendar.

    `low`, `high`: the middle 95 % of what it may be; `role`: whether inputs are fitted to it.
    """

    demand: Name
    metric: Name
    quantity: Text
    unit: Text
    role: Literal["fitted", "check"]
    observed: float
    low: float
    high: float
    kind: Literal["measured", "forecast", "derived"]
    definition: Text
    source: Text

    @model_validator(mode="after")
    def _lies_in_its_range(self) -> Self:
        if not self.low <= self.observed <= self.high or self.low == self.high:
            raise ValueError(
                f"observed is {self.observed:g}, but must lie in a range of some width, and that "
                f"is {self.low:g} to {self.high:g}"
            )
        return self

    @property
    def observation(self) -> Observation:
        return Observation(self.low, self.high, self.metric in level.OF)


def observations(name: str, demands: Collection[str], problems: list[str]) -> list[Observed]:
    """The rows of a table about these calendars; what is wrong is added to the problems.

    `demands` : the names of the calendars that inputs are fitted to.
    """
    wrong: list[str] = []
    rows = read(configs_dir() / name, name, Observed, wrong)
    wrong += [
        f"{name} has an unknown metric `{row.metric}`{did_you_mean(row.metric, METRICS)}"
        for row in rows
        if row.metric not in METRICS
    ]
    each = [(row.demand, row.metric) for row in rows]
    wrong += [
        f"{name} has `{metric}` of {demand} more than once"
        for demand, metric in dict.fromkeys(each)
        if each.count((demand, metric)) > 1
    ]
    if not wrong and not any(row.role == "fitted" and row.demand in demands for row in rows):
        wrong.append(f"{name} has nothing to fit to of {' or '.join(demands)}")
    problems += wrong
    return rows
