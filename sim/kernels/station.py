"""A station from one event to the next.

Every transition first completes the station's integrals up to now, then changes its state, then
shares its power again if a charging EV, its wish or a limit changed, and finally states anew what
is due next.
"""

from math import inf

from sim.clock import NEVER
from sim.kernels import calendar, journey, line, measure, power, session, swap, visit
from sim.kernels._jit import inline
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
    w.stations[s].grid_cap_kw = max(0.0, grid_kw)
    power.reshare(w, s, t)
    calendar.refresh(w, s)


@inline
def _note_cut(w, k, on, t, kwh):
    """The stay at EVSE `k` ends before its visit does."""
    clock, slot = w.clock[0], w.slots[k]
    i = w.evs[slot.ev].row
    w.visits[i].cuts += 1
    stay = w.cuts[clock.cuts]
    stay.row, stay.slot, stay.partner, stay.kwh = i, k, slot.partner, kwh
    stay.plug_ns, stay.on_ns, stay.end_ns = slot.plug_ns, on, t
    clock.cuts += 1


@inline
def _cut(w, s, k, t):
    """The EV at EVSE `k`, which fails or whose partner does, goes to the head of the line with
    what it has."""
    slot = w.slots[k]
    i = slot.ev
    on, kwh = t, w.evs[i].kwh
    if slot.state == CHARGING:
        on = slot.on_ns
        power.settle(w, slot, t)
        session.stop_power(w, k, t)
    _note_cut(w, k, on, t, w.evs[i].kwh - kwh)
    session.unplug(w, s, k, t)
    other = journey.alternative(w, i)
    line.join(w.stations[s], w.evs, i, t, visit.patience_ends_ns(w.evs[i], other, t), -inf)
    measure.tell(w, s, W_CUT, i, k)


@inline
def set_evse(w, s, k, up, t):
    """EVSE `k` of station `s` fails or is repaired."""
    slot, station = w.slots[k], w.stations[s]
    if (slot.up != 0) == up:
        return
    measure.integrate(w, s, t)
    slot.up = 1 if up else 0
    station.up += 1 if up else -1
    if slot.state == FREE:
        station.free += 1 if up else -1
    elif not up:
        at = slot.partner if slot.state == PAIRED else k
        if w.slots[at].state != OVERSTAY:
            _cut(w, s, at, t)
    session.call_line(w, s, t)
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


@inline
def happen(w, s):
    """Let happen what is due next at station `s`."""
    station = w.stations[s]
    t, kind, who = station.next_ns, station.next_kind, station.next_who
    measure.integrate(w, s, t)
    if kind in (SESSION_END, UNPLUG, POWER):
        slot = w.slots[who]
        if slot.state == CHARGING:
            power.settle(w, slot, t)
        w.clock[0].beside_ns = slot.beside_ns
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
    calendar.refresh(w, s)


@inline
def begin(w):
    """Empty stations with all EVSEs in their given state."""
    for k in range(len(w.slots)):
        session.clear(w.slots[k])
    for s in range(len(w.stations)):
        station = w.stations[s]
        station.line_head, station.line_tail, station.line_count = -1, -1, 0
        station.patience_ns, station.patience_ev = NEVER, -1
        for k in range(station.slot_start, station.slot_end):
            station.up += w.slots[k].up
        station.free, station.busy_end = station.up, station.slot_start
        station.next_ns, station.next_kind = NEVER, NONE
        station.excess_kw = -inf
    for i in range(len(w.evs)):
        if w.evs[i].rack >= 0:
            swap.put(w, i)
    calendar.build(w.tree, w.stations)
    for s in range(len(w.stations)):
        calendar.refresh(w, s)


@inline
def finish(w, t):
    """Complete all integrals and open visits at the end of the run, `t`."""
    for s in range(len(w.stations)):
        measure.integrate(w, s, t)
        station = w.stations[s]
        i = station.line_head
        while i >= 0:
            row = w.visits[w.evs[i].row]
            row.wait_ns += t - w.evs[i].line_since_ns
            session.draw_aux(w.evs[i], row, t)
            row.leave_kwh, row.outcome = w.evs[i].kwh, OPEN
            i = w.evs[i].behind
    for n in range(w.clock[0].driving):
        ev = w.evs[w.heap[n]]
        if ev.swapping >= 0:
            w.visits[ev.row].occupied_ns += t
            w.visits[ev.row].leave_kwh = ev.kwh
    for k in range(len(w.slots)):
        slot = w.slots[k]
        if slot.state == FREE or slot.state == PAIRED or w.evs[slot.ev].row < 0:
            continue
        row = w.visits[w.evs[slot.ev].row]
        row.occupied_ns += t
        row.evse_ns += t if slot.partner < 0 else 2 * t
        row.outcome = OPEN
        row.leave_kwh = w.evs[slot.ev].kwh
        if slot.state == CHARGING:
            power.settle(w, slot, t)
            row.charge_ns += t - slot.on_ns
            row.leave_kwh = slot.kwh
