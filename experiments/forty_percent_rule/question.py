"""The 40 % rule put to the test, in six questions.

Each question is a module with its answer, from replications that it asks for, and its part of the
page.  All of them ask the same study, which never runs a replication twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments import nobody
from experiments.config import Checked
from experiments.forty_percent_rule import (
    designs,
    flags,
    flags_page,
    threshold,
    threshold_page,
    upgrade,
    upgrade_page,
    upgrade_verdict,
)
from experiments.forty_percent_rule.case import Ruled, load
from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.measure import (
    Results,
    Service,
    described,
    of_rule,
    rule_of,
    told,
)
from experiments.forty_percent_rule.money import answer as money
from experiments.forty_percent_rule.money import page as money_page
from experiments.forty_percent_rule.money import verdict as money_verdict
from experiments.forty_percent_rule.sensitivity import answer as sensitivity
from experiments.forty_percent_rule.sensitivity import inputs
from experiments.forty_percent_rule.sensitivity import page as sensitivity_page
from experiments.forty_percent_rule.sensitivity import verdict as sensitivity_verdict
from experiments.forty_percent_rule.settings import RuleStudySection
from experiments.forty_percent_rule.years import answer as years
from experiments.forty_percent_rule.years import page as years_page
from experiments.forty_percent_rule.years import verdict as years_verdict
from experiments.question import (
    COUNTED,
    REFERENCE,
    ROADS,
    Answer,
    Asked,
    Question,
    reference_grows,
)
from sim import metrics
from sim.config import overrides
from sim.report.blocks import Card, Column, Page, Section
from sim.report.finding import Finding, Given, Name, found, packed, unpacked
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.roads.upgrade import Rule
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.schema import EngineSection
from sim.study.study import Study

FIRST = {"flags": flags, "threshold": threshold}  # of what stands there today
FURTHER = {"upgrade": upgrade, "money": money, "years": years, "sensitivity": sensitivity}
FINDINGS = {"flags": flags, "threshold": threshold, "upgrade": upgrade_verdict,
            "money": money_verdict, "years": years_verdict,
            "sensitivity": sensitivity_verdict}  # fmt: skip
PAGES = {"flags": flags_page, "threshold": threshold_page, "upgrade": upgrade_page,
         "money": money_page, "years": years_page, "sensitivity": sensitivity_page}  # fmt: skip
QUICK = 5  # replications


def prepare(checked: Checked, progress: Progress) -> Ruled:
    """What may be wrong with tables that this study alone reads."""
    scenario: Ruled = checked.case
    Rule.of(scenario)
    years.check(scenario)
    inputs.ranges(scenario)
    return scenario


def replications(checked: Checked, output: Output, progress: Progress) -> Study:
    """Replications without tables of every visit."""
    return Study(engine_of(checked.config.engine, checked.own), output.shared, progress)


def engine_of(engine: EngineSection, own: RuleStudySection) -> EngineSection:
    if not own.quick:
        return engine
    return engine.model_copy(update={"replications": QUICK, "half_width": None})


def answer(asked: Asked) -> Answer:
    """Simulate, and answer all questions."""
    scenario: Ruled = asked.case
    rule, runs = Rule.of(scenario), asked.study
    results = runs.enough(designs.of(scenario), metrics.AIM)
    nothing = nobody.finding(scenario.config.demand.name, results[BASE])
    numbers = about_nothing(scenario, nothing) if nothing else answer_of(scenario, results, runs)
    made = {"replications": runs.counts, "cpu_s": runs.cpu_s}
    if nothing:
        return Answer(numbers["verdict"], numbers, made=made)
    samples = {
        "flagged": (of_rule(rule).values(results, BASE) > rule.threshold).sum(axis=0).tolist(),
        "failing": Service.of(results, BASE, scenario.own).fails_each().sum(axis=0).tolist(),
    }
    again = unpacked(packed(numbers))
    return Answer(numbers["verdict"], numbers, headline(again), samples, made)


def about_nothing(scenario: Ruled, sentence: Finding) -> dict[str, Any]:
    """The answer where nobody charged: stations that nobody uses pass and fail no rule."""
    return {**_asked(scenario), "verdict": [sentence], "lead": [sentence]}


def _asked(scenario: Ruled) -> dict[str, Any]:
    return {
        "holiday": Given(scenario.config.demand.name),
        "rule": described(Rule.of(scenario)),
    }


def answer_of(scenario: Ruled, results: Results, runs: Study) -> dict[str, Any]:
    """The answers to all questions, by name; `verdict` says them in sentences, `lead` is what a
    reader must see: the plain answer to each question."""
    parts = {name: question.answer(scenario, results) for name, question in FIRST.items()}
    parts |= {name: question.answer(scenario, runs) for name, question in FURTHER.items()}
    parts = {name: own | _findings(name, own) for name, own in parts.items()}
    verdict: list[Finding | str] = []
    for number, own in enumerate(parts.values(), 1):
        heading = found("frame.numbered", number=number, question=own["question"])
        verdict += [heading, *own["plain"], *own["verdict"], ""]
    asked = _asked(scenario)
    # Whether the number is right is what everybody asks first.
    first = ("threshold", *(name for name in parts if name != "threshold"))
    return {
        **asked,
        "days": [scenario.calendar[d].date.isoformat() for d in scenario.counted_days()],
        "replications": len(results[BASE]),
        "stations": _places(scenario),
        "verdict": [
            *verdict,
            found("frame.brackets", replications=len(results[BASE]), holiday=asked["holiday"]),
        ],
        "lead": [found("frame.paragraph", sentences=parts[name]["plain"]) for name in first],
        **parts,
    }  # fmt: skip


def _findings(name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """What was found in a part, from its numbers as a file has them."""
    part, numbers = FINDINGS[name], unpacked(packed(own))
    return {"plain": part.plain(numbers), "verdict": part.verdict(numbers)}


def _places(scenario: Ruled) -> list[dict[str, Any]]:
    """The stations by name, in the order of their table, which is that of the roads."""
    return [
        {
            "station": row["station"], "road": Given(row["road"]), "evses": int(row["evses"]),
            "name": found(f"station.full.{row['side']}", name=Name(row["name_en"], row["name_zh"])),
        }
        for row in scenario.station_table().to_dict("records")
    ]  # fmt: skip


def headline(answer: Mapping[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    rule = threshold.of_measure(answer["threshold"])
    at, best = rule["at_threshold"], rule["best"]
    return {
        "flagged": len(flags.of_measure(answer["flags"])[BASE]["flagged"]),
        "failing": len(answer["threshold"]["fails"]["failing"]),
        "found": at["hit"], "missed": at["missed"], "needless": at["needless"],
        "roc_area": rule["area"].mean if rule["area"] else "",
        "best_threshold": best[0]["threshold"].mean if best else "",
    }  # fmt: skip


# ---- the page --------------------------------------------------------------------------------


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    title = say("frame.title", threshold=answer["rule"]["threshold"], holiday=answer["holiday"])
    if "flags" not in answer:
        return Page(title, [])
    own = [section for part in PAGES.values() for section in part.sections(say, answer)]
    return Page(title, [*own, _stations(say, answer)], cards=_cards(say, answer))


def _cards(say: Words, answer: Mapping[str, Any]) -> list[Card]:
    own, of = headline(answer), say("frame.of", n=len(answer["stations"]))
    best = threshold.of_measure(answer["threshold"])["best"]
    return [
        *(Card(say(f"frame.cards.{key}"), own[key], of=of) for key in ("flagged", "failing")),
        *(Card(say(f"frame.cards.{key}"), own[key]) for key in ("missed", "needless")),
        Card(say("frame.cards.best"), best and best[0]["threshold"], "%", 0),
    ]


def _stations(say: Words, answer: Mapping[str, Any]) -> Section:
    """The numbers behind the matrices."""
    own, judged = answer["flags"], answer["threshold"]
    named = [(m.said, flags.of_measure(own, m)[BASE]) for m in flags_page.BY_STATION]
    named += [(own["holidays"][name], other) for name, other in flags.of_measure(own).items()][1:]
    rows = [
        {
            **row, "truth": judged["fails"]["stations"][row["station"]],
            "size": judged["staffing"]["stations"][row["station"]][told(own).window],
            "flags": [flagged["p"][s] for _, flagged in named],
        }
        for s, row in enumerate(answer["stations"])
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["truth"]["p"], -row["size"]["utilization"]))
    columns: dict[str, Form] = {
        "station": "name", "evses": "evses", "fails": ("truth.p", "%", 0),
        "wait": ("truth.wait_p90_min", "min", 0), "lost": ("truth.lost_share", "%", 1),
        "time": ("size.utilization", "%", 1), "critical": ("size.critical", "%", 1),
    }  # fmt: skip
    first = table(say, "frame.heads", columns, rows, say("frame.stations.caption"))
    every = replace(
        first,
        columns=[*first.columns, *(Column(say(head), "%", 0) for head, _ in named)],
        rows=[[*cells, *row["flags"]] for cells, row in zip(first.rows, rows, strict=True)],
    )
    about = say("frame.stations.about", **rule_of(own))
    return Section(say("frame.stations.heading"), [about, every], "stations")


def overruled(given: overrides.Given, config: Mapping[str, Any]) -> str:
    if config["rule_study"]["quick"] and given.key in COUNTED:
        return "with rule_study.quick=true: keep one of them"
    return reference_grows(given, config)


QUESTION = Question(
    answer,
    reads=(*ROADS, *REFERENCE, "policy", "engine", "rule_study"),
    section="rule_study",
    config=RuleStudySection,
    load=load,
    prepare=prepare,
    study=replications,
    page=page,
    works="sim.roads.case",
    free=frozenset({"rule_study.quick"}),
    overruled=overruled,
)
