"""Service areas that are there but in no table: how many, on which road, and what stands there.

Published totals say how many sides and EVSEs a network has; a table of the sites whose names are
known has fewer.  The missing ones stand where the gaps are, two-sided:

- Links of one road that continue each other, without a fork of that road, are a chain (a ring is
  cut where its first link begins).  The sites of the table cut it into gaps; its ends bound the
  first and the last one, for what lies beyond is another road.
- The gap whose equal parts are the longest gets one more site, until the number of sides is met.
  So how many a gap gets follows from its length, and from that of the others, alone.
- A site is named by the link on which the middle of its part lies, the same in every layout, and
  stands somewhere in its part of the gap, on that link: a gap may go on beyond a town, a site never
  strays there.

A layout, one of many that are possible, draws where exactly each stands and what: that of one of
the two-sided sites of the table whose equipment is `assumed`, near ones more likely, given that the
totals are met exactly.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from itertools import pairwise

import numpy as np

from sim.config.problems import did_you_mean
from sim.roads.network import Link, Network, Node, ServiceArea, check
from sim.roads.schema import InferredSection
from sim.stations.schema import StationSection, counts
from sim.stats.streams import stream

NEAR_KM = 50.0  # e-fold of how likely a site's equipment is that of another one: they share traffic
DEGREE_KM = 111.3
POSITION = "approximate: inferred, drawn between these towns"
KEY = "network.inferred"


@dataclass(frozen=True)
class Piece:
    """A link of a chain, `begin` km after the chain's start; `ahead`: driven from `start`."""

    link: Link
    begin: float
    ahead: bool

    @property
    def end(self) -> float:
        return self.begin + self.link.km

    def turned(self, km: float) -> float:
        """Kilometers of the chain as those of the link, from its start."""
        return km - self.begin if self.ahead else self.end - km


@dataclass(frozen=True)
class Site:
    """A missing site: the part of a gap in which it stands, in km of its link."""

    link: Link
    low: float
    middle: float
    high: float
    number: int = 0  # along its link, from 1

    @property
    def name(self) -> str:
        road = re.sub(r"[^a-z0-9]+", "_", self.link.road.lower()).strip("_")
        parts = ("inferred", road, self.link.start, self.link.end, str(self.number))
        return "_".join(part for part in parts if part)


Along = list[ServiceArea | Site]  # sites of a chain in their order


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
    order = _along(links, network.areas, missing // 2)
    sites = [site for own in order for site in own if isinstance(site, Site)]
    kinds = _equipped(sites, network, section, layout, station, problems)
    nodes = {node.node: node for node in network.nodes}
    if not kinds:
        return network
    drawn = {
        site.name: _area(site, kind, nodes, layout) for site, kind in zip(sites, kinds, strict=True)
    }
    areas = _among(network.areas, order, drawn)
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
        for row in _along(links, named, len(drawn))
        for site in row
        if isinstance(site, Site)
    }
    areas = (area.model_copy(update=places.get(area.site, {})) for area in network.areas)
    return replace(network, areas=tuple(areas))


# ---- which sites there are -----------------------------------------------------------------


def chains(links: Sequence[Link]) -> list[list[Piece]]:
    """Links of one road that continue each other, in the direction of the first of them."""
    at: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        for node in (link.start, link.end):
            at[link.road, node].append(link)
    seen: set[str] = set()

    def beyond(link: Link, node: str) -> Iterator[tuple[Link, str]]:
        """The links that follow behind a node of a link, and at which node each is entered."""
        while len(own := at[link.road, node]) == 2:
            link = own[own[0] is link]
            if link.name in seen:
                return
            seen.add(link.name)
            yield link, node
            node = link.end if link.start == node else link.start

    found = []
    for first in links:
        if first.name in seen:
            continue
        seen.add(first.name)
        ahead = [(link, link.start == node) for link, node in beyond(first, first.end)]
        back = [(link, link.end == node) for link, node in beyond(first, first.start)]
        chain: list[Piece] = []
        for link, forward in (*reversed(back), (first, True), *ahead):
            chain.append(Piece(link, chain[-1].end if chain else 0.0, forward))
        found.append(chain)
    return found


