"""How many EVs there will be: the stock of a city over the years."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Self

from sim.config.folder import configs_dir
from sim.config.limits import NEVS
from sim.config.problems import InputError
from sim.config.table import Row, Text, number, read
from sim.roads.schema import IsoDate


class StockRow(Row):
    """How many NEVs the city has on a day."""

    date: IsoDate
    nevs: Annotated[float, number(NEVS)]
    source: Text


@dataclass(frozen=True)
class Stock:
    """A city's NEVs, by the table of that name."""

    name: str
    rows: Sequence[StockRow]

    @classmethod
    def read(cls, name: str, problems: list[str]) -> Self:
        rows = read(configs_dir() / name, name, StockRow, problems)
        if len(rows) == 1:
            problems.append(f"{name} has one row, but growth takes two")
        for before, after in pairwise(rows):
            if after.date <= before.date:
                problems.append(f"{name}: {after.date} does not come after {before.date}")
        return cls(name, rows)

    def nevs(self, day: date) -> float:
        """They grow by the same percentage every day from row to row, and beyond the table as
        between the nearest two."""
        k = min(max(bisect_right([row.date for row in self.rows], day), 1), len(self.rows) - 1)
        before, after = self.rows[k - 1], self.rows[k]
        part = (day - before.date) / (after.date - before.date)
        return float(before.nevs * (after.nevs / before.nevs) ** part)

    def share(self, share: float, since: date, day: date, of: str) -> float:
        """The EV share of all vehicles on a day, if it was that `since` another one.

        Raises `InputError` where the EVs `of` that time are more than all vehicles.
        """
        found = share * self.nevs(day) / self.nevs(since)
        if found > 1.0:
            raise InputError(
                f"{self.name} makes the EV share of {of} {found:.3g}, but it must be at most 1"
            )
        return found
