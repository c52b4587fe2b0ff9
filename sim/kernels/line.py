"""The line of a station, in order of a key and then of joining: linked through the EVs.

Leaving is O(1); so is joining where the key is the same for all (first come, first served).
"""

from math import inf

from sim.clock import NEVER
from sim.kernels._jit import inline


@inline
def join(station, evs, i, t, patience_ends_ns, key):
    """EV `i` enters the line at `t`, behind all whose key is not greater; -inf: at its head."""
    ev = evs[i]
    ev.line_since_ns = t
    ev.due_ns = patience_ends_ns
    ev.key = key
    ahead, behind = station.line_tail, -1
    while ahead >= 0 and (evs[ahead].key > key or key == -inf):
        ahead, behind = evs[ahead].ahead, ahead
    ev.ahead, ev.behind = ahead, behind
    if ahead >= 0:
        evs[ahead].behind = i
    else:
        station.line_head = i
    if behind >= 0:
        evs[behind].ahead = i
    else:
        station.line_tail = i
    station.line_count += 1
    if patience_ends_ns < station.patience_ns or (
        patience_ends_ns == station.patience_ns and i < station.patience_ev
    ):
        station.patience_ns, station.patience_ev = patience_ends_ns, i


@inline
def leave(station, evs, i):
    """EV `i` leaves the line, from wherever it stands."""
    ev = evs[i]
    if ev.ahead >= 0:
        evs[ev.ahead].behind = ev.behind
    else:
        station.line_head = ev.behind
    if ev.behind >= 0:
        evs[ev.behind].ahead = ev.ahead
    else:
        station.line_tail = ev.ahead
    station.line_count -= 1
    if station.patience_ev == i:
        _find_least_patient(station, evs)


@inline
def _find_least_patient(station, evs):
    due, who = NEVER, -1
    i = station.line_head
    while i >= 0:
        if evs[i].due_ns < due or (evs[i].due_ns == due and i < who):
            due, who = evs[i].due_ns, i
        i = evs[i].behind
    station.patience_ns, station.patience_ev = due, who
