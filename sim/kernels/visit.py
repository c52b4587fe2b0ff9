"""A visit to a station: arrive, join the line or not like it, give up, leave, drive on."""

from math import nan

import numpy as np

from sim.clock import HOUR, NEVER, UNKNOWN
from sim.kernels import calendar, errand, journey, line, measure, presence, session
from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Discipline, Outcome, Watch

OPEN, SERVED_PARTLY = np.int64(Outcome.IN_SYSTEM_AT_END), np.int64(Outcome.SERVED_PARTLY)
BALKED, RENEGED = np.int64(Outcome.BALKED), np.int64(Outcome.RENEGED)
REROUTED, STRANDED = np.int64(Outcome.REROUTED), np.int64(Outcome.STRANDED)
DECIDE = -3  # where to is decided when it leaves
PRIORITY, SHORTEST_NEED = int(Discipline.PRIORITY), int(Discipline.SHORTEST_NEED)
W_ARRIVAL, W_UNPLUG = np.int64(Watch.ARRIVAL), np.int64(Watch.UNPLUG)
W_BALK, W_RENEGE = np.int64(Watch.BALK), np.int64(Watch.RENEGE)
W_REROUTE, W_STRAND = np.int64(Watch.REROUTE), np.int64(Watch.STRAND)


@jit
def open_visit(w, d, s, t):
    """Driver `d` has the next row; `s` = -1 for an EV stranded on the road."""
    driver, visit = w.drivers[d], w.visiting[d]
    visit.row, visit.station, visit.slot, visit.partner = w.clock[0].rows, s, -1, -1
    w.clock[0].rows += 1
    visit.arrival_ns = t
    visit.plug_ns, visit.charge_end_ns, visit.unplug_ns = UNKNOWN, UNKNOWN, UNKNOWN
    visit.wait_ns, visit.charge_ns, visit.occupied_ns, visit.evse_ns = 0, 0, 0, 0
    visit.arrival_kwh, visit.aux_kwh = driver.kwh, 0.0
    visit.need_kwh = max(0.0, journey.goal_kwh(w, driver, s) - driver.kwh) if s >= 0 else 0.0
    visit.fuel_kwh, driver.fuel_kwh = driver.fuel_kwh, 0.0
    visit.outcome, visit.cuts, visit.fee_cny = OPEN, 0, 0.0
    visit.rerouted_from, driver.rerouted_from = driver.rerouted_from, -1


@inline
def _hours(t):
    return t / HOUR if t != UNKNOWN else nan


@jit
def write(w, d, leave_ns, leave_kwh, outcome):
    """The row of a visit, as it stands."""
    driver, visit = w.drivers[d], w.visiting[d]
    row = w.visits[visit.row]
    row.ev, row.station, row.vehicle = driver.ev, visit.station, driver.vehicle
    row.slot, row.partner = visit.slot, visit.partner
    row.arrival_h, row.plug_h = visit.arrival_ns / HOUR, _hours(visit.plug_ns)
    row.charge_end_h, row.unplug_h = _hours(visit.charge_end_ns), _hours(visit.unplug_ns)
    row.leave_h = _hours(leave_ns)
    row.wait_h, row.charge_h = visit.wait_ns / HOUR, visit.charge_ns / HOUR
    row.occupied_h, row.evse_h = visit.occupied_ns / HOUR, visit.evse_ns / HOUR
    row.arrival_kwh, row.leave_kwh, row.need_kwh = visit.arrival_kwh, leave_kwh, visit.need_kwh
    row.aux_kwh, row.fuel_kwh = visit.aux_kwh, visit.fuel_kwh
    row.outcome, row.rerouted_from, row.cuts = outcome, visit.rerouted_from, visit.cuts
    if len(w.of_stay) > 0:
        w.of_stay[visit.row] = driver.stay if driver.diary >= 0 else -1
        w.hop[visit.row] = driver.hop if driver.diary >= 0 else -1
    if len(w.fees) > 0:
        w.fees[visit.row] = visit.fee_cny


@inline
def close_visit(w, d, t, outcome):
    write(w, d, t, w.drivers[d].kwh, outcome)
    w.visiting[d].row = -1


@inline
def strand(w, d, t):
    """Driver `d` can go nowhere from where it is on the road."""
    open_visit(w, d, -1, t)
    close_visit(w, d, t, STRANDED)
    w.clock[0].stranded += 1
    presence.leave(w, d)


@inline
def send_on(w, d, leg):
    """Driver `d` leaves before this event is over: for a stop, or as `depart` says."""
    w.clock[0].leaving, w.clock[0].leg = d, leg


