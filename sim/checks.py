"""The tables that a config names, and the rules that span sections and tables.

Every function adds a sentence to `problems` for each thing that is wrong, in the user's words.
"""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from sim.network import Link, Network, Node, ServiceArea, check
from sim.problems import did_you_mean
from sim.schema import (
    HOURS,
    CurvePoint,
    Day,
    DemandSection,
    FleetSection,
    HourShare,
    NetworkSection,
    StationSection,
    counts,
)
from sim.table import AnyRow, read

ROUNDING = 0.002  # published hourly shares are rounded: their sum may be off by this much


def network(section: NetworkSection, problems: list[str]) -> Network | None:
    found: list[str] = []
    nodes = _read(section.nodes, Node, found)
    links = _read(section.links, Link, found)
    areas = _read(section.service_areas, ServiceArea, found)
    found = found or check(nodes, links, areas)
    problems += found
    return None if found else Network(tuple(nodes), tuple(links), tuple(areas))


def calendar(demand: DemandSection, problems: list[str]) -> tuple[Day, ...]:
    name = demand.calendar
    days = _read(name, Day, problems)
    for before, after in pairwise(days):
        if after.date - before.date != timedelta(days=1):
            problems.append(f"{name}: {after.date} does not follow {before.date} by one day")
        if before.counted == "yes" and after.counted == "no":
            problems.append(f"{name}: {after.date} does not count, but comes after days that do")
    if days and days[-1].counted == "no":
        problems.append(f"{name}: the last day does not count")
    for kind in dict.fromkeys(day.kind for day in days):
        if kind not in demand.kinds:
            nearest = did_you_mean(kind, demand.kinds, "demand.kinds.")
            problems.append(f"{name} has days of an unknown kind `{kind}`{nearest}")
    return tuple(days)


def hourly(demand: DemandSection, kinds: set[str], problems: list[str]) -> dict[str, np.ndarray]:
    """Shares of the hours by kind of day, made to sum to 1 exactly."""
    name = demand.hourly
    rows = _read(name, HourShare, problems)
    found = {}
    for kind in sorted(kinds):
        hours = {row.hour: row.share for row in rows if row.kind == kind}
        count = sum(row.kind == kind for row in rows)
        total = sum(hours.values())
        if rows and (len(hours) < HOURS or count > HOURS):
            problems.append(f"{name} has not each hour 0 to 23 once for the kind of day `{kind}`")
        elif rows and abs(total - 1.0) > ROUNDING:
            problems.append(f"{name}: the shares of `{kind}` sum to {total:.4g}, not to 1")
        found[kind] = np.array([hours[h] for h in sorted(hours)]) / (total or 1.0)
    return found


def curves(fleet: FleetSection, problems: list[str]) -> dict[str, tuple[CurvePoint, ...]]:
    """The curves of the types of the fleet, in order of their names."""
    name = fleet.curves
    rows = _read(name, CurvePoint, problems)
    known = {row.vehicle for row in rows}
    found = {}
    for kind in sorted(fleet.types):
        knots = tuple(row for row in rows if row.vehicle == kind)
        if not knots:
            if rows:
                problems.append(f"{name} has no curve `{kind}`{did_you_mean(kind, known)}")
            continue
        soc = [knot.soc for knot in knots]
        if soc[0] != 0.0 or soc[-1] != 1.0 or any(b <= a for a, b in pairwise(soc)):
            problems.append(f"{name}: the soc of `{kind}` does not rise from 0 to 1")
        if len({(knot.battery_kwh, knot.volts) for knot in knots}) > 1:
            problems.append(f"{name}: battery_kwh and volts of `{kind}` differ from row to row")
        found[kind] = knots
    return found


def gravity(network: Network, demand: DemandSection) -> list[str]:
    """Every share of the traffic needs pairs of nodes to go between."""
    towns = [n for n in network.nodes if n.kind in ("core", "district") and n.mass > 0]
    gates = [n.node for n in network.nodes if n.kind == "gate" and n.mass > 0]
    problems = []
    if len(towns) < 2:
        problems.append("the table of nodes needs two core or district nodes with a mass")
    if not any(route.stops for route in network.routes.values()):
        problems.append("no route between nodes passes a service area")
    if not gates and demand.crossing_share > 0:
        problems.append("`demand.crossing_share` is above 0, but no gate has a mass")
    far = [
        (a, b)
        for a in gates
        for b in gates
        if a != b and network.routes[a, b].km >= demand.through_min_km
    ]
    if gates and not far and demand.crossing_share * demand.through_share > 0:
        problems.append(
            "`demand.through_share` is above 0, but no two gates are "
            f"`demand.through_min_km` = {demand.through_min_km:g} km apart"
        )
    return problems


def cabinet_types(station: StationSection) -> list[str]:
    return [
        f"`station.cabinet_types.{name}` has an unknown class of EVSE `{evse}`"
        + did_you_mean(evse, station.evse_classes)
        for name, cabinet in station.cabinet_types.items()
        for evse in cabinet.evses
        if evse not in station.evse_classes
    ]


def stations(network: Network, station: StationSection) -> list[str]:
    """Cabinets and overrides name what exists, and every station has power to give."""
    problems = []
    types = station.cabinet_types
    shape, limit = max(station.other_load_shape), station.power_factor * station.loading_limit
    for area in network.areas:
        for name, _ in counts(area.cabinets):
            if name not in types:
                nearest = did_you_mean(name, types)
                problems.append(f"site `{area.site}` has an unknown cabinet type `{name}`{nearest}")
        if area.kva * limit <= area.other_load_kw * shape:
            problems.append(f"site `{area.site}`: other load takes all that the transformer gives")
    for name, override in station.overrides.items():
        if name not in network.stations:
            nearest = did_you_mean(name, network.stations)
            problems.append(f"`station.overrides` has an unknown station `{name}`{nearest}")
        if override.cabinet and override.cabinet not in types:
            nearest = did_you_mean(override.cabinet, types)
            problems.append(
                f"`station.overrides.{name}.cabinet` is an unknown type "
                f"`{override.cabinet}`{nearest}"
            )
        if override.cabinet and not override.evses:
            problems.append(f"`station.overrides.{name}` has a cabinet, but not how many evses")
    return problems


def configs_dir() -> Path:
    """Where the configs are: beside this file in a wheel, beside the package in a work tree."""
    here = Path(__file__).resolve().parent
    return next(p for p in (here / "_configs", here.parent / "configs") if p.is_dir())


def _read(name: str, row: type[AnyRow], problems: list[str]) -> list[AnyRow]:
    return read(configs_dir() / name, name, row, problems)
