"""EVs that are out to charge: where they go, one station after the other, and what that takes."""

from typing import NamedTuple

import numpy as np

from sim.audit.rows import TOLERANCE, off
from sim.clock import hours
from sim.kernels.errand import MOST_HOPS
from sim.ledger import Ledger, in_groups


class Out(NamedTuple):
    """Visits of EVs that are out to charge, EV by EV, in order: as columns."""

    row: np.ndarray
    ev: np.ndarray
    stay: np.ndarray
    zone: np.ndarray
    at: np.ndarray  # candidate of the zone; -1 = none
    before: np.ndarray  # the one from which it came; -1 = from its stay

    @classmethod
    def of(cls, ledger: Ledger) -> "Out":
        v = ledger.visits
        row = np.flatnonzero((ledger.hop >= 0) & (v["station"] >= 0))
        row = row[in_groups(v["ev"][row], len(ledger.evs))]
        ev, stay = v["ev"][row], ledger.of_stay[row]
        zone = ledger.diaries.stays["zone"][stay]
        at = _candidates(ledger)[zone, v["station"][row]]
        goes_on = (ev == np.roll(ev, 1)) & (stay == np.roll(stay, 1))
        goes_on[:1] = False
        return cls(row, ev, stay, zone, at, np.where(goes_on, np.roll(at, 1), -1))

    @property
    def last(self) -> np.ndarray:
        """It goes to no other one after it."""
        return np.append(self.before[1:] < 0, True)[: len(self.row)]


def _candidates(ledger: Ledger) -> np.ndarray:
    """Which one of its zone a station is, [zone, station]; -1: none."""
    fixed = ledger.model.arrays
    found = np.full((len(fixed.zones) + 1, len(fixed.stations)), -1, np.int64)
    for z, zone in enumerate(fixed.zones):
        own = fixed.candidates["station"][zone["start"] : zone["end"]]
        found[z, own] = np.arange(len(own))
    return found


def _way(ledger: Ledger, zone: np.ndarray, here: np.ndarray, to: np.ndarray) -> np.ndarray:
    """`km` and `drive_ns` from one candidate (-1: the stay) to another one."""
    fixed = ledger.model.arrays
    own, many = fixed.zones[zone], fixed.zones["end"][zone] - fixed.zones["start"][zone]
    found = np.zeros(len(zone), fixed.hops.dtype)
    out, on = here < 0, here >= 0
    first = fixed.candidates[(own["start"] + to)[out]]
    found["km"][out], found["drive_ns"][out] = first["km"], first["there_ns"]
    found[on] = fixed.hops[(own["hops"] + here * many + to)[on]]
    return found


def errand_kwh(ledger: Ledger, out: Out) -> np.ndarray:
    """What driving to stations and back took, [EV]; also on a way that is not over."""
    evs, ends, fixed = ledger.evs, ledger.ends, ledger.model.arrays
    km = np.zeros(len(evs))
    np.add.at(km, out.ev, _way(ledger, out.zone, out.before, out.at)["km"])
    present = np.append(ledger.diaries.diaries["start"], 0)[evs["diary"]] + ends["turns"]
    last = out.last
    back = last & (out.stay < present[out.ev])
    of = (fixed.zones["start"][out.zone] + out.at)[back]
    np.add.at(km, out.ev[back], fixed.candidates["km"][of])
    here = np.full(len(evs), -1)
    still = last & (out.stay == present[out.ev])
    here[out.ev[still]] = out.at[still]
    under_way = np.flatnonzero((evs["diary"] >= 0) & (ends["pos"] >= 0) & (here != ends["pos"]))
    zone = ledger.diaries.stays["zone"][present[under_way]]
    km[under_way] += _way(ledger, zone, here[under_way], ends["pos"][under_way])["km"]
    found: np.ndarray = km * evs["kwh_per_km"]
    return found


def errands(ledger: Ledger, out: Out) -> dict[str, np.ndarray]:
    """They look at few stations, all of them around the stay and none twice, and drive straight
    from one to the next."""
    v = ledger.visits
    hop, goes_on = ledger.hop[out.row], out.before >= 0
    came = np.where(goes_on, np.roll(v["leave_h"][out.row], 1), 0.0)
    lasts = hours(_way(ledger, out.zone, out.before, out.at)["drive_ns"])
    leave = hours(ledger.diaries.stays["leave_ns"][out.stay])
    arrival = v["arrival_h"][out.row]
    # One number for EV, stay and candidate, since rows of three are slow to sort.
    many = out.at.max(initial=0) + 2
    tried = (out.ev * np.int64(len(ledger.diaries.stays)) + out.stay) * many + out.at + 1
    twice = np.diff(np.sort(tried)) == 0
    return {
        "an EV charges at a station that is not around its stay": out.at < 0,
        "an EV looks at more stations than it may, or miscounts them": (hop > MOST_HOPS)
        | (hop != np.where(goes_on, np.roll(hop, 1) + 1, 0)),
        "an EV tries a station twice": twice,
        "an EV is out to charge before it leaves its stay": arrival < leave + lasts - TOLERANCE,
        "an EV does not drive straight to the next station": goes_on & off(arrival, came + lasts),
    }
