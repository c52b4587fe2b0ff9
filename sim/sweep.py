"""Designs one after another: a folder for each, one table of all."""

import csv
import io
import itertools
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.audit import AuditError
from sim.problems import InputError
from sim.store import write_text

Headline = Mapping[str, float | str]


def run(
    designs: Sequence[Mapping[str, str]], out: Path, answer: Callable[[int, Path], Headline]
) -> tuple[Path, list[str]]:
    """Answer every design in a new folder under `out`; a failing one does not stop the others.

    `designs` are the overrides in which they differ; `answer(n, folder)` answers design n.
    Returns the table (one row per design, written anew after each), and a line per failure.
    """
    folders = (out / f"sweep-{number:03}" for number in itertools.count(1))
    folder = next(folder for folder in folders if not folder.exists())
    folder.mkdir(parents=True)
    table = folder / "designs.csv"
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for n, overrides in enumerate(designs):
        row: dict[str, Any] = {"design": f"{n + 1:03}", **overrides, "problem": ""}
        name = " ".join(["design", row["design"], *(f"{k}={v}" for k, v in overrides.items())])
        print(name, flush=True)
        try:
            row |= answer(n, folder / row["design"])
        except (Exception, SystemExit) as error:  # an exit would end the sweep without a word
            row["problem"] = _reason(error)
            failed.append(f"failed: {name}: {row['problem']}")
        rows.append(row)
        write_text(table, _csv(rows))
    return table, failed


def _reason(error: BaseException) -> str:
    """In one line why a design failed; what nobody foresaw also shows where."""
    if isinstance(error, InputError):
        return "; ".join(error.problems)
    if isinstance(error, AuditError):
        return f"the audit failed: {error}"
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}"


def _csv(rows: list[dict[str, Any]]) -> str:
    columns = dict.fromkeys(key for row in rows for key in row if key != "problem")
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns, "problem"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
