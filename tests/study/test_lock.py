"""One process at a time in a folder; a lock dies with its owner."""

import os
import signal
import subprocess
import sys

import pytest

from sim.config.problems import InputError
from sim.study.lock import LOCK, held

HOLDER = """
import sys, time
from pathlib import Path
from sim.study.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds `out`."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "out")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_refused_and_told_who_is_there(tmp_path, holder):
    out = tmp_path / "out"
    with pytest.raises(InputError) as refused, held(out):
        pass
    assert str(refused.value) == (
        f"process {holder.pid} is writing into `{out}`: wait until it has ended, or name another "
        "folder"
    )
    assert os.listdir(out) == [LOCK]
    with held(tmp_path / "other"):
        pass


@pytest.mark.parametrize("ending", ["kill", "close"])
def test_a_lock_dies_with_its_owner(tmp_path, holder, ending):
    if ending == "kill":
        holder.send_signal(signal.SIGKILL)
    else:
        holder.stdin.close()
    holder.wait()
    assert (tmp_path / "out").exists() == (ending == "kill")  # and what it left does not matter
    with held(tmp_path / "out"):
        assert (tmp_path / "out" / LOCK).read_text() == str(os.getpid())
    assert not (tmp_path / "out" / LOCK).exists()


def test_what_was_there_stays_and_what_was_made_goes_if_it_is_empty(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    with held(there), held(tmp_path / "a" / "b"), held(tmp_path / "c" / "d"):
        (tmp_path / "c" / "answer.json").write_text("{}")
    assert sorted(os.listdir(tmp_path)) == ["c", "there"]
    assert os.listdir(tmp_path / "c") == ["answer.json"]


def test_the_same_process_is_refused_too(tmp_path):
    own = f"process {os.getpid()} "
    with held(tmp_path), pytest.raises(InputError, match=own), held(tmp_path):
        pass
    with held(tmp_path):
        pass
