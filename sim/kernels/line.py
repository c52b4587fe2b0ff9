"""The line of a station, in order of a key and then of joining: linked through the EVs.

Leaving is O(1); so is joining where the key is the same for all (first come, first served).
"""

from math import inf

from sim.kernels._jit import inline


@inline
def join(station, evs, i, t, patience_ends_h, key):
    """EV `i` enters the line at `t`, behind all whose key is not greater; -inf: at its head."""
    ev = evs[i]
    ev.line_since_h = t
    ev.due_h = patience_ends_h
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
    if patience_ends_h < station.patience_h or (
        patience_ends_h == station.patience_h and i < station.patience_ev
    ):
        station.patience_h, station.patience_ev = patience_ends_h, i


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
    due, who = inf, -1
    i = station.line_head
    while i >= 0:
        if evs[i].due_h < due or (evs[i].due_h == due and i < who):
            due, who = evs[i].due_h, i
        i = evs[i].behind
    station.patience_h, station.patience_ev = due, who
