"""The program of a truck: drive, be served, charge, rest, wait, and again from the first step."""

import numpy as np

from sim.clock import DAY, HOUR, NEVER
from sim.kernels import calendar, journey, swap, visit
from sim.kernels._jit import inline, jit
from sim.lifecycle import Opportunity, Step

DRIVE, SERVE, CHARGE = int(Step.DRIVE), int(Step.SERVE), int(Step.CHARGE)
PAUSE, UNTIL, SKIP = int(Step.PAUSE), int(Step.UNTIL), int(Step.SKIP)
ALWAYS, THRESHOLD = int(Opportunity.ALWAYS), int(Opportunity.THRESHOLD)
BREATH = HOUR // 1000  # a program that would go round for ever at one instant stops for this long
REST = -1  # number of the step in the log


@inline
def _note(w, i, number, t):
    clock = w.clock[0]
    row = w.log[clock.logs]
    row.ev, row.step, row.time_ns = i, number, t
    clock.logs += 1


@inline
def _lasts_ns(w, ev, step):
    """How long a step takes, by the truck's next factor if it is drawn."""
    if not step.drawn or ev.draw_start == ev.draw_end:
        return step.lasts_ns
    factor = w.factors[ev.draw_next]
    ev.draw_next += 1
    if ev.draw_next == ev.draw_end:
        ev.draw_next = ev.draw_start
    return int(np.rint(step.lasts_ns * factor))


@inline
def _advance(w, ev, steps):
    """The next step is so many after this one."""
    duty = w.duties[ev.duty]
    ev.step = duty.start + (ev.step - duty.start + steps) % (duty.end - duty.start)


@inline
def _must_rest(w, ev, drive_ns, t):
    """Whether the driver may not drive so much more; a rest that is over counts from now on."""
    duty = w.duties[ev.duty]
    if t >= ev.stopped_ns + duty.rest_ns:
        ev.driven_ns = 0
        return False
    return ev.driven_ns + drive_ns > duty.drive_limit_ns


@inline
def _drive(w, i, step, t):
    """When it arrives, with the battery as it will be then; `NEVER` if it cannot."""
    ev = w.evs[i]
    need_kwh = step.load_km * ev.kwh_per_km
    if ev.kwh < need_kwh:
        visit.strand(w, i, t)
        return NEVER
    ev.driven_ns += step.lasts_ns
    ev.stopped_ns = t + _lasts_ns(w, ev, step)
    ev.kwh -= need_kwh
    return ev.stopped_ns


@inline
def _wants_charge(w, ev, step):
    """Whether something is missing that its rule makes it stop for."""
    ev.target_kwh = step.soc * w.battery_kwh[ev.vehicle]
    if ev.kwh >= journey.goal_kwh(w, ev, step.station):
        return False
    if step.rule == ALWAYS or ev.kwh - step.ahead_km * ev.kwh_per_km < ev.reserve_kwh:
        return True
    return step.rule == THRESHOLD and ev.kwh <= ev.stop_kwh


@inline
def _visit(w, i, at, t):
    """To the station of the step `at`; returns `t` if it is turned away at once,
    else `NEVER`."""
    ev, step = w.evs[i], w.program[at]
    ev.pos, ev.place = at, step.station
    if step.kind == CHARGE:
        ev.overstay_ns = 0
    else:
        ev.target_kwh, ev.overstay_ns = 0.0, _lasts_ns(w, ev, step)
    if w.stations[step.station].bays > 0:
        swap.arrive(w, i, t)
    else:
        visit.arrive(w, i, t)
    return t if w.clock[0].going == i else NEVER


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


@inline
def _execute(w, i, t):
    """The next step: returns when it is over; `NEVER` if a station will say so, or nobody."""
    ev = w.evs[i]
    at, start = ev.step, w.duties[ev.duty].start
    step = w.program[at]
    if step.kind == DRIVE and _must_rest(w, ev, step.lasts_ns, t):
        if ev.logged:
            _note(w, i, REST, t)
        return ev.stopped_ns + w.duties[ev.duty].rest_ns
    if ev.logged:
        _note(w, i, at - start, t)
    _advance(w, ev, 1)
    due = t
    if step.kind == DRIVE:
        due = _drive(w, i, step, t)
    elif step.kind == SERVE:
        due = _visit(w, i, at, t)
    elif step.kind == CHARGE:
        if _wants_charge(w, ev, step):
            due = _visit(w, i, at, t)
    elif step.kind == PAUSE:
        due = max(t, ev.stopped_ns + step.lasts_ns)
    elif step.kind == UNTIL:
        due = _until(step, t)
    elif step.kind == SKIP:
        if _in_window(step, t):
            _advance(w, ev, step.skip)
    else:
        _deliver(w, ev, t)
    return due


@inline
def _deliver(w, ev, t):
    clock = w.clock[0]
    w.deliveries[ev.duty, min(t // clock.bin_ns, clock.bins - 1)] += 1.0
    ev.turns += 1


@jit
def go(w, i, t):
    """Truck `i` executes its program up to a step that takes time, and twice round at most.

    Steps count that it has executed at this instant, be it in an event before this one: a visit
    may be over as soon as it begins.
    """
    clock, ev = w.clock[0], w.evs[i]
    duty = w.duties[ev.duty]
    if ev.counted_ns != t:
        ev.counted_ns, ev.count = t, 0
    due = t
    while due == t:
        clock.going = -1
        if ev.count == 2 * (duty.end - duty.start):
            due = t + BREATH
        else:
            ev.count += 1
            due = _execute(w, i, t)
    if due < NEVER:
        ev.due_ns, ev.beside_ns = due, clock.beside_ns
        clock.driving = calendar.push(w.heap, clock.driving, w.evs, i)
    clock.going = -1
