"""The cells of a Parquet file as the text that a CSV would hold, whatever type they are stored as.

A few bytes of Parquet can stand for gigabytes: what is not explained by the size of the file and
by its rows is refused before it is unpacked.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from sim.config.table import INFLATED, INFLATED_FREELY, NoTableError

LONGEST = 1_000  # bytes of a cell
ROWS_A_BYTE, ROWS_FREELY = 10, 1_000_000  # of a file: visits of real life take more than a byte
BYTES_A_CELL = 32  # unpacked, on average, however well it was packed
INDEX = "__index_level_"  # how pandas names an index that has no name
DAY_S = 86_400
YEAR_1_S, YEAR_10000_S = -62_135_596_800, 253_402_300_800  # since 1970

PLAIN = (
    kinds.is_boolean, kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_date,
    kinds.is_time, kinds.is_null,
)  # fmt: skip
TEXT = (
    kinds.is_string, kinds.is_large_string, kinds.is_string_view, kinds.is_binary,
    kinds.is_large_binary, kinds.is_binary_view, kinds.is_fixed_size_binary,
)  # fmt: skip

FEW = 256  # rows
DAMAGE = (pyarrow.ArrowException, OSError, ValueError)  # what pyarrow raises for what it can't read

# Numbers of the rows, names of the columns, and their cells as text.
Chunk = tuple[Sequence[int], list[str], list[pyarrow.Array]]


def chunks(path: Path, size: int) -> Iterator[Chunk]:
    """First the numbers of all rows and the columns, without cells; then `size` rows at a time.

    What is null is empty.  The index that pandas adds to a table whose rows were chosen or sorted
    is no column.  Raises `NoTableError`: the file is damaged; a column is neither text, nor
    numbers, nor times; there is more in it than its bytes can explain.
    """
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
        fields = [field for field in schema if not field.name.startswith(INDEX)]
        names = [field.name for field in fields]
        yield range(2, 2 + metadata.num_rows), names, []
        _check_size(path.stat().st_size, metadata)
        texts = [field.name for field in fields if _is_text(_kind(field))]
        row, parts, count = 2, [], 0
        for batch in _batches(path, size, names, texts):
            parts.append([_text(name, batch.column(name)) for name in names])
            count += len(batch)
            if count >= size or row + count == 2 + metadata.num_rows:
                cells = [pyarrow.concat_arrays(column) for column in zip(*parts, strict=True)]
                yield range(row, row + count), names, cells
                row, parts, count = row + count, [], 0
        if row != 2 + metadata.num_rows:
            raise ValueError("not as many rows as it says")
    except DAMAGE:
        raise NoTableError("it begins as Parquet, but is cut off or damaged") from None


def _batches(
    path: Path, size: int, names: list[str], texts: list[str]
) -> Iterator[pyarrow.RecordBatch]:
    """Text that repeats is kept once, however often it does: so its length can be looked at.

    Where the encoding does not allow that, there are few rows at a time.
    """
    done = 0
    try:
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            for batch in file.iter_batches(size, columns=names):
                yield batch
                done += len(batch)
        return
    except DAMAGE:
        pass
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(min(FEW, size), columns=names):
            if done < len(batch):
                yield batch.slice(done)
            done = max(0, done - len(batch))


def _check_size(size: int, metadata: pq.FileMetaData) -> None:
    """Of whole groups of rows: pyarrow does not survive to look at columns that are damaged."""
    if metadata.num_rows > ROWS_FREELY + ROWS_A_BYTE * size:
        raise NoTableError(
            f"it has {metadata.num_rows:,} rows in {size:,} bytes, as no table of real life"
        )
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        explained = max(INFLATED * size, BYTES_A_CELL * group.num_rows * metadata.num_columns)
        if group.total_byte_size > INFLATED_FREELY + explained:
            raise NoTableError(
                f"{group.num_rows:,} rows of its {size:,} bytes would grow to "
                f"{group.total_byte_size:,}, as no table of real life"
            )


def _kind(field: pyarrow.Field) -> pyarrow.DataType:
    """The type of the cells of a column, if it is one that can be read."""
    kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
    # The numbers or bytes of a foreign type mean what only its maker knows.
    foreign = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode("utf-8", "replace")
    if foreign or not any(is_it(kind) for is_it in (*PLAIN, *TEXT, kinds.is_timestamp)):
        raise NoTableError(
            f"column `{field.name}` holds {foreign or kind}, not text, numbers or times"
        )
    if kinds.is_fixed_size_binary(kind):
        _check_length(field.name, kind.byte_width)
    return kind


def _is_text(kind: pyarrow.DataType) -> bool:
    return any(is_it(kind) for is_it in TEXT)


def _check_length(name: str, length: int) -> None:
    if length > LONGEST:
        raise NoTableError(
            f"column `{name}` has a cell of {length:,} bytes, but at most {LONGEST:,} make sense"
        )


def _text(name: str, column: pyarrow.Array) -> pyarrow.Array:
    kind = column.type
    if kinds.is_dictionary(kind):
        text = _text(name, column.dictionary).take(column.indices)
    elif kinds.is_timestamp(kind):
        text = _times(name, column)
    elif kinds.is_float16(kind):  # as short as its own width allows
        numbers = column.to_numpy(zero_copy_only=False).astype(str)
        text = pyarrow.array(numbers, pyarrow.string(), mask=column.is_null().to_numpy(False))
    elif _is_text(kind):
        text = _checked(name, column)
    else:
        text = column.cast(pyarrow.string())
    return pc.fill_null(text, "")


def _checked(name: str, column: pyarrow.Array) -> pyarrow.Array:
    """Text that is UTF-8 and short enough."""
    column = column.cast(pyarrow.large_binary())
    _check_length(name, pc.max(pc.binary_length(column)).as_py() or 0)
    try:
        return column.cast(pyarrow.large_string()).cast(pyarrow.string())
    except (pyarrow.ArrowInvalid, KeyError, UnicodeError):  # the last two: where pytz is installed
        wrong = next(cell for cell in column.to_pylist() if _is_no_text(cell))
        raise NoTableError(
            f"column `{name}` holds {wrong[:40]!r}, which is not text in UTF-8"
        ) from None


def _is_no_text(cell: bytes | None) -> bool:
    try:
        (cell or b"").decode()
    except UnicodeDecodeError:
        return True
    return False


def _times(name: str, column: pyarrow.Array) -> pyarrow.Array:
    """ISO 8601: the wall clock of the column's zone with its offset, where it has a zone."""
    zone, column = column.type.tz, _coarsest(column)
    ticks = column.cast(pyarrow.int64())
    s = column.cast(pyarrow.timestamp("s", zone), safe=False).cast(pyarrow.int64())
    # In every zone a year of four digits, and an int64 of the unit.
    most = np.iinfo(np.int64).max // int(
        np.timedelta64(1, "s") / np.timedelta64(1, column.type.unit)
    )
    has_year = pc.and_(
        pc.greater(s, max(YEAR_1_S, -most) + DAY_S), pc.less(s, min(YEAR_10000_S, most) - DAY_S)
    )
    utc = pc.if_else(has_year, ticks, None).cast(pyarrow.timestamp(column.type.unit))
    ends = pyarrow.array([""] * len(column))
    if zone:
        ahead, ends = _offsets(name, utc, zone)
        utc = pc.add(utc, ahead)
    iso = pc.binary_replace_slice(utc.cast(pyarrow.string()), 10, 11, "T")
    no_year = pc.binary_join_element_wise(s.cast(pyarrow.string()), "s since 1970", " ")
    return pc.if_else(has_year, pc.binary_join_element_wise(iso, ends, ""), no_year)


