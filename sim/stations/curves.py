"""Acceptance curves of types of vehicles: read, and as vehicles that take power from an EVSE."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np

from sim.config.folder import configs_dir
from sim.config.problems import did_you_mean
from sim.config.section import CurvePoint
from sim.config.table import read
from sim.kernels.curve import staircase
from sim.model import Vehicle


def read_curves(
    name: str, types: Iterable[str], problems: list[str]
) -> dict[str, tuple[CurvePoint, ...]]:
    """The curves of these types of vehicles, in order of their names."""
    wrong: list[str] = []
    rows = read(configs_dir() / name, name, CurvePoint, wrong)
    problems += wrong
    if wrong:
        return {}
    known = {row.vehicle for row in rows}
    found = {}
    for kind in sorted(types):
        knots = tuple(row for row in rows if row.vehicle == kind)
        if not knots:
            problems.append(f"{name} has no curve `{kind}`{did_you_mean(kind, known)}")
            continue
        soc = [knot.soc for knot in knots]
        if soc[0] != 0.0 or soc[-1] != 1.0 or any(b <= a for a, b in pairwise(soc)):
            problems.append(f"{name}: the soc of `{kind}` does not rise from 0 to 1")
        if len({(knot.battery_kwh, knot.volts) for knot in knots}) > 1:
            problems.append(f"{name}: battery_kwh and volts of `{kind}` differ from row to row")
        found[kind] = knots
    return found


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
def vehicle(
    name: str, knots: tuple[Knot, ...], tolerance: float, guns: int = 1, hybrid: bool = False
) -> Vehicle:
    """The vehicle of a curve whose knots rise from SOC 0 to 1; `tolerance` is that of its staircase
    (see `kernels.curve`)."""
    soc, kw = (np.array([getattr(knot, x) for knot in knots]) for x in ("soc", "power_kw"))
    steps = staircase(soc, kw, tolerance)
    return Vehicle(name, knots[0].battery_kwh, steps, knots[0].volts, guns, hybrid)


def larger(vehicle: Vehicle, factor: float) -> Vehicle:
    """The same with a pack so many times as large, which takes as many times the power."""
    if factor == 1.0:
        return vehicle
    steps = tuple((soc, kw * factor) for soc, kw in vehicle.steps)
    return replace(vehicle, battery_kwh=vehicle.battery_kwh * factor, steps=steps)
