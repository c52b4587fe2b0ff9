"""What sections of the configuration are made of: their base, units with their ranges, and the
hardware that service areas and truck sites have in common.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from sim.config import limits
from sim.config.limits import Limits
from sim.config.problems import InputError, did_you_mean
from sim.config.table import Name, Row, Text, noted, number
from sim.stats.streams import Distribution

HOURS = 24
DisciplineName = Literal["fcfs", "priority", "shortest_need"]
SharingName = Literal["max_min", "equal_share", "fcfs", "modular"]
Share = Annotated[float, number(limits.SHARE)]
SomeShare = Annotated[float, number(limits.SOME_SHARE)]
Factor = Annotated[float, number(limits.FACTOR)]
Efficiency = Annotated[float, number(limits.EFFICIENCY)]
RatedKw = Annotated[float, number(limits.RATED_KW)]
CabinetKw = Annotated[float, number(limits.CABINET_KW)]
ModuleKw = Annotated[float, number(limits.MODULE_KW)]
PowerFactor = Annotated[float, number(limits.POWER_FACTOR)]
Loading = Annotated[float, number(limits.LOADING)]
HandshakeMin = Annotated[float, number(limits.HANDSHAKE_MIN)]
Kva = Annotated[float, number(limits.KVA)]
Hour = Annotated[int, number(limits.HOUR)]
HourShape = Annotated[float, number(limits.SHAPE)]
Cny = Annotated[float, number(limits.CNY)]
BudgetCny = Annotated[float, number(limits.BUDGET_CNY)]
Threshold = Annotated[float, number(limits.THRESHOLD)]
CriterionMin = Annotated[float, number(limits.CRITERION_MIN)]
SessionMin = Annotated[float, number(limits.SESSION_MIN)]


def _distinct(values: list[Any]) -> list[Any]:
    for n, value in enumerate(values):
        if value in values[:n]:
            raise ValueError(f"`{value}` is there more than once")
    return values


Distinct = AfterValidator(_distinct)  # for a list in which nothing is to be asked or tried twice


def within(limits: Limits) -> AfterValidator:
    """For a distribution that must draw nothing outside `limits`."""

    def check(d: Distribution) -> Distribution:
        if d.least not in limits or d.greatest not in limits:
            drawn = f"draws from {d.least:g} to {d.greatest:g}"
            raise ValueError(f"{drawn}, but must be {limits}")
        return d

    return noted(check, limits)


Soc = Annotated[Distribution, within(limits.SOC)]
PatienceMin = Annotated[Distribution, within(limits.PATIENCE_MIN)]
OverstayMin = Annotated[Distribution, within(limits.OVERSTAY_MIN)]
Balk = Annotated[Distribution, within(limits.BALK)]


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy of a section, or of plain data, with another value at a dotted path, the words of the
    command line (`sites.depot.kva`, `berths.0.cranes`).  It is not checked again.

    Raises `InputError` for a field that a section does not have.
    """
    name, _, rest = path.partition(".")
    if isinstance(value, BaseModel):
        if name not in type(value).model_fields:
            known = did_you_mean(name, type(value).model_fields)
            raise InputError(f"unknown setting `{name}`{known}")
        own = changed(getattr(value, name), rest, new) if rest else new
        return value.model_copy(update={name: own})
    if isinstance(value, list):
        if not name.isdecimal() or int(name) >= len(value):
            raise InputError(f"unknown setting `{name}`: it is none of 0 to {len(value) - 1}")
        own = changed(value[int(name)], rest, new) if rest else new
        return [*value[: int(name)], own, *value[int(name) + 1 :]]
    if not isinstance(value, Mapping):
        raise InputError(f"unknown setting `{name}`: nothing is there")
    own = changed(value.get(name) or {}, rest, new) if rest else new
    return {**value, name: own}


def plain(value: Any) -> Any:
    """Sections as plain data, for a config."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, Mapping):
        return {key: plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list | tuple) else value


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
    battery_kwh: Annotated[float, number(limits.PACK_KWH)]
    volts: Annotated[float, number(limits.VOLTS)]
    soc: Share
    power_kw: Annotated[float, number(limits.CURVE_KW)]
    source: Text
