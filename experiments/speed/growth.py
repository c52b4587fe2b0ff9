"""How the cost of an event grows with the size of what is simulated: curves with exponents."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from experiments.speed.cases import CAP_KW, stations_only
from experiments.speed.rounds import interleaved, medians, times_as_long
from sim.engine import simulate
from sim.model import Cabinet, Model

Case = tuple[Model, np.ndarray]
AT_LEAST = 10  # sessions for each EVSE of the greatest cases
FEW, MANY = 10, 200  # EVSEs of a station


def with_limits(levels: int, sessions: int) -> Case:
    """Twenty EVSEs with limits of their own (1), under a cap (2), in cabinets besides (3)."""
    model, evs = stations_only(1, 20, sessions)
    station = model.stations[0]
    if levels == 1:
        station = replace(station, cap_kw=inf)
    if levels == 3:
        cabinets = tuple(Cabinet(station.evses[:4], kw=6.0 * CAP_KW) for _ in range(5))
        station = replace(station, cabinets=cabinets)
    return Model((station,), model.vehicles), evs


GROWS: Mapping[str, tuple[tuple[int, ...], Callable[[int, int], Case]]] = {
    "sessions": ((1_000, 10_000, 100_000, 1_000_000, 10_000_000),
                 lambda n, base: stations_only(100, 10, n)),
    "stations": ((1, 10, 100, 1_000, 10_000),
                 lambda n, base: stations_only(n, 10, max(base, 10 * AT_LEAST * n))),
    "evses": ((1, 2, 5, 10, 20, 50, 100, 200), lambda n, base: stations_only(1, n, base)),
    "steps": ((1, 2, 5, 10, 20, 50, 100), lambda n, base: stations_only(1, 20, base, n)),
    "levels": ((1, 2, 3), with_limits),
}  # fmt: skip
QUICK = 2  # sizes of each curve


def curves(base: int, rounds: int, quick: bool) -> dict[str, dict[str, Any]]:
    """By what grows: sizes, nanoseconds of an event at each, and the exponent a of n ** a."""
    found = {}
    for name, (sizes, case) in GROWS.items():
        sizes = sizes[:QUICK] if quick else sizes
        cost = [_event_ns(case(size, base), rounds) for size in sizes]
        found[name] = {"sizes": list(sizes), "event_ns": cost, "exponent": exponent(sizes, cost)}
    return found


def exponent(sizes: Any, cost: Any) -> float:
    """The slope of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(cost), 1)[0])


def _event_ns(case: Case, rounds: int) -> float:
    events = simulate(*case).events
    return 1e9 * medians(interleaved(lambda: simulate(*case), rounds=rounds))[0] / events


def crowded(sessions: int, rounds: int) -> dict[str, Any]:
    """What an event costs at a station of many EVSEs, against one of few."""
    few, many = (stations_only(1, n, sessions) for n in (FEW, MANY))
    events = [simulate(*case).events for case in (few, many)]
    times = interleaved(lambda: simulate(*few), lambda: simulate(*many), rounds=rounds)
    few_s, many_s = medians(times)
    return {
        "ratio": times_as_long(times) * events[0] / events[1], "few": FEW, "many": MANY,
        "few_us": 1e6 * few_s / events[0], "many_us": 1e6 * many_s / events[1],
    }  # fmt: skip
