"""Worlds: replications of a path from holiday to holiday, in which plans build.

What stands in a holiday depends on what the holidays before it showed in the same world, and on
nothing else, because planners see one holiday and no mean.  The holidays of a world are drawn
independently of each other; in each of them all plans meet the same drivers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action, Rule
from sim.roads.years.building import Building, Order, upgradable
from sim.roads.years.holidays import Holiday
from sim.stations.costs import Cost
from sim.study.case import Replication
from sim.study.study import Study

Choose = Callable[[Scenario, pd.DataFrame, int], Sequence[str]]


class Plan(NamedTuple):
    """What is built, and for whom.

    `choose` is told what stood in a holiday, what was seen there (of stations that can have the
    action) and the number of the holiday.
    """

    action: Action
    choose: Choose


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


def replay(
    base: Scenario, runs: Study, holidays: Sequence[Holiday], plans: Mapping[str, Plan],
    rule: Rule, months: float, worlds: int,
) -> Trails:  # fmt: skip
    """Every plan in every world; to build takes so many months.

    The tables of the stations are those that the `rule` looks at.  With what is not known in it, a
    world is at one point of the posterior and in one layout, in all its holidays.
    """
    trails = {name: [Trail(*plan) for _ in range(worlds)] for name, plan in plans.items()}
    each = [(name, w, trails[name][w]) for w in range(worlds) for name in plans]
    for k, holiday in enumerate(holidays):
        bases = [holiday.design(base)]
        if rule.is_everyday:
            bases.append(holiday.ordinary(base))
        asked = [
            (
                f"{name}-{k}-w{w}",
                trail.design(stands, holiday.first_day),
                base.number(w, k, len(holidays)),
            )
            for stands in bases
            for name, w, trail in each
        ]
        found = runs.ask(asked, "doing.worlds", told={"day": holiday.first_day})
        looked = found[-len(each) :]  # the ordinary week, if it is that which the rule looks at
        for (*_, trail), (_, design, _), seen, at in zip(each, asked, found, looked, strict=False):
            trail.go_on(rule, design, seen, at.stations, holiday, months)
    return trails
