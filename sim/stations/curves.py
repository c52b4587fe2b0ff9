"""Acceptance curves of vehicles: how fast each type charges at each state of charge."""

from collections.abc import Iterable
from itertools import pairwise

from sim.config.folder import configs_dir
from sim.config.problems import did_you_mean
from sim.config.section import CurvePoint
from sim.config.table import read


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
