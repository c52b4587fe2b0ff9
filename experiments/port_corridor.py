"""What can a port corridor of electric heavy trucks carry?  In five questions and a check.

Each question is a module with its answer, from runs that it asks for, and its part of the page.
"""

import time
from pathlib import Path
from typing import Any

from experiments import (
    Result,
    port_2028,
    port_capacity,
    port_outside,
    port_page,
    port_peaks,
    port_study,
    port_surface,
    port_swap,
)
from experiments.port_study import PortStudy
from experiments.port_tasks import Runs
from sim import store, study
from sim.report.simple import page
from sim.scenario import Scenario

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
    began = time.perf_counter()
    port_study.check(scenario)
    for old in ("answer.json", "manifest.json", "report.html"):
        (out / old).unlink(missing_ok=True)
    study.warm_up(progress)
    with Runs(scenario.engine, out / "replications", progress) as runs:
        own = PortStudy(scenario, runs)
        answer = answer_of(own)
    manifest = {
        **study.provenance(scenario),
        "input_hashes": scenario.input_hashes(),
        "seed": scenario.engine.seed,
        "tasks": runs.counts,
        "cpu_s": {name: round(seconds, 1) for name, seconds in runs.cpu_s.items()},
        "wall_s": round(time.perf_counter() - began, 1),
    }
    paths = [store.write_json(out / "answer.json", answer)]
    paths.append(store.write_json(out / "manifest.json", manifest))
    progress.status("drawing the page")
    title = f"{answer['corridor']}: what can it carry?"
    facts = {k: v for k, v in manifest.items() if k != "config"}
    parts = port_page.sections(own, answer)
    paths.append(page(title, port_page.lead(answer), parts, out / "report.html", facts))
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
