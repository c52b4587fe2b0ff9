"""How a station shares its power: max-min fairness, by water filling on a tree of limits."""

from collections.abc import Sequence
from math import inf


def water_level(wanted: Sequence[float], kw: float) -> float:
    """The level L at which sum(min(w, L) for w in wanted) is `kw`; inf if all of it fits."""
    left = kw
    for n, w in enumerate(sorted(wanted)):
        level = left / (len(wanted) - n)  # if all who want at least `w` got the same
        if w > level:
            return level
        left -= w
    return inf


def share(
    wanted: Sequence[Sequence[float]], cabinet_kw: Sequence[float], cap_kw: float
) -> list[list[float]]:
    """Power of each EV [kW], cabinet by cabinet: first the cabinets' limits, then the site's."""
    cut = []
    for own, kw in zip(wanted, cabinet_kw, strict=True):
        level = water_level(own, kw)
        cut.append([min(w, level) for w in own])
    level = water_level([w for own in cut for w in own], cap_kw)
    return [[min(w, level) for w in own] for own in cut]
