"""Ctrl-C and SIGTERM at any moment: real processes, alone and with a pool of workers."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """\
import sys
from sim.ending import peakcharge
if __name__ == "__main__":
    sys.argv[0] = "peakcharge"
    sys.exit(peakcharge())
"""


@pytest.fixture
def command(tmp_path):
    """As pip makes it."""
    script = tmp_path / "peakcharge"
    script.write_text(SCRIPT)

    def start(*argv):
        return subprocess.Popen(
            [sys.executable, script, *argv],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=heard,
        )  # fmt: skip

    return start


def heard():
    """A shell has those in its background ignore Ctrl-C, and the tests may be there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(process, number, group=False, twice=False):
    """Send a signal, and look at how the process ends; returns what it said before."""
    children = psutil.Process(process.pid).children(recursive=True)
    for _ in range(1 + twice):
        try:
            (os.killpg if group else os.kill)(process.pid, number)
        except ProcessLookupError:
            break
        time.sleep(0.1 * twice)
    out, err = process.communicate(timeout=60)
    *before, last = err.splitlines()
    assert last == "interrupted", err
    assert process.returncode == 128 + number
    assert out == ""
    told = r"simulating: [\d,]+ replications on \d+ cores?(, \d+ are there already)?"
    assert all(re.fullmatch(told, line) for line in before), err
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    return before


def said(process, word):
    """Wait until the process says something on stderr."""
    line = process.stderr.readline()
    assert word in line, line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_modules_are_imported(command, number):
    process = command("out=new")
    # The first handler is there as soon as the process has read its script.
    while not handled(process.pid, number):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    interrupted(process, number, twice=True)


def handled(pid, number):
    text = Path(f"/proc/{pid}/status").read_text()
    caught = int(text.partition("SigCgt:")[2].split()[0], 16)
    return b"peakcharge" in Path(f"/proc/{pid}/cmdline").read_bytes() and (
        bool(caught >> (number - 1) & 1) and bool(caught >> (signal.SIGTERM - 1) & 1)
    )


@pytest.mark.parametrize(
    ("workers", "number", "group", "twice"),
    [
        (2, signal.SIGTERM, True, True),
        pytest.param(1, signal.SIGINT, False, False, marks=pytest.mark.long),
        pytest.param(2, signal.SIGINT, True, False, marks=pytest.mark.long),
    ],
)
def test_a_study_is_interrupted_and_goes_on(tmp_path, command, workers, number, group, twice):
    asked = ("out=out", f"engine.workers={workers}", "engine.replications=30")
    process = command(*asked)
    said(process, "60 replications")
    while not (kept := list((tmp_path / "out").rglob("figures-*.parquet"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    interrupted(process, number, group, twice)
    assert not (tmp_path / "out" / "answer.json").exists()
    assert not list((tmp_path / "out").glob("*lock*"))
    process = command(*asked)
    line = process.stderr.readline()
    assert re.fullmatch(r"simulating: \d+ replications on \d cores?, \d+ are there already\n", line)
    assert int(re.findall(r"\d+", line)[2]) >= len(kept)
    interrupted(process, signal.SIGINT)


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(10))
def test_at_any_moment(command, workers, seed):
    draw = random.Random(seed)
    process = command("out=out", f"engine.workers={workers}", "engine.replications=100")
    while not handled(process.pid, signal.SIGINT):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    time.sleep(draw.choice([0.05, 0.3, 1.0, 3.0, 8.0]) * draw.uniform(0.5, 1.5))
    number = draw.choice([signal.SIGINT, signal.SIGTERM])
    interrupted(process, number, draw.random() < 0.5, draw.random() < 0.5)


def test_a_reader_that_has_left_is_no_news(command):
    with command("--cfg", "job") as process:
        process.stdout.close()  # as `| head` does, who has seen enough
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE
