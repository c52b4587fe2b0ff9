"""What hardware costs: bills by item of a table of costs, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from sim.config.folder import configs_dir
from sim.config.table import read, repeated
from sim.model import Cabinet
from sim.stations.schema import COST_ITEMS, CostRow, PriceRow
from sim.stats.estimate import Estimate

AnyPrice = TypeVar("AnyPrice", bound=PriceRow)
MOST_AIR_AMPS = 250.0  # what an air-cooled cable carries; above that it is liquid-cooled


class Cost(NamedTuple):
    """What something costs [CNY], and how far sources disagree."""

    low: float
    typical: float
    high: float

    @property
    def estimate(self) -> Estimate:
        """As it is shown: its interval is that of the sources."""
        return Estimate(self.typical, self.low, self.high)

    def per(self, change: Estimate) -> Estimate | None:
        """Typical cost of one unit less, with the interval of the change; None where nothing is
        paid, or where it is not shown that anything is less."""
        mean, low, high = change.mean, change.low, change.high
        if not self.typical or change.sign >= 0 or mean is None or low is None or high is None:
            return None
        return Estimate(self.typical / -mean, self.typical / -low, self.typical / -high)


NOTHING = Cost(0.0, 0.0, 0.0)


class Price(Protocol):
    """What one unit of an item costs: a row of a table of costs."""

    @property
    def low(self) -> float: ...
    @property
    def typical(self) -> float: ...
    @property
    def high(self) -> float: ...


def prices(name: str, problems: list[str]) -> dict[str, CostRow]:
    """What is built at stations, by item; none where the table is wrong: see `listed`."""
    return listed(name, CostRow, COST_ITEMS, problems)


def listed(
    name: str, row: type[AnyPrice], items: Sequence[str], problems: list[str]
) -> dict[str, AnyPrice]:
    """The table of costs of that name, by item; none, and a sentence for each problem, where it is
    wrong or lacks one of the items."""
    found: list[str] = []
    rows = read(configs_dir() / name, name, row, found)
    by_item = {own.item: own for own in rows}
    if not found:
        found += repeated(name, "item", [own.item for own in rows])
        found += [f"{name} lacks the item `{item}`" for item in items if item not in by_item]
    problems += found
    return {} if found else by_item


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
