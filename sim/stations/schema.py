"""The schema of what stands at a station, for cars and trucks alike, and of what is built there."""

import re
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from sim.config import limits
from sim.config.problems import must_be
from sim.config.section import (
    HOURS,
    BudgetCny,
    CabinetKw,
    Cny,
    Distinct,
    Efficiency,
    HandshakeMin,
    Hour,
    HourShape,
    Kva,
    Loading,
    PowerFactor,
    RatedKw,
    Section,
    SessionMin,
    Sourced,
    Threshold,
)
from sim.config.table import Row, Text, number

PlannedEvses = Annotated[int, number(limits.PLANNED_EVSES)]


def _cabinets(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+\*[1-9][0-9]?(\+[a-z0-9_]+\*[1-9][0-9]?)*", text):
        raise must_be("cabinets such as dual_120*2+stack_600*1")
    return text


Cabinets = Annotated[str, AfterValidator(_cabinets)]


def counts(text: str) -> list[tuple[str, int]]:
    """Cabinet types and how many of each: `dual_120*2+stack_600*1`."""
    parts = (part.split("*") for part in text.split("+"))
    return [(name, int(count)) for name, count in parts]


class EvseClass(Section):
    kw: RatedKw
    amps: Annotated[float, number(limits.AMPS)]
    source: Text


class CabinetType(Section):
    kw: CabinetKw
    evses: dict[str, Annotated[int, number(limits.CABINET_EVSES)]] = Field(min_length=1)
    source: Text


class Failures(Section):
    mtbf_h: Annotated[float, number(limits.MTBF_H)]
    mttr_h: Annotated[float, number(limits.MTTR_H)]


class Storage(Section):
    """A battery at the grid side: every day `kwh` (what `kw` lets it give) go out evenly over the
    `discharge_hours`, and in over the `charge_hours`, plus losses; with no such hours it is charged
    elsewhere."""

    kwh: Annotated[float, number(limits.STORE_KWH)]
    kw: Annotated[float, number(limits.STORE_KW)]
    efficiency: Efficiency  # kWh out per kWh in
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


class Transformers(Section):
    """What a station may have, and how builders size it: `simultaneity` of the rated power."""

    kva: list[Kva] = Field(min_length=1)
    simultaneity: Annotated[float, number(limits.SIMULTANEITY)]
    source: Text

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if any(b <= a for a, b in pairwise(self.kva)):
            raise ValueError("the steps of kva do not rise")
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


class MobileSection(Section):
    """Mobile units that are sent to stations of some roads in holidays, by expected traffic:
    `roads/mobile.py`; they take their power from the station."""

    units: Annotated[int, number(limits.MOBILE_UNITS)]
    cabinet: Text
    roads: Annotated[list[Text], Distinct] = Field(min_length=1)
    source: Text


class Override(Section):
    """What differs at one station: `evses` in all (further ones in cabinets of that type), cap;
    and what was built there: see `hardware.py`."""

    evses: PlannedEvses | None = None
    cabinet: str | None = None
    cap_kw: Annotated[float, number(limits.CAP_KW)] | None = None
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
    elsewhere: ClassVar = {"evse_classes", "cabinet_types", "mobile", "overrides"}
    evse_classes: dict[str, EvseClass]
    cabinet_types: dict[str, CabinetType]
    handshake_min: HandshakeMin
    efficiency: Efficiency
    power_factor: PowerFactor
    loading_limit: Loading
    other_load_shape: list[HourShape] = Field(min_length=HOURS, max_length=HOURS)
    line_places: Annotated[int, number(limits.LINE_PLACES)]
    service_min: SessionMin
    expected_wait_min: Annotated[float, number(limits.WAIT_MIN)]
    failures: Failures
    mobile: MobileSection | None = None
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
    threshold: Threshold
    budget_cny: BudgetCny | None
    action: Upgrade
    transformers: Transformers
    costs: Text


CostItem = Literal[
    "air_kw", "liquid_kw", "evse", "transformer_kva", "transformer_works", "storage_kwh",
    "mobile_evse_day",
]  # fmt: skip
COST_ITEMS: tuple[str, ...] = get_args(CostItem)
SwapItem = Literal["swap_bay", "swap_pack_kwh"]
SWAP_ITEMS: tuple[str, ...] = get_args(SwapItem)


class PriceRow(Row):
    """What one unit of something costs [CNY]; low to high: where sources disagree."""

    item: str
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


class CostRow(PriceRow):
    """Of an item of a station."""

    item: CostItem


class SwapCostRow(PriceRow):
    """Of an item of a swap station."""

    item: SwapItem
