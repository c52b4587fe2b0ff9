"""Files whole or not at all: Parquet tables and text, written beside their place and renamed.

What is kept for a later run is sealed: it carries the hash of all its bytes, and says whose it is.
"""

import hashlib
import io
import json
import os
import pathlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet as pq

FACTS = b"peakcharge"
BLANK = b"sha256:" + 64 * b"0"
SEAL = re.compile(rb"sha256:[0-9a-f]{64}")
# A kept result has few rows of numbers that hardly repeat: dictionaries of them, ranges of each
# column, and a thorough compression take most of the time to write it and save nothing.
SMALL: dict[str, Any] = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}


@contextmanager
def _beside(path: pathlib.Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place when all went well.

    Its name is the same every time: what a killed process left is written over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, 0o644), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _whole(path: pathlib.Path, write: Callable[[BinaryIO], object]) -> pathlib.Path:
    with _beside(path) as file:
        write(file)
    return path


def write_bytes(path: pathlib.Path, data: bytes) -> pathlib.Path:
    return _whole(path, lambda file: file.write(data))


def write_text(path: pathlib.Path, text: str) -> pathlib.Path:
    return write_bytes(path, text.encode())


def write_json(path: pathlib.Path, value: Any) -> pathlib.Path:
    """Strict JSON (no NaN), keys as given, floats in full."""
    return write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: pathlib.Path, frame: pd.DataFrame) -> pathlib.Path:
    """What `table` makes of it."""
    return write_bytes(path, table(frame))


def table(frame: pd.DataFrame) -> bytes:
    """Parquet with full float64; the same table gives the same bytes."""
    sink = io.BytesIO()
    frame.to_parquet(sink, engine="pyarrow", compression="zstd", index=False)
    return sink.getvalue()


class Damaged(Exception):
    """A kept file is not what was written, or belongs to something else; says why."""


def write_result(path: pathlib.Path, table: pd.DataFrame, facts: Any, whose: Any) -> pathlib.Path:
    """What `result` makes of it."""
    return write_bytes(path, result(table, facts, whose))


def result(table: pd.DataFrame, facts: Any, whose: Any) -> bytes:
    """Parquet, sealed, with two JSON values beside the rows: facts, and `whose` they are.

    The same result gives the same bytes.
    """
    if not table.columns.is_unique:
        raise ValueError(f"columns of one name: {[*table]}")
    # Without what pandas would note of itself: names and types are enough to have it again.
    arrow = pyarrow.table({name: _column(own) for name, own in table.items()})
    text = json.dumps({"whose": whose, "facts": facts}, ensure_ascii=False, allow_nan=False)
    arrow = arrow.replace_schema_metadata({FACTS: text.encode(), b"seal": BLANK})
    sink = io.BytesIO()
    pq.write_table(arrow, sink, **SMALL)
    return _sealed(sink.getvalue())


def _column(own: pd.Series) -> Any:
    is_plain = isinstance(own.dtype, np.dtype) and own.dtype.kind in "biuf"
    return own.to_numpy() if is_plain else pyarrow.array(own, from_pandas=True)


def read_result(path: pathlib.Path, whose: Any) -> tuple[pd.DataFrame, Any]:
    """What `write_result` wrote.

    Raises `Damaged` if one bit is other than it was written, or if it belongs to another;
    FileNotFoundError where nothing is.
    """
    table, kept = opened(path)
    return table, _own(kept, whose)


def opened(path: pathlib.Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The same, whosever it is: the table, and `whose` it is with its `facts`."""
    # `read_table` would look for a data set of many files, and start threads.
    arrow = pq.ParquetFile(pyarrow.BufferReader(unsealed(path))).read(use_threads=False)
    kept: dict[str, Any] = json.loads(arrow.schema.metadata[FACTS])
    return arrow.to_pandas(), kept


def write_facts(path: pathlib.Path, own: Any, whose: Any) -> pathlib.Path:
    """What `facts` makes of it."""
    return write_bytes(path, facts(own, whose))


def facts(own: Any, whose: Any) -> bytes:
    """Sealed JSON: facts, and `whose` they are."""
    kept = {"whose": whose, "facts": own, "seal": BLANK.decode()}
    text = json.dumps(kept, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return _sealed(text.encode())


def read_facts(path: pathlib.Path, whose: Any) -> Any:
    """What `write_facts` wrote; raises as `read_result` does."""
    return _own(json.loads(unsealed(path)), whose)


def _sealed(data: bytes) -> bytes:
    """With the SHA-256 of the whole in place of the blank one."""
    if data.count(BLANK) != 1:
        raise ValueError("a kept result has one place for its seal")
    return data.replace(BLANK, b"sha256:" + hashlib.sha256(data).hexdigest().encode())


def unsealed(path: pathlib.Path) -> bytes:
    """The bytes of a sealed file, looked at before any parser sees them.

    Raises `Damaged` where they are not as they were written.
    """
    data = path.read_bytes()
    seals = SEAL.findall(data)
    if len(seals) != 1 or _sealed(data.replace(seals[0], BLANK)) != data:
        raise Damaged("is not as it was written" if data else "is empty")
    return data


def _own(kept: Any, whose: Any) -> Any:
    if kept["whose"] != whose:
        raise Damaged("belongs to another replication, design or version of the program")
    return kept["facts"]


@contextmanager
def table_writer(path: pathlib.Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """A Parquet table that is written frame by frame, and is there only when all went well."""
    writer: pq.ParquetWriter | None = None

    def append(frame: pd.DataFrame) -> None:
        nonlocal writer
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)

    with _beside(path) as file:
        try:
            yield append
        finally:  # while there is a file: the writer would close itself later, and complain
            if writer:
                writer.close()


def file_digest(path: pathlib.Path) -> str:
    """First 16 hex digits of the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def bytes_digest(data: bytes) -> str:
    """The same of what a file will hold."""
    return hashlib.sha256(data).hexdigest()[:16]


def digest(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of a JSON value: the name of a configuration."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
