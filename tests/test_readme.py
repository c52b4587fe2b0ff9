"""What README shows works as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from sim.__main__ import main

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^    \.venv/bin/peakcharge (.+)$", README, re.MULTILINE)


def test_the_simpy_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(example, {})
    out = capsys.readouterr().out
    assert "first session to end under the lower cap: EV 8 at 18.159 h" in out


@pytest.mark.parametrize("command", [c for c in COMMANDS if "--help" not in c])
def test_commands_are_valid(command, capsys):
    words = [w for w in shlex.split(command) if w not in ("-m", "--cfg", "job", "--resolve")]
    one = [w.split(",")[0] for w in words]  # the first design of a sweep
    assert main([*one, "--cfg", "job"]) == 0, capsys.readouterr().err


def test_commands_were_found():
    assert len(COMMANDS) == 14
