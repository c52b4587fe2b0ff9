"""What the map of a page draws below its stations."""

from typing import Any

from sim.roads.network import Network


def outline(network: Network) -> dict[str, Any]:
    """Towns, and links as [start, end, road]."""
    towns = [
        {"node": n.node, "name_en": n.name_en, "name_zh": n.name_zh, "lon": n.lon, "lat": n.lat}
        for n in network.nodes
    ]
    return {"towns": towns, "links": [[own.start, own.end, own.road] for own in network.links]}
