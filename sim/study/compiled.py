"""The kernels compiled once on each machine, however many processes want them at once."""

import fcntl
from collections.abc import Callable

import numpy as np

from sim.engine import simulate
from sim.kernels._jit import CACHE_DIR, is_cached
from sim.kernels.records import EV
from sim.model import Cabinet, Evse, Model, Station, Vehicle

DONE = CACHE_DIR / "compiled"  # is there once all of them are on disk
NO_EVS = np.zeros(0, EV)


def warm_up(tell: Callable[[str], object] = print) -> None:
    """Have the kernels ready in this process: from disk, or compiled by the first that asks; the
    others of the machine wait for it."""
    if DONE.exists():
        _run()
        return
    with (CACHE_DIR / ".compiling").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not is_cached():
            tell("compiling the kernels (once per machine, one to two minutes)")
        _run()
        DONE.touch()


def _run() -> None:
    station = Station("s", (Cabinet((Evse(),)),))
    simulate(Model((station,), (Vehicle("v", 1.0, ((1.0, 1.0),)),)), NO_EVS)
