"""Questions we ask.  Each module has `run(scenario, out, progress) -> Result`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """An answer in words and in the few numbers that a sweep compares, and the files written."""

    verdict: list[str]
    headline: dict[str, float | str]
    paths: list[Path]
