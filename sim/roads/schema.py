"""The schema of the configuration: what may be written in `configs/`, section by section.

Rules that span sections and tables are in `scenario.py`.
"""

import re
from datetime import date
from math import isclose
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.config import limits
from sim.config.problems import must_be
from sim.config.section import (
    Balk,
    CabinetKw,
    Distinct,
    Factor,
    OverstayMin,
    PatienceMin,
    Section,
    Share,
    Soc,
    SomeShare,
    Sourced,
    within,
)
from sim.config.table import Name, NameOrEmpty, Row, Text, number
from sim.stations.schema import StationSection, UpgradeRule
from sim.stats.streams import Distribution, share_below
from sim.study.schema import EngineSection


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


class InferredSection(Sourced):
    """What is published of a network of whose service areas only some are in the table.

    `without`: roads on which no site is missing.  `super_sides`: with a cabinet of `super_kw`.
    """

    sides: Annotated[int, number(limits.STATIONS)]
    evses: Annotated[int, number(limits.NETWORK_EVSES)]
    least_evses: Annotated[int, number(limits.EVSES)]
    super_sides: Annotated[int, number(limits.STATIONS)]
    super_kw: CabinetKw
    without: Annotated[list[Name], Distinct]


class NetworkSection(Section):
    """`layout`: which drawing of the `inferred` service areas; see `inferred.py`."""

    name: Name
    note: Text
    nodes: Text
    links: Text
    service_areas: Text
    layout: Annotated[int, number(limits.LAYOUT)] = 0
    inferred: InferredSection | None = None

    @model_validator(mode="after")
    def _has_what_to_draw(self) -> Self:
        if self.layout and not self.inferred:
            raise ValueError(
                f"layout is {self.layout}, but inferred is null: there is nothing to draw"
            )
        return self


class DayKind(Section):
    deterrence_km: DecayKm
    scenic: Annotated[float, number(limits.SCENIC)]
    source: Text


class Variation(Section):
    """How much the traffic differs from what is expected of it: coefficients of variation of a
    factor of the whole calendar and of a factor of each day.  `known`: the calendar is past, so
    that its level is known, and only how it spreads over the days is not."""

    period_cv: Annotated[float, number(limits.VARIATION)]
    day_cv: Annotated[float, number(limits.VARIATION)]
    known: bool


class DemandSection(Sourced):
    """Traffic: see `demand.py` for the formulas."""

    elsewhere: ClassVar = {"calendar", "hourly", "holiday", "kinds"}
    calendar: Text
    hourly: Text
    holiday: bool
    kinds: dict[str, DayKind]
    vehicles_per_day: Annotated[float, number(limits.VEHICLES_A_DAY)]
    scale: Annotated[float, number(limits.SCALE)]
    variation: Variation
    ev_share: Share
    local_share: Share
    dc_share: Share
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
    """`hybrid`: a range extender or plug-in hybrid, which drives on fuel once its battery is
    empty."""

    share: Share
    consumption_factor: Factor
    hybrid: bool = False
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
    pack_factor: Factor
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


class Guidance(Section):
    """Where a service area has two sides, who would wait less on the other one, even with
    `cross_min` to get there, is sent across."""

    cross_min: Annotated[float, number(limits.CROSS_MIN)]
    source: Text


class PolicySection(Sourced):
    """What the site does to a session, and to who comes; `when`: in every holiday, or always."""

    elsewhere: ClassVar = {"when", "upgrade_rule", "guidance"}
    upgrade_rule: UpgradeRule | None = None
    guidance: Guidance | None = None
    when: Literal["holidays", "always"]
    soc_cap: SomeShare
    session_limit_min: SessionMin | None


class Config(Section):
    """What a scenario of roads is made from."""

    network: NetworkSection
    demand: DemandSection
    reference: DemandSection
    fleet: FleetSection
    station: StationSection
    policy: PolicySection
    engine: EngineSection
