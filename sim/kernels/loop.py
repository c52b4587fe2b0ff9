"""The event loop, and the few doors through which Python enters the compiled model.

A door takes the address book of a `World` and returns a status code; nothing is raised, nothing
is allocated.
"""

from typing import Any

import numba

from sim.kernels import calendar, duty, journey, measure, station, swap, visit
from sim.kernels._jit import door, inline, jit, pointer, written
from sim.kernels.records import ARRAYS, World
from sim.lifecycle import Kind

NONE, ARRIVAL = int(Kind.NONE), int(Kind.ARRIVAL)
# Why `run` came back: nothing more before `t_stop`; a watched event; an array is full.
IDLE, WATCHED, MORE_VISITS, MORE_BINS, MORE_LOG, MORE_CUTS = 0, 1, 2, 3, 4, 5


@inline
def _next_arrival(w):
    """The EV that arrives next, -1 if none is under way."""
    clock = w.clock[0]
    i = w.stream[clock.stream_next] if clock.stream_next < len(w.stream) else -1
    if clock.driving > 0:
        j = w.heap[0]
        if i < 0 or calendar._due_before(w.evs, j, i):
            return j
    return i


@inline
def _take_arrival(w, i, t):
    clock = w.clock[0]
    if clock.driving > 0 and w.heap[0] == i:
        clock.driving = calendar.pop(w.heap, clock.driving, w.evs)
    else:
        clock.stream_next += 1
    ev = w.evs[i]
    if ev.duty >= 0:
        if ev.swapping >= 0:
            swap.end(w, i, t)
        clock.going = i
    elif ev.pos == journey.STRANDED:
        visit.strand(w, i, t)
    elif ev.looking:
        j = journey.choose(w, i, ev.pos)
        if j == ev.pos:
            ev.looking = 0
            visit.arrive(w, i, t)
        else:
            visit.send_on(w, i, min(j, ev.pos + 1), t)
    else:
        visit.arrive(w, i, t)


@inline
def _peek(w):
    """Time of the next model event (`NEVER` if none), and whose arrival it is (-1: none)."""
    s = w.tree[1]
    t = w.stations[s].next_ns
    i = _next_arrival(w)
    if i >= 0 and w.evs[i].due_ns < t:
        return w.evs[i].due_ns, i
    return t, -1


@inline
def _enter(w):
    count = 0
    for i in range(len(w.evs)):
        if journey.enter(w, i):
            w.stream[count] = i
            count += 1
    return count


@inline
def _add(w, i):
    if journey.enter(w, i):
        w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)


@inline
def _integrate(w, t):
    for s in range(len(w.stations)):
        measure.integrate(w, s, t)


@jit
def _run(w, t_stop):
    clock = w.clock[0]
    clock.hits, clock.going = 0, -1
    while True:
        clock.beside_ns = 0.0
        t, i = _peek(w)
        if not t < t_stop:
            return IDLE
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
        if i >= 0:
            clock.beside_ns = w.evs[i].beside_ns
            _take_arrival(w, i, t)
        else:
            station.happen(w, w.tree[1])
        if clock.going >= 0:
            duty.go(w, clock.going, t)
        if clock.hits > 0:
            clock.beside_ns = 0.0
            return WATCHED


# ---- doors --------------------------------------------------------------------------------


@door
def _row(book, n, dtype):
    return numba.carray(pointer(book[n, 0]), (book[n, 1],), dtype)


@door
def _table(book, n, dtype):
    return numba.carray(pointer(book[n, 0]), (book[n, 1], book[n, 2]), dtype)


def _opener() -> Any:
    """A door from an address book (see `records.address_book`) to its world.

    Each array has a type of its own, so no loop over them could be compiled: the source of the door
    is written here, from the table of them.
    """
    arrays = (
        f"{'row' if dimensions == 1 else 'table'}(book, {n}, {name})"
        for n, (name, (_, dimensions)) in enumerate(ARRAYS.items())
    )
    known = {name: dtype for name, (dtype, _) in ARRAYS.items()}
    known |= {"World": World, "row": _row, "table": _table}
    exec(f"def world(book): return World({', '.join(arrays)})", known)
    return written(known["world"])


_world = _opener()


@door
def enter(book):
    """Entry decisions of all EVs; returns how many will show up (a prefix of `stream`)."""
    return _enter(_world(book))


@door
def begin(book):
    """Empty stations with all EVSEs in their given state."""
    station.begin(_world(book))


@door
def run(t_stop, book):
    """Let all model events before `t_stop` happen; returns why it came back."""
    return _run(_world(book), t_stop)


@door
def peek(book):
    """Time of the next model event; `NEVER` if none."""
    return _peek(_world(book))[0]


@door
def finish(t, book):
    """Complete all integrals and open visits at the end of the run, `t`."""
    station.finish(_world(book), t)


@door
def set_cap(s, grid_kw, t, book):
    station.set_cap(_world(book), s, grid_kw, t)


@door
def set_evse(s, k, up, t, book):
    station.set_evse(_world(book), s, k, up, t)


@door
def add(i, book):
    """EV `i` (the last of `evs`) turns up at its place, enters its route or begins its duty."""
    _add(_world(book), i)


@door
def integrate(t, book):
    """Bring all integrals up to `t` (before somebody looks at them)."""
    _integrate(_world(book), t)
