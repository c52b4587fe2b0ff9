"""What happens next: a tournament over stations, and a heap of EVs under way.

A station holds one next-event time that is always up to date, so nothing stale is ever fired and
the tournament needs no deletion.  EVs under way are few (a second stop, a reroute); the first
arrivals of all EVs are a sorted stream.
"""

from sim.clock import NEVER
from sim.kernels._jit import inline
from sim.lifecycle import Kind

STATE, PATIENCE, NONE = int(Kind.STATE), int(Kind.PATIENCE), int(Kind.NONE)


@inline
def _earlier(stations, a, b):
    if b < 0:  # leaves without a station are the last
        return True
    x, y = stations[a], stations[b]
    if x.next_ns != y.next_ns:
        return x.next_ns < y.next_ns
    if x.next_kind != y.next_kind:
        return x.next_kind < y.next_kind
    return a < b


@inline
def build(tree, stations):
    """Fill `tree` (twice a power of two; leaves in its upper half) from the stations' times."""
    half = len(tree) // 2
    for s in range(half):
        tree[half + s] = s if s < len(stations) else -1
    for node in range(half - 1, 0, -1):
        a, b = tree[2 * node], tree[2 * node + 1]
        tree[node] = a if _earlier(stations, a, b) else b


@inline
def replay(tree, stations, s):
    """Station `s` has a new time: play its matches again.  The winner is `tree[1]`."""
    node = (len(tree) // 2 + s) // 2
    while node > 0:
        a, b = tree[2 * node], tree[2 * node + 1]
        tree[node] = a if _earlier(stations, a, b) else b
        node //= 2


@inline
def refresh(w, s):
    """State what is due next at station `s`, and tell the calendar."""
    station = w.stations[s]
    due, kind, who = NEVER, NONE, -1
    for k in range(station.slot_start, station.busy_end):
        slot = w.slots[k]
        if slot.next_ns < due or (slot.next_ns == due and slot.next_kind < kind):
            due, kind, who = slot.next_ns, slot.next_kind, k
    if station.script_next < station.script_end:
        time = w.script[station.script_next].time_ns
        if time < due or (time == due and kind > STATE):
            due, kind, who = time, STATE, -1
    if station.patience_ns < due or (station.patience_ns == due and kind > PATIENCE):
        due, kind, who = station.patience_ns, PATIENCE, station.patience_ev
    if due == NEVER:
        kind, who = NONE, -1
    station.next_ns, station.next_kind, station.next_who = due, kind, who
    replay(w.tree, w.stations, s)


@inline
def _due_before(evs, a, b):
    return evs[a].due_ns < evs[b].due_ns or (evs[a].due_ns == evs[b].due_ns and a < b)


@inline
def push(heap, count, evs, i):
    """EV `i` is under way until its `due_ns`.  Returns the new count."""
    k = count
    while k > 0:
        parent = (k - 1) // 2
        if not _due_before(evs, i, heap[parent]):
            break
        heap[k] = heap[parent]
        k = parent
    heap[k] = i
    return count + 1


@inline
def pop(heap, count, evs):
    """Take out the EV that arrives first (`heap[0]`).  Returns the new count."""
    count -= 1
    last = heap[count]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= count:
            break
        if child + 1 < count and _due_before(evs, heap[child + 1], heap[child]):
            child += 1
        if not _due_before(evs, heap[child], last):
            break
        heap[k] = heap[child]
        k = child
    heap[k] = last
    return count
