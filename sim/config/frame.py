"""Large tables, CSV or Parquet by content, as frames of checked columns: rows stream through.

A pandera schema says which columns there may be, of which kind, and what their values must be;
every cell that breaks it becomes a sentence that names file, row, column, value and expectation.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

from sim.config import parquet
from sim.config.limits import Limits
from sim.config.numerals import NUMERAL
from sim.config.parquet import Chunk
from sim.config.problems import SHOWN, InputError
from sim.config.table import (
    A_NAME,
    NO_NAME,
    NoTableError,
    cells,
    check_columns,
    check_file,
    too_large,
)

ROWS, CHARACTERS = 16_384, 2**22  # in memory at a time, at most
BYTES_A_ROW = 150  # of all rows together, while they are read


class Found:
    """Problems of a table: all are counted, as many as are ever shown are told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.count = 0

    def add(self, *sentences: str, count: int | None = None) -> None:
        """`count`: how many problems these sentences are the first of."""
        self.sentences += sentences[: max(0, SHOWN - len(self.sentences))]
        self.count += len(sentences) if count is None else count

    def rows(
        self, name: str, table: pd.DataFrame, bad: np.ndarray, column: str, expected: str
    ) -> None:
        """The rows of a frame where `bad`: what stands in `column` is not what it must be."""
        where = np.flatnonzero(bad)
        first = where[:SHOWN]
        self.add(
            *(
                _sentence(name, row, column, value, expected)
                for row, value in zip(table.index[first], table[column].iloc[first], strict=True)
            ),
            count=len(where),
        )

    def once(self, name: str, table: pd.DataFrame, column: str) -> None:
        """The rows whose name was there before."""
        names = table[column]
        again = (names.duplicated() & (names != "")).to_numpy(bool)
        self.rows(name, table, again, column, "there only once")

    def check(self) -> None:
        """Raise `InputError` if anything was found."""
        if self.count:
            raise InputError(self.sentences, self.count)


# Every kind of column has one check, and so one expectation, whatever is wrong with a cell.


def number(limits: Limits, *, needed: bool = False, whole: bool = False) -> pa.Column:
    """A column of numbers within `limits`; empty is NaN."""
    low, high, unit = limits
    kind = f"a {'whole ' * whole}number{unit and f' of {unit}'}"
    hint = " (80 % is 0.8)" if high == 1.0 else ""
    check = pa.Check(
        lambda s: s.between(low, high) & (not whole or s % 1 == 0),
        error=f"{kind} from {low:,.9g} to {high:,.9g}{hint}",
    )
    return pa.Column(float, check, nullable=not needed, required=needed)


def name(*, needed: bool = True) -> pa.Column:
    """A column of names, which may be missing or empty if they are not `needed`."""

    def right(s: pd.Series) -> pd.Series:
        return ~s.str.contains(NO_NAME) & s.str.len().between(int(needed), 200)

    return pa.Column(str, pa.Check(right, error=A_NAME), required=needed)


def one_of(*words: str) -> pa.Column:
    """A column of known words, or empty."""
    check = pa.Check.isin(["", *words], error=f"one of {', '.join(words)}")
    return pa.Column(str, check, required=False)


def text(*, instead: str = "") -> pa.Column:
    """A column of any text, for the reader to look into.  It is needed if there is another that
    may stand there `instead`, and does not."""
    return pa.Column(str, required=False, metadata={"instead": instead})


def is_number(column: pa.Column) -> bool:
    found: bool = column.dtype.type == np.dtype(float)
    return found


