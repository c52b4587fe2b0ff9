"""Designs one after another: a folder for each, one table of all."""

import csv
import hashlib
import io
import itertools
import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sim.audit import AuditError
from sim.config.numerals import number
from sim.config.problems import InputError
from sim.config.table import NO_NAME
from sim.stats import interval
from sim.stats.estimate import Estimate
from sim.study.cluster import ClusterError, WorkerDied
from sim.study.lock import held
from sim.study.long import Long, of_samples
from sim.study.output import MANIFEST, read_manifest
from sim.study.results import Results
from sim.study.store import write_text

UNFINISHED = ".unfinished"  # holds the key of a sweep until its end
SUMS = "SHA256SUMS"  # what its files are, as sha256sum looks at them
SUM = re.compile(r"([0-9a-f]{64})  ([\w.-]+)")
Headline = Mapping[str, float | str]
Samples = Mapping[str, Sequence[float]]  # by figure, one value per replication


class Answered(NamedTuple):
    """What a sweep keeps of a design: the few numbers that designs are compared by, figures by
    replication, and all results where the question gives them."""

    headline: Headline
    samples: Samples
    results: Results | None = None


@dataclass(frozen=True)
class Done:
    """What a sweep came to.

    Attributes
    ----------
    folder, paths : where it is, and its tables.
    failed : a line per failure.
    rows : of the table of designs.
    changes : by design, how much more it has of each figure than the baseline.
    """

    folder: Path
    paths: list[Path] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, dict[str, Estimate]] = field(default_factory=dict)


def run(
    designs: Sequence[Mapping[str, str]],
    out: Path,
    answer: Callable[[int, Path], tuple[Any, ...]],
    key: str = "",
    baseline: int = 0,
    tell: Callable[..., object] = lambda key, **values: None,
    look: Callable[[Headline], object] = lambda headline: None,
    finish: Callable[[Done], Iterable[Path]] = lambda done: (),
) -> Done:
    """Answer every design in a new folder under `out`; a failing one does not stop the others.

    Parameters
    ----------
    designs : the overrides in which they differ.
    answer : `answer(n, folder)` answers design n: what makes an `Answered`.
    key : names all of their configs: a sweep of the same key that was interrupted goes on in its
        folder.
    baseline : the design that is answered first, and that all are paired with.
    tell : is told messages by their key: how many there are, and how long that takes.
    look : at the numbers of the first that is answered; what it raises ends the sweep.
    finish : makes further files in the folder, once all is there.

    The table of designs is written anew after each of them, differences and the long table at the
    end; what went wrong with one is kept beside it.  Raises InputError, if another process writes
    into `out`.
    """
    with held(out):
        folder = _folder(out, key)
        write_text(folder / UNFINISHED, key)
        _forecast(out, len(designs), tell)
        with Long(folder, designs) as long:
            found = _answered(designs, folder, answer, baseline, long, tell, look)
        if long.path.exists():
            found.paths.append(long.path)
        found.paths.extend(finish(found))
        lines = [f"{_sum(path)}  {path.name}\n" for path in found.paths]
        found.paths.append(write_text(folder / SUMS, "".join(lines)))
        (folder / UNFINISHED).unlink()
        return found


def sums(folder: Path) -> dict[str, str]:
    """What the files of a sweep are by name, as they were written.

    Raises ValueError where that cannot be read.
    """
    rows = map(SUM.fullmatch, (folder / SUMS).read_text("utf-8").splitlines())
    found = {row[2]: row[1] for row in rows if row}
    if not found or len(found) < len((folder / SUMS).read_bytes().splitlines()):
        raise ValueError(f"`{SUMS}` is not as it was written")
    return found


def damaged(folder: Path) -> list[str]:
    """Names of the files of a sweep that are missing, or not as they were written."""
    try:
        found = sums(folder)
    except ValueError:
        return [SUMS]
    return [name for name, own in found.items()
            if not (folder / name).is_file() or _sum(folder / name) != own]  # fmt: skip


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forecast(out: Path, n: int, tell: Callable[..., object]) -> None:
    """How many designs there are, and how long they will take if they do as earlier ones."""
    answers = (*out.glob(MANIFEST), *out.glob(f"sweep-*/*/{MANIFEST}"))
    took = [own["wall_s"] for path in answers if (own := read_manifest(path.parent))
            and isinstance(own.get("wall_s"), int | float)]  # fmt: skip
    if took:
        each = sum(took) / len(took)
        tell("sweep.known", n=n, time=n * each, each=each)
    else:
        tell("sweep.unknown", n=n)


