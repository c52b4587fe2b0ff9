"""The tables that a config names, and the rules that span sections and tables.

Every function adds a sentence to `problems` for each thing that is wrong, in the user's words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np

from sim.config import size as memory
from sim.config.folder import configs_dir
from sim.config.limits import DAYS
from sim.config.overrides import unknown_station
from sim.config.problems import InputError, did_you_mean
from sim.config.section import HOURS
from sim.config.table import AnyRow, read
from sim.roads import inferred
from sim.roads.network import Link, Network, Node, ServiceArea, check
from sim.roads.schema import (
    MOST_POINTLESS,
    Day,
    DemandSection,
    FleetSection,
    HourShare,
    NetworkSection,
    PolicySection,
)
from sim.stations import hardware
from sim.stations.costs import priced
from sim.stations.hardware import Hardware
from sim.stations.schema import (
    CostRow,
    MobileSection,
    Override,
    StationSection,
    Transformers,
    Upgrade,
    UpgradeRule,
    counts,
)
from sim.stats.streams import Constant, share_below
from sim.study.schema import EngineSection

RULE = "policy.upgrade_rule"
ROUNDING = 0.002  # published hourly shares are rounded: their sum may be off by this much


def network(
    section: NetworkSection, station: StationSection | None, problems: list[str]
) -> Network | None:
    """With the sites that are inferred: how many EVSEs are missing depends on what a cabinet has,
    so without `station`, which then has problems of its own, there are only those of the table."""
    found: list[str] = []
    nodes = _read(section.nodes, Node, found)
    links = _read(section.links, Link, found)
    areas = _read(section.service_areas, ServiceArea, found)
    found = found or check(nodes, links, areas)
    built = None if found else Network(tuple(nodes), tuple(links), tuple(areas))
    if built and section.inferred and station:
        built = inferred.complete(built, section.inferred, section.layout, station, found)
    problems += found
    return None if found else built


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
    if days and len(days) not in DAYS:
        problems.append(f"{name} has {len(days):,} days, but must have {DAYS}")
    return tuple(days)


def size(
    demand: DemandSection, days: Sequence[Day], network: Network | None, station: StationSection,
    engine: EngineSection,
) -> Iterator[str]:  # fmt: skip
    """One replication has room in memory."""
    trips = _trips(demand, days)
    parts = {
        f"{trips:,.0f} EV trips (vehicles_per_day x scale x shares x factors of {demand.calendar})":
        trips * memory.A_TRIP
    }  # fmt: skip
    if network:
        ends, hours = sum(node.kind != "junction" for node in network.nodes), HOURS * len(days)
        pairs, stations = ends * (ends - 1), sum(len(area.stations) for area in network.areas)
        evses = sum(
            sum(station.cabinet_types[name].evses.values()) * count * len(area.stations)
            for area in network.areas
            for name, count in counts(area.cabinets)
            if name in station.cabinet_types
        )
        failures = station.failures
        outages = 2 * evses * hours / (failures.mtbf_h + failures.mttr_h)
        changes = outages + stations * hours
        parts |= {
            f"{pairs:,} pairs of towns": pairs * (memory.A_PAIR + memory.A_PAIR_DAY * len(days)),
            f"the bins of {stations:,} stations": stations * hours * 60 / engine.bin_min
            * memory.A_BIN,
            "failures and changes of caps": changes * memory.A_CHANGE,
        }  # fmt: skip
    yield from memory.too_much("a replication", parts, engine.most_memory)


def _trips(demand: DemandSection, days: Sequence[Day]) -> float:
    """Trips of EVs that may charge, over the calendar."""
    trips = demand.vehicles_per_day * demand.scale * demand.ev_share * demand.dc_share
    trips *= 1.0 - demand.local_share
    return trips * sum(day.factor for day in days)


def replications(
    demand: DemandSection, days: Sequence[Day], network: Network | None, engine: EngineSection
) -> Iterator[str]:
    """No more than somebody has said to be the most."""
    if engine.replications > engine.most_replications:
        ends = len(network.nodes) if network else 0
        seconds = _trips(demand, days) * memory.TRIP_S + ends**2 * memory.PAIR_S
        yield (
            f"`engine.replications` is {engine.replications:,}, more than "
            f"`engine.most_replications` = {engine.most_replications:,}: each takes about "
            f"{seconds:,.2g} s or more of a processor, all of them "
            f"{seconds * engine.replications / 3600:,.2g} h; raise that too, or ask for fewer"
        )


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


def gravity(
    network: Network, demand: DemandSection, days: Sequence[Day], key: str = "demand"
) -> list[str]:
    """Every share of the traffic needs pairs of nodes to go between, near enough for its decay."""
    towns = [n for n in network.nodes if n.kind in ("core", "district") and n.mass > 0]
    gates = [n.node for n in network.nodes if n.kind == "gate" and n.mass > 0]
    problems = []
    if len(towns) < 2:
        problems.append("the table of nodes needs two core or district nodes with a mass")
    ways = network.ways
    if not ways.stops.any():
        problems.append("no route between nodes passes a service area")
    if not gates and demand.crossing_share > 0:
        problems.append(f"`{key}.crossing_share` is above 0, but no gate has a mass")
    rows = np.flatnonzero(np.isin(ways.ends, gates))
    far = (ways.km[np.ix_(rows, rows)] >= demand.through_min_km) & ~np.eye(len(rows), dtype=bool)
    if gates and not far.any() and demand.crossing_share * demand.through_share > 0:
        problems.append(
            f"`{key}.through_share` is above 0, but no two gates are "
            f"`{key}.through_min_km` = {demand.through_min_km:g} km apart"
        )
    kinds = {day.kind for day in days} & set(demand.kinds)
    return problems or [*_too_far(network, demand, kinds, key)]


def _too_far(
    network: Network, demand: DemandSection, kinds: Iterable[str], key: str
) -> Iterator[str]:
    """Decay lengths that leave no trips at all: what is shared out in proportion is nothing."""
    ways, node = network.ways, {node.node: node for node in network.nodes}
    mass = np.array([node[name].mass for name in ways.ends])
    gate, scenic = (
        np.array([node[name].kind == kind for name in ways.ends]) for kind in ("gate", "scenic")
    )
    apart = ~np.eye(len(mass), dtype=bool)

    def nobody(decay_km: float, a: np.ndarray, b: np.ndarray) -> bool:
        return not (np.outer(a, b) * np.exp(-ways.km / decay_km) * apart).sum() > 0.0

    for kind in sorted(kinds):
        own = demand.kinds[kind]
        inside = mass * ~gate * np.where(scenic, own.scenic, 1.0)
        said = "is too short: no two towns are so near that anybody would drive between them"
        if demand.crossing_share < 1.0 and nobody(own.deterrence_km, inside, inside):
            yield f"`{key}.kinds.{kind}.deterrence_km` = {own.deterrence_km:g} km {said}"
        crosses = demand.crossing_share * (1.0 - demand.through_share) > 0.0
        if crosses and nobody(demand.crossing_km, mass * gate, inside):
            said = said.replace("no two towns are", "no town and gate are")
            yield f"`{key}.crossing_km` = {demand.crossing_km:g} km {said}"


def drivers(fleet: FleetSection, policy: PolicySection) -> Iterator[str]:
    """A site's cap leaves those who stop something to charge."""
    cap = Constant(dist="constant", value=policy.soc_cap)
    if policy.soc_cap <= fleet.reserve_soc or share_below(cap, fleet.stop_soc) > MOST_POINTLESS:
        yield (
            f"`policy.soc_cap` is {policy.soc_cap:g}, but drivers stop at a SOC of up to "
            f"{fleet.stop_soc.greatest:g} (`fleet.stop_soc`): they would charge nothing"
        )


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
            asked = override.model_dump(exclude_unset=True)
            problems.append(unknown_station("station.overrides", name, network.stations, asked))
        if override.cabinet and override.cabinet not in types:
            nearest = did_you_mean(override.cabinet, types)
            problems.append(
                f"`station.overrides.{name}.cabinet` is an unknown type "
                f"`{override.cabinet}`{nearest}"
            )
        if override.cabinet and not override.evses:
            problems.append(f"`station.overrides.{name}` has a cabinet, but not how many evses")
        problems += unknown_types(f"station.overrides.{name}", override, station)
    dark = [] if problems else hardware.of(network.places, station).values()
    return problems + [
        f"`station.overrides.{own.name}` leaves no power for charging at {h}:00"
        for own in dark
        if (h := _hour_without_power(own)) is not None
    ]


