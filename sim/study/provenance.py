"""Which configuration, which program, which command, on which machine: what a manifest says.

No absolute path is among it: folders of one machine tell nothing on another.
"""

import ast
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim import __version__
from sim.kernels._jit import source_hash
from sim.study import store

LIBRARIES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "simpy")
# An absolute path in a word of the command line: at its begin, or behind what may precede a value.
ABSOLUTE = re.compile(r"""(?:^|(?<=[=,'"\[{]))~?/(?:[^/,'"\]}]*/)*(?=[^/,'"\]}])""")


def of(config: Mapping[str, Any], works: str = "") -> dict[str, Any]:
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
    """The command line, as one types it; of absolute paths only their last parts."""
    name, *words = sys.argv
    words = [ABSOLUTE.sub(".../", word) for word in words]
    return shlex.join([Path(name).name, *words])


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


# ---- what figures depend on ------------------------------------------------------------------


@lru_cache(maxsize=64)
def figures(module: str) -> str:
    """A hash of all that the figures of a work depend on but its case: the sources of the module
    of the work and of all that it imports from this program, and the versions of libraries.

    A module may name packages in `APART` that its figures do not depend on, though they are
    imported.  Of no module: all sources of the package.
    """
    if not module:
        return store.digest([program(), versions()])
    apart = getattr(import_module(module), "APART", ())
    paths = sources(module, _home(module), apart)
    return store.digest([{n: store.file_digest(p) for n, p in paths.items()}, versions()])


def _home(module: str) -> Path:
    """The folder that the package of a module lies in."""
    root = module.partition(".")[0]
    path = Path(sys.modules[root].__file__ or "")
    return path.parents[1] if path.name == "__init__.py" else path.parent


def sources(module: str, home: Path, apart: Sequence[str] = ()) -> dict[str, Path]:
    """The sources of a module and of all that it imports, of this program, by name.

    Imports are read, not run: those inside functions count, those for types alone do not.

    Parameters
    ----------
    home : where packages are looked for; what is not found there is not of this program.
    apart : packages that are left out.
    """
    found: dict[str, Path] = {}
    left = [module]
    while left:
        name = left.pop()
        path = _source(name, home)
        if path is None or name in found or any(f"{name}.".startswith(f"{p}.") for p in apart):
            continue
        found[name] = path
        parents = [name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1)]
        tree = ast.parse(path.read_text("utf-8"))
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        left += [*parents, *_imported(tree, package)]
    return dict(sorted(found.items()))


def _source(name: str, home: Path) -> Path | None:
    place = home.joinpath(*name.split("."))
    choices = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in choices if path.is_file()), None)


def _imported(tree: ast.AST, package: str) -> Iterator[str]:
    """Names that may be modules: `from a import b` may mean `a.b`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level else ""
            whole = ".".join(filter(None, (base, node.module)))
            yield from (whole, *(f"{whole}.{alias.name}" for alias in node.names))
        else:
            yield from _imported(node, package)
