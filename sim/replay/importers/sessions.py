"""From plug-in and unplug to visits that keep their times and energy at constant power.

Every source passes through here: what cannot be is dropped and named, and what is written lies
within `sim.config.limits`, so that a replay accepts it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise

from sim.config.limits import ENERGY_KWH, EVSE_KW, EVSES, STAY_MIN
from sim.replay.importers.report import Report
from sim.replay.importers.source import Options
from sim.replay.importers.tables import Names, Station, Visit

HOUR = timedelta(hours=1)
SLACK = timedelta(seconds=2)  # two clocks that tell the same moment may differ by this much
NO_KWH = 0.001  # less than a Wh is what a meter that stood still may tell
RATING = 1.1  # volts of the grid may be 10 % above those that a rating is for
UNTOLD_KW = 500.0  # what the combined charging system gives: 1,000 V and 500 A
ALONE = 5.0  # times the next largest power at its station, and a power is believed no more

ASSUMED = (
    "Arrivals are plug-ins: waiting before them, and EVs that left without charging, are not in "
    "such data.",
    "Energy is taken as metered at the grid side (efficiency 1): need_kwh = metered kWh.",
    "An EV charges at one power from plug-in on and overstays after it; pauses are moved to the "
    "end.",
)
ZERO_DROPPED = (
    "Sessions without energy are dropped, although each held an EVSE for a while (--keep-zero "
    "keeps them)."
)
ZERO_KEPT = "Sessions without energy hold an EVSE as overstay."


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

    @property
    def stay_h(self) -> float:
        plug_in, unplug = self.stay
        return (unplug - plug_in) / HOUR

    @property
    def empty(self) -> bool:
        return self.kwh is not None and self.kwh < NO_KWH

    def __str__(self) -> str:
        return f"session {self.id!r} at {self.station!r}"


def built(stations: Iterable[Station], report: Report) -> list[Station]:
    """Without the stations of more EVSEs than a station can have."""
    found = []
    for station in stations:
        if station.evses in EVSES:
            found.append(station)
        else:
            report.wrong(
                f"stations: more than {EVSES.most:,} EVSEs",
                f"station {station.station!r} has {station.evses:,} EVSEs, but must have {EVSES}",
            )
    return found


def visits(
    sessions: Iterable[Session], stations: dict[str, Station], options: Options, report: Report
) -> list[Visit]:
    """The visits of all usable sessions; numbers of EVSEs are raised to hold them.

    Where no file and no option tells the rating of a station, its sessions do.
    """
    sessions = list(sessions)
    report.assume(*(ASSUMED if sessions else ["No sessions are told: visits.csv has no rows."]))
    if sessions:
        report.assume(ZERO_KEPT if options.keep_zero else ZERO_DROPPED)
    names = Names("visit ids", report)
    at: dict[str, list[Session]] = defaultdict(list)
    for session in _sound(sessions, options, report):
        if session.station in stations:
            at[session.station].append(session)
        else:
            report.drop("sessions: at a station that is dropped")
    found = []
    for name, station in stations.items():
        possible = _possible(at[name], station, options, report)
        placed = _placed(_apart(possible, report), station, report)
        _rate(station, placed, options, report)
        found += [_visit(session, station, names, options, report) for session in placed]
    return found


def _sound(sessions: Iterable[Session], options: Options, report: Report) -> list[Session]:
    """Without the sessions that can be nowhere."""
    seen: set[str] = set()
    sound = []
    for session in sessions:
        kwh, stay_h = session.kwh, session.stay_h
        if session.id in seen:
            report.drop("sessions: id given before")
        elif stay_h <= 0.0:
            report.wrong(
                "sessions: unplug not after plug-in",
                f"{session} ends at {session.unplug}, but begins at {session.plug_in}",
            )
        elif stay_h * 60.0 not in STAY_MIN:
            report.wrong(
                f"sessions: longer than {STAY_MIN.most:,.0f} minutes",
                f"{session} takes {stay_h:,.0f} h, but must take {STAY_MIN}",
            )
        elif kwh is not None and kwh < 0.0:
            report.wrong("sessions: negative energy", f"{session} has {kwh:,.9g} kWh")
        elif kwh is not None and kwh not in ENERGY_KWH:
            report.wrong(
                f"sessions: energy above {ENERGY_KWH.most:,.0f} kWh",
                f"{session} has {kwh:,.9g} kWh, but must have {ENERGY_KWH}",
            )
        else:
            seen.add(session.id)  # what is wrong may be told again, and right
            if session.empty and not options.keep_zero:
                report.drop("sessions: no energy")
            else:
                sound.append(session)
    return sound


# ---- what an EVSE can give -------------------------------------------------------------------


def _possible(
    sessions: list[Session], station: Station, options: Options, report: Report
) -> list[Session]:
    """The sessions that EVSEs of the station can have given."""
    station.evse_kw = station.evse_kw or options.evse_kw
    rated_kw = station.evse_kw or UNTOLD_KW
    given = []
    for session in sessions:
        most_kwh = rated_kw * session.stay_h
        if (session.kwh or 0.0) <= RATING * most_kwh:
            given.append(session)
            continue
        report.wrong(
            "sessions: more energy than the EVSE gives in that time",
            f"{session} has {session.kwh:,.9g} kWh in {session.stay_h:,.4g} h, but an EVSE of "
            f"{rated_kw:g} kW gives {most_kwh:,.4g}",
        )
    return given if station.evse_kw else _credible(given, options, report)


def _credible(sessions: list[Session], options: Options, report: Report) -> list[Session]:
    """Without a power that stands alone, where no rating tells whether it can be."""
    kw_of = {session.id: _kw(session) for session in sessions}
    by_kw = sorted(kw_of, key=lambda name: kw_of[name], reverse=True)
    alone = set[str]()
    for name, below in pairwise(by_kw):
        if kw_of[name] <= max(options.assumed_kw, ALONE * kw_of[below]):
            break
        alone.add(name)
    for session in sessions:
        if session.id in alone:
            report.wrong(
                "sessions: far more power than any other at a station whose rating is not told",
                f"{session} takes {kw_of[session.id]:,.4g} kW, over {ALONE:g} times what any other "
                "there does (--evse-kw tells the rating of its EVSEs)",
            )
    return [session for session in sessions if session.id not in alone]


def _rate(station: Station, sessions: Iterable[Session], options: Options, report: Report) -> None:
    """Where no rating is told, it is the greatest power that was taken."""
    if station.evse_kw is not None:
        return
    sessions = list(sessions)
    greatest = max(map(_kw, sessions), default=0.0)
    if not greatest or any(session.kwh is None for session in sessions):
        greatest = max(greatest, options.assumed_kw)
    station.evse_kw = max(greatest, EVSE_KW.least)
    report.guess(
        "stations: evse_kw not told, taken as the greatest power of its visits, or "
        f"{options.assumed_kw:g} kW where theirs is not told"
    )


def _kw(session: Session) -> float:
    """The power that a session took, whatever the EVSE; 0 where no energy is told or taken."""
    if session.kwh is None or session.empty:
        return 0.0
    return session.kwh / _charge_h(session, UNTOLD_KW)[0]


def _charge_h(session: Session, evse_kw: float) -> tuple[float, str]:
    """The time with power flowing [h], and what had to be guessed about it."""
    told_h, stay_h = session.charge_h, session.stay_h
    if told_h is None:
        return stay_h, "not told, taken as the whole stay"
    if not told_h > 0.0 or (session.kwh or 0.0) > RATING * evse_kw * told_h:
        return stay_h, "told as too short or negative, taken as the whole stay"
    if told_h > stay_h + SLACK / HOUR:
        return stay_h, "told as longer than the stay, cut to it"
    return min(told_h, stay_h), ""


# ---- one EV at a time ------------------------------------------------------------------------


def _apart(sessions: Iterable[Session], report: Report) -> list[Session]:
    """Without those that shared their EVSE with others: as many are kept as can be, so that one
    absurd stay costs only itself.  Those without an EVSE are all kept."""
    at: dict[str | None, list[Session]] = defaultdict(list)
    for session in sessions:
        at[session.evse].append(session)
    apart = at.pop(None, [])
    for held in at.values():
        kept = _compatible(held)
        apart += _in_turn(kept, report)
        lost = {session.id for session in held} - {session.id for session in kept}
        for session in held:
            if session.id in lost:
                report.wrong(
                    "sessions: at the same EVSE at the same time as another",
                    f"{session} shares its EVSE with another from {session.plug_in} to "
                    f"{session.unplug}",
                )
    return apart


def _compatible(sessions: Iterable[Session]) -> list[Session]:
    """The most sessions of one EVSE, in order, of which none begins more than `SLACK` before the
    one before ends: weighted interval scheduling, where all without energy together weigh less
    than one with it."""
    ordered = sorted(sessions, key=lambda s: (s.stay[1], s.stay[0], s.id))
    ends = [session.stay[1] for session in ordered]
    weights = [1 if session.empty else len(ordered) + 1 for session in ordered]
    best, before = [0], []  # of the first n sessions; and how many end before each begins
    for n, session in enumerate(ordered):
        before.append(bisect_right(ends, session.stay[0] + SLACK, hi=n))
        best.append(max(best[n], weights[n] + best[before[n]]))
    kept, n = [], len(ordered)
    while n:
        if best[n] > best[n - 1]:
            kept.append(ordered[n - 1])
            n = before[n - 1]
        else:
            n -= 1
    return kept[::-1]


def _in_turn(sessions: Iterable[Session], report: Report) -> list[Session]:
    """Each begins when the one before has ended: what is early by `SLACK` is moved to then."""
    turns: list[Session] = []
    for session in sessions:
        turns += _after(turns[-1].stay[1], session, report) if turns else [session]
    return turns


def _after(moment: datetime, session: Session, report: Report) -> list[Session]:
    """The same session, plugged in at that moment if it was before; none where nothing is left."""
    plug_in, unplug = session.stay
    if plug_in >= moment:
        return [session]
    if unplug <= moment:
        report.drop("sessions: over within 2 s, before the EVSE is free by another clock")
        return []
    report.guess("sessions: plug-in moved by up to 2 s, to when the EVSE is free by another clock")
    return [replace(session, plug_in=moment.astimezone(session.plug_in.tzinfo))]


def _placed(sessions: Iterable[Session], station: Station, report: Report) -> list[Session]:
    """In order of plug-in, each at an EVSE of its own: their number is raised where it must be.

    Unplug comes before plug-in at the same moment; one that is early by no more than `SLACK` is
    moved to the next moment at which an EVSE is free.
    """
    ends: list[datetime] = []
    placed: list[Session] = []
    told = station.evses
    for session in sorted(sessions, key=lambda s: (*s.stay, s.id)):
        plug_in, unplug = session.stay
        while ends and ends[0] <= plug_in:
            heappop(ends)
        turn = [session]
        if len(ends) >= station.evses and ends[0] <= plug_in + SLACK:
            turn = _after(ends[0], session, report)
            if turn:
                heappop(ends)
        elif len(ends) >= EVSES.most:
            turn = []
            report.wrong(
                f"sessions: more than {EVSES.most:,} at once",
                f"{session}: {EVSES.most:,} EVs are plugged in there, which is the most",
            )
        if turn:
            placed += turn
            heappush(ends, unplug)
            station.evses = max(station.evses, len(ends))
    if station.evses > told:
        report.guess("stations: EVSEs raised to the greatest number plugged in at once")
    return placed


# ---- visits ----------------------------------------------------------------------------------


def _visit(
    session: Session, station: Station, names: Names, options: Options, report: Report
) -> Visit:
    """The session at one power within what an EVSE gives, then overstaying."""
    evse_kw, stay_h = station.evse_kw or options.assumed_kw, session.stay_h
    if session.kwh is None:
        ev_kw = min(options.assumed_kw, evse_kw)
        charge_h = min(stay_h, ENERGY_KWH.most / ev_kw)
        kwh = ev_kw * charge_h
        report.guess("visits: energy not told, taken as the stay at the assumed kW")
        report.assume(
            f"Where no energy is told an EV takes {options.assumed_kw:g} kW (--evse-kw), or what "
            "its EVSE gives, all its stay: times at the EVSE are data, energy and power are not."
        )
    elif session.empty:
        kwh, ev_kw, charge_h = 0.0, evse_kw, 0.0
    else:
        charge_h, guess = _charge_h(session, evse_kw)
        if guess:
            report.guess(f"visits: charging time {guess}")
        kwh, ev_kw, charge_h = _within(session.kwh, charge_h, evse_kw, stay_h, report)
    overstay_min = max(stay_h - charge_h, 0.0) * 60.0
    return Visit(names.new(session.id), session.station, session.plug_in, kwh, ev_kw, overstay_min)


def _within(
    kwh: float, charge_h: float, evse_kw: float, stay_h: float, report: Report
) -> tuple[float, float, float]:
    """Energy [kWh], power [kW] and charging time [h] that the EVSE can give, as near as can be."""
    if kwh > evse_kw * stay_h * (1.0 + 1e-9):
        report.guess("visits: energy slightly above what the EVSE gives in the stay, cut to that")
        kwh = evse_kw * stay_h
    ev_kw = kwh / charge_h
    if ev_kw > evse_kw:
        return kwh, evse_kw, min(kwh / evse_kw, stay_h)
    if ev_kw < EVSE_KW.least:
        report.guess(f"visits: less than {EVSE_KW.least:g} kW on average, taken as that, then idle")
        return kwh, EVSE_KW.least, kwh / EVSE_KW.least
    return kwh, ev_kw, charge_h
