"""What a key of a config may be, as its schema has it: between limits, or one of some words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from sim.config.limits import Limits

Allowed = Limits | tuple[str, ...]


def allowed(schema: type[BaseModel], key: str) -> Allowed | None:
    """Limits of a number (of a distribution: of all that it draws), or the words that may stand
    there; None where the schema knows neither, or no such key."""
    for kind, notes in _at(schema, [], key.split(".")):
        for note in notes:
            limits = getattr(getattr(note, "func", None), "limits", None)
            if isinstance(limits, Limits):
                return limits
        if kind is bool:
            return ("true", "false")
        if get_origin(kind) is Literal:
            return tuple(map(str, get_args(kind)))
    return None


def _at(kind: Any, notes: Sequence[Any], path: Sequence[str]) -> Iterator[tuple[Any, list[Any]]]:
    """The kinds that may stand at a path below a kind, each with what its annotations note."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _at(args[0], [*notes, *args[1:]], path)
    elif origin is not None and origin is not Literal and not _is_container(origin):
        for own in args:  # a union: one of these
            yield from _at(own, notes, path)
    elif not path:
        yield kind, list(notes)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if path[0] in (name, field.alias):
                yield from _at(field.annotation, field.metadata, path[1:])
    elif _is_container(origin) and args:
        yield from _at(args[-1], [], path[1:])


def _is_container(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping | Sequence)
