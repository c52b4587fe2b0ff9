"""What must hold in every ledger.  A ledger that fails is no result: `check` raises.

Each check compares what was recorded in different ways (rows of visits, integrals and maxima over
time) with each other and with the inputs.  Tolerances are 1e-9, relative to the size of the sums.
"""

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from sim.clock import hours, ns
from sim.ledger import Ledger
from sim.lifecycle import Change, Discipline, Outcome

TOLERANCE = 1e-9


class AuditError(Exception):
    """An invariant is broken; `problems` holds one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _off(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.abs(a - b) > TOLERANCE * np.maximum(
        1.0, np.maximum(np.abs(a), np.abs(b))
    )
    return found


def _in_groups(numbers: np.ndarray, count: int) -> np.ndarray:
    """A stable order by small numbers below `count`; the narrower they are, the faster."""
    return np.argsort(numbers.astype(np.min_scalar_type(count)), kind="stable")


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
    found: np.ndarray = _off(v["evse_h"], once) & _off(v["evse_h"], twice) & ~between
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
    if _off(stay, v["wait_h"] + v["occupied_h"]).any():
        problems.append("a stay is not waiting plus occupation")
    trucks = ledger.evs[ledger.evs["duty"] >= 0]
    turns = np.bincount(trucks["duty"], trucks["turns"], len(ledger.deliveries))
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
        & _off(gain, v["need_kwh"]),
    }
    return [f"{what} ({bad.sum()} visits)" for what, bad in checks.items() if bad.any()]


def driving(ledger: Ledger) -> list[str]:
    """On the road no energy comes or goes: what an EV entered with, gained at stations and drove on
    fuel is what its way took and what it holds.  Fuel is for hybrids, on an empty battery; so none
    of them strands."""
    v, arrays, hybrid = ledger.visits, ledger.model.arrays, ledger.model.arrays.hybrid > 0
    evs = ledger.evs[ledger.evs["route"] >= 0]
    held, count = ledger.evs["kwh"].copy(), len(ledger.evs)
    still = v[v["outcome"] == Outcome.IN_SYSTEM_AT_END]
    held[still["ev"]] = still["leave_kwh"]
    fuel = ledger.evs["fuel_kwh"]
    had = ledger.evs["entry_kwh"] + fuel
    had += np.bincount(v["ev"], v["leave_kwh"] - v["arrival_kwh"] + v["fuel_kwh"], count)
    route, km = arrays.routes[evs["route"]], np.append(arrays.stops["km"], 0.0)
    at = route["start"] + np.maximum(evs["pos"], 0)
    km = np.where(at < route["end"], km[at], route["km"]) * (evs["pos"] >= 0)
    own = ledger.evs["route"] >= 0
    of_fuel = [
        (v["fuel_kwh"], v["arrival_kwh"], v["vehicle"]),
        (fuel, ledger.evs["kwh"], ledger.evs["vehicle"]),
    ]
    stranded = hybrid[v["vehicle"]] & (v["outcome"] == Outcome.STRANDED)
    checks = {
        "an EV used other energy on the road than it had": _off(
            had[own], held[own] + evs["kwh_per_km"] * km
        ).any(),
        "an EV drove on fuel that it does not have, or beside its battery": any(
            ((kwh < 0.0) | (kwh > 0.0) & (~hybrid[vehicle] | (battery > 0.0))).any()
            for kwh, battery, vehicle in of_fuel
        ),
        "a hybrid is stranded": stranded.any(),
    }
    return [what for what, bad in checks.items() if bad]


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


def limits(ledger: Ledger) -> list[str]:
    """No site, cabinet or EVSE above its limit at any time; no EV faster than its curve."""
    arrays, names = ledger.model.arrays, ledger.model.station_names
    slots, first = arrays.slots, arrays.stations["slot_start"]
    over = (ledger.bins["power_max_kw"] > _caps(ledger) * (1.0 + TOLERANCE) + TOLERANCE).any(axis=1)
    over |= ledger.excess_kw > TOLERANCE * np.maximum(1.0, ledger.bins["power_max_kw"].max(axis=1))
    problems = [f"{names[s]} above its cap" for s in np.flatnonzero(over)]
    over = ledger.cabinet_peak_kw > arrays.cabinet_kw * (1.0 + TOLERANCE)
    of_cabinet = arrays.slots["station"][np.unique(slots["cabinet"], return_index=True)[1]]
    problems += [f"{names[of_cabinet[c]]} above a cabinet" for c in np.flatnonzero(over)]
    over = ledger.evse_peak_kw > arrays.profiles["limit_kw"].max(axis=0)[slots["evse_class"]]
    problems += [
        f"EVSE {k - first[slots['station'][k]]} of {names[slots['station'][k]]} above its limit"
        for k in np.flatnonzero(over)
    ]
    return problems + _faster_than_curve(ledger)


def _two_guns(rows: np.ndarray) -> np.ndarray:
    """Visits that had two EVSEs at a time, be it for a part of their stay."""
    return rows["evse_h"] > rows["occupied_h"] * (1.0 + TOLERANCE)


def _faster_than_curve(ledger: Ledger) -> list[str]:
    v, arrays = ledger.visits, ledger.model.arrays
    rows = np.flatnonzero((v["cuts"] == 0) & (ledger.energy_kwh > 0.0) & ~ledger.swapped)
    end, hours = v["leave_kwh"][rows], v["charge_h"][rows]
    begin = v["arrival_kwh"][rows] - v["aux_kwh"][rows]  # it waited before it charged
    limit = ledger.evs["ev_kw"][v["ev"][rows]]
    fast = end - begin > hours * limit * (1.0 + TOLERANCE) + TOLERANCE
    vehicles, classes = arrays.profiles.shape
    evse = arrays.slots["evse_class"][v["slot"][rows]]
    evse = np.where(_two_guns(v[rows]), arrays.double[evse], evse)
    of = v["vehicle"][rows] * classes + evse
    order = _in_groups(of, vehicles * classes)
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


def line(ledger: Ledger) -> list[str]:
    """Everybody is called in turn, and nobody waits beside a usable free EVSE.

    A visit that was cut by a failure has stays at EVSEs that its row does not tell apart; from its
    first plug to its last unplug it counts as occupying one, which can hide an error, never make
    one.
    """
    v, names = ledger.visits, ledger.model.station_names
    rows = np.flatnonzero((v["station"] >= 0) & (v["cuts"] == 0) & ~ledger.of_packs)
    rows = rows[_in_groups(v["station"][rows], len(names))]
    station, plug = v["station"][rows], v["plug_h"][rows]
    discipline = ledger.model.arrays.stations["discipline"]
    fcfs = ~np.isnan(plug) & (discipline[station] == Discipline.FCFS)
    late = (station[fcfs][1:] == station[fcfs][:-1]) & (np.diff(plug[fcfs]) < 0)
    wrong = [f"somebody at {names[s]} was served before an earlier arrival"
             for s in np.unique(station[fcfs][1:][late])]  # fmt: skip
    for s in np.flatnonzero(discipline != Discipline.FCFS):
        own = v[rows[station == s]]
        by_need = discipline[s] == Discipline.SHORTEST_NEED
        key = own["need_kwh"] if by_need else ledger.evs["priority"][own["ev"]]
        if _out_of_turn(own, key):
            wrong.append(f"somebody at {names[s]} was served out of turn")
    beside = _beside_free(ledger)
    return wrong + [f"somebody waits at {names[s]} beside a usable free EVSE" for s in beside]


def _out_of_turn(rows: np.ndarray, key: np.ndarray) -> bool:
    """Sweep over the plugs of a station: did anybody in line have a lesser key?"""
    arrival = rows["arrival_h"]
    end = arrival + rows["wait_h"]
    waiting: list[tuple[float, int]] = []
    came = 0
    for n in np.argsort(rows["plug_h"], kind="stable")[: np.count_nonzero(rows["plug_h"] >= 0)]:
        now = rows["plug_h"][n]
        slack = TOLERANCE * max(1.0, now)
        while came < len(rows) and arrival[came] < now - slack:
            heappush(waiting, (key[came], came))
            came += 1
        while waiting and end[waiting[0][1]] <= now + slack:
            heappop(waiting)
        if waiting and waiting[0] < (key[n], n):
            return True
    return False


def _beside_free(ledger: Ledger) -> np.ndarray:
    """Stations where there is a time with a line and fewer stays than usable EVSEs.

    One sweep over the steps of all stations, one after the other: what a station's steps sum to
    is 0, because everything ends with the run.
    """
    v, end_h, arrays = ledger.visits, ledger.end_h, ledger.model.arrays.stations
    waits = np.flatnonzero((v["cuts"] == 0) & (v["wait_h"] > 0) & (v["station"] >= 0))
    stays = np.flatnonzero(v["plug_h"] >= 0)
    arrival, leave = v["arrival_h"][waits], v["leave_h"][stays]
    leave = np.where(np.isnan(leave), end_h, leave)
    down = _downs(ledger)
    swaps, two = stays[ledger.swapped[stays]], stays[_two_guns(v[stays])]
    kinds = [  # of the queue, of what occupies EVSEs or racks, bays: where, when, by how much
        (v["station"][waits], arrival, 1, 0, 0),
        (v["station"][waits], arrival + v["wait_h"][waits], -1, 0, 0),
        (v["station"][stays], v["plug_h"][stays], 0, 1, 0),
        (v["station"][stays], leave, 0, -1, 0),
        (down[0], down[1], 0, 1, 0),
        (down[0], down[2], 0, -1, 0),
    ]
    for some, evse, bay in ((two, 1, 0), (swaps, 0, 1)):
        at = np.searchsorted(stays, some)
        kinds += [
            (v["station"][some], v["plug_h"][some], 0, evse, bay),
            (v["station"][some], leave[at], 0, -evse, -bay),
        ]
    station = np.concatenate([s for s, *_ in kinds])
    time = np.concatenate([t for _, t, *_ in kinds])
    order = np.argsort(time, kind="stable")
    order = order[_in_groups(station[order], len(ledger.model.stations))]
    station, time = station[order], time[order]
    line = np.cumsum(np.repeat([k[2] for k in kinds], [len(k[0]) for k in kinds])[order])
    taken = np.cumsum(np.repeat([k[3] for k in kinds], [len(k[0]) for k in kinds])[order])
    bays = np.cumsum(np.repeat([k[4] for k in kinds], [len(k[0]) for k in kinds])[order])
    evses = arrays["slot_end"] - arrays["slot_start"]
    most = np.where(arrays["bays"] > 0, arrays["bays"], 1)  # elsewhere no bay is ever taken
    free = (taken < evses[station]) & (bays < most[station])
    # What holds over an interval is the state after all steps at its beginning.
    bad = (line[:-1] > 0) & free[:-1] & (station[1:] == station[:-1])
    at = np.flatnonzero(bad)
    lasts = time[at + 1] - time[at] > TOLERANCE * np.maximum(1.0, time[at])
    return np.unique(station[at[lasts]])


def _downs(ledger: Ledger) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The times when EVSEs are down: station, from and to."""
    script, found = ledger.script, []
    since: dict[int, float] = {}
    script = script[script["kind"] != Change.CAP]
    fails = (script["kind"] == Change.EVSE_DOWN).tolist()
    times = np.minimum(script["time_h"], ledger.end_h).tolist()
    for fail, slot, time in zip(fails, script["slot"].tolist(), times, strict=True):
        if fail:
            since.setdefault(slot, time)
        elif slot in since:
            found.append((slot, since.pop(slot), time))
    found += [(slot, time, ledger.end_h) for slot, time in since.items()]
    slot, begin, end = np.array(found, float).reshape(-1, 3).T
    return ledger.model.arrays.slots["station"][slot.astype(int)], begin, end


