"""Strategies for the money of the 40 % rule: what can be bought, and who buys what in which order.

A strategy is an order of purchases; whatever the budget, it goes through it and passes over what
it cannot pay.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.upgrade.answer import AS_THE_RULE_SAYS
from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Rule
from sim.stations.costs import NOTHING, Cost, priced, summed
from sim.stations.hardware import Hardware
from sim.stations.schema import CostRow, Mobile, Transformers, Upgrade

RULE, WAIT, SAVING, EVENLY, MOBILE = "rule", "wait", "saving", "evenly", "mobile"
INFORMED, SITE_RULE = "informed", "site_rule"
FREE = (INFORMED, SITE_RULE)

ACTION = AS_THE_RULE_SAYS  # beside the names of the menu

Purchase = tuple[str, str]  # a station, and what it gets: a name of the menu
Bought = tuple[str, ...]  # all that a station gets
Plan = Mapping[str, Bought]


@dataclass(frozen=True)
class Shop:
    """What can be had for which station, and at what price.

    All purchases for a station are built at once, so its transformer is paid once.
    `days`: for how many mobile units are paid.
    """

    scenario: Ruled
    items: Mapping[str, Upgrade]
    transformers: Transformers
    costs: Mapping[str, CostRow]
    most_evses: int
    days: int
    _costs: dict[tuple[str, Bought], Cost | None] = field(default_factory=dict)

    @staticmethod
    def of(scenario: Ruled) -> "Shop":
        """That of the menu of the config, and of the action of the rule."""
        rule, money = Rule.of(scenario), scenario.own.money
        return Shop(
            scenario.with_overrides({}), {**money.menu, ACTION: rule.action.upgrade},
            rule.action.transformers, rule.action.costs, money.most_evses,
            money.holidays * len(scenario.counted_days()),
        )  # fmt: skip

    @property
    def menu(self) -> list[str]:
        return [item for item in self.items if item != ACTION]

    def cost(self, plan: Plan) -> Cost:
        """What a plan costs that can be built."""
        found = [self._cost(station, bought) or NOTHING for station, bought in plan.items()]
        return summed(found)

    def price(self, plan: Plan, purchase: Purchase) -> float | None:
        """What one thing more costs typically [CNY], if it can be built."""
        station, item = purchase
        have = plan.get(station, ())
        before, after = self._cost(station, have), self._cost(station, (*have, item))
        return after.typical - before.typical if before and after else None

    def spend(self, order: Iterable[Purchase], budget: float) -> dict[str, Bought]:
        """The plan of a strategy with this budget [CNY]."""
        plan: dict[str, Bought] = {}
        left = budget
        for station, item in order:
            price = self.price(plan, (station, item))
            if price is not None and price <= left:
                plan[station] = (*plan.get(station, ()), item)
                left -= price
        return plan

    def design(self, plan: Plan) -> Scenario:
        after = {station: self._built(station, bought) for station, bought in plan.items()}
        return self.scenario.with_overrides({name: own.override for name, own in after.items()})

    def evses(self, station: str, bought: Bought) -> int:
        """How many stand there then, mobile ones included."""
        own = self._built(station, bought)
        return sum(len(c.evses) for c in (*own.cabinets, *own.mobile))

    def _cost(self, station: str, bought: Bought) -> Cost | None:
        key = station, tuple(sorted(bought))
        if key not in self._costs:
            self._costs[key] = self._priced(station, bought)
        return self._costs[key]

    def _priced(self, station: str, bought: Bought) -> Cost | None:
        """None where there is no room, or no transformer is big enough."""
        if not bought:
            return NOTHING
        try:
            after = self._built(station, bought)
        except InputError:
            return None
        if ACTION not in bought and self.evses(station, bought) > self.most_evses:
            return None
        own = self.scenario.hardware[station]
        return priced(own.bill(self._together(bought), after, self.days), self.costs)

    def _built(self, station: str, bought: Bought) -> Hardware:
        own = self.scenario.hardware[station]
        return own.built(self._together(bought), self.transformers) if bought else own

    def _together(self, bought: Bought) -> Upgrade:
        return together([self.items[item] for item in sorted(bought)])


def together(upgrades: Sequence[Upgrade]) -> Upgrade:
    """Several upgrades as one; storage is that of the first that has any."""

    def joined(texts: Iterable[str | None]) -> str | None:
        return "+".join(text for text in texts if text) or None

    if len(upgrades) == 1:
        return upgrades[0]
    kva = [u.kva for u in upgrades if u.kva is not None]
    mobile = joined(u.mobile.cabinets if u.mobile else None for u in upgrades)
    return Upgrade(
        replace=joined(u.replace for u in upgrades),
        add=joined(u.add for u in upgrades),
        kva="fit" if "fit" in kva else max((step for step in kva if step != "fit"), default=None),
        storage=next((u.storage for u in upgrades if u.storage), None),
        mobile=Mobile(cabinets=mobile) if mobile else None,
    )


# ---- orders ------------------------------------------------------------------------------------


def by_rule(rule: Rule, table: pd.DataFrame) -> list[Purchase]:
    """The flagged stations, the fullest first."""
    return [(station, ACTION) for station in rule.flagged(table)]


def by_wait(table: pd.DataFrame) -> list[Purchase]:
    """The rule's action where anybody waits, the longest P95 wait first."""
    waits = table[table["wait_min_p95"] > 0.0]
    order = waits.sort_values("wait_min_p95", ascending=False, kind="stable")["station"]
    return [(station, ACTION) for station in order]


def evenly(shop: Shop) -> list[Purchase]:
    """One of what is cheapest for each station in the order of their names, then a second, ..."""
    names = sorted(shop.scenario.hardware)

    def price(item: str) -> float:
        prices = [shop.price({}, (name, item)) for name in names]
        return float(np.mean([p for p in prices if p is not None] or [np.inf]))

    cheapest = min(shop.menu, key=price)
    return [(name, cheapest) for _ in range(shop.most_evses) for name in names]


def mobile(shop: Shop, lost_h: Mapping[str, float]) -> list[Purchase]:
    """Each mobile unit to where the most hours are lost per EVSE, those already sent included.

    The method of highest averages (D'Hondt): a station gets EVSEs in proportion to its hours.
    """
    unit = next((item for item in shop.menu if _is_mobile(shop.items[item])), None)
    if unit is None:
        return []
    averages = [
        (lost / shop.evses(name, (unit,) * sent), name)
        for name, lost in lost_h.items()
        for sent in range(shop.most_evses)
        if lost > 0.0
    ]
    return [(name, unit) for _, name in sorted(averages, key=lambda one: (-one[0], one[1]))]


def _is_mobile(item: Upgrade) -> bool:
    return not (item.replace or item.add or item.kva or item.storage)
