"""Where tasks run: in this process, on the cores of this machine, or on a cluster that is there."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sim.config.problems import InputError

SCHEMES = ("tcp://", "tls://")


class Tls(NamedTuple):
    """Files of a certificate authority, and of a certificate of ours with its key."""

    ca: str
    cert: str
    key: str


class Where(NamedTuple):
    """One place to run tasks at.

    Parameters
    ----------
    workers : processes of this machine, 0 for one per core; with one, everything runs here.
    address : of the scheduler of a Dask cluster, `tcp://scheduler:8786`; empty: none.
    tls : what that cluster is reached with, if its address begins with `tls://`.
    """

    workers: int = 0
    address: str = ""
    tls: Tls | None = None

    @property
    def cores(self) -> int:
        """The number of worker processes on this machine."""
        return self.workers or len(os.sched_getaffinity(0))

    def said(self, say: Callable[..., str]) -> str:
        """What people read of it; `say` says messages by their key."""
        if self.address:
            return say("doing.cluster", address=self.address)
        return say("doing.cores" if self.cores > 1 else "doing.core", n=self.cores)


def of(
    workers: int, address: str | None, scheduler_file: str | None, tls: Tls | None = None
) -> Where:
    """What the settings of the engine mean.  Raises `InputError` for a file that is none."""
    if scheduler_file:
        address = _address(Path(scheduler_file))
    if not address:
        return Where(workers)
    if problems := [*_wrong(address, tls)]:
        raise InputError(problems)
    return Where(0, address, tls)


def _address(path: Path) -> str:
    """What `dask scheduler --scheduler-file` wrote there."""
    try:
        found = json.loads(path.read_text("utf-8"))["address"]
    except FileNotFoundError:
        raise InputError(
            f"`engine.scheduler_file` is '{path}', but there is no such file: start "
            f"`dask scheduler --scheduler-file {path}` first"
        ) from None
    except (OSError, ValueError, LookupError, TypeError):
        found = None
    if not isinstance(found, str) or not found.startswith(SCHEMES):
        raise InputError(
            f"`engine.scheduler_file` is '{path}', but no scheduler of Dask has written that"
        )
    return found


def _wrong(address: str, tls: Tls | None) -> list[str]:
    problems = []
    if address.startswith("tls://") and tls is None:
        problems.append(f"{address} needs `engine.tls.ca`, `engine.tls.cert`, `engine.tls.key`")
    if address.startswith("tcp://") and tls:
        problems.append(f"`engine.tls` has no effect on {address}: its address begins with tls://")
    for name, own in zip(Tls._fields, tls or (), strict=False):
        if not Path(own).is_file():
            problems.append(f"`engine.tls.{name}` is '{own}', but there is no such file")
    return problems
