"""What bands hold, against what they promise."""

from collections.abc import Mapping
from typing import Any

COUNTS = ("outside", "of", "by_chance", "most_by_chance")  # of values beyond their bands


def width(coverage: Mapping[str, Any]) -> str:
    """Of bands, by how much they cover: by chance a replication covers `least` to `most`."""
    if coverage["inside"] < coverage["least"]:
        return "narrow"
    return "wide" if coverage["inside"] > coverage["most"] else "right"
