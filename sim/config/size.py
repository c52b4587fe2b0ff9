"""How much memory a run will take, estimated before it begins.

So that what is asked by a slip (towns by the thousand, a calendar of a century) is told at once,
not by a machine that dies after an hour.  Bytes are measured, and rounded up.
"""

from collections.abc import Iterator, Mapping

GB = 1e9
A_TRIP = 2_000  # a trip of a car, from its draws to its visits
A_PAIR, A_PAIR_DAY = 300, 40  # an ordered pair of towns, and each of its days
A_BIN = 200  # a station and a bin, with the copies that figures are made of
A_CHANGE = 400  # a scripted change: a cap, a failure or a repair
A_TRUCK_DAY = 30_000  # random factors and visits
TRIP_S, PAIR_S = 20e-6, 15e-6  # [s] of a processor


def too_much(what: str, parts: Mapping[str, float], most_gb: float) -> Iterator[str]:
    """A sentence if the `parts` (bytes, by what asks for them) together take more than that."""
    total = sum(parts.values())
    if total > most_gb * GB:
        largest = max(parts, key=lambda name: parts[name])
        yield (
            f"{what} would take about {total / GB:,.3g} GB of memory, more than "
            f"`engine.most_memory` = {most_gb:g}; {parts[largest] / GB:,.3g} GB of that for "
            f"{largest}"
        )
