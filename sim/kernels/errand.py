"""Where an EV charges that needs to before it drives to its next stay: at a station around it.

It weighs those that it has not tried.  One that is full, or that it does not like, or that does not
give it enough sends it on from there, three times at most.
"""

from math import inf

import numpy as np

from sim.clock import HOUR
from sim.kernels import curve, journey, money
from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Drive

DONE, STRANDED = int(Drive.DONE), int(Drive.STRANDED)
MOST_HOPS = 3
PRIME = np.int64(2**31 - 1)


@inline
def candidate(w, driver, j):
    return w.candidates[w.zones[w.stays[driver.stay].zone].start + j]


@inline
def way(w, driver, j):
    """From where a driver is (candidate `pos`; -1: where it stays) to candidate `j`: km, time."""
    zone = w.zones[w.stays[driver.stay].zone]
    if driver.pos < 0:
        own = w.candidates[zone.start + j]
        return own.km, own.there_ns
    hop = w.hops[zone.hops + driver.pos * (zone.end - zone.start) + j]
    return hop.km, hop.drive_ns


@once
def back_ns(w, driver):
    """From where it is to where it stays."""
    return candidate(w, driver, driver.pos).back_ns if driver.pos >= 0 else 0


@inline
def need_kwh(w, driver):
    """What it takes from where it is to the next stay."""
    used_kwh = w.stays[driver.stay].used_kwh
    if driver.pos < 0:
        return used_kwh
    return driver.kwh_per_km * candidate(w, driver, driver.pos).km + used_kwh


@inline
def left_kwh(w, driver):
    """What its battery will hold at the next stay; below 0, what it lacks."""
    return journey.in_battery(w, driver, driver.kwh - need_kwh(w, driver))


@once
def dislike(taste, station):
    """How little a driver likes a station, from 0 to 1: as good as random, and the same whenever
    the two meet.  Products stay below 2**47."""
    x = (taste + 1) * 48271 % PRIME
    x ^= (station + 1) * 69621 % PRIME
    x = (x ^ x >> 15) * 39373 % PRIME
    x = (x ^ x >> 13) * 48271 % PRIME
    return x / PRIME


@once
def _cost_h(w, driver, own, drive_ns, at_kwh, goal_kwh, t):
    """Driving, wait as it is expected, charging, the price in time, and what it thinks of it."""
    station, due, diary = w.stations[own.station], t + drive_ns, w.diaries[driver.diary]
    cost = (drive_ns + own.back_ns) / HOUR
    if driver.informed:
        cost += journey.live_wait_h(station)
    else:
        cost += w.waits[own.station, due // HOUR % w.waits.shape[1]]
    profile = w.profiles[driver.vehicle, w.fastest[own.station, driver.vehicle]]
    cost += curve.full_power_h(w.steps, profile.start, profile.end, at_kwh, goal_kwh, driver.ev_kw)
    if station.tariff >= 0:
        fee_cny = money.price(w, station.tariff, due) * (goal_kwh - at_kwh)
        cost += fee_cny / diary.cny_per_h
    if diary.taste_h > 0.0:
        cost += diary.taste_h * dislike(diary.taste, own.station)
    return cost


@jit
def choose(w, driver, least_kwh, t):
    """The candidate that costs the least, of those that it reaches with `least_kwh`; -1: none."""
    z = w.stays[driver.stay].zone
    if z < 0 or driver.hop == MOST_HOPS:
        return -1
    best, least = -1, inf
    for j in range(w.zones[z].end - w.zones[z].start):
        if (driver.tried >> j) & 1:
            continue
        own = candidate(w, driver, j)
        km, drive_ns = way(w, driver, j)
        at = journey.in_battery(w, driver, driver.kwh - driver.kwh_per_km * km)
        goal = journey.goal_kwh(w, driver, own.station)
        if at < least_kwh or at >= goal:
            continue
        cost = _cost_h(w, driver, own, drive_ns, at, goal, t)
        if cost < least:
            best, least = j, cost
    return best


@jit
def alternative(w, driver):
    """Where a driver can go from the station it is at: to the next best, DONE, or STRANDED."""
    if driver.diary < 0:
        return journey.alternative(w, driver)
    if driver.pos < 0:  # where it stays it can do without
        return DONE
    reserve_kwh = 0.0 if w.hybrid[driver.vehicle] else driver.reserve_kwh
    j = choose(w, driver, reserve_kwh, w.clock[0].now_ns)
    if j >= 0:
        return j
    return DONE if left_kwh(w, driver) >= reserve_kwh else STRANDED
