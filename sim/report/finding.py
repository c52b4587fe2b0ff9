"""What was found, before it is said: a key of the message tables and the values that it names.

An answer is made of these, of estimates, and of plain JSON; `packed` and `unpacked` are its way
to a file and back, so that a page can be made again from the file alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from sim.stats.estimate import Estimate


class Name(NamedTuple):
    """What somebody gave a name in both languages, such as a station; `zh` may be empty."""

    en: str
    zh: str


class Term(NamedTuple):
    """A word of the message tables, by its key; `other` where they have none, such as the name that
    somebody gave to a thing of their own."""

    key: str
    other: str = ""


class Given(NamedTuple):
    """A text of the inputs, such as the label of a day, in the language that it was written in;
    the message tables may have it in another, under `given`."""

    text: str


@dataclass(frozen=True)
class Finding:
    """A sentence to be said: the choice of `key` is the claim, gated by `Estimate.sign`."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def found(key: str, **values: Any) -> Finding:
    return Finding(key, values)


def claimed(key: str, is_shown: object, **values: Any) -> Finding:
    """A claim that is shown, the message `key.shown`; else that it is not, `key.unshown`."""
    return Finding(f"{key}.{'shown' if is_shown else 'unshown'}", values)


def station(place: Mapping[str, Any], full: bool = False) -> Finding:
    """What a station is called: its site and the side of the road; in full, also in Chinese where
    one reads English.  `place`: with `name_en`, `name_zh`, `side`."""
    key = f"station.full.{place['side']}" if full else f"station.{place['side']}"
    return found(key, name=Name(place["name_en"], place["name_zh"]))


def stations(places: Sequence[Mapping[str, Any]]) -> dict[str, Finding]:
    """By their keys, what stations are called in full that are known by name: the others are
    inferred."""
    return {own["station"]: station(own, full=True) for own in places
            if own["evidence"] != "inferred"}  # fmt: skip


def packed(value: Any) -> Any:
    """The same as plain JSON.  Raises TypeError for what has no place in an answer."""
    match value:
        case Estimate():
            return value.to_json()
        case Finding(key, values):
            return {"finding": key, "values": packed(values)}
        case Name(en, zh):
            return {"en": en, "zh": zh}
        case Term(key, other):
            return {"term": key, "other": other} if other else {"term": key}
        case Given(text):
            return {"given": text}
        case date():
            return {"date": value.isoformat()}
        case Mapping():
            return {str(key): packed(own) for key, own in value.items()}
        case list() | tuple():
            return [packed(own) for own in value]
        case np.ndarray() | np.generic():
            return packed(value.tolist())
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"an answer cannot hold a {type(value).__name__}")


ESTIMATE = {"mean", "low", "high"}


def unpacked(value: Any) -> Any:
    """What `packed` was given, as read from JSON: mappings have texts for keys.

    A mapping by names, such as stations that somebody called `date` and `en`, stays one: what
    stands for something else holds texts or numbers.
    """
    match value:
        case list():
            return [unpacked(own) for own in value]
        case {"finding": str(key), "values": dict(values), **more} if not more:
            return Finding(key, unpacked(values))
        case {"en": str(en), "zh": str(zh), **more} if not more:
            return Name(en, zh)
        case {"term": str(key), "other": str(other), **more} if not more:
            return Term(key, other)
        case {"term": str(key), **more} if not more:
            return Term(key)
        case {"given": str(text), **more} if not more:
            return Given(text)
        case {"date": str(day), **more} if not more:
            return date.fromisoformat(day)
        case dict() if _is_estimate(value):
            return Estimate.from_json(value)
        case dict():
            return {key: unpacked(own) for key, own in value.items()}
    return value


def _is_estimate(value: Mapping[str, Any]) -> bool:
    is_one = value.keys() >= ESTIMATE and value.keys() <= Estimate.__dataclass_fields__.keys()
    return is_one and not any(isinstance(own, dict) for own in value.values())
