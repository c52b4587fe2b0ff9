"""A station from one event to the next.

Every transition first completes the station's integrals up to now and then changes its state.
Before the next event the station settles: it calls its line, shares its power again if a charging
EV, its wish or a limit changed, and states anew what is due next.
"""

from math import inf

from sim.clock import NEVER, UNKNOWN
from sim.kernels import (
    calendar,
    errand,
    line,
    measure,
    power,
    presence,
    session,
    swap,
    visit,
)
from sim.kernels._jit import inline, jit, part, span
from sim.lifecycle import Change, Kind, Outcome, Slot, Watch

SESSION_END, UNPLUG, STATE = int(Kind.SESSION_END), int(Kind.UNPLUG), int(Kind.STATE)
POWER, NONE = int(Kind.POWER), int(Kind.NONE)
FREE, CHARGING, OVERSTAY = int(Slot.FREE), int(Slot.CHARGING), int(Slot.OVERSTAY)
PAIRED = int(Slot.PAIRED)
OPEN = int(Outcome.IN_SYSTEM_AT_END)
CAP, EVSE_UP = int(Change.CAP), int(Change.EVSE_UP)
W_CUT = int(Watch.CUT)


@inline
def set_cap(w, s, grid_kw, t):
    """The site cap of station `s` (grid side) is `grid_kw` from now on."""
    measure.integrate(w, s, t)
    calendar.touch(w, s)
    w.stations[s].grid_cap_kw, w.stations[s].shares = max(0.0, grid_kw), 1


@inline
def _note_cut(w, k, on, t, kwh):
    """The stay at EVSE `k` ends before its visit does."""
    clock, slot = w.clock[0], w.slots[k]
    own, stay = w.visiting[slot.driver], w.cuts[clock.cuts]
    own.cuts += 1
    stay.row, stay.slot, stay.partner, stay.kwh = own.row, k, slot.partner, kwh
    stay.plug_ns, stay.on_ns, stay.end_ns = slot.plug_ns, on, t
    clock.cuts += 1


@inline
def _cut(w, s, k, t):
    """The EV at EVSE `k`, which fails or whose partner does, goes to the head of the line with
    what it has."""
    slot = w.slots[k]
    d = slot.driver
    driver = w.drivers[d]
    on, kwh = t, driver.kwh
    if slot.state == CHARGING:
        on = slot.on_ns
        power.settle(w, k, t)
        session.stop_power(w, s, k, t)
    _note_cut(w, k, on, t, driver.kwh - kwh)
    session.unplug(w, s, k, t)
    patience_ns = visit.patience_ends_ns(driver, errand.alternative(w, driver), t)
    line.join(w.stations[s], w.drivers, d, t, patience_ns, -inf)
    measure.tell(w, s, W_CUT, d, k)


@jit
def set_evse(w, s, k, up, t):
    """EVSE `k` of station `s` fails or is repaired."""
    slot, station = w.slots[k], w.stations[s]
    if (slot.up != 0) == up:
        return
    measure.integrate(w, s, t)
    calendar.touch(w, s)
    slot.up = 1 if up else 0
    station.up += 1 if up else -1
    if slot.state == FREE:
        station.free += 1 if up else -1
    elif not up:
        at = slot.partner if slot.state == PAIRED else k
        if w.slots[at].state != OVERSTAY:
            _cut(w, s, at, t)


@inline
def settle(w, t):
    """All stations at which something happened at `t` are ready for the next event."""
    clock = w.clock[0]
    while clock.changed >= 0:
        s = clock.changed
        station = w.stations[s]
        clock.changed, station.changed = station.changed, calendar.SETTLED
        if station.bays > 0:
            swap.call_line(w, s, t)
        else:
            session.call_line(w, s, t)
        if station.shares:
            power.reshare(w, s, t)
        calendar.refresh(w, s)


@inline
def _apply_script(w, s, t):
    station = w.stations[s]
    change = w.script[station.script_next]
    station.script_next += 1
    if change.kind == CAP:
        set_cap(w, s, change.kw, t)
    else:
        set_evse(w, s, change.slot, change.kind == EVSE_UP, t)


@part
def happen(w, s):
    """Let happen what is due next at station `s`."""
    station = w.stations[s]
    t, kind, who = station.next_ns, station.next_kind, station.next_who
    measure.integrate(w, s, t)
    calendar.touch(w, s)
    if kind in (SESSION_END, UNPLUG, POWER):
        if w.slots[who].state == CHARGING:
            power.settle(w, who, t)
        w.clock[0].beside_ns = w.beside_ns[who]
    if kind == SESSION_END and station.bays > 0:
        swap.pack_is_full(w, s, who, t)
    elif kind == SESSION_END:
        session.end_session(w, s, who, t)
    elif kind == UNPLUG:
        visit.end_overstay(w, s, who, t)
    elif kind == STATE:
        _apply_script(w, s, t)
    elif kind == POWER:
        session.next_power(w, s, who, t)
    else:
        visit.lose_patience(w, s, who, t)


@inline
def begin(w):
    """Empty stations with all EVSEs in their given state."""
    for k in range(len(w.slots)):
        session.clear(w, k)
    for s in range(len(w.stations)):
        station = w.stations[s]
        station.line_head, station.line_tail, station.line_count = -1, -1, 0
        station.patience_ns, station.patience_who = NEVER, -1
        for k in span(station.slot_start, station.slot_end):
            station.up += w.slots[k].up
        station.free, station.busy_end = station.up, station.slot_start
        station.next_ns, station.next_kind = NEVER, NONE
        station.excess_kw, station.changed = -inf, calendar.SETTLED
    for i in range(len(w.evs)):
        if w.evs[i].rack >= 0:
            swap.put(w, i)
    calendar.build(w.tree, w.stations)
    for s in range(len(w.stations)):
        calendar.refresh(w, s)


@inline
def _finish_visit(w, d, t):
    """The row of a visit that is not over at `t`."""
    driver, own = w.drivers[d], w.visiting[d]
    leave_kwh = driver.kwh
    if driver.swapping >= 0:
        own.occupied_ns += t
    elif own.slot >= 0 and own.unplug_ns == UNKNOWN:
        slot = w.slots[own.slot]
        own.occupied_ns += t
        own.evse_ns += t if slot.partner < 0 else 2 * t
        if slot.state == CHARGING:
            power.settle(w, own.slot, t)
            own.charge_ns += t - slot.on_ns
            leave_kwh = w.kwh[own.slot]
    else:
        own.wait_ns += t - driver.line_since_ns
        session.draw_aux(w, d, t)
        leave_kwh = driver.kwh
    visit.write(w, d, UNKNOWN, leave_kwh, OPEN)


@inline
def finish(w, t):
    """Complete all integrals and open visits at the end of the run, `t`, and say where all EVs
    are."""
    clock = w.clock[0]
    for s in range(len(w.stations)):
        measure.integrate(w, s, t)
    for d in range(clock.drivers):
        if w.drivers[d].ev >= 0:
            if w.visiting[d].row >= 0:
                _finish_visit(w, d, t)
            presence.note(w, d)
