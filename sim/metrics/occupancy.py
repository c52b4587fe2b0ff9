"""How many EVSEs of a station work and how many of them are free, from change to change."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from sim.ledger import Ledger, in_groups
from sim.lifecycle import Change
from sim.metrics.stays import LEAST_H, stays


class Occupancy(NamedTuple):
    """Stretches between changes, each an array [stretch]: station after station, in the order of
    time.  Before the first of a station nobody is there, and all its EVSEs work."""

    station: np.ndarray
    begin_h: np.ndarray
    end_h: np.ndarray
    taken: np.ndarray  # EVSEs, those out of order at which somebody overstays included
    usable: np.ndarray  # in service
    free: np.ndarray  # in service, and nobody there


_found: WeakKeyDictionary[Ledger, Occupancy] = WeakKeyDictionary()


def occupancy(ledger: Ledger, slots: np.ndarray | None = None) -> Occupancy:
    """From exact times of plugging in and leaving, and of failures and repairs; made once, but for
    that of stations all of whose EVSEs are `slots`."""
    if slots is not None:
        return _occupancy(ledger, slots)
    if ledger not in _found:
        _found[ledger] = _occupancy(ledger)
    return _found[ledger]


class States(NamedTuple):
    """What EVSEs are between changes, each an array [stretch]: EVSE after EVSE, in the order of
    time.  Before the first of an EVSE nobody is there, and it works; an EV that overstays may be at
    one that is out of order."""

    slot: np.ndarray
    begin_h: np.ndarray
    end_h: np.ndarray
    taken: np.ndarray
    down: np.ndarray


def states(ledger: Ledger, slots: np.ndarray | None = None) -> States:
    """Of EVSEs of these numbers, or of all if None, from the same times; of several changes at once
    the last one lasts."""
    at, (broken, fails) = stays(ledger), outages(ledger)
    of, plug_h, unplug_h = at.slot, at.plug_h, at.unplug_h
    if slots is not None:
        some, out = np.isin(of, slots), np.isin(broken["slot"], slots)
        of, plug_h, unplug_h = of[some], plug_h[some], unplug_h[some]
        broken, fails = broken[out], fails[out]
    own, others = np.ones(len(of)), np.zeros(len(broken))
    slot, begin, end, state = _levels(
        ledger, np.concatenate([of, of, broken["slot"]]),
        np.concatenate([plug_h, unplug_h, broken["time_h"]]),
        np.array([np.concatenate([own, -own, others]),
                  np.concatenate([0.0 * own, 0.0 * own, fails])]),
    )  # fmt: skip
    return States(slot, begin, end, *(state > 0.5))


def _occupancy(ledger: Ledger, slots: np.ndarray | None = None) -> Occupancy:
    of = ledger.model.arrays.slots["station"]
    slot, begin, _, *state = states(ledger, slots)
    change = np.array([*state, state[0] | state[1]], float)
    change[:, 1:] -= change[:, :-1] * (slot[1:] == slot[:-1])
    station, begin, end, (taken, down, shut) = _levels(ledger, of[slot], begin, change)
    lasts = end - begin > LEAST_H
    evses = np.bincount(of)[station]
    columns = station, begin, end, taken, evses - down, evses - shut
    return Occupancy(*(column[lasts] for column in columns))


def outages(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Changes by which an EVSE fails (1) or is repaired (-1); a second failure before the repair
    is none."""
    script = ledger.script
    own = script[np.isin(script["kind"], (Change.EVSE_DOWN, Change.EVSE_UP))]
    own = own[np.argsort(own["slot"], kind="stable")]
    fails = own["kind"] == Change.EVSE_DOWN
    begins = np.diff(own["slot"], prepend=-1) != 0
    some = fails != np.where(begins, False, np.roll(fails, 1))
    return own[some], np.where(fails[some], 1.0, -1.0)


def _levels(
    ledger: Ledger, row: np.ndarray, time_h: np.ndarray, change: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What changes [quantity, change] sum to after each of them, to the next one in its row or
    to the end of the run: rows, begins and ends [change], sums [quantity, change]."""
    order = np.argsort(time_h)  # between changes at the same time nothing lasts
    order = order[in_groups(row[order], len(ledger.model.arrays.slots))]
    row, time_h, change = row[order], time_h[order], change[:, order]
    last = np.diff(row, append=-1) != 0
    end = np.where(last, ledger.end_h, np.roll(time_h, -1))
    total = np.cumsum(change, axis=1)
    first = np.flatnonzero(np.roll(last, 1))
    before = (total - change)[:, first]
    return row, time_h, end, total - np.repeat(before, np.diff(first, append=len(row)), axis=1)
