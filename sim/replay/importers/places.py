"""Stations: of one power each from a location of several, or from the EVSEs that sessions name."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from sim.config.limits import EVSE_KW
from sim.replay.importers.report import Report
from sim.replay.importers.source import Options
from sim.replay.importers.tables import Names, Station

LINE_TO_LINE_V = 300  # above any line-to-neutral voltage of a public grid
AC_KW = 200.0  # what no AC connector gives: 43 kW is usual, the largest of SAE J3068 have 166
SLIP = 10.0  # by more than this, volts and amperes tell that the unit of a power is wrong
STANDARD = 1.25  # by more than this a power is none that its volts and amperes can give
WEAK_KW = 1.0  # as a power told alone, less is rather in a wrong unit


@dataclass(frozen=True)
class Place:
    """A location of a source: its id and where it is."""

    id: str
    lat: float | None
    lon: float | None

    def stations(
        self, counts: Counter[float | None], names: Names, report: Report
    ) -> dict[float | None, Station]:
        """One station for each power class, by that class [kW], from the EVSEs in each; None is
        the class of EVSEs whose power is not told."""
        if len(counts) > 1:
            report.guess("locations: EVSEs of several powers, made a station of each power class")
        site = names.new(self.id)
        return {
            kw: Station(
                station=site if len(counts) == 1 else names.new(f"{site}-{_label(kw)}"),
                site=site,
                lat=self.lat,
                lon=self.lon,
                evses=count,
                evse_kw=kw,
            )
            for kw, count in sorted(counts.items(), key=lambda item: item[0] or 0.0)
        }


def _label(kw: float | None) -> str:
    return "kw-not-told" if kw is None else f"{kw:g}kw"


def seen(pairs: Iterable[tuple[str, str | None]], report: Report) -> dict[str, Station]:
    """The stations of a source that lists only sessions, by (station, EVSE) of each session."""
    evses = defaultdict[str, set[str]](set)
    for station, evse in pairs:
        evses[station] |= {evse} if evse else set()
    names = Names("station ids", report)
    safe = {text: names.new(text) for text in evses}
    return {text: Station(safe[text], safe[text], evses=max(len(evses[text]), 1)) for text in evses}


def volts_amperes_kw(volts: float | None, amperes: float | None, phases: int) -> float:
    """The power of a connector from its voltage and current; 0 where these are not told.

    Three-phase volts are line to neutral, or line to line when they are too high for that.
    """
    if not phases or not volts or not amperes or volts < 0 or amperes < 0:
        return 0.0
    factor = sqrt(3) if phases == 3 and volts >= LINE_TO_LINE_V else phases
    return factor * volts * amperes / 1000


def connector_kw(
    readings: tuple[float, ...],
    volts_amperes: float,
    most_kw: float,
    report: Report,
    beyond: float = SLIP,
) -> float:
    """The power of a connector [kW]; 0 where it is not told.

    `readings` is the power that is told, in the unit that it must have and then in those it is
    mistaken for; `volts_amperes` is what `volts_amperes_kw` says, which the power may be `beyond`
    times; no connector of its kind gives more than `most_kw`.  The first reading that volts and
    amperes, or else reason, let pass is it.
    """
    if volts_amperes not in EVSE_KW or volts_amperes > most_kw:
        volts_amperes = 0.0
    least = volts_amperes / (SLIP * SLIP) or WEAK_KW  # DC is told with volts that few EVs have
    most = min(volts_amperes * beyond or most_kw, EVSE_KW.most)
    readings = tuple(kw for kw in readings if kw > 0)
    likely = [kw for kw in readings if least <= kw <= most]
    if likely:
        if likely[0] != readings[0]:
            report.guess("connectors: power in a wrong unit (W for kW, or kW for W), mended")
        return likely[0]
    if volts_amperes:
        why = "is none that they can give" if readings else "not told"
        report.guess(f"connectors: power {why}, taken from volts and amperes")
        report.assume(
            "Power from volts and amperes: their product, twice for AC_2_PHASE, three times for "
            f"three phases (1.73 times from {LINE_TO_LINE_V} V up, which is line to line)."
        )
        return volts_amperes
    if not readings or readings[0] not in EVSE_KW:
        return 0.0
    report.guess(f"connectors: power below {WEAK_KW:g} kW, or AC above {AC_KW:g} kW, kept")
    return readings[0]


def power_class(kw: float, options: Options, report: Report) -> float | None:
    """The rated power [kW] that EVSEs share when theirs differ only by the volts assumed; None
    where neither the files nor --evse-kw tell it."""
    if kw not in EVSE_KW:
        known = "not known" if options.evse_kw is None else f"taken as {options.evse_kw:g} kW"
        report.guess(f"EVSEs: power not told or impossible, {known}")
        return options.evse_kw
    report.assume("Rated powers are rounded: to 1 kW from 10 kW up, to 0.1 kW below.")
    return float(round(kw)) if kw >= 10 else max(round(kw, 1), EVSE_KW.least)


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
