"""CSV tables, read strictly: text cells, exactly the columns asked for, every problem named."""

from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.problems import did_you_mean, explain


class Row(BaseModel):
    """One row of a table; its fields are the columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


AnyRow = TypeVar("AnyRow", bound=Row)


def read(path: Path, name: str, row: type[AnyRow], problems: list[str]) -> list[AnyRow]:
    """The rows of the CSV file at `path`; what is wrong is added to `problems` under its `name`.

    Cells are read as text, so "NA" is a name and 007 keeps its zeros.  Columns may come in any
    order.  Rows that cannot be used are left out.
    """
    try:
        # Without a header row of its own, pandas can neither shift a row that has an extra cell
        # nor rename a column that comes twice.
        cells = pd.read_csv(path, header=None, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        problems.append(f"there is no table {name}")
        return []
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        problems.append(f"{name} is not a CSV table: {str(error).strip()}")
        return []
    columns = cells.iloc[0].tolist()
    wrong = _columns(name, columns, [f.alias or key for key, f in row.model_fields.items()])
    problems += wrong
    if wrong:
        return []
    if len(cells) == 1:
        problems.append(f"{name} has no rows")
    rows = []
    for line, values in enumerate(cells.iloc[1:].itertuples(index=False, name=None), start=2):
        if any(not isinstance(value, str) for value in values):
            problems.append(f"{name} line {line} has fewer cells than the table has columns")
            continue
        try:
            rows.append(row.model_validate(dict(zip(columns, values, strict=True))))
        except ValidationError as error:
            problems += [f"{name} line {line}: {sentence}" for sentence in explain(error)]
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
