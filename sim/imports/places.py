"""Stations: of one power each from a location of several, or from the EVSEs that sessions name."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from sim.imports.report import Report
from sim.imports.source import MOST_KW, Options
from sim.imports.tables import Names, Station

LINE_TO_LINE_V = 300  # above any line-to-neutral voltage of a public grid


@dataclass(frozen=True)
class Place:
    """A location of a source: its id and where it is."""

    id: str
    lat: float | None
    lon: float | None

    def stations(
        self, counts: Counter[float], names: Names, report: Report
    ) -> dict[float, Station]:
        """One station for each power class, by that class [kW], from the EVSEs in each."""
        if len(counts) > 1:
            report.guess("locations: EVSEs of several powers, made a station of each power class")
        site = names.new(self.id)
        return {
            kw: Station(
                station=site if len(counts) == 1 else names.new(f"{site}-{kw:g}kw"),
                site=site,
                lat=self.lat,
                lon=self.lon,
                evses=count,
                evse_kw=kw,
            )
            for kw, count in sorted(counts.items())
        }


def seen(pairs: Iterable[tuple[str, str | None]], report: Report) -> dict[str, Station]:
    """The stations of a source that lists only sessions, by (station, EVSE) of each session."""
    evses = defaultdict[str, set[str]](set)
    for station, evse in pairs:
        evses[station] |= {evse} if evse else set()
    names = Names("station ids", report)
    safe = {text: names.new(text) for text in evses}
    return {text: Station(safe[text], safe[text], evses=max(len(evses[text]), 1)) for text in evses}


def volts_amperes_kw(
    volts: float | None, amperes: float | None, phases: int, report: Report
) -> float:
    """The power of a connector from its voltage and current; 0 where these are not told.

    Three-phase volts are line to neutral, or line to line when they are too high for that.
    """
    if not phases or not volts or not amperes or volts < 0 or amperes < 0:
        return 0.0
    report.guess("connectors: power not told, taken from volts and amperes")
    report.assume(
        "Power from volts and amperes: their product, twice for AC_2_PHASE, three times for three "
        f"phases (1.73 times from {LINE_TO_LINE_V} V up, which is line to line)."
    )
    factor = sqrt(3) if phases == 3 and volts >= LINE_TO_LINE_V else phases
    return factor * volts * amperes / 1000


def power_class(kw: float, options: Options, report: Report) -> float:
    """The rated power [kW] that EVSEs share when theirs differ only by the volts assumed."""
    if not 0 < kw <= MOST_KW:
        report.guess(f"EVSEs: power not told or impossible, taken as {options.assumed_kw:g} kW")
        return options.assumed_kw
    report.assume("Rated powers are rounded: to 1 kW from 10 kW up, to 0.1 kW below.")
    return float(round(kw)) if kw >= 10 else max(round(kw, 1), 0.1)


def in_range(
    lat: float | None, lon: float | None, report: Report
) -> tuple[float | None, float | None]:
    """The position, or none of it when it is not told or not on Earth."""
    if lat is None or lon is None:
        return None, None
    if abs(lat) > 90 or abs(lon) > 180:
        report.guess("locations: position not on Earth, left empty")
        return None, None
    return lat, lon
