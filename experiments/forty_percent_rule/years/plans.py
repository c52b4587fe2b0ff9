"""What is built after each holiday, by plan: nothing, what the rule says, the city's target."""

from collections.abc import Sequence

import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.settings import YearsSection
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action, Rule
from sim.roads.years.building import lots
from sim.roads.years.holidays import Holiday
from sim.roads.years.worlds import Plan
from sim.stations.hardware import Hardware

NOTHING, RULE, TARGET = "nothing", "rule", "target"


def of(scenario: Ruled, holidays: Sequence[Holiday]) -> dict[str, Plan]:
    """Nothing is built; the rule is applied after every holiday; the city's target."""
    years, rule = scenario.own.years, Rule.of(scenario)
    opens = [own.later(years.build_months) for own in holidays]
    due = lots(target(years), opens, holidays[-1].first_day)

    def fullest(design: Scenario, table: pd.DataFrame, holiday: int) -> Sequence[str]:
        order = table.sort_values(rule.column, ascending=False, kind="stable")["station"]
        return [n for n in order if not is_super(design.hardware[n], years)][: due[holiday]]

    return {
        NOTHING: Plan(rule.action, lambda *_: []),
        RULE: Plan(rule.action, lambda design, table, _: rule.chosen(design, table)),
        TARGET: Plan(super_station(scenario), fullest),
    }


def super_station(scenario: Ruled) -> Action:
    """What the city's target builds."""
    action = Rule.of(scenario).action
    return Action(scenario.own.years.super_station, action.transformers, action.costs)


def target(years: YearsSection) -> int:
    """How many of the city's new super stations are at our sites."""
    return round(years.super_stations * years.super_share)


def is_super(own: Hardware, years: YearsSection) -> bool:
    return any(cabinet.kw >= years.super_kw for cabinet in own.cabinets)
