"""Charging curves as vehicles: what a type of EV takes from an EVSE, by state of charge."""

from functools import lru_cache
from typing import Protocol

import numpy as np

from sim.kernels.curve import staircase
from sim.model import Vehicle


class Knot(Protocol):
    """A point of a charging curve: a row of a table of curves."""

    @property
    def battery_kwh(self) -> float: ...
    @property
    def volts(self) -> float: ...
    @property
    def soc(self) -> float: ...
    @property
    def power_kw(self) -> float: ...


@lru_cache(maxsize=256)  # the designs of a study drive the same vehicles
def vehicle(name: str, knots: tuple[Knot, ...], tolerance: float, guns: int = 1) -> Vehicle:
    """The vehicle of a curve whose knots rise from SOC 0 to 1; `tolerance` is that of its staircase
    (see `kernels.curve`)."""
    soc, kw = (np.array([getattr(knot, x) for knot in knots]) for x in ("soc", "power_kw"))
    steps = staircase(soc, kw, tolerance)
    return Vehicle(name, knots[0].battery_kwh, steps, knots[0].volts, guns)
