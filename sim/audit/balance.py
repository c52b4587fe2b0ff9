"""What comes in goes out: energy, time, visits, packs."""

import numpy as np

from sim.audit.rows import TOLERANCE, books, off
from sim.ledger import Ledger
from sim.lifecycle import Outcome


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
        for s in np.flatnonzero(off(total, area))
    ]


def energy(ledger: Ledger) -> list[str]:
    """Energy gained by batteries = power x time at the EVSEs, per station."""
    gained = np.where(ledger.swapped, 0.0, ledger.energy_kwh)  # what a pack holds came earlier
    return _balance(ledger, gained, "energy_kwh", "energy [kWh]")


def little(ledger: Ledger) -> list[str]:
    """Little's law on the sample path: waiting and occupation over visits and over time."""
    v = ledger.visits
    return (
        _balance(ledger, v["wait_h"], "queue_h", "waiting [h]")
        + _balance(ledger, v["evse_h"], "occupied_h", "occupation [h]")
        + ["EVSE-hours of a visit are not its hours at one EVSE or two"]
        * bool(_wrong_evse_hours(ledger).any())
    )


def _wrong_evse_hours(ledger: Ledger) -> np.ndarray:
    """A truck in a bay has no EVSE; who was cut may have had two guns for a part of its stay."""
    v = ledger.visits
    once = np.where(ledger.swapped, 0.0, v["occupied_h"])
    twice = once * ledger.model.arrays.guns[v["vehicle"]]
    between = (v["cuts"] > 0) & (v["evse_h"] > once) & (v["evse_h"] < twice)
    found: np.ndarray = off(v["evse_h"], once) & off(v["evse_h"], twice) & ~between
    return found


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
    if off(stay, v["wait_h"] + v["occupied_h"]).any():
        problems.append("a stay is not waiting plus occupation")
    trucks = ledger.evs["duty"] >= 0
    turns = np.bincount(
        ledger.evs["duty"][trucks], ledger.ends["turns"][trucks], len(ledger.deliveries)
    )
    if (turns != ledger.deliveries.sum(axis=1)).any():
        problems.append("deliveries of duties are not the turns of their trucks")
    return problems


def battery(ledger: Ledger) -> list[str]:
    """State of charge within [0, 1], no visit loses energy, none gains more than it asked.

    What it takes from the battery while it waits is no loss, and is charged on top of the need.
    In a swap a truck gets what the pack holds.
    """
    v = ledger.visits
    full = ledger.model.arrays.battery_kwh[v["vehicle"]]
    gain = v["leave_kwh"] - v["arrival_kwh"]
    asked = ~ledger.swapped & ((v["need_kwh"] > 0.0) | (v["aux_kwh"] == 0.0))
    checks = {
        "a battery below empty": v["arrival_kwh"] < 0.0,
        "a battery above full": v["leave_kwh"] > np.maximum(full, v["arrival_kwh"]) + TOLERANCE,
        "a visit that loses energy": ledger.energy_kwh < -TOLERANCE,
        "a visit that gains more than it needs": ~ledger.swapped
        & (gain > v["need_kwh"] + TOLERANCE * full),
        "a served visit short of its need": (v["outcome"] == Outcome.SERVED)
        & asked
        & off(gain, v["need_kwh"]),
    }
    return [f"{what} ({bad.sum()} visits)" for what, bad in checks.items() if bad.any()]


def driving(ledger: Ledger) -> list[str]:
    """On the road no energy comes or goes: what an EV entered with, gained at stations and drove on
    fuel is what its way took and what it holds.  Fuel is for hybrids, on an empty battery; so none
    of them strands."""
    v, evs, ends, arrays = ledger.visits, ledger.evs, ledger.ends, ledger.model.arrays
    own, hybrid = np.flatnonzero(evs["route"] >= 0), arrays.hybrid > 0
    had, held = books(ledger)
    route, pos = evs["route"][own], ends["pos"][own]
    at, end = arrays.routes["start"][route] + np.maximum(pos, 0), arrays.routes["end"][route]
    km = np.append(arrays.stops["km"], 0.0)[at]
    km = np.where(at < end, km, arrays.routes["km"][route]) * (pos >= 0)
    used = evs["kwh_per_km"][own] * km
    stranded = v["vehicle"][v["outcome"] == Outcome.STRANDED]
    checks = {
        "an EV used other energy on the road than it had": off(had[own], held[own] + used).any(),
        "an EV drove on fuel that it does not have, or beside its battery": (
            _wrong_fuel(hybrid[v["vehicle"]], v["fuel_kwh"], v["arrival_kwh"])
            or _wrong_fuel(hybrid[evs["vehicle"]], ends["fuel_kwh"], ends["kwh"])
        ),
        "a hybrid is stranded": hybrid[stranded].any(),
    }
    return [what for what, bad in checks.items() if bad]


def _wrong_fuel(hybrid: np.ndarray, fuel_kwh: np.ndarray, battery_kwh: np.ndarray) -> bool:
    """Some fuel that is no amount, that a battery car drove on, or beside a battery that held
    something."""
    right = (fuel_kwh > 0.0) & hybrid & (battery_kwh <= 0.0)
    return bool(((fuel_kwh != 0.0) & ~right).any())


def swaps(ledger: Ledger) -> list[str]:
    """What a truck gets in a swap is what a pack held, and the pack gets what the truck had."""
    v, swapped = ledger.visits, ledger.swapped
    trucks = v[swapped & (v["outcome"] == Outcome.SERVED)]
    packs = v[ledger.of_packs]
    packs = packs[np.lexsort((packs["arrival_h"], packs["ev"]))]
    first = np.append(True, packs["ev"][1:] != packs["ev"][:-1])[: len(packs)]
    held = np.where(first, ledger.evs["entry_kwh"][packs["ev"]], np.roll(packs["leave_kwh"], 1))
    had = trucks["arrival_kwh"] - trucks["aux_kwh"]
    if len(trucks) != len(packs):
        return [f"{len(trucks)} trucks swapped {len(packs)} packs"]
    given = _in_order(trucks["leave_h"], had, trucks["leave_kwh"])
    taken = _in_order(packs["arrival_h"], packs["arrival_kwh"], held)
    return ["a truck and a pack did not exchange what they held"] * bool(off(given, taken).any())


def _in_order(*columns: np.ndarray) -> np.ndarray:
    table = np.array(columns)
    return table[:, np.lexsort(columns[::-1])]
