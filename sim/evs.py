"""EVs as rows of `kernels.records.EV`: made from fields, and checked before they run."""

import numpy as np

from sim.clock import NEVER, UNKNOWN, hours, ns
from sim.kernels import records
from sim.lifecycle import Step
from sim.model import Model

TIMES = ("entry", "patience", "overstay", "deadline")


def make_evs(count: int, **fields: np.typing.ArrayLike) -> np.ndarray:
    """Rows for `count` EVs with the input fields of `kernels.records.EV`, where `fields` says
    nothing: an empty battery, no route, no diary, no limit of its own, endless patience.

    Times are given as hours (`entry_h`, `patience_h`, `overstay_h`, `deadline_h`) or as whole
    nanoseconds (`entry_ns`, ...).
    """
    evs = np.zeros(count, records.EV)
    nowhere = dict.fromkeys(("route", "duty", "rack", "diary"), -1)
    endless = {"ev_kw": np.inf, "balk_per_evse": np.inf, "patience_ns": NEVER, "deadline_ns": NEVER}
    for name, value in (nowhere | endless | fields).items():
        if name.removesuffix("_h") in TIMES:
            evs[f"{name.removesuffix('_h')}_ns"] = ns(np.asarray(value, float))
        else:
            _fill(evs, name, np.broadcast_to(np.asarray(value), count))
    return evs


def _fill(evs: np.ndarray, name: str, values: np.ndarray) -> None:
    """Raise ValueError for a number that a narrow field does not hold."""
    if values.dtype == object:  # beyond all whole numbers of NumPy
        values = values.astype(float)
    with np.errstate(invalid="ignore"):
        narrow = values.astype(evs[name].dtype)
    if narrow.dtype.kind == "i" and (narrow != values).any():
        first = np.flatnonzero(narrow != values)[0]
        raise ValueError(f"EV {first} has an impossible {name}: {values[first]}")
    evs[name] = narrow


def check_evs(model: Model, evs: np.ndarray, factors: int) -> None:
    """Kernels may assume: raise ValueError for the first EV with an input that cannot be."""
    truck = evs["duty"] >= 0
    free = (evs["route"] < 0) & (evs["diary"] < 0) & ~truck
    checks = {
        "duty": (evs["duty"] >= -1) & (evs["duty"] < len(model.duties)),
        "route": (evs["route"] >= -1) & (evs["route"] < len(model.routes)),
        "place": ~free | (evs["place"] >= 0) & (evs["place"] < len(model.stations)),
        "vehicle": (evs["vehicle"] >= 0) & (evs["vehicle"] < len(model.vehicles)),
        "entry_ns": (evs["entry_ns"] >= 0) & (evs["entry_ns"] < NEVER),
        "entry_kwh": (evs["entry_kwh"] >= 0) & (evs["entry_kwh"] < np.inf),
    }
    for name in ("kwh_per_km", "patience_ns", "overstay_ns", "balk_per_evse", "reserve_kwh"):
        checks[name] = evs[name] >= 0
    checks["aux_kw"] = (evs["aux_kw"] >= 0) & (evs["aux_kw"] < np.inf)
    for name in ("target_kwh", "stop_kwh", "dest_kwh"):
        checks[name] = ~np.isnan(evs[name])
    checks["deadline_ns"] = evs["deadline_ns"] > UNKNOWN
    checks["ev_kw"], checks["priority"] = evs["ev_kw"] > 0, np.isfinite(evs["priority"])
    _demand(checks, evs, np.arange(len(evs)))
    if any(station.swap for station in model.stations):
        swaps = np.array([station.swap is not None for station in model.stations])
        cars = np.flatnonzero(free & (evs["rack"] < 0))
        for i in cars[swaps[evs["place"][cars]]]:
            raise ValueError(f"EV {i} is at a swap station without a duty")
    _check_trucks(model, evs, np.flatnonzero(truck), factors)


def _demand(checks: dict[str, np.ndarray], evs: np.ndarray, numbers: np.ndarray) -> None:
    """Raise ValueError for the first of these EVs that fails a check, named by its field."""
    for name, good in checks.items():
        if not good.all():
            first = int(numbers[np.argmin(good)])
            value = evs[name][first]
            if name.endswith("_ns"):
                name, value = f"{name[:-2]}h", hours(value)
            raise ValueError(f"EV {first} has an impossible {name}: {value}")


def _check_trucks(model: Model, evs: np.ndarray, numbers: np.ndarray, factors: int) -> None:
    """They have a step to begin with, factors, no route, and find their own packs where they
    swap."""
    trucks = evs[numbers]
    lengths = np.array([len(duty.steps) for duty in model.duties], np.int64)
    start, end = trucks["draw_start"], trucks["draw_end"]
    checks = {
        "first": (trucks["first"] >= 0) & (trucks["first"] < lengths[trucks["duty"]]),
        "draw_start": (start >= 0) & (start <= end),
        "draw_end": end <= factors,
    }
    _demand(checks, evs, numbers)
    for i in numbers[trucks["route"] >= 0]:
        raise ValueError(f"EV {i} has both a duty and a route")
    for i in numbers[model.arrays.hybrid[trucks["vehicle"]] > 0]:
        raise ValueError(f"EV {i} has a duty, but its vehicle also drives on fuel")
    for n in np.unique(trucks[["duty", "vehicle"]], return_index=True)[1]:
        for step in model.duties[trucks["duty"][n]].steps:
            swap = model.stations[step.station].swap if step.kind == Step.CHARGE else None
            if swap and swap.vehicle != trucks["vehicle"][n]:
                raise ValueError(f"EV {numbers[n]} swaps at a station of another vehicle's packs")


def check_packs(model: Model, evs: np.ndarray) -> None:
    """Every rack of a swap station has one pack of its type, and nobody else has a pack."""
    packs = evs[evs["rack"] >= 0]
    racks = [(s, n) for s, own in enumerate(model.stations) if own.swap
             for n in range(len(own.evses))]  # fmt: skip
    if sorted(zip(packs["place"].tolist(), packs["rack"].tolist(), strict=True)) != racks:
        raise ValueError("every rack of a swap station must have exactly one pack")
    for pack in packs:
        swap = model.stations[pack["place"]].swap
        if pack["duty"] >= 0 or pack["route"] >= 0 or pack["vehicle"] != swap.vehicle:
            raise ValueError("a pack has a duty, a route, or another vehicle than its station")
