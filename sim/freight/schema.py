"""The schema of a freight corridor: places, charging sites, trucks, and what trucks do.

Rules that span items are in `freight_checks.py`; how steps become a program is in `program.py`.
"""

from math import inf
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.config import limits
from sim.config.section import (
    HOURS,
    Balk,
    DisciplineName,
    Efficiency,
    Factor,
    HandshakeMin,
    HourShape,
    Kva,
    Loading,
    ModuleKw,
    PatienceMin,
    PowerFactor,
    RatedKw,
    Section,
    Share,
    SharingName,
    Soc,
    SomeShare,
    Sourced,
    within,
)
from sim.config.table import Name, Text, number
from sim.stations import storage
from sim.stations.schema import CabinetType, EvseClass, Failures, Storage, Transformers
from sim.stats.streams import Distribution

RuleName = Literal["need", "threshold", "always"]
ClockH = Annotated[float, Field(ge=0, lt=HOURS)]  # [h] time of day
ServiceMin = Annotated[Distribution, within(limits.SERVICE_MIN)]
Spread = Annotated[Distribution, within(limits.SPREAD)]
Servers = Annotated[int, number(limits.SERVERS)]
Packs = Annotated[int, number(limits.PACKS)]
LoadKw = Annotated[float, number(limits.LOAD_KW)]
KwhPerKm = Annotated[float, number(limits.KWH_PER_KM)]


class Shape(Section):
    """A share for every hour of the day."""

    hours: list[HourShape] = Field(min_length=HOURS, max_length=HOURS)
    source: Text


class Place(Section):
    """Where trucks are served, `servers` at a time: gate lanes, cranes, docks."""

    servers: Servers
    service_min: ServiceMin
    discipline: DisciplineName = "fcfs"
    source: Text


class Berth(Section):
    """Cranes of a place that work only while a vessel is in; `gap_h`: from one to the next."""

    place: str
    cranes: Servers
    gap_h: Annotated[Distribution, within(limits.GAP_H)]
    stay_h: Annotated[Distribution, within(limits.BERTHED_H)]
    source: Text


class SwapBays(Section):
    """Trucks of the type `truck` leave their pack and take a charged one.  Every pack has a rack of
    `rack_kw`, where it is charged up to `soc`."""

    truck: str
    bays: Packs
    swap_min: Annotated[float, number(limits.FEW_MIN)]
    packs: Packs
    rack_kw: RatedKw
    soc: SomeShare


class Cars(Section):
    """Cars that charge at the site too, as they come; `shape`: their hours."""

    per_day: Annotated[float, number(limits.CARS_A_DAY)]
    shape: str
    curve: str
    arrival_soc: Soc
    target_soc: Soc
    source: Text


class Site(Section):
    """A place to charge: one connection to the grid, and one line.

    The transformer (none: no limit) also carries `other_load_kw`, by the hours of a shape.
    """

    cabinets: dict[str, Annotated[int, number(limits.SITE_CABINETS)]] = Field(default={})
    swap: SwapBays | None = None
    kva: Kva | None
    other_load_kw: LoadKw = 0.0
    other_load_shape: str | None = None
    storage: list[Storage] = Field(default=[])
    pv_kw: LoadKw = 0.0
    pv_shape: str | None = None
    discipline: DisciplineName = "fcfs"
    sharing: SharingName = "max_min"
    cars: Cars | None = None
    source: Text

    @model_validator(mode="after")
    def _plugs_or_packs(self) -> Self:
        if bool(sum(self.cabinets.values())) == bool(self.swap):
            raise ValueError("it has either cabinets or a swap station: give one of them")
        if self.swap and self.cars:
            raise ValueError("cars cannot charge at a swap station")
        for load, shape in (("other_load", self.other_load_shape), ("pv", self.pv_shape)):
            if getattr(self, f"{load}_kw") > 0.0 and shape is None:
                raise ValueError(f"{load}_kw is above 0, but {load}_shape says not in which hours")
        return self


class TruckType(Section):
    """`guns`: EVSEs that it can use at once."""

    curve: str
    guns: Literal[1, 2]
    kwh_per_km_loaded: KwhPerKm
    kwh_per_km_empty: KwhPerKm
    aux_kw: Annotated[float, number(limits.AUX_KW)]
    source: Text


# ---- what trucks do --------------------------------------------------------------------------


class Drive(Section):
    """`grade`: factor on the consumption of this road."""

    km: Annotated[float, number(limits.DRIVE_KM)]
    kmh: Annotated[float, number(limits.KMH)]
    load: Literal["loaded", "empty"]
    grade: Factor = 1.0

    @property
    def h(self) -> float:
        return self.km / self.kmh


class Serve(Section):
    at: str


class Charge(Section):
    at: str
    rule: RuleName
    soc: SomeShare


class Pause(Section):
    """The driver rests until the truck has stood this long since it last drove."""

    min: Annotated[float, number(limits.PAUSE_MIN)]


class Until(Section):
    """It stands until the clock shows this hour."""

    clock_h: ClockH


class Deliver(Section):
    """What is loaded has been delivered: it counts."""


