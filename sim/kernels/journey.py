"""Where an EV under way stops next."""

from math import inf

from sim.kernels import curve
from sim.kernels._jit import inline
from sim.lifecycle import Drive, Rule, Step

DONE, STRANDED = int(Drive.DONE), int(Drive.STRANDED)
PLAN_AHEAD = int(Rule.PLAN_AHEAD)
CHARGE, SERVE = int(Step.CHARGE), int(Step.SERVE)


@inline
def _km_to_destination(w, ev, pos):
    """From stop `pos` (-1: origin) to the end of the route."""
    route = w.routes[ev.route]
    return route.km - (w.stops[route.start + pos].km if pos >= 0 else 0.0)


@inline
def _km_to_stop(w, ev, pos, j):
    """From stop `pos` (-1: origin) to stop `j`."""
    start = w.routes[ev.route].start
    return w.stops[start + j].km - (w.stops[start + pos].km if pos >= 0 else 0.0)


@inline
def _in_battery(w, ev, kwh):
    """What is left after a drive that leaves `kwh`: a hybrid drives on fuel before it is less than
    nothing."""
    return 0.0 if kwh < 0.0 and w.hybrid[ev.vehicle] else kwh


@inline
def kwh_at_destination(w, ev, pos, kwh):
    """Battery content at the end of the route, for an EV that leaves stop `pos` with `kwh`."""
    if ev.route < 0:
        return kwh
    return _in_battery(w, ev, kwh - ev.kwh_per_km * _km_to_destination(w, ev, pos))


@inline
def kwh_at_stop(w, ev, pos, kwh, j):
    """Battery content on arrival at stop `j`."""
    return _in_battery(w, ev, kwh - ev.kwh_per_km * _km_to_stop(w, ev, pos, j))


@inline
def drive_ns(w, ev, pos, j):
    """Driving time from stop `pos` (-1: origin) to stop `j`."""
    start = w.routes[ev.route].start
    return w.stops[start + j].drive_ns - (w.stops[start + pos].drive_ns if pos >= 0 else 0)


@inline
def goal_kwh(w, ev, s):
    """Where charging stops at station `s`: the driver's target, the site's rule or its packs."""
    station = w.stations[s]
    return min(ev.target_kwh, station.soc_cap * w.battery_kwh[ev.vehicle], station.swap_kwh)


@inline
def live_wait_h(station):
    """What a driver who sees the line of a station expects to wait there."""
    if station.line_count == 0 and station.free > 0:
        return 0.0
    return (station.line_count + 1) * station.service_h / max(1, station.up)


@inline
def guides_across(w, station):
    """Whether who arrives waits less on the other side, even with the way there."""
    if station.opposite < 0:
        return False
    return live_wait_h(station) > live_wait_h(w.stations[station.opposite]) + station.cross_h


@inline
def _threshold(w, ev, pos, kwh, first, left):
    route = w.routes[ev.route]
    stops = route.end - route.start
    hybrid = w.hybrid[ev.vehicle]  # nothing forces it to stop
    for j in range(first, stops):
        at = kwh_at_stop(w, ev, pos, kwh, j)
        if at < 0.0:
            break
        if at >= goal_kwh(w, ev, w.stops[route.start + j].station):
            continue
        if at <= ev.stop_kwh:
            return j
        if hybrid:
            continue
        if j == stops - 1 or kwh_at_stop(w, ev, pos, kwh, j + 1) < ev.reserve_kwh:
            return j
    return DONE if left >= 0.0 else STRANDED


@inline
def _plan_ahead(w, ev, pos, kwh, first, left):
    """Least waiting + charging time; driving is the same wherever it stops on its route."""
    route = w.routes[ev.route]
    best, least = STRANDED, inf
    for j in range(first, route.end - route.start):
        at = kwh_at_stop(w, ev, pos, kwh, j)
        if at < 0.0 or (at < ev.reserve_kwh and best >= 0):
            break
        stop = w.stops[route.start + j]
        goal = goal_kwh(w, ev, stop.station)
        if at >= goal:
            continue
        station = w.stations[stop.station]
        wait = live_wait_h(station) if ev.informed else station.expected_wait_h
        profile = w.profiles[ev.vehicle, w.fastest[stop.station, ev.vehicle]]
        cost = wait + curve.full_power_h(w.steps, profile.start, profile.end, at, goal, ev.ev_kw)
        if goal - ev.kwh_per_km * (route.km - stop.km) < ev.dest_kwh:
            cost += wait + station.service_h  # it will have to stop once more
        if cost < least:
            best, least = j, cost
    if best < 0 and left >= 0.0:
        return DONE
    return best


