"""An EV with a diary: it plugs in where it stays, leaves in time, and drives to its next stay.

Who has too little for that charges before, at a station around it: see `errand`.

Stays at which an EV neither plugs in nor wants to charge before it drives on make no event: when it
leaves one, it is known where it next does something, and when.  What it holds is brought up to date
then, or at the end of the run.
"""

from math import inf

import numpy as np

from sim.clock import NEVER
from sim.kernels import calendar, errand, journey, presence, visit
from sim.kernels._jit import inline, jit, once


@inline
def _plugs_in(w, driver, stay, kwh):
    """Whether, with so much, something is missing that its threshold, or its next drive, makes it
    plug in for."""
    if stay.place < 0 or kwh >= journey.goal_kwh(w, driver, np.int64(stay.place)):
        return False
    left = journey.in_battery(w, driver, kwh - stay.used_kwh)
    return kwh <= driver.stop_kwh or left < driver.dest_kwh


@once
def _stay_plugged(driver, stay):
    """It is about to wait, charge and stay plugged until it leaves, whatever is not done."""
    driver.place, driver.deadline_ns, driver.overstay_ns = stay.place, stay.leave_ns, NEVER
    driver.patience_ns, driver.balk_per_evse = NEVER, inf


@once
def _look(w, driver):
    """It is about to be at a station around its stay, as the driver that it is."""
    ev = w.evs[driver.ev]
    driver.place = errand.candidate(w, driver, driver.pos).station
    driver.deadline_ns, driver.overstay_ns = ev.deadline_ns, ev.overstay_ns
    driver.patience_ns, driver.balk_per_evse = ev.patience_ns, ev.balk_per_evse


@jit
def _pass(w, d, leave_ns, beside_ns):
    """It leaves its stay at that time; it is due where it next does something: it leaves a stay to
    charge, or for good, or comes to one and plugs in.  Who is late stays late."""
    driver = w.drivers[d]
    driver.leaves_ns = leave_ns
    n, kwh, last = driver.stay, driver.kwh, w.diaries[driver.diary].end - 1
    while True:
        stay = w.stays[n]
        kwh_then = journey.in_battery(w, driver, kwh - stay.used_kwh)
        if n == last or kwh_then < driver.dest_kwh or kwh_then < 0.0:
            driver.staying = 1
            break
        n, kwh = n + 1, kwh_then
        then = w.stays[n]
        leave_ns += then.arrive_ns - stay.leave_ns
        if leave_ns < then.leave_ns:
            if _plugs_in(w, driver, then, kwh):
                driver.staying = 0
                break
            leave_ns, beside_ns = then.leave_ns, 0.0
    driver.until, driver.due_ns, driver.beside_ns = n, leave_ns, beside_ns
    calendar.set_out(w, d)


@jit
def _catch_up(w, driver, t):
    """It has left all stays that it left before `t`."""
    leave_ns = driver.leaves_ns
    while driver.stay < driver.until and leave_ns < t:
        came_ns = leave_ns - w.stays[driver.stay].leave_ns
        journey.use(w, driver, w.stays[driver.stay].used_kwh)
        driver.turns += 1
        driver.stay += 1
        stay = w.stays[driver.stay]
        leave_ns = max(came_ns + stay.arrive_ns, stay.leave_ns)
    driver.leaves_ns = leave_ns


@once
def finish(w, t):
    """What EVs hold at the end of the run, `t`, that pass through their stays."""
    for d in range(w.clock[0].drivers):
        driver = w.drivers[d]
        if driver.ev >= 0 and driver.diary >= 0:
            _catch_up(w, driver, t)


@inline
def _set_out(w, d, due_ns):
    driver = w.drivers[d]
    driver.due_ns, driver.beside_ns = due_ns, w.clock[0].beside_ns
    calendar.set_out(w, d)


@inline
def _drive_around(w, d, j, t):
    """To candidate `j`."""
    driver = w.drivers[d]
    km, drive_ns = errand.way(w, driver, j)
    journey.use(w, driver, driver.kwh_per_km * km)
    driver.pos, driver.hop, driver.tried = j, driver.hop + 1, driver.tried | 1 << j
    _set_out(w, d, t + drive_ns)


@once
def _leave(w, d, t):
    """For its next stay, or for good after the last one.  Who is late stays late."""
    driver = w.drivers[d]
    stay, due_ns = w.stays[driver.stay], t + errand.back_ns(w, driver)
    journey.use(w, driver, errand.need_kwh(w, driver))
    driver.pos, driver.hop, driver.tried, driver.staying = -1, -1, 0, 0
    driver.turns += 1
    driver.stay += 1
    driver.until = driver.stay
    if driver.stay == w.diaries[driver.diary].end:
        w.clock[0].arrived += 1
        presence.leave(w, d)
        return
    then = w.stays[driver.stay]
    due_ns += then.arrive_ns - stay.leave_ns
    if due_ns >= then.leave_ns:
        _pass(w, d, due_ns, w.clock[0].beside_ns)
    elif _plugs_in(w, driver, then, driver.kwh):
        _set_out(w, d, due_ns)
    else:
        _pass(w, d, then.leave_ns, 0.0)


@jit
def _go_on(w, d, t):
    """It leaves for its next stay, or for a station to charge at before.  Once it has charged it
    goes on if that is enough, with however little."""
    driver = w.drivers[d]
    left = errand.left_kwh(w, driver)
    if left < (driver.dest_kwh if driver.pos < 0 else 0.0):
        j = errand.choose(w, driver, 0.0, t)
        if j >= 0:
            _drive_around(w, d, j, t)
            return
    if left < 0.0:
        visit.strand(w, d, t)
    else:
        _leave(w, d, t)


@jit
def arrive(w, d, t):
    """Driver `d` comes to its next stay or to a station around it, or the time of its stay is over;
    returns whether it is at a station to charge there."""
    driver = w.drivers[d]
    if driver.pos >= 0:
        _look(w, driver)
        return True
    _catch_up(w, driver, NEVER)
    stay = w.stays[driver.stay]
    if driver.staying or t >= stay.leave_ns:
        _go_on(w, d, t)
        return False
    driver.staying = 1
    if _plugs_in(w, driver, stay, driver.kwh):
        _stay_plugged(driver, stay)
        return True
    _pass(w, d, stay.leave_ns, 0.0)
    return False


@jit
def end_visit(w, d, leg, t):
    """The visit of driver `d` is over: it has charged or gives up, or is sent on to candidate
    `leg`.  Where it stays it may still have time."""
    driver = w.drivers[d]
    leave_ns = w.stays[driver.stay].leave_ns
    if driver.pos >= 0 and leg >= 0:
        _drive_around(w, d, leg, t)
    elif driver.pos < 0 and t < leave_ns:
        _pass(w, d, leave_ns, 0.0)
    else:
        _go_on(w, d, t)
