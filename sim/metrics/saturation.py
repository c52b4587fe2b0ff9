"""Saturation, as France's national platform of charging data (QualiCharge) defines it.

A station is saturated while fewer than 10 % of its usable EVSEs, those in service, are free: with
up to 10 usable ones while none is, with 11 to 20 while one is at most.  Where none is usable there
is no share, and it is out of service instead.  A clock hour counts from 15 minutes of it.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.ledger import Ledger
from sim.metrics.hours import spread
from sim.metrics.occupancy import occupancy
from sim.metrics.stays import LEAST_H
from sim.metrics.windows import Window

LEAST_FREE = 0.1  # of the usable EVSEs
COUNTS_H = 0.25  # of a clock hour


class Spells(NamedTuple):
    """Times through which a station is saturated, each an array [spell], station by station."""

    station: np.ndarray
    begin_h: np.ndarray
    end_h: np.ndarray


def spells(ledger: Ledger) -> Spells:
    """From instant to instant: who leaves an EVSE to the first in line does not end one."""
    at = occupancy(ledger)
    scarce = (at.usable > 0.5) & (at.free < LEAST_FREE * at.usable - LEAST_H)
    other = np.diff(at.station, prepend=-1) != 0
    begins = scarce & (other | ~np.roll(scarce, 1))
    ends = scarce & (np.roll(other, -1) | ~np.roll(scarce, -1))
    return Spells(at.station[begins], at.begin_h[begins], at.end_h[ends])


def saturation(ledger: Ledger, window: Window) -> dict[str, np.ndarray]:
    """How saturated each station is on the days that count, by figure [station].

    - ``saturated_h_per_day``  clock hours that count, a day
    - ``saturated_worst_min``  the most of any one clock hour
    - ``saturated_spell_h``    the longest time without an end, as far as it lies on these days
    """
    found, rows = spells(ledger), len(ledger.model.stations)
    hours = spread(ledger, rows, *found)[:, window.hours()]
    longest = np.zeros(rows)
    for begin, end in _runs(window):
        inside = np.minimum(found.end_h, end) - np.maximum(found.begin_h, begin)
        np.maximum.at(longest, found.station, inside)
    return {
        "saturated_h_per_day": (hours >= COUNTS_H - LEAST_H).sum(axis=2).mean(axis=1),
        "saturated_worst_min": np.minimum(60.0, 60.0 * hours.max(axis=(1, 2))),  # more is rounding
        "saturated_spell_h": longest,
    }


def _runs(window: Window) -> Iterator[tuple[float, float]]:
    """The hours from which to which its days follow each other."""
    days = sorted(window.days)
    first = days[0]
    for day, after in pairwise([*days, days[-1] + 2]):
        if after > day + 1:
            yield 24.0 * first, 24.0 * (day + 1)
            first = after
