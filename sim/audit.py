"""What must hold in every ledger.  A ledger that fails is no result: `check` raises.

Each check uses the rows of the visits, the bins, or the inputs, and never the state that produced
them.  Tolerances are relative to the size of the sums, 1e-9.
"""

from collections.abc import Callable, Sequence

import numpy as np

from sim.ledger import Ledger
from sim.lifecycle import Change, Outcome

TOLERANCE = 1e-9


class AuditError(Exception):
    """An invariant is broken; `problems` holds one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _off(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a - b) > TOLERANCE * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))


def _per_station(ledger: Ledger, values: np.ndarray) -> np.ndarray:
    here = ledger.visits["station"] >= 0
    return np.bincount(
        ledger.visits["station"][here], values[here], minlength=len(ledger.model.stations)
    )


def _balance(ledger: Ledger, rows: np.ndarray, integral: str, what: str) -> list[str]:
    """The sum over visits equals the integral over time: energy, and Little's law."""
    total = _per_station(ledger, rows)
    area = ledger.bins[integral].sum(axis=1)
    return [
        f"{what} at {ledger.model.station_names[s]}: {total[s]:.12g} over visits, "
        f"{area[s]:.12g} over time"
        for s in np.flatnonzero(_off(total, area))
    ]


def energy(ledger: Ledger) -> list[str]:
    """Energy gained by batteries = power x time at the EVSEs, per station."""
    v = ledger.visits
    return _balance(ledger, v["leave_kwh"] - v["arrival_kwh"], "energy_kwh", "energy [kWh]")


def little(ledger: Ledger) -> list[str]:
    """Little's law on the sample path: waiting and occupation over visits and over time."""
    v = ledger.visits
    return _balance(ledger, v["wait_h"], "queue_h", "waiting [h]") + _balance(
        ledger, v["occupied_h"], "occupied_h", "occupation [h]"
    )


def conservation(ledger: Ledger) -> list[str]:
    """Visits in = outcomes out; only open visits have no end."""
    v = ledger.visits
    problems = []
    arrivals = ledger.bins["arrivals"].sum(axis=1)
    rows = _per_station(ledger, np.ones(len(v)))
    if (rows != arrivals).any():
        problems.append(f"{rows.sum():g} visits in the rows, {arrivals.sum():g} counted")
    open_rows = v["outcome"] == Outcome.IN_SYSTEM_AT_END
    if (np.isnan(v["leave_h"]) != open_rows).any():
        problems.append("a visit has an end and no outcome, or an outcome and no end")
    for name, outcome in (("balked", Outcome.BALKED), ("rerouted", Outcome.REROUTED)):
        counted, seen = ledger.bins[name].sum(), np.count_nonzero(v["outcome"] == outcome)
        if counted != seen:
            problems.append(f"{seen} visits {name} in the rows, {counted:g} counted")
    if np.count_nonzero(np.bincount(v["ev"][open_rows], minlength=1) > 1):
        problems.append("an EV is in two places at once")
    ends = np.where(open_rows, ledger.end_h, v["leave_h"])
    stay = ends - v["arrival_h"]
    if _off(stay, v["wait_h"] + v["occupied_h"]).any():
        problems.append("a stay is not waiting plus occupation")
    return problems


def battery(ledger: Ledger) -> list[str]:
    """State of charge within [0, 1], no visit loses energy, none gains more than it asked."""
    v = ledger.visits
    full = ledger.model.arrays.battery_kwh[v["vehicle"]]
    gain = v["leave_kwh"] - v["arrival_kwh"]
    checks = {
        "a battery below empty": v["arrival_kwh"] < 0.0,
        "a battery above full": v["leave_kwh"] > np.maximum(full, v["arrival_kwh"]) + TOLERANCE,
        "a visit that loses energy": gain < -TOLERANCE,
        "a visit that gains more than it needs": gain > v["need_kwh"] + TOLERANCE * full,
        "a served visit short of its need": (v["outcome"] == Outcome.SERVED)
        & _off(gain, v["need_kwh"]),
    }
    return [f"{what} ({bad.sum()} visits)" for what, bad in checks.items() if bad.any()]


def _caps(ledger: Ledger) -> np.ndarray:
    """Greatest battery-side cap in force within each bin [station, bin]."""
    model, (_, bins) = ledger.model, ledger.bins.shape
    cap = np.empty((len(model.stations), bins))
    for s, (station, changes) in enumerate(zip(model.stations, ledger.changes_at, strict=True)):
        steps = [(0.0, station.cap_kw)]
        steps += [(c.time_h, max(0.0, c.cap_kw)) for c in changes if c.kind == Change.CAP]
        times, kws = np.array(steps).T
        start = np.arange(bins) * model.bin_h
        cap[s] = kws[np.searchsorted(times, start, "right") - 1]
        within = (times / model.bin_h).astype(int)
        inside = within < bins
        np.maximum.at(cap[s], within[inside], kws[inside])
        cap[s] *= station.efficiency
    return cap


