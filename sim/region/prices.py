"""Prices of a kWh, by place and hour of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import numpy as np

from sim.config import limits
from sim.config.folder import configs_dir
from sim.config.section import HOURS, Hour, Section
from sim.config.table import Name, Row, Text, number, read, repeated

PlaceName = Literal["public", "home", "work", "depot"]
PLACES: tuple[PlaceName, ...] = get_args(PlaceName)
CnyKwh = Annotated[float, number(limits.PRICE)]


class TariffSection(Section):
    name: Name
    prices: Text


class Price(Row):
    """Of an hour of the day: for energy, and for service."""

    place: PlaceName
    hour: Hour
    energy_cny_kwh: CnyKwh
    service_cny_kwh: CnyKwh
    source: Text


@dataclass(frozen=True)
class Prices:
    """Prices at every place.

    Attributes
    ----------
    energy, service : CNY/kWh by place, each [hour of the day].
    """

    energy: Mapping[str, np.ndarray]
    service: Mapping[str, np.ndarray]

    def day(self, place: PlaceName) -> tuple[float, ...]:
        """CNY/kWh of every hour of the day, energy and service together."""
        return tuple((self.energy[place] + self.service[place]).tolist())


def read_prices(section: TariffSection, problems: list[str]) -> Prices | None:
    """None, and a sentence for each problem, if there is any."""
    wrong: list[str] = []
    rows = read(configs_dir() / section.prices, section.prices, Price, wrong)
    if not wrong:
        wrong += repeated(section.prices, "hour", [f"{row.place} {row.hour}" for row in rows])
        wrong += _missing(section.prices, rows)
    problems += wrong
    if wrong:
        return None
    rows = sorted(rows, key=lambda row: (row.place, row.hour))
    prices = {
        place: np.array([(own.energy_cny_kwh, own.service_cny_kwh)
                         for own in rows if own.place == place])
        for place in PLACES
    }  # fmt: skip
    return Prices(
        {place: own[:, 0] for place, own in prices.items()},
        {place: own[:, 1] for place, own in prices.items()},
    )


def _missing(name: str, rows: Sequence[Price]) -> list[str]:
    """A sentence for each place that lacks hours."""
    found = []
    for place in PLACES:
        lacking = sorted(set(range(HOURS)) - {row.hour for row in rows if row.place == place})
        if lacking:
            hours = ", ".join(map(str, lacking))
            found.append(f"{name} has no price for `{place}` at hour {hours}")
    return found
