"""OCPI 2.2.1: Locations (mod_locations) and, when given, CDRs (mod_cdrs)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from sim.imports.places import Place, in_range, power_class, volts_amperes_kw
from sim.imports.report import Report
from sim.imports.sessions import Session
from sim.imports.source import Id, Instant, Number, Options, Record, Text, records, zone_named
from sim.imports.tables import Names, Station

GONE = ("PLANNED", "REMOVED")
PHASES = {"AC_1_PHASE": 1, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 1, "AC_3_PHASE": 3, "DC": 1}
CLOCK_H = 1 / 60  # total_time is often rounded

ASSUMED = (
    "AC and DC connectors are kept.  An EVSE has the power of its strongest connector: "
    "max_electric_power, else taken from max_voltage and max_amperage.",
    "EVSEs out of order or blocked are kept (their status is of the moment); planned and removed "
    "ones are not.",
)


class Coordinates(Record):
    latitude: Number | None = None
    longitude: Number | None = None


class Connector(Record):
    power_type: str | None = None
    max_voltage: Number | None = None
    max_amperage: Number | None = None
    max_electric_power: Number | None = None


class Evse(Record):
    uid: Id
    status: str | None = None
    connectors: list[Connector] | None = None


class Location(Record):
    country_code: Text | None = None
    party_id: Text | None = None
    id: Id
    coordinates: Coordinates | None = None
    time_zone: str | None = None
    evses: list[Evse] | None = None


class Dimension(Record):
    type: str
    volume: Number


class ChargingPeriod(Record):
    dimensions: list[Dimension] | None = None


class CdrLocation(Record):
    id: Id
    evse_uid: Text | None = None


class Cdr(Record):
    country_code: Text | None = None
    party_id: Text | None = None
    id: Id
    start_date_time: Instant
    end_date_time: Instant
    cdr_location: CdrLocation
    total_energy: Number | None = None
    total_time: Number | None = None
    total_parking_time: Number | None = None
    charging_periods: list[ChargingPeriod] | None = None
    credit: bool | None = None
    credit_reference_id: Text | None = None


@dataclass(frozen=True)
class Site:
    """A location with its stations: all of them, and by EVSE uid."""

    owner: str
    zone: tzinfo
    stations: list[Station]
    station_of: dict[str, Station]


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session]]:
    locations = records(paths[0], "data", Location)
    cdrs = [cdr for path in paths[1:] for cdr in records(path, "data", Cdr)]
    report.read("locations", len(locations))
    report.assume(*ASSUMED)
    sites = _sites(locations, options, report)
    stations = [s for same_id in sites.values() for site in same_id for s in site.stations]
    if len(paths) > 1:
        report.read("CDRs", len(cdrs))
    return stations, _sessions(cdrs, sites, report)


def _owner(record: Location | Cdr) -> str:
    return f"{record.country_code or ''}*{record.party_id or ''}".casefold().strip("*")


def _sites(locations: list[Location], options: Options, report: Report) -> dict[str, list[Site]]:
    """By location id, which only the owner keeps unique; ids are case-insensitive (CiString)."""
    names, sites = Names("station ids", report), defaultdict[str, list[Site]](list)
    for location in locations:
        owner, key = _owner(location), location.id.casefold()
        if any(site.owner == owner for site in sites[key]):
            report.drop("locations: id given before")
            continue
        kw_of = _evses(location, options, report)
        if not kw_of:
            report.drop("locations: no EVSE in place")
            continue
        at = location.coordinates or Coordinates()
        place = Place(location.id, *in_range(at.latitude, at.longitude, report))
        stations = place.stations(Counter(kw_of.values()), names, report)
        station_of = {uid: stations[kw] for uid, kw in kw_of.items()}
        zone = options.zone or zone_named(location.time_zone or "UTC")
        if zone is None:
            report.guess("locations: unknown time_zone, arrivals written in UTC")
        sites[key].append(Site(owner, zone or UTC, list(stations.values()), station_of))
    return sites


def _evses(location: Location, options: Options, report: Report) -> dict[str, float]:
    """The power class [kW] of every EVSE in place, by its uid."""
    kw_of: dict[str, float] = {}
    for evse in location.evses or []:
        report.read("EVSEs", 1)
        uid = evse.uid.casefold()
        if evse.status in GONE:
            report.drop("EVSEs: planned or removed")
        elif uid in kw_of:
            report.drop("EVSEs: uid given before in the location")
        else:
            powers = [_kw(connector, report) for connector in evse.connectors or []]
            kw_of[uid] = power_class(max(powers, default=0.0), options, report)
    return kw_of


def _kw(connector: Connector, report: Report) -> float:
    """The greatest power of a connector; 0 where it is not told."""
    watts = connector.max_electric_power
    if watts and watts > 0:
        if watts < 1000:
            report.guess("connectors: max_electric_power below 1000 W, read as kW")
            return watts
        return watts / 1000
    phases = PHASES.get(connector.power_type or "", 0)
    return volts_amperes_kw(connector.max_voltage, connector.max_amperage, phases, report)


def _sessions(cdrs: list[Cdr], sites: dict[str, list[Site]], report: Report) -> list[Session]:
    credited = {
        (_owner(cdr), (cdr.credit_reference_id or "").casefold()) for cdr in cdrs if cdr.credit
    }
    several = len({_owner(cdr) for cdr in cdrs}) > 1
    sessions = []
    for cdr in cdrs:
        known = [
            site
            for site in sites.get(cdr.cdr_location.id.casefold(), [])
            if not site.owner or not _owner(cdr) or site.owner == _owner(cdr)
        ]
        if cdr.credit or (_owner(cdr), cdr.id.casefold()) in credited:
            report.drop("CDRs: credit CDRs and those that they cancel")
        elif len(known) != 1:
            report.drop("CDRs: location unknown, dropped, or of several operators")
        elif (station := _station(cdr, known[0], report)) is None:
            report.drop("CDRs: EVSE unknown at a location with several power classes")
        else:
            name = f"{_owner(cdr)}*{cdr.id}" if several else cdr.id
            sessions.append(_session(name, cdr, known[0], station, report))
    return sessions


def _station(cdr: Cdr, site: Site, report: Report) -> Station | None:
    uid = (cdr.cdr_location.evse_uid or "").casefold()
    if uid in site.station_of:
        return site.station_of[uid]
    if len(site.stations) > 1:
        return None
    report.guess("CDRs: EVSE unknown, but its location has one power class: put there")
    return site.stations[0]


def _session(name: str, cdr: Cdr, site: Site, station: Station, report: Report) -> Session:
    start, end = cdr.start_date_time, cdr.end_date_time
    stay_h = (end - start).total_seconds() / 3600
    if cdr.total_time is not None and abs(cdr.total_time - stay_h) > CLOCK_H:
        report.guess("CDRs: total_time is not the time from start to end, which was used")
    uid = (cdr.cdr_location.evse_uid or "").casefold()
    return Session(
        id=name,
        station=station.station,
        evse=uid if uid in site.station_of else None,
        plug_in=start.astimezone(site.zone),
        unplug=end.astimezone(site.zone),
        kwh=cdr.total_energy or 0.0,
        charge_h=_charge_h(cdr, stay_h),
    )


def _charge_h(cdr: Cdr, stay_h: float) -> float | None:
    """total_time - total_parking_time; else what the charging periods tell of the two times."""
    total_h = stay_h if cdr.total_time is None else cdr.total_time
    if cdr.total_parking_time is not None:
        return total_h - cdr.total_parking_time
    volumes: dict[str, float] = defaultdict(float)
    for period in cdr.charging_periods or []:
        for dimension in period.dimensions or []:
            volumes[dimension.type] += dimension.volume
    if "PARKING_TIME" in volumes:
        return total_h - volumes["PARKING_TIME"]
    return volumes.get("TIME")
