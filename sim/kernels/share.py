"""Max-min fair sharing on the tree EV <= EVSE <= cabinet <= site: water filling, bottom up.

Filling each cabinet first and the site afterwards gives the max-min fair point of the whole tree,
because the limits are nested: x_i = min(d_i, level of its cabinet, level of the site).
"""

from math import inf

from sim.kernels._jit import inline


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
def share(slots, start, end, cabinet_kw, cap, wanted):
    """Fill `wanted[0 : end - start]` with what each slot gets, from the slots' `wanted_kw`.

    Slots of one cabinet are neighbors.  `cap` is the site limit at the battery side.
    """
    n = end - start
    total = 0.0
    first = 0
    for i in range(n):
        wanted[i] = slots[start + i].wanted_kw
        cabinet = slots[start + i].cabinet
        if i == n - 1 or slots[start + i + 1].cabinet != cabinet:
            level = water_level(wanted, first, i + 1, cabinet_kw[cabinet])
            for j in range(first, i + 1):
                wanted[j] = min(wanted[j], level)
                total += wanted[j]
            first = i + 1
    if total > cap:
        level = water_level(wanted, 0, n, cap)
        for i in range(n):
            wanted[i] = min(wanted[i], level)
