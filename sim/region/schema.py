"""The schema of a region: where its tables are, what they sum to, and how life in it is drawn."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from sim.config import limits
from sim.config.section import (
    Balk,
    Efficiency,
    Factor,
    HandshakeMin,
    Loading,
    OverstayMin,
    PatienceMin,
    PowerFactor,
    RatedKw,
    Section,
    Share,
    Soc,
    Sourced,
    within,
)
from sim.config.table import Text, number
from sim.stations.schema import CabinetType, EvseClass, Failures, Transformers
from sim.stats.streams import Distribution

Count = Annotated[int, number(limits.COUNT)]
SomeCount = Annotated[int, number(limits.COUNT._replace(least=1))]
Year = Annotated[int, Field(ge=1990, le=2100)]
LogSd = Annotated[float, number(limits.LOG_SD)]
Variation = Annotated[float, number(limits.VARIATION)]


class TableNames(Section):
    """Where each table is (`tables.py`); `zones` and `stations` are those that are known, if any:
    all others are drawn."""

    districts: Text
    divisions: Text
    groups: Text
    land_uses: Text
    station_kinds: Text
    years: Text
    classes: Text
    mixes: Text
    outings: Text
    curves: Text
    zones: Text | None = None
    stations: Text | None = None


class Growth(Sourced):
    """What there is in all at the end of a later year.

    Chargers are public ones, that is piles; `road_*` are those at service areas, which belong to
    the expressways and to no district.
    """

    elsewhere: ClassVar = {"year"}
    year: Year
    nevs: SomeCount
    private_chargers: Count
    public_stations: SomeCount
    public_chargers: Count
    super_stations: Count
    road_stations: Count
    road_chargers: Count
    road_supers: Count

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.super_stations > self.public_stations:
            raise ValueError(
                f"super_stations is {self.super_stations:,}, more than public_stations, "
                f"{self.public_stations:,}"
            )
        for whole, part in GROWN_ROAD.items():
            if getattr(self, part) > getattr(self, whole):
                raise ValueError(f"{part} is more than {whole}")
        return self

    def in_districts(self, name: str) -> int:
        """A total without what stands at service areas."""
        road = GROWN_ROAD.get(name)
        total: int = getattr(self, name) - (getattr(self, road) if road else 0)
        return total


# What grows: columns of a district, and the part of the total that is at service areas.
GROWN_ROAD = {
    "public_stations": "road_stations",
    "public_chargers": "road_chargers",
    "super_stations": "road_supers",
}
GROWN = ("nevs", "private_chargers", *GROWN_ROAD)


class Totals(Growth):
    """What the tables must sum to."""

    population: Annotated[int, number(limits.PEOPLE)]
    divisions: Count


class Living(Sourced):
    """How people use their NEVs in a week, and what they want of a charger.

    energy_scale : times the kWh of every way: the one number that is fitted.
    decay_km : of the chance of a destination, with its distance from home.
    least_home_h : nobody leaves home again before.
    day_cv, zone_day_cv : of the gamma factors of a day, common and by zone.
    plug_in_share : of the stays at an own charger in which it is used.
    need_soc : charges in public before it would have less; `target_soc`: up to here.
    slow_share : of those who have no charger of their own, who like slow charging better: they
        leave the car overnight at a slow pile within `walk_km` of home, if one is free, once it
        holds no more than `slow_soc`.
    """

    elsewhere: ClassVar = {"days"}
    days: Annotated[int, number(limits.WEEKS_DAYS)]
    energy_scale: Factor
    decay_km: Annotated[float, number(limits.DECAY_KM)]
    least_home_h: Annotated[float, number(limits.STAY_H)]
    day_cv: Variation
    zone_day_cv: Variation
    plug_in_share: Share
    need_soc: Soc
    target_soc: Soc
    slow_share: Share
    slow_soc: Soc
    walk_km: Annotated[float, number(limits.AROUND_KM)]
    patience_min: PatienceMin
    informed_share: Share


class Charging(Sourced):
    """What charging in public is like, and what drivers reckon with.

    warm_up_days : the first days, which do not count.
    balk_per_evse : joins only lines shorter than this times the EVSEs.
    reserve_soc : nobody sets out who would arrive with less, unless it must.
    value_cny_h : of an hour of a driver, by which prices are weighed.
    taste_min : by so much at most a driver likes a station less than another that is alike: brand,
        parking, habit.  Each has tastes of his own, evenly from 0 on.
    usual_kwh : of a session, by which those who see a line reckon how long it takes.
    failures : of EVSEs in the districts that are looked at; null: none fails.
    """

    elsewhere: ClassVar = {"warm_up_days"}
    warm_up_days: Annotated[int, number(limits.WARM_UP_DAYS)]
    handshake_min: HandshakeMin
    overstay_min: OverstayMin
    balk_per_evse: Balk
    reserve_soc: Share
    value_cny_h: Annotated[Distribution, within(limits.VALUE_CNY_H)]
    taste_min: Annotated[float, number(limits.WAIT_MIN)]
    usual_kwh: Annotated[float, number(limits.USUAL_KWH)]
    failures: Failures | None


class RegionSection(Sourced):
    """A region.

    seed : of what is made; life in it has the seed of the engine.
    super_kw, fast_kw : of the greatest gun, from which a station is super, or fast.
    own_kw : of a charger of one's own, at home or in a depot.
    division_spread, station_spread : standard deviation of the logarithm of weights that no table
        has: of NEVs in a division, of stations in a zone and of chargers at a station.
    reach_min, most_candidates : the stations that a driver at a zone weighs.
    """

    elsewhere: ClassVar = {
        "name_zh", "seed", "tables", "totals", "growth", "evse_classes", "cabinet_types",
        "transformers", "living", "charging",
    }  # fmt: skip
    name_zh: Text
    seed: int = Field(ge=0)
    tables: TableNames
    totals: Totals
    growth: Growth | None = None
    evse_classes: dict[str, EvseClass]
    cabinet_types: dict[str, CabinetType]
    transformers: Transformers
    efficiency: Efficiency
    power_factor: PowerFactor
    loading_limit: Loading
    super_kw: RatedKw
    fast_kw: RatedKw
    division_spread: LogSd
    station_spread: LogSd
    own_kw: RatedKw
    reach_min: Annotated[float, number(limits.REACH_MIN)]
    most_candidates: Annotated[int, number(limits.MOST_CANDIDATES)]
    living: Living
    charging: Charging

    @property
    def now(self) -> Growth:
        """What there is in all, after growth."""
        return self.growth or self.totals
