"""Open Charge Map: a list of POIs (sites) with their Connections.  It knows no sessions."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sim.imports.places import Place, in_range, power_class, volts_amperes_kw
from sim.imports.report import Report
from sim.imports.sessions import Session
from sim.imports.source import Count, Number, Options, Record, records
from sim.imports.tables import Names, Station

NOT_THERE = (100, 150, 200, 210)  # StatusTypeID: not operational, planned, removed, listed twice
PHASES = {10: 1, 20: 3, 30: 1}  # CurrentTypeID: single-phase AC, three-phase AC, DC
MOST_POINTS = 1000  # more is a slip of a volunteer

ASSUMED = (
    "AC and DC connections are kept.  Power is PowerKW, else taken from Voltage and Amps.",
    "Connections are counted as EVSEs, strongest first, up to NumberOfPoints: an EVSE with two "
    "plugs is listed as two connections.",
)


class Status(Record):
    ID: Count | None = None


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
    NumberOfPoints: Count | None = None
    Connections: list[Connection] | None = None


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session]]:
    pois = records(paths[0], "data", Poi)
    report.read("POIs", len(pois))
    report.assume(*ASSUMED)
    names, seen, stations = Names("station ids", report), set[int](), list[Station]()
    for poi in pois:
        if poi.ID in seen:
            report.drop("POIs: ID given before")
        elif _gone(poi):
            report.drop("POIs: not operational, planned or removed")
        elif not (evses := _evses(poi, options, report)):
            report.drop("POIs: no connection in place")
        else:
            at = poi.AddressInfo or Address()
            place = Place(f"OCM-{poi.ID}", *in_range(at.Latitude, at.Longitude, report))
            stations += place.stations(evses, names, report).values()
        seen.add(poi.ID)
    return stations, []


def _gone(thing: Poi | Connection) -> bool:
    status = thing.StatusType.ID if thing.StatusType else None
    return (thing.StatusTypeID or status) in NOT_THERE


def _evses(poi: Poi, options: Options, report: Report) -> Counter[float]:
    """How many EVSEs there are of each power class."""
    listed: Counter[float] = Counter()
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


def _strongest(listed: Counter[float], points: int) -> Counter[float]:
    kept: Counter[float] = Counter()
    for kw in sorted(listed, reverse=True):
        kept[kw] = min(listed[kw], points - kept.total())
    return +kept


def _kw(connection: Connection, report: Report) -> float:
    """The power of a connection; 0 where it is not told."""
    if connection.PowerKW and connection.PowerKW > 0:
        return connection.PowerKW
    phases = PHASES.get(connection.CurrentTypeID or 0, 0)
    return volts_amperes_kw(connection.Voltage, connection.Amps, phases, report)
