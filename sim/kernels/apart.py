"""Stations that no EV couples, one after the other: what each reads and writes stays in the cache.

Where all EVs are on no route and have no duty, each has one visit, at its place, and rows of visits
are those of the stream.  So what happens at one station up to some time may happen before all that
happens at the next one, and not a bit changes.
"""

import numpy as np

from sim.clock import NEVER
from sim.kernels import calendar, journey, presence
from sim.kernels._jit import once


@once
def is_worth_it(w, t_stop):
    """Whether stations are to run one by one up to `t_stop`: nobody looks at what happens, and more
    EVs come than there are stations."""
    clock = w.clock[0]
    n = clock.stream_next + len(w.stations)
    return clock.uncoupled and n < len(w.stream) and w.stream[n].due_ns < t_stop


@once
def begin(w, t_stop):
    """Sort the EVs that arrive before `t_stop` by their stations."""
    clock, queue = w.clock[0], w.queue
    for s in range(len(w.stations)):
        queue[s].next = 0
    end = clock.stream_next
    while end < len(w.stream) and w.stream[end].due_ns < t_stop:
        queue[w.evs[w.stream[end].ev].place].next += 1
        end += 1
    first = 0
    for s in range(len(w.stations)):
        first += queue[s].next
        queue[s].next, queue[s].end = first, first
    for n in range(end - 1, clock.stream_next - 1, -1):
        entry = w.stream[n]
        own = queue[w.evs[entry.ev].place]
        own.next -= 1
        turn = w.turns[own.next]
        turn.due_ns, turn.ev, turn.who = entry.due_ns, entry.ev, n
    clock.apart, clock.here, clock.stream_next, clock.last_ns = 1, 0, end, clock.now_ns
    clock.parted += 1


@once
def peek(w, t_stop):
    """As `loop._peek`, at the first station at which something happens before `t_stop`; when there
    is none, `NEVER`, and stations are together again."""
    clock = w.clock[0]
    while clock.here < len(w.stations):
        station, own = w.stations[clock.here], w.queue[clock.here]
        arrival = w.turns[own.next].due_ns if own.next < own.end else NEVER
        t = min(station.next_ns, arrival)
        if t < t_stop:
            return t, arrival < station.next_ns
        clock.last_ns = max(clock.last_ns, clock.now_ns)
        clock.here += 1
    clock.apart, clock.now_ns, clock.rows = 0, clock.last_ns, clock.stream_next
    calendar.build(w.tree, w.stations)
    return NEVER, False


@once
def take_arrival(w):
    """The driver of the EV that arrives next at this station."""
    clock, own = w.clock[0], w.queue[w.clock[0].here]
    turn = w.turns[own.next]
    own.next += 1
    clock.rows = turn.who
    d = presence.come(w, np.int64(turn.ev))
    journey.begin(w, w.drivers[d], 0)
    return d
