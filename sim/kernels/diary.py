"""An EV with a diary: it plugs in where it stays, leaves in time, and drives to its next stay.

Who has too little for that charges before, at a station around it: see `errand`.
"""

from math import inf

import numpy as np

from sim.clock import NEVER
from sim.kernels import calendar, errand, journey, presence, visit
from sim.kernels._jit import inline, jit, once


@once
def _plugs_in(w, driver, stay):
    """Whether something is missing that its threshold, or its next drive, makes it plug in for."""
    if stay.place < 0 or driver.kwh >= journey.goal_kwh(w, driver, np.int64(stay.place)):
        return False
    return driver.kwh <= driver.stop_kwh or errand.left_kwh(w, driver) < driver.dest_kwh


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


@inline
def _stand(w, d, until_ns):
    driver = w.drivers[d]
    driver.due_ns, driver.beside_ns = until_ns, 0.0
    calendar.set_out(w, d)


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
    if driver.stay == w.diaries[driver.diary].end:
        w.clock[0].arrived += 1
        presence.leave(w, d)
    else:
        due_ns += w.stays[driver.stay].arrive_ns - stay.leave_ns
        _set_out(w, d, due_ns)


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
    stay = w.stays[driver.stay]
    if driver.pos >= 0:
        _look(w, driver)
        return True
    if driver.staying or t >= stay.leave_ns:
        _go_on(w, d, t)
        return False
    driver.staying = 1
    if _plugs_in(w, driver, stay):
        _stay_plugged(driver, stay)
        return True
    _stand(w, d, stay.leave_ns)
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
        _stand(w, d, leave_ns)
    else:
        _go_on(w, d, t)
