"""`peakcharge results`: answers that are there, listed, shown, told apart, taken away, checked."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sim.archive import frames, integrity, studies
from sim.archive.differences import differences
from sim.archive.frames import COLUMNS
from sim.archive.studies import ROOT, Study
from sim.config.command import Parser
from sim.config.problems import InputError, did_you_mean
from sim.report import language
from sim.report.finding import Finding
from sim.report.language import LANGUAGES, Words
from sim.study import store
from sim.study.sweep import SUMS

HERE = Path(__file__).parent
TASKS = """\
peakcharge results                          list what there is
peakcharge results show STUDY               how it was made, and what was found
peakcharge results diff STUDY STUDY         in which settings and numbers two differ
peakcharge results export STUDY [FILE.csv]  every number, with its interval
peakcharge results check [STUDY ...]        whether every file is as it was written
peakcharge results reproduce STUDY          run it again, and say what differs
"""


def main(argv: Sequence[str]) -> int:
    """Do one of the tasks.

    Returns the exit code: 0; 1 where a check found damage.  Raises `InputError`.
    """
    args = _parser().parse_args(argv)
    say = Words(args.lang or language.of_terminal(os.environ), HERE)
    if args.all and args.task != "diff":
        raise InputError("--all belongs to `peakcharge results diff`")
    if args.task == "reproduce":
        raise InputError("write `peakcharge results reproduce STUDY`, and options after it")
    if args.task not in DOES:
        raise InputError(f"unknown task `{args.task}`{did_you_mean(args.task, WORDS)}")
    task, least, most = DOES[args.task]
    if args.task == "list" and args.names:
        raise InputError("write `peakcharge results`, or `peakcharge results show STUDY`")
    if not least <= len(args.names) <= most:
        usage = next(line for line in TASKS.splitlines() if f" {args.task} " in line)
        raise InputError(f"write `{usage.partition('  ')[0]}`")
    return task(say, args)


def _parser() -> Parser:
    parser = Parser("peakcharge results", "Answers that are there.", epilog=f"tasks:\n{TASKS}")
    add = parser.add_argument
    add("task", nargs="?", metavar="TASK", help=", ".join(WORDS), default="list")
    add("names", nargs="*", metavar="STUDY", help=f"its folder, or its name below {ROOT}")
    add("--in", dest="root", type=Path, default=ROOT, metavar="DIR", help=f"default: {ROOT}")
    add("--lang", choices=LANGUAGES, help="default: that of the terminal")
    add("--all", action="store_true", help="with diff: all differences, not the first ones")
    return parser


def _list(say: Words, args: Any) -> int:
    found = studies.every(args.root)
    if not found:
        print(say("list.none", folder=str(args.root)))
        return 0
    heads = [say(f"list.{head}") for head in ("study", "experiment", "made", "wall")]
    rows = [[own.name, own.experiment, _minute(own), _wall(say, own)] for own in found]
    print("\n".join(aligned([heads, *rows])))
    return 0


def _show(say: Words, args: Any) -> int:
    own = studies.named(args.names[0], args.root)
    manifest = own.manifest
    facts = {
        "experiment": own.experiment, "command": manifest.get("command"), "made": _minute(own),
        "wall": _wall(say, own), "seed": manifest.get("seed"),
        "config_hash": manifest["config_hash"], "program_hash": manifest.get("program_hash"),
        "folder": str(own.path), "files": ", ".join(manifest["files"]),
    }  # fmt: skip
    rows = [[say(f"show.{key}"), str(value)] for key, value in facts.items() if value is not None]
    print("\n".join(aligned(rows)))
    answer = own.answer
    said = answer.get("said", {}).get(say.language) or answer.get("verdict", [])
    lines = [line for line in said if isinstance(line, str)]
    print("\n".join(["", *lines]))
    return 0


def _diff(say: Words, args: Any) -> int:
    one, other = (studies.named(name, args.root) for name in args.names)
    print("\n".join(differences(say, one, other, whole=args.all)))
    return 0


def _export(say: Words, args: Any) -> int:
    own = studies.named(args.names[0], args.root)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(frames.rows(own.numbers))
    if len(args.names) == 1:
        sys.stdout.write(text.getvalue())
        return 0
    path = Path(args.names[1])
    if path.suffix != ".csv":
        raise InputError(f"`{path}`: every number goes into a table with commas, name a .csv file")
    if os.path.lexists(path):
        raise InputError(f"`{path}` is there already: name another file")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder `{path.parent}`")
    print(store.write_text(path, text.getvalue()))
    return 0


def _check(say: Words, args: Any) -> int:
    sweeps = [path for name in args.names if (path := _sweep(name, args.root))]
    named = [name for name in args.names if not _sweep(name, args.root)]
    every = [studies.named(name, args.root) for name in named]
    if not args.names:
        every, sweeps = studies.every(args.root), studies.sweeps(args.root)
    code = 0
    for own in every:
        code |= _told(say, own.name, integrity.counted(own), integrity.damages(own))
    for path in sweeps:
        name = os.path.relpath(path, args.root) if path.is_relative_to(args.root) else str(path)
        code |= _told(say, name, integrity.counted_in(path), integrity.of_sweep(path))
    return code


def _sweep(name: str, root: Path) -> Path | None:
    """The folder of a sweep, if that is named."""
    return next((path for path in (Path(name), root / name) if (path / SUMS).is_file()), None)


def _told(say: Words, name: str, files: int, damages: Iterable[Finding]) -> int:
    lines = list(map(say, damages))
    head = say("check.damages", n=len(lines)) if lines else say("check.whole")
    print(say("check.study", study=name, n=files, found=head))
    for line in lines:
        print(f"  {line}")
    return bool(lines)


Task = Callable[[Words, Any], int]
DOES: dict[str, tuple[Task, int, int]] = {
    "list": (_list, 0, 0), "show": (_show, 1, 1), "diff": (_diff, 2, 2),
    "export": (_export, 1, 2), "check": (_check, 0, 1000),
}  # fmt: skip
WORDS = (*DOES, "reproduce")  # that has a module of its own


def _minute(study: Study) -> str:
    return study.ended[:16].replace("T", " ")


def _wall(say: Words, study: Study) -> str:
    return say("list.seconds", s=study.manifest.get("wall_s"))


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines whose columns stand below each other; what is Chinese takes two places a letter."""
    wide = [max(map(width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell + " " * (w - width(cell)) for cell, w in zip(row, wide, strict=True)]
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Places of a terminal that a text takes."""
    from rich.cells import cell_len

    return cell_len(text)
