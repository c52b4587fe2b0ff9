"""Tables by what stands in their columns: where a cell is in its row, its unit and its digits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.report.blocks import Column, Table
from sim.report.language import Words

Form = str | tuple[str, str] | tuple[str, str, int]  # a place, its unit, its digits


def table(
    say: Words, heads: str, columns: Mapping[str, Form], rows: Iterable[Any], caption: str = "",
    more: Iterable[tuple[str, Form]] = (),
) -> Table:  # fmt: skip
    """A row for each of `rows`, a column for each of `columns`.

        table(say, "upgrade.heads", {"station": "name", "wait": ("wait.after", "min", 0)}, rows)

    Parameters
    ----------
    heads : where the messages of the heads are.
    columns : by the head's key; a place leads into a row by keys, attributes and numbers, and
        where it leads through None the cell is empty.
    more : further columns, whose heads are said already.
    """
    said = [*((say(f"{heads}.{key}"), form) for key, form in columns.items()), *more]
    forms = [(head, (form,) if isinstance(form, str) else form) for head, form in said]
    return Table(
        [Column(head, *form[1:]) for head, form in forms],
        [[at(row, form[0]) for _, form in forms] for row in rows],
        caption,
    )


def at(row: Any, place: str) -> Any:
    """What stands at a place such as `best.0.threshold`; None where there is nothing on the way.

    Raises KeyError, IndexError or AttributeError for a place that cannot be.
    """
    own = row
    for part in place.split("."):
        if own is None:
            return None
        if isinstance(own, Mapping):
            own = own[part]
        elif isinstance(own, Sequence) and part.isdigit():
            own = own[int(part)]
        else:
            own = getattr(own, part)
    return own
