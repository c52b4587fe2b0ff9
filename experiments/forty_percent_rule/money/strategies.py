"""Strategies for the money of the 40 % rule: who buys what in which order.

A strategy is an order of purchases; whatever the budget, it goes through it and passes over what
it cannot pay.
"""

from collections.abc import Mapping

import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.upgrade.answer import AS_THE_RULE_SAYS
from sim.roads.money.orders import by_need
from sim.roads.money.shop import Purchase, Shop
from sim.roads.upgrade import Rule
from sim.stations.schema import Upgrade

RULE, WAIT, SAVING, EVENLY, MOBILE = "rule", "wait", "saving", "evenly", "mobile"
INFORMED, SITE_RULE = "informed", "site_rule"
FREE = (INFORMED, SITE_RULE)

ACTION = AS_THE_RULE_SAYS  # beside the names of the menu


def shop_of(scenario: Ruled) -> Shop:
    """What the menu of the config has, and the action of the rule."""
    action, money = Rule.of(scenario).action, scenario.own.money
    return Shop(
        scenario.with_overrides({}), money.menu, {ACTION: action.upgrade}, action.transformers,
        action.costs, money.most_evses, money.holidays * len(scenario.counted_days()),
    )  # fmt: skip


def by_rule(rule: Rule, table: pd.DataFrame) -> list[Purchase]:
    """The flagged stations, the fullest first."""
    return [(station, ACTION) for station in rule.flagged(table)]


def by_wait(table: pd.DataFrame) -> list[Purchase]:
    """The rule's action where anybody waits, the longest P95 wait first."""
    waits = table[table["wait_min_p95"] > 0.0]
    order = waits.sort_values("wait_min_p95", ascending=False, kind="stable")["station"]
    return [(station, ACTION) for station in order]


def mobile(shop: Shop, lost_h: Mapping[str, float]) -> list[Purchase]:
    """Mobile units, if the menu has any, to where the most hours are lost."""
    units = [item for item, own in shop.menu.items() if _is_mobile(own)]
    return by_need(shop, units[0], lost_h) if units else []


def _is_mobile(item: Upgrade) -> bool:
    return not (item.replace or item.add or item.kva or item.storage)
