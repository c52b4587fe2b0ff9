"""The 40 % rule put to the test, in seven parts, each a question of its own.

All of them ask the same study, which never runs a replication twice.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.config import Checked
from experiments.forty_percent_rule import worlds
from experiments.forty_percent_rule.case import Ruled, load
from experiments.forty_percent_rule.designs import BASE, Runs
from experiments.forty_percent_rule.flags.answer import flags_of
from experiments.forty_percent_rule.measure import (
    BY_STATION,
    described,
    of_measure,
    of_rule,
    rule_of,
    told,
)
from experiments.forty_percent_rule.parts import PARTS, answers, kept
from experiments.forty_percent_rule.sensitivity import inputs
from experiments.forty_percent_rule.settings import RuleStudySection
from experiments.forty_percent_rule.upgrade.page import stations
from experiments.forty_percent_rule.years import answer as years
from experiments.question import COUNTED, REFERENCE, ROADS, Answer, Asked, Question, reference_grows
from sim.config import overrides
from sim.report import kpis, nobody
from sim.report.blocks import Card, Page, Section
from sim.report.finding import Finding, Given, found, station
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.roads import case as roads
from sim.roads.outline import outline
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.schema import EngineSection

QUICK = 5  # replications
KPIS = "doing.kpis"


def prepare(checked: Checked, progress: Progress) -> Ruled:
    """What may be wrong with tables that this study alone reads."""
    scenario: Ruled = checked.case
    Rule.of(scenario)
    years.check(scenario)
    inputs.ranges(scenario)
    return scenario


def replications(checked: Checked, output: Output, progress: Progress) -> Runs:
    """Replications without tables of every visit."""
    return Runs(engine_of(checked.config.engine, checked.own), output.shared, progress)


def engine_of(engine: EngineSection, own: RuleStudySection) -> EngineSection:
    if not own.quick:
        return engine
    return engine.model_copy(update={"replications": QUICK, "half_width": None})


def answer(asked: Asked) -> Answer:
    """Simulate, and answer all questions; where a posterior is given, again over its worlds."""
    if asked.case.posterior is None:
        plain = _answer(asked.case, asked.study)
        return _overseen(asked, plain) if "flags" in plain.numbers else plain
    known: Ruled = asked.case.expected()
    with interval.over_points(False):
        luck = _answer(known, asked.study)
    if "flags" not in luck.numbers:
        return luck
    runs = asked.study.of(QUICK if known.own.quick else known.own.worlds)
    own = worlds.answer(asked.case, runs, luck.numbers)
    said, again = worlds.said(own, luck.numbers), worlds.summary(own)
    verdict = [*again, "", *_verdict(luck.numbers, said), worlds.unasked(), worlds.brackets(own)]
    first, *others = _lead(said)  # it keeps what holds in the worlds
    lead = [first, *again, *others, worlds.unasked()]
    numbers = {**luck.numbers, "survival": own, "verdict": verdict, "lead": lead}
    return _overseen(asked, replace(luck, verdict=verdict, numbers=numbers), runs)


def _overseen(asked: Asked, own: Answer, worlds: Runs | None = None) -> Answer:
    """With the key figures of the stations in the holiday, for which its replications are run once
    more; in the worlds too, if there are any."""
    base = {BASE: asked.case.expected() if worlds else asked.case}
    with interval.over_points(False):
        seen = asked.study.run(base, own.numbers["replications"], KPIS, roads.courses)
    each = seen[BASE]
    if worlds:
        again = worlds.run({BASE: asked.case}, worlds.engine.replications, KPIS, roads.courses)
        each = again[BASE]
    kpis.keep(asked.output, seen)
    numbers = {**own.numbers, "kpis": kpis.numbers(each, seen[BASE], asked.kpis)}
    return replace(own, numbers=numbers, made=_made(worlds or asked.study))


def _answer(scenario: Ruled, runs: Runs) -> Answer:
    rule, results = Rule.of(scenario), runs.holidays(scenario)
    nothing = nobody.finding(scenario.config.demand.name, results[BASE])
    if nothing:  # stations that nobody uses pass and fail no rule
        numbers = _asked(scenario) | {"verdict": [nothing], "lead": [nothing]}
        return Answer([nothing], numbers, made=_made(runs))
    numbers = answer_of(scenario, runs)
    samples = {
        "flagged": (of_rule(rule).values(results, BASE) > rule.threshold).sum(axis=0).tolist(),
        "failing": Service.of(results, BASE, scenario.own).fails_each().sum(axis=0).tolist(),
    }
    return Answer(numbers["verdict"], numbers, headline(kept(numbers)), samples, _made(runs))


def _made(runs: Runs) -> dict[str, Any]:
    return {"replications": runs.counts, "cpu_s": runs.cpu_s}


def _asked(scenario: Ruled) -> dict[str, Any]:
    return {
        "holiday": Given(scenario.config.demand.name),
        "rule": described(Rule.of(scenario)),
    }


def answer_of(scenario: Ruled, runs: Runs) -> dict[str, Any]:
    """The answers of all parts, by name; `verdict` says them in sentences, `lead` is what a reader
    must see: the plain answer to each question."""
    parts = answers(scenario, runs)
    asked, replications = _asked(scenario), len(runs.holidays(scenario)[BASE])
    brackets = found("frame.brackets", replications=replications, holiday=asked["holiday"])
    return {
        **asked,
        "days": [scenario.calendar[d].date.isoformat() for d in scenario.counted_days()],
        "replications": replications,
        "stations": _places(scenario),
        **outline(scenario.network),
        "verdict": [*_verdict(parts, parts), brackets],
        "lead": _lead(parts),
        **parts,
    }


def _verdict(
    parts: Mapping[str, Any], said: Mapping[str, Mapping[str, Any]]
) -> list[Finding | str]:
    """What is said of each of the parts, below its question."""
    verdict: list[Finding | str] = []
    for number, (name, own) in enumerate(said.items(), 1):
        heading = found("frame.numbered", number=number, question=parts[name]["question"])
        verdict += [heading, *own["plain"], *own["verdict"], ""]
    return verdict


def _lead(said: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Whether the number is right is what everybody asks first."""
    first = sorted(said, key=lambda name: name != "threshold")
    return [found("frame.paragraph", sentences=said[name]["plain"]) for name in first]


