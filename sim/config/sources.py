"""Where the figures of a config come from, as it says itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

UNKNOWN = ("assumed", "from memory", "scaled", "memory shape")


def assumed(config: BaseModel, path: str = "") -> Iterator[tuple[str, str]]:
    """Places of a config whose source says that it is none, and what it says."""
    begin = f"{path}." if path else ""
    told = {f"{begin}{name}": text for name, text in getattr(config, "sources", {}).items()}
    told[path] = getattr(config, "source", "")
    for place, text in told.items():
        if any(word in text.lower() for word in UNKNOWN):
            yield place, text
    for name in type(config).model_fields:
        for place, child in _members(getattr(config, name), f"{begin}{name}"):
            if isinstance(child, BaseModel):
                yield from assumed(child, place)


def _members(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """What a setting holds: items by name or number, from 1 on, or itself."""
    if isinstance(value, Mapping):
        yield from ((f"{place}.{key}", own) for key, own in value.items())
    elif isinstance(value, list):
        yield from ((f"{place}.{n}", own) for n, own in enumerate(value, 1))
    else:
        yield place, value
