"""Questions we ask.  Each module has `run(scenario, out, progress) -> Result`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """An answer in words and in the few numbers that a sweep compares, and the files written.

    `samples` are figures by replication, for paired differences between designs.
    """

    verdict: list[str]
    headline: dict[str, float | str]
    paths: list[Path]
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
