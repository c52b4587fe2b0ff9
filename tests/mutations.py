"""Injects plausible bugs, one at a time, into a copy of the repository and runs its default tests.

    python tests/mutations.py [words in the names of those to run]

The bugs are in `mutations.toml`.  One that no test notices is a missing test; then the exit code
is 1.  The tests named there are run first, with kernels that are not compiled: compiling them anew
for each bug would take most of the time.  Only who survives meets the whole suite, compiled.
"""

import contextlib
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
NOT_OURS = {"__pycache__", "outputs", "multirun", "build", "dist"}
T = TypeVar("T")
LIMIT_S = 1200  # tests that have not ended by then never will
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
# A bug that is no program says nothing about the tests.
NO_PROGRAM = re.compile(
    r"^E .*\b(SyntaxError|NameError|UnboundLocalError|AttributeError|numba\.core\.errors)\b",
    re.MULTILINE,
)


def pytest_configure() -> None:
    """As a plugin of the tests it runs: a counterexample need not be made small."""
    settings.register_profile(
        "found", phases=(Phase.explicit, Phase.generate), report_multiple_bugs=False
    )
    settings.load_profile("found")


@dataclass(frozen=True)
class Mutation:
    """`new` in place of `old` in `file`; `tests` (files, or `file::test`) are run first, then the
    whole default suite."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: not exactly once in {self.file}: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Verdict:
    """`killer`: the test that failed, `crash` or `hang`; None if all tests passed.  `compiled`:
    whether it took the whole suite."""

    mutation: Mutation
    killer: str | None
    compiled: bool
    seconds: float

    def __str__(self) -> str:
        end = f"killed by {self.killer}" if self.killer else "SURVIVED"
        end += " (of the whole suite)" * (self.killer is not None and self.compiled)
        return f"{self.mutation.name:<68} {self.seconds:4.0f} s  {end}"


def load() -> list[Mutation]:
    rows = tomllib.loads((ROOT / "tests" / "mutations.toml").read_text())["mutation"]
    return [Mutation(**row | {"tests": tuple(row["tests"])}) for row in rows]


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Caches, environments and what studies wrote: no part of the repository."""
    if Path(folder) == ROOT / "results":
        return set(names) - {"README.md", "published"}
    return {name for name in names if name in NOT_OURS or name.startswith(".")}


class Copy:
    """A copy of the repository in `folder`, in which bugs are injected and tests run."""

    def __init__(self, folder: Path) -> None:
        self.root = Path(shutil.copytree(ROOT, folder / "copy", ignore=_left_out))
        self.env = os.environ | {
            "PEAKCHARGE_CACHE": str(folder / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def judge(self, mutation: Mutation) -> Verdict:
        begin = time.monotonic()
        with self._injected(mutation):
            first = self.failure(mutation.tests, compiled=False)
            killer = first or self.failure([], compiled=True)
        return Verdict(mutation, killer, first is None, time.monotonic() - begin)

    def failure(self, tests: Sequence[str], compiled: bool) -> str | None:
        """The first test that fails, of `tests` or (if there are none) of all default tests."""
        argv = ["-x", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "tests.mutations"]
        argv += ["--ignore", "tests/test_mutations.py", *(f"tests/{test}" for test in tests)]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *argv], cwd=self.root, text=True,
                env=self.env | {"NUMBA_DISABLE_JIT": str(int(not compiled))},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "hang"
        if done.returncode < 0:
            return "crash"
        if done.returncode == 0:
            return None
        found = FAILED.search(done.stdout)
        if not found or NO_PROGRAM.search(done.stdout):
            raise RuntimeError(f"no test failed, but something else did:\n{done.stdout}")
        return found[1].removeprefix("tests/")

    @contextlib.contextmanager
    def _injected(self, mutation: Mutation) -> Iterator[None]:
        path = self.root / mutation.file
        text, stat = path.read_text(), path.stat()
        path.write_text(mutation.applied(text))
        try:
            yield
        finally:
            path.write_text(text)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # its machine code is valid


def judge(mutations: Sequence[Mutation]) -> Iterator[Verdict]:
    """The verdicts in order.  Raises if a test that may kill also fails without any bug."""
    workers = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copies: queue.SimpleQueue[Copy] = queue.SimpleQueue()
        for n in range(workers):
            copies.put(Copy(Path(folder) / str(n)))

        def with_a_copy(do: Callable[[Copy], T]) -> T:
            copy = copies.get()
            try:
                return do(copy)
            finally:
                copies.put(copy)

        def must_pass(tests: set[str], compiled: bool) -> None:
            if tests and (blind := with_a_copy(lambda c: c.failure(sorted(tests), compiled))):
                raise RuntimeError(f"{blind} fails without any bug")

        must_pass({test for mutation in mutations for test in mutation.tests}, compiled=False)
        killers = set()
        with ThreadPoolExecutor(workers) as pool:
            for verdict in pool.map(lambda m: with_a_copy(lambda c: c.judge(m)), mutations):
                if verdict.compiled and verdict.killer not in (None, "crash", "hang"):
                    killers.add(verdict.killer)
                yield verdict
        must_pass(killers, compiled=True)


def main(words: Sequence[str]) -> int:
    mutations = [m for m in load() if not words or any(word in m.name for word in words)]
    killed, begin = 0, time.monotonic()
    for verdict in judge(mutations):
        killed += verdict.killer is not None
        print(verdict, flush=True)
    minutes = (time.monotonic() - begin) / 60.0
    print(f"{killed} of {len(mutations)} mutations killed in {minutes:.0f} min")
    return int(killed < len(mutations))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
