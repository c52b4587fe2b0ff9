"""Completion in a real bash, at a terminal of its own."""

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from experiments import QUESTIONS
from sim.terminal import completion

BASH = shutil.which("bash")
SECONDS = 60  # at most, for an answer


def test_words_are_choices_and_keys():
    words = completion.words(["--all"])
    assert words[0] == "--all"
    assert {f"experiment={name}" for name in QUESTIONS} <= set(words)
    assert {"demand=spring_festival", "demand.scale=", "rule_study.miss_cost="} <= set(words)
    assert not [word for word in words if "sources" in word or "'" in word or " " in word]


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_shell_gets_every_word(shell):
    script = completion.script(shell, ["--all"])
    lines = set(script.splitlines())
    assert set(completion.words(["--all"])) <= lines


@pytest.fixture
def typed(tmp_path):
    """Type into a real bash that has read the script; what stands on its line afterwards."""
    script = tmp_path / "completion"
    script.write_text(completion.script("bash", ["--all", "--open"]))
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": "> "}
    shell = subprocess.Popen(
        [BASH, "--norc", "--noprofile", "-i"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)

    def until(pattern: str) -> str:
        end, text = time.monotonic() + SECONDS, ""
        while not (found := re.search(pattern, text)):
            assert time.monotonic() < end, text
            if select.select([ours], [], [], 0.1)[0]:
                text += os.read(ours, 4096).decode()
        return found[1] if found.groups() else ""

    def complete(line: str) -> str:
        # What stands there is said by the shell: `echo` before, the mark after.
        os.write(ours, f"{line}\t\x05 END\x01echo \x05\n".encode())
        return until(r"\n(peakcharge .*) ?END").rstrip("\r\n")

    os.write(ours, f"bind 'set enable-bracketed-paste off'; . {script}; echo READY-$?\n".encode())
    until("READY-0")
    yield complete
    shell.kill()
    shell.wait()
    os.close(ours)


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("peakcharge demand=spr", "peakcharge demand=spring_festival "),
        ("peakcharge rule_study.mis", "peakcharge rule_study.miss_cost="),
        ("peakcharge -m experiment=fort", "peakcharge -m experiment=forty_percent_rule "),
        ("peakcharge --op", "peakcharge --open "),
        ("peakcharge demand@reference=ord", "peakcharge demand@reference=ordinary_week "),
    ],
)
def test_in_a_real_bash(typed, line, completed):
    assert typed(line).rstrip() == completed.rstrip()
