"""What the parts of the page take of the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.holiday_highway.verdict import HOLIDAY
from sim.report.blocks import Mark
from sim.report.language import Words

WAITS: dict[str, tuple[str, Mark]] = {
    "p50": ("var(--u5)", "tick"), "p90": ("var(--u4)", "ring"), "p95": ("var(--u4)", "dot"),
}  # fmt: skip
Answer = Mapping[str, Any]  # as it is read from answer.json


def about(say: Words, answer: Answer, key: str, **values: Any) -> str:
    """What stands above a section: its intervals hold worlds, or luck alone."""
    return say(f"{key}.about_worlds" if answer["worlds"] else f"{key}.about", **values)


def use_of(
    answer: Answer, definition: str, window: str, places: Sequence[Mapping[str, Any]] = ()
) -> list[Mapping[str, Any]]:
    """Of these stations; of all, if none are given."""
    return [
        answer["stations"][place["station"]]["utilization"][definition][window]
        for place in places or answer["places"]
    ]


def class_of(answer: Answer) -> dict[str, str]:
    """The class of every station."""
    of = answer["flags"]["time"][HOLIDAY]["classes"]
    return {name: own for own, names in of.items() for name in names}


def other(value: float | None, other: float) -> float:
    return other if value is None else value
