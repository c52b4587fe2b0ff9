"""The answers of all studies as numbers, so that a change of the code says which of them it moved.

    python tests/answers.py                        runs the small ones and says what differs
    python tests/answers.py --quick                the quick ones of the command line: minutes each
    python tests/answers.py small_port speed       those named
    python tests/answers.py --write small_port     keeps what is found now
    python tests/answers.py --values small_port    each number is found again, wherever it lies now
    python tests/answers.py --words small_port     sentences and labels, too

Everything goes through the command line.  Of an answer are kept: numbers to 12 digits, booleans,
and names (text without a space), in `tests/fingerprints/answers/`; and apart from these the words
(all other text), which are compared on request only.  Of a list of more than 24 numbers its count
and sums are kept, of one of more than 12 names their hash; a table of more than 1,000 cells is such
lists.  Numbers agree if they differ by no more than 1e-9 of themselves, or 1e-12; whole numbers,
booleans and names must be the same.

Where an answer is reshaped on purpose, paths say nothing: `--values` looks for every number of the
old answer among those of the new one, as often as it was there.  `--against FOLDER` takes
`FOLDER/NAME/answer.json` for the old answer, of which then no list is shortened.
"""

import argparse
import csv
import hashlib
import json
import math
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "fingerprints" / "answers"
TOWN = "tests/fingerprints/town"  # a folder of choices: a network of five stations
SHARED = ROOT.parent / "shared" / "data"
FILES = ("answer.json", "speed.json", "verify.csv")  # the first of these that a study wrote
LONG, LONG_NAMES, LONG_TABLE = 24, 12, 1000
DIGITS = 12
CLOSE, TINY = 1e-9, 1e-12

Tree = Any  # of JSON
Flat = dict[str, Any]


# ---- what is run -----------------------------------------------------------------------------


class Run(NamedTuple):
    """A study: the words of its command line, and what of its answer is no figure of the model."""

    words: str
    has_workers: bool = True  # whether `engine.workers` has a say
    left_out: str = ""  # keys of times and what follows from them, as a pattern
    needs: Path | None = None  # recorded data that lie beside the repository

    def skipped(self) -> str:
        """Why it cannot run here; empty where it can."""
        return f"{self.needs} is not there" if self.needs and not self.needs.exists() else ""


IN_TOWN = f"--config-dir {TOWN} network=town demand=town demand@reference=town_week"
REPLAY = (
    f"experiment=replay replay.stations={TOWN}/replay/stations.csv "
    f"replay.visits={TOWN}/replay/visits.csv replay.vehicles={TOWN}/replay/vehicles.csv"
)
SMALL = {
    "small_holiday": Run(f"{IN_TOWN} engine.uncertainty=none engine.replications=3"),
    "small_rule": Run(
        f"{IN_TOWN} experiment=forty_percent_rule engine.replications=2 "
        "rule_study.years.holidays=demand/town_holidays.csv "
        "rule_study.years.super_stations=4 rule_study.years.super_share=0.5"
    ),
    "small_station": Run(
        f"--config-dir {TOWN} network=town demand=town experiment=one_station "
        "engine.replications=3 one_station.station=gate"
    ),
    "small_port": Run(
        "experiment=port_corridor corridor.days=1 corridor.warm_up_days=0 port_study.quick=true "
        "port_study.replications=2 port_study.fewer_replications=2 port_study.most_trucks=800 "
        "port_study.resolution=0.2 port_study.surface.cabinets=[1.0] "
        "port_study.surface.kva=[0.5,1.0] port_study.money.budgets_cny=[2.0e+6] "
        "port_study.levers.shift_offsets_h=[-1.0,1.0] port_study.plan=[guoyuan] "
        "port_study.outside=[suwan]"
    ),
    "small_city": Run(
        "experiment=city region=toy city_study.districts=null city_study.replications=2 "
        "city_study.rounds=2"
    ),
    "small_replay": Run(f"{REPLAY} replay.station_overrides.hill.evses=3", has_workers=False),
    "small_verify": Run("experiment=verify verify.quick=true"),
}
QUICK = {
    "holiday_highway": Run("engine.uncertainty=none engine.replications=2"),
    "forty_percent_rule": Run("experiment=forty_percent_rule rule_study.quick=true"),
    "one_station": Run("experiment=one_station engine.replications=2"),
    "port_corridor": Run("experiment=port_corridor port_study.quick=true"),
    "validate": Run("experiment=validate", needs=SHARED),
    "speed": Run(
        "experiment=speed speed.quick=true "
        "speed.parts=[twin,evses,national,week,tick,replication,port]", has_workers=False,
        left_out=r"\w+_s|\w+_us|seconds|value|ratio|peak_gb|verdict|lead|said",
    ),
}  # fmt: skip
RUNS = SMALL | QUICK


