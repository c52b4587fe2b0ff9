"""Whether a worker of a cluster would find the same as this process: asked before it gets work."""

import platform
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sim.kernels._jit import source_hash
from sim.study import compiled, provenance


class Stranger(Exception):
    """A worker that is not of this program; says in what."""


@lru_cache(maxsize=64)
def own(modules: tuple[str, ...]) -> dict[str, str]:
    """What must be the same: Python, libraries, kernels, and all that the figures of works depend
    on that are in these modules."""
    return {
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **provenance.versions(),
        "the kernels": source_hash(),
        **{f"the sources of {name}": provenance.figures(name) for name in modules},
    }


def differ(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In what another process differs from this one, in words; empty: in nothing."""
    found = [
        f"{name} {there.get(name, 'missing')} there, {value} here"
        for name, value in here.items()
        if there.get(name) != value
    ]
    return ", ".join(found)


def greeted(here: Mapping[str, str], modules: Sequence[str], dask_worker: Any = None) -> str:
    """What a worker answers: why it cannot be used, or nothing.  Its kernels are ready then."""
    if found := differ(here, own(tuple(modules))):
        return f"is of another version ({found})"
    threads = dask_worker.state.nthreads
    if threads > 1:
        return f"would do {threads} tasks at once: start it with --nthreads 1, and more of them"
    compiled.warm_up(_quiet)
    return ""


def _quiet(_: str) -> None:
    pass


def check(here: Mapping[str, str], modules: Sequence[str]) -> None:
    """On a worker, before it does what it got: it may have come late.  Raises `Stranger`."""
    if found := differ(here, own(tuple(modules))):
        raise Stranger(found)
