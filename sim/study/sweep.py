"""Designs one after another: a folder for each, one table of all."""

import csv
import io
import itertools
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.audit import AuditError
from sim.config.numerals import number
from sim.config.problems import InputError
from sim.config.table import NO_NAME
from sim.stats import interval
from sim.study.cluster import ClusterError, WorkerDied
from sim.study.lock import held
from sim.study.store import write_text

UNFINISHED = ".unfinished"  # holds the key of a sweep until its end
Headline = Mapping[str, float | str]
Samples = Mapping[str, Sequence[float]]  # by figure, one value per replication


def run(
    designs: Sequence[Mapping[str, str]],
    out: Path,
    answer: Callable[[int, Path], tuple[Headline, Samples]],
    key: str = "",
) -> tuple[list[Path], list[str]]:
    """Answer every design in a new folder under `out`; a failing one does not stop the others.

    `designs` are the overrides in which they differ; `answer(n, folder)` answers design n.  `key`
    names all of their configs: a sweep of the same key that was interrupted goes on in its folder.
    Returns the tables (one row per design; paired differences to the first design, where there
    are replications), written anew after each design, and a line per failure.  Raises InputError,
    if another process writes into `out`.
    """
    with held(out):
        folder = _folder(out, key)
        write_text(folder / UNFINISHED, key)
        found = _answered(designs, folder, answer)
        (folder / UNFINISHED).unlink()
        return found


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
    answer: Callable[[int, Path], tuple[Headline, Samples]],
) -> tuple[list[Path], list[str]]:
    tables = [folder / "designs.csv"]
    rows: list[dict[str, Any]] = []
    paired: list[dict[str, Any]] = []
    first: Samples | None = None
    failed: list[str] = []
    for n, overrides in enumerate(designs):
        row: dict[str, Any] = {"design": f"{n + 1:03}", **overrides, "problem": ""}
        name = " ".join(["design", row["design"], *(f"{k}={v}" for k, v in overrides.items())])
        print(name, flush=True)
        try:
            headline, samples = answer(n, folder / row["design"])
            row |= headline
            if first is None:
                first = samples
            else:
                paired += _paired(row["design"], first, samples)
        except ClusterError:  # the others have nowhere to run either
            raise
        except (Exception, SystemExit) as error:  # an exit would end the sweep without a word
            row["problem"] = _reason(error)
            failed.append(f"failed: {name}: {row['problem']}")
        rows.append(row)
        write_text(tables[0], _csv(rows))
    if paired:
        tables.append(write_text(folder / "differences.csv", _csv(paired)))
    return tables, failed


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
