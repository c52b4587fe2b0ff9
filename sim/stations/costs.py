"""What hardware costs: bills by item of a table of costs, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sim.model import Cabinet

MOST_AIR_AMPS = 250.0  # what an air-cooled cable carries; above that it is liquid-cooled


class Cost(NamedTuple):
    """What something costs [CNY], and how far sources disagree."""

    low: float
    typical: float
    high: float


NOTHING = Cost(0.0, 0.0, 0.0)


class Price(Protocol):
    """What one unit of an item costs: a row of a table of costs."""

    @property
    def low(self) -> float: ...
    @property
    def typical(self) -> float: ...
    @property
    def high(self) -> float: ...


def bill_of(cabinets: Sequence[Cabinet]) -> dict[str, float]:
    """How much of every item it takes to build these: kW of stacks by cooling, and EVSEs."""
    kws = {liquid: sum(c.kw for c in cabinets if _is_liquid(c) == liquid) for liquid in (0, 1)}
    evses = float(sum(len(c.evses) for c in cabinets))
    return {"air_kw": kws[0], "liquid_kw": kws[1], "evse": evses}


def priced(bill: Mapping[str, float], prices: Mapping[str, Price]) -> Cost:
    """What a bill comes to."""

    def total(level: str) -> float:
        found: float = sum(amount * getattr(prices[item], level) for item, amount in bill.items())
        return found

    return Cost(total("low"), total("typical"), total("high"))


def summed(costs: Iterable[Cost]) -> Cost:
    """The sum of several, or of none."""
    return Cost(*(sum(level) for level in zip(NOTHING, *costs, strict=True)))


def _is_liquid(cabinet: Cabinet) -> bool:
    return any(evse.amps > MOST_AIR_AMPS for evse in cabinet.evses)
