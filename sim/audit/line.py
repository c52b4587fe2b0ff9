"""Who waits, for how long, and where."""

from heapq import heappop, heappush

import numpy as np

from sim.audit.rows import TOLERANCE, off, patience_and_deadline, two_guns
from sim.clock import hours
from sim.ledger import Ledger, in_groups
from sim.lifecycle import Change, Discipline, Outcome


def line(ledger: Ledger) -> list[str]:
    """Everybody is called in turn, and nobody waits beside a usable free EVSE.

    A visit that was cut by a failure has stays at EVSEs that its row does not tell apart; from its
    first plug to its last unplug it counts as occupying one, which can hide an error, never make
    one.
    """
    v, names = ledger.visits, ledger.model.station_names
    rows = np.flatnonzero((v["station"] >= 0) & (v["cuts"] == 0) & ~ledger.of_packs)
    rows = rows[in_groups(v["station"][rows], len(names))]
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
    lines = np.zeros(len(arrays), bool)  # where anybody ever waits: no need to look elsewhere
    lines[v["station"][waits]] = True
    stays = np.flatnonzero((v["plug_h"] >= 0) & lines[v["station"]])
    arrival, leave = v["arrival_h"][waits], v["leave_h"][stays]
    leave = np.where(np.isnan(leave), end_h, leave)
    down = _downs(ledger)
    swaps, two = stays[ledger.swapped[stays]], stays[two_guns(v)[stays]]
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
    order = np.argsort(time)  # steps at the same time in any order: nothing lasts between
    order = order[in_groups(station[order], len(ledger.model.stations))]
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
    """Who reneged had waited as long as it would, never while charging; a hybrid, who is where it
    stays, and who is not on a journey, can always leave, and never waits longer; nor does a truck
    that could go on without charging, but for where it is loaded and the like."""
    v = ledger.visits
    rows = (v["wait_h"] > 0.0) | (v["outcome"] == Outcome.RENEGED)  # it held for all others
    would_h, until_h = map(hours, patience_and_deadline(ledger, rows))
    v, at_stay = v[rows], ledger.at_stay[rows]
    whole = v["cuts"] == 0
    evs, of = ledger.evs, v["ev"]
    left = np.maximum(0.0, until_h - v["arrival_h"])
    most = np.minimum(would_h, left)
    gone = whole & (v["outcome"] == Outcome.RENEGED)
    hybrid = ledger.model.arrays.hybrid[v["vehicle"]] > 0
    free = whole & (hybrid | at_stay | (evs["route"][of] < 0) & (evs["diary"][of] < 0))
    free &= (evs["duty"][of] < 0) | (v["need_kwh"] > 0.0)
    need_kwh = evs["reserve_kwh"][of] + _ahead_kwh(ledger)[of]
    free &= hybrid | at_stay | (v["arrival_kwh"] >= need_kwh)
    late = v["wait_h"][free] > most[free] * (1.0 + TOLERANCE) + TOLERANCE
    return ["somebody reneged before or after the end of its patience"] * bool(
        off(v["wait_h"][gone], most[gone]).any()
    ) + ["somebody waited beyond its patience"] * bool(late.any())


def _ahead_kwh(ledger: Ledger) -> np.ndarray:
    """What a truck needs at most from a place where it may charge to the next one, [EV]."""
    arrays, evs = ledger.model.arrays, ledger.evs
    most_km = np.array([
        arrays.program["ahead_km"][duty["start"] : duty["end"]].max() for duty in arrays.duties
    ] + [0.0])  # fmt: skip
    found: np.ndarray = most_km[evs["duty"]] * evs["kwh_per_km"]
    return found


def guidance(ledger: Ledger) -> list[str]:
    """EVs charge on their way or on the opposite side of it, to which nobody is sent who could have
    plugged in at once."""
    v, evs, arrays, crossed = ledger.visits, ledger.evs, ledger.model.arrays, ledger.crossed
    journey = (evs["duty"][v["ev"]] < 0) & (evs["diary"][v["ev"]] < 0) & ~ledger.of_packs
    own = np.flatnonzero((v["station"] >= 0) & journey)
    came = np.where(crossed, v["rerouted_from"], v["station"])[own]
    route, many = evs["route"][v["ev"][own]], len(arrays.stations)
    stops = np.repeat(np.arange(len(arrays.routes)), arrays.routes["end"] - arrays.routes["start"])
    on_way = np.isin(route * many + came, stops * many + arrays.stops["station"])
    on_way[route < 0] = came[route < 0] == evs["place"][v["ev"][own]][route < 0]
    wrong = ["an EV charged where its way does not pass"] * bool((~on_way).any())
    names = ledger.model.station_names
    return wrong + [
        f"somebody at {names[s]} was sent across beside a usable free EVSE"
        for s in np.unique(v["rerouted_from"][crossed])
        if _sent_for_nothing(ledger, s)
    ]


def _sent_for_nothing(ledger: Ledger, s: int) -> bool:
    """Who was there at the same instant counts as taking an EVSE, or a place in line, so that the
    order of events does not matter."""
    v, station = ledger.visits, ledger.model.arrays.stations[s]
    sent = v["arrival_h"][ledger.crossed & (v["rerouted_from"] == s)] - station["cross_h"]
    own = v[v["station"] == s]
    slack = TOLERANCE * max(1.0, ledger.end_h)

    def busy(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """How many of these spans hold each instant at which somebody was sent."""
        begun = np.searchsorted(np.sort(begin), sent + slack, side="right")
        found: np.ndarray = begun - np.searchsorted(np.sort(end), sent - slack)
        return found

    leave = np.where(np.isnan(own["leave_h"]), ledger.end_h, own["leave_h"])
    plugged = own["plug_h"] >= 0
    guns = 1 + two_guns(own[plugged])
    stays = [np.repeat(x[plugged], guns) for x in (own["plug_h"], leave)]
    of, begin, end = _downs(ledger)
    taken = busy(*stays) + busy(begin[of == s], end[of == s])
    in_line = own["arrival_h"] + np.where(own["cuts"] > 0, leave - own["arrival_h"], own["wait_h"])
    line = busy(own["arrival_h"], in_line)
    return bool(((line == 0) & (taken < station["slot_end"] - station["slot_start"])).any())
