"""What is built over the years: upgrades that are ordered on one day and open on another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action
from sim.stations.costs import Cost, priced
from sim.stations.hardware import Hardware


@dataclass(frozen=True)
class Order:
    """An upgrade of a station, ordered in the round of that number.

    The cost is without the rent of mobile units, which is paid holiday by holiday.
    """

    station: str
    round: int
    opens: date
    after: Hardware
    cost: Cost


@dataclass
class Building:
    """An action, and all orders for it so far."""

    action: Action
    orders: list[Order] = field(default_factory=list, init=False)

    def standing(self, day: date) -> dict[str, Hardware]:
        """The upgraded stations on a day, and what stands there."""
        return {order.station: order.after for order in self.open(day)}

    def open(self, day: date) -> list[Order]:
        """The orders that are, by that day."""
        return [order for order in self.orders if order.opens <= day]

    def busy(self, day: date) -> set[str]:
        """The stations with an upgrade under construction on a day."""
        return {order.station for order in self.orders if order.opens > day}

    def design(self, base: Scenario, day: date) -> Scenario:
        """The scenario with what stands on a day."""
        stands = self.standing(day)
        return base.with_overrides({name: own.override for name, own in stands.items()})

    def order(
        self, design: Scenario, after: Mapping[str, Hardware], number: int, opens: date
    ) -> None:
        """What these stations are to become."""
        for name, own in after.items():
            bill = design.hardware[name].bill(self.action.upgrade, own, 0)
            self.orders.append(Order(name, number, opens, own, priced(bill, self.action.costs)))

    def rent(self, design: Scenario) -> Cost:
        """What the mobile units of one holiday cost."""
        hardware, days = design.hardware.values(), len(design.counted_days())
        evses = sum(len(cabinet.evses) for own in hardware for cabinet in own.mobile)
        return priced({"mobile_evse_day": float(evses * days)}, self.action.costs)


def upgradable(action: Action, design: Scenario) -> dict[str, Hardware]:
    """The stations that an action changes, and into what; it changes none that would need more
    than the biggest transformer."""
    found = {}
    for name, own in design.hardware.items():
        try:
            after = own.built(action.upgrade, action.transformers)
        except InputError:
            continue
        if after.override != own.override:
            found[name] = after
    return found


def lots(total: int, opens: Sequence[date], last: date) -> list[int]:
    """How many to order after each holiday so that all are open on the `last` day: the same number
    after each that is early enough, as nearly as whole ones allow."""
    times = sum(day <= last for day in opens)
    due = [round(total * k / times) for k in range(times + 1)] if times else [0]
    return [b - a for a, b in pairwise(due)] + [0] * (len(opens) - times)
