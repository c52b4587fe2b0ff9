"""The event loop, and the few doors through which Python enters the compiled model.

A door takes the address of the address book of a `World` and returns a status code; nothing is
raised, nothing is allocated.
"""

import numpy as np

from sim.clock import NEVER
from sim.kernels import (
    apart,
    calendar,
    diary,
    duty,
    journey,
    measure,
    presence,
    station,
    swap,
    visit,
)
from sim.kernels._jit import door, inline, once
from sim.kernels._world import world

# Why `run` came back: nothing more before `t_stop`; a watched event; an array is full.
IDLE, WATCHED, MORE_DRIVERS, MORE_VISITS, MORE_BINS, MORE_LOG, MORE_CUTS = 0, 1, 2, 3, 4, 5, 6


@once
def _is_under_way(w):
    """Whether the EV that arrives next has been in the model: else it is the next of the stream."""
    clock = w.clock[0]
    if clock.stream_next == len(w.stream):
        return clock.driving > 0
    return clock.driving > 0 and calendar.due_before(w.heap[0], w.stream[clock.stream_next])


@once
def _next_arrival_ns(w):
    """When an EV arrives next; `NEVER` if none does."""
    clock = w.clock[0]
    under_way = w.heap[0].due_ns if clock.driving > 0 else NEVER
    streaming = w.stream[clock.stream_next].due_ns if clock.stream_next < len(w.stream) else NEVER
    return min(under_way, streaming)


@once
def _take_arrival(w):
    """The driver of the EV that arrives next: it is under way no more."""
    clock = w.clock[0]
    if _is_under_way(w):
        d = np.int64(w.heap[0].who)
        clock.driving = calendar.pop(w.heap, clock.driving)
        return d
    entry = w.stream[clock.stream_next]
    clock.stream_next += 1
    return journey.set_off(w, entry)


@once
def _drives_by(w, d):
    """Whether a driver who looks at the queues ahead does not charge where it is."""
    driver = w.drivers[d]
    if not driver.looking:
        return False
    j = journey.choose(w, driver, driver.pos)
    if j == driver.pos:
        driver.looking = 0
        return False
    visit.send_on(w, d, min(j, driver.pos + 1))
    return True


@once
def _leave(w, t):
    """A driver leaves where it was in this event."""
    clock = w.clock[0]
    d, clock.leaving = clock.leaving, -1
    if w.drivers[d].duty >= 0:
        duty.go(w, d, t)
    elif w.drivers[d].diary >= 0:
        diary.end_visit(w, d, clock.leg, t)
    else:
        visit.depart(w, d, clock.leg, t)


@once
def _arrive(w, d, t):
    """Driver `d` is where it was on its way to."""
    driver = w.drivers[d]
    if driver.duty >= 0:
        if driver.swapping >= 0:
            swap.end(w, d, t)
        visit.send_on(w, d, visit.DECIDE)
    elif driver.pos == journey.STRANDED:
        visit.strand(w, d, t)
    elif (driver.diary < 0 or diary.arrive(w, d, t)) and not _drives_by(w, d):
        visit.arrive(w, d, t)


@inline
def _peek(w):
    """Time of the next model event (`NEVER` if none), and whether somebody arrives then."""
    at_station, arrival = w.tree[1].due_ns, _next_arrival_ns(w)
    return min(at_station, arrival), arrival < at_station


@once
def _enter(w):
    count = 0
    for i in range(len(w.evs)):
        if w.evs[i].rack >= 0:  # a pack never turns up by itself
            continue
        d = presence.come(w, i)
        j = journey.first_leg(w, w.drivers[d])
        journey.begin(w, w.drivers[d], j)
        if j == journey.DONE:
            w.clock[0].passed += 1
        else:
            entry = w.stream[count]
            entry.due_ns, entry.ev, entry.who = w.drivers[d].due_ns, i, j
            count += 1
        presence.leave(w, d)  # what it will hold there stands, should the run end before
    return count


@once
def _add(w, i):
    if not presence.has_room(w):
        return MORE_DRIVERS
    d = presence.come(w, i)
    j = journey.first_leg(w, w.drivers[d])
    journey.begin(w, w.drivers[d], j)
    if j == journey.DONE:
        w.clock[0].passed += 1
        presence.leave(w, d)
    else:
        calendar.set_out(w, d)
    return IDLE


@once
def _integrate(w, t):
    for s in range(len(w.stations)):
        measure.integrate(w, s, t)


# ---- doors --------------------------------------------------------------------------------


@door
def enter(address):
    """Entry decisions of all EVs; returns how many will show up (a prefix of `stream`, not yet in
    order)."""
    return _enter(world(address))


@door
def begin(address):
    """Empty stations with all EVSEs in their given state."""
    station.begin(world(address))


@door
def run(t_stop, address):
    """Let all model events before `t_stop` happen; returns why it came back."""
    w = world(address)
    clock = w.clock[0]
    clock.beside_ns = 0.0
    begun = clock.apart != 0
    while True:
        station.settle(w, clock.now_ns)
        if not begun:
            begun = True
            if apart.is_worth_it(w, t_stop):
                apart.begin(w, t_stop)
        if clock.leaving >= 0:
            _leave(w, clock.now_ns)
            continue
        clock.beside_ns = 0.0
        if clock.hits > 0:
            return WATCHED
        if clock.apart:
            t, arrives = apart.peek(w, t_stop)
        else:
            t, arrives = _peek(w)
        if not t < t_stop:
            return IDLE
        if not presence.has_room(w):
            return MORE_DRIVERS
        if clock.rows + clock.room > len(w.visits):
            return MORE_VISITS
        if clock.logs + clock.room > len(w.log):
            return MORE_LOG
        if clock.cuts == len(w.cuts):
            return MORE_CUTS
        if t >= clock.bins * clock.bin_ns:
            return MORE_BINS
        clock.now_ns = t
        clock.events += 1
        if arrives:
            d = apart.take_arrival(w) if clock.apart else _take_arrival(w)
            clock.beside_ns = w.drivers[d].beside_ns
            _arrive(w, d, t)
        else:
            s = clock.here if clock.apart else w.tree[1].order & calendar.NUMBER
            station.happen(w, s)


@door
def peek(address):
    """Time of the next model event; `NEVER` if none."""
    return _peek(world(address))[0]


@door
def finish(t, address):
    """Complete all integrals and open visits at the end of the run, `t`."""
    w = world(address)
    diary.finish(w, t)
    station.finish(w, t)


@door
def set_cap(s, grid_kw, t, address):
    """The station settles in the next `run`, be it one up to now."""
    w = world(address)
    w.clock[0].now_ns = t
    station.set_cap(w, s, grid_kw, t)


@door
def set_evse(s, k, up, t, address):
    """The station settles in the next `run`, be it one up to now."""
    w = world(address)
    w.clock[0].now_ns = t
    station.set_evse(w, s, k, up, t)


@door
def add(i, address):
    """EV `i` (the last of `evs`) turns up at its place, enters its route or begins its duty; or
    there is no room."""
    return _add(world(address), i)


@door
def integrate(t, address):
    """Bring all integrals up to `t` (before somebody looks at them)."""
    _integrate(world(address), t)