def mobile(
    mobile: MobileSection, network: Network, demand: DemandSection, station: StationSection
) -> Iterator[str]:
    """Units of a known kind are sent to stations of known roads, in a holiday."""
    roads = sorted({area.road for area in network.areas})
    for road in mobile.roads:
        if road not in roads:
            nearest = did_you_mean(road, roads)
            yield f"`station.mobile.roads` has a road without a station, `{road}`{nearest}"
    if mobile.cabinet not in station.cabinet_types:
        nearest = did_you_mean(mobile.cabinet, station.cabinet_types)
        yield f"`station.mobile.cabinet` is an unknown type `{mobile.cabinet}`{nearest}"
    if not demand.holiday:
        yield f"`station.mobile` sends units in holidays, but {demand.calendar} is no holiday"


def idle_overrides(network: Network, station: StationSection) -> dict[str, str]:
    """A sentence for every key of an override that leaves the station as it stands.

    The stations and their types exist.
    """
    idle = {}
    for own in hardware.of(network.places, station).values():
        change = own.override
        key = f"station.overrides.{own.name}"
        if own.name in station.overrides and not change.model_fields_set:
            idle[key] = f"`{key}` changes nothing: say what, such as evses"
        for name in sorted(change.model_fields_set):
            without = change.model_copy(update={name: Override.model_fields[name].get_default()})
            if _stands(replace(own, override=without)) == _stands(own):
                idle[f"{key}.{name}"] = (
                    f"`{key}.{name}` changes nothing: {own.name} has "
                    f"{sum(len(cabinet.evses) for cabinet in own.cabinets)} EVSEs and "
                    f"{own.kva:,.6g} kVA already"
                )
    return idle


