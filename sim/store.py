"""Files whole or not at all: Parquet tables and text, written beside their place and renamed."""

import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pandas as pd
import pyarrow
import pyarrow.parquet as pq

FACTS = b"peakcharge"


def _whole(path: pathlib.Path, write: Callable[[BinaryIO], object]) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise
    return path


def write_text(path: pathlib.Path, text: str) -> pathlib.Path:
    return _whole(path, lambda file: file.write(text.encode()))


def write_json(path: pathlib.Path, value: Any) -> pathlib.Path:
    """Strict JSON (no NaN), keys as given, floats in full."""
    return write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: pathlib.Path, table: pd.DataFrame) -> pathlib.Path:
    """Parquet with full float64; the same table gives the same bytes."""
    return _whole(
        path,
        lambda file: table.to_parquet(file, engine="pyarrow", compression="zstd", index=False),
    )


def write_result(path: pathlib.Path, table: pd.DataFrame, facts: Any) -> pathlib.Path:
    """Parquet with a JSON value beside the rows; the same result gives the same bytes."""
    arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), FACTS: text.encode()})
    return _whole(path, lambda file: pq.write_table(arrow, file, compression="zstd"))


def read_result(path: pathlib.Path) -> tuple[pd.DataFrame, Any]:
    arrow = pq.read_table(path)
    return arrow.to_pandas(), json.loads(arrow.schema.metadata[FACTS])


@contextmanager
def table_writer(path: pathlib.Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """A Parquet table that is written frame by frame, and is there only when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(handle)
    writer: pq.ParquetWriter | None = None

    def append(frame: pd.DataFrame) -> None:
        nonlocal writer
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(name, table.schema, compression="zstd")
        writer.write_table(table)

    try:
        yield append
        if writer:
            writer.close()
        with open(name, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise


def file_digest(path: pathlib.Path) -> str:
    """First 16 hex digits of the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def digest(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of a JSON value: the name of a configuration."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
