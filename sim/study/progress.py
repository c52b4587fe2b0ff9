"""What goes on, told on stderr."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar


class Progress:
    """Tells what goes on: one moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._bar = Bar(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        if self._bar.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar.console.is_terminal:
            self._bar.stop()

    def status(self, text: str) -> None:
        """Say what is going on for an unknown time."""
        self._say(text, None)

    def start(self, total: int, text: str) -> None:
        """Say what is going on in `total` steps."""
        self._say(text, total)

    def advance(self) -> None:
        """One step is done."""
        self._bar.advance(self._task)

    def warn(self, text: str) -> None:
        """Say what is to be read afterwards, too: a line that stays."""
        if self._bar.console.is_terminal:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def _say(self, text: str, total: int | None) -> None:
        if not self._bar.console.is_terminal:
            print(text, file=sys.stderr, flush=True)
        self._bar.reset(self._task, description=text, total=total)
