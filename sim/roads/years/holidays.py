"""The holidays to come: when they are, and how many of the vehicles are EVs by then."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.config.section import Share
from sim.config.table import Name, Row, Text, read, repeated
from sim.roads import checks
from sim.roads.scenario import Scenario
from sim.roads.schema import DemandSection, IsoDate, SeasonFactor, Variation
from sim.roads.years.growth import Stock

MONTH_DAYS = 365.25 / 12


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


@dataclass(frozen=True)
class Holiday:
    """A holiday, its traffic, and the city's NEVs on its first day."""

    first_day: date
    last_day: date
    nevs: float
    demand: DemandSection
    stock: Stock

    @property
    def name(self) -> str:
        return self.demand.name

    def later(self, months: float) -> date:
        """The day so long after it."""
        return self.last_day + timedelta(days=round(months * MONTH_DAYS))

    def design(self, base: Scenario) -> Scenario:
        """What stands today, in this holiday."""
        cfg = base.config.model_dump(mode="json", by_alias=True)
        cfg["demand"] = self.demand.model_dump(mode="json")
        cfg["policy"]["upgrade_rule"] = None
        return base.loaded(cfg)

    def ordinary(self, base: Scenario) -> Scenario:
        """The ordinary week with the EVs of its time.

        Raises `InputError` where they are more than all vehicles.
        """
        week = base.reference()
        then = week.calendar[week.counted_days()[0]].date
        share, of = week.config.demand.ev_share, f"the ordinary week at the time of `{self.name}`"
        return week.with_(**{
            "demand.ev_share": self.stock.share(share, then, self.first_day, of),
            "demand.variation": to_come(week.config.demand).model_dump(mode="json"),
        })  # fmt: skip


def to_come(demand: DemandSection) -> Variation:
    """Nobody has counted yet: the level of the traffic varies too."""
    return demand.variation.model_copy(update={"known": False})


def of(base: Scenario, table: str, growth: str) -> tuple[Holiday, ...]:
    """Those of a table, in order; all else is as in the scenario.

    The EV share of each has grown since its calendar was as the city's NEVs have, by the table
    `growth`.  Raises `InputError` with a sentence for everything that is wrong with the tables.
    """
    problems: list[str] = []
    rows = read(configs_dir() / table, table, HolidayRow, problems)
    stock = Stock.read(growth, problems)
    problems += repeated(table, "holiday", [row.holiday for row in rows])
    for before, after in pairwise(rows):
        if after.first_day <= before.first_day:
            problems.append(f"{table}: `{after.holiday}` does not begin after `{before.holiday}`")
    holidays = [] if problems else [_holiday(row, stock, base, problems) for row in rows]
    if problems:
        raise InputError(dict.fromkeys(problems))
    return tuple(own for own in holidays if own)


def _holiday(row: HolidayRow, stock: Stock, base: Scenario, problems: list[str]) -> Holiday | None:
    changes = {"name": row.holiday, "calendar": row.calendar, "holiday": True,
               "season_factor": row.season_factor}  # fmt: skip
    demand = base.config.demand.model_copy(update=changes)
    calendar = checks.calendar(demand, problems)
    checks.hourly(demand, {day.kind for day in calendar}, problems)
    if problems:
        return None
    days = [day.date for day in calendar if day.counted == "yes"]
    first, last = row.first_day, row.first_day + (days[-1] - days[0])
    share = stock.share(row.ev_share, days[0], first, f"`{row.holiday}`")
    # Only the calendar itself has been counted.
    variation = demand.variation if first == days[0] else to_come(demand)
    demand = demand.model_copy(update={"ev_share": share, "variation": variation})
    return Holiday(first, last, stock.nevs(first), demand, stock)
