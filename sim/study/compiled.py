"""The kernels compiled once on each machine, however many processes want them at once."""

import fcntl
from collections.abc import Callable

import numpy as np

from sim.engine import simulate
from sim.kernels._jit import CACHE_DIR, is_cached
from sim.kernels.records import EV
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.study import provenance, store

NO_EVS = np.zeros(0, EV)


def warm_up(tell: Callable[[str], object]) -> None:
    """Have the kernels ready in this process: from disk, or compiled by the first that asks; the
    others of the machine wait for it.  `tell` is told what goes on, by the key of a message."""
    done = CACHE_DIR / f"compiled-{_machine()}"  # is there once all of them are on disk
    if done.exists():
        _run()
        return
    with (CACHE_DIR / ".compiling").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not is_cached():
            tell("doing.compiling")
        _run()
        if is_cached():  # it is not where Numba was told to compile nothing
            done.touch()


def _machine() -> str:
    """What machine code depends on beside the sources: a home may be shared by several machines."""
    return store.digest([provenance.machine()["processor"], provenance.versions()["numba"]])


def _run() -> None:
    station = Station("s", (Cabinet((Evse(),)),))
    simulate(Model((station,), (Vehicle("v", 1.0, ((1.0, 1.0),)),)), NO_EVS)
