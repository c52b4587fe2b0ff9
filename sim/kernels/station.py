"""What happens at a station: arrive, plug, share power, end, unplug, give up, change.

Every transition first completes the station's integrals up to now, then changes its state, then
shares its power again if a charging EV, its wish or a limit changed, and finally states anew what
is due next (`refresh`).
"""

from math import inf, nan

from sim.kernels import calendar, curve, journey, line, share
from sim.kernels._jit import inline
from sim.lifecycle import Change, Kind, Outcome, Slot, Watch

SESSION_END, UNPLUG, STATE = int(Kind.SESSION_END), int(Kind.UNPLUG), int(Kind.STATE)
POWER, PATIENCE, NONE = int(Kind.POWER), int(Kind.PATIENCE), int(Kind.NONE)
FREE, HANDSHAKE = int(Slot.FREE), int(Slot.HANDSHAKE)
CHARGING, OVERSTAY = int(Slot.CHARGING), int(Slot.OVERSTAY)
OPEN, SERVED, SERVED_PARTLY = (
    int(Outcome.IN_SYSTEM_AT_END), int(Outcome.SERVED), int(Outcome.SERVED_PARTLY),
)  # fmt: skip
BALKED, RENEGED = int(Outcome.BALKED), int(Outcome.RENEGED)
REROUTED, STRANDED = int(Outcome.REROUTED), int(Outcome.STRANDED)
CAP, EVSE_DOWN, EVSE_UP = int(Change.CAP), int(Change.EVSE_DOWN), int(Change.EVSE_UP)
W_ARRIVAL, W_PLUG, W_END = int(Watch.ARRIVAL), int(Watch.PLUG), int(Watch.SESSION_END)
W_UNPLUG, W_BALK, W_RENEGE = int(Watch.UNPLUG), int(Watch.BALK), int(Watch.RENEGE)
W_REROUTE, W_STRAND, W_CUT = int(Watch.REROUTE), int(Watch.STRAND), int(Watch.CUT)


# ---- seeing and measuring -----------------------------------------------------------------


@inline
def tell(w, s, what, i, slot):
    """Note an event that a SimPy process waits for."""
    if s >= 0 and (w.stations[s].watch >> what) & 1:
        clock = w.clock[0]
        if clock.hits < len(w.hits):
            hit = w.hits[clock.hits]
            hit.what, hit.station, hit.ev, hit.slot = what, s, i, slot
            clock.hits += 1


@inline
def bin_at(w, s, t):
    """The bin of station `s` that holds time `t`."""
    return w.bins[s, min(int(t / w.clock[0].bin_h), w.clock[0].bins - 1)]


@inline
def integrate(w, s, t):
    """Complete the integrals of station `s` up to `t`; its state was constant since the last."""
    station = w.stations[s]
    width, last = w.clock[0].bin_h, w.clock[0].bins - 1
    at = station.since_h
    if t <= at:
        return
    station.since_h = t
    b = min(int(at / width), last)
    while True:
        end = t if b == last else min(t, (b + 1) * width)
        dt = end - at
        if dt > 0.0:
            cell = w.bins[s, b]
            cell.queue_h += station.line_count * dt
            cell.queue_max = max(cell.queue_max, float(station.line_count))
            cell.occupied_h += station.occupied * dt
            cell.up_h += station.up * dt
            cell.charging_h += station.charging * dt
            cell.energy_kwh += station.power_kw * dt
            cell.power_max_kw = max(cell.power_max_kw, station.power_kw)
            cell.curtailed_kwh += (station.wanted_kw - station.power_kw) * dt
        if end >= t:
            return
        at = end
        b += 1


# ---- power --------------------------------------------------------------------------------


@inline
def settle(slot, t):
    """Bring the battery at a charging EVSE up to date."""
    slot.kwh += slot.kw * (t - slot.since_h)
    slot.since_h = t


@inline
def _predict(w, slot):
    """When a charging EVSE's power will end or change by itself, given its present power."""
    edge = w.steps[slot.step].end_kwh
    last = slot.step == slot.step_end - 1 or edge >= slot.goal_kwh
    left = (slot.goal_kwh if last else edge) - slot.kwh
    due = slot.since_h
    if left > 0.0:
        due = due + left / slot.kw if slot.kw > 0.0 else inf
    slot.next_h, slot.next_kind, slot.reached = due, (SESSION_END if last else POWER), last
    if slot.limit_h < due or (slot.limit_h == due and not last):
        slot.next_h, slot.next_kind, slot.reached = slot.limit_h, SESSION_END, False


