"""A built-in region by its name."""

from typing import Any

from pydantic import ValidationError

from sim.config import compose
from sim.config.problems import InputError, explain
from sim.region.prices import Prices, TariffSection, read_prices
from sim.region.region import Region
from sim.region.schema import RegionSection


def section(name: str) -> RegionSection:
    """The settings of configs/region/NAME.yaml.  Raises InputError for a name that there is not."""
    return checked(compose.choice("region", name))


def checked(config: dict[str, Any]) -> RegionSection:
    """Raises InputError with a sentence for every problem."""
    try:
        return RegionSection.model_validate(config)
    except ValidationError as error:
        raise InputError(explain(error)) from None


def region(name: str) -> Region:
    """The region that is drawn from these."""
    return drawn(section(name))


def drawn(own: RegionSection) -> Region:
    """Raises InputError with a sentence for every problem."""
    problems: list[str] = []
    found = Region.of(own, problems)
    if found is None:
        raise InputError(problems)
    return found


def prices(name: str) -> Prices:
    """Those of configs/tariff/NAME.yaml.  Raises InputError with a sentence for every problem."""
    return read(TariffSection.model_validate(compose.choice("tariff", name)))


def read(tariff: TariffSection) -> Prices:
    """Raises InputError with a sentence for every problem."""
    problems: list[str] = []
    found = read_prices(tariff, problems)
    if found is None:
        raise InputError(problems)
    return found
