"""Worlds: replications of a path from holiday to holiday, in which plans build.

What stands in a holiday depends on what the holidays before it showed in the same world, and on
nothing else, because planners see one holiday and no mean.  The holidays of a world are drawn
independently of each other; in each of them all plans meet the same drivers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.years import holidays as rule_holidays
from experiments.forty_percent_rule.years import plans as rule_years_plans
from experiments.forty_percent_rule.years.holidays import Holiday
from experiments.forty_percent_rule.years.plans import Order, Plan
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Rule
from sim.stations.costs import Cost
from sim.study.case import Replication
from sim.study.study import Study


@dataclass
class Trail:
    """One plan in one world, holiday by holiday.

    Attributes
    ----------
    seen : what the holidays were like.
    flagged : stations over the rule's threshold, whatever the plan.
    stuck : those of them that no upgrade can change, though none is under construction.
    orders : of all holidays, in the order in which they were given.
    rents : of mobile units.
    """

    plan: Plan
    seen: list[Replication] = field(default_factory=list)
    flagged: list[list[str]] = field(default_factory=list)
    stuck: list[list[str]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    rents: list[Cost] = field(default_factory=list)

    def design(self, base: Scenario, day: date) -> Scenario:
        """What stands on a day."""
        stands = rule_years_plans.standing(self.orders, day)
        return base.with_overrides({name: own.override for name, own in stands.items()})

    def go_on(
        self, rule: Rule, design: Scenario, seen: Replication, table: pd.DataFrame,
        day: date, opens: date,
    ) -> None:  # fmt: skip
        """After a holiday that began on that `day`; the rule looks at the `table`."""
        can = rule_years_plans.upgradable(self.plan.action, design)
        busy = rule_years_plans.building(self.orders, day)
        free = {name: after for name, after in can.items() if name not in busy}
        flagged = rule.flagged(table)
        self.orders += rule_years_plans.ordered(
            self.plan, design, table, free, len(self.seen), opens
        )
        self.seen.append(seen)
        self.flagged.append(flagged)
        self.stuck.append([name for name in flagged if name not in busy and name not in can])
        self.rents.append(rule_years_plans.rent(self.plan.action, design))


Trails = Mapping[str, Sequence[Trail]]  # by plan, one for each world


def replay(scenario: Ruled, runs: Study, holidays: Sequence[Holiday]) -> Trails:
    """Every plan in every world: two, and one more for every five replications of the study.

    More and more EVs make a world dear, and what plans build differs little between worlds.
    """
    rule, years = Rule.of(scenario), scenario.own.years
    worlds = range(2 + runs.engine.replications // 5)
    plans = rule_years_plans.of(scenario, holidays)
    trails = {name: [Trail(plan) for _ in worlds] for name, plan in plans.items()}
    each = [(name, w, trails[name][w]) for w in worlds for name in plans]
    for k, holiday in enumerate(holidays):
        bases = [rule_holidays.design(scenario, holiday)]
        if rule.is_everyday:
            bases.append(rule_holidays.ordinary(scenario, holiday))
        designs = [[own.design(base, holiday.first_day) for *_, own in each] for base in bases]
        asked = [
            (f"{name}-{k}-w{w}", design, w * len(holidays) + k)
            for own in designs
            for (name, w, _), design in zip(each, own, strict=True)
        ]
        found = runs.ask(asked, f"worlds in {holiday.name}")
        looked = found[-len(each) :]  # the ordinary week, if it is that which the rule looks at
        opens = rule_years_plans.opening(holiday, years)
        for (*_, trail), design, seen, at in zip(each, designs[0], found, looked, strict=False):
            trail.go_on(rule, design, seen, at.stations, holiday.first_day, opens)
    return trails
