"""CSV tables, read strictly: text cells, exactly the columns asked for, every problem named."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from sim.config import numerals
from sim.config.limits import Limits
from sim.config.problems import CONTROL, did_you_mean, explain, must_be

LONGEST = 1_000_000  # characters of a line: what is longer is no table
MOST_COLUMNS = 1_000
PACKED = b"\x1f\x8b"  # how gzip begins
INFLATED, INFLATED_FREELY = 100, 2**22  # times what a packed file has, and bytes
MOST_BYTES = 4 * 2**30  # of a table in memory
BYTES_A_ROW = 1_500  # checked by pydantic
MOST_PROBLEMS = 1_000  # told in sentences
# What no name has: control characters, and a head that a spreadsheet would run as a formula.
NO_NAME = rf"^[=+\-@\uff1d\uff0b\uff0d\uff20]|{CONTROL}"
A_NAME = (
    "a name of 1 to 200 characters, none of them a control character, the first none of = + - @"
)


def _check_name(text: str) -> str:
    if not 0 < len(text) <= 200 or re.search(NO_NAME, text):
        raise must_be(A_NAME)
    return text


def _check_name_or_empty(text: str) -> str:
    return text and _check_name(text)


def _check_text(text: str) -> str:
    if re.search(CONTROL, re.sub(r"[\n\r\t]", "", text)):
        raise must_be("text without control characters")
    return text


Name = Annotated[str, AfterValidator(_check_name)]
NameOrEmpty = Annotated[str, AfterValidator(_check_name_or_empty)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_check_text)]


def number(limits: Limits) -> AfterValidator:
    """For a field or a column that must lie within `limits`, as in `Annotated[float, ...]`."""

    def check(value: float) -> float:
        if value not in limits:
            raise must_be(limits.expected(value))
        return value

    return noted(check, limits)


def noted(check: Callable[[Any], Any], limits: Limits) -> AfterValidator:
    """The check as a validator that says what it checks: `sim.config.allowed` reads it."""
    setattr(check, "limits", limits)  # noqa: B010
    return AfterValidator(check)


class Row(BaseModel):
    """One row of a table; its fields are the columns."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _read_strictly(cls, cell: Any, info: ValidationInfo) -> Any:
        """Pydantic alone would read `1_000` as a number, and not `1e3` as a whole one."""
        if not isinstance(cell, str):
            return cell
        if cell != cell.strip():
            raise must_be("without blanks around it")
        kind = cls.model_fields[str(info.field_name)].annotation
        if kind not in (float, int):
            return cell
        value = numerals.number(cell)
        if value is None:
            raise must_be("a number" if kind is float else "a whole number")
        is_written_whole = kind is float or cell.removeprefix("-").isdigit()
        return cell if is_written_whole or not value.is_integer() else f"{value:.0f}"


AnyRow = TypeVar("AnyRow", bound=Row)


class NoTableError(Exception):
    """A file is no CSV table, and why: the end of a sentence about it."""


def check_file(path: Path) -> None:
    """Raise `FileNotFoundError`, or `NoTableError` for what can't be read from its start again."""
    if path.is_dir():
        raise NoTableError("it is a folder")
    if not path.exists():
        raise FileNotFoundError(path)
    if not path.is_file():  # a pipe would let us wait for ever
        raise NoTableError("it is no file")


def cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number of the line and its cells, for every line that is not blank.

    Reads line by line, whatever the size of the file, which gzip may have packed.  Raises
    `NoTableError`, and `FileNotFoundError` as it comes.
    """
    start = 1
    try:
        check_file(path)
        with path.open("rb") as raw:
            reader = csv.reader(_lines(raw), strict=True)
            for row in reader:
                if row:
                    yield start, row
                start = reader.line_num + 1
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise NoTableError(f"it is not text in UTF-8 (byte 0x{byte:02x}); save it so") from None
    except csv.Error as error:
        long = ", or a very long cell" * ("limit" in str(error))
        raise NoTableError(
            f'the row that begins in line {start} has a quote (") that does not end its cell{long}'
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise NoTableError("gzip packed it, but it is cut off or damaged") from None
    except OSError as error:
        raise NoTableError(error.strerror or str(error)) from None


def _lines(raw: io.BufferedReader) -> Iterator[str]:
    """Checked before they are whole, so that neither a line nor a file can fill the memory."""
    packed = raw.peek(2)[:2] == PACKED
    file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
    number = size = 0
    with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        while line := text.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                raise NoTableError(f"line {number} has more than {LONGEST:,} characters")
            size += len(line)
            if packed and size > INFLATED_FREELY + INFLATED * raw.tell():
                raise NoTableError(
                    f"{raw.tell():,} bytes of it would grow to more than {size:,}, as no table of "
                    "real life"
                )
            yield line


def read(path: Path, name: str, row: type[AnyRow], problems: list[str]) -> list[AnyRow]:
    """The rows of the CSV file at `path`; what is wrong is added to `problems` under its `name`.

    Cells are read as text, so "NA" is a name and 007 keeps its zeros; a row with a cell too many or
    too few is a problem, not shifted.  Columns may come in any order.  Rows with a problem are left
    out.
    """
    try:
        return _read(cells(path), name, row, problems)
    except FileNotFoundError:
        problems.append(f"there is no table {name}")
    except NoTableError as error:
        problems.append(f"{name} is not a CSV table: {error}")
    return []


def _read(
    lines: Iterator[tuple[int, list[str]]], name: str, row: type[AnyRow], problems: list[str]
) -> list[AnyRow]:
    _, columns = next(lines, (1, []))
    wrong = check_columns(name, columns, [f.alias or key for key, f in row.model_fields.items()])
    problems += wrong
    if wrong:
        return []
    rows: list[AnyRow] = []
    count, begin = 0, len(problems)
    for number, values in lines:
        count += 1
        if sentence := too_large(name, count, BYTES_A_ROW):
            problems.append(sentence)
            return []
        if len(values) != len(columns):
            problems.append(f"{name} line {number} has {len(values)} cells, not {len(columns)}")
        else:
            try:
                rows.append(row.model_validate(dict(zip(columns, values, strict=True))))
            except ValidationError as error:
                problems += [f"{name} line {number}: {sentence}" for sentence in explain(error)]
        if len(problems) - begin >= MOST_PROBLEMS:
            told = f"{name} has {MOST_PROBLEMS:,} problems or more: read until line {number} only"
            problems.insert(begin, told)
            return []
    if not count:
        problems.append(f"{name} has no rows")
    return rows


def too_large(name: str, rows: int, bytes_a_row: int) -> str | None:
    """A sentence if so many rows would fill the memory."""
    if rows * bytes_a_row <= MOST_BYTES:
        return None
    return (
        f"{name} has {rows:,} rows or more: reading them would take over {MOST_BYTES:,} "
        "bytes; give a part of them"
    )


def check_columns(
    name: str, columns: list[str], wanted: list[str], optional: Sequence[str] = ()
) -> list[str]:
    """A sentence for every column that is missing, unknown or there twice."""
    known = [*wanted, *optional]
    if len(columns) == 1 and (mark := re.search("[;\t|]", columns[0])):
        return [f"{name} has {mark[0]!r} between its cells, but must have commas"]
    if len(columns) > MOST_COLUMNS:
        return [f"{name} has {len(columns):,} columns, but only {len(known)} are known"]
    problems = [f"{name} lacks the column `{column}`" for column in wanted if column not in columns]
    for column in dict.fromkeys(columns):
        if not column:
            problems.append(f"{name} has a column without a name")
        elif column not in known:
            problems.append(f"{name} has an unknown column `{column}`{did_you_mean(column, known)}")
        elif columns.count(column) > 1:
            problems.append(f"{name} has the column `{column}` more than once")
    return problems


def repeated(name: str, what: str, keys: list[str]) -> list[str]:
    """A sentence for every key that comes more than once in the table."""
    return [
        f"{name} names the {what} `{key}` {times} times"
        for key, times in Counter(keys).items()
        if times > 1
    ]
