"""The schema of the configuration: what may be written in `configs/`, section by section.

Rules that span sections and tables are in `scenario.py`.
"""

import re
from datetime import date
from itertools import pairwise
from math import isclose
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from sim.problems import did_you_mean, must_be
from sim.streams import Distribution
from sim.table import Name, NameOrEmpty, Row, Text

HOURS = 24
# What no charging station has; more is a unit mistaken (W for kW).
MOST_EVSES, MOST_EVSE_KW, MOST_SITE_KW = 10_000, 5_000.0, 1_000_000.0
MOST_MIN, MOST_KM, MOST_KWH = 100_000.0, 20_000.0, 10_000.0
DisciplineName = Literal["fcfs", "priority", "shortest_need"]
SharingName = Literal["max_min", "equal_share", "fcfs", "modular"]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=100)]
EvseKw = Annotated[float, Field(gt=0, le=MOST_EVSE_KW)]
SiteKw = Annotated[float, Field(gt=0, le=MOST_SITE_KW)]
DayMin = Annotated[float, Field(ge=0, le=1440)]  # [min] no more than a day
Km = Annotated[float, Field(gt=0, le=MOST_KM)]
Kva = Annotated[float, Field(gt=0, le=1e6)]
Hour = Annotated[int, Field(ge=0, lt=HOURS)]


def _cabinets(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+\*[1-9][0-9]?(\+[a-z0-9_]+\*[1-9][0-9]?)*", text):
        raise must_be("cabinets such as dual_120*2+stack_600*1")
    return text


Cabinets = Annotated[str, AfterValidator(_cabinets)]


def _iso(cell: Any) -> Any:
    """Else 20251001 would be a number of seconds since 1970."""
    if isinstance(cell, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        raise must_be("a date such as 2025-10-01")
    return cell


IsoDate = Annotated[date, BeforeValidator(_iso)]


def _within(low: float, high: float) -> AfterValidator:
    def check_range(d: Distribution) -> Distribution:
        if d.least < low or d.greatest > high:
            limits = f"between {low:g} and {high:,.9g}"
            raise ValueError(f"draws from {d.least:g} to {d.greatest:g}, but must be {limits}")
        return d

    return AfterValidator(check_range)


Soc = Annotated[Distribution, _within(0.0, 1.0)]
Minutes = Annotated[Distribution, _within(0.0, MOST_MIN)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sourced(Section):
    """A section that says of each of its figures where it comes from, or that it is assumed."""

    elsewhere: ClassVar[set[str]] = set()  # no figures, or figures that carry their own source
    name: Name
    sources: dict[str, Text]

    @model_validator(mode="after")
    def _every_figure_has_a_source(self) -> Self:
        figures = set(type(self).model_fields) - {"name", "sources"} - self.elsewhere
        if lacking := sorted(figures - set(self.sources)):
            raise ValueError(f"sources lacks {', '.join(lacking)}: give a source, or say assumed")
        for key in sorted(set(self.sources) - figures):
            raise ValueError(f"sources names an unknown figure `{key}`{did_you_mean(key, figures)}")
        return self


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

    elsewhere = {"calendar", "hourly", "holiday", "kinds"}
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


class CurvePoint(Row):
    """A knot of the acceptance curve of a type of vehicle."""

    vehicle: Name
    battery_kwh: float = Field(gt=0, le=MOST_KWH)
    volts: float = Field(ge=1, le=10_000)
    soc: Share
    power_kw: float = Field(ge=0.1, le=MOST_EVSE_KW)
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
    elsewhere = {"curves", "types"}
    curves: Text
    types: dict[str, VehicleType] = Field(min_length=1)
    kwh_per_km: Annotated[Distribution, _within(0.0, 20.0)]
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
    balk_per_evse: Annotated[Distribution, _within(0.0, 1e6)]
    plan_ahead_share: Share
    informed_share: Share

    @model_validator(mode="after")
    def _mix_is_complete(self) -> Self:
        total = sum(kind.share for kind in self.types.values())
        if not isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of the types sum to {total:g}, not to 1")
        return self


class EvseClass(Section):
    kw: EvseKw
    amps: float = Field(gt=0, le=10_000)
    source: Text


class CabinetType(Section):
    kw: SiteKw
    evses: dict[str, Annotated[int, Field(ge=1, le=500)]] = Field(min_length=1)
    source: Text


class Failures(Section):
    mtbf_h: float = Field(ge=1, le=1e6)
    mttr_h: float = Field(gt=0, le=8760)


class Storage(Section):
    """A battery at the grid side: every day `kwh` (what `kw` lets it give) go out evenly over the
    `discharge_hours`, and in over the `charge_hours`, plus losses; with no such hours it is charged
    elsewhere."""

    kwh: float = Field(gt=0, le=MOST_SITE_KW)
    kw: SiteKw
    efficiency: float = Field(gt=0, le=1)  # kWh out per kWh in
    discharge_hours: list[Hour] = Field(min_length=1)
    charge_hours: list[Hour]

    @model_validator(mode="after")
    def _fits_into_a_day(self) -> Self:
        hours = self.discharge_hours + self.charge_hours
        if len(set(hours)) < len(hours):
            raise ValueError("an hour is there more than once")
        if -min(self.lift_kw) > self.kw:
            raise ValueError(
                f"to be full again in its charge_hours takes {-min(self.lift_kw):,.6g} kW, "
                f"but it has {self.kw:,.6g}"
            )
        return self

    @property
    def lift_kw(self) -> list[float]:
        """What it gives in every hour of the day; negative where it takes."""
        give = min(self.kw, self.kwh / len(self.discharge_hours))
        energy = give * len(self.discharge_hours) / self.efficiency
        take = energy / max(1, len(self.charge_hours))
        return [
            give * (h in self.discharge_hours) - take * (h in self.charge_hours)
            for h in range(HOURS)
        ]


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
    elsewhere = {"evse_classes", "cabinet_types", "overrides"}
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


class Transformers(Section):
    """What a station may have, and how builders size it: `simultaneity` of the rated power."""

    kva: list[Kva] = Field(min_length=1)
    simultaneity: float = Field(gt=0, le=1)
    source: Text

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if any(b <= a for a, b in pairwise(self.kva)):
            raise ValueError("the steps of kva do not rise")
        return self


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

    elsewhere = {"definition", "unit", "window", "transformers", "costs"}
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

    elsewhere = {"when", "upgrade_rule"}
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
    experiment: Text
    out: Text


def counts(text: str) -> list[tuple[str, int]]:
    """Cabinet types and how many of each: `dual_120*2+stack_600*1`."""
    parts = (part.split("*") for part in text.split("+"))
    return [(name, int(count)) for name, count in parts]
