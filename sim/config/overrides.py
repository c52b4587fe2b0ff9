"""The words of a command line: what each of them sets, and stations by any name.

A station is called as in its table, `replay.station_overrides.NAME.evses=12`, whatever the name
is made of.  Hydra reads few characters in a key, and no long ones, so another word stands in for
the name while it composes.
"""

import difflib
import itertools
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.config.problems import InputError, did_you_mean

# Where a config says what differs at single stations, and what that may be.
Places = Mapping[str, type[BaseModel]]
NO_PLACES: Places = {}
STAND_IN = "station_named_"
_names: dict[str, str] = {}  # of this process, by what stands in for them


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


def unknown_station(
    place: str, station: str, known: Collection[str], asked: Mapping[str, Any]
) -> str:
    """A sentence about a station that there is not, which shows how one that there is is written.

    `asked`: what was to be changed about it.
    """
    scalars = (f"{k}={v}" for k, v in asked.items() if isinstance(v, int | float | str))
    change = next(scalars, "evses=12")
    said = f"`{place}` has an unknown station `{station}`"
    if near := difflib.get_close_matches(station, known, n=1):
        return f"{said}: did you mean {as_typed(place, near[0], change)}?"
    written = "".join(
        f" (one is written {as_typed(place, name, change)})" for name in sorted(known)[:1]
    )
    return f"{said}{written}{did_you_mean(station, known)}"


def readable(text: str, places: Places) -> str:
    """An override as Hydra can read it, whatever the name of its station."""
    found = re.fullmatch(rf"(\+{{0,2}})({_any(places)})\.(.+)=([^=]*)", text, re.DOTALL)
    if not found:
        return text
    plus, place, key, value = found.groups()
    name, change = _split(key, places[place], is_whole=value.lstrip().startswith("{"))
    stand_in = STAND_IN + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    _names[stand_in] = name
    return f"{plus}{place}.{stand_in}{change}={value}"


def _any(places: Places) -> str:
    return "|".join(map(re.escape, places)) or "(?!)"  # of none: nothing matches


def plain(text: str) -> str:
    """The same text with the names that `readable` put away."""
    return re.sub(f"{STAND_IN}[0-9a-f]{{64}}", lambda found: _names.get(found[0], found[0]), text)


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


def key_by_key(text: str, places: Places) -> str | None:
    """How to say what Hydra cannot read in braces; None: it is about something else."""
    found = re.fullmatch(rf"\+{{0,2}}({_any(places)})(?:\.([^=]*))?=(.*)", text, re.DOTALL)
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
