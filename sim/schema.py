"""The schema of the configuration: what may be written in `configs/`, section by section.

Rules that span sections and tables are in `scenario.py`.
"""

from datetime import date
from math import inf, isclose
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sim.problems import did_you_mean
from sim.streams import Distribution
from sim.table import Row

HOURS = 24
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1)]


def _within(low: float, high: float) -> AfterValidator:
    def check_range(d: Distribution) -> Distribution:
        if d.least < low or d.greatest > high:
            limits = f"at least {low:g}" if high == inf else f"between {low:g} and {high:g}"
            raise ValueError(f"draws from {d.least:g} to {d.greatest:g}, but must be {limits}")
        return d

    return AfterValidator(check_range)


Soc = Annotated[Distribution, _within(0.0, 1.0)]
Amount = Annotated[Distribution, _within(0.0, inf)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sourced(Section):
    """A section that says of each of its figures where it comes from, or that it is assumed."""

    elsewhere: ClassVar[set[str]] = set()  # no figures, or figures that carry their own source
    name: Text
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
    name: Text
    note: Text
    nodes: Text
    links: Text
    service_areas: Text


class DayKind(Section):
    deterrence_km: Positive
    scenic: NotNegative
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
    season_factor: Positive
    crossing_share: Share
    through_share: Share
    crossing_km: Positive
    through_min_km: NotNegative


class Day(Row):
    """A day of the calendar; `factor`: vehicles relative to an ordinary day."""

    date: date
    label: str
    kind: Text
    factor: float = Field(ge=0, le=100)
    outbound: Share
    counted: Literal["yes", "no"]
    source: Text


class HourShare(Row):
    kind: Text
    hour: int = Field(ge=0, le=23)
    share: Share
    source: Text


class CurvePoint(Row):
    """A knot of the acceptance curve of a type of vehicle."""

    vehicle: Text
    battery_kwh: Positive
    volts: Positive
    soc: Share
    power_kw: Positive
    source: Text


class VehicleType(Section):
    share: Share
    consumption_factor: Positive
    source: Text


class SocByNode(Section):
    core: Soc
    district: Soc
    scenic: Soc
    gate: Soc


class Speed(Section):
    """Consumption grows with the speed v as (v / reference_kmh) ** exponent."""

    reference_kmh: Positive
    exponent: NotNegative


class FleetSection(Sourced):
    elsewhere = {"curves", "types"}
    curves: Text
    types: dict[str, VehicleType] = Field(min_length=1)
    kwh_per_km: Amount
    speed: Speed
    terrain_factor: Positive
    load_factor: Positive
    entry_soc: SocByNode
    destination_soc: SocByNode
    target_soc: Soc
    stop_soc: Soc
    reserve_soc: Share
    patience_min: Amount
    overstay_min: Amount
    balk_per_evse: Amount
    plan_ahead_share: Share
    informed_share: Share

    @model_validator(mode="after")
    def _mix_is_complete(self) -> Self:
        total = sum(kind.share for kind in self.types.values())
        if not isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares of the types sum to {total:g}, not to 1")
        return self


class EvseClass(Section):
    kw: Positive
    amps: Positive
    source: Text


class CabinetType(Section):
    kw: Positive
    evses: dict[str, Annotated[int, Field(ge=1)]] = Field(min_length=1)
    source: Text


class Failures(Section):
    mtbf_h: Positive
    mttr_h: Positive


class Override(Section):
    """What differs at one station: `evses` in all (further ones in cabinets of that type), cap."""

    evses: int | None = Field(None, ge=1, le=500)
    cabinet: str | None = None
    cap_kw: float | None = Field(None, gt=0)


class StationSection(Sourced):
    elsewhere = {"evse_classes", "cabinet_types", "overrides"}
    evse_classes: dict[str, EvseClass]
    cabinet_types: dict[str, CabinetType]
    handshake_min: NotNegative
    efficiency: float = Field(gt=0, le=1)
    power_factor: float = Field(gt=0, le=1)
    loading_limit: float = Field(gt=0, le=1.5)
    other_load_shape: list[NotNegative] = Field(min_length=HOURS, max_length=HOURS)
    line_places: int = Field(ge=-1)
    service_min: Positive
    expected_wait_min: NotNegative
    failures: Failures
    overrides: dict[str, Override]


class PolicySection(Sourced):
    """What the site does to a session; `when`: in every holiday, or always."""

    elsewhere = {"when"}
    when: Literal["holidays", "always"]
    soc_cap: float = Field(gt=0, le=1)
    session_limit_min: float | None = Field(gt=0)


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
    worst: int = Field(ge=1)


class VerifySection(Section):
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
    experiment: Text
    out: Text


def counts(text: str) -> list[tuple[str, int]]:
    """Cabinet types and how many of each: `dual_120*2+stack_600*1`."""
    parts = (part.split("*") for part in text.split("+"))
    return [(name, int(count)) for name, count in parts]
