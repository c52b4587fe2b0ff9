"""A visit to a station: arrive, join the line or not like it, give up, leave, drive on."""

from sim.clock import NEVER, UNKNOWN
from sim.kernels import calendar, journey, line, measure, power, session
from sim.kernels._jit import inline
from sim.lifecycle import Discipline, Outcome, Watch

OPEN, SERVED_PARTLY = int(Outcome.IN_SYSTEM_AT_END), int(Outcome.SERVED_PARTLY)
BALKED, RENEGED = int(Outcome.BALKED), int(Outcome.RENEGED)
REROUTED, STRANDED = int(Outcome.REROUTED), int(Outcome.STRANDED)
PRIORITY, SHORTEST_NEED = int(Discipline.PRIORITY), int(Discipline.SHORTEST_NEED)
W_ARRIVAL, W_UNPLUG, W_BALK = int(Watch.ARRIVAL), int(Watch.UNPLUG), int(Watch.BALK)
W_RENEGE, W_REROUTE, W_STRAND = int(Watch.RENEGE), int(Watch.REROUTE), int(Watch.STRAND)


@inline
def open_visit(w, i, s, t):
    """A new row for EV `i`; `s` = -1 for an EV stranded on the road."""
    ev = w.evs[i]
    ev.row = w.clock[0].rows
    w.clock[0].rows += 1
    row = w.visits[ev.row]
    row.ev, row.station, row.vehicle, row.slot, row.partner = i, s, ev.vehicle, -1, -1
    row.arrival_ns, row.leave_ns = t, UNKNOWN
    row.plug_ns, row.charge_end_ns, row.unplug_ns = UNKNOWN, UNKNOWN, UNKNOWN
    row.wait_ns, row.charge_ns, row.occupied_ns, row.evse_ns = 0, 0, 0, 0
    row.arrival_kwh, row.leave_kwh = ev.kwh, ev.kwh
    row.need_kwh = max(0.0, journey.goal_kwh(w, ev, s) - ev.kwh) if s >= 0 else 0.0
    row.aux_kwh, row.fuel_kwh = 0.0, ev.fuel_kwh
    ev.fuel_kwh = 0.0
    row.outcome, row.rerouted_from, row.cuts = OPEN, ev.rerouted_from, 0
    ev.rerouted_from = -1


@inline
def close_visit(w, i, t, outcome):
    ev = w.evs[i]
    row = w.visits[ev.row]
    row.leave_ns, row.leave_kwh, row.outcome = t, ev.kwh, outcome
    ev.row = -1


@inline
def strand(w, i, t):
    """EV `i` can go nowhere from where it is on the road."""
    open_visit(w, i, -1, t)
    close_visit(w, i, t, STRANDED)
    w.clock[0].stranded += 1


@inline
def send_on(w, i, j, t):
    """EV `i` leaves for stop `j`, for its destination or the next step of its duty, or cannot."""
    if j >= 0:
        journey.drive_to(w, i, j, t)
        w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)
    elif j == journey.DONE:
        if w.evs[i].duty >= 0:
            w.clock[0].going = i
        else:
            journey.finish(w, w.evs[i])
            w.clock[0].arrived += 1
    else:
        strand(w, i, t)


@inline
def _turn_away(w, s, i, other, t, gave_up):
    """EV `i` leaves station `s` uncharged for its alternative; `gave_up`: as which outcome."""
    ev = w.evs[i]
    close_visit(w, i, t, gave_up)
    if other >= 0:
        ev.rerouted_from, ev.looking = s, 0
    send_on(w, i, other, t)


@inline
def patience_ends_ns(ev, other, t):
    """When an EV that joins the line at `t` leaves it; without an `other` way it never does."""
    if other == journey.STRANDED:
        return NEVER
    return max(t, min(t + ev.patience_ns, ev.deadline_ns))


@inline
def _key(w, station, ev):
    """The place in line that the discipline of the station gives an EV: the least goes first."""
    if station.discipline == PRIORITY:
        return ev.priority
    if station.discipline == SHORTEST_NEED:
        return w.visits[ev.row].need_kwh
    return 0.0


@inline
def turn_up(w, s, i, t):
    """EV `i` is at station `s`; returns whether it need not wait."""
    station = w.stations[s]
    measure.integrate(w, s, t)
    open_visit(w, i, s, t)
    measure.bin_now(w, s).arrivals += 1.0
    measure.tell(w, s, W_ARRIVAL, i, -1)
    return station.line_count == 0 and station.free > 0


@inline
def _cross(w, s, i, t):
    """EV `i`, just come to station `s`, goes to the other side of the road first."""
    ev, station = w.evs[i], w.stations[s]
    ev.side, ev.rerouted_from = station.opposite, s
    ev.due_ns, ev.beside_ns = t + station.cross_ns, w.clock[0].beside_ns
    w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)


@inline
def arrive(w, i, t):
    """EV `i` is at a station to charge: it plugs in, joins the line, or does not like the line; or
    it is guided to the other side, once a stop."""
    ev = w.evs[i]
    s = ev.side
    if s < 0:
        s = ev.place if ev.route < 0 else w.stops[w.routes[ev.route].start + ev.pos].station
        if ev.duty < 0 and journey.guides_across(w, w.stations[s]):
            _cross(w, s, i, t)
            return
    if turn_up(w, s, i, t):
        session.take(w, s, i, t)
        power.reshare(w, s, t)
        calendar.refresh(w, s)
    else:
        join(w, s, i, t)


@inline
def join(w, s, i, t):
    """EV `i` joins the line, or does not like it."""
    ev, station = w.evs[i], w.stations[s]
    other = journey.alternative(w, i)
    full = station.line_places >= 0 and station.line_count >= station.line_places
    if full or station.line_count >= ev.balk_per_evse * station.servers:
        if other >= 0:
            measure.bin_now(w, s).rerouted += 1.0
            measure.tell(w, s, W_REROUTE, i, -1)
            _turn_away(w, s, i, other, t, REROUTED)
            return
        if other == journey.DONE:
            measure.bin_now(w, s).balked += 1.0
            measure.tell(w, s, W_BALK, i, -1)
            _turn_away(w, s, i, other, t, BALKED)
            return
        if full:
            measure.tell(w, s, W_STRAND, i, -1)
            close_visit(w, i, t, STRANDED)
            w.clock[0].stranded += 1
            return
    line.join(station, w.evs, i, t, patience_ends_ns(ev, other, t), _key(w, station, ev))
    calendar.refresh(w, s)


@inline
def lose_patience(w, s, i, t):
    ev = w.evs[i]
    row = w.visits[ev.row]
    session.leave_line(w, s, i, t)
    outcome = SERVED_PARTLY if row.outcome == SERVED_PARTLY else RENEGED  # served before a cut
    if outcome == RENEGED:
        measure.bin_now(w, s).reneged += 1.0
    measure.tell(w, s, W_RENEGE, i, -1)
    other = journey.alternative(w, i)
    if other == journey.STRANDED:  # what it used in line cost it that: it goes as after a session
        close_visit(w, i, t, outcome)
        send_on(w, i, journey.next_leg(w, i), t)
    else:
        _turn_away(w, s, i, other, t, outcome)


@inline
def end_overstay(w, s, k, t):
    i = w.slots[k].ev
    session.unplug(w, s, k, t)
    outcome = w.visits[w.evs[i].row].outcome
    measure.tell(w, s, W_UNPLUG, i, k)
    close_visit(w, i, t, outcome)
    if w.stations[s].line_count > 0:
        session.call_line(w, s, t)
        power.reshare(w, s, t)
    send_on(w, i, journey.next_leg(w, i), t)
