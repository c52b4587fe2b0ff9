"""Worlds: replications of a path from holiday to holiday, in which plans build.

What stands in a holiday depends on what the holidays before it showed in the same world, and on
nothing else, because planners see one holiday and no mean.  The holidays of a world are drawn
independently of each other; in each of them all plans meet the same drivers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.years import plans
from experiments.forty_percent_rule.years.plans import Choose
from sim.roads.building import Building, Order, upgradable
from sim.roads.holidays import Holiday
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Rule
from sim.stations.costs import Cost
from sim.study.case import Replication
from sim.study.study import Study


@dataclass
class Trail(Building):
    """One plan in one world, holiday by holiday.

    Attributes
    ----------
    seen : what the holidays were like.
    stands : how many stations have been upgraded and are open in each.
    flagged : stations over the rule's threshold, whatever the plan.
    stuck : those of them that no upgrade can change, though none is under construction.
    rents : of mobile units.
    """

    choose: Choose
    seen: list[Replication] = field(default_factory=list, init=False)
    stands: list[int] = field(default_factory=list, init=False)
    flagged: list[list[str]] = field(default_factory=list, init=False)
    stuck: list[list[str]] = field(default_factory=list, init=False)
    rents: list[Cost] = field(default_factory=list, init=False)

    def ordered(self, holiday: int) -> list[Order]:
        """After the holiday of that number."""
        return [order for order in self.orders if order.round == holiday]

    def go_on(
        self, rule: Rule, design: Scenario, seen: Replication, table: pd.DataFrame,
        holiday: Holiday, months: float,
    ) -> None:  # fmt: skip
        """After a holiday; the rule looks at the `table`, and to build takes so many months."""
        can, busy = upgradable(self.action, design), self.busy(holiday.first_day)
        free = {name: after for name, after in can.items() if name not in busy}
        flagged, number = rule.flagged(table), len(self.seen)
        chosen = self.choose(design, table[table["station"].isin(free)], number)
        self.stands.append(len(self.standing(holiday.first_day)))
        self.order(design, {name: free[name] for name in chosen}, number, holiday.later(months))
        self.seen.append(seen)
        self.flagged.append(flagged)
        self.stuck.append([name for name in flagged if name not in busy and name not in can])
        self.rents.append(self.rent(design))


Trails = Mapping[str, Sequence[Trail]]  # by plan, one for each world


def replay(scenario: Ruled, runs: Study, holidays: Sequence[Holiday]) -> Trails:
    """Every plan in every world: two, and one more for every five replications of the study.

    More and more EVs make a world dear, and what plans build differs little between worlds.
    """
    rule, months = Rule.of(scenario), scenario.own.years.build_months
    worlds = range(2 + runs.engine.replications // 5)
    own_plans = plans.of(scenario, holidays)
    trails = {name: [Trail(*plan) for _ in worlds] for name, plan in own_plans.items()}
    each = [(name, w, trails[name][w]) for w in worlds for name in trails]
    for k, holiday in enumerate(holidays):
        bases = [holiday.design(scenario)]
        if rule.is_everyday:
            bases.append(holiday.ordinary(scenario))
        asked = [
            (f"{name}-{k}-w{w}", trail.design(base, holiday.first_day), w * len(holidays) + k)
            for base in bases
            for name, w, trail in each
        ]
        found = runs.ask(asked, f"worlds in {holiday.name}")
        looked = found[-len(each) :]  # the ordinary week, if it is that which the rule looks at
        for (*_, trail), (_, design, _), seen, at in zip(each, asked, found, looked, strict=False):
            trail.go_on(rule, design, seen, at.stations, holiday, months)
    return trails
