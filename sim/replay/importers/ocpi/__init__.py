"""OCPI 2.2.1 and 2.1.1: Locations, and for the visits CDRs or Session objects, in pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from sim.config.limits import EVSE_KW
from sim.replay.importers.ocpi.records import (
    Cdr,
    CdrLocation,
    Charge,
    Connector,
    Coordinates,
    Evse,
    EvseNames,
    Location,
    SessionObject,
)
from sim.replay.importers.places import (
    AC_KW,
    STANDARD,
    Place,
    connector_kw,
    in_range,
    power_class,
    volts_amperes_kw,
)
from sim.replay.importers.report import Report
from sim.replay.importers.sessions import HOUR, Session
from sim.replay.importers.source import (
    AnyRecord,
    Options,
    Raw,
    checked,
    folded,
    raw_records,
    zone_named,
)
from sim.replay.importers.tables import Names, Station

GONE = ("PLANNED", "REMOVED")
PHASES = {"AC_1_PHASE": 1, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 1, "AC_3_PHASE": 3, "DC": 1}
CLOCK_H = 1 / 60  # total_time is often rounded
# What each kind of record has, and those after it have not (2.1.1 has no cdr_location).
KINDS = {
    "CDRs": ("cdr_location", "total_energy", "total_time", "stop_date_time"),
    "Sessions": ("kwh", "location_id", "start_date_time"),
    "locations": ("evses", "coordinates"),
}

ASSUMED = (
    "AC and DC connectors are kept.  An EVSE has the power of its strongest connector: "
    "max_electric_power, else taken from volts and amperes.",
    "EVSEs out of order or blocked are kept (their status is of the moment); planned and removed "
    "ones are not.",
    "Time reserved before a session is not time at the EVSE.",
)


# ---- Locations -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """A location with its stations: all of them, by EVSE uid, and the uids by evse_id."""

    owner: str
    zone: tzinfo
    stations: list[Station]
    station_of: dict[str, Station]
    uids_of: dict[str, list[str]]

    def uid(self, evse: EvseNames) -> str | None:
        """The EVSE by its uid, else by an evse_id that no other EVSE here has (some write it in
        place of the uid)."""
        uid = (evse.uid or "").casefold()
        if uid in self.station_of:
            return uid
        for text in (evse.evse_id, evse.uid):
            uids = self.uids_of.get(_plain(text), [])
            if len(uids) == 1:
                return uids[0]
        return None


def _plain(evse_id: str | None) -> str:
    """Marks between the parts of an evse_id are optional."""
    return re.sub(r"[*\-\s]", "", evse_id or "").casefold()


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session] | None]:
    raws = defaultdict[str, list[Raw]](list)
    for raw in raw_records(paths, "data", report):
        raws[_kind(raw, report)].append(raw)
    cdrs = _all(raws, "CDRs", Cdr, report)
    objects = _all(raws, "Sessions", SessionObject, report)
    report.assume(*ASSUMED)
    sites = _sites(_all(raws, "locations", Location, report), options, report)
    stations = [s for same_id in sites.values() for site in same_id for s in site.stations]
    several = len({_owner(charge) for charge in (*cdrs, *objects)}) > 1
    sessions = [
        session
        for told in (*_told_by_cdrs(cdrs, report), *_told_by_objects(objects, cdrs, report))
        if (session := _session(told, sites, several, report))
    ]
    asked = raws.keys() - {"locations"}
    return stations, sessions if asked else None


def _kind(raw: Raw, report: Report) -> str:
    keys = {folded(key) for key in raw[1]}
    for kind, own in KINDS.items():
        if not keys.isdisjoint(map(folded, own)):
            return kind
    why = "neither a Location, a CDR nor a Session of OCPI"
    report.wrong(f"records: {why}", f"{raw[0]} is {why}")
    return ""


def _all(
    raws: dict[str, list[Raw]], what: str, kind: type[AnyRecord], report: Report
) -> list[AnyRecord]:
    if found := raws.get(what, []):
        report.read(what, len(found))
    read = (checked(raw, kind, what, report) for raw in found)
    return [record for record in read if record is not None]


def _owner(record: Location | Charge) -> str:
    return f"{record.country_code or ''}*{record.party_id or ''}".casefold().strip("*")


def _sites(locations: list[Location], options: Options, report: Report) -> dict[str, list[Site]]:
    """By location id, which only the owner keeps unique; ids are case-insensitive (CiString)."""
    names, sites = Names("station ids", report), defaultdict[str, list[Site]](list)
    for location in locations:
        owner, key = _owner(location), location.id.casefold()
        if any(site.owner == owner for site in sites[key]):
            report.drop("locations: id given before")
            continue
        evses = _evses(location, report)
        if not evses:
            report.drop("locations: no EVSE in place")
            continue
        kw_of = {uid: _class(evse, options, report) for uid, evse in evses.items()}
        uids_of = defaultdict[str, list[str]](list)
        for uid, evse in evses.items():
            if evse.evse_id:
                uids_of[_plain(evse.evse_id)].append(uid)
        at = location.coordinates or Coordinates()
        place = Place(location.id, *in_range(at.latitude, at.longitude, report))
        stations = place.stations(Counter(kw_of.values()), names, report)
        station_of = {uid: stations[kw] for uid, kw in kw_of.items()}
        zone = options.zone or zone_named(location.time_zone or "UTC")
        if zone is None:
            report.guess("locations: unknown time_zone, arrivals written in UTC")
        sites[key].append(Site(owner, zone or UTC, list(stations.values()), station_of, uids_of))
    return sites


def _evses(location: Location, report: Report) -> dict[str, Evse]:
    """Every EVSE in place, by its uid."""
    evses: dict[str, Evse] = {}
    for evse in location.evses or []:
        report.read("EVSEs", 1)
        uid = evse.uid.casefold()
        if evse.status in GONE:
            report.drop("EVSEs: planned or removed")
        elif uid in evses:
            report.drop("EVSEs: uid given before in the location")
        else:
            evses[uid] = evse
    return evses


def _class(evse: Evse, options: Options, report: Report) -> float | None:
    powers = [_kw(connector, report) for connector in evse.connectors or []]
    return power_class(max(powers, default=0.0), options, report)


def _kw(connector: Connector, report: Report) -> float:
    """The greatest power of a connector; 0 where it is not told."""
    kind, watts = connector.power_type or "", connector.max_electric_power or 0.0
    phases = PHASES.get(kind, 0)
    given = volts_amperes_kw(connector.max_voltage, connector.max_amperage, phases)
    readings = watts / 1000, watts
    if kind.startswith("AC"):
        return connector_kw(readings, given, AC_KW, report, beyond=STANDARD)
    return connector_kw(readings, given, EVSE_KW.most, report)  # volts of DC are often the grid's


# ---- CDRs and Sessions -----------------------------------------------------------------------


class Told(NamedTuple):
    """What a CDR or a Session object tells of one session; None = not told."""

    what: str
    charge: Charge
    end: datetime
    place: CdrLocation
    kwh: float | None
    total_h: float | None = None
    parking_h: float | None = None


def _told_by_cdrs(cdrs: list[Cdr], report: Report) -> Iterator[Told]:
    credited = {
        (_owner(cdr), (cdr.credit_reference_id or "").casefold()) for cdr in cdrs if cdr.credit
    }
    for cdr in cdrs:
        if cdr.credit or (_owner(cdr), cdr.id.casefold()) in credited:
            report.drop("CDRs: credit CDRs and those that they cancel")
        else:
            yield Told(
                "CDRs", cdr, cdr.end_date_time, cdr.cdr_location,
                cdr.total_energy, cdr.total_time, cdr.total_parking_time,
            )  # fmt: skip


def _told_by_objects(
    objects: list[SessionObject], cdrs: list[Cdr], report: Report
) -> Iterator[Told]:
    billed = {(_owner(cdr), (cdr.session_id or "").casefold()) for cdr in cdrs}
    for session in objects:
        end = session.end_date_time
        if (_owner(session), session.id.casefold()) in billed:
            report.drop("Sessions: told by a CDR too")
        elif end is None or session.status not in (None, "COMPLETED"):
            report.drop("Sessions: not completed")
        elif session.place is None:
            report.wrong(
                "Sessions: `location_id` missing or wrong",
                f"Session {session.id!r}: `location_id` is missing",
            )
        else:
            yield Told("Sessions", session, end, session.place, session.kwh)


def _session(
    told: Told, sites: dict[str, list[Site]], several: bool, report: Report
) -> Session | None:
    """None where it is dropped."""
    charge, what, owner = told.charge, told.what, _owner(told.charge)
    evse = told.place.evse
    known = [
        site
        for site in sites.get(told.place.id.casefold(), [])
        if not site.owner or not owner or site.owner == owner
    ]
    if len(known) != 1:
        report.drop(f"{what}: location unknown, dropped, or of several operators")
        return None
    (site,) = known
    uid = site.uid(evse)
    if uid is None and len(site.stations) > 1:
        report.drop(f"{what}: EVSE unknown at a location with several power classes")
        return None
    if uid is None:
        report.guess(f"{what}: EVSE unknown, but its location has one power class: put there")
    plug_in = _plug_in(charge, told.end)
    if plug_in >= told.end > charge.start_date_time:
        report.drop(f"{what}: a reservation that no session followed")
        return None
    return Session(
        id=f"{owner}*{charge.id}" if several else charge.id,
        station=(site.station_of[uid] if uid else site.stations[0]).station,
        evse=uid,
        plug_in=plug_in.astimezone(site.zone),
        unplug=told.end.astimezone(site.zone),
        kwh=charge.volume("ENERGY") if told.kwh is None and charge.tells("ENERGY") else told.kwh,
        charge_h=_charge_h(told, plug_in, report),
    )


def _plug_in(charge: Charge, end: datetime) -> datetime:
    """The start, or the end of the time reserved before the session; `end` where nothing else is.

    That is where the first period without reserved time begins, or else the sum of these times.
    """
    start, reserved_h = charge.start_date_time, charge.volume("RESERVATION_TIME")
    if reserved_h <= 0.0:
        return start
    begins = [
        period.start_date_time
        for period in charge.periods
        if period.start_date_time and period.dimensions and not period.volume("RESERVATION_TIME")
    ]
    if begins:
        return max(start, min(begins))
    return start + reserved_h * HOUR if reserved_h < (end - start) / HOUR else end


def _charge_h(told: Told, plug_in: datetime, report: Report) -> float | None:
    """Total less parking time; else what the charging periods tell of the two times."""
    charge = told.charge
    span_h, stay_h = ((told.end - time) / HOUR for time in (charge.start_date_time, plug_in))
    total_h = stay_h if told.total_h is None else told.total_h
    if told.total_h is not None and abs(total_h - span_h) <= CLOCK_H:
        total_h -= span_h - stay_h  # the reserved time is in it
    elif abs(total_h - stay_h) > CLOCK_H:
        report.guess(f"{told.what}: total_time is not the time from start to end, which was used")
    if told.parking_h is not None:
        return total_h - told.parking_h
    if charge.tells("PARKING_TIME"):
        return total_h - charge.volume("PARKING_TIME")
    return charge.volume("TIME") if charge.tells("TIME") else None
