"""Ordered pairs of nodes, and the trips that are expected between them.

The gravity model, for one day
------------------------------
Of vehicles_per_day x factor(day) vehicles, local_share stay around one town.  The others, V, make
three kinds of trips, each spread over ordered pairs of nodes in proportion to a weight; the masses
m of scenic spots are first multiplied by scenic(kind of day).

- inside, (1 - crossing_share) V: between core, districts and scenic spots,
  weight m m' exp(-km / deterrence_km(kind of day));
- in or out, crossing_share (1 - through_share) V: between a gate and one of these,
  weight m m' exp(-km / crossing_km);
- through, crossing_share through_share V: between gates through_min_km apart or more, weight m m'.

Trips from the core to elsewhere are then multiplied by 2 outbound(day), those to the core by
2 (1 - outbound(day)).  Trips of EVs that may charge are ev_share x dc_share x scale of this.
Within a day they are spread by the hourly shares of its kind, evenly within the hour.
"""

import numpy as np

from sim.roads.network import Network
from sim.roads.schema import Day, DemandSection


class Pairs:
    """Ordered pairs of nodes as arrays, in the order of `network.routes`.

    Attributes
    ----------
    ends : the numbers of both nodes in `network.ways.ends`, [pair, 2].
    km, kmh : of the routes.
    passes : which routes pass a station.
    masses : of both nodes, [pair, 2].
    """

    def __init__(self, network: Network) -> None:
        ways, node = network.ways, {node.node: node for node in network.nodes}
        self._names = ways.ends
        self._kinds = np.array([node[name].kind for name in ways.ends])
        self.ends = np.argwhere(~np.eye(len(ways.ends), dtype=bool)).astype(np.int32)
        way = tuple(self.ends.T)
        self.km = ways.km[way]
        self.kmh = self.km / ways.h[way]
        self.passes = ways.stops[way] > 0
        self.masses = np.array([node[name].mass for name in ways.ends])[self.ends]

    @property
    def kinds(self) -> np.ndarray:
        """Of both nodes, [pair, 2]."""
        return self._kinds[self.ends]

    def _are(self, kind: str) -> np.ndarray:
        """Which nodes are of that kind, [pair, 2]."""
        found: np.ndarray = (self._kinds == kind)[self.ends]
        return found

    @property
    def names(self) -> list[str]:
        return [f"{self._names[a]}>{self._names[b]}" for a, b in self.ends.tolist()]

    def spread(self, demand: DemandSection, kind: str) -> np.ndarray:
        """Share of all trips of a day of that kind that each pair has, before `outbound`."""
        gates = self._are("gate").sum(axis=1)
        scenic = np.where(self._are("scenic"), demand.kinds[kind].scenic, 1.0)
        mass = (self.masses * scenic).prod(axis=1)
        inside = np.exp(-self.km / demand.kinds[kind].deterrence_km) * (gates == 0)
        crossing = np.exp(-self.km / demand.crossing_km) * (gates == 1)
        through = (self.km >= demand.through_min_km) & (gates == 2)
        out, on = demand.crossing_share, demand.through_share
        shares = ((1.0 - out, inside), (out * (1.0 - on), crossing), (out * on, through))
        found: np.ndarray = sum(
            share * mass * weight / (mass * weight).sum() for share, weight in shares if share > 0
        )
        return found

    def flow(self, demand: DemandSection, day: Day) -> np.ndarray:
        """Expected trips of EVs that may charge on that day, [pair]."""
        of_vehicles = demand.ev_share * demand.dc_share * demand.scale
        vehicles = demand.vehicles_per_day * day.factor * (1.0 - demand.local_share)
        found: np.ndarray = (
            vehicles * of_vehicles * self.spread(demand, day.kind) * self.tide(day.outbound)
        )
        return found

    def tide(self, outbound: float) -> np.ndarray:
        """What each pair is multiplied by when that share of the core's trips goes out."""
        core = self._are("core")
        leaves, enters = core[:, 0] & ~core[:, 1], core[:, 1] & ~core[:, 0]
        return np.where(leaves, 2.0 * outbound, np.where(enters, 2.0 * (1.0 - outbound), 1.0))
