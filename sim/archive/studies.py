"""Answers in folders: each is told by its manifest."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.config.problems import InputError, did_you_mean
from sim.report.finding import unpacked
from sim.study.output import MANIFEST, REPLICATIONS, read_manifest
from sim.study.sweep import SUMS

ROOT = Path("results")
ANSWER, PAGE = "answer.json", "report.html"
MOST = 10_000  # folders that are looked into


@dataclass(frozen=True)
class Study:
    """An answer in a folder.

    Attributes
    ----------
    path : its folder.
    name : the folder as seen from that of all results, by which people call it.
    manifest : how it was made; the files of the answer, with their hashes.
    """

    path: Path
    name: str
    manifest: Mapping[str, Any]

    @property
    def experiment(self) -> str:
        return str(self.manifest["config"].get("experiment", ""))

    @property
    def ended(self) -> str:
        """When it was made, as ISO text; empty in manifests that do not say it."""
        return str(self.manifest.get("ended", ""))

    @property
    def config(self) -> dict[str, Any]:
        """Every value of its config, by dotted key."""
        return dict(leaves(self.manifest["config"]))

    @cached_property
    def answer(self) -> dict[str, Any]:
        """What was found, as plain JSON.  Raises `InputError` where it cannot be read."""
        path = self.path / ANSWER
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            raise InputError(f"`{path}` cannot be read as an answer") from None
        if not isinstance(found, dict):
            raise InputError(f"`{path}` holds no answer")
        return found

    @property
    def numbers(self) -> dict[str, Any]:
        """What was found, with estimates and findings as such."""
        found: dict[str, Any] = unpacked(self.answer)
        return found

    def headline(self, language: str) -> str:
        """The first sentence of its verdict; empty where there is none that can be read."""
        try:
            said = self.answer.get("said", {}).get(language) or self.answer.get("verdict", [])
        except InputError:
            return ""
        return next((line for line in said if isinstance(line, str) and line), "")


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """What is no mapping, by dotted key; an empty mapping is a leaf."""
    if isinstance(value, Mapping) and value:
        for key, own in value.items():
            yield from leaves(own, f"{place}.{key}".removeprefix("."))
    else:
        yield place, value


def at(path: Path, root: Path = ROOT) -> Study | None:
    """The answer in a folder, if one is there."""
    manifest = None if path.is_symlink() else read_manifest(path)
    if manifest is None:
        return None
    inside = path.resolve().is_relative_to(root.resolve())
    name = os.path.relpath(path.resolve(), root.resolve()) if inside else str(path)
    return Study(path, path.name if name == "." else name, manifest)


def every(root: Path = ROOT) -> list[Study]:
    """All answers below a folder, by name; no link is followed.

    Raises `InputError` where there is no such folder, or too much in it.
    """
    return [own for folder in _with(MANIFEST, root) if (own := at(folder, root))]


def sweeps(root: Path = ROOT) -> list[Path]:
    """The folders of all sweeps that have come to their end; raises as `every` does."""
    return list(_with(SUMS, root))


def _with(file: str, root: Path) -> Iterator[Path]:
    """Folders that hold such a file."""
    if not root.is_dir():
        raise InputError(f"there is no folder `{root}`")
    for number, (folder, inner, files) in enumerate(os.walk(root)):
        if number == MOST:
            raise InputError(f"`{root}` has more than {MOST:,} folders: name one of them")
        inner[:] = sorted(n for n in inner if not n.startswith(".") and n != REPLICATIONS)
        if file in files:
            yield Path(folder)


def named(name: str, root: Path = ROOT) -> Study:
    """The answer in a folder that is named as a path, or as in a list of `root`.

    Raises `InputError` where there is none.
    """
    for path in (Path(name), root / name):
        if path.is_dir() and (own := at(path, root)):
            return own
    known = [own.name for own in every(root)] if root.is_dir() else []
    raise InputError(f"there is no answer in `{name}`{did_you_mean(name, known)}")
