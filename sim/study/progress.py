"""What goes on, told on stderr."""

import sys
from collections.abc import Callable, Collection, Iterator
from threading import Event, Thread
from typing import Any, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

MINUTE = 60.0
Asked = TypeVar("Asked")
Say = Callable[..., str]


def nobody() -> int:
    """How many are at work where that is not told."""
    return 0


class Progress:
    """Tells what goes on: one moving line on a terminal; elsewhere plain lines, and every minute
    one that says how far it is.

        question 4 of 6 · 37 of 80, 2 running · 2:10 gone, 17 a minute, about 3 min left

    Parameters
    ----------
    say : says messages by their key; raises KeyError for one that is in no table.
    every_s : seconds between the lines that say how far it is.
    whole : what all of it is a part of: `design 3 of 8, 1 failed`.
    """

    def __init__(self, say: Say, every_s: float = MINUTE, whole: str = "") -> None:
        self.say, self._running = say, nobody
        self._bar = Bar(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(),
            _Far(self), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None)
        self._whole, self._part = whole, ""
        self._every_s, self._over = every_s, Event()
        self._teller = Thread(target=self._tell, daemon=True)

    def __enter__(self) -> Self:
        if self._bar.console.is_terminal:
            self._bar.start()
        else:
            self._teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._bar.console.is_terminal:
            self._bar.stop()
        else:
            self._teller.join()

    def questions(self, of: Collection[Asked]) -> Iterator[Asked]:
        """Each of several questions, which what goes on meanwhile belongs to."""
        for number, own in enumerate(of, 1):
            self._part = self.say("progress.question", n=number, of=len(of))
            yield own
        self._part = ""

    def status(self, key: str, /, **values: Any) -> None:
        """Say what is going on for an unknown time, by the key of a message."""
        self._begin(self.say(key, **values), None)

    def start(
        self, total: int, key: str, running: Callable[[], int] = nobody, /, **values: Any
    ) -> None:
        """Say what is going on in `total` steps, of which so many are `running` at a time."""
        self._begin(self.say(key, **values), total, running)

    def advance(self) -> None:
        """One step is done."""
        self._bar.advance(self._task)

    def warn(self, key: str, /, **values: Any) -> None:
        """Say what is to be read afterwards, too: a line that stays."""
        text = self.say(key, **values)
        if self._bar.console.is_terminal:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def far(self) -> str:
        """How far it is."""
        task = self._bar.tasks[0]
        told = counted(self.say, task, self._running()), timed(self.say, task)
        return " · ".join(filter(None, (self._whole, self._part, *told)))

    def _begin(self, text: str, total: int | None, running: Callable[[], int] = nobody) -> None:
        self._running = running
        if not self._bar.console.is_terminal:
            print(text, file=sys.stderr, flush=True)
        self._bar.reset(self._task, description=text)
        self._bar.tasks[0].total = total  # `reset` would keep that of before where there is none

    def _tell(self) -> None:
        while not self._over.wait(self._every_s):
            print(self.far(), file=sys.stderr, flush=True)


class _Far(ProgressColumn):
    """How far it is, on a terminal."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def render(self, task: Task) -> Text:
        return Text(self._progress.far())


def counted(say: Say, task: Task, running: int = 0) -> str:
    """Steps that are done, where their number is known, and how many somebody is at."""
    if task.total is None:
        return ""
    done = say("progress.done", n=round(task.completed), of=round(task.total))
    return say("progress.running", done=done, n=running) if running else done


def timed(say: Say, task: Task) -> str:
    """How long it has taken, and how long the rest will take if it goes on like this."""
    gone = task.elapsed or 0.0
    told = say("progress.gone", time=clock(gone))
    if task.total is None or not 0 < task.completed < task.total or not gone:
        return told
    left_s = gone / task.completed * (task.total - task.completed)
    each = pace(60.0 * task.completed / gone)
    return say("progress.left", gone=told, pace=each, time=left_s)


def clock(seconds: float) -> str:
    """2:10, or 1:02:10."""
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def pace(number: float) -> str:
    """Two digits where there are not more before the point."""
    return f"{number:,.0f}" if number >= 9.95 else f"{number:.1f}"
