"""Service areas that are there but in no table: how many, on which road, and what stands there.

Published totals say how many sides and EVSEs a network has; a table of the sites whose names are
known has fewer.  The missing ones stand where the gaps are, two-sided:

- The longest gaps get them, until the number of sides is met: see `gaps.py`.
- A site is named by the link on which the middle of its part lies, the same in every layout, and
  stands somewhere in its part of the gap, on that link: a gap may go on beyond a town, a site never
  strays there.

A layout, one of many that are possible, draws where exactly each stands and what: that of one of
the two-sided sites of the table whose equipment is `assumed`, near ones more likely, given that the
totals are met exactly.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.config.problems import did_you_mean
from sim.roads.gaps import Site, along, among
from sim.roads.network import Link, Network, Node, ServiceArea, check
from sim.roads.schema import InferredSection
from sim.stations.schema import StationSection, counts
from sim.stats.streams import stream

NEAR_KM = 50.0  # e-fold of how likely a site's equipment is that of another one: they share traffic
DEGREE_KM = 111.3
POSITION = "approximate: inferred, drawn between these towns"
KEY = "network.inferred"


@dataclass(frozen=True)
class Kind:
    """What stands at sites of the table, of each side, and where these are."""

    cabinets: str
    kva: float
    other_load_kw: float
    evses: int
    is_super: bool
    at: np.ndarray  # lon, lat of every such site


def complete(
    network: Network, section: InferredSection, layout: int, station: StationSection,
    problems: list[str],
) -> Network:  # fmt: skip
    """The network with its missing sites, those of a chain among the others of that chain.

    A sentence is added to the problems for each reason why they cannot be inferred.
    """
    links = [link for link in network.links if link.road not in section.without]
    known = {link.road for link in network.links}
    problems += [
        f"`{KEY}.without` has an unknown road `{road}`{did_you_mean(road, sorted(known))}"
        for road in section.without
        if road not in known
    ]
    missing = section.sides - sum(len(area.stations) for area in network.areas)
    if missing <= 0 or missing % 2:
        problems.append(
            f"`{KEY}.sides` is {section.sides:,}, and the table of service areas has "
            f"{section.sides - missing:,}: it must be more than that, by an even number, as an "
            "inferred site has two sides"
        )
    elif not links:
        problems.append(f"`{KEY}.without` leaves no road on which a site could be missing")
    if problems:
        return network
    order = along(links, network.areas, missing // 2)
    sites = [site for own in order for site in own if isinstance(site, Site)]
    kinds = _equipped(sites, network, section, layout, station, problems)
    nodes = {node.node: node for node in network.nodes}
    if not kinds:
        return network
    drawn = {
        site.name: _area(site, kind, nodes, layout) for site, kind in zip(sites, kinds, strict=True)
    }
    areas = among(network.areas, order, drawn)
    problems += check(network.nodes, network.links, areas)
    return replace(network, areas=tuple(areas))


def elsewhere(network: Network, without: Collection[str], layout: int) -> Network:
    """The same sites, with what stands there, each where another layout draws it."""
    drawn = {area.site for area in network.areas if area.evidence == "inferred"}
    links = [link for link in network.links if link.road not in without]
    named = [area for area in network.areas if area.site not in drawn]
    nodes = {node.node: node for node in network.nodes}
    places = {
        site.name: _place(site, nodes, layout)
        for row in along(links, named, len(drawn))
        for site in row
        if isinstance(site, Site)
    }
    areas = (area.model_copy(update=places.get(area.site, {})) for area in network.areas)
    return replace(network, areas=tuple(areas))


# ---- what a layout draws -------------------------------------------------------------------


def _equipped(
    sites: Sequence[Site], network: Network, section: InferredSection, layout: int,
    station: StationSection, problems: list[str],
) -> list[Kind]:  # fmt: skip
    """What stands at every site: drawn one after the other, each given that the totals can still be
    met; `likely[n]` is how likely sites n, n + 1, ... have so many EVSEs and supers together."""

    def evses(text: str) -> int:
        types = station.cabinet_types
        return sum(sum(types[name].evses.values()) * count for name, count in counts(text))

    def is_super(text: str) -> bool:
        return any(station.cabinet_types[k].kw >= section.super_kw for k, _ in counts(text))

    if any(k not in station.cabinet_types for a in network.areas for k, _ in counts(a.cabinets)):
        return []  # which the check of the stations tells
    groups: dict[tuple[str, float, float], list[ServiceArea]] = defaultdict(list)
    for area in network.areas:
        if (area.sides, area.evidence) == ("two", "assumed"):
            groups[area.cabinets, area.kva, area.other_load_kw].append(area)
    kinds = [
        Kind(*key, evses(key[0]), is_super(key[0]), np.array([(a.lon, a.lat) for a in own]))
        for key, own in groups.items()
        if evses(key[0]) >= section.least_evses
    ]
    totals = {"evses": section.evses, "super_sides": section.super_sides}
    for area in network.areas:
        totals["evses"] -= evses(area.cabinets) * len(area.stations)
        totals["super_sides"] -= is_super(area.cabinets) * len(area.stations)
    left = (totals["evses"] // 2, totals["super_sides"] // 2)
    nodes = {node.node: node for node in network.nodes}
    weights = [_near(kinds, *_lon_lat(site.link, site.middle, nodes)) for site in sites]
    odd = any(total % 2 for total in totals.values())
    likely = [] if odd or min(left) < 0 else _likely(kinds, weights, left)
    if not likely or not likely[0][left] > 0.0:
        problems.append(
            f"`{KEY}` asks for {len(sites):,} more sites with {totals['evses']:,} EVSEs, at "
            f"{totals['super_sides']:,} sides with {section.super_kw:g} kW or more: what stands at "
            f"the two-sided `assumed` sites of the table, at least {section.least_evses} EVSEs a "
            "side, does not add up to that"
        )
        return []
    rng, found = stream(layout, 0, "inferred", "equipment"), []
    for n, own in enumerate(weights):
        chances = [
            weight * _at(likely[n + 1], left[0] - kind.evses, left[1] - kind.is_super)
            for kind, weight in zip(kinds, own, strict=True)
        ]
        ends = np.cumsum(chances)
        kind = kinds[int(np.searchsorted(ends, ends[-1] * rng.random(), side="right"))]
        left = (left[0] - kind.evses, left[1] - kind.is_super)
        found.append(kind)
    return found


def _likely(
    kinds: Sequence[Kind], weights: Sequence[np.ndarray], left: tuple[int, int]
) -> list[np.ndarray]:
    """[EVSEs, supers] for the sites from each one on; the last of the list is for no site."""
    none = np.zeros((left[0] + 1, left[1] + 1))
    none[0, 0] = 1.0
    found = [none]
    for own in reversed(weights):
        here = np.zeros_like(none)
        for kind, weight in zip(kinds, own, strict=True):
            rows, columns = (max(0, size) for size in np.subtract(none.shape, _size(kind)))
            here[kind.evses :, kind.is_super :] += weight * found[-1][:rows, :columns]
        found.append(here)
    return found[::-1]


def _size(kind: Kind) -> tuple[int, int]:
    return kind.evses, int(kind.is_super)


def _at(likely: np.ndarray, evses: int, supers: int) -> float:
    return float(likely[evses, supers]) if evses >= 0 and supers >= 0 else 0.0


def _near(kinds: Sequence[Kind], lon: float, lat: float) -> np.ndarray:
    """How likely each kind is at a place before the totals are asked: they sum to 1."""

    def weight(at: np.ndarray) -> float:
        east = (at[:, 0] - lon) * DEGREE_KM * np.cos(np.radians(lat))
        north = (at[:, 1] - lat) * DEGREE_KM
        return float(np.exp(-np.hypot(east, north) / NEAR_KM).sum())

    found = np.array([weight(kind.at) for kind in kinds])
    return found / found.sum() if len(kinds) else found


def _area(site: Site, kind: Kind, nodes: Mapping[str, Node], layout: int) -> ServiceArea:
    """A site where the layout draws it."""
    ends = [nodes[node] for node in (site.link.start, site.link.end)]
    en, zh = ([_short(getattr(node, f"name_{lang}")) for node in ends] for lang in ("en", "zh"))
    return ServiceArea.model_validate(
        {
            "site": site.name,
            "name_en": f"Inferred, {en[0]}-{en[1]} {site.number}",
            "name_zh": f"推定 {zh[0]}—{zh[1]} {site.number}",
            "road": site.link.road,
            "from": site.link.start,
            "to": site.link.end,
            "sides": "two",
            **_place(site, nodes, layout),
            "position": POSITION,
            "cabinets": kind.cabinets,
            "kva": kind.kva,
            "other_load_kw": kind.other_load_kw,
            "evidence": "inferred",
            "note": f"from published totals and the gap between named sites ({KEY})",
        }
    )


def _place(site: Site, nodes: Mapping[str, Node], layout: int) -> dict[str, float]:
    """Where the layout draws a site, to 100 m."""
    u = stream(layout, 0, "inferred position", site.name).random()
    km = min(max(round(site.low + (site.high - site.low) * u, 1), site.low), site.high)
    lon, lat = _lon_lat(site.link, km, nodes)
    return {"km": km, "lon": lon, "lat": lat}


def _short(name: str) -> str:
    """What a town is called, without what is added to it."""
    return re.split(r"[,(\uff08]", name)[0].strip()


def _lon_lat(link: Link, km: float, nodes: Mapping[str, Node]) -> tuple[float, float]:
    a, b, part = nodes[link.start], nodes[link.end], km / link.km
    return round(a.lon + (b.lon - a.lon) * part, 4), round(a.lat + (b.lat - a.lat) * part, 4)
