"""What a command says on a terminal, as a picture for a README.

    python -m sim.terminal.picture FILE.svg WORD...

runs `peakcharge WORD...` here, and draws what it said, with the command above it.
"""

import io
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from sim.study import store

WIDTH = 140  # signs in a line, at most
# Nothing is fetched from elsewhere: any font of terminals will do.
FETCHED = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->", re.DOTALL)


def picture(command: str, said: str) -> str:
    """A terminal with what was said on it, as SVG."""
    width = min(WIDTH, max(map(len, said.splitlines())))
    console = Console(record=True, width=width, file=io.StringIO())
    for line in said.splitlines():
        deeper = " " * (len(line) - len(line.lstrip()) + 2)
        for part in textwrap.wrap(line, width, subsequent_indent=deeper) or [""]:
            console.print(part, markup=False, highlight=False, soft_wrap=True)
    svg = console.export_svg(title=command, theme=DIMMED_MONOKAI, unique_id="terminal")
    return FETCHED.sub("", svg)


def main(argv: Sequence[str]) -> int:
    """Returns the exit code of the command; only one that went well is drawn."""
    file, *words = argv
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words], stdout=subprocess.PIPE, text=True, check=False
    )
    if not done.returncode:
        command = shlex.join(["peakcharge", *words])
        print(store.write_text(Path(file), picture(command, done.stdout)))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
