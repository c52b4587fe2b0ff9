"""The settings of this study: `port_study` in a config."""

from typing import Annotated, Literal

from pydantic import Field

from sim.config import limits
from sim.config.section import (
    BudgetCny,
    CriterionMin,
    Distinct,
    Factor,
    Section,
    Share,
    SomeShare,
)
from sim.config.table import Text, number
from sim.stations.schema import Storage
from sim.study.schema import Replications

PortQuestion = Literal["capacity", "surface", "swap", "peaks", "plan", "outside"]


class SurfaceSection(Section):
    """Points of the capacity surface: cabinets of the hub by type, and its transformer, as factors
    on what the corridor has."""

    cabinets: Annotated[list[Factor], Distinct] = Field(min_length=1, max_length=20)
    types: Annotated[list[str], Distinct] = Field(min_length=1, max_length=10)
    kva: Annotated[list[Factor], Distinct] = Field(min_length=1, max_length=20)


class PortMoneySection(Section):
    """Charge or swap: what is spent, on what, and over how many years."""

    budgets_cny: Annotated[list[BudgetCny], Distinct] = Field(min_length=1, max_length=20)
    costs: Text
    swap_costs: Text
    life_years: Annotated[float, number(limits.YEARS)]
    dual_gun: str
    megawatt: str
    megawatt_truck: str
    swap_min: Annotated[float, number(limits.FEW_MIN)]
    packs_a_bay: Annotated[int, number(limits.PACKS)]
    rack_c_rate: Annotated[float, number(limits.C_RATE)]
    pack_soc: SomeShare


class LeversSection(Section):
    """What might flatten the peaks."""

    appointment_share: Share
    shift_offsets_h: list[Annotated[float, number(limits.OFFSET_H)]] = Field(min_length=1)
    storage: Storage


class PortStudySection(Section):
    """Criteria of service, what is asked, and how many replications answer it."""

    questions: Annotated[list[PortQuestion], Distinct] = Field(min_length=1)
    wait_p95_min: CriterionMin
    energy_share: SomeShare
    replications: Replications
    fewer_replications: Replications
    worlds: Replications
    most_trucks: Annotated[int, number(limits.TRUCKS)]
    resolution: Annotated[float, number(limits.RESOLUTION)]
    step: Annotated[float, number(limits.STEP)]
    surface: SurfaceSection
    money: PortMoneySection
    levers: LeversSection
    plan: Annotated[list[str], Distinct] = Field(min_length=1)
    outside: Annotated[list[str], Distinct]
    quick: bool
