"""Questions we ask: a folder each, whose module `question` has a `QUESTION`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from sim.config.problems import InputError, did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel

    from experiments.question import Question

# All of them, by the name of their folder, as `experiment=` has it; none is imported unasked.
QUESTIONS = (
    "calibrate",
    "calibrate_trucks",
    "city",
    "forty_percent_rule",
    "holiday_highway",
    "one_station",
    "port_corridor",
    "replay",
    "speed",
    "validate",
    "verify",
)


def named(name: object) -> Question:
    """The question of that name.  Raises `InputError` where there is none."""
    if name not in QUESTIONS:  # it may be anything
        raise InputError(f"unknown experiment `{name}`{did_you_mean(str(name), QUESTIONS)}")
    found: Question = import_module(f"experiments.{name}.question").QUESTION
    return found


def every() -> dict[str, Question]:
    """All questions, by name."""
    return {name: named(name) for name in QUESTIONS}


def stations() -> Mapping[str, type[BaseModel]]:
    """Places of a config that say what differs at single stations, and what that may be."""
    from sim.stations.schema import Override

    places: dict[str, type[BaseModel]] = {"station.overrides": Override}
    for own in every().values():
        places |= own.stations
    return places
