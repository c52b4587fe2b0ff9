"""A session at an EVSE: plug in, handshake, power, end of power, unplug."""

from sim.clock import HOUR, NEVER, UNKNOWN
from sim.kernels import curve, journey, line, measure, power
from sim.kernels._jit import inline
from sim.lifecycle import Kind, Outcome, Slot, Watch

UNPLUG, POWER, NONE = int(Kind.UNPLUG), int(Kind.POWER), int(Kind.NONE)
FREE, HANDSHAKE, PAIRED = int(Slot.FREE), int(Slot.HANDSHAKE), int(Slot.PAIRED)
CHARGING, OVERSTAY = int(Slot.CHARGING), int(Slot.OVERSTAY)
SERVED, SERVED_PARTLY = int(Outcome.SERVED), int(Outcome.SERVED_PARTLY)
W_PLUG, W_END = int(Watch.PLUG), int(Watch.SESSION_END)


@inline
def clear(slot):
    slot.state, slot.ev, slot.partner = FREE, -1, -1
    slot.wanted_kw, slot.kw = 0.0, 0.0
    slot.next_ns, slot.next_kind = NEVER, NONE


@inline
def free_slot(w, s, vehicle):
    """The usable EVSE with the greatest limit for a vehicle; the lowest number of equals."""
    station = w.stations[s]
    most = w.profiles[vehicle, w.fastest[s, vehicle]].limit_kw
    best, limit = -1, -1.0
    for k in range(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.state == FREE and slot.up:
            own = w.profiles[vehicle, slot.evse_class].limit_kw
            if own == most:
                return k
            if own > limit:
                best, limit = k, own
    return best


@inline
def free_partner(w, s, k):
    """The first usable free EVSE after `k` that is like it and in its cabinet; -1 if none."""
    first = w.slots[k]
    for n in range(k + 1, w.stations[s].slot_end):
        slot = w.slots[n]
        if slot.cabinet != first.cabinet:
            break
        if slot.state == FREE and slot.up and slot.evse_class == first.evse_class:
            return n
    return -1


@inline
def free_pair(w, s, vehicle):
    """As `free_slot`, for a vehicle with two guns: an EVSE with a partner counts as doubled."""
    station = w.stations[s]
    best, partner, limit = -1, -1, -1.0
    for k in range(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.state == FREE and slot.up:
            other = free_partner(w, s, k)
            kind = slot.evse_class if other < 0 else w.double[slot.evse_class]
            own = w.profiles[vehicle, kind].limit_kw
            if own > limit:
                best, partner, limit = k, other, own
    return best, partner


@inline
def power_on(w, s, k, t):
    """The handshake at EVSE `k` is over."""
    slot = w.slots[k]
    ev = w.evs[slot.ev]
    kind = slot.evse_class if slot.partner < 0 else w.double[slot.evse_class]
    profile = w.profiles[ev.vehicle, kind]
    slot.state = CHARGING
    slot.on_ns, slot.since_ns, slot.kwh = t, t, ev.kwh
    slot.beside_ns = w.clock[0].beside_ns
    if ev.rack < 0:
        slot.limit_ns = max(t, min(t + w.stations[s].session_limit_ns, ev.deadline_ns))
        slot.goal_kwh = max(ev.kwh, journey.goal_kwh(w, ev, s))
    else:  # a pack is nobody's to send away
        slot.limit_ns, slot.goal_kwh = NEVER, max(ev.kwh, ev.target_kwh)
    slot.step = curve.step_at(w.steps, profile.start, profile.end, ev.kwh)
    slot.step_end = profile.end
    wanted_kw = min(w.steps[slot.step].kw, ev.ev_kw)
    slot.wanted_kw = wanted_kw if slot.goal_kwh > ev.kwh else 0.0
    w.stations[s].wanted_kw += slot.wanted_kw  # until it is shared
    slot.kw = 0.0
    power.predict(w, slot)


@inline
def _pair(w, s, k, other, t):
    """The EV at EVSE `k` takes the `other` one too."""
    w.slots[k].partner = other
    second, station = w.slots[other], w.stations[s]
    second.state, second.ev, second.partner = PAIRED, w.slots[k].ev, k
    w.visits[w.evs[second.ev].row].evse_ns -= t
    station.occupied += 1
    station.free -= 1


@inline
def take(w, s, i, t):
    """EV `i` plugs in at the best usable EVSE, or at two of them if it has two guns."""
    ev = w.evs[i]
    k, other = -1, -1
    if w.guns[ev.vehicle] == 2 and not journey.is_served(w, ev):
        k, other = free_pair(w, s, ev.vehicle)
    else:
        k = free_slot(w, s, ev.vehicle)
    plug(w, s, i, k, other, t)


@inline
def plug(w, s, i, k, other, t):
    """EV `i` takes EVSE `k`, and the `other` one (-1: none)."""
    slot, ev, station = w.slots[k], w.evs[i], w.stations[s]
    row = w.visits[ev.row]
    if row.cuts == 0:
        row.plug_ns = t
    row.slot, row.partner = k, other
    row.charge_end_ns, row.unplug_ns = UNKNOWN, UNKNOWN
    row.occupied_ns -= t  # + t when it unplugs
    row.evse_ns -= t
    slot.ev, ev.slot, slot.plug_ns, slot.beside_ns = i, k, t, w.clock[0].beside_ns
    station.occupied += 1
    station.free -= 1
    station.busy_end = max(station.busy_end, k + 1, other + 1)
    if other >= 0:
        _pair(w, s, k, other, t)
    if station.handshake_ns > 0:
        slot.state = HANDSHAKE
        slot.next_ns, slot.next_kind = t + station.handshake_ns, POWER
    else:
        power_on(w, s, k, t)
    measure.tell(w, s, W_PLUG, i, k)


@inline
def draw_aux(ev, row, t):
    """What an EV in line took from its battery since it joined."""
    if ev.aux_kw > 0.0:
        kwh = max(0.0, ev.kwh - ev.aux_kw * ((t - ev.line_since_ns) / HOUR))
        row.aux_kwh += ev.kwh - kwh
        ev.kwh = kwh


@inline
def leave_line(w, s, i, t):
    ev = w.evs[i]
    row = w.visits[ev.row]
    line.leave(w.stations[s], w.evs, i)
    row.wait_ns += t - ev.line_since_ns
    draw_aux(ev, row, t)


@inline
def call_line(w, s, t):
    """While an EVSE is usable and somebody waits, the head of the line plugs in."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        i = station.line_head
        leave_line(w, s, i, t)
        take(w, s, i, t)


@inline
def stop_power(w, k, t):
    """Power at EVSE `k` ends; the battery is up to date."""
    slot = w.slots[k]
    ev = w.evs[slot.ev]
    row = w.visits[ev.row]
    row.charge_end_ns = t
    row.charge_ns += t - slot.on_ns
    if slot.kwh > ev.kwh:
        row.outcome = SERVED_PARTLY  # whatever becomes of it now
    ev.kwh = slot.kwh
    slot.wanted_kw, slot.kw = 0.0, 0.0


@inline
def _free_partner_of(w, s, k, t):
    station, second = w.stations[s], w.slots[w.slots[k].partner]
    w.visits[w.evs[second.ev].row].evse_ns += t
    station.occupied -= 1
    if second.up:
        station.free += 1
    clear(second)


@inline
def unplug(w, s, k, t):
    """The EV leaves EVSE `k` and its partner (but not yet the station)."""
    slot, station = w.slots[k], w.stations[s]
    row = w.visits[w.evs[slot.ev].row]
    if slot.partner >= 0:
        _free_partner_of(w, s, k, t)
    row.unplug_ns = t
    row.occupied_ns += t
    row.evse_ns += t
    w.evs[slot.ev].slot = -1
    station.occupied -= 1
    if slot.up:
        station.free += 1
    clear(slot)
    while station.busy_end > station.slot_start and w.slots[station.busy_end - 1].state == FREE:
        station.busy_end -= 1


@inline
def end_session(w, s, k, t):
    slot = w.slots[k]
    stop_power(w, k, t)
    ev = w.evs[slot.ev]
    w.visits[ev.row].outcome = SERVED if slot.reached else SERVED_PARTLY
    slot.state = OVERSTAY
    slot.next_ns, slot.next_kind = max(t, min(t + ev.overstay_ns, ev.deadline_ns)), UNPLUG
    measure.tell(w, s, W_END, slot.ev, k)
    power.reshare(w, s, t)


@inline
def next_power(w, s, k, t):
    """Handshake over, or the next step of the curve."""
    slot = w.slots[k]
    if slot.state == HANDSHAKE:
        power_on(w, s, k, t)
    else:
        slot.step += 1
        slot.wanted_kw = min(w.steps[slot.step].kw, w.evs[slot.ev].ev_kw)
        power.predict(w, slot)
    power.reshare(w, s, t)
