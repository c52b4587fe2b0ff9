"""The settings of this study: `rule_study` in a config."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from sim.config import limits
from sim.config.section import (
    BudgetCny,
    CabinetKw,
    CriterionMin,
    OverstayMin,
    Section,
    SessionMin,
    Share,
    SomeShare,
    Threshold,
)
from sim.config.table import Name, Text, number
from sim.stations.schema import PlannedEvses, Upgrade
from sim.study.schema import Replications


class SiteRule(Section):
    soc_cap: SomeShare
    session_limit_min: SessionMin


class YearsSection(Section):
    """Holiday after holiday: what the rule builds, against the city's target of super stations."""

    holidays: Text
    growth: Text
    build_months: Annotated[float, number(limits.MONTHS)]
    super_stations: Annotated[int, number(limits.STATIONS)]
    super_share: Share
    super_kw: CabinetKw
    super_station: Upgrade


class MoneySection(Section):
    """What else the money of the rule could buy: things from a `menu`, each of them repeatedly."""

    menu: dict[str, Upgrade] = Field(min_length=1)
    budget_cny: BudgetCny | None
    shares: list[Annotated[float, number(limits.BUDGET_SHARE)]] = Field(min_length=1)
    holidays: Annotated[int, number(limits.HOLIDAYS)]
    lost_h: Annotated[float, number(limits.LOST_H)]
    most_evses: PlannedEvses
    least_saving_h: Annotated[float, number(limits.SAVING_H)]
    indifference: Threshold

    @model_validator(mode="after")
    def _the_whole_budget_is_the_last_share(self) -> Self:
        if self.shares[-1] != 1.0 or any(b <= a for a, b in pairwise(self.shares)):
            raise ValueError("the shares do not rise to 1")
        return self

    @model_validator(mode="after")
    def _two_of_a_kind_add_up(self) -> Self:
        for name, item in self.menu.items():
            if item.storage or (item.mobile and item.mobile.storage):
                raise ValueError(f"menu.{name} has storage, which cannot be bought by the piece")
        return self


class SensitivitySection(Section):
    """How far the assumptions may move: a table, see `sensitivity/inputs.py`."""

    inputs: Text


class RuleStudySection(Section):
    fails_wait_p90_min: CriterionMin
    fails_lost_share: Share
    miss_cost: Annotated[float, number(limits.RELATIVE_COST)]
    saturated_h_per_day: Annotated[float, number(limits.SATURATED_H)]
    demand_change: Threshold
    ev_share_growth: Annotated[float, number(limits.GROWTH)]
    overstay_min: OverstayMin
    site_rule: SiteRule
    actions: dict[Name, Upgrade]
    money: MoneySection
    years: YearsSection
    sensitivity: SensitivitySection
    worlds: Replications
    quick: bool
