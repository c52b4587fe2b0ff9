"""Diaries: what EVs do from stay to stay.  Made from fields, and checked before they run.

A stay has a time, a place where the EV may plug in, and what driving to the next one takes from its
battery.  EVs may share a diary.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.clock import NEVER, hours, ns
from sim.kernels import records
from sim.model import Model

TIMES = ("arrive", "leave")


class Diaries(NamedTuple):
    """Parameters
    ----------
    diaries : structured array (`records.DIARY`): of each diary the first of its stays, where they
        end, and what its driver makes of time and of stations.
    stays : structured array (`records.SOJOURN`), diary by diary, in order.
    """

    diaries: np.ndarray
    stays: np.ndarray


NONE = Diaries(np.zeros(0, records.DIARY), np.zeros(0, records.SOJOURN))


def make_diaries(
    diary: ArrayLike, cny_per_h: ArrayLike = np.inf, taste: ArrayLike = 0,
    taste_h: ArrayLike = 0.0, **fields: ArrayLike,
) -> Diaries:  # fmt: skip
    """One row per stay with the fields of `records.SOJOURN`; `diary` numbers the one that each
    belongs to, from 0, in order.

    Times are given as hours (`arrive_h`, `leave_h`) or as whole nanoseconds (`arrive_ns`, ...).
    Who says no `place` never plugs in, who says no `zone` never looks for a station.  `cny_per_h`:
    value of time, of each diary; inf: prices do not matter.  `taste_h`: a station costs its driver
    from 0 to so much more, another one by each `taste`, a whole number below 2**31.
    """
    of = np.asarray(diary, np.int64)
    if (np.diff(of, prepend=0) < 0).any():
        raise ValueError("stays must come diary by diary, from number 0")
    stays = np.zeros(len(of), records.SOJOURN)
    for name, value in ({"place": -1, "zone": -1} | fields).items():
        if name.removesuffix("_h") in TIMES:
            stays[f"{name.removesuffix('_h')}_ns"] = ns(np.asarray(value, float))
        else:
            stays[name] = value
    diaries = np.zeros(of.max(initial=-1) + 1, records.DIARY)
    diaries["start"] = np.searchsorted(of, np.arange(len(diaries)), "left")
    diaries["end"] = np.searchsorted(of, np.arange(len(diaries)), "right")
    diaries["cny_per_h"], diaries["taste"], diaries["taste_h"] = cny_per_h, taste, taste_h
    return Diaries(diaries, stays)


def check_diaries(model: Model, evs: np.ndarray, own: Diaries) -> None:
    """Kernels may assume: raise ValueError for the first stay, diary or EV that cannot be."""
    _check_stays(model, own.stays)
    start, end = (own.diaries[name].astype(np.int64) for name in ("start", "end"))
    for n in np.flatnonzero(~((start >= 0) & (start < end) & (end <= len(own.stays)))):
        raise ValueError(f"diary {n} has no stays")
    for n in np.flatnonzero(~(own.diaries["cny_per_h"] > 0)):
        worth = own.diaries["cny_per_h"][n]
        raise ValueError(f"diary {n} has a value of time that is not above 0: {worth}")
    taste, taste_h = own.diaries["taste"], own.diaries["taste_h"]
    can_be = (taste >= 0) & (taste < 2**31) & (taste_h >= 0.0) & (taste_h < np.inf)
    for n in np.flatnonzero(~can_be):
        raise ValueError(f"diary {n} has a taste that cannot be: {taste[n]}, {taste_h[n]} h")
    first = np.zeros(len(own.stays) + 1, bool)
    first[start] = True
    early = own.stays["arrive_ns"][1:] < own.stays["leave_ns"][:-1]
    for n in np.flatnonzero(early & ~first[1:-1]):
        at, over = (hours(own.stays[x][m]) for x, m in (("arrive_ns", n + 1), ("leave_ns", n)))
        raise ValueError(f"stay {n + 1} begins at {at} h, but the one before ends at {over} h")
    _check_evs(evs, own)


def _check_stays(model: Model, stays: np.ndarray) -> None:
    arrive, leave, place = stays["arrive_ns"], stays["leave_ns"], stays["place"]
    closed = np.array([s.swap is not None or s.opposite >= 0 for s in model.stations] + [False])
    known = (place >= -1) & (place < len(model.stations))
    checks: Mapping[str, tuple[Any, str]] = {
        "begins at a time that cannot be": ((arrive >= 0) & (arrive < NEVER), "arrive_ns"),
        "ends before it begins": (arrive <= leave, "leave_ns"),
        "uses energy that is no amount": (
            (stays["used_kwh"] >= 0) & (stays["used_kwh"] < np.inf), "used_kwh",
        ),
        "is at a place that does not exist": (known, "place"),
        "is in a zone that does not exist": (
            (stays["zone"] >= -1) & (stays["zone"] < len(model.zones)), "zone",
        ),
        "is at a station for others: it swaps packs or has an opposite side": (
            ~closed[np.where(known, place, -1)], "place",
        ),
    }  # fmt: skip
    for said, (good, name) in checks.items():
        for n in np.flatnonzero(~good):
            value = hours(stays[name][n]) if name.endswith("_ns") else stays[name][n]
            raise ValueError(f"stay {n} {said}: {value}")


def _check_evs(evs: np.ndarray, own: Diaries) -> None:
    known = (evs["diary"] >= -1) & (evs["diary"] < len(own.diaries))
    for i in np.flatnonzero(~known):
        raise ValueError(f"EV {i} has an impossible diary: {evs['diary'][i]}")
    with_one = np.flatnonzero(evs["diary"] >= 0)
    for name in ("route", "duty", "rack"):
        for i in with_one[evs[name][with_one] >= 0]:
            raise ValueError(f"EV {i} has both a diary and a {name}")
    begins = own.stays["arrive_ns"][own.diaries["start"][evs["diary"][with_one]]]
    for i in with_one[evs["entry_ns"][with_one] != begins]:
        raise ValueError(f"EV {i} does not enter as its first stay begins")
