"""Whether the files of an answer, or of a sweep, are as they were written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.archive import frames
from sim.archive.studies import Study
from sim.report.finding import Finding, found
from sim.study import kept, store, sweep
from sim.study.output import REPLICATIONS


def damages(study: Study) -> Iterator[Finding]:
    """A finding for each file that is missing, or not as it was written."""
    for name, digest in study.manifest["files"].items():
        yield from _looked(study.path / name, digest)
    folder = study.path / REPLICATIONS
    costs = {*folder.glob("*/r*/figures-*.json"), *folder.glob("*/r*.json")}
    for path in sorted(frames.kept_in(folder)):
        yield from _sealed(path)
        costs.discard(kept.cost_of(path))
    for cost in sorted(costs):  # what it is the cost of is not there
        yield found("check.missing", file=str(cost.with_suffix(".parquet")))


def counted(study: Study) -> int:
    """How many files are looked at."""
    folder = study.path / REPLICATIONS
    return len(study.manifest["files"]) + sum(
        path.is_file() and path.name[0] != "." for path in folder.rglob("*")
    )


def of_sweep(folder: Path) -> Iterator[Finding]:
    """The same of the files of all its designs together; each of these has an answer."""
    for name in sweep.damaged(folder):
        is_there = (folder / name).is_file()
        yield found(f"check.{'damaged' if is_there else 'missing'}", file=str(folder / name))


def counted_in(folder: Path) -> int:
    """How many files of a sweep are looked at."""
    return len((folder / sweep.SUMS).read_bytes().splitlines())


def _looked(path: Path, digest: str) -> Iterator[Finding]:
    if not path.is_file():
        yield found("check.missing", file=str(path))
    elif digest and store.file_digest(path) != digest:
        yield found("check.damaged", file=str(path))


def _sealed(path: Path) -> Iterator[Finding]:
    """Of what is kept of a replication, its cost and its tables."""
    try:
        _, own = store.opened(path)
    except store.Damaged:
        yield found("check.damaged", file=str(path))
        return
    facts: dict[str, Any] = own["facts"]
    for name, digest in facts["tables"].items():
        yield from _looked(path.parent / name, digest)
    cost = kept.cost_of(path)
    if not cost.is_file():
        yield found("check.missing", file=str(cost))
        return
    try:
        store.unsealed(cost)
    except store.Damaged:
        yield found("check.damaged", file=str(cost))