def patience(ledger: Ledger) -> list[str]:
    """Who reneged had waited as long as it would, never while charging; a hybrid, and who is not on
    a journey, can always leave, and never waits longer; nor does a truck that could go on without
    charging, but for where it is loaded and the like."""
    v = ledger.visits
    whole = v["cuts"] == 0
    evs, of = ledger.evs, v["ev"]
    left = np.maximum(0.0, hours(evs["deadline_ns"][of]) - v["arrival_h"])
    most = np.minimum(hours(evs["patience_ns"][of]), left)
    gone = whole & (v["outcome"] == Outcome.RENEGED)
    hybrid = ledger.model.arrays.hybrid[v["vehicle"]] > 0
    free = whole & (hybrid | (evs["route"][of] < 0))
    free &= (evs["duty"][of] < 0) | (v["need_kwh"] > 0.0)
    free &= hybrid | (v["arrival_kwh"] >= evs["reserve_kwh"][of] + _ahead_kwh(ledger)[of])
    late = v["wait_h"][free] > most[free] * (1.0 + TOLERANCE) + TOLERANCE
    return ["somebody reneged before or after the end of its patience"] * bool(
        _off(v["wait_h"][gone], most[gone]).any()
    ) + ["somebody waited beyond its patience"] * bool(late.any())


def _ahead_kwh(ledger: Ledger) -> np.ndarray:
    """What a truck needs at most from a place where it may charge to the next one, [EV]."""
    arrays, evs = ledger.model.arrays, ledger.evs
    most_km = np.array([
        arrays.program["ahead_km"][duty["start"] : duty["end"]].max() for duty in arrays.duties
    ] + [0.0])  # fmt: skip
    found: np.ndarray = most_km[evs["duty"]] * evs["kwh_per_km"]
    return found


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
    return ["a truck and a pack did not exchange what they held"] * bool(_off(given, taken).any())


def _in_order(*columns: np.ndarray) -> np.ndarray:
    table = np.array(columns)
    return table[:, np.lexsort(columns[::-1])]


CHECKS: tuple[Callable[[Ledger], list[str]], ...] = (
    energy, little, conservation, battery, driving, limits, line, patience, swaps,
)  # fmt: skip


def check(ledger: Ledger) -> None:
    """Raise `AuditError` unless every invariant holds."""
    problems = [problem for check_one in CHECKS for problem in check_one(ledger)]
    if problems:
        raise AuditError(problems)