def _folder(out: Path, key: str) -> Path:
    """That of the last sweep, if it was interrupted and is the same; else the next one."""
    folders = (out / f"sweep-{number:03}" for number in itertools.count(1))
    there = list(itertools.takewhile(Path.exists, folders))
    with suppress(OSError, UnicodeDecodeError):
        if key and there and (there[-1] / UNFINISHED).read_text("utf-8") == key:
            return there[-1]
    return out / f"sweep-{len(there) + 1:03}"


def _answered(
    designs: Sequence[Mapping[str, str]],
    folder: Path,
    answer: Callable[[int, Path], tuple[Any, ...]],
    baseline: int,
    long: Long,
    tell: Callable[..., object],
    look: Callable[[Headline], object],
) -> Done:
    done = Done(folder, [folder / "designs.csv"])
    rows: dict[int, dict[str, Any]] = {}
    paired: list[dict[str, Any]] = []
    first: tuple[Samples, Results] | None = None
    began = time.monotonic()
    for n in sorted(range(len(designs)), key=lambda n: (n != baseline, n)):
        row: dict[str, Any] = {"design": f"{n + 1:03}", **designs[n], "problem": ""}
        name = " ".join(["design", row["design"], *(f"{k}={v}" for k, v in designs[n].items())])
        print(name, flush=True)
        error_file = folder / f"{row['design']}.error.txt"
        try:
            own = Answered(*answer(n, folder / row["design"]))
            row |= own.headline
            results = own.results or of_samples(own.samples)
            if n == baseline:
                first = own.samples, results
            elif first:
                changes = list(_paired(row["design"], first[0], own.samples))
                done.changes[row["design"]] = {
                    by["figure"]: Estimate(by["mean"], by["low"], by["high"], by["replications"],
                                           by["correlation"], is_change=True)
                    for by in changes
                }  # fmt: skip
                paired += changes
            if len(results):
                long.add(row["design"], designs[n], results, first[1] if first else None)
            error_file.unlink(missing_ok=True)
        except (ClusterError, BrokenPipeError):  # nowhere to run for the others either, no reader
            raise
        except (Exception, SystemExit) as error:  # an exit would end the sweep without a word
            row["problem"] = _reason(error)
            done.failed.append(f"failed: {name}: {row['problem']}")
            write_text(error_file, "".join(traceback.format_exception(error)))
        rows[n] = row
        write_text(done.paths[0], _csv([rows[k] for k in sorted(rows)]))
        if not row["problem"] and len(rows) - len(done.failed) == 1:
            look(own.headline)
        if len(rows) == 1 < len(designs):
            took = time.monotonic() - began
            left = len(designs) - 1
            tell("sweep.left", n=left, time=left * took, each=took)
    if paired:
        done.paths.append(write_text(folder / "differences.csv", _csv(paired)))
    done.rows.extend(rows[k] for k in sorted(rows))
    return done


def _paired(design: str, first: Samples, samples: Samples) -> Iterator[dict[str, Any]]:
    """This design minus the first, replication by replication on the same draws."""
    for figure in first:
        if figure in samples and min(len(first[figure]), len(samples[figure])) > 1:
            n = min(len(first[figure]), len(samples[figure]))
            pair = first[figure][:n], samples[figure][:n]
            found = interval.paired_difference(*pair, interval.most(figure))
            yield {"design": design, "figure": figure, "replications": n, **found}


def _reason(error: BaseException) -> str:
    """In one line why a design failed; what nobody foresaw also shows where."""
    if isinstance(error, InputError):
        return str(error).replace("\n", "; ")
    if isinstance(error, AuditError):
        return f"the audit failed: {error}"
    if isinstance(error, WorkerDied):
        return str(error)
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}"


def _csv(rows: list[dict[str, Any]]) -> str:
    columns = sorted(dict.fromkeys(key for row in rows for key in row), key="problem".__eq__)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _inert(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _inert(cell: Any) -> Any:
    """A spreadsheet would run what begins as a formula: an apostrophe makes it text."""
    safe = not isinstance(cell, str) or not re.search(NO_NAME, cell) or number(cell) is not None
    return cell if safe else f"'{cell}"
