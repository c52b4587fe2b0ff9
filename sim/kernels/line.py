"""The line of a station: first come, first served, linked through the EVs; leaving is O(1)."""

from math import inf

from sim.kernels._jit import inline


@inline
def join(station, evs, i, t, patience_ends_h, at_head):
    """EV `i` enters the line at `t`, at its tail or (after a cut) at its head."""
    ev = evs[i]
    ev.line_since_h = t
    ev.due_h = patience_ends_h
    if at_head:
        ev.ahead, ev.behind = -1, station.line_head
        if station.line_head >= 0:
            evs[station.line_head].ahead = i
        else:
            station.line_tail = i
        station.line_head = i
    else:
        ev.ahead, ev.behind = station.line_tail, -1
        if station.line_tail >= 0:
            evs[station.line_tail].behind = i
        else:
            station.line_head = i
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
