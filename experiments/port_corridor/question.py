"""What can a port corridor of electric heavy trucks carry?  In five questions and a check.

Each question is a module with its answer, from runs that it asks for, and its part of the page.
"""

from collections.abc import Mapping
from typing import Any

from experiments.config import Checked
from experiments.port_corridor import capacity, outside, peaks, plan, surface, swap
from experiments.port_corridor import study as port_study
from experiments.port_corridor.settings import PortStudySection
from experiments.port_corridor.study import PortStudy, named
from experiments.question import UNCOUNTED, Answer, Asked, Question
from sim.config import overrides
from sim.config.reads import under
from sim.config.sources import assumed
from sim.freight.corridor import Corridor, check
from sim.report.blocks import Cell, Column, Page, Section, Table
from sim.report.finding import Finding, Given, found
from sim.report.language import Words
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.study import Study

PARTS: dict[str, Any] = {
    "capacity": capacity, "surface": surface, "swap": swap, "peaks": peaks, "plan": plan,
    "outside": outside,
}  # fmt: skip
IN_TABLES = ("peaks.change", "outside.row")  # sentences that say on the page what tables show


def load(right: Mapping[str, Any], problems: list[str]) -> Corridor | None:
    """The corridor, and what is wrong with what is asked of it."""
    corridor, own, engine = check(right, problems), right.get("port_study"), right.get("engine")
    if corridor and own and engine:
        problems += port_study.check(corridor, own, engine)
    return corridor


def tasks(checked: Checked, output: Output, progress: Progress) -> Study:
    return Study(checked.config.engine, output.shared, progress)


def answer(asked: Asked) -> Answer:
    """Simulate, and answer what is asked: a part by question; `verdict` says them in sentences,
    `lead` only the plain answer to each."""
    study = PortStudy(asked.case, asked.config, asked.engine, asked.study)
    parts: dict[str, Any] = {}
    verdict: list[Finding | str] = []
    for name, part in PARTS.items():
        if name in study.own.questions:
            own = part.answer(study)
            own |= {"plain": part.plain(own), "verdict": part.verdict(own)}
            parts[name] = own
            heading = found("heading", number=len(parts), question=own["question"])
            verdict += [heading, *own["plain"], *own["verdict"], ""]
    numbers = {
        "corridor": named(study.corridor), "verdict": verdict,
        "lead": [sentence for own in parts.values() for sentence in own["plain"]],
        "assumed": [(at, Given(text)) for at, text in assumed(study.corridor.section)], **parts,
    }  # fmt: skip
    samples = {"trucks": parts["capacity"]["each"]} if "capacity" in parts else {}
    made = {"tasks": asked.study.counts, "cpu_s": asked.study.cpu_s}
    return Answer(verdict, numbers, headline(parts), samples, made)


def headline(answer: Mapping[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    if "capacity" not in answer:
        return {}
    own = answer["capacity"]
    return {"trucks": own["trucks"].mean, "binds": " or ".join(own["binds"]["alike"])}


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    asked = {name: (part, answer[name]) for name, part in PARTS.items() if name in answer}
    sections = []
    for number, (name, (part, own)) in enumerate(asked.items(), 1):
        heading = say("heading", number=number, question=own["question"])
        told = [say(line) for line in own["verdict"] if line.key not in IN_TABLES]
        blocks = [*told, say(own["about"]), *part.page(say, own)]
        sections.append(Section(heading, blocks, name, say(f"{name}.short")))
    title = say("title", corridor=answer["corridor"])
    return Page(title, [*sections, _assumed(say, answer)], say("subtitle"))


def _assumed(say: Words, answer: Mapping[str, Any]) -> Section:
    """All that is assumed of the corridor, and of prices."""
    rows: list[list[Cell]] = [
        [found("assumed.place", place=place), source] for place, source in answer["assumed"]
    ]
    if swap := answer.get("swap"):
        rows += [
            [found("assumed.price", item=own["item"]), own["source"]]
            for own in swap["prices"].values()
        ]
        rows.append([say("assumed.life"), say("assumed.years", years=swap["life_years"])])
    heads = [Column(say(f"assumed.{head}"), wide=True) for head in ("figure", "known")]
    table = Table(heads, rows, say("assumed.caption"))
    return Section(say("assumed.heading"), [say("assumed.about"), table], "assumed")


# Settings that only some of the questions read.
READ_BY = {
    "port_study.surface": ("surface",),
    "port_study.money": ("swap",),
    "port_study.levers": ("peaks",),
    "port_study.plan": ("plan",),
    "port_study.outside": ("outside",),
    "port_study.step": ("capacity", "surface"),
    "port_study.replications": ("capacity", "peaks"),
    "port_study.resolution": ("surface", "swap", "peaks", "plan", "outside"),
}


def overruled(given: overrides.Given, config: Mapping[str, Any]) -> str:
    asked = config["port_study"]["questions"]
    for place, questions in READ_BY.items():
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
    page=page,
    study=tasks,
    works="sim.freight.case",
    free=FREE,
    overruled=overruled,
)
