"""The expressway network: nodes, links, service areas, and the routes between nodes."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, StringConstraints
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from sim.config import limits
from sim.config.problems import did_you_mean
from sim.config.table import Name, NameOrEmpty, Row, Text, number, repeated
from sim.model import Route, Routes, Stop

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Lon = Annotated[float, number(limits.LON)]
Lat = Annotated[float, number(limits.LAT)]


class Node(Row):
    """A place where trips start and end, or (a junction) where links meet.

    `mass` is its weight in the gravity model: population [10k] of core nodes and districts, a
    weight on the same scale for scenic spots, vehicles a day for gates.
    """

    node: Id
    name_en: Name
    name_zh: NameOrEmpty
    lon: Lon
    lat: Lat
    kind: Literal["core", "district", "gate", "scenic", "junction"]
    mass: Annotated[float, number(limits.MASS)]
    source: Text


class Link(Row):
    """A road between two nodes, driven in both directions."""

    start: Id = Field(alias="from")
    end: Id = Field(alias="to")
    km: Annotated[float, number(limits.LINK_KM)]
    kmh: Annotated[float, number(limits.LINK_KMH)]
    road: Name
    source: Text

    @property
    def name(self) -> str:
        return f"{self.start}-{self.end}"


class ServiceArea(Row):
    """A site on a link, `km` from its start.  `cabinets`, `kva`, `other_load_kw`: of each side."""

    site: Id
    name_en: Name
    name_zh: NameOrEmpty
    road: Name
    start: Id = Field(alias="from")
    end: Id = Field(alias="to")
    km: Annotated[float, number(limits.WAY_KM)]
    sides: Literal["one", "two"]
    lon: Lon
    lat: Lat
    position: Text
    cabinets: str = Field(pattern=r"^[a-z0-9_]+\*[1-9]\d?(\+[a-z0-9_]+\*[1-9]\d?)*$")
    kva: Annotated[float, number(limits.KVA)]
    other_load_kw: Annotated[float, number(limits.LOAD_KW)]
    evidence: Literal["given", "assumed", "inferred"]
    note: str

    @property
    def stations(self) -> dict[str, str]:
        """Its stations and the side each of them is: `out` serves the direction from -> to."""
        if self.sides == "one":
            return {self.site: "both"}
        return {f"{self.site}_{side}": side for side in ("out", "in")}


@dataclass(frozen=True)
class Ways:
    """All routes as arrays [origin, end] of nodes in order of names, without their stops.

    Attributes
    ----------
    ends : names of the nodes that are no junctions; the arrays have only these.
    km, h : length and time.
    stops : how many stations serve it on the way.
    first_km : where the first of them is; NaN where there is none.
    """

    ends: tuple[str, ...]
    km: np.ndarray
    h: np.ndarray
    stops: np.ndarray
    first_km: np.ndarray
    _names: tuple[str, ...]  # of all nodes
    _before: np.ndarray  # [end, node]: number of the node before it

    @classmethod
    def of(cls, network: "Network") -> "Ways":
        """Every route is that to the node before its end, and a link: the nearest first, those of
        all origins at a time, so sums are the same as link by link."""
        names = sorted(node.node for node in network.nodes)
        kinds = {node.node: node.kind for node in network.nodes}
        ends = [n for n, name in enumerate(names) if kinds[name] != "junction"]
        hours, before = dijkstra(
            _graph(names, network.links), directed=False, indices=ends, return_predecessors=True
        )
        before = before.astype(np.int32)
        order = np.argsort(hours, axis=1, kind="stable")
        number, roads = {name: n for n, name in enumerate(names)}, network._roads
        link = {(number[a], number[b]): k for k, (a, b) in enumerate(roads)}
        km = np.array([own.km for own, _ in roads.values()])
        h = np.array([own.km / own.kmh for own, _ in roads.values()])
        stops = np.array([len(places) for _, places in roads.values()])
        first = np.array([places[0][0] if places else np.nan for _, places in roads.values()])
        of_pair = csr_array(
            (np.arange(1, len(roads) + 1), tuple(np.array(list(link)).T)), shape=(len(names),) * 2
        )
        out = [np.zeros(hours.shape) for _ in range(3)]
        count, origin = np.zeros(hours.shape, np.int32), np.arange(len(ends))
        out[2][:] = np.nan
        for step in range(1, len(names)):
            end = order[:, step]
            last = before[origin, end]
            k = np.asarray(of_pair[last, end]).ravel() - 1
            own_first = out[0][origin, last] + first[k]
            known = out[2][origin, last]
            out[2][origin, end] = np.where(np.isnan(known), own_first, known)
            for values, more in ((out[0], km), (out[1], h), (count, stops)):
                values[origin, end] = values[origin, last] + more[k]
        only = (slice(None), ends)
        return cls(
            tuple(names[n] for n in ends), out[0][only], out[1][only], count[only], out[2][only],
            tuple(names), before,
        )  # fmt: skip

    def over(self, trips: np.ndarray) -> csr_array:
        """Trips [origin, end] over every link: [node, node], nodes in order of names."""
        size = (len(self._names),) * 2
        start = np.searchsorted(self._names, self.ends)
        origin, end = np.nonzero(trips)
        own, node, found = trips[origin, end], start[end], csr_array(size)
        while len(node):
            last = self._before[origin, node]
            found = found + csr_array((own, (last, node)), size)
            on = last != start[origin]
            own, origin, node = own[on], origin[on], last[on]
        return found

    def before(self, origin: str, node: str) -> str:
        """The node before `node` on the way from `origin`."""
        row = bisect_left(self.ends, origin)
        found: str = self._names[self._before[row, bisect_left(self._names, node)]]
        return found


@dataclass(frozen=True)
class Network:
    """The graph.  Routes are shortest in time; stations are numbered in the order of the areas."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    areas: tuple[ServiceArea, ...]

    @cached_property
    def stations(self) -> tuple[str, ...]:
        return tuple(name for area in self.areas for name in area.stations)

    @cached_property
    def places(self) -> dict[str, ServiceArea]:
        """Where each station stands."""
        return {name: area for area in self.areas for name in area.stations}

    @cached_property
    def opposite(self) -> tuple[int, ...]:
        """The number of the station on the other side of each; -1 where there is none."""
        numbers: list[int] = []
        for area in self.areas:
            first, sides = len(numbers), len(area.stations)
            numbers += [first + 1, first] if sides == 2 else [-1] * sides
        return tuple(numbers)

    @cached_property
    def ways(self) -> "Ways":
        return Ways.of(self)

    @cached_property
    def passing(self) -> Routes:
        """The routes that pass a station, in order of their names "origin>destination"."""
        ends = self.ways.ends
        return Routes(
            route
            for origin, served in zip(ends, self.ways.stops > 0, strict=True)
            for route in self._from(origin, [ends[n] for n in np.flatnonzero(served)])
        )

    @cached_property
    def routes(self) -> dict[tuple[str, str], Route]:
        """The route of every ordered pair of nodes that are no junctions, in order of names.

        A network of a thousand towns has a million of them: ask for single ones there.
        """
        ends = self.ways.ends
        return {
            (a, b): route
            for a in ends
            for b, route in zip(ends, self._from(a, ends), strict=True)
            if a != b
        }

    def route(self, origin: str, end: str) -> Route:
        """That of one pair of nodes."""
        return self._from(origin, [end])[0]

    def _from(self, origin: str, ends: Iterable[str]) -> list[Route]:
        """The routes from there, each made of that to the node before its end, and a link."""
        known = {origin: Route(origin, 0.0, 0.0)}

        def to(end: str) -> Route:
            way = [end]
            while way[-1] not in known:
                way.append(self.ways.before(origin, way[-1]))
            for last, name in pairwise(reversed(way)):
                known[name] = _extended(known[last], f"{origin}>{name}", *self._roads[last, name])
            return known[end]

        return [to(end) for end in ends]

    @cached_property
    def _roads(self) -> dict[tuple[str, str], tuple[Link, list[tuple[float, int]]]]:
        """Link and stops (km, station) in their order, for every direction of every link."""
        number = {name: k for k, name in enumerate(self.stations)}
        stops: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
        length = {(link.start, link.end): link.km for link in self.links}
        for area in self.areas:
            forward, back = (area.start, area.end), (area.end, area.start)
            km = length.get(forward, length.get(back, 0.0))
            for name, side in area.stations.items():
                if side in ("out", "both"):
                    stops[forward].append((area.km, number[name]))
                if side in ("in", "both"):
                    stops[back].append((km - area.km, number[name]))
        return {
            way: (link, sorted(stops[way]))
            for link in self.links
            for way in ((link.start, link.end), (link.end, link.start))
        }


