"""Where an EV under way stops next."""

from math import inf

import numpy as np

from sim.kernels import curve, presence
from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Drive, Rule, Step

DONE, STRANDED = int(Drive.DONE), int(Drive.STRANDED)
PLAN_AHEAD = int(Rule.PLAN_AHEAD)
CHARGE, SERVE = int(Step.CHARGE), int(Step.SERVE)


@inline
def _km_to_destination(w, driver, pos):
    """From stop `pos` (-1: origin) to the end of the route."""
    route = w.routes[driver.route]
    return route.km - (w.stops[route.start + pos].km if pos >= 0 else 0.0)


@inline
def _km_to_stop(w, driver, pos, j):
    """From stop `pos` (-1: origin) to stop `j`."""
    start = w.routes[driver.route].start
    return w.stops[start + j].km - (w.stops[start + pos].km if pos >= 0 else 0.0)


@inline
def in_battery(w, driver, kwh):
    """What is left after a drive that leaves `kwh`: a hybrid drives on fuel before it is less than
    nothing."""
    return 0.0 if kwh < 0.0 and w.hybrid[driver.vehicle] else kwh


@inline
def kwh_at_destination(w, driver, pos, kwh):
    """Battery content at the end of the route, for an EV that leaves stop `pos` with `kwh`."""
    if driver.route < 0:
        return kwh
    return in_battery(w, driver, kwh - driver.kwh_per_km * _km_to_destination(w, driver, pos))


@once
def station_at(w, driver):
    """Where a driver is."""
    if driver.route < 0:
        return np.int64(driver.place)
    return w.stops[w.routes[driver.route].start + driver.pos].station


@inline
def kwh_at_stop(w, driver, pos, kwh, j):
    """Battery content on arrival at stop `j`."""
    return in_battery(w, driver, kwh - driver.kwh_per_km * _km_to_stop(w, driver, pos, j))


@once
def drive_ns(w, driver, pos, j):
    """Driving time from stop `pos` (-1: origin) to stop `j`."""
    start = w.routes[driver.route].start
    return w.stops[start + j].drive_ns - (w.stops[start + pos].drive_ns if pos >= 0 else 0)


@inline
def goal_kwh(w, driver, s):
    """Where charging stops at station `s`: the driver's target, the site's rule or its packs."""
    station, battery_kwh = w.stations[s], w.battery_kwh[driver.vehicle]
    return min(driver.target_kwh, station.soc_cap * battery_kwh, station.swap_kwh)


@inline
def live_wait_h(station):
    """What a driver who sees the line of a station expects to wait there."""
    if station.line_count == 0 and station.free > 0:
        return 0.0
    return (station.line_count + 1) * station.service_h / max(1, station.up)


@once
def guides_across(w, station):
    """Whether who arrives waits less on the other side, even with the way there."""
    if station.opposite < 0:
        return False
    return live_wait_h(station) > live_wait_h(w.stations[station.opposite]) + station.cross_h


@once
def _threshold(w, driver, first, left):
    pos, kwh = driver.pos, driver.kwh
    route = w.routes[driver.route]
    stops = route.end - route.start
    hybrid = w.hybrid[driver.vehicle]  # nothing forces it to stop
    for j in range(first, stops):
        at = kwh_at_stop(w, driver, pos, kwh, j)
        if at < 0.0:
            break
        if at >= goal_kwh(w, driver, w.stops[route.start + j].station):
            continue
        if at <= driver.stop_kwh:
            return j
        if hybrid:
            continue
        if j == stops - 1 or kwh_at_stop(w, driver, pos, kwh, j + 1) < driver.reserve_kwh:
            return j
    return DONE if left >= 0.0 else STRANDED


@once
def _plan_ahead(w, driver, first, left):
    """Least waiting + charging time; driving is the same wherever it stops on its route."""
    pos, kwh = driver.pos, driver.kwh
    route = w.routes[driver.route]
    best, least = STRANDED, inf
    for j in range(first, route.end - route.start):
        at = kwh_at_stop(w, driver, pos, kwh, j)
        if at < 0.0 or (at < driver.reserve_kwh and best >= 0):
            break
        stop = w.stops[route.start + j]
        goal = goal_kwh(w, driver, stop.station)
        if at >= goal:
            continue
        station = w.stations[stop.station]
        wait = live_wait_h(station) if driver.informed else station.expected_wait_h
        profile = w.profiles[driver.vehicle, w.fastest[stop.station, driver.vehicle]]
        cost = wait + curve.full_power_h(
            w.steps, profile.start, profile.end, at, goal, driver.ev_kw
        )
        if goal - driver.kwh_per_km * (route.km - stop.km) < driver.dest_kwh:
            cost += wait + station.service_h  # it will have to stop once more
        if cost < least:
            best, least = j, cost
    if best < 0 and left >= 0.0:
        return DONE
    return best


