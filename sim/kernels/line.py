"""The line of a station, in order of a key and then of joining: linked through the drivers.

Leaving is O(1); so is joining where the key is the same for all (first come, first served).
"""

from math import inf

from sim.clock import NEVER
from sim.kernels._jit import inline, once


@inline
def _is_less_patient(drivers, d, due_ns, who):
    """Whether driver `d` gives up before driver `who`, who does at `due_ns`."""
    own = drivers[d]
    return own.due_ns < due_ns or (own.due_ns == due_ns and own.ev < drivers[who].ev)


@inline
def join(station, drivers, d, t, patience_ends_ns, key):
    """Driver `d` enters the line at `t`, behind all whose key is not greater; -inf: at its head."""
    driver = drivers[d]
    driver.line_since_ns = t
    driver.due_ns = patience_ends_ns
    driver.key = key
    ahead, behind = station.line_tail, -1
    while ahead >= 0 and (drivers[ahead].key > key or key == -inf):
        ahead, behind = drivers[ahead].ahead, ahead
    driver.ahead, driver.behind = ahead, behind
    if ahead >= 0:
        drivers[ahead].behind = d
    else:
        station.line_head = d
    if behind >= 0:
        drivers[behind].ahead = d
    else:
        station.line_tail = d
    station.line_count += 1
    if patience_ends_ns < NEVER and (
        station.patience_who < 0
        or _is_less_patient(drivers, d, station.patience_ns, station.patience_who)
    ):
        station.patience_ns, station.patience_who = patience_ends_ns, d


@once
def leave(station, drivers, d):
    """Driver `d` leaves the line, from wherever it stands."""
    driver = drivers[d]
    if driver.ahead >= 0:
        drivers[driver.ahead].behind = driver.behind
    else:
        station.line_head = driver.behind
    if driver.behind >= 0:
        drivers[driver.behind].ahead = driver.ahead
    else:
        station.line_tail = driver.ahead
    station.line_count -= 1
    if station.patience_who == d:
        _find_least_patient(station, drivers)


@once
def _find_least_patient(station, drivers):
    due, who = NEVER, -1
    d = station.line_head
    while d >= 0:
        if drivers[d].due_ns < NEVER and (who < 0 or _is_less_patient(drivers, d, due, who)):
            due, who = drivers[d].due_ns, d
        d = drivers[d].behind
    station.patience_ns, station.patience_who = due, who