@once
def depart(w, d, leg, t):
    """Driver `d` leaves for stop `leg`, or for its destination, or cannot."""
    if leg == DECIDE:
        leg = journey.next_leg(w, w.drivers[d])
    if leg >= 0:
        journey.drive_to(w, w.drivers[d], leg, t)
        calendar.set_out(w, d)
    elif leg == journey.DONE:
        journey.finish(w, w.drivers[d])
        w.clock[0].arrived += 1
        presence.leave(w, d)
    else:
        strand(w, d, t)


@inline
def _turn_away(w, s, d, other, t, gave_up):
    """Driver `d` leaves station `s` uncharged for its alternative; `gave_up`: as which outcome."""
    close_visit(w, d, t, gave_up)
    if other >= 0:
        w.drivers[d].rerouted_from, w.drivers[d].looking = s, 0
    send_on(w, d, other)


@inline
def patience_ends_ns(driver, other, t):
    """When an EV that joins the line at `t` leaves it; without an `other` way it never does."""
    if other == journey.STRANDED:
        return NEVER
    return max(t, min(t + driver.patience_ns, driver.deadline_ns))


@once
def _key(w, s, d):
    """The place in line that the discipline of the station gives a driver: the least goes first."""
    if w.stations[s].discipline == PRIORITY:
        return w.drivers[d].priority
    if w.stations[s].discipline == SHORTEST_NEED:
        return w.visiting[d].need_kwh
    return 0.0


@inline
def turn_up(w, s, d, t):
    """Driver `d` is at station `s`; returns whether it need not wait."""
    station = w.stations[s]
    measure.integrate(w, s, t)
    calendar.touch(w, s)
    open_visit(w, d, s, t)
    measure.bin_now(w, s).arrivals += 1.0
    measure.tell(w, s, W_ARRIVAL, d, -1)
    return station.line_count == 0 and station.free > 0


@once
def _cross(w, s, d, t):
    """Driver `d`, just come to station `s`, goes to the other side of the road first."""
    driver, station = w.drivers[d], w.stations[s]
    driver.side, driver.rerouted_from = station.opposite, s
    driver.due_ns, driver.beside_ns = t + station.cross_ns, w.clock[0].beside_ns
    calendar.set_out(w, d)


@inline
def arrive(w, d, t):
    """Driver `d` is at a station to charge: it plugs in, joins the line, or does not like the line;
    or it is guided to the other side, once a stop."""
    driver = w.drivers[d]
    s = driver.side
    if s < 0:
        s = journey.station_at(w, driver)
        if driver.duty < 0 and journey.guides_across(w, w.stations[s]):
            _cross(w, s, d, t)
            return
    if turn_up(w, s, d, t):
        session.take(w, s, d, t)
    else:
        join(w, s, d, t)


@inline
def join(w, s, d, t):
    """Driver `d` joins the line, or does not like it."""
    driver, station = w.drivers[d], w.stations[s]
    other = errand.alternative(w, driver)
    full = station.line_places >= 0 and station.line_count >= station.line_places
    if full or station.line_count >= driver.balk_per_evse * station.servers:
        if other >= 0:
            measure.bin_now(w, s).rerouted += 1.0
            measure.tell(w, s, W_REROUTE, d, -1)
            _turn_away(w, s, d, other, t, REROUTED)
            return
        if other == journey.DONE:
            measure.bin_now(w, s).balked += 1.0
            measure.tell(w, s, W_BALK, d, -1)
            _turn_away(w, s, d, other, t, BALKED)
            return
        if full:
            measure.tell(w, s, W_STRAND, d, -1)
            close_visit(w, d, t, STRANDED)
            w.clock[0].stranded += 1
            presence.leave(w, d)
            return
    line.join(station, w.drivers, d, t, patience_ends_ns(driver, other, t), _key(w, s, d))


@once
def lose_patience(w, s, d, t):
    session.leave_line(w, s, d, t)
    before = w.visiting[d].outcome
    outcome = SERVED_PARTLY if before == SERVED_PARTLY else RENEGED  # served before a cut
    if outcome == RENEGED:
        measure.bin_now(w, s).reneged += 1.0
    measure.tell(w, s, W_RENEGE, d, -1)
    other = errand.alternative(w, w.drivers[d])
    if other == journey.STRANDED:  # what it used in line cost it that: it goes as after a session
        close_visit(w, d, t, outcome)
        send_on(w, d, DECIDE)
    else:
        _turn_away(w, s, d, other, t, outcome)


@once
def end_overstay(w, s, k, t):
    d = w.slots[k].driver
    session.unplug(w, s, k, t)
    measure.tell(w, s, W_UNPLUG, d, k)
    close_visit(w, d, t, w.visiting[d].outcome)
    send_on(w, d, DECIDE)
