"""Which values of what is not known agree with what was observed, and what does that leave open?

Runs holiday and ordinary week at the points of a Sobol design, emulates what they find, weighs
points of the prior by the observations, and runs points of the posterior again, with a calendar
that nothing is fitted to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from experiments.calibrate import answer as answers
from experiments.calibrate.design import CHECK, HEADLINES, HOLIDAY, WEEK, impossible
from experiments.calibrate.observed import Observed, observations
from experiments.calibrate.page import page
from experiments.question import (
    REFERENCE,
    ROADS,
    SITE_RULE,
    UNCOUNTED,
    Answer,
    Asked,
    Question,
    in_folder,
    reference_grows,
)
from sim.config import limits
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.config.section import Section
from sim.config.table import Text, number
from sim.report.schema import ReportSection
from sim.roads import scenario
from sim.roads.inputs import ALL, DEMAND
from sim.roads.scenario import Scenario
from sim.roads.schema import DemandSection
from sim.stats import inputs
from sim.stats.prior import Prior
from sim.study import store

QUICK_POINTS, QUICK_KEPT, QUICK_SAMPLE = 64, 16, 2**13


class CalibrateSection(Section):
    inputs: Text
    observations: Text
    points: Annotated[int, number(limits.DESIGN_POINTS)]
    sample: Annotated[int, number(limits.SAMPLE)]
    kept: Annotated[int, number(limits.KEPT_POINTS)]
    level_sd: Annotated[float, number(limits.LEVEL_SD)]
    quick: bool
    check: DemandSection


@dataclass(frozen=True)
class Calibrated(Scenario):
    """A scenario that is calibrated, and what to."""

    own: CalibrateSection
    priors: Mapping[str, Prior]
    observed: tuple[Observed, ...]

    @property
    def calendars(self) -> dict[str, Scenario]:
        """What is run: the holiday, the ordinary week, and the calendar of the check, whose level
        nobody has told the model."""
        cfg = self.config.model_dump(mode="json", by_alias=True)
        check = self.own.check.model_dump(mode="json", by_alias=True)
        varied = check["variation"] | {"known": False}
        cfg["demand"] = check | {"scale": cfg["demand"]["scale"], "variation": varied}
        holiday = scenario.load(self.config.model_dump(mode="json", by_alias=True))
        return {HOLIDAY: holiday, WEEK: holiday.reference(), CHECK: scenario.load(cfg)}

    def input_hashes(self) -> dict[str, str]:
        calendar = self.own.check.calendar
        own = {calendar: store.file_digest(configs_dir() / calendar)}
        return super().input_hashes() | own


def load(right: Mapping[str, Any], problems: list[str]) -> Calibrated | None:
    """The scenario without the posterior, which is to be made, and all that it is compared with."""
    if engine := right.get("engine"):
        right = {**right, "engine": engine.model_copy(update={"uncertainty": "layouts"})}
    found, own = scenario.check(right, problems), right.get("calibrate")
    if found is None or own is None or problems:
        return None
    priors = inputs.read(own.inputs, Prior, ALL, problems)
    demands = (found.config.demand.name, found.config.reference.name)
    rows = observations(own.observations, demands, problems)
    case = Calibrated(**{field.name: getattr(found, field.name) for field in fields(found)},
                      own=own, priors=priors, observed=tuple(rows))  # fmt: skip
    if not problems:
        _check(case, problems)
    return case


def _check(case: Calibrated, problems: list[str]) -> None:
    """Every end of every range can be, and the calendar of the check is one; each has a name."""
    names = [case.config.demand.name, case.config.reference.name, case.own.check.name]
    if len({*names}) < len(names):
        problems.append(f"calendars need names of their own, but these are {', '.join(names)}")
        return
    try:
        calendars = case.calendars
    except InputError as error:
        problems += [f"`calibrate.check`: {own}" for own in error.problems]
        return
    most = {DEMAND: case.priors[DEMAND].ends[1]}
    problems += impossible(calendars[HOLIDAY], case.own.inputs, case.priors, most)


def answer(asked: Asked) -> Answer:
    """Design, emulators, posterior, and the posterior in the simulator itself."""
    case: Calibrated = asked.case
    own: CalibrateSection = asked.config
    if own.quick:
        update = {"points": QUICK_POINTS, "kept": QUICK_KEPT, "sample": QUICK_SAMPLE}
        own = own.model_copy(update=update)
    report: ReportSection = asked.report
    names = {
        case.config.demand.name: HOLIDAY, case.config.reference.name: WEEK,
        own.check.name: CHECK,
    }  # fmt: skip
    made = answers.Made(
        case.calendars, names, case.priors, case.observed, own, asked.engine.seed,
        report.utilization_threshold,
    )  # fmt: skip
    return answers.answer(made, asked.study, asked.output, asked.progress)


QUESTION = Question(
    answer,
    reads=(
        *ROADS, *REFERENCE, *SITE_RULE, *UNCOUNTED,
        "report", "-report.worst", "calibrate",
    ),
    section="calibrate",
    config=CalibrateSection,
    load=load,
    page=page,
    study=in_folder,
    works="sim.roads.case",
    overruled=reference_grows,
    files=("posterior.csv", "posterior.json"),
    tables=("inputs", "observations"),
    figures=lambda checked: HEADLINES,
)  # fmt: skip
