"""Inputs are only read: no file that a config names lies where a run writes and clears.

The rule is about folders, not about the names of results: which files a question writes, renames
or removes may change, and results in a folder of their own can be thrown away without a thought.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.config.problems import InputError

DEPTH = 6  # of folders that a run makes under its own: sweep, design, replications, ...
Identity = tuple[int, int]  # of a file or folder, whatever path or link leads there


def named(config: Any, folder: Path, key: str = "") -> Iterator[tuple[str, Path]]:
    """Every value of a config that names a file, as seen from a folder, with its key."""
    if isinstance(config, Mapping | list):
        items = config.items() if isinstance(config, Mapping) else enumerate(config)
        for name, value in items:
            yield from named(value, folder, f"{key}.{name}" if key else str(name))
    elif isinstance(config, str) and os.path.isfile(folder / config):
        yield key, folder / config


def protect(inputs: Iterable[tuple[str, Path]], out: Path) -> None:
    """Raise `InputError` if one of these files lies in `out`, which a run writes to and clears."""
    written = set(_within(out, DEPTH, set()))
    problems = [
        f"`{key}`: {file} is an input and would be overwritten: it lies in `out` = {out} (or is "
        "linked there), where results are written and old ones removed; give another `out`"
        for key, file in inputs
        if not written.isdisjoint(_ways(file))
    ]
    if problems:
        raise InputError(dict.fromkeys(problems))


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path, which need not exist yet, leads into that folder."""
    whole = path.resolve()
    return any(p.exists() and p.samefile(folder) for p in (whole, *whole.parents))


def _within(folder: Path, depth: int, seen: set[Identity]) -> Iterator[Identity]:
    """A folder and all in it, links followed: a run that writes there goes through them."""
    with suppress(OSError):  # not there yet, or closed to us, and so to the run
        own = _identity(folder)
        if own in seen:
            return
        seen.add(own)
        yield own
        for path in folder.iterdir():
            if not path.is_dir():
                yield _identity(path)
            elif depth:
                yield from _within(path, depth - 1, seen)


def _ways(file: Path) -> Iterator[Identity]:
    """A file, each link that leads to it, and the folders that they lie in, up to the root."""
    while True:
        yield _identity(file)
        yield from map(_identity, file.parent.resolve().parents)
        yield _identity(file.parent)
        if not file.is_symlink():
            return
        file = file.parent / file.readlink()


def _identity(path: Path) -> Identity:
    status = path.stat()
    return status.st_dev, status.st_ino
