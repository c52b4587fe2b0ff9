"""How fast and how small is the engine, against what it should be?

Every row is a figure against its target (`target.py`); what is compared runs in turn.  The twin is
the one of `tests/reference`, so that part needs a checkout of the repository.
"""

from collections.abc import Mapping
from typing import Any

from experiments.config import Checked
from experiments.question import NOWHERE, ROADS, SITE_RULE, UNCOUNTED, Answer, Asked, Question
from experiments.speed import growth, kinds
from experiments.speed.cases import holiday
from experiments.speed.measure import HOLIDAY_DAYS, Measure, reference
from experiments.speed.page import page
from experiments.speed.settings import SpeedSection
from experiments.speed.target import Row
from experiments.speed.verdict import lead, verdict
from sim.config.problems import InputError
from sim.engine import simulate
from sim.roads.scenario import Scenario, check
from sim.study import store
from sim.study.progress import Progress

TIMES = "speed.json"
OF_SCENARIO = {"twin", "tick", "replication", "workers"}


def prepare(checked: Checked, progress: Progress) -> Scenario:
    scenario: Scenario = checked.case
    if "twin" in checked.own.parts:
        reference()
    if OF_SCENARIO & set(checked.own.parts) and nobody_charges(scenario):
        raise InputError(
            f"nobody charges in the first two days of {scenario.config.demand.name}: there is "
            "nothing to measure"
        )
    return scenario


def nobody_charges(scenario: Scenario) -> bool:
    visits = simulate(*holiday(scenario, HOLIDAY_DAYS)).visits
    return not (visits["slot"] >= 0).any()


def answer(asked: Asked) -> Answer:
    """Measure; write `speed.json`, too."""
    own: SpeedSection = asked.config.in_short()
    rows = Measure(asked.case, own, asked.progress).rows()
    found: dict[str, Any] = {
        "rounds": own.rounds, "quick": own.quick, "rows": [row._asdict() for row in rows]
    }  # fmt: skip
    if own.profile:
        asked.progress.status("doing.profile")
        found["kinds"] = kinds.measured(own.sessions, own.rounds)
        found["growth"] = growth.curves(own.sessions // 5, min(own.rounds, 3), own.quick)
    found["lead"] = lead(found)
    store.write_json(asked.output / TIMES, figures(rows))
    return Answer(
        verdict(found), found, {row.key: row.value for row in rows if row.value is not None}
    )


def figures(rows: list[Row]) -> Mapping[str, Any]:
    """All numbers that were measured, by row, for other programs."""
    return {row.key: {"value": row.value, **row.detail.values} for row in rows}


QUESTION = Question(
    answer,
    reads=(*ROADS, *SITE_RULE, *UNCOUNTED, *NOWHERE, "speed"),
    section="speed",
    config=SpeedSection,
    load=check,
    prepare=prepare,
    page=page,
    files=(TIMES,),
    repeats=False,
)
