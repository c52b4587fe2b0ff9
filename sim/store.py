"""Files whole or not at all: Parquet tables and text, written beside their place and renamed."""

import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO

import pandas as pd


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


def digest(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of a JSON value: the name of a configuration."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
