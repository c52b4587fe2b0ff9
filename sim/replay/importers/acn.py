"""ACN-Data (Caltech): sessions of one or more sites, times in RFC 1123 GMT."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from pydantic import Field

from sim.replay.importers.places import seen
from sim.replay.importers.report import Report
from sim.replay.importers.sessions import HOUR, Session
from sim.replay.importers.source import (
    Id,
    Instant,
    Number,
    Options,
    Record,
    Text,
    records,
    zone_named,
)
from sim.replay.importers.tables import Station

ASSUMED = (
    "A site of ACN-Data is one station; its EVSEs are the stationIDs that occur.",
    "Charging ends at doneChargingTime.  The departure and the energy that users asked for in "
    "userInputs are not used: deadline is empty, need_kwh is what was delivered.",
)


class AcnSession(Record):
    id: Id = Field(alias="_id")
    siteID: Id
    stationID: Text | None = None
    connectionTime: Instant
    disconnectTime: Instant
    doneChargingTime: Instant | None = None
    kWhDelivered: Number | None = None
    timezone: str | None = None


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session] | None]:
    rows = records(paths, "_items", AcnSession, "sessions", report)
    report.assume(*ASSUMED)
    stations = seen(((row.siteID, row.stationID) for row in rows), report)
    sessions = [_session(row, stations[row.siteID].station, options, report) for row in rows]
    return list(stations.values()), sessions


def _session(row: AcnSession, station: str, options: Options, report: Report) -> Session:
    zone = options.zone or zone_named(row.timezone or "UTC")
    if zone is None:
        report.guess("sessions: unknown timezone, arrival written in UTC")
    done = row.doneChargingTime
    return Session(
        id=row.id,
        station=station,
        evse=row.stationID or None,
        plug_in=row.connectionTime.astimezone(zone or UTC),
        unplug=row.disconnectTime.astimezone(zone or UTC),
        kwh=row.kWhDelivered,
        charge_h=None if done is None else (done - row.connectionTime) / HOUR,
    )
