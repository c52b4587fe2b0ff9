"""The schema of the configuration: what may be written in `configs/`, section by section.

Rules that span sections and tables are in `scenario.py`.
"""

import re
from datetime import date
from itertools import pairwise
from math import isclose
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.config import limits
from sim.config.problems import must_be
from sim.config.section import (
    Balk,
    BudgetCny,
    CabinetKw,
    Cny,
    Distinct,
    Factor,
    OverstayMin,
    PatienceMin,
    Section,
    Share,
    Soc,
    SomeShare,
    Sourced,
    Threshold,
    within,
)
from sim.config.table import Name, NameOrEmpty, Row, Text, number
from sim.freight.schema import CorridorSection
from sim.replay.schema import ReplaySection
from sim.report.schema import ReportSection
from sim.stations.schema import PlannedEvses, StationSection, Storage, Upgrade, UpgradeRule
from sim.stats.streams import Distribution, share_below
from sim.study.schema import EngineSection, Replications


def _iso(cell: Any) -> Any:
    """Else 20251001 would be a number of seconds since 1970."""
    if isinstance(cell, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise must_be("a date such as 2025-10-01")
    return cell


def _of_our_time(day: date) -> date:
    """Else what is counted from it may lie beyond the last day that there is."""
    if not limits.FIRST_DATE <= day.isoformat() <= limits.LAST_DATE:
        raise must_be(f"a date from {limits.FIRST_DATE} to {limits.LAST_DATE}")
    return day


IsoDate = Annotated[date, BeforeValidator(_iso), AfterValidator(_of_our_time)]
Days = Annotated[int, number(limits.DAYS)]
DecayKm = Annotated[float, number(limits.DECAY_KM)]
SeasonFactor = Annotated[float, number(limits.SEASON)]
SessionMin = Annotated[float, number(limits.SESSION_MIN)]
CriterionMin = Annotated[float, number(limits.CRITERION_MIN)]


class NetworkSection(Section):
    name: Name
    note: Text
    nodes: Text
    links: Text
    service_areas: Text


class DayKind(Section):
    deterrence_km: DecayKm
    scenic: Annotated[float, number(limits.SCENIC)]
    source: Text


class DemandSection(Sourced):
    """Traffic: see `demand.py` for the formulas."""

    elsewhere: ClassVar = {"calendar", "hourly", "holiday", "kinds"}
    calendar: Text
    hourly: Text
    holiday: bool
    kinds: dict[str, DayKind]
    vehicles_per_day: Annotated[float, number(limits.VEHICLES_A_DAY)]
    scale: Annotated[float, number(limits.SCALE)]
    ev_share: Share
    local_share: Share
    dc_share: Share
    station_share: Share
    season_factor: SeasonFactor
    crossing_share: Share
    through_share: Share
    crossing_km: DecayKm
    through_min_km: Annotated[float, number(limits.WAY_KM)]


class Day(Row):
    """A day of the calendar; `factor`: vehicles relative to an ordinary day."""

    date: IsoDate
    label: NameOrEmpty
    kind: Name
    factor: Annotated[float, number(limits.DAY_FACTOR)]
    outbound: Share
    counted: Literal["yes", "no"]
    source: Text


class HourShare(Row):
    kind: Name
    hour: Annotated[int, number(limits.HOUR)]
    share: Share
    source: Text


class VehicleType(Section):
    share: Share
    consumption_factor: Factor
    source: Text


class SocByNode(Section):
    core: Soc
    district: Soc
    scenic: Soc
    gate: Soc


class Speed(Section):
    """Consumption grows with the speed v as (v / reference_kmh) ** exponent."""

    reference_kmh: Annotated[float, number(limits.KMH)]
    exponent: Annotated[float, number(limits.EXPONENT)]


MOST_POINTLESS = 0.05  # share of drivers whose target is no more than where they stop


class FleetSection(Sourced):
    elsewhere: ClassVar = {"curves", "types"}
    curves: Text
    types: dict[str, VehicleType] = Field(min_length=1)
    kwh_per_km: Annotated[Distribution, within(limits.KWH_PER_KM)]
    speed: Speed
    terrain_factor: Factor
    load_factor: Factor
    entry_soc: SocByNode
    destination_soc: SocByNode
    target_soc: Soc
    stop_soc: Soc
    reserve_soc: Share
    patience_min: PatienceMin
    overstay_min: OverstayMin
    balk_per_evse: Balk
    plan_ahead_share: Share
    informed_share: Share

    @model_validator(mode="after")
    def _mix_is_complete(self) -> Self:
        total = sum(kind.share for kind in self.types.values())
        if not isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of the types sum to {total:g}, not to 1")
        return self

    @model_validator(mode="after")
    def _charges_beyond_where_it_stops(self) -> Self:
        """Else a driver stops, is full by its own standard, and drives on."""
        if self.target_soc.least < self.reserve_soc:
            raise ValueError(
                f"target_soc draws {self.target_soc.least:g}, which is below reserve_soc = "
                f"{self.reserve_soc:g}"
            )
        if (share := share_below(self.target_soc, self.stop_soc)) > MOST_POINTLESS:
            raise ValueError(
                f"of 100 drivers {100 * share:.0f} would draw a target_soc that is no more than "
                "the stop_soc at which they stop: they would charge nothing"
            )
        return self


class PolicySection(Sourced):
    """What the site does to a session; `when`: in every holiday, or always."""

    elsewhere: ClassVar = {"when", "upgrade_rule"}
    upgrade_rule: UpgradeRule | None = None
    when: Literal["holidays", "always"]
    soc_cap: SomeShare
    session_limit_min: SessionMin | None


class VerifySection(Section):
    quick: bool


class ValidateSection(Section):
    sessions: Text | None
    site: Text | None


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
    """How far the assumptions may move: a table, see `experiments/forty_percent_rule/inputs.py`."""

    inputs: Text


class RuleStudySection(Section):
    fails_wait_p90_min: CriterionMin
    fails_lost_share: Share
    miss_cost: Annotated[float, number(limits.RELATIVE_COST)]
    demand_change: Threshold
    ev_share_growth: Annotated[float, number(limits.GROWTH)]
    overstay_min: OverstayMin
    site_rule: SiteRule
    actions: dict[Name, Upgrade]
    money: MoneySection
    years: YearsSection
    sensitivity: SensitivitySection
    quick: bool


PortQuestion = Literal["capacity", "surface", "swap", "peaks", "plan", "outside"]
SwapItem = Literal["swap_bay", "swap_pack_kwh"]
SWAP_ITEMS: tuple[str, ...] = get_args(SwapItem)


class SwapCostRow(Row):
    """What one unit of an item of a swap station costs [CNY]."""

    item: SwapItem
    unit: Text
    low: Cny
    typical: Cny
    high: Cny
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError("low, typical and high do not rise")
        return self


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
    most_trucks: Annotated[int, number(limits.TRUCKS)]
    resolution: Annotated[float, number(limits.RESOLUTION)]
    step: Annotated[float, number(limits.STEP)]
    surface: SurfaceSection
    money: PortMoneySection
    levers: LeversSection
    plan: Annotated[list[str], Distinct] = Field(min_length=1)
    outside: Annotated[list[str], Distinct]
    quick: bool


class Config(Section):
    network: NetworkSection
    demand: DemandSection
    reference: DemandSection
    fleet: FleetSection
    station: StationSection
    policy: PolicySection
    engine: EngineSection
    report: ReportSection
    verify: VerifySection
    replay: ReplaySection
    validate_: ValidateSection = Field(alias="validate")
    rule_study: RuleStudySection
    port_study: PortStudySection
    corridor: CorridorSection | None = None
    experiment: Text
    out: Text
    overwrite: bool