def _stands(own: Hardware) -> tuple[object, ...]:
    return own.cabinets, own.mobile, own.caps_kw(holiday=False), own.caps_kw(holiday=True), own.kva


def unknown_types(place: str, changed: Override | Upgrade, station: StationSection) -> list[str]:
    mobile = changed.mobile.cabinets if changed.mobile else None
    texts = {"replace": changed.replace, "add": changed.add, "mobile.cabinets": mobile}
    types = station.cabinet_types
    return [
        f"`{place}.{key}` has an unknown cabinet type `{name}`{did_you_mean(name, types)}"
        for key, text in texts.items()
        for name, _ in (counts(text) if text else ())
        if name not in types
    ]


def _hour_without_power(own: Hardware) -> int | None:
    caps = own.caps_kw(holiday=False)
    return caps.index(min(caps)) if min(caps) <= 0.0 else None


# ---- the rule for upgrades -------------------------------------------------------------------


def rule(
    rule: UpgradeRule, demand: DemandSection, reference: DemandSection, station: StationSection
) -> Iterator[str]:
    """Its window is in a calendar, and its action uses what there is."""
    name, everyday = rule.window, rule.window == "everyday"
    if everyday and reference.holiday:
        yield (
            f"`{RULE}.window` is '{name}', but {reference.calendar}, the calendar of ordinary "
            "days, is a holiday"
        )
    if not everyday and not demand.holiday:
        yield f"`{RULE}.window` is '{name}', but {demand.calendar} is no holiday"
    yield from action(f"{RULE}.action", rule.action, rule.transformers, station)
    for place, override in station.overrides.items():
        if override.cap_kw and rule.action.kva:
            yield (
                f"`station.overrides.{place}.cap_kw` fixes the power that `{RULE}.action.kva` "
                "would raise: keep one of them"
            )


def action(
    name: str, action: Upgrade, transformers: Transformers, station: StationSection
) -> Iterator[str]:
    yield from unknown_types(name, action, station)
    kva, most = action.kva, transformers.kva[-1]
    if isinstance(kva, float) and kva > most:
        yield f"`{name}.kva` is {kva:,.6g}, but a station may have at most {most:,.6g} kVA"


def upgrades(
    rule: UpgradeRule, standing: Mapping[str, Hardware], costs: Mapping[str, CostRow], days: int
) -> Iterator[str]:
    """Every station can have what the action needs, and the budget buys one of them.

    `days`: those that count.
    """
    action = rule.action
    prices: dict[str, float] = {}
    too_big: list[str] = []
    dark: list[str] = []
    for own in standing.values():
        try:
            after = own.built(action, rule.transformers)
        except InputError as error:
            too_big += error.problems
            continue
        prices[own.name] = priced(own.bill(action, after, days), costs).typical
        if (h := _hour_without_power(after)) is not None:
            dark.append(f"`{own.name}` would have no power for charging at {h}:00")
    for found in (too_big, dark):
        if found:
            others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            yield f"`{RULE}.action`: {found[0]}{others}"
    paid = {name: price for name, price in prices.items() if price > 0.0}
    if prices and not paid:
        yield f"`{RULE}.action` changes nothing at any station"
    elif paid and rule.budget_cny is not None and rule.budget_cny < min(paid.values()):
        name = min(paid, key=lambda name: paid[name])
        yield (
            f"`{RULE}.budget_cny` is {rule.budget_cny:,.10g}, which buys nothing: the cheapest "
            f"upgrade, that of `{name}`, costs {paid[name]:,.0f} CNY"
        )


def _read(name: str, row: type[AnyRow], problems: list[str]) -> list[AnyRow]:
    """The rows of a table, or none: what a wrong one says together with others is not told."""
    found: list[str] = []
    rows = read(configs_dir() / name, name, row, found)
    problems += found
    return [] if found else rows
