"""CSV tables, read strictly: text cells, exactly the columns asked for, every problem named."""

import csv
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sim.problems import did_you_mean, explain


class Row(BaseModel):
    """One row of a table; its fields are the columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


AnyRow = TypeVar("AnyRow", bound=Row)


def read(path: Path, name: str, row: type[AnyRow], problems: list[str]) -> list[AnyRow]:
    """The rows of the CSV file at `path`; what is wrong is added to `problems` under its `name`.

    Cells are read as text, so "NA" is a name and 007 keeps its zeros; a row with a cell too many or
    too few is a problem, not shifted.  Columns may come in any order.  Rows with a problem are left
    out.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError:
        problems.append(f"there is no table {name}")
        return []
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        problems.append(f"{name} is not a CSV table: {error}")
        return []
    (_, columns), *body = lines or [(1, [])]
    wrong = _columns(name, columns, [f.alias or key for key, f in row.model_fields.items()])
    problems += wrong
    if wrong:
        return []
    if not body:
        problems.append(f"{name} has no rows")
    rows = []
    for number, cells in body:
        if len(cells) != len(columns):
            problems.append(f"{name} line {number} has {len(cells)} cells, not {len(columns)}")
            continue
        try:
            rows.append(row.model_validate(dict(zip(columns, cells, strict=True))))
        except ValidationError as error:
            problems += [f"{name} line {number}: {sentence}" for sentence in explain(error)]
    return rows


def _columns(name: str, columns: list[str], wanted: list[str]) -> list[str]:
    problems = [f"{name} lacks the column `{column}`" for column in wanted if column not in columns]
    for column in dict.fromkeys(columns):
        if column not in wanted:
            problems.append(
                f"{name} has an unknown column `{column}`{did_you_mean(column, wanted)}"
            )
        elif columns.count(column) > 1:
            problems.append(f"{name} has the column `{column}` more than once")
    return problems


def repeated(name: str, what: str, keys: list[str]) -> list[str]:
    """A sentence for every key that comes more than once in the table."""
    return [
        f"{name} names the {what} `{key}` {keys.count(key)} times"
        for key in dict.fromkeys(keys)
        if keys.count(key) > 1
    ]
