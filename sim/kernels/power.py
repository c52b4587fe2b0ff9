"""Power at a station: who gets how much, and when that changes by itself."""

import numpy as np

from sim.clock import HOUR, NEVER
from sim.kernels import share
from sim.kernels._jit import inline
from sim.lifecycle import Kind, Slot

SESSION_END, POWER = int(Kind.SESSION_END), int(Kind.POWER)
CHARGING = int(Slot.CHARGING)


@inline
def nearest(t, wait_ns):
    """The whole nanosecond that is nearest to `wait_ns` (a float) after `t`."""
    if wait_ns >= NEVER:
        return NEVER
    return min(t + int(np.rint(wait_ns)), NEVER)


@inline
def wait_ns(slot, left_kwh):
    """Exact time from `since_ns` until a charging EVSE has given `left_kwh` more, as a float."""
    if left_kwh <= 0.0:
        return slot.beside_ns
    return slot.beside_ns + left_kwh / slot.kw * HOUR if slot.kw > 0.0 else float(NEVER)


@inline
def settle(w, slot, t):
    """Bring the battery at a charging EVSE up to date.

    If what was predicted for this very nanosecond has come, it holds exactly what the step, or the
    goal, asks.
    """
    if t == slot.next_ns and (slot.reached or slot.next_kind == POWER):
        kwh = slot.goal_kwh if slot.reached else w.steps[slot.step].end_kwh
        slot.beside_ns = wait_ns(slot, kwh - slot.kwh) - (t - slot.since_ns)
        slot.kwh, slot.since_ns = kwh, t
    elif t > slot.since_ns:
        beside = w.clock[0].beside_ns
        slot.kwh += slot.kw * ((t - slot.since_ns + (beside - slot.beside_ns)) / HOUR)
        slot.since_ns, slot.beside_ns = t, beside


@inline
def predict(w, slot):
    """When a charging EVSE's power will end or change by itself, given its present power."""
    edge = w.steps[slot.step].end_kwh
    last = slot.step == slot.step_end - 1 or edge >= slot.goal_kwh
    left = (slot.goal_kwh if last else edge) - slot.kwh
    due = nearest(slot.since_ns, wait_ns(slot, left))
    slot.next_ns, slot.next_kind, slot.reached = due, (SESSION_END if last else POWER), last
    if slot.limit_ns < due or (slot.limit_ns == due and not last):
        slot.next_ns, slot.next_kind, slot.reached = slot.limit_ns, SESSION_END, False


@inline
def _note_peak(w, slot):
    """Each of two guns gives half."""
    if slot.partner < 0:
        slot.peak_kw = max(slot.peak_kw, slot.kw)
    else:
        second = w.slots[slot.partner]
        slot.peak_kw = max(slot.peak_kw, 0.5 * slot.kw)
        second.peak_kw = max(second.peak_kw, 0.5 * slot.kw)


@inline
def reshare(w, s, t):
    """Share the power of station `s` again; only EVs whose power changes are touched."""
    station = w.stations[s]
    if station.wanted_kw == 0.0:  # nobody did, nobody does: a gate, a crane, a dock
        station.excess_kw = max(station.excess_kw, -station.grid_cap_kw * station.efficiency)
        return
    share.share(w, s)
    got = w.scratch[0]
    power, wanted, charging = 0.0, 0.0, 0
    cabinet, of_cabinet = -1, 0.0
    for k in range(station.slot_start, station.busy_end):
        slot = w.slots[k]
        if slot.state != CHARGING:
            continue
        kw = got[k - station.slot_start]
        if kw != slot.kw:
            settle(w, slot, t)
            slot.kw = kw
            _note_peak(w, slot)
            predict(w, slot)
        if slot.cabinet != cabinet:
            cabinet, of_cabinet = slot.cabinet, 0.0
        of_cabinet += kw
        w.cabinet_peak_kw[cabinet] = max(w.cabinet_peak_kw[cabinet], of_cabinet)
        power += kw
        wanted += slot.wanted_kw
        if kw > 0.0:
            charging += 1 if slot.partner < 0 else 2
    station.power_kw, station.wanted_kw, station.charging = power, wanted, charging
    station.excess_kw = max(station.excess_kw, power - station.grid_cap_kw * station.efficiency)