def _graph(names: Sequence[str], links: Sequence[Link]) -> csr_array:
    number = {name: k for k, name in enumerate(names)}
    hours = [link.km / link.kmh for link in links]
    start = [number[link.start] for link in links]
    end = [number[link.end] for link in links]
    return csr_array((hours, (start, end)), shape=(len(names), len(names)))


def _extended(route: Route, name: str, link: Link, stops: Sequence[tuple[float, int]]) -> Route:
    more = [Stop(s, route.km + km, route.h + km / link.kmh) for km, s in stops]
    return Route(name, route.km + link.km, route.h + link.km / link.kmh, (*route.stops, *more))


def check(nodes: Sequence[Node], links: Sequence[Link], areas: Sequence[ServiceArea]) -> list[str]:
    """What keeps the tables from being one network, a sentence each."""
    names = [node.node for node in nodes]
    problems = repeated("the table of nodes", "node", names)
    stations = [name for area in areas for name in area.stations]
    problems += repeated("the table of service areas", "station", stations)
    length: dict[frozenset[str], float] = {}
    for link in links:
        ends = frozenset((link.start, link.end))
        for end in sorted(ends - set(names)):
            nearest = did_you_mean(end, names)
            problems.append(f"link `{link.name}` ends at an unknown node `{end}`{nearest}")
        if len(ends) == 1:
            problems.append(f"link `{link.name}` leads back to where it starts")
        if ends in length:
            problems.append(f"there is more than one link between `{link.start}` and `{link.end}`")
        length[ends] = link.km
    for area in areas:
        ends, name = frozenset((area.start, area.end)), f"{area.start}-{area.end}"
        if ends not in length:
            known = [link.name for link in links]
            nearest = did_you_mean(name, known)
            problems.append(f"service area `{area.site}` is on an unknown link `{name}`{nearest}")
        elif area.km > length[ends]:
            problems.append(
                f"service area `{area.site}` is at km {area.km:g} of link `{name}`, "
                f"which is only {length[ends]:g} km long"
            )
    return problems or _unreachable(names, links)


def _unreachable(names: Sequence[str], links: Sequence[Link]) -> list[str]:
    _, part = connected_components(_graph(names, links), directed=False)
    main = np.bincount(part).argmax()
    inside = names[int(np.flatnonzero(part == main)[0])]
    return [
        f"node `{name}` cannot be reached from `{inside}`: no links lead there"
        for name, p in zip(names, part, strict=True)
        if p != main
    ]