@jit
def choose(w, driver, first):
    """The stop (>= `first`) at which a driver, at its `pos` with its `kwh`, charges next."""
    left = kwh_at_destination(w, driver, driver.pos, driver.kwh)
    if driver.route < 0 or left >= driver.dest_kwh:
        return DONE
    if driver.rule == PLAN_AHEAD:
        return _plan_ahead(w, driver, first, left)
    return _threshold(w, driver, first, left)


@once
def is_served(w, driver):
    """Whether an EV is at a station to be loaded and the like, not to charge."""
    return driver.duty >= 0 and w.program[driver.pos].kind == SERVE


@once
def _alternative_of_truck(w, driver):
    """Go on with the program if that leads to the next place to charge; never without service."""
    step = w.program[driver.pos]
    if step.kind == CHARGE and driver.kwh >= step.ahead_km * driver.kwh_per_km + driver.reserve_kwh:
        return DONE
    return STRANDED


@once
def alternative(w, driver):
    """Where a driver can go from the station it is at: the next stop, DONE, or STRANDED, which a
    hybrid never is."""
    if driver.duty >= 0:
        return _alternative_of_truck(w, driver)
    reserve = 0.0 if w.hybrid[driver.vehicle] else driver.reserve_kwh
    if driver.route >= 0:
        route = w.routes[driver.route]
        j = driver.pos + 1
        at_next = j < route.end - route.start
        if at_next and kwh_at_stop(w, driver, driver.pos, driver.kwh, j) >= reserve:
            return j
    left = kwh_at_destination(w, driver, driver.pos, driver.kwh)
    return DONE if left >= reserve else STRANDED


@inline
def _looks(driver):
    """A driver who sees live queues decides anew at every station it reaches, so it only drives to
    the next one."""
    return driver.rule == PLAN_AHEAD and driver.informed != 0


@inline
def next_leg(w, driver):
    """Where a driver goes when it enters or leaves a station; sets `looking`."""
    driver.looking = 0
    if not _looks(driver):
        return choose(w, driver, driver.pos + 1)
    left = kwh_at_destination(w, driver, driver.pos, driver.kwh)
    if driver.route < 0 or left >= driver.dest_kwh:
        return DONE
    route = w.routes[driver.route]
    j = driver.pos + 1
    if j < route.end - route.start and kwh_at_stop(w, driver, driver.pos, driver.kwh, j) >= 0.0:
        driver.looking = 1
        return j
    return DONE if left >= 0.0 else STRANDED


@inline
def _drive(w, driver, km):
    """An EV sets out on so many km."""
    use(w, driver, driver.kwh_per_km * km)


@inline
def use(w, driver, kwh):
    """An EV sets out on a way that takes so much: from now on it holds what it will arrive with."""
    left = driver.kwh - kwh
    driver.kwh = in_battery(w, driver, left)
    driver.fuel_kwh += driver.kwh - left


@inline
def drive_to(w, driver, j, t):
    """A driver leaves for stop `j` at `t`."""
    driver.due_ns = t + drive_ns(w, driver, driver.pos, j)
    driver.beside_ns = w.clock[0].beside_ns
    _drive(w, driver, _km_to_stop(w, driver, driver.pos, j))
    driver.pos, driver.side = j, -1


@inline
def finish(w, driver):
    """A driver leaves for its destination, if it is on a route."""
    if driver.route >= 0:
        _drive(w, driver, _km_to_destination(w, driver, driver.pos))
        driver.pos = w.routes[driver.route].end - w.routes[driver.route].start


@inline
def first_leg(w, driver):
    """The entry decision of a driver: its first stop, DONE if it passes without one, or STRANDED.

    Who is on no route is there at once.
    """
    return 0 if driver.route < 0 else next_leg(w, driver)


@once
def _begin_duty(w, driver):
    driver.pos = 0
    driver.step = w.duties[driver.duty].start + driver.first
    driver.driven_ns, driver.stopped_ns = 0, driver.entry_ns
    driver.draw_next = driver.draw_start
    driver.counted_ns, driver.count = -1, 0


@jit
def begin(w, driver, j):
    """A driver begins what it decided at its entry: `first_leg` said `j`."""
    if driver.duty >= 0:
        _begin_duty(w, driver)
    elif driver.diary >= 0:
        driver.stay, driver.staying = w.diaries[driver.diary].start, 0
        driver.until = driver.stay
        driver.hop, driver.tried = -1, 0
    elif driver.route < 0 or j == STRANDED:
        driver.pos = j
    elif j == DONE:
        finish(w, driver)
    else:
        driver.looking = int(_looks(driver))
        drive_to(w, driver, j, driver.entry_ns)


@once
def set_off(w, entry):
    """The EV of this entry of the stream comes into the model; returns its driver."""
    d = presence.come(w, np.int64(entry.ev))
    begin(w, w.drivers[d], np.int64(entry.who))
    return d
