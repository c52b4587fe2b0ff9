"""What EVs with a diary do is what stands in it."""

import numpy as np

from sim.audit.errands import Out, errand_kwh, errands
from sim.audit.rows import TOLERANCE, books, off
from sim.clock import HOUR, hours
from sim.ledger import Ledger
from sim.lifecycle import Outcome


def diaries(ledger: Ledger) -> list[str]:
    """An EV is at the place of its stay, no earlier than it comes, and who is plugged in leaves as
    the stay ends, or as soon as it may unplug; or it is at a station around it.  What it entered
    with, was charged and drove on fuel is what its ways took and what it holds."""
    own = np.flatnonzero(ledger.evs["diary"] >= 0)
    if not len(own):
        return []
    out = Out.of(ledger)
    used = _used_kwh(ledger) + errand_kwh(ledger, out)
    wrong = {
        "an EV with a diary used other energy than it had": off(
            used[own], np.subtract(*books(ledger))[own]
        )
    }
    checks = wrong | _stays(ledger) | errands(ledger, out)
    return [what for what, bad in checks.items() if bad.any()]


def _used_kwh(ledger: Ledger) -> np.ndarray:
    """What the ways from stay to stay took, [EV]."""
    evs, (diaries, stays) = ledger.evs, ledger.diaries
    start = np.where(evs["diary"] >= 0, np.append(diaries["start"], 0)[evs["diary"]], 0)
    left = np.where(evs["diary"] >= 0, ledger.ends["turns"], 0)
    ends = np.column_stack([start, start + left]).ravel()
    # Each by itself: differences of a sum over millions of stays would be off by its last digits.
    taken = np.add.reduceat(np.append(stays["used_kwh"], 0.0), ends)[::2]
    found: np.ndarray = np.where(left > 0, taken, 0.0)
    return found


def _stays(ledger: Ledger) -> dict[str, np.ndarray]:
    rows = np.flatnonzero(ledger.at_stay)
    v, stays = ledger.visits[rows], ledger.diaries.stays[ledger.of_stay[rows]]
    leave = hours(stays["leave_ns"])
    handshake = ledger.model.arrays.stations["handshake_ns"][v["station"]] / HOUR
    plugged = (v["outcome"] != Outcome.IN_SYSTEM_AT_END) & (v["outcome"] != Outcome.BALKED)
    late = v["leave_h"] > np.maximum(leave, v["plug_h"] + handshake) + TOLERANCE
    return {
        "an EV is not where its stay is": v["station"] != stays["place"],
        "an EV is at its stay before it comes": v["arrival_h"]
        < hours(stays["arrive_ns"]) - TOLERANCE,
        "an EV leaves its stay too early": plugged & (v["leave_h"] < leave - TOLERANCE),
        "an EV leaves its stay too late": plugged & (v["cuts"] == 0) & late,
    }
