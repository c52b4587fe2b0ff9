"""From plug-in and unplug to visits that keep their times and energy at constant power."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sim.imports.report import Report
from sim.imports.source import MOST_KW, Options
from sim.imports.tables import Names, Station, Visit

HOUR = timedelta(hours=1)
SLACK_H = 2 / 3600  # two clocks that tell the same moment may differ by this much

ASSUMED = (
    "Arrivals are plug-ins: waiting before them, and EVs that left without charging, are not in "
    "such data.",
    "Energy is taken as metered at the grid side (efficiency 1): need_kwh = metered kWh.",
    "An EV charges at one power from plug-in on and overstays after it; pauses are moved to the "
    "end.",
    "Sessions without energy are dropped, although each held an EVSE for a while.",
)


@dataclass(frozen=True)
class Session:
    """What a source tells of one plug-in; None = not told.

    Times are aware, in the zone in which the arrival is written.  `charge_h` is the time with
    power flowing.
    """

    id: str
    station: str
    evse: str | None
    plug_in: datetime
    unplug: datetime
    kwh: float | None
    charge_h: float | None = None

    @property
    def stay(self) -> tuple[datetime, datetime]:
        """In UTC: the difference of two local times is wrong across a change of clocks."""
        return self.plug_in.astimezone(UTC), self.unplug.astimezone(UTC)


def visits(
    sessions: Iterable[Session], stations: dict[str, Station], options: Options, report: Report
) -> list[Visit]:
    """The visits of all usable sessions; ratings and numbers of EVSEs are raised to hold them."""
    sessions = list(sessions)
    report.assume(*(ASSUMED if sessions else ["No sessions are told: visits.csv has no rows."]))
    names = Names("visit ids", report)
    at: dict[str, list[tuple[Session, Visit]]] = defaultdict(list)
    for session in _apart(_sound(sessions, report), report):
        if visit := _visit(session, names, options, report):
            at[session.station].append((session, visit))
    for name, station in stations.items():
        _count(station, [session for session, _ in at[name]], report)
        _rate(station, [visit for _, visit in at[name]], options, report)
    return [visit for pairs in at.values() for _, visit in pairs]


def _sound(sessions: Iterable[Session], report: Report) -> list[Session]:
    """Without the sessions that cannot be what happened."""
    seen: set[str] = set()
    sound = []
    for session in sessions:
        plug_in, unplug = session.stay
        if session.id in seen:
            report.drop("sessions: id given before")
        elif unplug <= plug_in:
            report.drop("sessions: unplug not after plug-in")
        elif session.kwh is not None and session.kwh < 0:
            report.drop("sessions: negative energy")
        elif session.kwh == 0:
            report.drop("sessions: no energy")
        else:
            sound.append(session)
        seen.add(session.id)
    return sound


def _apart(sessions: Iterable[Session], report: Report) -> list[Session]:
    """In order of plug-in, without those that begin while their EVSE is held."""
    free: dict[tuple[str, str], datetime] = {}
    apart = []
    for session in sorted(sessions, key=lambda session: session.stay):
        plug_in, unplug = session.stay
        if session.evse is not None:
            evse = session.station, session.evse
            if evse in free and plug_in < free[evse]:
                report.drop("sessions: plug-in while another session holds the same EVSE")
                continue
            free[evse] = unplug
        apart.append(session)
    return apart


def _visit(session: Session, names: Names, options: Options, report: Report) -> Visit | None:
    """None when no connector gives the power that the session implies."""
    plug_in, unplug = session.stay
    stay_h = (unplug - plug_in) / HOUR
    if session.kwh is None:
        ev_kw = options.assumed_kw
        report.guess("visits: energy not told, taken as the stay at the assumed kW")
        report.assume(
            f"Where no energy is told an EV takes {ev_kw:g} kW (--evse-kw) all its stay: times at "
            "the EVSE are data, energy and power are not."
        )
        kwh, charge_h = ev_kw * stay_h, stay_h
    else:
        kwh, charge_h = session.kwh, _charge_h(session, stay_h, report)
        ev_kw = kwh / charge_h
    if ev_kw > MOST_KW or ev_kw == 0:
        report.drop(f"sessions: energy and time imply more than {MOST_KW:g} kW, or next to none")
        return None
    overstay_min = (stay_h - charge_h) * 60
    name = names.new(session.id)
    return Visit(name, session.station, session.plug_in, kwh, ev_kw, overstay_min)


def _charge_h(session: Session, stay_h: float, report: Report) -> float:
    told_h = session.charge_h
    if told_h is None:
        report.guess("visits: charging time not told, taken as the whole stay")
        return stay_h
    if (session.kwh or 0.0) > told_h * MOST_KW:
        report.guess("visits: charging time told as too short or negative, taken as the whole stay")
        return stay_h
    if told_h > stay_h + SLACK_H:
        report.guess("visits: charging time told as longer than the stay, cut to it")
    return min(told_h, stay_h)


def _count(station: Station, sessions: Iterable[Session], report: Report) -> None:
    """Unplug comes before plug-in at the same moment."""
    stays = [session.stay for session in sessions]
    steps = sorted([(a, 1) for a, _ in stays] + [(b, -1) for _, b in stays])
    most = max(accumulate(step for _, step in steps), default=0)
    if most > station.evses:
        report.guess("stations: EVSEs raised to the greatest number plugged in at once")
        station.evses = most


def _rate(station: Station, visits: Iterable[Visit], options: Options, report: Report) -> None:
    greatest = max((visit.ev_kw for visit in visits), default=0.0)
    if station.evse_kw is None:
        known = bool(greatest) and options.evse_kw is None
        station.evse_kw = greatest if known else options.assumed_kw
        how = "the greatest power of its visits" if known else f"{options.assumed_kw:g} kW"
        report.guess(f"stations: evse_kw not told, taken as {how}")
    if greatest > station.evse_kw:
        report.guess(
            f"stations: evse_kw of {station.station} raised from {station.evse_kw:g} to "
            f"{greatest:g}, which a visit took"
        )
        station.evse_kw = greatest
