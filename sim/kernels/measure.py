"""What is seen of a station: integrals per bin, and events that a SimPy process waits for."""

from sim.clock import HOUR
from sim.kernels._jit import inline, jit


@inline
def tell(w, s, what, d, slot):
    """Note an event that a SimPy process waits for."""
    if s >= 0 and (w.stations[s].watch >> what) & 1:
        clock = w.clock[0]
        if clock.hits < len(w.hits):
            hit = w.hits[clock.hits]
            hit.what, hit.station, hit.ev, hit.slot = what, s, w.drivers[d].ev, slot
            clock.hits += 1


@inline
def bin_now(w, s):
    """The bin of station `s` in which its integrals end: call `integrate` first."""
    return w.bins[s, w.stations[s].bin]


@jit
def integrate(w, s, t):
    """Complete the integrals of station `s` up to `t`; its state was constant since the last."""
    station = w.stations[s]
    at = station.since_ns
    if t <= at:
        return
    width, last = w.clock[0].bin_ns, w.clock[0].bins - 1
    b = station.bin
    while True:
        edge = (b + 1) * width
        end = t if b == last else min(t, edge)
        dt = (end - at) / HOUR
        cell = w.bins[s, b]
        cell.queue_h += station.line_count * dt
        cell.queue_max = max(cell.queue_max, float(station.line_count))
        cell.occupied_h += station.occupied * dt
        cell.up_h += station.up * dt
        cell.charging_h += station.charging * dt
        cell.energy_kwh += station.power_kw * dt
        cell.power_max_kw = max(cell.power_max_kw, station.power_kw)
        cell.curtailed_kwh += (station.wanted_kw - station.power_kw) * dt
        if end == edge and b < last:
            b += 1
        if end == t:
            station.since_ns, station.bin = t, b
            return
        at = end
