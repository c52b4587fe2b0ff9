"""What sections of the configuration are made of: their base, units with their ranges, and the
hardware that service areas and truck sites have in common.
"""

import re
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sim.limits import ENERGY_KWH, EVSE_KW, EVSES, SITE_KW, STAY_MIN, WAY_KM
from sim.problems import did_you_mean, must_be
from sim.streams import Distribution
from sim.table import Name, Row, Text

HOURS = 24
MOST_EVSES, MOST_EVSE_KW, MOST_SITE_KW = int(EVSES.most), EVSE_KW.most, SITE_KW.most
MOST_MIN, MOST_KM, MOST_KWH = STAY_MIN.most, WAY_KM.most, ENERGY_KWH.most
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


def within(low: float, high: float) -> AfterValidator:
    def check_range(d: Distribution) -> Distribution:
        if d.least < low or d.greatest > high:
            limits = f"between {low:g} and {high:,.9g}"
            raise ValueError(f"draws from {d.least:g} to {d.greatest:g}, but must be {limits}")
        return d

    return AfterValidator(check_range)


Soc = Annotated[Distribution, within(0.0, 1.0)]
Minutes = Annotated[Distribution, within(0.0, MOST_MIN)]


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


class CurvePoint(Row):
    """A knot of the acceptance curve of a type of vehicle."""

    vehicle: Name
    battery_kwh: float = Field(gt=0, le=MOST_KWH)
    volts: float = Field(ge=1, le=10_000)
    soc: Share
    power_kw: float = Field(ge=0.1, le=MOST_EVSE_KW)
    source: Text


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
