"""No power above a limit."""

import numpy as np

from sim.audit.rows import TOLERANCE, two_guns
from sim.clock import ns
from sim.ledger import Ledger, in_groups
from sim.lifecycle import Change


def limits(ledger: Ledger) -> list[str]:
    """No site, cabinet or EVSE above its limit at any time; no EV faster than its curve."""
    arrays, names = ledger.model.arrays, ledger.model.station_names
    slots, first = arrays.slots, arrays.stations["slot_start"]
    over = (ledger.bins["power_max_kw"] > _caps(ledger) * (1.0 + TOLERANCE) + TOLERANCE).any(axis=1)
    over |= ledger.excess_kw > TOLERANCE * np.maximum(1.0, ledger.bins["power_max_kw"].max(axis=1))
    problems = [f"{names[s]} above its cap" for s in np.flatnonzero(over)]
    over = ledger.cabinet_peak_kw > arrays.cabinets["kw"] * (1.0 + TOLERANCE)
    of_cabinet = arrays.slots["station"][np.unique(slots["cabinet"], return_index=True)[1]]
    problems += [f"{names[of_cabinet[c]]} above a cabinet" for c in np.flatnonzero(over)]
    over = ledger.evse_peak_kw > arrays.profiles["limit_kw"].max(axis=0)[slots["evse_class"]]
    problems += [
        f"EVSE {k - first[slots['station'][k]]} of {names[slots['station'][k]]} above its limit"
        for k in np.flatnonzero(over)
    ]
    return problems + _faster_than_curve(ledger)


def _caps(ledger: Ledger) -> np.ndarray:
    """Greatest battery-side cap in force within each bin [station, bin], from the inputs."""
    model, (stations, bins) = ledger.model, ledger.bins.shape
    sets = ledger.script[ledger.script["kind"] == Change.CAP]
    time, bin_ns = ns(sets["time_h"]), ns(model.bin_h)
    sets, time = sets[time < bins * bin_ns], time[time < bins * bin_ns]
    s, kw = sets["station"], np.maximum(0.0, sets["kw"])
    last, next_start = time // bin_ns, -(-time // bin_ns)
    # At the start of a bin the last cap set until then is in force; in it also those set inside.
    start = np.full((stations, bins + 1), -1)
    start[s, next_start] = np.arange(len(sets))
    start = np.maximum.accumulate(start, axis=1)[:, :bins]
    first = ledger.model.arrays.stations["grid_cap_kw"][:, None]
    cap = np.where(start < 0, first, np.append(kw, 0.0)[start])
    inside = last < next_start
    np.maximum.at(cap, (s[inside], last[inside]), kw[inside])
    found: np.ndarray = cap * model.arrays.stations["efficiency"][:, None]
    return found


def _faster_than_curve(ledger: Ledger) -> list[str]:
    v, arrays = ledger.visits, ledger.model.arrays
    rows = np.flatnonzero((v["cuts"] == 0) & (ledger.energy_kwh > 0.0) & ~ledger.swapped)
    end, hours = v["leave_kwh"][rows], v["charge_h"][rows]
    begin = v["arrival_kwh"][rows] - v["aux_kwh"][rows]  # it waited before it charged
    limit = ledger.evs["ev_kw"][v["ev"][rows]]
    fast = end - begin > hours * limit * (1.0 + TOLERANCE) + TOLERANCE
    vehicles, classes = arrays.profiles.shape
    evse = arrays.slots["evse_class"][v["slot"][rows]]
    evse = np.where(two_guns(v)[rows], arrays.double[evse], evse)
    of = v["vehicle"][rows] * classes + evse
    order = in_groups(of, vehicles * classes)
    groups = np.split(order, np.searchsorted(of[order], np.arange(1, vehicles * classes)))
    for profile, own in zip(arrays.profiles.ravel(), groups, strict=True):
        steps = arrays.steps[profile["start"] : profile["end"]]
        flows = np.flatnonzero(steps["kw"] > 0)
        edges, kw = np.append(0.0, steps["end_kwh"]), steps["kw"]
        if len(flows) < len(steps) or not len(own):  # a step without power takes for ever
            continue
        table = np.append(0.0, np.cumsum(np.diff(edges) / kw))
        least = np.interp(end[own], edges, table) - np.interp(begin[own], edges, table)
        fast[own] |= least > hours[own] * (1.0 + TOLERANCE) + TOLERANCE
    return ["an EV got more than its EVSE, its curve or its own limit can give"] * bool(fast.any())
