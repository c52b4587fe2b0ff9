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
from experiments.question import COUNTED, KPIS, Answer, Asked, Question
from sim.config import overrides
from sim.config.reads import under
from sim.config.sources import assumed
from sim.freight.corridor import Corridor, check
from sim.report import kpis, survival
from sim.report.blocks import Cell, Column, Page, Section, Table
from sim.report.finding import Finding, Given, found
from sim.report.language import Words
from sim.stats import interval
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
    `lead` only the plain answer to each.

    With a posterior all is answered twice: over what we do not know, which is what is said, and in
    the world as it is assumed, for the luck beside it and for what survives.
    """
    study = PortStudy(asked.case, asked.config, asked.engine, asked.kpis, asked.study, asked.output)
    parts = _parts(study)
    lead: list[Finding] = []
    verdict: list[Finding | str] = []
    more = _unknown(study, parts) if study.worlds else {}
    for number, own in enumerate(parts.values(), 1):
        plain = [*own["plain"], *own.get("brackets", [])]
        lead += plain
        heading = found("heading", number=number, question=own["question"])
        verdict += [heading, *plain, *own["verdict"], ""]
    if more:
        told = survival.verdict(more["survival"]["rows"], study.worlds, "freight")
        lead += told
        verdict += [*told, ""]
    numbers = {
        "corridor": named(study.corridor), "verdict": verdict, "lead": lead,
        "assumed": [(at, Given(text)) for at, text in assumed(study.corridor.section)], **parts,
        **more,
    }  # fmt: skip
    samples = {"trucks": parts["capacity"]["each"]} if "capacity" in parts else {}
    made = {"tasks": asked.study.counts, "cpu_s": asked.study.cpu_s}
    return Answer(verdict, numbers, headline(parts), samples, made)


def _parts(study: PortStudy) -> dict[str, dict[str, Any]]:
    """The answer to each question that is asked, with its sentences."""
    parts: dict[str, dict[str, Any]] = {}
    asked = [name for name in PARTS if name in study.own.questions]
    for name in study.runs.progress.questions(asked):
        part = PARTS[name]
        own = part.answer(study)
        parts[name] = own | {"plain": part.plain(own), "verdict": part.verdict(own)}
    return parts


def _unknown(study: PortStudy, parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What survives; the part of the capacity gets the luck beside what we do not know."""
    with interval.over_points(False):
        luck = _parts(study.assumed)
    if "capacity" in parts:
        own = parts["capacity"]
        own["brackets"] = capacity.brackets(own, luck["capacity"], study.worlds)
        own["luck"] = {key: luck["capacity"][key] for key in ("trucks", "flow", "each")}
    said = ({name: own["plain"] for name, own in of.items()} for of in (luck, parts))
    return {"survival": {"rows": survival.rows(*said), "worlds": study.worlds}}


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
        told += [say(line) for line in own.get("brackets", [])]
        blocks = [*told, say(own["about"]), *part.page(say, own)]
        sections.append(Section(heading, blocks, name, say(f"{name}.short")))
    if kept := answer.get("survival"):
        parts = {name: say(f"{name}.short") for name in asked}
        sections.append(survival.section(say, kept["rows"], kept["worlds"], "freight", parts))
    if "capacity" in answer:
        sites = {key: site["name"] for key, site in answer["capacity"]["sites"].items()}
        sections += kpis.sections(say, answer["capacity"].get("kpis"), sites)
    title = say("title", corridor=answer["corridor"])
    return Page(title, [*sections, _assumed(say, answer)], say("subtitle"),
                sure=say("first.sure"), assumed=say("first.assumed"))  # fmt: skip


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
    "kpis": ("capacity",),
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
    of_worlds = given.key in ("port_study.worlds", "engine.posterior")
    if of_worlds and config["engine"]["uncertainty"] == "none":
        return "on engine.uncertainty=none"
    asked = config["port_study"]["questions"]
    for place, questions in READ_BY.items():
        if under(given.key, place) and not set(questions) & set(asked):
            return (
                f"on port_study.questions=[{','.join(asked)}]: it belongs to "
                f"{' or '.join(questions)}"
            )
    return ""


FREE = frozenset(
    f"port_study.{name}"
    for name in ("quick", "questions", "replications", "fewer_replications", "worlds")
)
QUESTION = Question(
    answer,
    reads=("corridor", "port_study", "engine", *KPIS, *(f"-{key}" for key in COUNTED)),
    section="port_study",
    config=PortStudySection,
    load=load,
    page=page,
    study=tasks,
    works="sim.freight.case",
    free=FREE,
    figures=lambda of: ["trucks"] * ("capacity" in of.own.questions),
    files=(kpis.TABLE,),
    overruled=overruled,
)
