"""A session at an EVSE: plug in, handshake, power, end of power, unplug."""

import numpy as np

from sim.clock import HOUR, NEVER, UNKNOWN
from sim.kernels import curve, journey, line, measure, power
from sim.kernels._jit import inline, jit, once, span
from sim.lifecycle import Kind, Outcome, Slot, Watch

UNPLUG, POWER, NONE = int(Kind.UNPLUG), int(Kind.POWER), int(Kind.NONE)
FREE, HANDSHAKE, PAIRED = int(Slot.FREE), int(Slot.HANDSHAKE), int(Slot.PAIRED)
CHARGING, OVERSTAY = int(Slot.CHARGING), int(Slot.OVERSTAY)
SERVED, SERVED_PARTLY = np.int64(Outcome.SERVED), np.int64(Outcome.SERVED_PARTLY)
W_PLUG, W_END = np.int64(Watch.PLUG), np.int64(Watch.SESSION_END)


@inline
def clear(w, k):
    slot = w.slots[k]
    slot.state, slot.driver, slot.partner = FREE, 0, -1
    w.wanted_kw[k], w.kw[k] = 0.0, 0.0
    w.next_ns[k], w.next_kind[k] = NEVER, NONE


@once
def free_slot(w, s, vehicle):
    """The usable EVSE with the greatest limit for a vehicle; the lowest number of equals."""
    station = w.stations[s]
    most = w.profiles[vehicle, w.fastest[s, vehicle]].limit_kw
    best, limit = -1, -1.0
    for k in span(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.state == FREE and slot.up:
            own = w.profiles[vehicle, slot.evse_class].limit_kw
            if own == most:
                return k
            if own > limit:
                best, limit = k, own
    return best


@once
def free_partner(w, s, k):
    """The first usable free EVSE after `k` that is like it and in its cabinet; -1 if none."""
    first = w.slots[k]
    for n in span(k + 1, w.stations[s].slot_end):
        slot = w.slots[n]
        if slot.cabinet != first.cabinet:
            break
        if slot.state == FREE and slot.up and slot.evse_class == first.evse_class:
            return n
    return -1


@once
def free_pair(w, s, vehicle):
    """As `free_slot`, for a vehicle with two guns: an EVSE with a partner counts as doubled."""
    station = w.stations[s]
    best, partner, limit = -1, -1, -1.0
    for k in span(station.slot_start, station.slot_end):
        slot = w.slots[k]
        if slot.state == FREE and slot.up:
            other = free_partner(w, s, k)
            kind = slot.evse_class if other < 0 else w.double[slot.evse_class]
            own = w.profiles[vehicle, kind].limit_kw
            if own > limit:
                best, partner, limit = k, other, own
    return best, partner


@jit
def power_on(w, s, k, t):
    """The handshake at EVSE `k` is over."""
    slot = w.slots[k]
    driver = w.drivers[slot.driver]
    kind = slot.evse_class if slot.partner < 0 else w.double[slot.evse_class]
    profile = w.profiles[driver.vehicle, kind]
    slot.state, slot.on_ns, slot.ev_kw = CHARGING, t, driver.ev_kw
    w.since_ns[k], w.beside_ns[k], w.kwh[k] = t, w.clock[0].beside_ns, driver.kwh
    if driver.rack < 0:
        slot.limit_ns = max(t, min(t + w.stations[s].session_limit_ns, driver.deadline_ns))
        slot.goal_kwh = max(driver.kwh, journey.goal_kwh(w, driver, s))
    else:  # a pack is nobody's to send away
        slot.limit_ns, slot.goal_kwh = NEVER, max(driver.kwh, driver.target_kwh)
    slot.step = curve.step_at(w.steps, profile.start, profile.end, driver.kwh)
    slot.step_end = profile.end
    _want(w, s, k)
    if slot.goal_kwh <= driver.kwh:
        w.wanted_kw[k] = 0.0
    w.stations[s].wanted_kw += w.wanted_kw[k]  # until it is shared
    w.kw[k] = 0.0
    power.predict(w, k)


@inline
def _want(w, s, k):
    """What the step of its curve lets the EV at EVSE `k` take, and how far."""
    slot = w.slots[k]
    w.stations[s].shares = 1
    w.wanted_kw[k] = min(w.steps[slot.step].kw, slot.ev_kw)
    power.face_edge(w, k)


@once
def _pair(w, s, k, other, t):
    """The EV at EVSE `k` takes the `other` one too."""
    w.slots[k].partner = other
    second, station = w.slots[other], w.stations[s]
    second.state, second.driver, second.partner = PAIRED, w.slots[k].driver, k
    w.visiting[second.driver].evse_ns -= t
    station.occupied += 1
    station.free -= 1


@jit
def take(w, s, d, t):
    """Driver `d` plugs in at the best usable EVSE, or at two of them if the EV has two guns."""
    vehicle = w.drivers[d].vehicle
    k, other = -1, -1
    if w.guns[vehicle] == 2 and not journey.is_served(w, w.drivers[d]):
        k, other = free_pair(w, s, vehicle)
    else:
        k = free_slot(w, s, vehicle)
    plug(w, s, d, k, other, t)


@once
def plug(w, s, d, k, other, t):
    """Driver `d` takes EVSE `k`, and the `other` one (-1: none)."""
    slot, visit, station = w.slots[k], w.visiting[d], w.stations[s]
    if visit.cuts == 0:
        visit.plug_ns = t
    visit.slot, visit.partner = k, other
    visit.charge_end_ns, visit.unplug_ns = UNKNOWN, UNKNOWN
    visit.occupied_ns -= t  # + t when it unplugs
    visit.evse_ns -= t
    slot.driver, slot.plug_ns, w.beside_ns[k] = d, t, w.clock[0].beside_ns
    station.occupied += 1
    station.free -= 1
    station.busy_end = max(station.busy_end, k + 1, other + 1)
    if other >= 0:
        _pair(w, s, k, other, t)
    if station.handshake_ns > 0:
        slot.state = HANDSHAKE
        w.next_ns[k], w.next_kind[k] = t + station.handshake_ns, POWER
    else:
        power_on(w, s, k, t)
    measure.tell(w, s, W_PLUG, d, k)


@inline
def draw_aux(w, d, t):
    """What an EV in line took from its battery since it joined."""
    driver, visit = w.drivers[d], w.visiting[d]
    if driver.aux_kw > 0.0:
        kwh = max(0.0, driver.kwh - driver.aux_kw * ((t - driver.line_since_ns) / HOUR))
        visit.aux_kwh += driver.kwh - kwh
        driver.kwh = kwh


@inline
def leave_line(w, s, d, t):
    visit = w.visiting[d]
    line.leave(w.stations[s], w.drivers, d)
    visit.wait_ns += t - w.drivers[d].line_since_ns
    draw_aux(w, d, t)


@once
def call_line(w, s, t):
    """While an EVSE is usable and somebody waits, the head of the line plugs in."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        d = station.line_head
        leave_line(w, s, d, t)
        take(w, s, d, t)


@inline
def stop_power(w, s, k, t):
    """Power at EVSE `k` ends; the battery is up to date."""
    slot = w.slots[k]
    driver, visit = w.drivers[slot.driver], w.visiting[slot.driver]
    w.stations[s].shares = 1
    visit.charge_end_ns = t
    visit.charge_ns += t - slot.on_ns
    if w.kwh[k] > driver.kwh:
        visit.outcome = SERVED_PARTLY  # whatever becomes of it now
    driver.kwh = w.kwh[k]
    if w.kw[k] > 0.0:
        w.stations[s].charging -= 1 if slot.partner < 0 else 2
    w.wanted_kw[k], w.kw[k] = 0.0, 0.0


@once
def _free_partner_of(w, s, k, t):
    station, other = w.stations[s], w.slots[k].partner
    w.visiting[w.slots[k].driver].evse_ns += t
    station.occupied -= 1
    if w.slots[other].up:
        station.free += 1
    clear(w, other)


@inline
def unplug(w, s, k, t):
    """The EV leaves EVSE `k` and its partner (but not yet the station)."""
    slot, station = w.slots[k], w.stations[s]
    visit = w.visiting[slot.driver]
    if slot.partner >= 0:
        _free_partner_of(w, s, k, t)
    visit.unplug_ns = t
    visit.occupied_ns += t
    visit.evse_ns += t
    station.occupied -= 1
    if slot.up:
        station.free += 1
    clear(w, k)
    while station.busy_end > station.slot_start and w.slots[station.busy_end - 1].state == FREE:
        station.busy_end -= 1


@once
def end_session(w, s, k, t):
    slot = w.slots[k]
    driver = w.drivers[slot.driver]
    stop_power(w, s, k, t)
    w.visiting[slot.driver].outcome = SERVED if w.reached[k] else SERVED_PARTLY
    slot.state = OVERSTAY
    ends = min(t + driver.overstay_ns, driver.deadline_ns)
    w.next_ns[k], w.next_kind[k] = max(t, ends), UNPLUG
    measure.tell(w, s, W_END, slot.driver, k)


@once
def next_power(w, s, k, t):
    """Handshake over, or the next step of the curve."""
    if w.slots[k].state == HANDSHAKE:
        power_on(w, s, k, t)
    else:
        w.slots[k].step += 1
        _want(w, s, k)
        power.predict(w, k)
