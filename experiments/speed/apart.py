"""Work in a process of its own, which tells what it found and the most memory that it took.

python -m experiments.speed.apart FUNCTION '{"name": value}'
"""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

GB = 1e9


def apart(
    function: str, environment: Mapping[str, str] | None = None, **given: Any
) -> dict[str, Any]:
    """What `function` of a module of this folder returns there (`module.function`, a mapping), with
    `peak_gb` and `whole_s`, from the start of the process to its end, besides; what it is given
    and returns is plain JSON.

    Raises RuntimeError with what the process said where it fails.
    """
    paths = os.pathsep.join(filter(None, (os.getcwd(), *sys.path)))
    words = [sys.executable, "-m", __name__, function, json.dumps(given)]
    began = time.perf_counter()
    done = subprocess.run(
        words, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{function} failed in its own process: {done.stderr}")
    whole_s = time.perf_counter() - began
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "whole_s": whole_s}


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
    (module, name), given = words[0].split("."), json.loads(words[1])
    found = getattr(importlib.import_module(f"{__package__}.{module}"), name)(**given)
    print(json.dumps({**found, "peak_gb": peak_gb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
