"""How the EVs of a station divide its power, on the tree EV <= EVSE <= cabinet <= site.

Every rule fills `got[0 : end - start]` from the `wanted_kw` of the slots.  Slots of one cabinet are
neighbors, and `cap` is the site's limit at the battery side.
"""

from math import floor, inf

from sim.kernels._jit import inline, jit
from sim.lifecycle import Sharing

MAX_MIN, EQUAL_SHARE, FCFS = int(Sharing.MAX_MIN), int(Sharing.EQUAL_SHARE), int(Sharing.FCFS)


@inline
def water_level(wanted, start, end, cap):
    """The level L at which sum(min(wanted, L)) over [start, end) is `cap`; inf if all fits."""
    total, count = 0.0, 0
    for i in range(start, end):
        total += wanted[i]
        if wanted[i] > 0.0:
            count += 1
    if total <= cap:
        return inf
    # Each round takes out those who want less than the level and lifts it for the others; it ends
    # when nobody is left to take out, or when rounding would bring somebody back.
    level = cap / count
    while True:
        left, above = cap, 0
        for i in range(start, end):
            if wanted[i] > level:
                above += 1
            else:
                left -= wanted[i]
        if above >= count or above == 0:
            return level
        count = above
        level = left / count


@inline
def _fill(got, start, end, cap):
    """Cut `got` over [start, end) down to a level, so that its sum is at most `cap`."""
    level = water_level(got, start, end, cap)
    total = 0.0
    for i in range(start, end):
        got[i] = min(got[i], level)
        total += got[i]
    return total


@inline
def max_min(slots, start, end, cabinet_kw, cap, got):
    """Max-min fair: x = min(wanted, level of its cabinet, level of the site).

    The limits are nested, so filling each cabinet first and the site afterwards is the max-min
    fair point of the whole tree.
    """
    n = end - start
    total = 0.0
    first = 0
    for i in range(n):
        got[i] = slots[start + i].wanted_kw
        cabinet = slots[start + i].cabinet
        if i == n - 1 or slots[start + i + 1].cabinet != cabinet:
            total += _fill(got, first, i + 1, cabinet_kw[cabinet])
            first = i + 1
    if total > cap:
        _fill(got, 0, n, cap)


@inline
def _equal_share(slots, start, end, cabinet_kw, cap, got, allotted):
    """The site's power equally to cabinets, each cabinet's equally to its EVs; what one does not
    use goes to the others of its level."""
    n = end - start
    base = slots[start].cabinet
    cabinets = slots[end - 1].cabinet - base + 1
    for c in range(cabinets):
        allotted[c] = 0.0
    for i in range(n):
        got[i] = slots[start + i].wanted_kw
        allotted[slots[start + i].cabinet - base] += got[i]
    for c in range(cabinets):
        allotted[c] = min(allotted[c], cabinet_kw[base + c])
    _fill(allotted, 0, cabinets, cap)
    first = 0
    for i in range(n):
        if i == n - 1 or slots[start + i + 1].cabinet != slots[start + i].cabinet:
            _fill(got, first, i + 1, allotted[slots[start + i].cabinet - base])
            first = i + 1


@inline
def _fcfs(slots, start, end, cabinet_kw, cap, got, left):
    """In the order in which they began to charge, each EV takes what it wants of what is left."""
    n = end - start
    base = slots[start].cabinet
    for i in range(n):
        got[i] = -1.0
        left[slots[start + i].cabinet - base] = cabinet_kw[slots[start + i].cabinet]
    for _ in range(n):
        turn = -1
        for i in range(n):
            if got[i] < 0.0 and (turn < 0 or slots[start + i].on_ns < slots[start + turn].on_ns):
                turn = i
        c = slots[start + turn].cabinet - base
        kw = min(slots[start + turn].wanted_kw, left[c], cap)
        got[turn] = kw
        left[c] -= kw
        cap -= kw


@inline
def _modular(slots, start, end, cabinet_kw, cap, module_kw, got, modules, left):
    """Whole modules, one at a time to the EV with the fewest: of equals, to the one that has
    charged longest."""
    n = end - start
    base = slots[start].cabinet
    for i in range(n):
        got[i], modules[i] = 0.0, 0.0
        kw = cabinet_kw[slots[start + i].cabinet]
        left[slots[start + i].cabinet - base] = floor(kw / module_kw) if kw < inf else inf
    total = 0.0
    while True:
        turn = -1
        for i in range(n):
            slot = slots[start + i]
            if got[i] >= slot.wanted_kw or left[slot.cabinet - base] < 1.0:
                continue
            more = min(slot.wanted_kw, (modules[i] + 1.0) * module_kw)
            if total - got[i] + more > cap:
                continue
            if (
                turn < 0
                or modules[i] < modules[turn]
                or (modules[i] == modules[turn] and slot.on_ns < slots[start + turn].on_ns)
            ):
                turn = i
        if turn < 0:
            return
        slot = slots[start + turn]
        modules[turn] += 1.0
        left[slot.cabinet - base] -= 1.0
        more = min(slot.wanted_kw, modules[turn] * module_kw)
        total = total - got[turn] + more
        got[turn] = more


@jit
def by_rule(slots, start, end, cabinet_kw, cap, rule, module_kw, got, spare, more):
    """Any rule but max-min."""
    if rule == EQUAL_SHARE:
        _equal_share(slots, start, end, cabinet_kw, cap, got, spare)
    elif rule == FCFS:
        _fcfs(slots, start, end, cabinet_kw, cap, got, spare)
    else:
        _modular(slots, start, end, cabinet_kw, cap, module_kw, got, more, spare)


@inline
def share(w, s):
    """Fill the first row of `scratch` with what each busy slot of station `s` gets."""
    station = w.stations[s]
    start, end = station.slot_start, station.busy_end
    if start == end:  # the last one has left
        return
    cap = station.grid_cap_kw * station.efficiency
    got = w.scratch[0]
    if station.sharing == MAX_MIN:
        max_min(w.slots, start, end, w.cabinet_kw, cap, got)
    else:
        by_rule(
            w.slots, start, end, w.cabinet_kw, cap, station.sharing, station.module_kw,
            got, w.scratch[1], w.scratch[2],
        )  # fmt: skip