@inline
def reshare(w, s, t):
    """Share the power of station `s` again; only EVs whose power changes are touched."""
    station = w.stations[s]
    start, end = station.slot_start, station.slot_end
    share.share(
        w.slots, start, end, w.cabinet_kw, station.grid_cap_kw * station.efficiency, w.scratch
    )
    power, wanted, charging = 0.0, 0.0, 0
    for k in range(start, end):
        slot = w.slots[k]
        if slot.state != CHARGING:
            continue
        kw = w.scratch[k - start]
        if kw != slot.kw:
            settle(slot, t)
            slot.kw = kw
            _predict(w, slot)
        power += kw
        wanted += slot.wanted_kw
        if kw > 0.0:
            charging += 1
    station.power_kw, station.wanted_kw, station.charging = power, wanted, charging


@inline
def refresh(w, s):
    """State what is due next at station `s`, and tell the calendar."""
    station = w.stations[s]
    due, kind, who = inf, NONE, -1
    for k in range(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.next_h < due or (slot.next_h == due and slot.next_kind < kind):
            due, kind, who = slot.next_h, slot.next_kind, k
    if station.script_next < station.script_end:
        time = w.script[station.script_next].time_h
        if time < due or (time == due and kind > STATE):
            due, kind, who = time, STATE, -1
    if station.patience_h < due or (station.patience_h == due and kind > PATIENCE):
        due, kind, who = station.patience_h, PATIENCE, station.patience_ev
    if due == inf:
        kind, who = NONE, -1
    station.next_h, station.next_kind, station.next_who = due, kind, who
    calendar.replay(w.tree, w.stations, s)


# ---- sessions -----------------------------------------------------------------------------


@inline
def _free_slot(w, s, vehicle):
    """The usable EVSE with the greatest limit for a vehicle; the lowest number of equals."""
    station = w.stations[s]
    best, limit = -1, -1.0
    for k in range(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.state == FREE and slot.up:
            own = w.profiles[vehicle, slot.evse_class].limit_kw
            if own > limit:
                best, limit = k, own
    return best


@inline
def _power_on(w, s, k, t):
    """The handshake at EVSE `k` is over."""
    slot = w.slots[k]
    ev = w.evs[slot.ev]
    profile = w.profiles[ev.vehicle, slot.evse_class]
    slot.state = CHARGING
    slot.on_h, slot.since_h, slot.kwh = t, t, ev.kwh
    slot.limit_h = t + w.stations[s].session_limit_h
    slot.goal_kwh = max(ev.kwh, journey.goal_kwh(w, ev, s))
    slot.step = curve.step_at(w.steps, profile.start, profile.end, ev.kwh)
    slot.step_end = profile.end
    slot.wanted_kw = w.steps[slot.step].kw if slot.goal_kwh > ev.kwh else 0.0
    slot.kw = 0.0
    _predict(w, slot)


@inline
def _plug(w, s, i, k, t):
    """EV `i` takes EVSE `k`."""
    slot, ev, station = w.slots[k], w.evs[i], w.stations[s]
    visit = w.visits[ev.row]
    if visit.cuts == 0:
        visit.plug_h = t
    visit.slot = k
    visit.occupied_h -= t  # + t when it unplugs
    slot.ev, ev.slot = i, k
    station.occupied += 1
    station.free -= 1
    if station.handshake_h > 0.0:
        slot.state = HANDSHAKE
        slot.next_h, slot.next_kind = t + station.handshake_h, POWER
    else:
        _power_on(w, s, k, t)
    tell(w, s, W_PLUG, i, k)


@inline
def _call_line(w, s, t):
    """While an EVSE is usable and somebody waits, the head of the line plugs in."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        i = station.line_head
        ev = w.evs[i]
        line.leave(station, w.evs, i)
        w.visits[ev.row].wait_h += t - ev.line_since_h
        _plug(w, s, i, _free_slot(w, s, ev.vehicle), t)


@inline
def _clear(slot):
    slot.state, slot.ev = FREE, -1
    slot.wanted_kw, slot.kw = 0.0, 0.0
    slot.next_h, slot.next_kind = inf, NONE


@inline
def _stop_power(w, k, t):
    """Power at EVSE `k` ends; the battery is up to date."""
    slot = w.slots[k]
    visit = w.visits[w.evs[slot.ev].row]
    visit.charge_end_h = t
    visit.charge_h += t - slot.on_h
    w.evs[slot.ev].kwh = slot.kwh
    slot.wanted_kw, slot.kw = 0.0, 0.0


@inline
def _unplug(w, s, k, t):
    """The EV leaves EVSE `k` (but not yet the station)."""
    slot, station = w.slots[k], w.stations[s]
    visit = w.visits[w.evs[slot.ev].row]
    visit.unplug_h = t
    visit.occupied_h += t
    w.evs[slot.ev].slot = -1
    station.occupied -= 1
    if slot.up:
        station.free += 1
    _clear(slot)


# ---- visits -------------------------------------------------------------------------------


@inline
def _open_visit(w, i, s, t):
    """A new row for EV `i`; `s` = -1 for an EV stranded on the road."""
    ev = w.evs[i]
    ev.row = w.clock[0].rows
    w.clock[0].rows += 1
    visit = w.visits[ev.row]
    visit.ev, visit.station, visit.slot, visit.vehicle = i, s, -1, ev.vehicle
    visit.arrival_h, visit.leave_h = t, nan
    visit.plug_h, visit.charge_end_h, visit.unplug_h = nan, nan, nan
    visit.wait_h, visit.charge_h, visit.occupied_h = 0.0, 0.0, 0.0
    visit.arrival_kwh, visit.leave_kwh = ev.kwh, ev.kwh
    visit.need_kwh = max(0.0, journey.goal_kwh(w, ev, s) - ev.kwh) if s >= 0 else 0.0
    visit.outcome, visit.rerouted_from, visit.cuts = OPEN, ev.rerouted_from, 0
    ev.rerouted_from = -1


@inline
def _close_visit(w, i, t, outcome):
    ev = w.evs[i]
    visit = w.visits[ev.row]
    visit.leave_h, visit.leave_kwh, visit.outcome = t, ev.kwh, outcome
    ev.row = -1


@inline
def strand(w, i, t):
    """EV `i` can go nowhere from where it is on the road."""
    _open_visit(w, i, -1, t)
    _close_visit(w, i, t, STRANDED)
    w.clock[0].stranded += 1


@inline
def send_on(w, i, j, t):
    """EV `i` leaves for stop `j`, for its destination, or cannot."""
    if j >= 0:
        journey.drive_to(w, i, j, t)
        w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)
    elif j == journey.DONE:
        w.clock[0].arrived += 1
    else:
        strand(w, i, t)


@inline
def _turn_away(w, s, i, other, t, gave_up):
    """EV `i` leaves station `s` uncharged for its alternative; `gave_up`: as which outcome."""
    ev = w.evs[i]
    _close_visit(w, i, t, gave_up)
    if other >= 0:
        ev.rerouted_from, ev.looking = s, 0
    send_on(w, i, other, t)


@inline
def arrive(w, i, t):
    """EV `i` is at a station to charge: it plugs in, joins the line, or does not like the line."""
    ev = w.evs[i]
    s = ev.place if ev.route < 0 else w.stops[w.routes[ev.route].start + ev.pos].station
    station = w.stations[s]
    integrate(w, s, t)
    _open_visit(w, i, s, t)
    bin_at(w, s, t).arrivals += 1.0
    tell(w, s, W_ARRIVAL, i, -1)
    if station.line_count == 0 and station.free > 0:
        _plug(w, s, i, _free_slot(w, s, ev.vehicle), t)
        reshare(w, s, t)
        refresh(w, s)
        return
    other = journey.alternative(w, i)
    full = station.line_places >= 0 and station.line_count >= station.line_places
    if full or station.line_count >= ev.balk_per_evse * (station.slot_end - station.slot_start):
        if other >= 0:
            bin_at(w, s, t).rerouted += 1.0
            tell(w, s, W_REROUTE, i, -1)
            _turn_away(w, s, i, other, t, REROUTED)
            return
        if other == journey.DONE:
            bin_at(w, s, t).balked += 1.0
            tell(w, s, W_BALK, i, -1)
            _turn_away(w, s, i, other, t, BALKED)
            return
        if full:
            tell(w, s, W_STRAND, i, -1)
            _close_visit(w, i, t, STRANDED)
            w.clock[0].stranded += 1
            return
    patience_ends = t + ev.patience_h if other != journey.STRANDED else inf
    line.join(station, w.evs, i, t, patience_ends, False)
    refresh(w, s)


# ---- what is due at a station -------------------------------------------------------------


@inline
def _end_session(w, s, k, t):
    slot = w.slots[k]
    if slot.reached:
        slot.kwh = slot.goal_kwh
        slot.since_h = t
    else:
        settle(slot, t)
    _stop_power(w, k, t)
    ev = w.evs[slot.ev]
    w.visits[ev.row].outcome = SERVED if slot.reached else SERVED_PARTLY
    slot.state = OVERSTAY
    slot.next_h, slot.next_kind = t + ev.overstay_h, UNPLUG
    tell(w, s, W_END, slot.ev, k)
    reshare(w, s, t)


@inline
def _end_overstay(w, s, k, t):
    i = w.slots[k].ev
    _unplug(w, s, k, t)
    outcome = w.visits[w.evs[i].row].outcome
    tell(w, s, W_UNPLUG, i, k)
    _close_visit(w, i, t, outcome)
    if w.stations[s].line_count > 0:
        _call_line(w, s, t)
        reshare(w, s, t)
    send_on(w, i, journey.next_leg(w, i), t)


@inline
def _next_power(w, s, k, t):
    """Handshake over, or the next step of the curve."""
    slot = w.slots[k]
    if slot.state == HANDSHAKE:
        _power_on(w, s, k, t)
    else:
        slot.kwh, slot.since_h = w.steps[slot.step].end_kwh, t
        slot.step += 1
        slot.wanted_kw = w.steps[slot.step].kw
        _predict(w, slot)
    reshare(w, s, t)


@inline
def _lose_patience(w, s, i, t):
    ev = w.evs[i]
    visit = w.visits[ev.row]
    line.leave(w.stations[s], w.evs, i)
    visit.wait_h += t - ev.line_since_h
    outcome = RENEGED if ev.kwh <= visit.arrival_kwh else SERVED_PARTLY
    if outcome == RENEGED:
        bin_at(w, s, t).reneged += 1.0
    tell(w, s, W_RENEGE, i, -1)
    _turn_away(w, s, i, journey.alternative(w, i), t, outcome)


@inline
def set_cap(w, s, grid_kw, t):
    """The site cap of station `s` (grid side) is `grid_kw` from now on."""
    integrate(w, s, t)
    w.stations[s].grid_cap_kw = max(0.0, grid_kw)
    reshare(w, s, t)
    refresh(w, s)


@inline
def _cut(w, s, k, t):
    """EVSE `k` fails under its EV, which goes to the head of the line with what it has."""
    slot = w.slots[k]
    i = slot.ev
    if slot.state == CHARGING:
        settle(slot, t)
        _stop_power(w, k, t)
    w.visits[w.evs[i].row].cuts += 1
    _unplug(w, s, k, t)
    other = journey.alternative(w, i)
    patience_ends = t + w.evs[i].patience_h if other != journey.STRANDED else inf
    line.join(w.stations[s], w.evs, i, t, patience_ends, True)
    tell(w, s, W_CUT, i, k)


@inline
def set_evse(w, s, k, up, t):
    """EVSE `k` of station `s` fails or is repaired."""
    slot, station = w.slots[k], w.stations[s]
    if (slot.up != 0) == up:
        return
    integrate(w, s, t)
    slot.up = 1 if up else 0
    station.up += 1 if up else -1
    if slot.state == FREE:
        station.free += 1 if up else -1
    elif not up and slot.state != OVERSTAY:
        _cut(w, s, k, t)
    _call_line(w, s, t)
    reshare(w, s, t)
    refresh(w, s)


@inline
def _apply_script(w, s, t):
    station = w.stations[s]
    change = w.script[station.script_next]
    station.script_next += 1
    if change.kind == CAP:
        set_cap(w, s, change.kw, t)
    else:
        set_evse(w, s, change.slot, change.kind == EVSE_UP, t)


@inline
def happen(w, s):
    """Let happen what is due next at station `s`."""
    station = w.stations[s]
    t, kind, who = station.next_h, station.next_kind, station.next_who
    integrate(w, s, t)
    if kind == SESSION_END:
        _end_session(w, s, who, t)
    elif kind == UNPLUG:
        _end_overstay(w, s, who, t)
    elif kind == STATE:
        _apply_script(w, s, t)
    elif kind == POWER:
        _next_power(w, s, who, t)
    else:
        _lose_patience(w, s, who, t)
    refresh(w, s)


# ---- beginning and end of a run -----------------------------------------------------------


@inline
def begin(w):
    """Empty stations with all EVSEs in their given state."""
    for k in range(len(w.slots)):
        _clear(w.slots[k])
    for s in range(len(w.stations)):
        station = w.stations[s]
        station.line_head, station.line_tail, station.line_count = -1, -1, 0
        station.patience_h, station.patience_ev = inf, -1
        for k in range(station.slot_start, station.slot_end):
            station.up += w.slots[k].up
        station.free = station.up
        station.next_h, station.next_kind = inf, NONE
    calendar.build(w.tree, w.stations)
    for s in range(len(w.stations)):
        refresh(w, s)


@inline
def finish(w, t):
    """Complete all integrals and open visits at the end of the run, `t`."""
    for s in range(len(w.stations)):
        integrate(w, s, t)
        station = w.stations[s]
        i = station.line_head
        while i >= 0:
            visit = w.visits[w.evs[i].row]
            visit.wait_h += t - w.evs[i].line_since_h
            visit.leave_kwh = w.evs[i].kwh
            i = w.evs[i].behind
    for k in range(len(w.slots)):
        slot = w.slots[k]
        if slot.state == FREE:
            continue
        visit = w.visits[w.evs[slot.ev].row]
        visit.occupied_h += t
        visit.outcome = OPEN
        visit.leave_kwh = w.evs[slot.ev].kwh
        if slot.state == CHARGING:
            settle(slot, t)
            visit.charge_h += t - slot.on_h
            visit.leave_kwh = slot.kwh
