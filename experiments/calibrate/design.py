"""Runs at many points of the space of inputs, each with the luck of a replication of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.config.problems import InputError
from sim.roads.scenario import Scenario
from sim.stats.prior import Prior
from sim.study.case import Replication
from sim.study.study import Study

OVER, WAIT = "over", "wait_min_p95"
HEADLINES = (OVER, WAIT)  # of the holiday
HOLIDAY, WEEK, CHECK = "holiday", "week", "check"  # calendars
UTILIZATION = "time_utilization_holiday_mean"


@dataclass(frozen=True)
class Runs:
    """What was found at every point.

    Attributes
    ----------
    points : [point, input].
    found : by calendar, a replication for each point.
    threshold : of the time utilization that a station exceeds.
    """

    points: np.ndarray
    found: Mapping[str, Sequence[Replication]]
    threshold: float

    def values(self, calendar: str, metric: str) -> np.ndarray:
        """A figure of each point."""
        if metric == OVER:
            over: np.ndarray = self.over(calendar).sum(axis=1).astype(float)
            return over
        return np.array([own.figures[metric] for own in self.found[calendar]], float)

    def over(self, calendar: str) -> np.ndarray:
        """Which stations exceed the threshold, [point, station]."""
        each = [own.stations[UTILIZATION].to_numpy(float) for own in self.found[calendar]]
        return np.array(each) > self.threshold


def run(
    calendars: Mapping[str, Scenario], names: Sequence[str], points: np.ndarray, threshold: float,
    study: Study, what: str,
) -> Runs:  # fmt: skip
    """Point p is run with the draws of replication p, in each of the calendars."""
    asked: list[tuple[Any, Scenario, int]] = []
    for calendar, base in calendars.items():
        cases = at(base, names, points)
        asked += [(f"{calendar}_{p}", case, p) for p, case in enumerate(cases)]
    found = iter(study.ask(asked, what))
    return Runs(
        points, {name: [next(found) for _ in range(len(points))] for name in calendars}, threshold
    )


def at(base: Scenario, names: Sequence[str], points: np.ndarray) -> list[Scenario]:
    """The scenario at every point.  Raises `InputError` where one cannot be."""
    cases = []
    for point in points.tolist():
        try:
            cases.append(base.at(dict(zip(names, point, strict=True))))
        except InputError as error:
            values = ", ".join(f"{n}={v:.4g}" for n, v in zip(names, point, strict=True))
            said = f"the ranges of the inputs allow what cannot be: {error.problems[0]} ({values})"
            raise InputError(said) from None
    return cases


def impossible(
    base: Scenario, table: str, priors: Mapping[str, Prior], most: Mapping[str, float]
) -> list[str]:
    """Sentences about ends of the priors that cannot be, each tried alone, and about all of them
    together at the end that brings the `most` traffic."""
    problems = []
    for name, own in priors.items():
        for end in own.ends:
            try:
                base.at({name: end})
            except InputError as error:
                problems.append(f"{table}: `{name}` cannot be {end:.4g}: {error.problems[0]}")
    if not problems:
        try:
            base.loaded(base.at(most).config.model_dump(mode="json", by_alias=True))
        except InputError as error:
            problems += [f"{table}, at its greatest demand: {own}" for own in error.problems]
    return problems
