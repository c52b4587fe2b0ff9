"""The event loop, and the few doors through which Python enters the compiled model.

A door takes the arrays of a `World` one by one (a named tuple would be typed anew on every call)
and returns a status code; nothing is raised, nothing is allocated.
"""

from sim.kernels import calendar, journey, measure, station, visit
from sim.kernels._jit import inline, jit
from sim.kernels.records import World
from sim.lifecycle import Kind

NONE, ARRIVAL = int(Kind.NONE), int(Kind.ARRIVAL)
# Why `run` came back: nothing more before `t_stop`; a watched event; an array is full.
IDLE, HIT, MORE_VISITS, MORE_BINS = 0, 1, 2, 3


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
    if ev.pos == journey.STRANDED:
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
    """Time of the next model event (inf if none), and whether it is an arrival."""
    s = w.tree[1]
    t = w.stations[s].next_h
    i = _next_arrival(w)
    if i >= 0 and w.evs[i].due_h < t:
        return w.evs[i].due_h, i
    return t, -1


@jit
def _run(w, t_stop):
    clock = w.clock[0]
    clock.hits = 0
    while True:
        t, i = _peek(w)
        if not t < t_stop:
            return IDLE
        if clock.rows + 2 > len(w.visits):
            return MORE_VISITS
        if t >= clock.bins * clock.bin_h:
            return MORE_BINS
        clock.now_h = t
        clock.events += 1
        if i >= 0:
            _take_arrival(w, i, t)
        else:
            station.happen(w, w.tree[1])
        if clock.hits > 0:
            return HIT


@jit
def enter(*arrays):
    """Entry decisions of all EVs; returns how many will show up (a prefix of `stream`)."""
    w = World(*arrays)
    count = 0
    for i in range(len(w.evs)):
        if journey.enter(w, i):
            w.stream[count] = i
            count += 1
    return count


@jit
def begin(*arrays):
    station.begin(World(*arrays))


@jit
def run(t_stop, *arrays):
    """Let all model events before `t_stop` happen; returns why it came back."""
    return _run(World(*arrays), t_stop)


@jit
def peek(*arrays):
    return _peek(World(*arrays))[0]


@jit
def finish(t, *arrays):
    station.finish(World(*arrays), t)


@jit
def set_cap(s, grid_kw, t, *arrays):
    station.set_cap(World(*arrays), s, grid_kw, t)


@jit
def set_evse(s, k, up, t, *arrays):
    station.set_evse(World(*arrays), s, k, up, t)


@jit
def add(i, t, *arrays):
    """EV `i` (the last of `evs`) arrives at its place, or enters its route, at `t`."""
    w = World(*arrays)
    if journey.enter(w, i):
        w.clock[0].driving = calendar.push(w.heap, w.clock[0].driving, w.evs, i)


@jit
def integrate(t, *arrays):
    """Bring all integrals up to `t` (before somebody looks at them)."""
    w = World(*arrays)
    for s in range(len(w.stations)):
        measure.integrate(w, s, t)
