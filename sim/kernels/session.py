"""A session at an EVSE: plug in, handshake, power, end of power, unplug."""

from math import inf, nan

from sim.kernels import curve, journey, line, measure, power
from sim.kernels._jit import inline
from sim.lifecycle import Kind, Outcome, Slot, Watch

UNPLUG, POWER, NONE = int(Kind.UNPLUG), int(Kind.POWER), int(Kind.NONE)
FREE, HANDSHAKE = int(Slot.FREE), int(Slot.HANDSHAKE)
CHARGING, OVERSTAY = int(Slot.CHARGING), int(Slot.OVERSTAY)
SERVED, SERVED_PARTLY = int(Outcome.SERVED), int(Outcome.SERVED_PARTLY)
W_PLUG, W_END = int(Watch.PLUG), int(Watch.SESSION_END)


@inline
def clear(slot):
    slot.state, slot.ev = FREE, -1
    slot.wanted_kw, slot.kw = 0.0, 0.0
    slot.next_h, slot.next_kind = inf, NONE


@inline
def free_slot(w, s, vehicle):
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
def power_on(w, s, k, t):
    """The handshake at EVSE `k` is over."""
    slot = w.slots[k]
    ev = w.evs[slot.ev]
    profile = w.profiles[ev.vehicle, slot.evse_class]
    slot.state = CHARGING
    slot.on_h, slot.since_h, slot.kwh = t, t, ev.kwh
    slot.limit_h = max(t, min(t + w.stations[s].session_limit_h, ev.deadline_h))
    slot.goal_kwh = max(ev.kwh, journey.goal_kwh(w, ev, s))
    slot.step = curve.step_at(w.steps, profile.start, profile.end, ev.kwh)
    slot.step_end = profile.end
    wanted_kw = min(w.steps[slot.step].kw, ev.ev_kw)
    slot.wanted_kw = wanted_kw if slot.goal_kwh > ev.kwh else 0.0
    slot.kw = 0.0
    power.predict(w, slot)


@inline
def plug(w, s, i, k, t):
    """EV `i` takes EVSE `k`."""
    slot, ev, station = w.slots[k], w.evs[i], w.stations[s]
    row = w.visits[ev.row]
    if row.cuts == 0:
        row.plug_h = t
    row.slot, row.unplug_h = k, nan
    row.occupied_h -= t  # + t when it unplugs
    slot.ev, ev.slot = i, k
    station.occupied += 1
    station.free -= 1
    if station.handshake_h > 0.0:
        slot.state = HANDSHAKE
        slot.next_h, slot.next_kind = t + station.handshake_h, POWER
    else:
        power_on(w, s, k, t)
    measure.tell(w, s, W_PLUG, i, k)


@inline
def call_line(w, s, t):
    """While an EVSE is usable and somebody waits, the head of the line plugs in."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        i = station.line_head
        ev = w.evs[i]
        line.leave(station, w.evs, i)
        w.visits[ev.row].wait_h += t - ev.line_since_h
        plug(w, s, i, free_slot(w, s, ev.vehicle), t)


@inline
def stop_power(w, k, t):
    """Power at EVSE `k` ends; the battery is up to date."""
    slot = w.slots[k]
    row = w.visits[w.evs[slot.ev].row]
    row.charge_end_h = t
    row.charge_h += t - slot.on_h
    w.evs[slot.ev].kwh = slot.kwh
    slot.wanted_kw, slot.kw = 0.0, 0.0


@inline
def unplug(w, s, k, t):
    """The EV leaves EVSE `k` (but not yet the station)."""
    slot, station = w.slots[k], w.stations[s]
    row = w.visits[w.evs[slot.ev].row]
    row.unplug_h = t
    row.occupied_h += t
    w.evs[slot.ev].slot = -1
    station.occupied -= 1
    if slot.up:
        station.free += 1
    clear(slot)


@inline
def end_session(w, s, k, t):
    slot = w.slots[k]
    if slot.reached:
        slot.kwh = slot.goal_kwh
        slot.since_h = t
    else:
        power.settle(slot, t)
    stop_power(w, k, t)
    ev = w.evs[slot.ev]
    w.visits[ev.row].outcome = SERVED if slot.reached else SERVED_PARTLY
    slot.state = OVERSTAY
    slot.next_h, slot.next_kind = max(t, min(t + ev.overstay_h, ev.deadline_h)), UNPLUG
    measure.tell(w, s, W_END, slot.ev, k)
    power.reshare(w, s, t)


@inline
def next_power(w, s, k, t):
    """Handshake over, or the next step of the curve."""
    slot = w.slots[k]
    if slot.state == HANDSHAKE:
        power_on(w, s, k, t)
    else:
        slot.kwh, slot.since_h = w.steps[slot.step].end_kwh, t
        slot.step += 1
        slot.wanted_kw = min(w.steps[slot.step].kw, w.evs[slot.ev].ev_kw)
        power.predict(w, slot)
    power.reshare(w, s, t)
