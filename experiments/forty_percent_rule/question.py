"""The 40 % rule put to the test, in six questions.

Each question is a module with its answer, from replications that it asks for, and its part of the
page.  All of them ask the same study, which never runs a replication twice.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments import nobody
from experiments.config import Checked
from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule import flags as rule_flags
from experiments.forty_percent_rule import inputs as rule_inputs
from experiments.forty_percent_rule import money as rule_money
from experiments.forty_percent_rule import money_page as rule_money_page
from experiments.forty_percent_rule import sensitivity as rule_sensitivity
from experiments.forty_percent_rule import sensitivity_page as rule_sensitivity_page
from experiments.forty_percent_rule import threshold as rule_threshold
from experiments.forty_percent_rule import threshold_page as rule_threshold_page
from experiments.forty_percent_rule import upgrade as rule_upgrade
from experiments.forty_percent_rule import upgrade_page as rule_upgrade_page
from experiments.forty_percent_rule import years as rule_years
from experiments.forty_percent_rule import years_page as rule_years_page
from experiments.forty_percent_rule.case import Ruled, load
from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.measure import (
    WINDOW_WORDS,
    WINDOWS,
    Measure,
    Service,
    of_rule,
    told,
)
from experiments.forty_percent_rule.settings import RuleStudySection
from experiments.question import COUNTED, REFERENCE, ROADS, Answer, Asked, Question, reference_grows
from sim import metrics
from sim.config.overrides import Given
from sim.report.simple import Section, Table, page
from sim.report.words import full_name, span
from sim.roads.upgrade import Rule
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.results import Results
from sim.study.schema import EngineSection
from sim.study.study import Study

FIRST = {"flags": rule_flags, "threshold": rule_threshold}  # of what stands there today
FURTHER = {
    "upgrade": (rule_upgrade, rule_upgrade_page),
    "money": (rule_money, rule_money_page),
    "years": (rule_years, rule_years_page),
    "sensitivity": (rule_sensitivity, rule_sensitivity_page),
}
QUICK = 5  # replications


def prepare(checked: Checked, progress: Progress) -> Ruled:
    """What may be wrong with tables that this study alone reads."""
    scenario: Ruled = checked.case
    Rule.of(scenario)
    rule_years.check(scenario)
    rule_inputs.ranges(scenario)
    return scenario


def replications(checked: Checked, output: Output, progress: Progress) -> Study:
    """Replications without tables of every visit."""
    engine = engine_of(checked.config.engine, checked.own)
    return Study(engine, output.shared, progress)


def engine_of(engine: EngineSection, own: RuleStudySection) -> EngineSection:
    if not own.quick:
        return engine
    return engine.model_copy(update={"replications": QUICK, "half_width": None})


def answer(asked: Asked) -> Answer:
    """Simulate, and answer all questions."""
    scenario: Ruled = asked.case
    rule, runs = Rule.of(scenario), asked.study
    results = runs.enough(rule_designs.of(scenario), metrics.AIM)
    nothing = nobody.said(scenario.config.demand.name, results[BASE])
    found = about_nothing(scenario, nothing) if nothing else answer_of(scenario, results, runs)

    def draw(path: Path, manifest: Mapping[str, Any]) -> None:
        facts = {k: v for k, v in manifest.items() if k != "config"}
        title = f"The {100 * rule.threshold:g} % rule, {found['holiday']}"
        lines = found["verdict"] if nothing else lead(found)
        page(title, lines, [] if nothing else sections(scenario, found), path, facts)

    made = {"replications": runs.counts, "cpu_s": runs.cpu_s}
    if nothing:
        return Answer(found["verdict"], found, made=made, draw=draw)
    samples = {
        "flagged": (of_rule(rule).values(results, BASE) > rule.threshold).sum(axis=0).tolist(),
        "failing": Service.of(results, BASE, scenario.own).fails_each().sum(axis=0).tolist(),
    }
    return Answer(found["verdict"], found, headline(found), samples, made, draw)


def about_nothing(scenario: Ruled, sentence: str) -> dict[str, Any]:
    """The answer where nobody charged: stations that nobody uses pass and fail no rule."""
    return {"holiday": scenario.config.demand.name, "verdict": [sentence]}


def answer_of(scenario: Ruled, results: Results, runs: Study) -> dict[str, Any]:
    """The answers to all questions, by name; `verdict` says them in sentences."""
    found = {name: question.answer(scenario, results) for name, question in FIRST.items()}
    found |= {name: question.answer(scenario, runs) for name, (question, _) in FURTHER.items()}
    verdict: list[str] = []
    for number, own in enumerate(found.values(), 1):
        verdict += [f"{number}. {own['question']}", *own["plain"], *own["verdict"], ""]
    return {
        "holiday": scenario.config.demand.name,
        "days": [scenario.calendar[d].date.isoformat() for d in scenario.counted_days()],
        "replications": len(results[BASE]),
        "verdict": [
            *verdict,
            "In brackets: 95 % intervals over replications "
            f"({len(results[BASE])} of {scenario.config.demand.name}, where nothing else is said); "
            "of shares of stations, Wilson's.",
        ],
        **found,
    }  # fmt: skip


def lead(answer: dict[str, Any]) -> list[str]:
    """What a reader must see: the plain answer to each question."""
    plain = {name: " ".join(answer[name]["plain"]) for name in (*FIRST, *FURTHER)}
    # Whether the number is right is what everybody asks first.
    return [plain.pop("threshold"), *plain.values()]


def sections(scenario: Ruled, answer: dict[str, Any]) -> list[Section]:
    fails = [own["p"] for own in answer["threshold"]["fails"]["stations"].values()]
    return [
        rule_flags.section(scenario, answer["flags"], fails),
        *rule_threshold_page.sections(scenario, answer["threshold"]),
        *(
            section
            for name, (_, its_page) in FURTHER.items()
            for section in its_page.sections(scenario, answer[name])
        ),
        _stations(scenario, answer),
    ]


def _stations(scenario: Ruled, answer: dict[str, Any]) -> Section:
    """The numbers behind the matrices."""
    flags, found = answer["flags"], answer["threshold"]
    rule = told(flags)
    measures = [Measure(d, "station", w) for d in metrics.DEFINITIONS for w in WINDOWS]
    p = [rule_flags.of_measure(flags, m)[BASE]["p"] for m in measures]
    holidays = {k: v for k, v in rule_flags.of_measure(flags).items() if k != BASE}
    rows: list[list[Any]] = []
    for s, row in enumerate(scenario.station_table().to_dict("records")):
        name = row["station"]
        truth, size = found["fails"]["stations"][name], found["staffing"]["stations"][name]
        critical = size[rule.window]["critical"]
        rows.append(
            [
                full_name(row), row["evses"], 100 * truth["p"], span(truth["wait_p90_min"], 0),
                span(truth["lost_share"], 1, 100.0), 100 * size[rule.window]["utilization"],
                critical and 100 * critical, *(100 * own[s] for own in p),
                *(100 * own["p"][s] for own in holidays.values()),
            ]
        )  # fmt: skip
    order = sorted(range(len(rows)), key=lambda n: (-rows[n][2], -rows[n][5]))
    head = [
        "Station", "EVSEs", "fails", "P90 wait [min]", "lost %", "time utilization %",
        "waits from %", *(f"{m.definition}, {WINDOW_WORDS[m.window]}" for m in measures),
        *(flags["holidays"][name] for name in holidays),
    ]  # fmt: skip
    return Section(
        "Every station",
        [
            "Fails, and all columns after the seventh, are percent of the replications: flagged by "
            f"definition and window as expected, then by {rule} in the other holidays. Waits from: "
            "the time utilization over the hours of the rule at which the P90 wait passes the "
            "limit as demand grows."
        ],
        [],
        [Table(head, [rows[n] for n in order])],
    )


def headline(answer: dict[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    base = rule_flags.of_measure(answer["flags"])[BASE]
    rule = rule_threshold.of_measure(answer["threshold"])
    at, best = rule["at_threshold"], rule["best"]
    return {
        "flagged": len(base["flagged"]), "failing": len(answer["threshold"]["fails"]["failing"]),
        "found": at["hit"], "missed": at["missed"], "needless": at["needless"],
        "roc_area": rule["area"]["mean"] if rule["area"] else "",
        "best_threshold": best[0]["threshold"]["mean"] if best else "",
    }  # fmt: skip


def overruled(given: Given, config: Mapping[str, Any]) -> str:
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
    works="sim.roads.case",
    free=frozenset({"rule_study.quick"}),
    overruled=overruled,
)
