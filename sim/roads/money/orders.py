"""Orders of purchases: who gets what first, whatever there is to spend."""

from collections.abc import Mapping

import numpy as np

from sim.roads.money.shop import Purchase, Shop


def evenly(shop: Shop) -> list[Purchase]:
    """One of what is cheapest for each station in the order of their names, then a second, ..."""
    cheapest = min(shop.menu, key=lambda item: float(np.mean(shop.prices(item) or [np.inf])))
    names = sorted(shop.scenario.hardware)
    return [(name, cheapest) for _ in range(shop.most_evses) for name in names]


def by_need(shop: Shop, item: str, need: Mapping[str, float]) -> list[Purchase]:
    """Each to where the need is greatest per EVSE, those already sent included.

    The method of highest averages (D'Hondt): a station gets EVSEs in proportion to its need.
    """
    averages = [
        (own / shop.evses(name, (item,) * sent), name)
        for name, own in need.items()
        for sent in range(shop.most_evses)
        if own > 0.0
    ]
    return [(name, item) for _, name in sorted(averages, key=lambda one: (-one[0], one[1]))]
