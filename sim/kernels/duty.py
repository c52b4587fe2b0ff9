"""The program of a truck: drive, be served, charge, rest, wait, and again from the first step."""

import numpy as np

from sim.clock import DAY, HOUR, NEVER
from sim.kernels import calendar, journey, swap, visit
from sim.kernels._jit import inline, jit, part
from sim.lifecycle import Opportunity, Step

DRIVE, SERVE, CHARGE = int(Step.DRIVE), int(Step.SERVE), int(Step.CHARGE)
PAUSE, UNTIL, SKIP = int(Step.PAUSE), int(Step.UNTIL), int(Step.SKIP)
ALWAYS, THRESHOLD = int(Opportunity.ALWAYS), int(Opportunity.THRESHOLD)
BREATH = HOUR // 1000  # a program that would go round for ever at one instant stops for this long
REST = -1  # number of the step in the log


@inline
def _note(w, driver, number, t):
    if driver.logged:
        clock = w.clock[0]
        row = w.log[clock.logs]
        row.ev, row.step, row.time_ns = driver.ev, number, t
        clock.logs += 1


@inline
def _lasts_ns(w, driver, step):
    """How long a step takes, by the truck's next factor if it is drawn."""
    if not step.drawn or driver.draw_start == driver.draw_end:
        return step.lasts_ns
    factor = w.factors[driver.draw_next]
    driver.draw_next += 1
    if driver.draw_next == driver.draw_end:
        driver.draw_next = driver.draw_start
    return int(np.rint(step.lasts_ns * factor))


@inline
def _advance(w, driver, steps):
    """The next step is so many after this one."""
    duty = w.duties[driver.duty]
    driver.step = duty.start + (driver.step - duty.start + steps) % (duty.end - duty.start)


@inline
def _must_rest(w, driver, drive_ns, t):
    """Whether the driver may not drive so much more; a rest that is over counts from now on."""
    duty = w.duties[driver.duty]
    if t >= driver.stopped_ns + duty.rest_ns:
        driver.driven_ns = 0
        return False
    return driver.driven_ns + drive_ns > duty.drive_limit_ns


@inline
def _drive(w, d, step, t):
    """When it arrives, with the battery as it will be then; `NEVER` if it cannot."""
    driver = w.drivers[d]
    need_kwh = step.load_km * driver.kwh_per_km
    if driver.kwh < need_kwh:
        visit.strand(w, d, t)
        return NEVER
    driver.driven_ns += step.lasts_ns
    driver.stopped_ns = t + _lasts_ns(w, driver, step)
    driver.kwh -= need_kwh
    return driver.stopped_ns


@inline
def _wants_charge(w, driver, step):
    """Whether something is missing that its rule makes it stop for."""
    driver.target_kwh = step.soc * w.battery_kwh[driver.vehicle]
    if driver.kwh >= journey.goal_kwh(w, driver, step.station):
        return False
    if step.rule == ALWAYS or driver.kwh - step.ahead_km * driver.kwh_per_km < driver.reserve_kwh:
        return True
    return step.rule == THRESHOLD and driver.kwh <= driver.stop_kwh


@part
def _visit(w, d, at, t):
    """To the station of the step `at`; returns `t` if it is turned away at once,
    else `NEVER`."""
    driver, step = w.drivers[d], w.program[at]
    driver.pos, driver.place = at, step.station
    if step.kind == CHARGE:
        driver.overstay_ns = 0
    else:
        driver.target_kwh, driver.overstay_ns = 0.0, _lasts_ns(w, driver, step)
    if w.stations[step.station].bays > 0:
        swap.arrive(w, d, t)
    else:
        visit.arrive(w, d, t)
    clock = w.clock[0]
    if clock.leaving == d:  # it was turned away
        clock.leaving = -1
        return t
    return NEVER


@inline
def _until(step, t):
    due = t // DAY * DAY + step.from_ns
    return due if due >= t else due + DAY


@inline
def _in_window(step, t):
    clock = t % DAY
    if step.from_ns < step.to_ns:
        return step.from_ns <= clock < step.to_ns
    return step.from_ns > step.to_ns and (clock >= step.from_ns or clock < step.to_ns)


@part
def _execute(w, d, t):
    """The next step: returns when it is over; `NEVER` if a station will say so, or nobody."""
    driver = w.drivers[d]
    duty = w.duties[driver.duty]
    at = driver.step
    step = w.program[at]
    if step.kind == DRIVE and _must_rest(w, driver, step.lasts_ns, t):
        _note(w, driver, REST, t)
        return driver.stopped_ns + duty.rest_ns
    _note(w, driver, at - duty.start, t)
    _advance(w, driver, 1)
    due = t
    if step.kind == DRIVE:
        due = _drive(w, d, step, t)
    elif step.kind == SERVE:
        due = _visit(w, d, at, t)
    elif step.kind == CHARGE:
        if _wants_charge(w, driver, step):
            due = _visit(w, d, at, t)
    elif step.kind == PAUSE:
        due = max(t, driver.stopped_ns + step.lasts_ns)
    elif step.kind == UNTIL:
        due = _until(step, t)
    elif step.kind == SKIP:
        if _in_window(step, t):
            _advance(w, driver, step.skip)
    else:
        _deliver(w, driver, t)
    return due


@inline
def _deliver(w, driver, t):
    clock = w.clock[0]
    w.deliveries[driver.duty, min(t // clock.bin_ns, clock.bins - 1)] += 1.0
    driver.turns += 1


@jit
def go(w, d, t):
    """Truck `d` executes its program up to a step that takes time, and twice round at most.

    Steps count that it has executed at this instant, be it in an event before this one: a visit
    may be over as soon as it begins.
    """
    clock, driver = w.clock[0], w.drivers[d]
    duty = w.duties[driver.duty]
    if driver.counted_ns != t:
        driver.counted_ns, driver.count = t, 0
    due = t
    while due == t:
        if driver.count == 2 * (duty.end - duty.start):
            due = t + BREATH
        else:
            driver.count += 1
            due = _execute(w, d, t)
    if due < NEVER:
        driver.due_ns, driver.beside_ns = due, clock.beside_ns
        calendar.set_out(w, d)
