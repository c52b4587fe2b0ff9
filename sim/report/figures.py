"""What figures of questions share whose words are still in their code."""

from collections.abc import Sequence
from typing import Any

from sim.report.charts.frame import label_margin
from sim.report.words import SIDES

__all__ = ["corridors", "label_margin"]


def corridors(stations: Sequence[dict[str, Any]]) -> dict[str, list[int]]:
    """Station numbers by road (roads as they come), in travel order, sides of a site together."""
    groups: dict[str, list[int]] = {}
    for i, s in enumerate(stations):
        groups.setdefault(s["road"], []).append(i)
    side = list(SIDES)
    for members in groups.values():
        members.sort(
            key=lambda i: (
                stations[i]["order"], stations[i]["site"], side.index(stations[i]["side"])
            )
        )  # fmt: skip
    return groups
