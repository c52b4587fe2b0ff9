"""The scenario of this study, with its settings, checked together."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from experiments.forty_percent_rule.settings import MoneySection, RuleStudySection
from sim.config.problems import InputError
from sim.roads import checks, scenario
from sim.roads.scenario import Scenario
from sim.stations.costs import priced
from sim.stations.schema import UpgradeRule


@dataclass(frozen=True)
class Ruled(Scenario):
    """A scenario that is put to the test, and how."""

    own: RuleStudySection


def load(right: Mapping[str, Any], problems: list[str]) -> Ruled | None:
    """That of the sections that are right in themselves; what is wrong with them together."""
    found = scenario.check(right, problems)
    policy, station, own = (right.get(name) for name in ("policy", "station", "rule_study"))
    rule = policy.upgrade_rule if policy else None
    if rule and station and own:
        for name, action in own.actions.items():
            place = f"rule_study.actions.{name}"
            problems += checks.action(place, action, rule.transformers, station)
    if rule and found and own and not problems:
        problems += money(own.money, rule, found)
    if found is None or own is None:
        return None
    return Ruled(**{field.name: getattr(found, field.name) for field in fields(found)}, own=own)


def money(money: MoneySection, rule: UpgradeRule, scenario: Scenario) -> Iterator[str]:
    """Everything on the menu exists, and the budget buys something of it."""
    place = "rule_study.money"
    unknown = [
        sentence
        for name, item in money.menu.items()
        for sentence in checks.unknown_types(f"{place}.menu.{name}", item, scenario.config.station)
    ]
    yield from unknown
    if unknown or money.budget_cny is None:
        return
    days = money.holidays * len(scenario.counted_days())
    prices: dict[tuple[str, str], float] = {}
    for station, own in scenario.hardware.items():
        for name, item in money.menu.items():
            with suppress(InputError):  # this station cannot have it
                bill = own.bill(item, own.built(item, rule.transformers), days)
                prices[name, station] = priced(bill, scenario.costs).typical
    said = f"`{place}.budget_cny` is {money.budget_cny:,.10g}, which buys nothing of the menu"
    if not prices:
        yield said
    elif (price := min(prices.values())) > money.budget_cny:
        name, where = min(prices, key=lambda key: prices[key])
        yield f"{said}: the cheapest, {name} for `{where}`, costs {price:,.0f} CNY"