class PlainStep(Section):
    """One of these."""

    drive: Drive | None = None
    serve: Serve | None = None
    charge: Charge | None = None
    pause: Pause | None = None
    until: Until | None = None
    deliver: Deliver | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        kinds = type(self).model_fields
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise ValueError(f"a step is one of {', '.join(kinds)}")
        return self


class Between(Section):
    """Steps that are done only if the clock shows these hours (over midnight where from > to)."""

    from_h: ClockH
    to_h: ClockH
    steps: list[PlainStep] = Field(min_length=1)

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.from_h == self.to_h:
            raise ValueError(f"from_h and to_h are both {self.from_h:g}: there is no time between")
        return self


class AnyStep(PlainStep):
    between: Between | None = None


class Shift(Section):
    """Work begins and ends at these hours; a turn that has begun is ended."""

    begin_h: ClockH
    end_h: ClockH

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.begin_h == self.end_h:
            raise ValueError(
                f"it begins and ends at {self.begin_h:g} h, so it never ends: leave the shift out "
                "for work round the clock"
            )
        return self

    @property
    def off_h(self) -> float:
        """How long nobody works, each day."""
        return (self.begin_h - self.end_h) % HOURS


class DutySection(Section):
    """Work of a share of the fleet: turn after turn.

    After each turn: the `breaks` whose hours it is; when the shift is over, what is done
    `after_shift`, and standing until the next begins.  `tonnes`, `teu`: of one delivery.
    """

    truck: str
    share: Share
    tonnes: Annotated[float, number(limits.TONNES)]
    teu: Annotated[float, number(limits.TEU)]
    shift: Shift | None = None
    turn: list[AnyStep] = Field(min_length=1)
    breaks: list[Between] = Field(default=[])
    after_shift: list[PlainStep] = Field(default=[])
    source: Text

    @model_validator(mode="after")
    def _shift_has_an_end(self) -> Self:
        if self.after_shift and not self.shift:
            raise ValueError("it has steps after_shift, but no shift")
        return self


class Target(Section):
    """What the plan for 2028 wants, and the share of it that is laid to this corridor."""

    trucks: Annotated[int, number(limits.TRUCKS)]
    stations: Annotated[int, number(limits.EVSES)]
    share: Share
    source: Text


class CorridorSection(Sourced):
    """A corridor: `gate` names the place whose trucks are counted, `hub` the site whose chargers
    are in question.

    `name_zh` is its name in Chinese; `names_zh` those of its places, sites, duties and types of
    cabinets, which in English are called by their keys.
    `shift_offsets_h`: shifts begin so much later or earlier, in turn for the trucks of a duty.
    `appointment_share` of the trucks come first wherever the discipline is `priority`.
    """

    elsewhere: ClassVar = {
        "name_zh", "names_zh", "curves", "gate", "hub", "shapes", "evse_classes", "cabinet_types",
        "places", "berths", "sites", "trucks", "duties", "target_2028", "transformers", "days",
        "warm_up_days",
    }  # fmt: skip
    name_zh: Name
    names_zh: dict[str, Name] = Field(default={})
    curves: Text
    gate: str
    hub: str
    days: Annotated[int, number(limits.DAYS)]
    warm_up_days: Annotated[int, number(limits.WARM_UP_DAYS)]
    trucks_in_fleet: Annotated[int, number(limits.TRUCKS)]
    shapes: dict[str, Shape]
    evse_classes: dict[str, EvseClass]
    cabinet_types: dict[str, CabinetType]
    transformers: Transformers
    places: dict[Name, Place] = Field(min_length=1)
    berths: list[Berth] = Field(default=[])
    sites: dict[Name, Site] = Field(min_length=1)
    trucks: dict[Name, TruckType] = Field(min_length=1)
    duties: dict[Name, DutySection] = Field(min_length=1)
    target_2028: Target
    # trucks and drivers
    season_factor: Annotated[float, number(limits.SEASON)]
    consumption_spread: Spread
    drive_spread: Spread
    start_soc: Soc
    start_spread_min: ServiceMin
    stop_soc: Share
    reserve_soc: Share
    patience_min: PatienceMin | None
    balk_per_evse: Balk | None
    drive_limit_h: Annotated[float, number(limits.DRIVING_H)]
    rest_min: Annotated[float, number(limits.REST_MIN)]
    # sites
    handshake_min: HandshakeMin
    efficiency: Efficiency
    power_factor: PowerFactor
    loading_limit: Loading
    module_kw: ModuleKw
    failures: Failures | None
    # levers
    shift_offsets_h: list[Annotated[float, number(limits.OFFSET_H)]] = Field(min_length=1)
    appointment_share: Share

    @property
    def horizon_h(self) -> float:
        return float(HOURS * (self.days + self.warm_up_days))


def caps_kw(section: CorridorSection, site: Site) -> list[float]:
    """Transformer, less other load, plus storage and sun, in every hour of the day; grid side."""
    supply = site.kva * section.power_factor * section.loading_limit if site.kva else inf
    other, sun = (section.shapes[name].hours if name else [0.0] * HOURS
                  for name in (site.other_load_shape, site.pv_shape))  # fmt: skip
    left_kw = [supply - site.other_load_kw * other[h] + site.pv_kw * sun[h] for h in range(HOURS)]
    return storage.caps_kw(left_kw, site.storage)
