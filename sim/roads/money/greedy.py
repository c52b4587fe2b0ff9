"""Money goes where it saves most by the simulation: lazy greedy, station by station."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.roads.money.shop import Plan, Purchase, with_

Price = Callable[[Plan, Purchase], float | None]
Savings = Callable[[Plan, Sequence[Purchase], bool], Mapping[Purchase, float]]


@dataclass(frozen=True)
class Step:
    """One more purchase for a station: what it saves [h in a holiday] and costs [CNY], given those
    before."""

    purchase: Purchase
    saving_h: float
    cost_cny: float


def greedy(
    most_h: Mapping[str, float], menu: Iterable[str], price: Price, savings: Savings,
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
    savings : estimates given a plan, roughly, or (True) as well as it takes to buy.
    least_h : what saves no more is not bought.
    rounds : how many things a station may get at most.
    """
    plan: Plan = {}
    left = dict(most_h)
    saving = {(station, item): hours for station, hours in left.items() for item in menu}
    ladders: dict[str, list[Step]] = {station: [] for station in left}
    for _ in range(rounds):
        best = _best(plan, saving, price, savings, least_h)
        sure = savings(plan, best, True) if best else {}
        saving |= sure
        for one in [one for one in best if sure[one] > least_h]:
            station = one[0]
            ladders[station].append(Step(one, sure[one], price(plan, one) or 0.0))
            plan = with_(plan, one)
            left[station] -= sure[one]
            for item in menu:
                saving[station, item] = min(saving[station, item], left[station])
    return merged(ladders.values())


def _best(
    plan: Plan, saving: dict[Purchase, float], price: Price, savings: Savings, least_h: float
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
        saving |= savings(plan, unsure, False)
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


def promised(steps: Sequence[Step], plan: Plan) -> float:
    """What the purchases of a plan were estimated to save, one by one [h]."""
    left = Counter((station, item) for station, bought in plan.items() for item in bought)
    total = 0.0
    for step in steps:
        if left[step.purchase] > 0:
            left[step.purchase] -= 1
            total += step.saving_h
    return total
