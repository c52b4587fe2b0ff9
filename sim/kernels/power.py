"""Power at a station: who gets how much, and when that changes by itself."""

import numpy as np

from sim.clock import HOUR, NEVER
from sim.kernels import money, share
from sim.kernels._jit import inline, once, span
from sim.lifecycle import Kind

SESSION_END, POWER = int(Kind.SESSION_END), int(Kind.POWER)


@once
def nearest(t, wait_ns):
    """The whole nanosecond that is nearest to `wait_ns` (a float) after `t`."""
    if wait_ns >= NEVER:
        return NEVER
    return min(t + int(np.rint(wait_ns)), NEVER)


@inline
def _wait_ns(w, k):
    """Exact time from `since_ns` until the EV at EVSE `k` is at the edge, as a float."""
    left_kwh = w.edge_kwh[k] - w.kwh[k]
    if left_kwh <= 0.0:
        return w.beside_ns[k]
    return w.beside_ns[k] + left_kwh / w.kw[k] * HOUR if w.kw[k] > 0.0 else float(NEVER)


@inline
def settle(w, k, t):
    """Bring the battery at a charging EVSE up to date.

    If the edge was predicted for this very nanosecond, it holds exactly what the step, or the goal,
    asks.
    """
    begin, kwh = w.since_ns[k], w.kwh[k]
    if t == w.next_ns[k] and (w.reached[k] or w.next_kind[k] == POWER):
        w.beside_ns[k] = _wait_ns(w, k) - (t - w.since_ns[k])
        w.kwh[k], w.since_ns[k] = w.edge_kwh[k], t
    elif t > w.since_ns[k]:
        beside = w.clock[0].beside_ns
        w.kwh[k] += w.kw[k] * ((t - w.since_ns[k] + (beside - w.beside_ns[k])) / HOUR)
        w.since_ns[k], w.beside_ns[k] = t, beside
    if len(w.prices) > 0:
        money.charge(w, k, w.kwh[k] - kwh, begin, t)


@once
def face_edge(w, k):
    """What comes first for a charging EVSE: the end of the step that it is in, or its goal."""
    slot = w.slots[k]
    edge = w.steps[slot.step].end_kwh
    if slot.step == slot.step_end - 1 or edge >= slot.goal_kwh:
        w.edge_kwh[k], w.edge_kind[k] = slot.goal_kwh, SESSION_END
    else:
        w.edge_kwh[k], w.edge_kind[k] = edge, POWER


@inline
def predict(w, k):
    """When a charging EVSE's power will end or change by itself, given its present power."""
    due, kind, limit = nearest(w.since_ns[k], _wait_ns(w, k)), w.edge_kind[k], w.slots[k].limit_ns
    if limit < due or (limit == due and kind == POWER):
        w.next_ns[k], w.next_kind[k], w.reached[k] = limit, SESSION_END, 0
    else:
        w.next_ns[k], w.next_kind[k], w.reached[k] = due, kind, kind == SESSION_END


@once
def _note_peak(w, k):
    """Each of two guns gives half."""
    slot, kw = w.slots[k], w.kw[k]
    if slot.partner < 0:
        slot.peak_kw = max(slot.peak_kw, kw)
    else:
        second = w.slots[slot.partner]
        slot.peak_kw = max(slot.peak_kw, 0.5 * kw)
        second.peak_kw = max(second.peak_kw, 0.5 * kw)


@once
def set_kw(w, s, k, kw, t):
    """From now on EVSE `k` gives so much, which is not what it gave."""
    settle(w, k, t)
    guns = 1 if w.slots[k].partner < 0 else 2
    w.stations[s].charging += guns * (int(kw > 0.0) - int(w.kw[k] > 0.0))
    w.kw[k] = kw
    _note_peak(w, k)
    predict(w, k)


@once
def reshare(w, s, t):
    """Share the power of station `s` again; only EVs whose power changes are touched."""
    station = w.stations[s]
    station.shares = 0
    cap = station.grid_cap_kw * station.efficiency
    if station.wanted_kw == 0.0:  # nobody did, nobody does: a gate, a crane, a dock
        station.excess_kw = max(station.excess_kw, -cap)
        return
    power_kw = share.share(w, s, cap)
    start, end = station.slot_start, station.busy_end
    for k in range(start, end):  # without a sign, see `records`
        if w.share_kw[k] != w.kw[k]:
            set_kw(w, s, k, w.share_kw[k], t)
    for c in span(station.cabinet_start, station.cabinet_end):
        cabinet = w.cabinets[c]
        if cabinet.slot_start >= end:
            break
        of_cabinet = share.total(w.kw[cabinet.slot_start : min(cabinet.slot_end, end)])
        cabinet.peak_kw = max(cabinet.peak_kw, of_cabinet)
    station.power_kw = power_kw
    station.wanted_kw = share.total(w.wanted_kw[start:end])
    station.excess_kw = max(station.excess_kw, station.power_kw - cap)
