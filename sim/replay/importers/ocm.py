"""Open Charge Map: a list of POIs (sites) with their Connections.  It knows no sessions."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sim.config.limits import EVSE_KW
from sim.replay.importers.places import (
    AC_KW,
    Place,
    connector_kw,
    in_range,
    power_class,
    volts_amperes_kw,
)
from sim.replay.importers.report import Report
from sim.replay.importers.sessions import Session
from sim.replay.importers.source import Count, Number, Options, Record, records
from sim.replay.importers.tables import Names, Station

NOT_THERE = (100, 150, 200, 210)  # StatusTypeID: not operational, planned, removed, listed twice
AC, PHASES = (10, 20), {10: 1, 20: 3, 30: 1}  # CurrentTypeID: AC of one or three phases, DC
LIVE = (100, 200)  # SubmissionStatusTypeID: published; others wait for review or are delisted
MOST_POINTS = 1000  # more is a slip of a volunteer
MOST_KW = 1500.0  # above any public EVSE that is listed: told alone, more is in W

ASSUMED = (
    "AC and DC connections are kept.  Power is PowerKW, else taken from Voltage and Amps.",
    "Connections are counted as EVSEs, strongest first, up to NumberOfPoints: an EVSE with two "
    "plugs is listed as two connections.",
)


class Status(Record):
    ID: Count | None = None


class Submission(Status):
    IsLive: bool | None = None


class Address(Record):
    Latitude: Number | None = None
    Longitude: Number | None = None


class Connection(Record):
    StatusTypeID: Count | None = None
    StatusType: Status | None = None
    PowerKW: Number | None = None
    Voltage: Number | None = None
    Amps: Number | None = None
    CurrentTypeID: Count | None = None
    Quantity: Count | None = None


class Poi(Record):
    ID: Count
    AddressInfo: Address | None = None
    StatusTypeID: Count | None = None
    StatusType: Status | None = None
    SubmissionStatusTypeID: Count | None = None
    SubmissionStatus: Submission | None = None
    NumberOfPoints: Count | None = None
    Connections: list[Connection] | None = None


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session] | None]:
    pois = records(paths, "data", Poi, "POIs", report)
    report.assume(*ASSUMED)
    names, seen, stations = Names("station ids", report), set[int](), list[Station]()
    for poi in pois:
        if poi.ID in seen:
            report.drop("POIs: ID given before")
        elif not _live(poi):
            report.drop("POIs: not live: delisted, listed twice or not yet approved")
        elif _gone(poi):
            report.drop("POIs: not operational, planned or removed")
        elif not (evses := _evses(poi, options, report)):
            report.drop("POIs: no connection in place")
        else:
            at = poi.AddressInfo or Address()
            place = Place(f"OCM-{poi.ID}", *in_range(at.Latitude, at.Longitude, report))
            stations += place.stations(evses, names, report).values()
        seen.add(poi.ID)
    return stations, None


def _live(poi: Poi) -> bool:
    status = poi.SubmissionStatus or Submission()
    told = poi.SubmissionStatusTypeID or status.ID
    return status.IsLive is not False and (told is None or told in LIVE)


def _gone(thing: Poi | Connection) -> bool:
    status = thing.StatusType.ID if thing.StatusType else None
    return (thing.StatusTypeID or status) in NOT_THERE


def _evses(poi: Poi, options: Options, report: Report) -> Counter[float | None]:
    """How many EVSEs there are of each power class."""
    listed: Counter[float | None] = Counter()
    for connection in poi.Connections or []:
        report.read("connections", 1)
        quantity = connection.Quantity or 0
        if _gone(connection):
            report.drop("connections: not operational, planned or removed")
        elif quantity > MOST_POINTS:
            report.drop(f"connections: Quantity above {MOST_POINTS:,}")
        else:
            if quantity < 1:
                report.guess("connections: Quantity not told, taken as 1")
            listed[power_class(_kw(connection, report), options, report)] += max(quantity, 1)
    points = poi.NumberOfPoints or 0
    if not poi.Connections and 0 < points <= MOST_POINTS:
        report.guess("POIs: no connection told, EVSEs taken from NumberOfPoints")
        return Counter({power_class(0.0, options, report): points})
    if 0 < points < listed.total():
        report.guess("POIs: fewer points than connections, the strongest kept")
        return _strongest(listed, points)
    return listed


def _strongest(listed: Counter[float | None], points: int) -> Counter[float | None]:
    kept: Counter[float | None] = Counter()
    for kw in sorted(listed, key=lambda kw: kw or 0.0, reverse=True):
        kept[kw] = min(listed[kw], points - kept.total())
    return +kept


def _kw(connection: Connection, report: Report) -> float:
    """The power of a connection; 0 where it is not told."""
    current = connection.CurrentTypeID or 0
    given = volts_amperes_kw(connection.Voltage, connection.Amps, PHASES.get(current, 0))
    told = connection.PowerKW or 0.0
    most_kw = AC_KW if current in AC else EVSE_KW.most if given else MOST_KW
    return connector_kw((told, told / 1000), given, most_kw, report)
