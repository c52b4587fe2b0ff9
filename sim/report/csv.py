"""The tables of a page as CSV: a value, its lower and its upper end in columns of their own."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from sim.report.blocks import Beside, Choice, Column, Folded, Page, Shown, Table
from sim.report.language import Words
from sim.report.spoken import Said, Text, spoken

MARK = "\ufeff"  # by which spreadsheets know UTF-8
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a text that begins so, they would compute


def tables(say: Words, page: Page) -> dict[str, str]:
    """Every table of a page by its file name: the section's key, and a number from the second on.

    Numbers are in the unit that the head names.  A column that shows with an option of a choice
    has it in its head.
    """
    files: dict[str, str] = {}
    for n, section in enumerate(page.sections):
        key = section.key or f"section-{n}"
        for k, (table, options) in enumerate(_tables(section.blocks, {})):
            name = f"{key}.csv" if not k else f"{key}-{k + 1}.csv"
            files[name] = MARK + text_of(say, spoken(say, table), options)
    return files


def _tables(
    blocks: Sequence[Any], options: Mapping[str, str]
) -> Iterator[tuple[Table, Mapping[str, str]]]:
    for block in blocks:
        match block:
            case Table():
                yield block, options
            case Folded(blocks=own) | Shown(blocks=own):
                yield from _tables(own, options)
            case Choice(options=more, blocks=own):
                yield from _tables(own, {**options, **more})
            case Beside(parts):
                for part in parts:
                    yield from _tables(part, options)


def text_of(say: Words, table: Said, options: Mapping[str, str]) -> str:
    columns: Sequence[Column] = table.block.columns
    shown = [n for n, column in enumerate(columns) if column.form != "track"]
    wide = {n for n in shown if any(row[n].low or row[n].high for row in table.cells)}
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads: list[str] = []
    for n in shown:
        column, unit = columns[n], table.units[n]
        parts = filter(None, (column.head, options.get(column.option, "")))
        head = ", ".join(parts) + (f" [{unit}]" if unit else "")
        heads += [head, *(f"{head}, {say(f'page.{end}')}" for end in ("low", "high") if n in wide)]
    writer.writerow(map(_inert, heads))
    for row in table.cells:
        line: list[str] = []
        for n in shown:
            unit = columns[n].unit
            scale = float(say.text(f"units.{unit}.scale")) if unit else 1.0
            line.append(_number(row[n].raw, scale) if _is_number(row[n]) else _text(row[n]))
            line += [_number(end, scale) for end in (row[n].low, row[n].high) if n in wide]
        writer.writerow(line)
    return out.getvalue()


def _is_number(cell: Text) -> bool:
    return bool(cell.raw or cell.low or cell.high)


def _number(raw: str, scale: float) -> str:
    return f"{scale * float(raw):.12g}" if raw else ""


def _text(cell: Text) -> str:
    return _inert(cell.text) if cell.is_text else ""


def _inert(text: str) -> str:
    """So that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
