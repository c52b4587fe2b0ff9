"""Who stood at which EVSE, and from when to when."""

from typing import NamedTuple

import numpy as np

from sim.ledger import Ledger

LEAST_H = 1e-9  # less is rounding


class Stays(NamedTuple):
    """Stays at EVSEs, each an array [stay]: a truck with two guns has one at each of them, and a
    visit that failures cut has several."""

    slot: np.ndarray
    plug_h: np.ndarray
    unplug_h: np.ndarray
    on_h: np.ndarray  # to `off_h`: power, or the wish for it
    off_h: np.ndarray
    kwh: np.ndarray


def stays(ledger: Ledger) -> Stays:
    """All stays, those that last to the end of the run included."""
    cuts, end_h = ledger.cuts, ledger.end_h
    v = ledger.visits

    def last(total: np.ndarray, of_cuts: np.ndarray) -> np.ndarray:
        """What is left of a visit for its last stay."""
        left = total - np.bincount(cuts["row"], of_cuts, len(v))
        return np.where(left > LEAST_H, left, 0.0)

    unplug_h = np.where(np.isnan(v["unplug_h"]), end_h, v["unplug_h"])
    off_h = np.where(np.isnan(v["charge_end_h"]), end_h, v["charge_end_h"])
    plug_h = unplug_h - last(v["occupied_h"], cuts["end_h"] - cuts["plug_h"])
    on_h = off_h - last(v["charge_h"], cuts["end_h"] - cuts["on_h"])
    kwh = ledger.energy_kwh - np.bincount(cuts["row"], cuts["kwh"], len(v))
    own, end = v["slot"] >= 0, cuts["end_h"]
    columns = [v["slot"], v["partner"], plug_h, unplug_h, on_h, off_h, kwh]
    moved = [cuts["slot"], cuts["partner"], cuts["plug_h"], end, cuts["on_h"], end, cuts["kwh"]]
    slot, partner, *times, kwh = (
        np.concatenate([a[own], b]) for a, b in zip(columns, moved, strict=True)
    )
    two = partner >= 0
    kwh = np.where(two, 0.5 * kwh, kwh)  # each gun gives half
    return Stays(*(np.append(x, y) for x, y in zip(
        (slot, *times, kwh), (partner[two], *(time[two] for time in times), kwh[two]), strict=True
    )))  # fmt: skip
