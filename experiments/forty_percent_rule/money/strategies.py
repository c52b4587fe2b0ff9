"""Strategies for the money of the 40 % rule: who buys what in which order.

A strategy is an order of purchases; whatever the budget, it goes through it and passes over what
it cannot pay.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.upgrade import AS_THE_RULE_SAYS
from sim.roads.shop import Purchase, Shop
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


def evenly(shop: Shop) -> list[Purchase]:
    """One of what is cheapest for each station in the order of their names, then a second, ..."""
    cheapest = min(shop.menu, key=lambda item: np.mean(shop.prices(item) or [np.inf]))
    names = sorted(shop.scenario.hardware)
    return [(name, cheapest) for _ in range(shop.most_evses) for name in names]


def mobile(shop: Shop, lost_h: Mapping[str, float]) -> list[Purchase]:
    """Each mobile unit to where the most hours are lost per EVSE, those already sent included.

    The method of highest averages (D'Hondt): a station gets EVSEs in proportion to its hours.
    """
    unit = next((item for item, own in shop.menu.items() if _is_mobile(own)), None)
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
