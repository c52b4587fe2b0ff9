"""Which configuration, which program, which command, on which machine: what a manifest says.

No absolute path is among it: folders of one machine tell nothing on another.
"""

import os
import platform
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim import __version__
from sim.kernels._jit import source_hash
from sim.study import store

LIBRARIES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "simpy")
# An absolute path in a word of the command line: at its begin, or behind what may precede a value.
ABSOLUTE = re.compile(r"""(?:^|(?<=[=,'"\[{]))~?/(?:[^/,'"\]}]*/)*(?=[^/,'"\]}])""")


def of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Which configuration and which program; of absolute paths only the names of the files."""
    config = shortened(config)
    return {
        "config": config,
        "config_hash": store.digest(config),
        "kernel_hash": source_hash(),
        "program_hash": program(),
        "versions": versions(),
        "python": platform.python_version(),
    }


def shortened(value: Any) -> Any:
    """The same value, with only the last part of every text that is an absolute path."""
    if isinstance(value, Mapping):
        return {shortened(key): shortened(child) for key, child in value.items()}
    if isinstance(value, list):
        return [shortened(child) for child in value]
    if isinstance(value, str) and os.path.isabs(value):
        return f".../{Path(value).name}"
    return value


def command() -> str:
    """The command line; of absolute paths only their last parts."""
    name, *words = sys.argv
    words = [ABSOLUTE.sub(".../", word) for word in words]
    return " ".join(
        [Path(name).name, *(f"'{w}'" if re.search(r"[\s&;|<>]", w) else w for w in words)]
    )


@lru_cache(maxsize=1)
def machine() -> dict[str, Any]:
    """Processor, cores that we may use, and platform."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return {
        "processor": found[1].strip() if found else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "platform": f"{platform.system()} {platform.machine()}",
    }


@lru_cache(maxsize=1)
def program() -> str:
    """A hash of all sources of the package."""
    here = Path(__file__).parents[1]
    return store.digest(
        {str(p.relative_to(here)): store.file_digest(p) for p in here.rglob("*.py")}
    )


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    return {"peakcharge": __version__, **{name: version(name) for name in LIBRARIES}}
