"""The seven questions of the study, a folder each."""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any, NamedTuple, Self

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import Runs
from sim.report.finding import packed, unpacked


class Part(NamedTuple):
    """A folder of this one, by its modules: they ask for replications, say what was found of
    them, and show it."""

    answer: Any
    verdict: Any
    page: Any

    @classmethod
    def of(cls, name: str) -> Self:
        return cls(*(import_module(f"{__package__}.{name}.{module}") for module in cls._fields))


PARTS = {
    name: Part.of(name)
    for name in ("flags", "threshold", "upgrade", "money", "years", "sensitivity", "saturation")
}


def answers(scenario: Ruled, runs: Runs, names: Collection[str] = PARTS) -> dict[str, Any]:
    """The answers of parts by name, and in each of them what was found: `plain`, `verdict`."""
    asked = runs.progress.questions(names)
    parts = {name: PARTS[name].answer.answer(scenario, runs) for name in asked}
    return {name: own | findings(name, own) for name, own in parts.items()}


def findings(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What was found in a part, from its numbers as a file has them."""
    says, numbers = PARTS[name].verdict, kept(own)
    return {"plain": says.plain(numbers), "verdict": says.verdict(numbers)}


def kept(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a file has it."""
    found: dict[str, Any] = unpacked(packed(numbers))
    return found
