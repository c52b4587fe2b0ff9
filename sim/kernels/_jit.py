"""The one decorator of all kernels, and where their machine code is kept.

Numba's cache notices a change of the file that holds a function, not of the files whose
functions it calls.  So the cache folder is named by a hash of every source the kernels are
made of, and has to be set before Numba is imported.
"""

import hashlib
import os
import pathlib
import sys
import tempfile
from functools import partial
from typing import Any

_HERE = pathlib.Path(__file__).parent
_SOURCES = [*sorted(_HERE.glob("*.py")), _HERE.parent / "lifecycle.py", _HERE.parent / "clock.py"]


def source_hash() -> str:
    """First 16 hex digits of the SHA-256 over all kernel sources: the version of the model."""
    digest = hashlib.sha256()
    for path in _SOURCES:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _cache_dir() -> pathlib.Path:
    base = os.environ.get("PEAKCHARGE_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK", "0") != "0" else ""
    folder = pathlib.Path(base).expanduser() / "peakcharge" / f"kernels-{source_hash()}{checked}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:  # a read-only home: compile anew in each process rather than fail
        return pathlib.Path(tempfile.mkdtemp(prefix="peakcharge-"))


CACHE_DIR = _cache_dir()
os.environ["NUMBA_CACHE_DIR"] = str(CACHE_DIR)
if "numba" in sys.modules:
    sys.modules["numba"].config.CACHE_DIR = str(CACHE_DIR)

import numba  # noqa: E402
import numpy as np  # noqa: E402

# Kernels never make an array, so they do without reference counts (`_nrt`): counting every access
# to an array of the world would cost four times the work itself.
_njit: Any = partial(numba.njit, cache=True, nogil=True, error_model="numpy", _nrt=False)


def _inner(**options: Any) -> Any:
    """A kernel that others call.  If it takes the world (`w`), it has no door for Python, which has
    no such thing."""

    def decorate(function: Any) -> Any:
        inside = function.__code__.co_varnames[:1] == ("w",)
        wrappers = {"no_cpython_wrapper": inside, "no_cfunc_wrapper": inside}
        return _njit(**wrappers, **options)(function)

    return decorate


jit = _inner()
inline = _inner(forceinline=True)
# Of one caller: it is a part of it before anything is compiled.  An `inline` one is compiled by
# itself first, with all that it calls, which takes long near the top.
part = _inner(inline="always")
door = _njit()


@inline
def span(start, end):
    """The numbers of rows from `start` to `end`, which have no sign in records, as they have one
    everywhere else."""
    return range(np.int64(start), np.int64(end))


def is_cached() -> bool:
    """Whether the machine code of these very sources is already on disk."""
    return any(CACHE_DIR.rglob("*.nbc"))
