"""The words of a command line: what each of them sets, and stations by any name.

A station is called as in its table, `replay.station_overrides.NAME.evses=12`, whatever the name
is made of.  Hydra reads few characters in a key, so the name travels through it in hexadecimal.
"""

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.problems import InputError
from sim.schema import Override, StationChange

# What differs at single stations, by the place in the config.
STATIONS: dict[str, type[BaseModel]] = {
    "replay.station_overrides": StationChange,
    "station.overrides": Override,
}
HEX = "station_in_hex_"
PLACES = "|".join(map(re.escape, STATIONS))


class Given(NamedTuple):
    """What somebody asked for, as it was written, and the place in the config that it sets."""

    text: str
    path: tuple[str, ...]
    is_choice: bool = False

    @property
    def key(self) -> str:
        return ".".join(self.path)


# ---- stations by name ------------------------------------------------------------------------


def as_typed(place: str, station: str, change: str = "evses=12") -> str:
    """How a station is named on a command line, ready to be pasted into a shell."""
    return shlex.quote(f"{place}.{station}.{change}")


def in_hex(text: str) -> str:
    """An override with the name of its station as Hydra can read it; any other as it is."""
    found = re.fullmatch(rf"(\+{{0,2}})({PLACES})\.(.+)=([^=]*)", text, re.DOTALL)
    if not found:
        return text
    plus, place, key, value = found.groups()
    name, change = _split(key, STATIONS[place], is_whole=value.lstrip().startswith("{"))
    return f"{plus}{place}.{HEX}{name.encode('utf-8', 'surrogatepass').hex()}{change}={value}"


def plain(text: str) -> str:
    """The same text with the names that `in_hex` put away."""
    return re.sub(f"{HEX}((?:[0-9a-f]{{2}})*)", lambda found: _name(found[1]), text)


def _name(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def _split(key: str, model: type[BaseModel], is_whole: bool) -> tuple[str, str]:
    """The name of a station, which may have any dots, and what is changed about it."""
    for change in sorted(_fields(model), key=len, reverse=True):
        if key.endswith(f".{change}"):
            return key.removesuffix(f".{change}"), f".{change}"
    name, dot, unknown = key.rpartition(".")  # no such field: the schema will say so
    return (key, "") if is_whole or not dot else (name, f".{unknown}")


def _fields(model: type[BaseModel]) -> Iterator[str]:
    """All that may be changed, with the fields of sections within: `mobile.storage.kwh`."""
    for name, field in model.model_fields.items():
        yield name
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from (f"{name}.{inner}" for inner in _fields(kind))


def key_by_key(text: str) -> str | None:
    """How to say what Hydra cannot read in braces; None: it is about something else."""
    found = re.fullmatch(rf"\+{{0,2}}({PLACES})(?:\.([^=]*))?=(.*)", text, re.DOTALL)
    if not found:
        return None
    place, name, value = found.groups()
    if name is not None:
        inside = [(name, value.strip().removeprefix("{").removesuffix("}"))]
    else:
        inside = re.findall(r"[{,]\s*([^{}]+?)\s*:\s*\{([^{}]*)\}", value)
    typed = [
        as_typed(place, station.strip("\"'"), re.sub(r"\s*:\s*", "=", change.strip(), count=1))
        for station, changes in inside
        for change in changes.split(",")
        if ":" in change
    ]
    return " ".join(typed or [as_typed(place, "NAME")])


# ---- nothing is given twice ------------------------------------------------------------------


def leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, ...]]:
    """The paths that a value sets: those of its leaves, where it is a mapping."""
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from leaves((*path, str(key)), child)
    else:
        yield path


def refuse_twice(words: Sequence[Sequence[Given]]) -> None:
    """Raise `InputError` where one word of a command line would silently win over another one.

    `words` has for each word all that it sets.
    """
    clashes = {
        (first[0].text, second[0].text): None
        for first, second in itertools.combinations(words, 2)
        if any(_clash(a, b) for a in first for b in second)
    }
    if clashes:
        raise InputError(
            f"`{first}` and `{second}` set the same place of the config: keep one of them"
            for first, second in clashes
        )


def _clash(first: Given, second: Given) -> bool:
    """A choice may be followed by changes within it, but not by the whole of it."""
    a, b = first.path, second.path
    if first.is_choice and second.is_choice:
        return a == b
    if first.is_choice or second.is_choice:
        choice, key = (a, b) if first.is_choice else (b, a)
        return choice[: len(key)] == key
    return a[: len(b)] == b or b[: len(a)] == a
