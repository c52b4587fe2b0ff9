"""What can a port corridor of electric heavy trucks carry?  In five questions and a check.

Each question is a module with its answer, from runs that it asks for, and its part of the page.
"""

from pathlib import Path
from typing import Any

from experiments import Result
from experiments.port_corridor import capacity as port_capacity
from experiments.port_corridor import outside as port_outside
from experiments.port_corridor import page as port_page
from experiments.port_corridor import peaks as port_peaks
from experiments.port_corridor import plan as port_2028
from experiments.port_corridor import study as port_study
from experiments.port_corridor import surface as port_surface
from experiments.port_corridor import swap as port_swap
from experiments.port_corridor.study import PortStudy
from sim.report.simple import page
from sim.roads.scenario import Scenario
from sim.study import store, study
from sim.study.output import Output
from sim.study.study import Study

QUESTIONS: dict[str, Any] = {
    "capacity": port_capacity,
    "surface": port_surface,
    "swap": port_swap,
    "peaks": port_peaks,
    "plan": port_2028,
    "outside": port_outside,
}


def run(scenario: Scenario, out: Path, progress: Any) -> Result:
    """Simulate, answer, and write `answer.json`, `report.html`, `manifest.json`."""
    port_study.check(scenario)
    with Output(out, scenario, ("answer.json", "report.html"), progress) as output:
        study.warm_up(progress)
        with Study(scenario.engine, output.shared, progress) as runs:
            own = PortStudy(scenario, runs)
            answer = answer_of(own)
        store.write_json(output / "answer.json", answer)
        manifest = output.manifest(tasks=runs.counts, cpu_s=runs.cpu_s)
        progress.status("drawing the page")
        title = f"{answer['corridor']}: what can it carry?"
        facts = {k: v for k, v in manifest.items() if k != "config"}
        parts = port_page.sections(own, answer)
        page(title, port_page.lead(answer), parts, output / "report.html", facts)
        paths = output.publish(manifest)
    samples = {"trucks": answer["capacity"]["each"]} if "capacity" in answer else {}
    return Result(answer["verdict"], headline(answer), [*paths, out / "replications"], samples)


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
