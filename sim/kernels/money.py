"""What a visit is charged for what its battery gets: the price is that of the hour."""

from sim.clock import HOUR
from sim.kernels._jit import inline, jit, once


@inline
def price(w, tariff, t):
    """The price at `t` [CNY/kWh]."""
    return w.prices[tariff, t // HOUR % w.prices.shape[1]]


@once
def _mean_price(w, tariff, begin, end):
    """Over a time of constant power, through however many hours; at an instant, its own."""
    if end <= begin:
        return price(w, tariff, begin)
    total, at = 0.0, begin
    while at < end:
        edge = min(end, (at // HOUR + 1) * HOUR)
        total += price(w, tariff, at) * (edge - at)
        at = edge
    return total / (end - begin)


@jit
def charge(w, k, kwh, begin, end):
    """EVSE `k` has given so much from `begin` to `end`, at constant power."""
    tariff = w.stations[w.slots[k].station].tariff
    if tariff >= 0:
        w.visiting[w.slots[k].driver].fee_cny += kwh * _mean_price(w, tariff, begin, end)
