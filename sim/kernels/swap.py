"""A swap station: trucks leave their pack and take a charged one, which racks charge meanwhile.

Every rack belongs to one pack, an EV of its own: what changes hands is what the battery holds.
"""

from sim.clock import NEVER
from sim.kernels import calendar, measure, power, session, visit
from sim.kernels._jit import inline, jit
from sim.lifecycle import Kind, Outcome, Slot, Watch

NONE, SERVED = int(Kind.NONE), int(Outcome.SERVED)
HANDSHAKE, READY = int(Slot.HANDSHAKE), int(Slot.READY)
W_PLUG, W_END, W_UNPLUG = int(Watch.PLUG), int(Watch.SESSION_END), int(Watch.UNPLUG)


@inline
def _set_ready(w, s, k):
    station, slot = w.stations[s], w.slots[k]
    slot.state, slot.next_ns, slot.next_kind = READY, NEVER, NONE
    station.ready += 1
    _count_free(station)


@inline
def _count_free(station):
    station.free = min(station.bays - station.swaps, station.ready)


@inline
def put(w, i):
    """Pack `i` is charged and in its rack when the run begins."""
    ev = w.evs[i]
    station = w.stations[ev.place]
    k = station.slot_start + ev.rack
    ev.target_kwh = station.swap_kwh
    station.busy_end = station.slot_end  # no rack is ever free
    w.slots[k].ev = i
    _set_ready(w, ev.place, k)


@jit
def arrive(w, i, t):
    """Truck `i` is at a swap station: it drives into a bay, joins the line or does not like it."""
    s = w.evs[i].place
    if visit.turn_up(w, s, i, t):
        _begin(w, s, i, t)
    else:
        visit.join(w, s, i, t)


@inline
def _begin(w, s, i, t):
    """Truck `i` takes a bay, and the pack of the first rack that is ready is put aside for it."""
    station, ev = w.stations[s], w.evs[i]
    k = station.slot_start
    while w.slots[k].state != READY:
        k += 1
    w.slots[k].state = HANDSHAKE
    station.swaps += 1
    station.ready -= 1
    _count_free(station)
    row = w.visits[ev.row]
    row.plug_ns = t
    row.occupied_ns -= t  # + t when it leaves
    ev.swapping, ev.due_ns, ev.beside_ns = k, t + station.swap_ns, w.clock[0].beside_ns
    w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)
    measure.tell(w, s, W_PLUG, i, k)


@jit
def _go_on(w, s, t):
    """A bay or a pack is free: the line is called, and power shared again."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        i = station.line_head
        session.leave_line(w, s, i, t)
        _begin(w, s, i, t)
    power.reshare(w, s, t)
    calendar.refresh(w, s)


@jit
def end(w, i, t):
    """Truck `i` leaves its bay with the pack that was put aside, and its own begins to charge."""
    ev = w.evs[i]
    s, k = ev.place, ev.swapping
    station, pack = w.stations[s], w.evs[w.slots[k].ev]
    measure.integrate(w, s, t)
    kwh = ev.kwh
    ev.kwh = pack.kwh
    pack.kwh = kwh
    ev.swapping = -1
    row = w.visits[ev.row]
    row.unplug_ns = t
    row.occupied_ns += t
    measure.tell(w, s, W_UNPLUG, i, k)
    visit.close_visit(w, i, t, SERVED)
    _charge(w, s, k, t)
    station.swaps -= 1
    _count_free(station)
    _go_on(w, s, t)


@inline
def _charge(w, s, k, t):
    """The pack that was left at rack `k` charges: a visit of its own, without handshake."""
    station, i = w.stations[s], w.slots[k].ev
    visit.open_visit(w, i, s, t)
    measure.bin_now(w, s).arrivals += 1.0
    row = w.visits[w.evs[i].row]
    row.slot, row.plug_ns, w.slots[k].plug_ns = k, t, t
    row.need_kwh = max(0.0, station.swap_kwh - w.evs[i].kwh)
    row.occupied_ns -= t
    row.evse_ns -= t
    w.evs[i].slot = k
    station.occupied += 1
    session.power_on(w, s, k, t)


@jit
def pack_is_full(w, s, k, t):
    """The pack at rack `k` has what it needs, and waits for a truck."""
    slot = w.slots[k]
    i = slot.ev
    session.stop_power(w, k, t)
    row = w.visits[w.evs[i].row]
    row.unplug_ns = t
    row.occupied_ns += t
    row.evse_ns += t
    measure.tell(w, s, W_END, i, k)
    visit.close_visit(w, i, t, SERVED)
    w.evs[i].slot = -1
    w.stations[s].occupied -= 1
    _set_ready(w, s, k)
    _go_on(w, s, t)
