"""What energy costs."""

from sim.tariff import Tariff
from tests.reference.nanoseconds import HOUR


def fee_cny(tariff: Tariff | None, begin_ns: int, end_ns: int, kwh: float) -> float:
    """For `kwh` at constant power: each hour has its part of them, and its price."""
    if tariff is None:
        return 0.0
    prices = tariff.cny_per_kwh
    first, last = begin_ns // HOUR, end_ns // HOUR
    if first == last:
        return kwh * prices[first % len(prices)]
    total = 0.0
    for hour in range(first, last + 1):
        within_ns = min(end_ns, (hour + 1) * HOUR) - max(begin_ns, hour * HOUR)
        total += kwh * within_ns / (end_ns - begin_ns) * prices[hour % len(prices)]
    return total
