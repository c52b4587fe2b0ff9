"""What can a port corridor of electric heavy trucks carry?  In five questions and a check.

Each question is a module with its answer, from runs that it asks for, and its part of the page.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.config import Checked
from experiments.port_corridor import capacity as port_capacity
from experiments.port_corridor import outside as port_outside
from experiments.port_corridor import page as port_page
from experiments.port_corridor import peaks as port_peaks
from experiments.port_corridor import plan as port_2028
from experiments.port_corridor import study as port_study
from experiments.port_corridor import surface as port_surface
from experiments.port_corridor import swap as port_swap
from experiments.port_corridor.settings import PortStudySection
from experiments.port_corridor.study import PortStudy
from experiments.question import UNCOUNTED, Answer, Asked, Question
from sim.config.overrides import Given
from sim.config.reads import under
from sim.freight.corridor import Corridor, check
from sim.report.simple import page
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.study import Study

QUESTIONS: dict[str, Any] = {
    "capacity": port_capacity,
    "surface": port_surface,
    "swap": port_swap,
    "peaks": port_peaks,
    "plan": port_2028,
    "outside": port_outside,
}


def load(right: Mapping[str, Any], problems: list[str]) -> Corridor | None:
    """The corridor, and what is wrong with what is asked of it."""
    corridor, own, engine = check(right, problems), right.get("port_study"), right.get("engine")
    if corridor and own and engine:
        problems += port_study.check(corridor, own, engine)
    return corridor


def tasks(checked: Checked, output: Output, progress: Progress) -> Study:
    return Study(checked.config.engine, output.shared, progress)


def answer(asked: Asked) -> Answer:
    """Simulate, and answer what is asked."""
    own = PortStudy(asked.case, asked.config, asked.engine, asked.study)
    found = answer_of(own)

    def draw(path: Path, manifest: Mapping[str, Any]) -> None:
        facts = {k: v for k, v in manifest.items() if k != "config"}
        title = f"{found['corridor']}: what can it carry?"
        page(title, port_page.lead(found), port_page.sections(own, found), path, facts)

    made = {"tasks": asked.study.counts, "cpu_s": asked.study.cpu_s}
    samples = {"trucks": found["capacity"]["each"]} if "capacity" in found else {}
    return Answer(found["verdict"], found, headline(found), samples, made, draw)


def answer_of(own: PortStudy) -> dict[str, Any]:
    """The answers to the questions asked, by name; `verdict` says them in sentences."""
    found: dict[str, Any] = {}
    for name, question in QUESTIONS.items():
        if name in own.own.questions:
            found[name] = question.answer(own)
    verdict: list[str] = []
    for number, part in enumerate(found.values(), 1):
        verdict += [f"{number}. {part['question']}", *part["plain"], *part["verdict"], ""]
    return {"corridor": own.corridor.section.name, "verdict": verdict, **found}


def headline(answer: dict[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    if "capacity" not in answer:
        return {}
    own = answer["capacity"]
    return {"trucks": own["trucks"]["mean"], "binds": port_capacity.bound(own["binds"])}


# Settings that only some of the questions read.
PARTS = {
    "port_study.surface": ("surface",),
    "port_study.money": ("swap",),
    "port_study.levers": ("peaks",),
    "port_study.plan": ("plan",),
    "port_study.outside": ("outside",),
    "port_study.step": ("capacity", "surface"),
    "port_study.replications": ("capacity", "peaks"),
    "port_study.resolution": ("surface", "swap", "peaks", "plan", "outside"),
}


def overruled(given: Given, config: Mapping[str, Any]) -> str:
    asked = config["port_study"]["questions"]
    for place, questions in PARTS.items():
        if under(given.key, place) and not set(questions) & set(asked):
            return (
                f"on port_study.questions=[{','.join(asked)}]: it belongs to "
                f"{' or '.join(questions)}"
            )
    return ""


FREE = frozenset(
    f"port_study.{name}" for name in ("quick", "questions", "replications", "fewer_replications")
)
QUESTION = Question(
    answer,
    reads=("corridor", "port_study", *UNCOUNTED),
    section="port_study",
    config=PortStudySection,
    load=load,
    study=tasks,
    works="sim.freight.case",
    free=FREE,
    overruled=overruled,
)
