"""How a station shares its power among the EVs that charge: one function per rule."""

from collections.abc import Callable, Sequence
from math import floor, inf, isinf
from typing import NamedTuple

from sim.lifecycle import Sharing


class Charging(NamedTuple):
    """An EV that charges, as the rules see it."""

    wanted_kw: float
    cabinet: int
    on_ns: int = 0  # power on since


class Limits(NamedTuple):
    """What a station has to share, at the battery side."""

    cabinet_kw: Sequence[float]
    cap_kw: float = inf
    module_kw: float = inf


Rule = Callable[[Sequence[Charging], Limits], list[float]]  # EVs by EVSE number; kW of each


def water_level(wanted: Sequence[float], kw: float) -> float:
    """The level L at which sum(min(w, L) for w in wanted) is `kw`; inf if all of it fits."""
    left = kw
    for n, w in enumerate(sorted(wanted)):
        level = left / (len(wanted) - n)  # if all who want at least `w` got the same
        if w > level:
            return level
        left -= w
    return inf


def fill(wanted: Sequence[float], kw: float) -> list[float]:
    """`kw` poured over those who want it: all stand at one level, or have what they want."""
    level = water_level(wanted, kw)
    return [min(w, level) for w in wanted]


def max_min(evs: Sequence[Charging], limits: Limits) -> list[float]:
    """First each cabinet's limit is filled over its EVs, then the site's over all EVs."""
    wanted = _by_cabinet(evs, limits)
    cut = [fill(own, kw) for own, kw in zip(wanted, limits.cabinet_kw, strict=True)]
    return fill([kw for own in cut for kw in own], limits.cap_kw)


def equal_share(evs: Sequence[Charging], limits: Limits) -> list[float]:
    """First the site's limit is filled over the cabinets, then each allotment over its EVs."""
    wanted = _by_cabinet(evs, limits)
    demands = [min(kw, sum(own)) for own, kw in zip(wanted, limits.cabinet_kw, strict=True)]
    allotments = fill(demands, limits.cap_kw)
    shares = [fill(own, kw) for own, kw in zip(wanted, allotments, strict=True)]
    return [kw for own in shares for kw in own]


def fcfs(evs: Sequence[Charging], limits: Limits) -> list[float]:
    """Who began first takes what it wants, and what is left goes to the next."""
    cabinet_left, site_left = list(limits.cabinet_kw), limits.cap_kw
    kws = [0.0] * len(evs)
    for n in sorted(range(len(evs)), key=lambda n: evs[n].on_ns):  # stable: EVSE by EVSE
        ev = evs[n]
        kws[n] = min(ev.wanted_kw, cabinet_left[ev.cabinet], site_left)
        cabinet_left[ev.cabinet] -= kws[n]
        site_left -= kws[n]
    return kws


def modular(evs: Sequence[Charging], limits: Limits) -> list[float]:
    """Whole modules, one at a time to the EV that has the fewest and can use one more."""
    left = [_modules(kw, limits.module_kw) for kw in limits.cabinet_kw]
    modules, kws, total = [0] * len(evs), [0.0] * len(evs), 0.0

    def with_one_more(n: int) -> float:
        return min(evs[n].wanted_kw, (modules[n] + 1) * limits.module_kw)

    def total_after(n: int) -> float:
        return (total - kws[n]) + with_one_more(n)

    def can_use_one(n: int) -> bool:
        has_module = left[evs[n].cabinet] > 0
        return kws[n] < evs[n].wanted_kw and has_module and total_after(n) <= limits.cap_kw

    while able := [n for n in range(len(evs)) if can_use_one(n)]:
        n = min(able, key=lambda n: (modules[n], evs[n].on_ns))  # the first of equals
        total, kws[n] = total_after(n), with_one_more(n)
        modules[n] += 1
        left[evs[n].cabinet] -= 1
    return kws


RULES: dict[Sharing, Rule] = {
    Sharing.MAX_MIN: max_min,
    Sharing.EQUAL_SHARE: equal_share,
    Sharing.FCFS: fcfs,
    Sharing.MODULAR: modular,
}


def _by_cabinet(evs: Sequence[Charging], limits: Limits) -> list[list[float]]:
    """What the EVs behind each cabinet want [kW].  EVSEs are numbered cabinet by cabinet."""
    cabinets = range(len(limits.cabinet_kw))
    return [[ev.wanted_kw for ev in evs if ev.cabinet == c] for c in cabinets]


def _modules(cabinet_kw: float, module_kw: float) -> float:
    return inf if isinf(cabinet_kw) else floor(cabinet_kw / module_kw)
