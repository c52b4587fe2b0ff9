"""Work in a process of its own, which tells what it found and the most memory that it took.

    python -m experiments.speed.apart MODULE FUNCTION '{"name": value}'
"""

import importlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

GB = 1e9


def apart(
    function: Callable[..., Mapping[str, Any]], environment: Mapping[str, str] | None = None,
    **given: Any,
) -> dict[str, Any]:  # fmt: skip
    """What `function(**given)` returns there, with `peak_gb` besides; both are plain JSON.

    Raises RuntimeError with what the process said where it fails.
    """
    words = [function.__module__, function.__name__, json.dumps(given)]
    paths = os.pathsep.join(filter(None, (os.getcwd(), *sys.path)))
    done = subprocess.run(
        [sys.executable, "-m", __name__, *words], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{'.'.join(words[:2])} failed in its own process: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_gb() -> float:
    """The most memory that this process ever held [10^9 bytes].

    Linux counts what the process that started this one held, too, where it is asked by
    `getrusage`; its own file does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / GB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GB


def main(words: Sequence[str]) -> None:
    module, name, given = words
    found = getattr(importlib.import_module(module), name)(**json.loads(given))
    print(json.dumps({**found, "peak_gb": peak_gb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
