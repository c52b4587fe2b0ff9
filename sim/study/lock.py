"""One process at a time writes into a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from sim.config.problems import InputError

LOCK = ".peakcharge.lock"


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold a folder for this process alone, as long as it lives; made if need be.

    What was made and is still empty at the end is gone again.  Raises InputError, if another
    process holds the folder.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        with ExitStack() as stack:
            _lock(out, stack)
            yield
    finally:
        for folder in made:
            with suppress(OSError):  # something is in it
                folder.rmdir()


def _lock(out: Path, stack: ExitStack) -> None:
    path = out / LOCK
    while True:
        out.mkdir(parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except FileNotFoundError:  # the one before has just removed the folder
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 20).decode("ascii", "replace").strip()
            os.close(file)
            raise InputError(
                f"process {owner or 'unknown'} is writing into `{out}`: wait until it has ended, "
                "or name another folder"
            ) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                break
        os.close(file)  # the one before has just removed it
    stack.callback(os.close, file)
    stack.callback(path.unlink, missing_ok=True)
    os.ftruncate(file, 0)
    os.write(file, str(os.getpid()).encode())
