"""The arrays of one replication: as it begins, and with more room where one is full."""

from math import inf, isfinite

import numpy as np

from sim import clock as time
from sim.diaries import Diaries, check_diaries
from sim.evs import check_evs, check_packs
from sim.kernels import loop, records
from sim.model import Model

# Which arrays are full when `loop.run` comes back, and along which axis they grow.
FULL = {
    loop.MORE_DRIVERS: (("drivers", "visiting", "heap"), 0),
    loop.MORE_VISITS: (("visits", "of_stay", "hop", "fees"), 0),
    loop.MORE_LOG: (("log",), 0),
    loop.MORE_CUTS: (("cuts",), 0),
    loop.MORE_BINS: (("bins", "deliveries"), 1),
}


def fresh(model: Model, evs: np.ndarray, factors: np.ndarray, diaries: Diaries) -> records.World:
    """The arrays of a replication that is about to begin: copies, but for `evs`, `factors` and
    `diaries`.

    Raises ValueError for an EV, a factor or a diary that cannot be.
    """
    if not ((factors > 0) & (factors < inf)).all():
        raise ValueError("random factors must be above 0 and finite")
    check_evs(model, evs, len(factors))
    check_diaries(model, evs, diaries)
    check_packs(model, evs)
    fixed = model.arrays
    stations = fixed.stations.copy()
    bin_ns = time.ns(model.bin_h)
    bins = max(1, min(64, time.NEVER // bin_ns))  # their end is a time
    if isfinite(model.horizon_h):
        bins = -(-time.ns(model.horizon_h) // bin_ns)
    clock = np.zeros(1, records.CLOCK)
    clock["bin_ns"], clock["bins"] = bin_ns, bins
    for name in ("vacant", "changed", "leaving"):
        clock[name] = -1
    coupled = (evs["route"] >= 0) | (evs["duty"] >= 0) | (evs["rack"] >= 0) | (evs["diary"] >= 0)
    clock["uncoupled"] = not coupled.any() and (stations["opposite"] < 0).all()
    # One truck at most goes on in an event, by twice the steps of its duty; and what happened then.
    clock["room"] = 2 + 2 * max((len(d.steps) for d in model.duties), default=0)
    drivers = np.count_nonzero(evs["rack"] >= 0) + 64
    if not clock["uncoupled"]:  # room for all who enter in the same hour
        drivers += int(np.bincount(evs["entry_ns"] // time.HOUR).max(initial=0))
    # Rows that are not used take no memory, but doubling takes that of all of them once more: who
    # has a diary comes again and again.
    rows = len(evs) + len(evs) // 2 + 4 * np.count_nonzero(evs["diary"] >= 0) + 64
    leaves = 1 << (len(stations) - 1).bit_length()
    most = max(
        int((stations[f"{part}_end"] - stations[f"{part}_start"]).max())
        for part in ("slot", "cabinet")
    )
    state = {
        "clock": clock,
        "stations": stations,
        "cabinets": fixed.cabinets.copy(),
        "slots": fixed.slots.copy(),
        **{name: np.zeros(len(fixed.slots), records.ARRAYS[name][0]) for name in records.OF_SLOTS},
        "evs": np.ascontiguousarray(evs, records.EV),
        "ends": np.zeros(len(evs), records.END),
        "drivers": np.zeros(drivers, records.DRIVER),
        "visiting": np.zeros(drivers, records.VISITING),
        "visits": np.zeros(rows, records.VISIT),
        "stream": np.zeros(len(evs), records.DUE),
        "heap": np.zeros(drivers, records.DUE),
        "queue": np.zeros(len(stations), records.QUEUE),
        "turns": np.zeros(len(evs) if clock["uncoupled"] else 0, records.DUE),
        "tree": np.zeros(2 * leaves, records.MATCH),
        "bins": np.zeros((len(stations), bins), records.BIN),
        "hits": np.zeros(64, records.HIT),
        "scratch": np.zeros((3, most)),
        "factors": factors,
        "deliveries": np.zeros((len(fixed.duties), bins)),
        "log": np.zeros(64 + int(clock["room"][0]), records.LOG),
        "cuts": np.zeros(64, records.STAY),
        "diaries": np.ascontiguousarray(diaries.diaries, records.DIARY),
        "stays": np.ascontiguousarray(diaries.stays, records.SOJOURN),
        "of_stay": np.zeros(rows if len(diaries.stays) else 0, np.int32),
        "hop": np.zeros(rows if len(diaries.stays) else 0, np.int32),
        "fees": np.zeros(rows if model.tariffs else 0),
    }
    return records.World(**vars(fixed) | state)


def with_room(world: records.World, why: int) -> records.World:
    """The same with twice the room in what is full, by what `loop.run` came back with."""
    names, axis = FULL[why]
    more = world._replace(**{name: _doubled(getattr(world, name), axis) for name in names})
    more.clock["bins"] = more.bins.shape[1]
    return more


def _doubled(array: np.ndarray, axis: int) -> np.ndarray:
    """The same and as much room again, which takes no memory before it is used."""
    rows, *columns = array.shape
    more = np.zeros((2 * rows, *columns) if axis == 0 else (rows, 2 * columns[0]), array.dtype)
    more[tuple(slice(length) for length in array.shape)] = array
    return more
