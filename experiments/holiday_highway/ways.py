"""Corridors: stretches of one road, link by link as the table has them, and how far along each a
site is."""

from typing import Any

from sim.report.finding import Name
from sim.roads.network import Network


def ways(network: Network) -> tuple[list[dict[str, Any]], dict[str, tuple[int, float]]]:
    """Corridors that have a site, `road`, `start`, `end` (names), `km`; and of each site the
    number of its corridor and how far from its start it is [km]."""
    names = {node.node: Name(node.name_en, node.name_zh) for node in network.nodes}
    found: list[dict[str, Any]] = []
    begins: dict[tuple[str, str], tuple[int, float]] = {}
    last: tuple[str, str] | None = None
    for link in network.links:
        if last != (link.road, link.start):
            found.append({"road": link.road, "start": names[link.start], "km": 0.0})
        begins[link.start, link.end] = len(found) - 1, found[-1]["km"]
        found[-1] |= {"end": names[link.end], "km": found[-1]["km"] + link.km}
        last = link.road, link.end
    length = {(link.start, link.end): link.km for link in network.links}
    sites = {}
    for area in network.areas:
        back = (area.start, area.end) not in begins
        ends = (area.end, area.start) if back else (area.start, area.end)
        way, before = begins[ends]
        sites[area.site] = way, before + (length[ends] - area.km if back else area.km)
    used = sorted({way for way, _ in sites.values()})
    return [found[way] for way in used], {
        site: (used.index(way), km) for site, (way, km) in sites.items()
    }