def _coarsest(column: pyarrow.Array) -> pyarrow.Array:
    """In whole seconds, or microseconds, if that loses nothing: no more digits than needed."""
    for unit in ("s", "us"):
        with suppress(pyarrow.ArrowInvalid):
            return column.cast(pyarrow.timestamp(unit, column.type.tz))
    return column


def _offsets(name: str, utc: pyarrow.Array, zone: str) -> tuple[pyarrow.Array, pyarrow.Array]:
    """How far the clocks of a zone are ahead, in whole minutes, as durations and as text."""
    try:
        local = utc.cast(pyarrow.timestamp(utc.type.unit, zone)).to_pandas()
    except (pyarrow.ArrowInvalid, KeyError, UnicodeError):  # the last two: where pytz is installed
        raise NoTableError(
            f"column `{name}` has the time zone {zone!r}, which is unknown"
        ) from None
    ahead = local.dt.tz_localize(None) - local.dt.tz_convert(None)
    minutes, where = np.unique(
        (ahead / np.timedelta64(1, "m")).round().fillna(0).astype(int), return_inverse=True
    )
    ends = [f"{'-' if m < 0 else '+'}{abs(m) // 60:02}:{abs(m) % 60:02}" for m in minutes]
    durations = (60 * minutes).astype("timedelta64[s]").astype(f"timedelta64[{utc.type.unit}]")
    return pyarrow.array(durations).take(where), pyarrow.array(ends, pyarrow.string()).take(where)
