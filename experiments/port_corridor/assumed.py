"""All of a corridor that is assumed: the end of the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from sim.report.blocks import Cell, Column, Section, Table
from sim.report.finding import Given
from sim.report.finding import found as said
from sim.report.language import Words

UNKNOWN = ("assumed", "from memory", "scaled", "memory shape")


def section(say: Words, answer: Mapping[str, Any]) -> Section:
    rows: list[list[Cell]] = [
        [said("assumed.place", place=place), source] for place, source in answer["assumed"]
    ]
    if swap := answer.get("swap"):
        rows += [
            [said("assumed.price", item=own["item"]), own["source"]]
            for own in swap["prices"].values()
        ]
        rows.append([say("assumed.life"), say("assumed.years", years=swap["life_years"])])
    heads = [Column(say("assumed.figure"), wide=True), Column(say("assumed.known"), wide=True)]
    table = Table(heads, rows, say("assumed.caption"))
    return Section(say("assumed.heading"), [say("assumed.about"), table], "assumed")


def assumed(config: BaseModel, path: str = "") -> Iterator[tuple[str, Given]]:
    """Places of the config whose source says that it is none, and what it says."""
    sources = getattr(config, "sources", None)
    texts = sources.items() if isinstance(sources, Mapping) else ()
    own = getattr(config, "source", None)
    for place, text in (*((_at(path, name), text) for name, text in texts), (path, own)):
        if isinstance(text, str) and any(word in text.lower() for word in UNKNOWN):
            yield place, Given(text)
    for name in type(config).model_fields:
        value = getattr(config, name)
        items = value.items() if isinstance(value, Mapping) else enumerate(value, 1) if isinstance(
            value, list) else ((None, value),)  # fmt: skip
        for key, child in items:
            if isinstance(child, BaseModel):
                inner = _at(path, name) if key is None else _at(_at(path, name), key)
                yield from assumed(child, inner)


def _at(path: str, name: object) -> str:
    return f"{path}.{name}".removeprefix(".")
