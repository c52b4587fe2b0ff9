"""What money can buy for stations: prices of things on a menu, alone and on top of others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.stations.costs import NOTHING, Cost, priced, summed
from sim.stations.hardware import Hardware
from sim.stations.schema import CostRow, Mobile, Transformers, Upgrade

Purchase = tuple[str, str]  # a station, and what it gets: a name of the menu
Bought = tuple[str, ...]  # all that a station gets
Plan = Mapping[str, Bought]


def with_(plan: Plan, purchase: Purchase) -> dict[str, Bought]:
    """A plan with one thing more."""
    station, item = purchase
    return {**plan, station: (*plan.get(station, ()), item)}


@dataclass(frozen=True)
class Shop:
    """What can be had for which station, and at what price.

    All purchases for a station are built at once, so its transformer is paid once.

    Attributes
    ----------
    menu : things that can be bought repeatedly, while a station has room.
    beside : others that can be had and need no room, such as the action of a rule.
    most_evses : at a station, mobile ones included.
    days : for how many mobile units are paid.
    """

    scenario: Scenario
    menu: Mapping[str, Upgrade]
    beside: Mapping[str, Upgrade]
    transformers: Transformers
    costs: Mapping[str, CostRow]
    most_evses: int
    days: int
    _costs: dict[tuple[str, Bought], Cost | None] = field(default_factory=dict)

    @property
    def items(self) -> dict[str, Upgrade]:
        return {**self.menu, **self.beside}

    def cost(self, plan: Plan) -> Cost:
        """What a plan costs that can be built."""
        return summed(self._cost(station, bought) or NOTHING for station, bought in plan.items())

    def price(self, plan: Plan, purchase: Purchase) -> float | None:
        """What one thing more costs typically [CNY], if it can be built."""
        station, item = purchase
        have = plan.get(station, ())
        before, after = self._cost(station, have), self._cost(station, (*have, item))
        return after.typical - before.typical if before and after else None

    def prices(self, item: str) -> list[float]:
        """What a thing costs as the only one, wherever it can be had."""
        each = (self.price({}, (station, item)) for station in self.scenario.hardware)
        return [price for price in each if price is not None]

    def spend(self, order: Iterable[Purchase], budget: float) -> dict[str, Bought]:
        """The plan that goes through the order with this budget [CNY], and passes over what it
        cannot pay."""
        plan: dict[str, Bought] = {}
        left = budget
        for purchase in order:
            price = self.price(plan, purchase)
            if price is not None and price <= left:
                plan = with_(plan, purchase)
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
        if not set(bought) & set(self.beside) and self.evses(station, bought) > self.most_evses:
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