def limits(ledger: Ledger) -> list[str]:
    """No station above its cap in any bin, no EV above what its EVSE and its curve can give."""
    over = ledger.bins["power_max_kw"] > _caps(ledger) * (1.0 + TOLERANCE) + TOLERANCE
    names = ledger.model.station_names
    problems = [f"{names[s]} above its cap" for s in np.flatnonzero(over.any(axis=1))]
    cabinets = np.array([sum(c.kw for c in s.cabinets) for s in ledger.model.stations])
    over = ledger.bins["power_max_kw"].max(axis=1) > cabinets * (1.0 + TOLERANCE)
    problems += [f"{names[s]} above its cabinets" for s in np.flatnonzero(over)]
    v = ledger.visits
    rows = v[(v["slot"] >= 0) & (v["cuts"] == 0)]
    arrays = ledger.model.arrays
    rows = rows[rows["leave_kwh"] > rows["arrival_kwh"]]
    limit = arrays.profile["limit_kw"][rows["vehicle"], arrays.slot["evse_class"][rows["slot"]]]
    most = rows["charge_h"] * limit * (1.0 + TOLERANCE) + TOLERANCE
    if (rows["leave_kwh"] - rows["arrival_kwh"] > most).any():
        problems.append("an EV got more than its EVSE can give")
    return problems


def line(ledger: Ledger) -> list[str]:
    """First come, first served, and nobody waits beside a usable free EVSE.

    A visit that was cut by a failure has stays at EVSEs that its row does not tell apart; from its
    first plug to its last unplug it counts as occupying one, which can hide an error, never make
    one.
    """
    v = ledger.visits[ledger.visits["station"] >= 0]
    v = v[np.argsort(v["station"], kind="stable")]
    problems = []
    plugged = v[(v["cuts"] == 0) & ~np.isnan(v["plug_h"])]
    same = plugged["station"][1:] == plugged["station"][:-1]
    if (same & (np.diff(plugged["plug_h"]) < 0)).any():
        problems.append("somebody was served before an earlier arrival")
    stations = ledger.model.stations
    own = np.split(v, np.searchsorted(v["station"], np.arange(1, len(stations))))
    for station, rows, changes in zip(stations, own, ledger.changes_at, strict=True):
        if _beside_free(rows, changes, len(station.evses), ledger.end_h):
            problems.append(f"somebody waits at {station.name} beside a usable free EVSE")
    return problems


def _beside_free(rows: np.ndarray, changes: Sequence, evses: int, end_h: float) -> bool:
    """Sweep over one station: is there a time with a line and fewer stays than usable EVSEs?"""
    whole = rows["cuts"] == 0
    line_from = rows["arrival_h"][whole]
    line_to = line_from + rows["wait_h"][whole]
    waits = line_to > line_from
    if not waits.any():
        return False
    at = ~np.isnan(rows["plug_h"])
    left = np.where(np.isnan(rows["leave_h"]), end_h, rows["leave_h"])
    down = [c for c in changes if c.kind != Change.CAP]
    time = np.concatenate(
        [line_from[waits], line_to[waits], rows["plug_h"][at], left[at], [c.time_h for c in down]]
    )
    ones = np.ones
    line_step = np.concatenate(
        [ones(waits.sum()), -ones(waits.sum()), np.zeros(2 * at.sum() + len(down))]
    )
    stay_step = np.concatenate(
        [np.zeros(2 * waits.sum()), ones(at.sum()), -ones(at.sum()), np.zeros(len(down))]
    )
    order = np.argsort(time, kind="stable")
    time = time[order]
    # What holds over an interval is the state after all steps at its beginning.
    lasts = np.append(np.diff(time) > TOLERANCE * np.maximum(1.0, time[:-1]), False)
    waiting = np.cumsum(line_step[order])[lasts]
    stays = np.cumsum(stay_step[order])[lasts]
    return bool(((waiting > 0.5) & (stays + _most_down(down, time[lasts]) < evses - 0.5)).any())


def _most_down(changes: list, times: np.ndarray) -> np.ndarray:
    """EVSEs that are down just after each of `times`."""
    down: set[int] = set()
    steps, counts = [-np.inf], [0]
    for change in changes:
        (down.add if change.kind == Change.EVSE_DOWN else down.discard)(change.evse)
        steps.append(change.time_h)
        counts.append(len(down))
    return np.array(counts)[np.searchsorted(steps, times, "right") - 1]


def patience(ledger: Ledger) -> list[str]:
    """Who reneged had waited as long as its patience, and never while charging."""
    v = ledger.visits
    gone = v[(v["outcome"] == Outcome.RENEGED) & (v["cuts"] == 0)]
    if _off(gone["wait_h"], ledger.evs["patience_h"][gone["ev"]]).any():
        return ["somebody reneged before or after the end of its patience"]
    return []


CHECKS: tuple[Callable[[Ledger], list[str]], ...] = (
    energy, little, conservation, battery, limits, line, patience,
)  # fmt: skip


def check(ledger: Ledger) -> None:
    """Raise `AuditError` unless every invariant holds."""
    problems = [problem for check_one in CHECKS for problem in check_one(ledger)]
    if problems:
        raise AuditError(problems)
