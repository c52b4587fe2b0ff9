"""What purchases would save by the simulation, many of them in one design."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from sim.roads.money.shop import Bought, Plan, Purchase, Shop, with_
from sim.roads.scenario import Scenario
from sim.study.study import Study

Near = Mapping[str, frozenset[str]]  # the neighbors of every station


@dataclass(frozen=True)
class Gauge:
    """Estimates savings by simulation, against the same draws without the purchase.

    Purchases at stations that are not neighbors are simulated in one design; see `shared`.

    Attributes
    ----------
    lost_h : hours lost, by station, of the table of a replication.
    few, more : replications of rough estimates, and of those that decide.
    """

    shop: Shop
    runs: Study
    lost_h: Callable[[pd.DataFrame], pd.Series]
    few: int
    more: int
    _known: dict[tuple[int, Purchase, Bought], float] = field(default_factory=dict)

    @cached_property
    def near(self) -> Near:
        return neighbors(self.shop.scenario)

    def savings(
        self, plan: Plan, purchases: Sequence[Purchase], decides: bool
    ) -> dict[Purchase, float]:
        count = self.more if decides else self.few
        keys = {one: (count, one, plan.get(one[0], ())) for one in purchases}
        new = [one for one, key in keys.items() if key not in self._known]
        self._known.update({keys[one]: hours for one, hours in self._saved(plan, new, count)})
        return {one: self._known[key] for one, key in keys.items()}

    def _saved(
        self, plan: Plan, purchases: Sequence[Purchase], replications: int
    ) -> Iterator[tuple[Purchase, float]]:
        groups = {f"{n}": group for n, group in enumerate(apart(purchases, self.near))}
        if not groups:
            return
        designs = {"": self.shop.design(plan)}
        for name, group in groups.items():
            more: Plan = plan
            for one in group:
                more = with_(more, one)
            designs[name] = self.shop.design(more)
        found = self.runs.run(designs, replications, "doing.bought")
        lost = {name: np.mean([self.lost_h(r.stations) for r in own], axis=0)
                for name, own in found.items()}  # fmt: skip
        for name, group in groups.items():
            change = dict(zip(found.names(), (lost[""] - lost[name]).tolist(), strict=True))
            yield from shared(group, change, self.near).items()


def shared(
    group: Sequence[Purchase], change: Mapping[str, float], near: Near
) -> dict[Purchase, float]:
    """What each purchase of a design saves, by what changes at every station.

    All that changes where it is made; and of what changes at a neighbor without a purchase, the
    part that its own saving has in those of all purchases around that neighbor.
    """
    own = {station: max(0.0, change[station]) for station, _ in group}

    def part(station: str, neighbor: str) -> float:
        around = sum(own.get(name, 0.0) for name in near[neighbor])
        return own[station] / around if around > 0.0 else 0.0

    return {
        (station, item): change[station]
        + sum(change[n] * part(station, n) for n in near[station] if n not in own)
        for station, item in group
    }


def apart(purchases: Iterable[Purchase], near: Near) -> list[list[Purchase]]:
    """Groups of purchases at stations that are not neighbors, nor the same."""
    groups: list[list[Purchase]] = []
    for one in sorted(purchases, key=lambda one: -len(near[one[0]])):  # stable
        closed = near[one[0]] | {one[0]}
        for group in groups:
            if all(station not in closed for station, _ in group):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def neighbors(scenario: Scenario) -> Near:
    """Of every station, those before and after it on any route."""
    names = list(scenario.hardware)
    near: dict[str, set[str]] = {name: set() for name in names}
    for route in scenario.routes:
        for a, b in pairwise(names[stop.station] for stop in route.stops):
            near[a].add(b)
            near[b].add(a)
    return {name: frozenset(own - {name}) for name, own in near.items()}
