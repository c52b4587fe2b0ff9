"""The folder of an answer: held by one process, of one design, its files replaced as a whole."""

import json
import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sim.config.problems import InputError
from sim.study import kept, provenance, store
from sim.study.lock import held

UNFINISHED = ".unfinished"  # where an answer is made
MANIFEST = "manifest.json"
BEGUN = f".{MANIFEST}.part"  # all that is there of an answer at first
REPLICATIONS = "replications"
TABLES = "tables"  # a folder: what stands in it, the answer decides
SHOWN = 3  # differences between designs

# What may change without another design, beside what a question says of its own settings: places,
# numbers of replications, what is shown.
FREE = frozenset({"out", "overwrite", "report"})
OF_THE_ENGINE = {
    "engine.seed", "engine.bin_min", "engine.curve_tolerance", "engine.uncertainty",
    "engine.posterior",
}  # what is not free  # fmt: skip


class Output:
    """Files of an answer, made in a folder of their own and put in place at once.

    The old answer stays until then.  The manifest comes last and holds the hashes of the files
    that belong to it: a crash between leaves an old one whose hashes tell.  What no study wrote
    is neither replaced nor removed.

        with Output(out, config, ("answer.json", "report.html"), progress, inputs) as output:
            store.write_json(output / "answer.json", answer)
            paths = output.publish(output.manifest(cpu_s=...))

    Parameters
    ----------
    config : all of it, as plain data.
    names : all files that the answer may have.
    inputs : hashes of the tables that it depends on.
    free : further places of the config that may change without another design.
    works : the module of the works that find what `replications` keeps: only where a source that
        these depend on has changed do they run again.  Empty: any source may be one.

    Attributes
    ----------
    place : where the files are made.
    shared : where results are kept that say whose they are, so that those of all designs may lie
        together.
    """

    def __init__(
        self, out: Path, config: Mapping[str, Any], names: Sequence[str], progress: Any,
        inputs: Mapping[str, str | None], free: Collection[str] = (), works: str = "",
    ) -> None:  # fmt: skip
        self.path, self._names, self.progress = out, (*names, MANIFEST), progress
        self.shared, self.place = out / REPLICATIONS, out / UNFINISHED
        self._apart = False  # replications of this design are not in `shared` yet
        self._overwrite, self._free = config["overwrite"], FREE | set(free)
        self._stack = ExitStack()
        self._began = time.perf_counter()
        self._facts = {
            **provenance.of(config),
            "figures_hash": provenance.figures(works),
            "input_hashes": provenance.shortened(dict(inputs)),
            "seed": config["engine"]["seed"],
            "command": provenance.command(),
            "machine": provenance.machine(),
            "began": _now(),
        }

    def __enter__(self) -> Self:
        """Raises InputError where another process, another design, or a file of other origin is."""
        with ExitStack() as stack:
            stack.enter_context(held(self.path))
            self._look()
            self._clear()
            store.write_json(self.place / MANIFEST, {**self._facts, "files": {}})
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure: Any) -> None:
        with self._stack:
            if not any(map(_holds, (self.shared, self.place / REPLICATIONS))):
                shutil.rmtree(self.place, ignore_errors=True)
            elif self.place.exists():
                self._clear()

    def __truediv__(self, name: str) -> Path:
        """Where to write a file of the answer: one of its names, or anything in `tables`."""
        assert self._is_named(name), name
        return self.place / name

    def _is_named(self, name: str) -> bool:
        return name in self._names or name.startswith(f"{TABLES}/")

    def replications(self) -> Path:
        """Where those of this design are kept; what stands in their place stays until then."""
        if not self._apart:
            return self.shared
        if not self._overwrite:
            self.progress.warn("warning.version", folder=str(self.shared))
        return self.place / REPLICATIONS

    def manifest(self, cpu_s: Mapping[str, float] | None = None, **more: Any) -> dict[str, Any]:
        """What it takes to get the answer again, and what it cost.

        `cpu_s`: seconds of processor time by part of the work, of earlier runs too.
        """
        cost = {} if cpu_s is None else {"cpu_s": {k: round(s, 1) for k, s in cpu_s.items()}}
        wall_s = round(time.perf_counter() - self._began, 1)
        return {**self._facts, **more, **cost, "ended": _now(), "wall_s": wall_s}

    def publish(self, manifest: Mapping[str, Any]) -> list[Path]:
        """Put everything in place, the manifest last; returns the files, `tables` as one."""
        made = [name for name in self._names if name != MANIFEST and (self / name).exists()]
        tables = [f"{TABLES}/{path.name}" for path in sorted((self.place / TABLES).glob("*"))]
        made += tables
        hashes = {name: store.file_digest(self / name) for name in made}
        store.write_json(self / MANIFEST, {**manifest, "files": hashes})
        if _holds(self.place / REPLICATIONS):
            kept.move(self.place / REPLICATIONS, self.shared)
        for name in made:
            (self.path / name).parent.mkdir(exist_ok=True)
            os.replace(self / name, self.path / name)
        for name, was in self._old_files().items():
            path = self.path / name
            if self._is_named(name) and name not in made and path.is_file():
                if store.file_digest(path) == was:
                    path.unlink()
                with suppress(OSError):
                    path.parent.rmdir()
        os.replace(self / MANIFEST, self.path / MANIFEST)
        shutil.rmtree(self.place)
        folder = [TABLES] if tables else []
        files = (name for name in made if name not in tables)
        return [self.path / name for name in (*files, *folder, MANIFEST)]

    @contextmanager
    def again(self, answer: str) -> Iterator[dict[str, Any]]:
        """Hold the folder to show the answer that is there anew; gives its manifest.

        Raises InputError where the file of that name is missing, changed, or of another design.
        """
        there = read_manifest(self.path)
        if there is None or not (self.path / answer).is_file():
            raise InputError(f"there is no answer in `{self.path}` to make the page from")
        if there["files"].get(answer) != store.file_digest(self.path / answer):
            raise InputError(
                f"`{self.path / answer}` is not as it was written, so no page is made from it"
            )
        if different := self._differences(there):
            raise InputError(f"the answer in `{self.path}` is of another design ({different})")
        with held(self.path):
            yield there

    def renew(self, names: Sequence[str], manifest: Mapping[str, Any]) -> list[Path]:
        """Put files in place that were made anew from the answer; returns them and the manifest."""
        files = manifest["files"] | {name: store.file_digest(self / name) for name in names}
        store.write_json(self.path / MANIFEST, {**manifest, "files": files})
        for name in names:
            os.replace(self / name, self.path / name)
        with suppress(OSError):  # of a run that was interrupted
            self.place.rmdir()
        return [self.path / name for name in (*names, MANIFEST)]

    def _old_files(self) -> dict[str, str]:
        found: dict[str, str] = (read_manifest(self.path) or {}).get("files", {})
        return found

    def _look(self) -> None:
        """At what is there: may it be replaced, and whose are the replications?"""
        there, draft = read_manifest(self.path), read_manifest(self.place)
        known = {name for own in (there, draft) if own for name in (*own["files"], MANIFEST)}
        tables = [f"{TABLES}/{path.name}" for path in sorted((self.path / TABLES).glob("*"))]
        names = (*self._names, *tables)
        foreign = [n for n in names if os.path.lexists(self.path / n) and n not in known]
        if not (there or draft) and _holds(self.shared):
            foreign.append(REPLICATIONS)
        if not draft and _holds(self.place) and os.listdir(self.place) != [BEGUN]:
            foreign.append(UNFINISHED)
        if folders := [name for name in self._names if (self.path / name).is_dir()]:
            raise InputError(f"`out` is '{self.path}', but `{folders[0]}` there is a folder")
        if foreign and not self._overwrite:
            raise InputError(
                f"`out` is '{self.path}', but `{foreign[0]}` there is not of a study: name another "
                "folder with out=, or have it replaced with overwrite=true"
            )
        if not there and _holds(self.shared):
            there = draft
        for own in (there, draft if _holds(self.place / REPLICATIONS) else None):
            if own and (different := self._differences(own)) and not self._overwrite:
                raise InputError(
                    f"`out` is '{self.path}', where another design is ({different}): name another "
                    "folder with out=, or give that one up with overwrite=true"
                )
        if _holds(self.shared) and not (there and self._is_ours(there)):
            self._apart = True
        if draft and not self._is_ours(draft):
            shutil.rmtree(self.place)  # given up, or of another program

    def _is_ours(self, manifest: Mapping[str, Any]) -> bool:
        """Of this design and this version of all that its figures depend on."""
        is_same = manifest.get("figures_hash") == self._facts["figures_hash"]
        return is_same and not self._differences(manifest)

    def _differences(self, there: Mapping[str, Any]) -> str:
        """In which settings and tables another design differs from this one, in words; nothing, if
        they are the same.  What only one of them has a section for did not matter to both."""
        here = self._facts
        both = there["config"].keys() & here["config"].keys()
        old, new = (
            _design({key: own["config"][key] for key in both}, self._free) for own in (there, here)
        )
        keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        found = [f"`{k}` is {_said(old.get(k))} there, {_said(new.get(k))} here" for k in keys]
        hashes = there.get("input_hashes", {})
        for name, own in here["input_hashes"].items():
            if name in hashes and hashes[name] != own:
                found.append(f"`{name}` has changed")
        more = [f"{len(found) - SHOWN} more"] * (len(found) > SHOWN)
        return "; ".join([*found[:SHOWN], *more])

    def _clear(self) -> None:
        """Remove what an earlier run or this one left half done, but for replications."""
        for path in self.place.iterdir() if self.place.exists() else ():
            if path.is_dir() and path.name != REPLICATIONS:
                shutil.rmtree(path)
            elif path.is_file() and path.name != MANIFEST:
                path.unlink()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _holds(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """That of the answer in a folder, if it is one; `files` of those that did not name them yet."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = found.get("files", dict.fromkeys(BEFORE, ""))
        if isinstance(found["config"], dict) and isinstance(files, dict) and found["config_hash"]:
            return {**found, "files": files}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        pass
    return None


# Files of an answer whose manifest, of an earlier version, did not name them.
BEFORE = (
    "answer.json", "report.html", "sessions.parquet", "station_bins.parquet", "kpis.parquet",
    "what_if/sessions.parquet", "what_if/station_bins.parquet", "what_if/kpis.parquet",
)  # fmt: skip


def _said(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _design(value: Any, free: Collection[str], place: str = "") -> dict[str, Any]:
    """What determines the results, by dotted key."""
    if place in free or (place.startswith("engine.") and place not in OF_THE_ENGINE):
        return {}
    if not isinstance(value, dict):
        return {place: provenance.shortened(value)}
    parts = (_design(child, free, f"{place}.{key}".lstrip(".")) for key, child in value.items())
    return {key: own for part in parts for key, own in part.items()}
