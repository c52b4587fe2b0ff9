"""The tables of a region, a row each: what is known of it, and what is assumed of the rest.

Every row says where its figures come from, or that they are assumed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from sim.config import limits
from sim.config.folder import configs_dir
from sim.config.section import CurvePoint, Share
from sim.config.table import AnyRow, Name, NameOrEmpty, Row, Text, number, read
from sim.region.schema import Count, LogSd, TableNames, Year
from sim.stations.curves import read_curves
from sim.stations.schema import Cabinets, counts

Relative = Annotated[float, number(limits.RELATIVE)]
SomeWeight = Annotated[float, number(limits.SOME_WEIGHT)]
Lon = Annotated[float, number(limits.LON)]
Lat = Annotated[float, number(limits.LAT)]
Km2 = Annotated[float, number(limits.AREA_KM2)]
StayH = Annotated[float, number(limits.STAY_H)]
DivisionKind = Literal["street", "town", "township"]
DayKind = Literal["workday", "weekend"]
Owner = Literal["home", "depot", "none"]


class District(Row):
    """Counts are those without service areas; `lon`, `lat` of its seat."""

    district: Name
    name_en: Name
    name_zh: NameOrEmpty
    group: Name
    population: Annotated[int, number(limits.PEOPLE)]
    area_km2: Km2
    lon: Lon
    lat: Lat
    nevs: Count
    private_chargers: Count
    public_stations: Count
    public_chargers: Count
    super_stations: Count
    source: Text


class Division(Row):
    division: Name
    name_zh: NameOrEmpty
    kind: DivisionKind
    district: Name
    source: Text


class Group(Row):
    """Districts that are alike: speed and detour of ways, built-up area of a street, and the shares
    of streets with one to four zones."""

    group: Name
    kmh: Annotated[float, number(limits.KMH)]
    detour: Annotated[float, number(limits.DETOUR)]
    street_km2: Km2
    one: Share
    two: Share
    three: Share
    four: Share
    source: Text

    @property
    def zones(self) -> tuple[float, ...]:
        return self.one, self.two, self.three, self.four


class LandUse(Row):
    """What a zone may be, in divisions of that kind, with its weight among these (`pick`); the
    others are relative: where NEVs live, where people work and what they visit, where stations and
    super stations are, and who has a charger of his own."""

    land_use: Name
    division: DivisionKind
    pick: Relative
    lives: Relative
    works: Relative
    visits: Relative
    stations: SomeWeight
    supers: SomeWeight
    own_charger: SomeWeight
    source: Text


class StationKind(Row):
    """Stations that are drawn: the cabinets that one has at any rate (`first_chargers`: as many
    chargers they count), the cabinet of each further charger, and how many chargers are typical."""

    kind: Name
    first: Literal[""] | Cabinets
    first_chargers: Annotated[int, number(limits.PLANNED_EVSES._replace(least=0))]
    further: Cabinets
    chargers: Annotated[float, number(limits.PLANNED_EVSES)]
    weight: Relative
    since: Year
    until: Year
    source: Text

    @property
    def least(self) -> int:
        """Chargers: with a cabinet of each type that it has."""
        return self.first_chargers + 1

    def cabinets(self, chargers: int) -> str:
        """What stands there, for so many chargers."""
        parts = counts(self.first) if self.first else []
        more = chargers - self.first_chargers
        return written([*parts, *((name, count * more) for name, count in counts(self.further))])


def written(parts: Iterable[tuple[str, int]]) -> str:
    """Cabinets as a table has them: `counts` reads them again."""
    return "+".join(
        f"{name}*{min(MOST_IN_TEXT, count - done)}"
        for name, count in parts
        for done in range(0, count, MOST_IN_TEXT)
    )


MOST_IN_TEXT = 99  # cabinets of a type, in one word of the text


class Opened(Row):
    """How many of the public stations that stand were there at the end of a year."""

    year: Year
    stations: Count
    source: Text


class NevClass(Row):
    """A class of NEVs.  `own`: its chargers are those of the districts (home), every car has one
    (depot), or none.  `roams`: it is on the road between its outings, for passengers or parcels.
    `diary` is empty for a class whose energy alone counts."""

    name: Name = Field(alias="class")
    share: Share
    use_share: Share
    km_per_day: Annotated[float, number(limits.KM_A_DAY)]
    km_sigma: LogSd
    kwh_per_km: Annotated[float, number(limits.KWH_PER_KM)]
    hybrid_share: Share
    own: Owner
    roams: Literal["yes", "no"]
    diary: NameOrEmpty
    source: Text


class Mix(Row):
    """Share of a vehicle among the battery cars, or the hybrids, of a class."""

    nev_class: Name = Field(alias="class")
    hybrid: Literal["yes", "no"]
    vehicle: Name
    share: Share
    source: Text


class Outing(Row):
    """A stay away from home that belongs to a diary, on days of a kind, and how often."""

    diary: Name
    day: DayKind
    place: Literal["work", "other"]
    arrive_h: Annotated[float, number(limits.CLOCK_OF_DAY_H)]
    arrive_sd_h: StayH
    stay_h: StayH
    stay_sd_h: StayH
    share: Share
    source: Text


class KnownZone(Row):
    """A zone that is known: with it, all zones of its division are."""

    zone: Name
    division: Name
    land_use: Name
    lon: Lon
    lat: Lat
    source: Text


class KnownStation(Row):
    """A public station that is known; its zone is the nearest of its division.  `year` is empty
    where nobody knows when it opened."""

    station: Name
    division: Name
    lon: Lon
    lat: Lat
    year: Literal[""] | Year
    cabinets: Cabinets
    chargers: Annotated[int, number(limits.PLANNED_EVSES)]
    kva: Annotated[float, number(limits.KVA)]
    source: Text


class Kind(NamedTuple):
    """Rows of a table, and what names one of them."""

    row: type[Row]
    key: tuple[str, ...]


TABLES: dict[str, Kind] = {
    "districts": Kind(District, ("district",)),
    "divisions": Kind(Division, ("division",)),
    "groups": Kind(Group, ("group",)),
    "land_uses": Kind(LandUse, ("land_use",)),
    "station_kinds": Kind(StationKind, ("kind",)),
    "years": Kind(Opened, ("year",)),
    "classes": Kind(NevClass, ("name",)),
    "mixes": Kind(Mix, ("nev_class", "hybrid", "vehicle")),
    "outings": Kind(Outing, ("diary", "day", "arrive_h", "place")),
    "zones": Kind(KnownZone, ("zone",)),
    "stations": Kind(KnownStation, ("station",)),
}


def key_of(name: str, row: Row) -> tuple[object, ...]:
    """What names a row in the table of that name."""
    return tuple(getattr(row, column) for column in TABLES[name].key)


@dataclass(frozen=True)
class Tables:
    """All tables, rows in order of what names them: how a file is sorted changes nothing.

    `curves`: of the vehicles of `mixes`.
    """

    districts: tuple[District, ...]
    divisions: tuple[Division, ...]
    groups: tuple[Group, ...]
    land_uses: tuple[LandUse, ...]
    station_kinds: tuple[StationKind, ...]
    years: tuple[Opened, ...]
    classes: tuple[NevClass, ...]
    mixes: tuple[Mix, ...]
    outings: tuple[Outing, ...]
    zones: tuple[KnownZone, ...]
    stations: tuple[KnownStation, ...]
    curves: dict[str, tuple[CurvePoint, ...]]

    def with_(
        self, curves: str, rows: Mapping[str, Iterable[Row]], problems: list[str]
    ) -> "Tables":
        """The same with all rows of some tables; the curves of their vehicles are read anew."""
        found = {name: in_order(name, own) for name, own in rows.items()}
        new = replace(self, **found)  # type: ignore[arg-type]
        return replace(new, curves=read_curves(curves, new.vehicles, problems))

    @cached_property
    def group_of(self) -> dict[str, Group]:
        """The group of every district."""
        own = {group.group: group for group in self.groups}
        return {row.district: own[row.group] for row in self.districts}

    @cached_property
    def divisions_of(self) -> dict[str, tuple[Division, ...]]:
        """By district: streets first, then towns, then townships, each in order of their names."""
        order = ("street", "town", "township")
        rows = sorted(self.divisions, key=lambda row: (order.index(row.kind), row.division))
        return {
            own.district: tuple(row for row in rows if row.district == own.district)
            for own in self.districts
        }

    @cached_property
    def vehicles(self) -> tuple[str, ...]:
        """Of all mixes, in order of their names."""
        return tuple(sorted({row.vehicle for row in self.mixes}))

    @cached_property
    def battery_kwh(self) -> np.ndarray:
        """Of each of the vehicles."""
        return np.array([self.curves[name][0].battery_kwh for name in self.vehicles])


def in_order(name: str, rows: Iterable[AnyRow]) -> tuple[AnyRow, ...]:
    return tuple(sorted(rows, key=lambda row: key_of(name, row)))


def read_tables(names: TableNames, problems: list[str]) -> Tables | None:
    """None, and a sentence for each problem, if one of them cannot be read."""
    wrong: list[str] = []
    found: dict[str, Sequence[Row]] = {}
    for name, kind in TABLES.items():
        path = getattr(names, name)
        rows = read(configs_dir() / path, path, kind.row, wrong) if path else []
        found[name] = in_order(name, rows)
    problems += wrong
    if wrong:
        return None
    vehicles = {row.vehicle for row in found["mixes"] if isinstance(row, Mix)}
    curves = read_curves(names.curves, vehicles, wrong)
    problems += wrong
    return None if wrong else Tables(**found, curves=curves)  # type: ignore[arg-type]
