"""An EV with a diary: it plugs in where it stays, leaves in time, and drives to its next stay."""

from math import inf

import numpy as np

from sim.clock import NEVER
from sim.kernels import calendar, journey, presence, visit
from sim.kernels._jit import inline, jit


@inline
def _plugs_in(w, driver, stay):
    """Whether something is missing that its threshold, or its next drive, makes it plug in for."""
    if stay.place < 0 or driver.kwh >= journey.goal_kwh(w, driver, np.int64(stay.place)):
        return False
    return driver.kwh <= driver.stop_kwh or driver.kwh - stay.used_kwh < driver.dest_kwh


@inline
def _visit(w, d, stay, t):
    """It waits, charges and stays plugged until it leaves, whatever is not done."""
    driver = w.drivers[d]
    driver.place, driver.deadline_ns, driver.overstay_ns = stay.place, stay.leave_ns, NEVER
    driver.patience_ns, driver.balk_per_evse = NEVER, inf
    visit.arrive(w, d, t)


@inline
def _stand(w, d, until_ns):
    driver = w.drivers[d]
    driver.due_ns, driver.beside_ns = until_ns, 0.0
    calendar.set_out(w, d)


@inline
def _come(w, d, t):
    """To its next stay, the time of which may be over."""
    driver = w.drivers[d]
    stay = w.stays[driver.stay]
    driver.staying = 1
    if t >= stay.leave_ns:
        _go_on(w, d, t)
    elif _plugs_in(w, driver, stay):
        _visit(w, d, stay, t)
    else:
        _stand(w, d, stay.leave_ns)


@jit
def _go_on(w, d, t):
    """It leaves for its next stay, or for good after the last one.  Who is late stays late."""
    driver, clock = w.drivers[d], w.clock[0]
    stay = w.stays[driver.stay]
    if driver.kwh < stay.used_kwh and not w.hybrid[driver.vehicle]:
        visit.strand(w, d, t)
        return
    journey.use(w, driver, stay.used_kwh)
    driver.staying = 0
    driver.turns += 1
    driver.stay += 1
    if driver.stay == w.diaries[driver.diary].end:
        clock.arrived += 1
        presence.leave(w, d)
        return
    driver.due_ns = t + w.stays[driver.stay].arrive_ns - stay.leave_ns
    driver.beside_ns = clock.beside_ns
    calendar.set_out(w, d)


@jit
def arrive(w, d, t):
    """Driver `d` comes to its next stay, or the time of this one is over."""
    if w.drivers[d].staying:
        _go_on(w, d, t)
    else:
        _come(w, d, t)


@jit
def end_visit(w, d, t):
    """The visit of driver `d` is over, and its stay perhaps not."""
    leave_ns = w.stays[w.drivers[d].stay].leave_ns
    if t < leave_ns:
        _stand(w, d, leave_ns)
    else:
        _go_on(w, d, t)
