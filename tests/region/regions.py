"""Regions for tests: the toy with tables or settings of one's own, and Chongqing once."""

import copy
import csv
import io
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from sim.config import compose
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.region import load
from sim.region.region import Region
from sim.region.tables import TABLES

Rows = list[dict[str, str]]


@cache
def shipped(name: str) -> Region:
    return load.drawn(load.section(name))


@cache
def _choice(name: str) -> dict[str, Any]:
    return compose.choice("region", name)


def config(name: str, **changes: Any) -> dict[str, Any]:
    """Settings with values put in at their paths (`"living.day_cv"`)."""
    found = copy.deepcopy(_choice(name))
    for path, value in changes.items():
        *parents, last = path.split(".")
        at = found
        for part in parents:
            at = at[part]
        at[last] = value
    return found


def drawn(name: str = "toy", **changes: Any) -> Region:
    return load.drawn(load.checked(config(name, **changes)))


def rewritten(
    folder: Path, name: str, edit: Callable[[str, Rows], Iterable[dict[str, str]]]
) -> dict[str, Any]:
    """Settings of a region whose tables are those that `edit` makes of the shipped ones."""
    settings = config(name)
    for table in TABLES:
        if path := settings["tables"].get(table):
            rows = list(csv.DictReader(io.StringIO((configs_dir() / path).read_text("utf-8"))))
            own = folder / f"{table}.csv"
            with own.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(edit(table, rows))
            settings["tables"][table] = str(own)
    return settings


def with_cells(
    folder: Path, cells: dict[tuple[str, str, str], str | None], name: str = "toy"
) -> dict[str, Any]:
    """A region with other cells: (table, first cell of the row, column) -> text, None: no row."""

    def edit(table: str, rows: Rows) -> Rows:
        first = next(iter(rows[0]))
        for (own, key, column), text in cells.items():
            for row in [row for row in rows if own == table and row[first] == key]:
                if text is None:
                    rows.remove(row)
                else:
                    row[column] = text
        return rows

    return rewritten(folder, name, edit)


def problems(settings: dict[str, Any], folder: Path) -> list[str]:
    """Every sentence about settings, tables of the folder by their names."""
    try:
        load.drawn(load.checked(settings))
    except InputError as error:
        return [text.replace(f"{folder}/", "") for text in error.problems]
    return []
