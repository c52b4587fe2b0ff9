"""The rule for upgrades: whom it flags, what is built there, and what that costs."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

import pandas as pd

from sim import metrics
from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.stations.costs import Cost, priced, summed
from sim.stations.schema import CostRow, Transformers, Upgrade


@dataclass(frozen=True)
class Action:
    """What is built at a station: `Upgrade` says what, `hardware.py` how."""

    upgrade: Upgrade
    transformers: Transformers
    costs: Mapping[str, CostRow]

    def apply(self, scenario: Scenario, stations: Iterable[str]) -> Scenario:
        """The scenario with these stations upgraded, and the same streams of random numbers.

        It may be applied to what it returns: stacks, cabinets and storage add up, mobile units do
        not.  Raises `InputError` where a station cannot have it.
        """
        own = scenario.hardware
        built = {name: own[name].built(self.upgrade, self.transformers) for name in stations}
        return scenario.with_overrides({name: after.override for name, after in built.items()})

    def able(self, scenario: Scenario, stations: Iterable[str]) -> list[str]:
        """Those that can have it: no cap that a transformer would not raise, a transformer that is
        big enough, and power left at every hour."""
        overrides, found = scenario.config.station.overrides, []
        for name in stations:
            if self.upgrade.kva and name in overrides and overrides[name].cap_kw:
                continue
            with suppress(InputError):
                self.apply(scenario, [name])
                found.append(name)
        return found

    def bill(self, scenario: Scenario, station: str) -> dict[str, float]:
        """How much of every item of the table of costs it takes at a station."""
        own = scenario.hardware[station]
        after = own.built(self.upgrade, self.transformers)
        days = len(scenario.counted_days()) if scenario.config.demand.holiday else 0
        return own.bill(self.upgrade, after, days)

    def cost(self, scenario: Scenario, stations: Iterable[str]) -> Cost:
        """What it costs at these stations summed: the money laid out, not spread over years."""
        return summed(priced(self.bill(scenario, name), self.costs) for name in stations)

    def affordable(
        self, scenario: Scenario, stations: Sequence[str], budget_cny: float | None
    ) -> list[str]:
        """Those that are upgraded when money goes to them in this order, at typical cost.

        A station that costs more than what is left, or cannot have it, is passed over.
        """
        chosen, left = [], inf if budget_cny is None else budget_cny
        for name in stations:
            try:
                cost = self.cost(scenario, [name]).typical
            except InputError:  # it has been upgraded before, and no bigger transformer may come
                continue
            if cost <= left:
                chosen.append(name)
                left -= cost
        return chosen


@dataclass(frozen=True)
class Rule:
    """Upgrade the stations that are used more than the threshold.

    `definition`, `unit` and `window` are those of `metrics.py`; the window "everyday" is all hours
    of the ordinary week.
    """

    definition: str
    unit: str
    window: str
    threshold: float
    budget_cny: float | None
    action: Action

    @staticmethod
    def of(scenario: Scenario) -> "Rule":
        """The rule that the config gives.  Raises `InputError` if there is none."""
        rule = scenario.config.policy.upgrade_rule
        if rule is None:
            raise InputError(
                "there is no rule for upgrades: choose one (policy/upgrade_rule=forty_percent)"
            )
        action = Action(rule.action, rule.transformers, scenario.costs)
        return Rule(
            rule.definition, rule.unit, rule.window, rule.threshold, rule.budget_cny, action
        )

    @property
    def is_everyday(self) -> bool:
        """Whether it looks at the ordinary week instead of the holiday."""
        return self.window == "everyday"

    @property
    def column(self) -> str:
        """The figure it looks at, in the table of `metrics.stations`."""
        window = "holiday_mean" if self.is_everyday else self.window
        return metrics.column(self.definition, window, self.unit)

    def flagged(self, table: pd.DataFrame) -> list[str]:
        """The stations above the threshold, the fullest first (of equals, in order of the table).

        `table`: that of `metrics.stations`, or means of such tables; of the ordinary week if the
        rule `is_everyday`.
        """
        over = table[table[self.column] > self.threshold]
        return over.sort_values(self.column, ascending=False, kind="stable")["station"].tolist()

    def chosen(self, scenario: Scenario, table: pd.DataFrame) -> list[str]:
        """The flagged stations that the budget upgrades, the fullest first."""
        return self.action.affordable(scenario, self.flagged(table), self.budget_cny)
