"""The holidays to come: when they are, and how many of the vehicles are EVs by then."""

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from experiments.forty_percent_rule.case import Ruled
from sim.config.folder import configs_dir
from sim.config.limits import NEVS
from sim.config.problems import InputError
from sim.config.section import Share
from sim.config.table import Name, Row, Text, number, read, repeated
from sim.roads import checks
from sim.roads.scenario import Scenario
from sim.roads.schema import DemandSection, IsoDate, SeasonFactor, Variation


class HolidayRow(Row):
    """A holiday with the days of a calendar from its own first day on.

    `ev_share` : of all vehicles, when the calendar was.
    """

    holiday: Name
    calendar: Text
    first_day: IsoDate
    ev_share: Share
    season_factor: SeasonFactor
    source: Text


class StockRow(Row):
    """How many NEVs the city has on a day."""

    date: IsoDate
    nevs: Annotated[float, number(NEVS)]
    source: Text


@dataclass(frozen=True)
class Holiday:
    """A holiday, its traffic, and the city's NEVs on its first day."""

    first_day: datetime.date
    last_day: datetime.date
    nevs: float
    demand: DemandSection

    @property
    def name(self) -> str:
        return self.demand.name


def of(scenario: Ruled) -> tuple[Holiday, ...]:
    """The holidays that are replayed, in order: all else as in the scenario.

    The EV share of each has grown as the city's NEVs have since its calendar was.  Raises
    `InputError` with a sentence for everything that is wrong with the tables.
    """
    years, problems = scenario.own.years, list[str]()
    rows = read(configs_dir() / years.holidays, years.holidays, HolidayRow, problems)
    stock = _stock(scenario, problems)
    problems += repeated(years.holidays, "holiday", [row.holiday for row in rows])
    for before, after in pairwise(rows):
        if after.first_day <= before.first_day:
            problems.append(
                f"{years.holidays}: `{after.holiday}` does not begin after `{before.holiday}`"
            )
    holidays = [] if problems else [_holiday(row, stock, scenario, problems) for row in rows]
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(own for own in holidays if own)


def design(scenario: Ruled, holiday: Holiday) -> Scenario:
    """What stands today, in a holiday to come."""
    cfg = scenario.config.model_dump(mode="json", by_alias=True)
    cfg["demand"] = holiday.demand.model_dump(mode="json")
    cfg["policy"]["upgrade_rule"] = None
    return scenario.loaded(cfg)


def ordinary(scenario: Ruled, holiday: Holiday) -> Scenario:
    """The ordinary week with the EVs of the time of a holiday.

    Raises `InputError` where they are more than all vehicles.
    """
    week = scenario.reference()
    then = week.calendar[week.counted_days()[0]].date
    growth = holiday.nevs / nevs(_stock(scenario, []), then)
    cfg = week.config.model_dump(mode="json", by_alias=True)
    cfg["demand"]["ev_share"] *= growth
    cfg["demand"]["variation"] = to_come(week.config.demand).model_dump(mode="json")
    _check_share(scenario, f"the ordinary week at the time of `{holiday.name}`",
                 cfg["demand"]["ev_share"])  # fmt: skip
    return scenario.loaded(cfg)


def to_come(demand: DemandSection) -> Variation:
    """Nobody has counted yet: the level of the traffic varies too."""
    return demand.variation.model_copy(update={"known": False})


def _check_share(scenario: Ruled, what: str, share: float) -> None:
    if share > 1.0:
        raise InputError(
            f"{scenario.own.years.growth} makes the EV share of {what} {share:.3g}, "
            "but it must be at most 1"
        )


def _stock(scenario: Ruled, problems: list[str]) -> list[StockRow]:
    name = scenario.own.years.growth
    rows = read(configs_dir() / name, name, StockRow, problems)
    if len(rows) == 1:
        problems.append(f"{name} has one row, but growth takes two")
    for before, after in pairwise(rows):
        if after.date <= before.date:
            problems.append(f"{name}: {after.date} does not come after {before.date}")
    return rows


def nevs(stock: Sequence[StockRow], day: datetime.date) -> float:
    """The city's NEVs on a day: they grow by the same percentage every day from row to row, and
    beyond the table as between the nearest two."""
    k = min(max(bisect_right([row.date for row in stock], day), 1), len(stock) - 1)
    before, after = stock[k - 1], stock[k]
    part = (day - before.date) / (after.date - before.date)
    return float(before.nevs * (after.nevs / before.nevs) ** part)


def _holiday(
    row: HolidayRow, stock: Sequence[StockRow], scenario: Ruled, problems: list[str]
) -> Holiday | None:
    changes = {"name": row.holiday, "calendar": row.calendar, "holiday": True,
               "season_factor": row.season_factor,
               "variation": to_come(scenario.config.demand)}  # fmt: skip
    demand = scenario.config.demand.model_copy(update=changes)
    calendar = checks.calendar(demand, problems)
    checks.hourly(demand, {day.kind for day in calendar}, problems)
    if problems:
        return None
    days = [day.date for day in calendar if day.counted == "yes"]
    now = nevs(stock, row.first_day)
    share = row.ev_share * now / nevs(stock, days[0])
    _check_share(scenario, f"`{row.holiday}`", share)
    last = row.first_day + (days[-1] - days[0])
    return Holiday(row.first_day, last, now, demand.model_copy(update={"ev_share": share}))
