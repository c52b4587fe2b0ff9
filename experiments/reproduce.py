"""`peakcharge results reproduce`: an answer found again from its manifest, and what differs then.

The config of the manifest is run whole, in a folder of its own, with nothing of what is kept.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import experiments
from experiments import config as asked
from experiments.question import Question, run, words
from sim import archive, terminal
from sim.archive import studies
from sim.archive.differences import tables, unlike
from sim.archive.studies import ROOT, Study
from sim.config.command import Parser
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.report import language
from sim.report.language import LANGUAGES, Words
from sim.study import provenance, store
from sim.study.progress import Progress

SHOWN = 20  # places that differ
ELSEWHERE = ".../"  # begins a path whose folder a manifest does not tell


def main(argv: Sequence[str]) -> int:
    """Run it again.

    Returns the exit code: 0 where the answer is identical, 1 where it differs.  Raises
    `InputError` where it cannot be run.
    """
    args = _parser().parse_args(argv)
    say = Words(args.lang or language.of_terminal(os.environ), Path(archive.__file__).parent)
    study = studies.named(args.study, args.root)
    before = study.answer
    with _folder(args.out) as out:
        checked = asked.check(_question(study), config(study, out, args.workers, args.config_dir))
        for line in _told(say, study):
            print(line, flush=True)
        heard = words(study.experiment, say.language, Path(terminal.__file__).parent)
        with Progress(heard) as progress:
            run(_question(study), checked, out, progress)
        again = studies.named(str(out))
        for line in _of_ones_own(say, study, again):
            print(line)
        after = again.answer
    lines = list(verdict(say, study, before, after))
    print("\n".join(lines))
    return int(before != after)


def _parser() -> Parser:
    parser = Parser("peakcharge results reproduce", "Run a study again from its manifest.")
    add = parser.add_argument
    add("study", metavar="STUDY", help=f"its folder, or its name below {ROOT}")
    add("--in", dest="root", type=Path, default=ROOT, metavar="DIR", help=f"default: {ROOT}")
    add("--out", type=Path, metavar="DIR", help="a new folder that keeps what is found")
    add("--workers", type=int, metavar="N", help="processes; default: as it was run")
    add("--config-dir", type=Path, metavar="DIR", help="choices of one's own that it was run with")
    add("--lang", choices=LANGUAGES, help="default: that of the terminal")
    return parser


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is None:
        with tempfile.TemporaryDirectory() as own:
            yield Path(own, "again")
        return
    if os.path.lexists(out):
        raise InputError(f"--out: `{out}` is there already: name a new folder")
    yield out


def _question(study: Study) -> Question:
    found = experiments.named(study.experiment)
    if not found.repeats:
        raise InputError(f"experiment={study.experiment} measures times, which no run finds again")
    return found


def config(
    study: Study, out: Path, workers: int | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """That of the manifest, in another folder.

    Raises `InputError` where it names a table by a path that the manifest does not hold, and no
    one of that name, or several, are in a `folder` with choices of one's own.
    """
    lost: list[str] = []
    found: dict[str, Any] = _placed({**study.manifest["config"], "out": ""}, folder, lost)
    if lost:
        raise InputError(lost)
    found |= {"out": str(out), "overwrite": False}
    found["report"] = {**found.get("report", {}), "only": False, "pdf": False}
    if workers is not None:
        found["engine"] = {**found["engine"], "workers": workers}
    return found


def _placed(value: Any, folder: Path | None, lost: list[str], key: str = "") -> Any:
    """The same with tables that are found below the folder; a sentence for each that is not."""
    if isinstance(value, Mapping):
        return {
            name: _placed(child, folder, lost, f"{key}.{name}".removeprefix("."))
            for name, child in value.items()
        }
    if not isinstance(value, str) or not value.startswith(ELSEWHERE):
        return deepcopy(value)
    there = sorted(folder.rglob(value.removeprefix(ELSEWHERE))) if folder else []
    if len(there) == 1:
        return str(there[0].absolute())
    told = f"`{key}` is {value!r} in the manifest, which does not tell the folder"
    many = f"{len(there)} tables of that name are in `{folder}`"
    lost.append(f"{told}: {many if folder else 'name it with --config-dir'}")
    return value


def _told(say: Words, study: Study) -> Iterator[str]:
    """What is not as it was, before anything is run."""
    manifest = study.manifest
    for name, digest in manifest.get("input_hashes", {}).items():
        path = configs_dir() / name
        if path.is_file() and store.file_digest(path) != digest:
            yield say("again.table", table=name)
    if manifest.get("program_hash") != provenance.program():
        yield say("again.program")
    for name, version in provenance.versions().items():
        was = manifest.get("versions", {}).get(name)
        if was not in (None, version):
            yield say("again.version", library=name, was=was, now=version)


def _of_ones_own(say: Words, study: Study, again: Study) -> Iterator[str]:
    """Tables that are not built in, once they have been read."""
    for name in tables(study, again):
        if not (configs_dir() / name).is_file():
            yield say("again.table", table=name)


def verdict(
    say: Words, study: Study, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[str]:
    """Identical, or where the answers differ."""
    if before == after:
        yield say("again.identical", study=study.name)
        return
    places = list(unlike(before, after))
    yield say("again.differs", study=study.name, n=len(places))
    yield from (f"  {place}" for place in places[:SHOWN])
    if len(places) > SHOWN:
        yield f"  {say('again.more', n=len(places) - SHOWN)}"
