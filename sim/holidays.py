"""The holidays to come: when they are, and how many of the vehicles are EVs by then."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sim import checks
from sim.schema import DemandSection, HolidayRow, StockRow, YearsSection
from sim.table import read as read_table
from sim.table import repeated


@dataclass(frozen=True)
class Holiday:
    """A holiday whose days are like those of an earlier one, and its traffic.

    Attributes
    ----------
    nevs : the city's NEVs on its first day.
    """

    first_day: date
    last_day: date
    nevs: float
    demand: DemandSection

    @property
    def name(self) -> str:
        return self.demand.name


def read(years: YearsSection, demand: DemandSection, problems: list[str]) -> tuple[Holiday, ...]:
    """The holidays of the table, in order; a sentence for everything that is wrong with them.

    Each has the days of its calendar from its own first day on, the EV share that it had when its
    calendar was, grown as the city's NEVs have since, and all else of `demand`.
    """
    name, found = years.holidays, list[str]()
    rows = read_table(checks.configs_dir() / name, name, HolidayRow, found)
    stock = _stock(years, found)
    found += repeated(name, "holiday", [row.holiday for row in rows])
    for before, after in pairwise(rows):
        if after.first_day <= before.first_day:
            found.append(f"{name}: `{after.holiday}` does not begin after `{before.holiday}`")
    holidays = [] if found else [_holiday(row, stock, demand, found, name) for row in rows]
    problems += found
    return () if found else tuple(own for own in holidays if own)


def nevs(years: YearsSection, day: date) -> float:
    """The city's NEVs on a day."""
    return _on(_stock(years, []), day)


def _stock(years: YearsSection, problems: list[str]) -> list[StockRow]:
    name = years.growth
    rows = read_table(checks.configs_dir() / name, name, StockRow, problems)
    if len(rows) == 1:
        problems.append(f"{name} has one row, but growth takes two")
    for before, after in pairwise(rows):
        if after.date <= before.date:
            problems.append(f"{name}: {after.date} does not come after {before.date}")
    return rows


def _on(stock: Sequence[StockRow], day: date) -> float:
    """They grow by the same percentage every day from row to row, and beyond the table as between
    the nearest two."""
    k = min(max(bisect_right([row.date for row in stock], day), 1), len(stock) - 1)
    before, after = stock[k - 1], stock[k]
    part = (day - before.date) / (after.date - before.date)
    return float(before.nevs * (after.nevs / before.nevs) ** part)


def _holiday(
    row: HolidayRow, stock: Sequence[StockRow], demand: DemandSection, problems: list[str],
    table: str,
) -> Holiday | None:  # fmt: skip
    now = _on(stock, row.first_day)
    changes = {"name": row.holiday, "calendar": row.calendar, "holiday": True,
               "season_factor": row.season_factor}  # fmt: skip
    own = demand.model_copy(update=changes)
    calendar = checks.calendar(own, problems)
    checks.hourly(own, {day.kind for day in calendar}, problems)
    days = [day.date for day in calendar if day.counted == "yes"]
    if problems:
        return None
    share = row.ev_share * now / _on(stock, days[0])
    if share > 1.0:
        problems.append(
            f"{table}: by `{row.holiday}` the EV share grows to {share:.3g}, but it must be at most 1"
        )
    last = row.first_day + (days[-1] - days[0])
    return Holiday(row.first_day, last, now, own.model_copy(update={"ev_share": share}))
