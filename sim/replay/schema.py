"""The schema of a replay: its files, and what differs at single stations."""

from typing import Annotated, Literal

from sim.config import limits
from sim.config.section import DisciplineName, Efficiency, Section, SharingName
from sim.config.table import Text, number

EvseKw = Annotated[float, number(limits.EVSE_KW)]
SiteKw = Annotated[float, number(limits.SITE_KW)]


class StationChange(Section):
    """A what-if for one station of a replay; None leaves what its table says."""

    evses: Annotated[int, number(limits.EVSES)] | None = None
    evse_kw: EvseKw | None = None
    cabinet_kw: SiteKw | None = None
    cap_kw: SiteKw | None = None
    efficiency: Efficiency | None = None
    discipline: DisciplineName | None = None
    sharing: SharingName | None = None
    module_kw: EvseKw | None = None


class ReplaySection(Section):
    stations: Text | None
    visits: Text | None
    vehicles: Text | None
    out: Text
    bin_min: Literal[5, 60]
    discipline: DisciplineName
    sharing: SharingName
    module_kw: EvseKw | None
    station_overrides: dict[str, StationChange]
