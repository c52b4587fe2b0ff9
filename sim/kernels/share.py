"""How the EVs of a station divide its power, on the tree EV <= EVSE <= cabinet <= site.

A rule finds in `got`, from slot `start` to slot `end`, what is wanted, and leaves there what each
slot gets.  Slots of one cabinet are neighbors, and `cap` is the site's limit at the battery side.
"""

from math import floor, inf

from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Sharing

MAX_MIN, EQUAL_SHARE, FCFS = int(Sharing.MAX_MIN), int(Sharing.EQUAL_SHARE), int(Sharing.FCFS)


@inline
def total(values):
    """Their sum, in four parts side by side: a processor adds those at once."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(values) // 4 * 4
    for n in range(0, whole, 4):
        a += values[n]
        b += values[n + 1]
        c += values[n + 2]
        d += values[n + 3]
    for n in range(whole, len(values)):
        a += values[n]
    return (a + b) + (c + d)


@once
def _up_to(values, level):
    """The sum of those that are at most `level`."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(values) // 4 * 4
    for n in range(0, whole, 4):
        a += values[n] if values[n] <= level else 0.0
        b += values[n + 1] if values[n + 1] <= level else 0.0
        c += values[n + 2] if values[n + 2] <= level else 0.0
        d += values[n + 3] if values[n + 3] <= level else 0.0
    for n in range(whole, len(values)):
        a += values[n] if values[n] <= level else 0.0
    return (a + b) + (c + d)


@once
def _above(values, level):
    """How many of them are above `level`."""
    count = 0
    for n in range(len(values)):
        count += int(values[n] > level)
    return count


@once
def water_level(wanted, cap):
    """The level L at which sum(min(wanted, L)) is `cap`, which is less than sum(wanted)."""
    # Each round takes out those who want less than the level and lifts it for the others; it ends
    # when nobody is left to take out, or when rounding would bring somebody back.
    count = len(wanted)
    level = cap / count
    while True:
        above = _above(wanted, level)
        if above >= count or above == 0:
            return level
        count = above
        level = (cap - _up_to(wanted, level)) / count


@inline
def fill(got, cap):
    """Cut `got` down to a level, so that its sum is at most `cap`; returns the sum."""
    wanted = total(got)
    return wanted if wanted <= cap else _cut(got, cap)


@jit
def _cut(got, cap):
    """What `fill` does where less is there than is wanted."""
    level = water_level(got, cap)
    for n in range(len(got)):
        got[n] = min(got[n], level)
    return total(got)


@once
def max_min(cabinets, cap, got, start, end):
    """Max-min fair: x = min(wanted, level of its cabinet, level of the site); returns the sum.

    The limits are nested, so filling each cabinet first and the site afterwards is the max-min
    fair point of the whole tree.
    """
    for c in range(len(cabinets)):
        cabinet = cabinets[c]
        if cabinet.slot_start >= end:
            break
        if cabinet.kw < inf:
            fill(got[cabinet.slot_start : min(cabinet.slot_end, end)], cabinet.kw)
    return fill(got[start:end], cap)


@once
def _equal_share(cabinets, cap, got, end, allotted):
    """The site's power equally to cabinets, each cabinet's equally to its EVs; what one does not
    use goes to the others of its level."""
    for c in range(len(cabinets)):
        cabinet = cabinets[c]
        wanted = total(got[cabinet.slot_start : min(cabinet.slot_end, end)])
        allotted[c] = min(wanted, cabinet.kw)
    fill(allotted[: len(cabinets)], cap)
    for c in range(len(cabinets)):
        fill(got[cabinets[c].slot_start : min(cabinets[c].slot_end, end)], allotted[c])


@once
def _fcfs(slots, cabinets, cap, got, left, wanted):
    """In the order in which they began to charge, each EV takes what it wants of what is left."""
    base = slots[0].cabinet
    for c in range(len(cabinets)):
        left[c] = cabinets[c].kw
    turns = 0  # of those who want any: most EVs of a car park are full
    for n in range(len(got)):
        wanted[n] = got[n]
        if wanted[n] > 0.0:
            got[n] = -1.0
            turns += 1
    for _ in range(turns):
        turn = -1
        for n in range(len(got)):
            if got[n] < 0.0 and (turn < 0 or slots[n].on_ns < slots[turn].on_ns):
                turn = n
        c = slots[turn].cabinet - base
        kw = min(wanted[turn], left[c], cap)
        got[turn] = kw
        left[c] -= kw
        cap -= kw


@once
def _modular(slots, cabinets, cap, module_kw, got, left, wanted, modules):
    """Whole modules, one at a time to the EV with the fewest: of equals, to the one that has
    charged longest."""
    base = slots[0].cabinet
    for c in range(len(cabinets)):
        left[c] = floor(cabinets[c].kw / module_kw) if cabinets[c].kw < inf else inf
    for n in range(len(got)):
        wanted[n], got[n], modules[n] = got[n], 0.0, 0.0
    total = 0.0
    while True:
        turn = -1
        for n in range(len(got)):
            if got[n] >= wanted[n] or left[slots[n].cabinet - base] < 1.0:
                continue
            more = min(wanted[n], (modules[n] + 1.0) * module_kw)
            if total - got[n] + more > cap:
                continue
            if (
                turn < 0
                or modules[n] < modules[turn]
                or (modules[n] == modules[turn] and slots[n].on_ns < slots[turn].on_ns)
            ):
                turn = n
        if turn < 0:
            return
        modules[turn] += 1.0
        left[slots[turn].cabinet - base] -= 1.0
        more = min(wanted[turn], modules[turn] * module_kw)
        total = total - got[turn] + more
        got[turn] = more


@jit
def by_rule(slots, cabinets, cap, rule, module_kw, got, start, end, scratch):
    """Any rule but max-min."""
    own, kws = slots[start:end], got[start:end]
    if rule == EQUAL_SHARE:
        _equal_share(cabinets, cap, got, end, scratch[0])
    elif rule == FCFS:
        _fcfs(own, cabinets, cap, kws, scratch[0], scratch[1])
    else:
        _modular(own, cabinets, cap, module_kw, kws, scratch[0], scratch[1], scratch[2])


@once
def share(w, s, cap):
    """What each busy slot of station `s` gets, in `share_kw`; returns the sum."""
    station = w.stations[s]
    start, end = station.slot_start, station.busy_end
    if start == end:  # the last one has left
        return 0.0
    cabinets = w.cabinets[station.cabinet_start : station.cabinet_end]
    for k in range(start, end):  # without a sign, see `records`
        w.share_kw[k] = w.wanted_kw[k]
    if station.sharing == MAX_MIN:
        return max_min(cabinets, cap, w.share_kw, start, end)
    by_rule(
        w.slots, cabinets, cap, station.sharing, station.module_kw, w.share_kw, start, end,
        w.scratch,
    )  # fmt: skip
    return total(w.share_kw[start:end])
