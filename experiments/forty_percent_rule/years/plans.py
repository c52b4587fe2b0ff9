"""Plans of what is built from holiday to holiday: for whom, at what cost, open from when."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.settings import YearsSection
from experiments.forty_percent_rule.years.holidays import Holiday
from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action, Rule
from sim.stations.costs import Cost, priced
from sim.stations.hardware import Hardware

MONTH_DAYS = 365.25 / 12
NOTHING, RULE, TARGET = "nothing", "rule", "target"

Choose = Callable[[Scenario, pd.DataFrame, int], Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """What is built, and for whom.

    `choose` is told what stood in a holiday, what was seen there (of stations that can have the
    action) and the number of the holiday.
    """

    action: Action
    choose: Choose


@dataclass(frozen=True)
class Order:
    """An upgrade of a station, ordered after the holiday of that number.

    The cost is without the rent of mobile units, which is paid holiday by holiday.
    """

    station: str
    holiday: int
    opens: date
    after: Hardware
    cost: Cost


def of(scenario: Ruled, holidays: Sequence[Holiday]) -> dict[str, Plan]:
    """Nothing is built; the rule is applied after every holiday; the city's target."""
    years, rule = scenario.own.years, Rule.of(scenario)
    due = lots(target(years), [opening(own, years) for own in holidays], holidays[-1].first_day)
    super_station = Action(years.super_station, rule.action.transformers, rule.action.costs)

    def fullest(design: Scenario, table: pd.DataFrame, holiday: int) -> Sequence[str]:
        order = table.sort_values(rule.column, ascending=False, kind="stable")["station"]
        return [n for n in order if not is_super(design.hardware[n], years)][: due[holiday]]

    return {
        NOTHING: Plan(rule.action, lambda *_: []),
        RULE: Plan(rule.action, lambda design, table, _: rule.chosen(design, table)),
        TARGET: Plan(super_station, fullest),
    }


def target(years: YearsSection) -> int:
    """How many of the city's new super stations are at our sites."""
    return round(years.super_stations * years.super_share)


def is_super(own: Hardware, years: YearsSection) -> bool:
    return any(cabinet.kw >= years.super_kw for cabinet in own.cabinets)


def opening(holiday: Holiday, years: YearsSection) -> date:
    """When that opens which is ordered after a holiday."""
    return holiday.last_day + timedelta(days=round(years.build_months * MONTH_DAYS))


def lots(total: int, opens: Sequence[date], last: date) -> list[int]:
    """How many to order after each holiday so that all are open on the `last` day: the same number
    after each that is early enough, as nearly as whole ones allow."""
    times = sum(day <= last for day in opens)
    due = [round(total * k / times) for k in range(times + 1)] if times else [0]
    return [b - a for a, b in pairwise(due)] + [0] * (len(opens) - times)


def standing(orders: Iterable[Order], day: date) -> dict[str, Hardware]:
    """The upgraded stations on a day, and what stands there."""
    return {order.station: order.after for order in orders if order.opens <= day}


def building(orders: Iterable[Order], day: date) -> set[str]:
    """The stations with an upgrade under construction on a day."""
    return {order.station for order in orders if order.opens > day}


def upgradable(action: Action, design: Scenario) -> dict[str, Hardware]:
    """The stations that the action changes, and into what; it changes none that would need more
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


def ordered(
    plan: Plan, design: Scenario, table: pd.DataFrame, free: Mapping[str, Hardware],
    holiday: int, opens: date,
) -> list[Order]:  # fmt: skip
    """What the plan orders after a holiday that looked like `table`, at stations that are `free`:
    upgradable, and nothing is under construction."""
    action, own = plan.action, design.hardware
    names = plan.choose(design, table[table["station"].isin(free)], holiday)
    bills = [own[name].bill(action.upgrade, free[name], 0) for name in names]
    return [
        Order(name, holiday, opens, free[name], priced(bill, action.costs))
        for name, bill in zip(names, bills, strict=True)
    ]


def rent(action: Action, design: Scenario) -> Cost:
    """What the mobile units of one holiday cost."""
    evses = sum(len(cabinet.evses) for own in design.hardware.values() for cabinet in own.mobile)
    return priced({"mobile_evse_day": float(evses * len(design.counted_days()))}, action.costs)
