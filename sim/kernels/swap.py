"""A swap station: trucks leave their pack and take a charged one, which racks charge meanwhile.

Every rack belongs to one pack, an EV of its own: what changes hands is what the battery holds.
"""

import numpy as np

from sim.clock import NEVER
from sim.kernels import calendar, measure, presence, session, visit
from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Kind, Outcome, Slot, Watch

NONE, SERVED = int(Kind.NONE), np.int64(Outcome.SERVED)
HANDSHAKE, READY = int(Slot.HANDSHAKE), int(Slot.READY)
W_PLUG, W_END, W_UNPLUG = np.int64(Watch.PLUG), np.int64(Watch.SESSION_END), np.int64(Watch.UNPLUG)


@inline
def _set_ready(w, s, k):
    station = w.stations[s]
    w.slots[k].state, w.next_ns[k], w.next_kind[k] = READY, NEVER, NONE
    station.ready += 1
    _count_free(station)


@inline
def _count_free(station):
    station.free = min(station.bays - station.swaps, station.ready)


@once
def put(w, i):
    """Pack `i` is charged and in its rack when the run begins."""
    d = presence.come(w, i)
    driver = w.drivers[d]
    s = np.int64(driver.place)
    station = w.stations[s]
    k = np.int64(station.slot_start) + driver.rack
    driver.pos, driver.target_kwh = 0, station.swap_kwh
    station.busy_end = station.slot_end  # no rack is ever free
    w.slots[k].driver = d
    _set_ready(w, s, k)


@jit
def arrive(w, d, t):
    """Truck `d` is at a swap station: it drives into a bay, joins the line or does not like it."""
    s = np.int64(w.drivers[d].place)
    if visit.turn_up(w, s, d, t):
        _begin(w, s, d, t)
    else:
        visit.join(w, s, d, t)


@inline
def _begin(w, s, d, t):
    """Truck `d` takes a bay, and the pack of the first rack that is ready is put aside for it."""
    station, driver = w.stations[s], w.drivers[d]
    k = np.int64(station.slot_start)
    while w.slots[k].state != READY:
        k += 1
    w.slots[k].state = HANDSHAKE
    station.swaps += 1
    station.ready -= 1
    _count_free(station)
    w.visiting[d].plug_ns = t
    w.visiting[d].occupied_ns -= t  # + t when it leaves
    driver.swapping, driver.due_ns = k, t + station.swap_ns
    driver.beside_ns = w.clock[0].beside_ns
    calendar.set_out(w, d)
    measure.tell(w, s, W_PLUG, d, k)


@jit
def call_line(w, s, t):
    """While a bay and a pack are free, the head of the line drives in."""
    station = w.stations[s]
    while station.free > 0 and station.line_count > 0:
        d = station.line_head
        session.leave_line(w, s, d, t)
        _begin(w, s, d, t)


@jit
def end(w, d, t):
    """Truck `d` leaves its bay with the pack that was put aside, and its own begins to charge."""
    driver = w.drivers[d]
    s, k = np.int64(driver.place), driver.swapping
    station, pack = w.stations[s], w.drivers[w.slots[k].driver]
    measure.integrate(w, s, t)
    calendar.touch(w, s)
    kwh = driver.kwh
    driver.kwh = pack.kwh
    pack.kwh = kwh
    driver.swapping = -1
    w.visiting[d].unplug_ns = t
    w.visiting[d].occupied_ns += t
    measure.tell(w, s, W_UNPLUG, d, k)
    visit.close_visit(w, d, t, SERVED)
    _charge(w, s, k, t)
    station.swaps -= 1
    _count_free(station)


@once
def _charge(w, s, k, t):
    """The pack that was left at rack `k` charges: a visit of its own, without handshake."""
    station, d = w.stations[s], w.slots[k].driver
    visit.open_visit(w, d, s, t)
    measure.bin_now(w, s).arrivals += 1.0
    own = w.visiting[d]
    own.slot, own.plug_ns, w.slots[k].plug_ns = k, t, t
    own.need_kwh = max(0.0, station.swap_kwh - w.drivers[d].kwh)
    own.occupied_ns -= t
    own.evse_ns -= t
    station.occupied += 1
    session.power_on(w, s, k, t)


@jit
def pack_is_full(w, s, k, t):
    """The pack at rack `k` has what it needs, and waits for a truck."""
    d = w.slots[k].driver
    session.stop_power(w, s, k, t)
    own = w.visiting[d]
    own.unplug_ns = t
    own.occupied_ns += t
    own.evse_ns += t
    measure.tell(w, s, W_END, d, k)
    visit.close_visit(w, d, t, SERVED)
    w.stations[s].occupied -= 1
    _set_ready(w, s, k)