def _along(links: Sequence[Link], areas: Sequence[ServiceArea], missing: int) -> list[Along]:
    """The sites of every chain in their order, with so many more in the longest gaps."""
    on: dict[frozenset[str], list[ServiceArea]] = defaultdict(list)
    for area in areas:
        on[frozenset((area.start, area.end))].append(area)
    ways = chains(links)
    standing = [_standing(chain, on) for chain in ways]
    bounds = [
        [0.0, *(km for km, _ in own), chain[-1].end]
        for chain, own in zip(ways, standing, strict=True)
    ]
    more = iter(_split([b - a for own in bounds for a, b in pairwise(own)], missing))
    found: list[Along] = []
    for chain, own, ends in zip(ways, standing, bounds, strict=True):
        row: Along = []
        for k, (begin, end) in enumerate(pairwise(ends)):
            row += _parts(chain, begin, end, next(more))
            row += [area for _, area in own[k : k + 1]]
        found.append(_numbered(row))
    return found


def _standing(
    chain: Sequence[Piece], on: Mapping[frozenset[str], Sequence[ServiceArea]]
) -> list[tuple[float, ServiceArea]]:
    """The sites of the table on a chain, by its kilometers."""
    found = []
    for piece in chain:
        for area in on[frozenset((piece.link.start, piece.link.end))]:
            is_ahead = (area.start == piece.link.start) == piece.ahead
            found.append((piece.begin + area.km if is_ahead else piece.end - area.km, area))
    return sorted(found, key=lambda one: one[0])


def _split(gaps_km: Sequence[float], missing: int) -> list[int]:
    """How many sites each gap gets: always one more where equal parts are the longest."""
    more = [0] * len(gaps_km)
    longest = [(-km, n) for n, km in enumerate(gaps_km)]
    heapify(longest)
    for _ in range(missing):
        n = longest[0][1]
        more[n] += 1
        heapreplace(longest, (-gaps_km[n] / (more[n] + 1), n))
    return more


def _parts(chain: Sequence[Piece], begin: float, end: float, count: int) -> Iterator[Site]:
    """The sites of a gap: each in the middle of its part, which ends with the link."""
    half = (end - begin) / (count + 1) / 2.0
    for k in range(count):
        middle = begin + 2.0 * half * (k + 1)
        piece = next(piece for piece in chain if middle <= piece.end)
        ends = (max(middle - half, piece.begin), min(middle + half, piece.end))
        low, high = sorted(piece.turned(km) for km in ends)
        yield Site(piece.link, low, piece.turned(middle), high)


def _numbered(row: Along) -> Along:
    """The same, with the missing sites of each link numbered from the link's start."""
    own = [site for site in row if isinstance(site, Site)]
    return [
        replace(
            site, number=sum(o.link is site.link and o.middle <= site.middle for o in own)
        )
        if isinstance(site, Site)
        else site
        for site in row
    ]  # fmt: skip


def _among(
    areas: Sequence[ServiceArea], order: Sequence[Along], drawn: Mapping[str, ServiceArea]
) -> list[ServiceArea]:
    """All sites: those of the table in its order, each missing one beside its neighbor there."""
    place = {area.site: n for n, area in enumerate(areas)}
    before: dict[str, list[ServiceArea]] = defaultdict(list)
    after: dict[str, list[ServiceArea]] = defaultdict(list)
    last: list[ServiceArea] = []
    for row in order:
        named = [site.site for site in row if isinstance(site, ServiceArea)]
        forward = sum(place[a] < place[b] for a, b in pairwise(named))
        if 2 * forward < len(named) - 1:  # the table goes the other way
            row = row[::-1]
            named.reverse()
        behind = before[named[0]] if named else last
        for site in row:
            if isinstance(site, ServiceArea):
                behind = after[site.site]
            else:
                behind.append(drawn[site.name])
    among = (a for area in areas for a in (*before[area.site], area, *after[area.site]))
    return [*among, *last]


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
