"""Mobile units: which stations they are sent to, before anybody knows what a holiday will bring."""

from collections.abc import Mapping, Sequence

import numpy as np

from sim.roads.network import Network
from sim.roads.pairs import Pairs
from sim.roads.schema import Day, DemandSection
from sim.stations.schema import MobileSection


def sent(
    mobile: MobileSection, network: Network, demand: DemandSection, days: Sequence[Day],
    evses: Mapping[str, int], unit_evses: int,
) -> dict[str, int]:  # fmt: skip
    """How many units each station of the roads gets: every one goes to where most EV trips are
    expected per EVSE, those already sent included (the method of highest averages, D'Hondt).

    Parameters
    ----------
    days : on which they are there.
    evses : of every station, without any unit.
    unit_evses : of a unit.
    """
    trips = passing(network, demand, days)
    own = [name for name, area in network.places.items() if area.road in mobile.roads]
    found = dict.fromkeys(own, 0)
    for _ in range(mobile.units):
        name = max(own, key=lambda name: trips[name] / (evses[name] + unit_evses * found[name]))
        found[name] += 1
    return {name: count for name, count in found.items() if count}


def passing(network: Network, demand: DemandSection, days: Sequence[Day]) -> dict[str, float]:
    """Expected EV trips past every station, of all these days: those over its link, its way."""
    pairs, ways = Pairs(network), network.ways
    trips = np.zeros((len(ways.ends),) * 2)
    trips[tuple(pairs.ends.T)] = sum(pairs.flow(demand, day) for day in days)
    over = ways.over(trips)
    number = {name: n for n, name in enumerate(sorted(node.node for node in network.nodes))}
    found: dict[str, float] = {}
    for area in network.areas:
        a, b = number[area.start], number[area.end]
        by_side = {"out": over[a, b], "in": over[b, a], "both": over[a, b] + over[b, a]}
        found |= {name: float(by_side[side]) for name, side in area.stations.items()}
    return found
