"""The expressway network: nodes, links, service areas, and the routes between nodes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, StringConstraints
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from sim import limits
from sim.model import Route, Stop
from sim.problems import did_you_mean
from sim.table import Name, NameOrEmpty, Row, Text, number, repeated

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
    evidence: Literal["given", "assumed"]
    note: str

    @property
    def stations(self) -> dict[str, str]:
        """Its stations and the side each of them is: `out` serves the direction from -> to."""
        if self.sides == "one":
            return {self.site: "both"}
        return {f"{self.site}_{side}": side for side in ("out", "in")}


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
    def routes(self) -> dict[tuple[str, str], Route]:
        """The route of every ordered pair of nodes that are no junctions, in order of names."""
        names = sorted(node.node for node in self.nodes)
        ends = {node.node for node in self.nodes if node.kind != "junction"}
        graph = _graph(names, self.links)
        hours, before = dijkstra(graph, directed=False, return_predecessors=True)
        roads = self._roads()
        routes = {}
        for o, origin in enumerate(names):
            found = {origin: Route(origin, 0.0, 0.0)}
            for d in np.argsort(hours[o], kind="stable")[1:]:
                last, name = names[before[o, d]], names[d]
                found[name] = _extended(found[last], f"{origin}>{name}", *roads[last, name])
            for name in names:
                if origin in ends and name in ends and name != origin:
                    routes[origin, name] = found[name]
        return routes

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
