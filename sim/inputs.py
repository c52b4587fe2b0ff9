"""Inputs are only read: no file that a config names lies where a run writes and clears.

The rule is about folders, not about the names of results: which files a question writes, renames
or removes may change, and results in a folder of their own can be thrown away without a thought.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.problems import InputError

DEPTH = 6  # of folders that a run makes under its own: sweep, design, replications, ...
Identity = tuple[int, int]  # of a folder, whatever path leads there


def named(config: Any, key: str = "") -> Iterator[tuple[str, Path]]:
    """Every value of a config that names a file, with its key."""
    if isinstance(config, Mapping):
        for name, value in config.items():
            yield from named(value, f"{key}.{name}" if key else str(name))
    elif isinstance(config, list):
        for number, value in enumerate(config):
            yield from named(value, f"{key}.{number}")
    elif isinstance(config, str) and os.path.isfile(config):
        yield key, Path(config)


def protect(inputs: Iterable[tuple[str, Path]], out: Path) -> None:
    """Raise `InputError` if one of these files lies in `out`, which a run writes to and clears."""
    written = set(_folders(out, DEPTH, set()))
    problems = {
        f"`{key}`: {file} is an input and would be overwritten: it lies in `out` = {out}, where "
        "results are written and old ones removed; give another `out`": None
        for key, file in inputs
        if not written.isdisjoint(_places(file))
    }
    if problems:
        raise InputError(problems)


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path, which need not exist yet, leads into that folder."""
    whole = path.resolve()
    return any(p.exists() and p.samefile(folder) for p in (whole, *whole.parents))


def _folders(folder: Path, depth: int, seen: set[Identity]) -> Iterator[Identity]:
    """A folder and those under it, links followed: a run that writes there goes through them."""
    try:
        own = _identity(folder)
        if own in seen:
            return
        seen.add(own)
        yield own
        with os.scandir(folder) as entries:
            inner = [Path(entry) for entry in entries if depth and entry.is_dir()]
    except OSError:  # not there yet, or closed to us, and so to the run
        return
    for path in inner:
        yield from _folders(path, depth - 1, seen)


def _places(file: Path) -> set[Identity]:
    """The folders that hold a file: its own, and those of the links that lead to it."""
    found = {_identity(file.parent)}
    while file.is_symlink():
        file = file.parent / file.readlink()
        found.add(_identity(file.parent))
    # A folder above, so that an input far down in `out` is found too.
    return found | {_identity(parent) for parent in file.resolve().parents}


def _identity(folder: Path) -> Identity:
    status = folder.stat()
    return status.st_dev, status.st_ino