@inline
def choose(w, i, first):
    """The stop (>= `first`) at which EV `i`, at its `pos` with its `kwh`, charges next."""
    ev = w.evs[i]
    left = kwh_at_destination(w, ev, ev.pos, ev.kwh)
    if ev.route < 0 or left >= ev.dest_kwh:
        return DONE
    if ev.rule == PLAN_AHEAD:
        return _plan_ahead(w, ev, ev.pos, ev.kwh, first, left)
    return _threshold(w, ev, ev.pos, ev.kwh, first, left)


@inline
def is_served(w, ev):
    """Whether an EV is at a station to be loaded and the like, not to charge."""
    return ev.duty >= 0 and w.program[ev.pos].kind == SERVE


@inline
def _alternative_of_truck(w, ev):
    """Go on with the program if that leads to the next place to charge; never without service."""
    step = w.program[ev.pos]
    if step.kind == CHARGE and ev.kwh >= step.ahead_km * ev.kwh_per_km + ev.reserve_kwh:
        return DONE
    return STRANDED


@inline
def alternative(w, i):
    """Where EV `i` can go from the station it is at: the next stop, DONE, or STRANDED, which a
    hybrid never is."""
    ev = w.evs[i]
    if ev.duty >= 0:
        return _alternative_of_truck(w, ev)
    reserve = 0.0 if w.hybrid[ev.vehicle] else ev.reserve_kwh
    if ev.route >= 0:
        route = w.routes[ev.route]
        j = ev.pos + 1
        if j < route.end - route.start and kwh_at_stop(w, ev, ev.pos, ev.kwh, j) >= reserve:
            return j
    left = kwh_at_destination(w, ev, ev.pos, ev.kwh)
    return DONE if left >= reserve else STRANDED


@inline
def next_leg(w, i):
    """Where EV `i` drives when it enters or leaves a station; sets `looking`.

    A driver who sees live queues decides anew at every station it reaches, so it only drives to
    the next one.
    """
    ev = w.evs[i]
    ev.looking = 0
    if ev.rule != PLAN_AHEAD or not ev.informed:
        return choose(w, i, ev.pos + 1)
    left = kwh_at_destination(w, ev, ev.pos, ev.kwh)
    if ev.route < 0 or left >= ev.dest_kwh:
        return DONE
    route = w.routes[ev.route]
    j = ev.pos + 1
    if j < route.end - route.start and kwh_at_stop(w, ev, ev.pos, ev.kwh, j) >= 0.0:
        ev.looking = 1
        return j
    return DONE if left >= 0.0 else STRANDED


@inline
def _drive(w, ev, km):
    """An EV sets out on so many km: from now on it holds what it will arrive with."""
    left = ev.kwh - ev.kwh_per_km * km
    ev.kwh = _in_battery(w, ev, left)
    ev.fuel_kwh += ev.kwh - left


@inline
def drive_to(w, i, j, t):
    """EV `i` leaves for stop `j` at `t`."""
    ev = w.evs[i]
    ev.due_ns = t + drive_ns(w, ev, ev.pos, j)
    ev.beside_ns = w.clock[0].beside_ns
    _drive(w, ev, _km_to_stop(w, ev, ev.pos, j))
    ev.pos, ev.side = j, -1


@inline
def finish(w, ev):
    """An EV leaves for its destination, if it is on a route."""
    if ev.route >= 0:
        _drive(w, ev, _km_to_destination(w, ev, ev.pos))
        ev.pos = w.routes[ev.route].end - w.routes[ev.route].start


@inline
def _begin_duty(w, ev):
    ev.pos = 0
    ev.step = w.duties[ev.duty].start + ev.first
    ev.driven_ns, ev.stopped_ns = 0, ev.entry_ns
    ev.draw_next, ev.turns = ev.draw_start, 0
    ev.counted_ns, ev.count = -1, 0


@inline
def enter(w, i):
    """The entry decision of EV `i`; returns False if it never shows up at a station."""
    ev = w.evs[i]
    ev.kwh, ev.pos, ev.rerouted_from, ev.row, ev.slot = ev.entry_kwh, -1, -1, -1, -1
    ev.fuel_kwh, ev.side = 0.0, -1
    ev.due_ns, ev.beside_ns = ev.entry_ns, 0.0
    ev.looking = 0
    ev.swapping = -1
    if ev.duty >= 0:
        _begin_duty(w, ev)
        return True
    if ev.route < 0:
        ev.pos = 0
        return ev.rack < 0  # a pack never turns up by itself
    j = next_leg(w, i)
    if j >= 0:
        drive_to(w, i, j, ev.entry_ns)
    elif j == DONE:
        finish(w, ev)
        w.clock[0].passed += 1
        return False
    else:
        ev.pos = STRANDED
    return True