PLACE = ("station", "site", "side", "name_en", "name_zh", "order", "lon", "lat", "evidence")


def _places(scenario: Ruled) -> list[dict[str, Any]]:
    """The stations by name, in the order of their table, which is that of the roads."""
    rows: Any = scenario.station_table().to_dict("records")
    return [
        {
            **{key: row[key] for key in PLACE}, "road": Given(row["road"]),
            "evses": int(row["evses"]), "name": station(row, full=True),
        }
        for row in rows
    ]  # fmt: skip


COMPARED = (
    "flagged", "failing", "found", "missed", "needless", "roc_area", "best_threshold",
)  # fmt: skip


def headline(answer: Mapping[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    rule = of_measure(answer["threshold"])
    at, best = rule["at_threshold"], rule["best"]
    return {
        "flagged": len(flags_of(answer["flags"])[BASE]["flagged"]),
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
    own = [section for part in PARTS.values() for section in part.page.sections(say, answer)]
    cards, sure = _cards(say, answer), say("first.sure")
    if "survival" in answer:
        own, cards = [worlds.section(say, answer), *own], worlds.cards(say, answer, cards)
        sure = worlds.sure(say, answer)
    named = [
        replace(section, short=say(f"frame.short.{section.key}"))
        for section in (*own, _stations(say, answer))
    ]
    names = {row["station"]: row["name"] for row in answer["stations"]}
    named[-1:-1] = kpis.sections(say, answer.get("kpis"), names)
    return Page(title, named, cards=cards, sure=sure, assumed=say("first.assumed"),
                stations=stations(say, answer))  # fmt: skip


def _cards(say: Words, answer: Mapping[str, Any]) -> list[Card]:
    own, of = headline(answer), say("frame.of", n=len(answer["stations"]))
    best = of_measure(answer["threshold"])["best"]
    return [
        *(Card(say(f"frame.cards.{key}"), own[key], of=of) for key in ("flagged", "failing")),
        *(Card(say(f"frame.cards.{key}"), own[key]) for key in ("missed", "needless")),
        Card(say("frame.cards.best"), best and best[0]["threshold"], "%", 0),
    ]


def _stations(say: Words, answer: Mapping[str, Any]) -> Section:
    """The numbers behind the matrices."""
    own, judged = answer["flags"], answer["threshold"]
    named = [(m.said, flags_of(own, m)[BASE]) for m in BY_STATION]
    named += [(own["holidays"][name], other) for name, other in flags_of(own).items()][1:]
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
    more = [(say(head), (f"flags.{n}", "%", 0)) for n, (head, _) in enumerate(named)]
    every = table(say, "frame.heads", columns, rows, say("frame.stations.caption"), more)
    about = say("frame.stations.about", **rule_of(own))
    return Section(say("frame.stations.heading"), [about, every], "stations")


def overruled(given: overrides.Given, config: Mapping[str, Any]) -> str:
    if config["rule_study"]["quick"] and given.key in COUNTED:
        return "with rule_study.quick=true: keep one of them"
    if given.key == "rule_study.worlds":
        if config["engine"]["uncertainty"] != "posterior":
            return "without engine.uncertainty=posterior"
        if config["rule_study"]["quick"]:
            return "with rule_study.quick=true: keep one of them"
    return reference_grows(given, config)


QUESTION = Question(
    answer,
    reads=(*ROADS, *REFERENCE, "policy", "engine", "rule_study", "kpis.weights"),
    section="rule_study",
    config=RuleStudySection,
    load=load,
    prepare=prepare,
    study=replications,
    page=page,
    files=(kpis.TABLE,),
    works="sim.roads.case",
    free=frozenset({"rule_study.quick"}),
    overruled=overruled,
    figures=lambda checked: COMPARED,
)