def read(
    path: Path, schema: pa.DataFrameSchema, found: Found
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Frames of at most `ROWS` rows with every column of the schema, and which cells are wrong.

    The index numbers rows as a spreadsheet does (header: 1).  Columns that the file lacks are
    empty; empty numbers are NaN.  What is wrong goes into `found`; numbers that cannot be read are
    NaN then.
    """
    try:
        check_file(path)
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        chunks = parquet.chunks(path, ROWS) if is_parquet else _csv(path, found)
        known, columns, _ = next(chunks)
        if not _check_columns(str(path), columns, schema, found):
            return
        rows, before = 0, found.count
        for chunk in chunks:
            rows += len(chunk[0])
            if too_many := too_large(str(path), max(rows, len(known)), BYTES_A_ROW):
                found.add(too_many)
                return
            if len(chunk[0]):
                yield _checked(str(path), chunk, schema, found)
        if not rows and found.count == before:
            found.add(f"{path} has no rows")
    except FileNotFoundError:
        found.add(f"there is no file {path}")
    except NoTableError as error:
        found.add(f"{path} is not a table: {error}")
    except OSError as error:
        found.add(f"{path} cannot be read: {error.strerror or error}")


def _csv(path: Path, found: Found) -> Iterator[Chunk]:
    """The columns without rows first, then the rows."""
    lines = cells(path)
    _, columns = next(lines, (0, []))
    if not columns:
        raise NoTableError("it is empty")
    yield [], columns, []
    for rows in _portions(lines):
        good = [row for row in rows if len(row[1]) == len(columns)]
        found.add(
            *(
                f"{path} row {number} has {len(row)} cells, not {len(columns)}"
                for number, row in rows
                if len(row) != len(columns)
            )
        )
        by_column = zip(*(row for _, row in good), strict=True) if good else [()] * len(columns)
        arrays = [pyarrow.array(column, pyarrow.string()) for column in by_column]
        yield [n for n, _ in good], columns, arrays


def _portions(lines: Iterator[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    rows, size = [], 0
    for line in lines:
        rows.append(line)
        size += sum(map(len, line[1]))
        if len(rows) == ROWS or size > CHARACTERS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _check_columns(file: str, columns: list[str], schema: pa.DataFrameSchema, found: Found) -> bool:
    needed = [
        column
        for column, kind in schema.columns.items()
        if kind.required or (kind.metadata or {}).get("instead", "") not in ["", *columns]
    ]
    wrong = check_columns(file, columns, needed, [c for c in schema.columns if c not in needed])
    found.add(*wrong)
    return not wrong


def _checked(
    file: str, chunk: Chunk, schema: pa.DataFrameSchema, found: Found
) -> tuple[pd.DataFrame, pd.DataFrame]:
    index, texts = chunk[0], dict(zip(*chunk[1:], strict=True))
    raw = pd.DataFrame({column: a.to_pandas() for column, a in texts.items()}).astype(str)
    raw.index = pd.Index(index)
    typed, wrong = raw.copy(), pd.DataFrame(False, raw.index, list(schema.columns))
    for column, given in texts.items():
        kind = schema.columns[column]
        blanks = pc.not_equal(given, pc.utf8_trim_whitespace(given)).to_numpy(False)
        found.rows(file, raw, blanks, column, "without blanks around it")
        wrong[column] = blanks
        if is_number(kind):
            typed[column], unread = numbers(given)
            found.rows(file, raw, unread & ~blanks, column, kind.checks[0].error)
            wrong[column] |= unread
    try:
        schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for column, rows in errors.failure_cases.groupby("column", sort=False)["index"]:
            bad = raw.index.isin(rows) & ~wrong[column].to_numpy()
            found.rows(file, raw, bad, column, schema.columns[column].checks[0].error)
            wrong[column] |= bad
    for column, kind in schema.columns.items():
        if column not in typed:
            typed[column] = pd.Series(np.nan if is_number(kind) else "", raw.index)
    return typed, wrong


def numbers(texts: pyarrow.Array) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (NaN where the cell is empty or none), and where there is text that is none."""
    given = pc.not_equal(texts, "")
    numerals = pc.if_else(pc.match_substring_regex(texts, NUMERAL), texts, None)
    values = pc.cast(numerals, pyarrow.float64()).to_numpy(False).astype(float)
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan), given.to_numpy(False) & ~finite


def _sentence(file: str, row: int, column: str, value: object, expected: str) -> str:
    text = "empty" if value == "" or value != value else repr(value)
    shown = text if len(text) <= 60 else text[:57] + "..."
    return f"{file} row {row}: `{column}` is {shown}, but must be {expected}"
