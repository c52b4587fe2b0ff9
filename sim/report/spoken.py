"""A page in all its languages at once: cells become texts, equal texts are kept once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from math import isfinite, log2
from typing import Any

from sim.report.blocks import (
    Card,
    Cell,
    Column,
    Count,
    Figure,
    Key,
    Over,
    Page,
    Section,
    Table,
    Track,
)
from sim.report.finding import Name
from sim.report.language import NOTHING, Words
from sim.report.plot import Plot, differences, payload
from sim.stats.estimate import Estimate

MOST_ROWS = 13  # a longer table is sorted, searched, and folded until somebody wants it


@dataclass(frozen=True)
class Texts:
    """A text in every language, in their order."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A cell as it is read: what it says, its interval, the number and the ends of its interval in
    full ("" for none), whether it stands out, and words by which its row is found."""

    text: str
    interval: str = ""
    raw: str = ""
    low: str = ""
    high: str = ""
    is_over: bool = False
    is_text: bool = False
    found_by: str = ""
    track: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Said:
    """A table, card or count with its cells said; `scales` are what their units make of numbers."""

    kind: str
    block: Any
    cells: Sequence[Sequence[Text]]
    units: Sequence[str] = ()
    scales: Sequence[str] = ()


def spoken(say: Words, value: Any, checked: bool = True) -> Any:
    """The same tree in one language; `checked`: figures are seen to be such."""
    match value:
        case Table():
            columns = [c if isinstance(c, Column) else Column(c) for c in value.columns]
            rows = [
                [cell_text(say, c, cell) for c, cell in zip(columns, row, strict=True)]
                for row in value.rows
            ]
            table = replace(value, columns=columns, rows=())
            scales = [say.text(f"units.{c.unit}.scale") if c.unit else "1" for c in columns]
            return Said("table", table, rows, [unit_name(say, c.unit) for c in columns], scales)
        case Card():
            column = Column("", value.unit, value.digits)
            cell = cell_text(say, column, value.value)
            return Said("card", replace(value, value=None), [[cell]], [unit_name(say, value.unit)])
        case Count():
            cell = cell_text(say, Column("", digits=value.digits), value.value)
            return Said("count", replace(value, value=0.0), [[cell]])
        case Figure():
            key = [k if isinstance(k, Key) else Key(*k) for k in value.key]
            return replace(value, data=(), layout={}, narrow={}, chosen={}, key=key), payload(
                value, checked
            )
        case str() | Mapping():
            return value
        case list() | tuple():
            return [spoken(say, own, checked) for own in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value,
                **{f.name: spoken(say, getattr(value, f.name), checked) for f in fields(value)},
            )
    return value


def together(own: Sequence[Any]) -> Any:
    """Trees of one shape as one: where they differ, texts become `Texts`.

    Raises ValueError where the shape differs.
    """
    first = own[0]
    if len(own) == 1 or all(other is first for other in own):
        return first
    if any(type(other) is not type(first) for other in own):
        raise ValueError(f"the page differs by language: {own!r:.300}")
    match first:
        case str():
            return first if all(other == first for other in own) else Texts(tuple(own))
        case Plot():
            return Plot(first.figure, tuple(differences(first.figure, o.figure) for o in own[1:]))
        case list() | tuple():
            if len({len(other) for other in own}) > 1:
                raise ValueError(f"the page differs by language: {own!r:.300}")
            return [together(members) for members in zip(*own, strict=True)]
        case Mapping():
            if any(other.keys() != first.keys() for other in own):
                raise ValueError(f"the page differs by language: {own!r:.300}")
            return {key: together([other[key] for other in own]) for key in first}
        case _ if is_dataclass(first) and not isinstance(first, type):
            return replace(
                first,
                **{f.name: together([getattr(o, f.name) for o in own]) for f in fields(first)},
            )
    if any(other != first for other in own):
        raise ValueError(f"a number differs by language: {own!r:.300}")
    return first


def all_of(page: Page | Section, words: Sequence[Words]) -> Any:
    return together([spoken(say, page) for say in words])


# --- cells ---------------------------------------------------------------------------------


def unit_name(say: Words, unit: str) -> str:
    """What a head calls a unit."""
    return say(f"units.{unit}.text", n="").strip() if unit else ""


def amount(say: Words, column: Column, value: float | None, sign: str = "") -> str:
    """A number in the unit of its column, without the name of the unit."""
    if value is None or not isfinite(value):
        return NOTHING
    own = value * (float(say.text(f"units.{column.unit}.scale")) if column.unit else 1.0)
    digits = column.digits
    if column.form == "significant":
        return say.number(own, f"{digits or 3}g")
    if digits is None and column.form == "plain" and abs(own) < 1000:
        digits = len(f"{own:.4g}".partition(".")[2])
    return say.number(own, sign + ("" if digits is None else str(digits)))


def cell_text(say: Words, column: Column, cell: Cell) -> Text:
    """A cell in the unit and with the digits of its column."""
    match cell:
        case Over(inner):
            return replace(cell_text(say, column, inner), is_over=True)
        case Track():
            return Text("", track=places(cell))
        case Estimate():
            return _estimate(say, column, cell)
        case None:
            return Text(NOTHING)
        case bool():
            return Text(say("yes" if cell else "no"), is_text=True)
        case int() | float():
            raw = repr(float(cell)) if isfinite(cell) else ""
            return Text(amount(say, column, cell), raw=raw)
        case Name(en, zh):
            text = say.format_field(cell, "both")
            return Text(text, is_text=True, found_by=f"{en} {zh}")
        case str():
            return Text(cell, is_text=True, found_by=cell)
    text = say.format_field(cell, "medium" if isinstance(cell, date) else "")
    return Text(text, is_text=True, found_by=text)


def _estimate(say: Words, column: Column, own: Estimate) -> Text:
    sign = "+" if own.is_change else ""
    mean, low, high = (amount(say, column, end, sign) for end in (own.mean, own.low, own.high))
    raw = "" if mean == NOTHING else repr(own.mean)
    if column.form == "mean" or amount(say, column, own.low) == NOTHING:
        return Text(mean, raw=raw)
    kind = "interval.change" if own.is_change else "interval.range"
    ends = ["" if end is None or not isfinite(end) else repr(end) for end in (own.low, own.high)]
    return Text(mean, say(kind, low=low, high=high), raw, low=ends[0], high=ends[1])


def places(track: Track) -> dict[str, float] | None:
    """Places [%] on a track from half to double the observed figure, 50 = observed."""
    observed, simulated = track.observed, track.simulated
    if not observed or observed <= 0 or simulated.mean is None or not isfinite(simulated.mean):
        return None

    def at(value: float | None) -> float:
        ratio = max((observed if value is None else value) / observed, 0.25)
        return round(min(100.0, max(0.0, 50 + 50 * log2(ratio))), 2)

    return {
        "observed_low": at(track.low), "observed_high": at(track.high),
        "low": at(simulated.low), "mean": at(simulated.mean), "high": at(simulated.high),
    }  # fmt: skip
