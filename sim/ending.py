"""Where the commands begin, and how Ctrl-C and SIGTERM end them: in one sentence, at any moment.

Nothing else is imported before somebody listens, not even `typing`.  The exit code is 130 or
143, as in a shell.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM)
SENTENCE = "interrupted"
MOST_S = 30.0  # for clearing up; a pool of workers takes about one

_received: list[int] = []  # the signal that ends this process, once there is one


def peakcharge() -> int:
    return _run("sim.__main__")


def peakcharge_import() -> int:
    """A region is made of tables, and not of visits: whoever names it first has it imported."""
    if sys.argv[1:2] == ["region"]:
        sys.argv[:2] = [f"{sys.argv[0]} region"]
        return _run("sim.region.importer")
    return _run("sim.replay.importers")


def _run(module: str) -> int:
    """`main` of a module; whatever comes up after a signal is no more than its consequence."""
    _listen(_leave)
    main = importlib.import_module(module).main
    sys.unraisablehook = _unraisable
    _listen(_interrupt)
    said = False
    try:
        code: int = main()
        said = code == 128 + signal.SIGINT
    except BaseException:
        if not _received:
            raise
    if not _received:
        return code
    if not said:
        print(SENTENCE, file=sys.stderr, flush=True)
    _listen(signal.SIG_IGN)  # the interpreter, too, clears up
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    return 128 + _received[0]


def _listen(answer: Any) -> None:
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as behind nohup
            signal.signal(number, answer)


def _leave(number: int, _: object) -> None:
    """While modules are imported there is nothing to clear up, and no exception gets through
    all of their code."""
    os.write(sys.stderr.fileno(), f"{SENTENCE}\n".encode())
    os._exit(128 + number)


def _interrupt(number: int, _: object) -> None:
    """Once; what is said again while everything is cleared up changes nothing."""
    if _received:
        return
    _received.append(number)
    _listen(_heard)
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, MOST_S)
    raise KeyboardInterrupt


def _heard(_: int, __: object) -> None:
    pass


def _give_up(_: int, __: object) -> None:
    os.write(sys.stderr.fileno(), f"{SENTENCE}, not all could be cleared up\n".encode())
    os._exit(128 + _received[0])


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """An interrupt may come up where exceptions get lost, as in a finalizer: it is raised again."""
    if not _received:
        sys.__unraisablehook__(lost)
    elif issubclass(lost.exc_type, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, _again)
        signal.setitimer(signal.ITIMER_REAL, 0.01)


def _again(_: int, __: object) -> None:
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, MOST_S)
    raise KeyboardInterrupt
