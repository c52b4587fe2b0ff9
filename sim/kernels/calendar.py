"""What happens next: a tournament over stations, and a heap of EVs under way.

A station holds one next-event time that is always up to date, so nothing stale is ever fired and
the tournament needs no deletion.  EVs under way are few (a second stop, a reroute); the first
arrivals of all EVs are a sorted stream.
"""

from sim.clock import NEVER
from sim.kernels._jit import inline, jit, once
from sim.lifecycle import Kind

STATE, PATIENCE, NONE = int(Kind.STATE), int(Kind.PATIENCE), int(Kind.NONE)
SETTLED = -2
NUMBER = 2**32 - 1  # the part of a rank that is the number of the station


@inline
def rank(kind, s):
    """Who is first of those that are due at the same instant: the least."""
    return kind << 32 | s


@inline
def build(tree, stations):
    """Fill `tree` (twice a power of two; leaves in its upper half) from the stations' times."""
    half = len(tree) // 2
    for s in range(half):
        leaf = tree[half + s]
        leaf.due_ns, leaf.order = NEVER, rank(NONE, s)
        if s < len(stations):
            leaf.due_ns, leaf.order = stations[s].next_ns, rank(stations[s].next_kind, s)
    for node in range(half - 1, 0, -1):
        a, b, match = tree[2 * node], tree[2 * node + 1], tree[node]
        match.due_ns, match.order = a.due_ns, a.order
        if b.due_ns < a.due_ns or (b.due_ns == a.due_ns and b.order < a.order):
            match.due_ns, match.order = b.due_ns, b.order


@once
def replay(tree, stations, s):
    """Station `s` has a new time: play its matches again.  The winner is `tree[1]`."""
    node = len(tree) // 2 + s
    due, order = stations[s].next_ns, rank(stations[s].next_kind, s)
    tree[node].due_ns, tree[node].order = due, order
    while node > 1:
        other = tree[node ^ 1]
        # All is compared whatever comes out, since nobody could guess it: there are no branches.
        loses = (other.due_ns < due) | ((other.due_ns == due) & (other.order < order))
        due, order = (other.due_ns if loses else due), (other.order if loses else order)
        node //= 2
        tree[node].due_ns, tree[node].order = due, order


@once
def _next_of_slots(w, start, end):
    """What is due first at these EVSEs: when, what, at which; of equals the least kind, then the
    first."""
    times, kinds = w.next_ns[start:end], w.next_kind[start:end]
    due, kind, who = NEVER, NONE, 0
    for n in range(len(times)):
        due = min(due, times[n])
    if due < NEVER:
        for n in range(len(times)):
            if times[n] == due and kinds[n] < kind:
                kind, who = kinds[n], start + n
    return due, kind, who


@inline
def refresh(w, s):
    """State what is due next at station `s`, and tell the calendar."""
    station = w.stations[s]
    due, kind, who = _next_of_slots(w, station.slot_start, station.busy_end)
    if station.script_next < station.script_end:
        time = w.script[station.script_next].time_ns
        if time < due or (time == due and kind > STATE):
            due, kind, who = time, STATE, 0
    if station.patience_ns < due or (station.patience_ns == due and kind > PATIENCE):
        due, kind, who = station.patience_ns, PATIENCE, station.patience_who
    if due == NEVER:
        kind, who = NONE, 0
    station.next_ns, station.next_kind, station.next_who = due, kind, who
    if not w.clock[0].apart:
        replay(w.tree, w.stations, s)


@inline
def touch(w, s):
    """Something happens at station `s`: it settles before the next event."""
    station, clock = w.stations[s], w.clock[0]
    if station.changed == SETTLED:
        station.changed = clock.changed
        clock.changed = s


@inline
def due_before(a, b):
    """Whether the EV of one entry arrives before that of another."""
    return a.due_ns < b.due_ns or (a.due_ns == b.due_ns and a.ev < b.ev)


@inline
def _put(entry, due_ns, ev, who):
    entry.due_ns, entry.ev, entry.who = due_ns, ev, who


@once
def push(heap, count, due_ns, ev, who):
    """Driver `who` of an EV is under way until `due_ns`.  Returns the new count."""
    k = count
    while k > 0:
        up = heap[(k - 1) // 2]
        if up.due_ns < due_ns or (up.due_ns == due_ns and up.ev < ev):
            break
        _put(heap[k], up.due_ns, up.ev, up.who)
        k = (k - 1) // 2
    _put(heap[k], due_ns, ev, who)
    return count + 1


@once
def pop(heap, count):
    """Take out the EV that arrives first (`heap[0]`).  Returns the new count."""
    count -= 1
    last = heap[count]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= count:
            break
        if child + 1 < count and due_before(heap[child + 1], heap[child]):
            child += 1
        if not due_before(heap[child], last):
            break
        _put(heap[k], heap[child].due_ns, heap[child].ev, heap[child].who)
        k = child
    _put(heap[k], last.due_ns, last.ev, last.who)
    return count


@jit
def set_out(w, d):
    """Driver `d` is under way until its `due_ns`."""
    driver = w.drivers[d]
    w.clock[0].driving = push(w.heap, w.clock[0].driving, driver.due_ns, driver.ev, d)
