"""EVs in the model: each has a row of `drivers`, which another one takes when it has left."""

from sim.kernels._jit import inline, jit, once


@inline
def has_room(w):
    """Whether one more EV may come."""
    return w.clock[0].vacant >= 0 or w.clock[0].drivers < len(w.drivers)


@once
def _copy(driver, ev):
    driver.entry_ns, driver.entry_kwh = ev.entry_ns, ev.entry_kwh
    driver.kwh_per_km, driver.target_kwh = ev.kwh_per_km, ev.target_kwh
    driver.stop_kwh, driver.reserve_kwh = ev.stop_kwh, ev.reserve_kwh
    driver.dest_kwh, driver.patience_ns = ev.dest_kwh, ev.patience_ns
    driver.overstay_ns, driver.ev_kw = ev.overstay_ns, ev.ev_kw
    driver.priority, driver.deadline_ns = ev.priority, ev.deadline_ns
    driver.balk_per_evse, driver.aux_kw = ev.balk_per_evse, ev.aux_kw
    driver.route, driver.place = ev.route, ev.place
    driver.vehicle, driver.duty = ev.vehicle, ev.duty
    driver.first, driver.rack, driver.diary = ev.first, ev.rack, ev.diary
    driver.draw_start, driver.draw_end = ev.draw_start, ev.draw_end
    driver.rule, driver.informed, driver.logged = ev.rule, ev.informed, ev.logged


@jit
def come(w, i):
    """EV `i` comes into the model, as it was drawn; returns its driver."""
    clock, ev = w.clock[0], w.evs[i]
    d = clock.vacant
    if d >= 0:
        clock.vacant = w.drivers[d].behind
    else:
        d = clock.drivers
        clock.drivers += 1
    driver = w.drivers[d]
    _copy(driver, ev)
    driver.ev, driver.kwh, driver.fuel_kwh = i, ev.entry_kwh, 0.0
    driver.pos, driver.side, driver.rerouted_from, driver.looking = -1, -1, -1, 0
    driver.due_ns, driver.beside_ns = ev.entry_ns, 0.0
    driver.turns, driver.swapping = 0, -1
    w.visiting[d].row = -1
    return d


@inline
def note(w, d):
    """What has become of the EV of driver `d`."""
    driver = w.drivers[d]
    end = w.ends[driver.ev]
    end.kwh, end.fuel_kwh = driver.kwh, driver.fuel_kwh
    end.pos, end.turns = driver.pos, driver.turns


@inline
def leave(w, d):
    """Driver `d` is out of the model."""
    note(w, d)
    driver = w.drivers[d]
    driver.ev, driver.behind = -1, w.clock[0].vacant
    w.clock[0].vacant = d
