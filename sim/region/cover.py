"""Cover: which drivers who set out to charge have a super gun near that is free and works.

Drivers are asked as they leave for a station, so the share is that of demand, and of the moments
in which it is there.  A super gun is near where driving to it takes no longer than some minutes, by
the ways of `travel.py`; whether it will still be free on arrival is not asked.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from sim.clock import HOUR
from sim.ledger import Ledger
from sim.metrics.occupancy import states
from sim.region.region import Region
from sim.region.travel import speeds


class Near(NamedTuple):
    """Places near blocks, pair by pair, block after block, the nearest first."""

    block: np.ndarray
    place: np.ndarray


def near(region: Region, at_km: np.ndarray, minutes: float) -> Near:
    """Which of the places `at_km` [place, (x, y)] are so near to each block of the region."""
    rows = region.blocks.rows
    kmh, detour = (own[rows["zone"]] for own in speeds(region.tables, region.zones))
    home = np.column_stack([rows["x_km"], rows["y_km"]])
    reach_km = minutes / 60.0 * kmh / detour  # in a straight line
    found = cKDTree(at_km).query_ball_point(home, reach_km, return_sorted=True)
    block = np.repeat(np.arange(len(home)), [len(own) for own in found])
    place = np.array([n for own in found for n in own], int)
    km = np.hypot(*(at_km[place] - home[block]).T)
    order = np.lexsort((place, km, block))
    return Near(block[order], place[order])


class Wishes(NamedTuple):
    """Drivers who set out to charge, each an array [wish]."""

    block: np.ndarray
    hour: np.ndarray  # of the run
    in_reach: np.ndarray  # a super gun is near
    is_free: np.ndarray  # one of these is free, and works


def wishes(ledger: Ledger, region: Region, minutes: float, days: Sequence[int]) -> Wishes:
    """All who set out on these days, from wherever they were; zones of the model are blocks.

    Raises ValueError where the zones of the model are not the blocks of the region.
    """
    if len(ledger.model.zones) != len(region.blocks.rows):
        raise ValueError("zones of the model are not the blocks of the region")
    first = ledger.hop == 0
    stay = ledger.diaries.stays[ledger.of_stay[first]]
    hour = stay["leave_ns"] // HOUR
    some = np.isin(hour // 24, [*days])
    block, at_h, hour = stay["zone"][some], stay["leave_ns"][some] / HOUR, hour[some].astype(int)
    super_, slots = supers(ledger, region.section.super_kw)
    rows = region.stations.rows[super_]
    pairs = near(region, np.column_stack([rows["x_km"], rows["y_km"]]), minutes)
    free = _free(ledger, pairs, slots, block.astype(int), at_h)
    in_reach = np.isin(block, pairs.block)
    return Wishes(block.astype(int), hour, in_reach, free)


def supers(ledger: Ledger, super_kw: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Stations with guns of that power or more, and their slots of these guns."""
    kw = np.array([
        min(evse.kw, own.kw)
        for station in ledger.model.stations for own in station.cabinets for evse in own.evses
    ])  # fmt: skip
    slot = np.flatnonzero(kw >= super_kw)
    of = ledger.model.arrays.slots["station"][slot]
    station, start = np.unique(of, return_index=True)
    return station, np.split(slot, start[1:]) if len(slot) else []


def _free(
    ledger: Ledger, pairs: Near, slots: Sequence[np.ndarray], block: np.ndarray, at_h: np.ndarray
) -> np.ndarray:
    """Whether any gun near a block is free then, [wish]: of each wish the nearest gun first."""
    many = np.array([len(own) for own in slots], int)
    gun = np.concatenate([np.zeros(0, int), *(slots[n] for n in pairs.place)])
    start = np.searchsorted(np.repeat(pairs.block, many[pairs.place]), block, "left")
    end = np.searchsorted(np.repeat(pairs.block, many[pairs.place]), block, "right")
    at = states(ledger)
    shut = np.append(at.taken | at.down, False)  # before its first change a gun is free
    span_h = ledger.end_h + 1.0
    changes_h = at.slot * span_h + at.begin_h
    found, left = np.zeros(len(block), bool), np.flatnonzero(start < end)
    while len(left):  # their nearest gun, the next one, ...
        own = gun[start[left]]
        row = np.searchsorted(changes_h, own * span_h + at_h[left], "right") - 1
        row = np.where((row >= 0) & (at.slot[row] == own), row, len(shut) - 1)
        found[left] = ~shut[row]
        start[left] += 1
        left = left[~found[left] & (start[left] < end[left])]
    return found


def shares(own: Wishes, which: np.ndarray) -> np.ndarray:
    """Of the wishes of every hour of the day, how many are among these, [24]; NaN where nobody
    wishes."""
    hour = own.hour % 24
    total = np.bincount(hour, minlength=24).astype(float)
    met = np.bincount(hour, which, 24)
    found: np.ndarray = np.divide(met, total, out=np.full(24, np.nan), where=total > 0.0)
    return found


def lacking(own: Wishes, blocks: int) -> np.ndarray:
    """How many wishes of all days found no free super gun near, int64 [block, hour of the day]."""
    at = own.block * 24 + own.hour % 24
    return np.bincount(at[~own.is_free], minlength=blocks * 24).reshape(blocks, 24)