def answered(name: str, workers: int = 1) -> Tree:
    """The answer of a study, from its own process.

    Raises RuntimeError with what it said where it ends otherwise.
    """
    run = RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        words = [*run.words.split(), *[f"engine.workers={workers}"] * run.has_workers]
        done = subprocess.run(
            [sys.executable, "-m", "sim", *words, f"out={out}"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise RuntimeError(f"exit code {done.returncode}: {said}")
        return read(out)


def read(folder: Path) -> Tree:
    """The answer that a study wrote there, as JSON or as the rows of a table.

    Raises RuntimeError where there is none.
    """
    found = [folder / file for file in FILES if (folder / file).is_file()]
    if not found:
        raise RuntimeError(f"there is no answer in {folder}")
    file = found[0]
    text = file.read_text("utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    return [{key: _cell(v) for key, v in row.items()} for row in csv.DictReader(text.splitlines())]


def _cell(text: str) -> Any:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        return text or None


# ---- what of it is kept ----------------------------------------------------------------------


class Parts(NamedTuple):
    figures: Tree  # numbers, booleans and names
    words: Flat  # path -> text


def parts(answer: Tree, left_out: str = "", whole: bool = False) -> Parts:
    """What is kept of an answer; `whole`: with all of its long lists."""
    words: Flat = {}
    cells = math.inf if whole else LONG_TABLE
    return Parts(_figures(answer, "", re.compile(left_out), cells, words), words)


def _figures(value: Tree, path: str, left_out: re.Pattern[str], cells: float, words: Flat) -> Tree:
    """A part without its text, which goes into `words`; tables of more than `cells` by columns."""
    if isinstance(value, Mapping):
        found = {
            key: _figures(v, f"{path}.{key}".lstrip("."), left_out, cells, words)
            for key, v in value.items()
            if not left_out.fullmatch(key)
        }
        return {key: v for key, v in found.items() if v is not Ellipsis}
    if isinstance(value, list):
        if cells < math.inf and (short := _short(value if cells else _leaves(value))):
            return short
        is_large = len(value) > LONG and sum(1 for _ in flat(value)) > cells
        if is_large and (columns := _columns(value)):
            return _figures(columns, path, left_out, 0, words)
        each = [_figures(v, f"{path}[{n}]", left_out, cells, words) for n, v in enumerate(value)]
        return [v for v in each if v is not Ellipsis]
    if isinstance(value, str) and not _is_name(value):
        words[path] = value
        return Ellipsis
    return _rounded(value)


def _leaves(value: Tree) -> list[Any]:
    """Of lists in lists, as they are in a column of a table."""
    return [leaf for v in value for leaf in _leaves(v)] if isinstance(value, list) else [value]


def _rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\S+", value))


def _short(value: list[Any]) -> Tree:
    """Of a long list of numbers (or nothing) count and sums, of one of names a hash; else None."""
    if len(value) > LONG and all(v is None or _is_number(v) for v in value):
        return _sums(value)
    if len(value) > LONG_NAMES and all(v is None or _is_name(v) for v in value):
        digest = hashlib.sha256(json.dumps(value).encode()).hexdigest()
        return {"names": sum(v is not None for v in value), "hash": digest[:16]}
    return None


def _sums(value: list[float | None]) -> Tree:
    """The same in any order, but for `by_place`."""
    numbers = [0.0 if v is None else float(v) for v in value]
    sums = {
        "sum": math.fsum(numbers),
        "squares": math.fsum(v * v for v in numbers),
        "by_place": math.fsum(v * (n + 1) / len(numbers) for n, v in enumerate(numbers)),
    }
    return {"numbers": sum(v is not None for v in value)} | {
        k: _rounded(v) for k, v in sums.items()
    }


def _columns(rows: list[Any]) -> Tree:
    """A table by its columns; None where the list is none."""
    if all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows):
        rows = [dict(enumerate(row)) for row in rows]
    if not all(isinstance(row, Mapping) and row.keys() == rows[0].keys() for row in rows):
        return None
    return {str(key): [row[key] for row in rows] for key in rows[0]}


def flat(value: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and leaf, such as `stations.near_in.visits.mean`, `rows[3].loads`."""
    if isinstance(value, Mapping):
        for key, v in value.items():
            yield from flat(v, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for n, v in enumerate(value):
            yield from flat(v, f"{path}[{n}]")
    else:
        yield path, value


def write(name: str, now: Parts, folder: Path = KEPT) -> Path:
    """Keep it: a line for each part of a part."""
    tree = {"figures": now.figures, "words": now.words}
    path = folder / f"{name}.json"
    path.write_text(_text(tree, depth=3) + "\n", "utf-8")
    return path


def _text(value: Tree, depth: int) -> str:
    if depth and isinstance(value, Mapping) and value:
        own = (
            f"{json.dumps(k, ensure_ascii=False)}:{_text(v, depth - 1)}" for k, v in value.items()
        )
        return "{\n" + ",\n".join(own) + "\n}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def kept(name: str, folder: Path = KEPT) -> Parts:
    path = folder / f"{name}.json"
    if not path.exists():
        raise RuntimeError(f"nothing is kept of {name}: python tests/answers.py --write {name}")
    return Parts(**json.loads(path.read_text("utf-8")))


# ---- what differs ----------------------------------------------------------------------------


def same(before: Any, now: Any) -> bool:
    """Whether two leaves are."""
    if _is_number(before) and _is_number(now):
        if isinstance(before, int) and isinstance(now, int):
            return before == now
        return math.isclose(before, now, rel_tol=CLOSE, abs_tol=TINY)
    return type(before) is type(now) and before == now


def differing(before: Tree, now: Tree) -> list[str]:
    """A line for each path that is gone, new, or another."""
    old, new = dict(flat(before)), dict(flat(now))
    lines = [f"{path}: {old[path]!r} is gone" for path in old if path not in new]
    lines += [f"{path}: {new[path]!r} is new" for path in new if path not in old]
    return lines + [
        f"{path}: {v!r} became {new[path]!r}"
        for path, v in old.items()
        if path in new and not same(v, new[path])
    ]


def lost(before: Tree, now: Tree) -> list[str]:
    """A line for each number of the old answer that the new one has no more, or not as often.

    Both in order of size: each old number takes the least new one that is close enough, so none is
    lost that could have been found.
    """
    old = sorted((v, path) for path, v in _numbers(before))
    new = sorted(v for _, v in _numbers(now))
    lines, at, last = [], 0, None
    for value, path in old:
        while at < len(new) and new[at] < value and not same(value, new[at]):
            at += 1
        if at < len(new) and same(value, new[at]):
            at, last = at + 1, new[at]
        elif last is not None and same(value, last):
            lines.append(f"{path}: {value!r} is there less often")
        else:
            lines.append(f"{path}: {value!r} is nowhere")
    return lines


def _numbers(tree: Tree) -> list[tuple[str, float]]:
    return [
        (path, float(v))
        for path, v in flat(tree)
        if _is_number(v) and not path.endswith(".by_place")
    ]


def compared(before: Parts, now: Parts, values: bool = False, words: bool = False) -> list[str]:
    """All that differs, a line each."""
    lines = (lost if values else differing)(before.figures, now.figures)
    if words and values:
        gone = set(before.words.values()) - set(now.words.values())
        lines += [f"{path}: {v!r} is nowhere" for path, v in before.words.items() if v in gone]
    elif words:
        lines += differing(before.words, now.words)
    return lines


# ---- the command -----------------------------------------------------------------------------


def check(
    name: str,
    values: bool = False,
    words: bool = False,
    workers: int = 1,
    against: Path | None = None,
) -> list[str]:
    """Run a study: a line for all that is not as it was kept."""
    left_out, answer = RUNS[name].left_out, answered(name, workers)
    if against is None:
        return compared(kept(name), parts(answer, left_out), values, words)
    before = read(against / name)
    old, new = (parts(tree, left_out, whole=True) for tree in (before, answer))
    return compared(old, new, values, words)


def main(argv: Sequence[str]) -> int:
    first, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python tests/answers.py", description=first, epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"of {', '.join(RUNS)}; none: the small ones")
    add("--quick", action="store_true", help="those that are not small")
    add("--write", action="store_true", help="keep what is found now")
    add("--values", action="store_true", help="look for numbers, not for paths")
    add("--words", action="store_true", help="compare sentences and labels, too")
    add("--workers", type=int, default=1, help="processes (1)")
    add("--against", type=Path, metavar="FOLDER", help="whole answers in place of what is kept")
    given = parser.parse_args(argv)
    if unknown := [name for name in given.names if name not in RUNS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(RUNS)}")
    names = given.names + list(QUICK) * given.quick or list(SMALL)
    differ = [_done(name, given) for name in names]
    return int(any(differ))


def _done(name: str, given: argparse.Namespace) -> bool:
    """Run a study and print what is to be told of it; whether it is not as it was."""
    lines: list[str] = []
    try:
        if reason := RUNS[name].skipped():
            print(f"{name}: skipped, {reason}", flush=True)
        elif given.write:
            now = parts(answered(name, given.workers), RUNS[name].left_out)
            print(write(name, now), flush=True)
        else:
            lines = check(name, given.values, given.words, given.workers, given.against)
            head = f"{len(lines) or 'nothing'} {'differ' if len(lines) > 1 else 'differs'}"
            print("\n  ".join([f"{name}: {head}", *lines]), flush=True)
    except RuntimeError as error:
        lines = [str(error)]
        print(f"{name}: {error}", flush=True)
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
