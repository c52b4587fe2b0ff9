"""The schema of the configuration: what may be written in `configs/`, section by section.

Rules that span sections and tables are in `scenario.py`.
"""

import re
from datetime import date
from itertools import pairwise
from math import isclose
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from sim.freight import CorridorSection
from sim.problems import must_be
from sim.section import (
    HOURS,
    MOST_EVSE_KW,
    MOST_EVSES,
    MOST_KM,
    MOST_MIN,
    MOST_SITE_KW,
    Cabinets,
    CabinetType,
    DayMin,
    DisciplineName,
    EvseClass,
    Factor,
    Failures,
    Km,
    Kva,
    Minutes,
    Section,
    Share,
    SharingName,
    SiteKw,
    Soc,
    Sourced,
    Storage,
    Transformers,
    within,
)
from sim.streams import Distribution
from sim.table import Name, NameOrEmpty, Row, Text


def _iso(cell: Any) -> Any:
    """Else 20251001 would be a number of seconds since 1970."""
    if isinstance(cell, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise must_be("a date such as 2025-10-01")
    return cell


IsoDate = Annotated[date, BeforeValidator(_iso)]


class NetworkSection(Section):
    name: Name
    note: Text
    nodes: Text
    links: Text
    service_areas: Text


class DayKind(Section):
    deterrence_km: Km
    scenic: float = Field(ge=0, le=100)
    source: Text


class DemandSection(Sourced):
    """Traffic: see `demand.py` for the formulas."""

    elsewhere: ClassVar = {"calendar", "hourly", "holiday", "kinds"}
    calendar: Text
    hourly: Text
    holiday: bool
    kinds: dict[str, DayKind]
    vehicles_per_day: float = Field(gt=0, le=1e8)
    scale: float = Field(gt=0, le=100)
    ev_share: Share
    local_share: Share
    dc_share: Share
    station_share: Share
    season_factor: Factor
    crossing_share: Share
    through_share: Share
    crossing_km: Km
    through_min_km: float = Field(ge=0, le=MOST_KM)


class Day(Row):
    """A day of the calendar; `factor`: vehicles relative to an ordinary day."""

    date: IsoDate
    label: NameOrEmpty
    kind: Name
    factor: float = Field(ge=0, le=100)
    outbound: Share
    counted: Literal["yes", "no"]
    source: Text


class HourShare(Row):
    kind: Name
    hour: int = Field(ge=0, le=23)
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

    reference_kmh: float = Field(ge=1, le=300)
    exponent: float = Field(ge=0, le=10)


class FleetSection(Sourced):
    elsewhere: ClassVar = {"curves", "types"}
    curves: Text
    types: dict[str, VehicleType] = Field(min_length=1)
    kwh_per_km: Annotated[Distribution, within(0.0, 20.0)]
    speed: Speed
    terrain_factor: Factor
    load_factor: Factor
    entry_soc: SocByNode
    destination_soc: SocByNode
    target_soc: Soc
    stop_soc: Soc
    reserve_soc: Share
    patience_min: Minutes
    overstay_min: Minutes
    balk_per_evse: Annotated[Distribution, within(0.0, 1e6)]
    plan_ahead_share: Share
    informed_share: Share

    @model_validator(mode="after")
    def _mix_is_complete(self) -> Self:
        total = sum(kind.share for kind in self.types.values())
        if not isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of the types sum to {total:g}, not to 1")
        return self


class Mobile(Section):
    """Mobile units, there on holidays only; with `storage` they bring energy along every day."""

    cabinets: Cabinets
    storage: Storage | None = None

    @model_validator(mode="after")
    def _charged_elsewhere(self) -> Self:
        if self.storage and self.storage.charge_hours:
            raise ValueError("storage of mobile units has no charge_hours: it is charged elsewhere")
        return self


class Override(Section):
    """What differs at one station: `evses` in all (further ones in cabinets of that type), cap;
    and what was built there: see `hardware.py`."""

    evses: int | None = Field(default=None, ge=1, le=500)
    cabinet: str | None = None
    cap_kw: SiteKw | None = None
    replace: Cabinets | None = None
    add: Cabinets | None = None
    kva: Kva | None = None
    storage: list[Storage] = Field(default=[])
    mobile: Mobile | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.cap_kw and self.kva:
            raise ValueError("cap_kw and kva both limit the power: keep one of them")
        return self


class StationSection(Sourced):
    elsewhere: ClassVar = {"evse_classes", "cabinet_types", "overrides"}
    evse_classes: dict[str, EvseClass]
    cabinet_types: dict[str, CabinetType]
    handshake_min: DayMin
    efficiency: float = Field(gt=0, le=1)
    power_factor: float = Field(gt=0, le=1)
    loading_limit: float = Field(gt=0, le=1.5)
    other_load_shape: list[Annotated[float, Field(ge=0, le=100)]] = Field(
        min_length=HOURS, max_length=HOURS
    )
    line_places: int = Field(ge=-1, le=1_000_000)
    service_min: Annotated[DayMin, Field(gt=0)]
    expected_wait_min: DayMin
    failures: Failures
    overrides: dict[str, Override]


class Upgrade(Section):
    """What is built at a station, all of it at once.

    `replace`: stacks that take the bays of weaker cabinets; `add`: further cabinets; `kva`: a
    transformer of that step, if it is not as big already (`fit`: the least that carries the rated
    power); storage; mobile units for the holiday.
    """

    replace: Cabinets | None = None
    add: Cabinets | None = None
    kva: Kva | Literal["fit"] | None = None
    storage: Storage | None = None
    mobile: Mobile | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not any((self.replace, self.add, self.kva, self.storage, self.mobile)):
            raise ValueError("it changes nothing: give replace, add, kva, storage or mobile")
        if self.storage and not self.storage.charge_hours:
            raise ValueError("storage has no charge_hours: when is it charged?")
        return self


class UpgradeRule(Sourced):
    """Whom to upgrade, and how: stations whose utilization (`definition`, of a `unit`, over a
    `window`: `metrics.py`; `everyday`: all hours of the ordinary week) exceeds the threshold."""

    elsewhere: ClassVar = {"definition", "unit", "window", "transformers", "costs"}
    definition: Literal["time", "charging", "power"]
    unit: Literal["station", "site", "evse"]
    window: Literal["holiday_mean", "peak_day", "peak_hour", "day_08_22", "everyday"]
    threshold: float = Field(gt=0, lt=1)
    budget_cny: float | None = Field(gt=0, le=1e12)
    action: Upgrade
    transformers: Transformers
    costs: Text


CostItem = Literal[
    "air_kw", "liquid_kw", "evse", "transformer_kva", "transformer_works", "storage_kwh",
    "mobile_evse_day",
]  # fmt: skip
COST_ITEMS: tuple[str, ...] = get_args(CostItem)


class CostRow(Row):
    """What one unit of an item costs [CNY]; low to high: where sources disagree."""

    item: CostItem
    unit: Text
    low: float = Field(ge=0, le=1e9)
    typical: float = Field(ge=0, le=1e9)
    high: float = Field(ge=0, le=1e9)
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError("low, typical and high do not rise")
        return self


class PolicySection(Sourced):
    """What the site does to a session; `when`: in every holiday, or always."""

    elsewhere: ClassVar = {"when", "upgrade_rule"}
    upgrade_rule: UpgradeRule | None = None
    when: Literal["holidays", "always"]
    soc_cap: float = Field(gt=0, le=1)
    session_limit_min: float | None = Field(ge=1, le=MOST_MIN)


class EngineSection(Section):
    seed: int
    replications: int = Field(ge=2, le=100_000)
    half_width: float | None = Field(gt=0, lt=1)
    most_replications: int = Field(ge=2, le=100_000)
    workers: int = Field(ge=0, le=256)
    bin_min: Literal[5, 60]
    curve_tolerance: float = Field(gt=0, le=0.05)


class ReportSection(Section):
    utilization_threshold: float = Field(gt=0, lt=1)
    worst: int = Field(ge=1, le=MOST_EVSES)


class VerifySection(Section):
    quick: bool


class StationChange(Section):
    """A what-if for one station of a replay; None leaves what its table says."""

    evses: int | None = Field(None, ge=1, le=MOST_EVSES)
    evse_kw: float | None = Field(None, gt=0, le=MOST_EVSE_KW)
    cabinet_kw: float | None = Field(None, gt=0, le=MOST_SITE_KW)
    cap_kw: float | None = Field(None, gt=0, le=MOST_SITE_KW)
    efficiency: float | None = Field(None, gt=0, le=1)
    discipline: DisciplineName | None = None
    sharing: SharingName | None = None
    module_kw: float | None = Field(None, gt=0, le=MOST_EVSE_KW)


class ReplaySection(Section):
    stations: Text | None
    visits: Text | None
    vehicles: Text | None
    out: Text
    bin_min: Literal[5, 60]
    discipline: DisciplineName
    sharing: SharingName
    module_kw: float | None = Field(gt=0, le=MOST_EVSE_KW)
    station_overrides: dict[str, StationChange]


class ValidateSection(Section):
    sessions: Text | None
    site: Text | None


class SiteRule(Section):
    soc_cap: float = Field(gt=0, le=1)
    session_limit_min: float = Field(ge=1, le=MOST_MIN)


class YearsSection(Section):
    """Holiday after holiday: what the rule builds, against the city's target of super stations."""

    holidays: Text
    growth: Text
    build_months: float = Field(ge=0, le=120)
    super_stations: int = Field(ge=0, le=100_000)
    super_share: Share
    super_kw: SiteKw
    super_station: Upgrade


class MoneySection(Section):
    """What else the money of the rule could buy: things from a `menu`, each of them repeatedly."""

    menu: dict[str, Upgrade] = Field(min_length=1)
    budget_cny: float | None = Field(gt=0, le=1e12)
    shares: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    holidays: int = Field(ge=1, le=1000)
    lost_h: float = Field(ge=0, le=HOURS)
    most_evses: int = Field(ge=1, le=500)
    least_saving_h: float = Field(gt=0, le=1e6)
    indifference: float = Field(gt=0, lt=1)

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
    """How far the assumptions may move: a table, see `experiments/rule_inputs.py`."""

    inputs: Text


class RuleStudySection(Section):
    fails_wait_p90_min: float = Field(gt=0, le=MOST_MIN)
    fails_lost_share: Share
    miss_cost: float = Field(ge=0.01, le=100)
    demand_change: float = Field(gt=0, lt=1)
    ev_share_growth: float = Field(gt=0, le=10)
    overstay_min: Minutes
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
    low: float = Field(ge=0, le=1e9)
    typical: float = Field(ge=0, le=1e9)
    high: float = Field(ge=0, le=1e9)
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.typical <= self.high:
            raise ValueError("low, typical and high do not rise")
        return self


class SurfaceSection(Section):
    """Points of the capacity surface: cabinets of the hub by type, and its transformer, as factors
    on what the corridor has."""

    cabinets: list[Factor] = Field(min_length=1, max_length=20)
    types: list[str] = Field(min_length=1, max_length=10)
    kva: list[Factor] = Field(min_length=1, max_length=20)


class PortMoneySection(Section):
    """Charge or swap: what is spent, on what, and over how many years."""

    budgets_cny: list[Annotated[float, Field(gt=0, le=1e12)]] = Field(min_length=1, max_length=20)
    costs: Text
    swap_costs: Text
    life_years: float = Field(gt=0, le=100)
    dual_gun: str
    megawatt: str
    megawatt_truck: str
    swap_min: Annotated[DayMin, Field(gt=0)]
    packs_a_bay: int = Field(ge=1, le=MOST_EVSES)
    rack_c_rate: float = Field(gt=0, le=10)
    pack_soc: float = Field(gt=0, le=1)


class LeversSection(Section):
    """What might flatten the peaks."""

    appointment_share: Share
    shift_offsets_h: list[Annotated[float, Field(ge=-12, le=12)]] = Field(min_length=1)
    storage: Storage


class PortStudySection(Section):
    """Criteria of service, what is asked, and how many replications answer it."""

    questions: list[PortQuestion] = Field(min_length=1)
    wait_p95_min: float = Field(gt=0, le=MOST_MIN)
    energy_share: float = Field(gt=0, le=1)
    replications: int = Field(ge=2, le=10_000)
    fewer_replications: int = Field(ge=2, le=10_000)
    most_trucks: int = Field(ge=1, le=100_000)
    resolution: float = Field(ge=0, le=0.2)
    step: float = Field(ge=0.01, le=10)
    surface: SurfaceSection
    money: PortMoneySection
    levers: LeversSection
    plan: list[str] = Field(min_length=1)
    outside: list[str]
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


def counts(text: str) -> list[tuple[str, int]]:
    """Cabinet types and how many of each: `dual_120*2+stack_600*1`."""
    parts = (part.split("*") for part in text.split("+"))
    return [(name, int(count)) for name, count in parts]
