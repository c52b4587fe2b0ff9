"""Money goes where it saves most by the simulation: lazy greedy on common random numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.money.strategies import Bought, Plan, Purchase, Shop
from sim.study.study import Study

RELIEF = 1.2  # purchases save at most so many times the hours lost at their station; seldom more

Price = Callable[[Plan, Purchase], float | None]
Estimate = Callable[[Plan, Sequence[Purchase], bool], Mapping[Purchase, float]]


@dataclass(frozen=True)
class Step:
    """One more purchase for a station: what it saves [h in a holiday] and costs [CNY], given those
    before."""

    purchase: Purchase
    saving_h: float
    cost_cny: float


def greedy(
    most_h: Mapping[str, float], menu: Sequence[str], price: Price, estimate: Estimate,
    least_h: float, rounds: int,
) -> list[Step]:  # fmt: skip
    """Purchases in the order in which they save most per CNY, given those before.

    Savings at one station hardly depend on what is built at others, so all stations climb at once:
    in every round each takes what saves most per CNY there, given what it has.  Within a station
    the search is lazy (CELF; Leskovec and others, KDD 2007): what is bought later saves no more
    than it would have saved earlier, so only what might be best is estimated again.

    Parameters
    ----------
    most_h : the most that can be saved by what is bought for each station.
    estimate : savings given a plan, roughly, or (True) as well as it takes to buy.
    least_h : what saves no more is not bought.
    rounds : how many things a station may get at most.
    """
    plan: dict[str, Bought] = {}
    left = dict(most_h)
    saving = {(station, item): hours for station, hours in left.items() for item in menu}
    ladders: dict[str, list[Step]] = {station: [] for station in left}
    for _ in range(rounds):
        best = _best(plan, saving, price, estimate, least_h)
        sure = estimate(plan, best, True) if best else {}
        saving |= sure
        for one in [one for one in best if sure[one] > least_h]:
            station, item = one
            ladders[station].append(Step(one, sure[one], price(plan, one) or 0.0))
            plan[station] = (*plan.get(station, ()), item)
            left[station] -= sure[one]
            for other in menu:
                saving[station, other] = min(saving[station, other], left[station])
    return merged(ladders.values())


def _best(
    plan: Plan, saving: dict[Purchase, float], price: Price, estimate: Estimate, least_h: float
) -> list[Purchase]:
    """What saves most per CNY at each station where anything saves enough; `saving`, so far the
    most that each can save, is replaced by estimates where it matters."""
    sure: set[Purchase] = set()
    while True:
        best: dict[str, tuple[float, Purchase]] = {}
        for one, hours in saving.items():
            cost = price(plan, one) if hours > least_h else None
            if cost is not None:
                best[one[0]] = max(best.get(one[0], (0.0, one)), (hours / max(cost, 1.0), one))
        unsure = [one for _, one in best.values() if one not in sure]
        if not unsure:
            return [one for _, one in best.values()]
        saving |= estimate(plan, unsure, False)
        sure |= set(unsure)


def merged(ladders: Iterable[Sequence[Step]]) -> list[Step]:
    """The steps of all ladders, those that save most per CNY first, each ladder in its order.

    A step that saves more per CNY than the one below it is only reached through that one, so both
    count as one.
    """
    blocks: list[list[Step]] = []
    for ladder in ladders:
        own: list[list[Step]] = []
        for step in ladder:
            own.append([step])
            while len(own) > 1 and _per_cny(own[-1]) > _per_cny(own[-2]):
                last = own.pop()
                own[-1] += last
        blocks += own
    return [step for block in sorted(blocks, key=lambda b: -_per_cny(b)) for step in block]


def _per_cny(block: Sequence[Step]) -> float:
    return sum(s.saving_h for s in block) / max(1.0, sum(s.cost_cny for s in block))


# ---- by simulation -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Gauge:
    """Estimates savings by simulation, against the same draws without the purchase.

    Purchases at stations that are not neighbors are simulated in one design; see `shared`.

    Attributes
    ----------
    lost_h : hours lost, by station, of the table of a replication.
    few, more : replications of rough estimates, and of those that decide.
    near : the neighbors of every station: those before and after it on any route.
    """

    shop: Shop
    runs: Study
    lost_h: Callable[[pd.DataFrame], pd.Series]
    few: int
    more: int
    near: Mapping[str, frozenset[str]]
    _known: dict[tuple[int, Purchase, Bought], float] = field(default_factory=dict)

    def estimate(
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
            more = {station: (*plan.get(station, ()), item) for station, item in group}
            designs[name] = self.shop.design({**plan, **more})
        what = "what may be bought"
        found = self.runs.run(designs, range(replications), what)
        stations = found[""][0].stations["station"].tolist()
        lost = {name: np.mean([self.lost_h(r.stations) for r in own], axis=0)
                for name, own in found.items()}  # fmt: skip
        for name, group in groups.items():
            change = dict(zip(stations, (lost[""] - lost[name]).tolist(), strict=True))
            yield from shared(group, change, self.near).items()


def shared(
    group: Sequence[Purchase], change: Mapping[str, float], near: Mapping[str, frozenset[str]]
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


def apart(
    purchases: Iterable[Purchase], near: Mapping[str, frozenset[str]]
) -> list[list[Purchase]]:
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


def neighbors(scenario: Ruled) -> dict[str, frozenset[str]]:
    """Of every station, those before and after it on any route."""
    names = list(scenario.hardware)
    near: dict[str, set[str]] = {name: set() for name in names}
    for route in scenario.routes:
        stops = [names[stop.station] for stop in route.stops]
        for a, b in pairwise(stops):
            near[a].add(b)
            near[b].add(a)
    return {name: frozenset(own - {name}) for name, own in near.items()}
