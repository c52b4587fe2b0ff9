"""A question, what it may use to answer, and the one way in which all of them are run."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from experiments.config import Checked, Whole
from sim.config.folder import configs_dir
from sim.config.overrides import Given
from sim.config.section import Section
from sim.metrics.schema import KpisSection
from sim.report import csv, language, pdf
from sim.report.finding import Finding, packed, unpacked
from sim.report.language import Words
from sim.report.markdown import markdown
from sim.report.page import Page, write
from sim.report.schema import ReportSection
from sim.stats import interval
from sim.study import cluster, compiled, store
from sim.study.output import Output
from sim.study.progress import Progress
from sim.study.results import Results, costs
from sim.study.schema import WHERE, EngineSection
from sim.study.study import Study

ANSWER, PAGE = "answer.json", "report.html"

# Places of a config that several questions read: see `sim.config.reads`.
COUNTED = ("engine.replications", "engine.half_width", "engine.most_replications")
UNCERTAIN = ("engine.uncertainty", "engine.posterior")
UNCOUNTED = ("engine", *(f"-{key}" for key in (*COUNTED, *UNCERTAIN)))
NOWHERE = tuple(f"-{key}" for key in WHERE)
KPIS = ("kpis", "-kpis.standard_session")  # of studies in which no station has a tariff
SITE_RULE = ("policy", "-policy.upgrade_rule")
ROADS = ("network", "demand", "fleet", "station")
REFERENCE = ("reference", "-reference.scale")  # it grows with `demand.scale`


@dataclass(frozen=True)
class Asked:
    """All that a question may use."""

    case: Any  # what is simulated: a `Scenario`, a `Corridor`, ...
    config: Any  # its own settings
    engine: EngineSection
    report: ReportSection
    kpis: KpisSection
    study: Any  # runs, keeps, resumes: what `Question.study` made
    output: Output  # where further files go
    progress: Progress


@dataclass(frozen=True)
class Answer:
    """What was found.

    Parameters
    ----------
    verdict : what the terminal says and the page begins with; the first is the headline.
    numbers : estimates, findings, plain JSON: what `answer.json` holds; `lead`, if there is one,
        is what the page begins with instead of a long verdict.
    headline : the few numbers that a sweep compares.
    samples : figures by replication, for paired differences between designs of a sweep.
    made : what the manifest says beside what it always does.
    results : what a sweep compares station by station, if it is there.
    """

    verdict: Sequence[Finding | str]
    numbers: Mapping[str, Any]
    headline: Mapping[str, float | str] = field(default_factory=dict)
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    results: Results | None = None

    @classmethod
    def of(
        cls, verdict: Sequence[Finding | str], numbers: Mapping[str, Any], results: Results,
        keys: Iterable[str], whole: Results | None = None,
    ) -> Self:  # fmt: skip
        """Of designs that were compared: a sweep sees these figures of each of them; `whole`: those
        of everything together, where `results` are of a part."""
        values = {column(key, name): results.values(key, name) for key in keys for name in results}
        made = {
            "replications": len(results[""]),
            "cpu_s": costs(r for _, own in results.items() for r in own),
        }
        return cls(
            verdict, numbers, {key: float(own.mean()) for key, own in values.items()},
            {key: own.tolist() for key, own in values.items()}, made, whole or results,
        )  # fmt: skip


def column(key: str, design: Any) -> str:
    """What a figure of one of several designs is called in the table of a sweep."""
    return "_".join(filter(None, (key, str(design))))


@dataclass(frozen=True)
class Result:
    """An answer in words and in the few numbers that a sweep compares, and the files written.

    `lead`: what comes first where the verdict is long; empty: the verdict itself.
    """

    verdict: list[str]
    lead: list[str]
    language: str
    headline: Mapping[str, float | str]
    paths: list[Path]
    samples: Mapping[str, Sequence[float]]
    results: Results | None = None


Load = Callable[[Mapping[str, Any], list[str]], Any]


def _nothing(right: Mapping[str, Any], problems: list[str]) -> None:
    """What is simulated is not in the config."""


def _as_it_is(checked: Checked, progress: Progress) -> Any:
    return checked.case


def _never(given: Given, config: Mapping[str, Any]) -> str:
    return ""


def reference_grows(given: Given, config: Mapping[str, Any]) -> str:
    """Of questions that compare with an ordinary week."""
    if given.key != "reference.scale":
        return ""
    return "since the week of reference grows with `demand.scale`: set that"


def _once_answered(checked: Checked) -> Iterable[str]:
    """Figures whose names depend on what is read or measured."""
    return ()


def no_study(checked: Checked, output: Output, progress: Progress) -> Any:
    return nullcontext()


def with_tables(checked: Checked, output: Output, progress: Progress) -> Any:
    """Replications that are kept with the tables of every visit and bin."""
    return Study(checked.config.engine, output.replications(), progress, named=True)


def in_folder(checked: Checked, output: Output, progress: Progress) -> Any:
    """Replications that are kept with their figures alone, those of all designs together."""
    return Study(checked.config.engine, output.shared, progress)


@dataclass(frozen=True)
class Question:
    """A question: what it reads, what it simulates, how it answers, how it is shown.

    Parameters
    ----------
    answer : answers it; what may be wrong with an input is told in an `InputError`.
    reads : places of the config that have an effect on it (`sim.config.reads`).
    page : the page in the language of the words, from what `answer.json` holds alone.
    section, config : the key of its own settings in the config, and their schema.
    load : the case that the sections describe which are right in themselves, by key; adds a
        sentence to the problems for all else that is wrong.
    prepare : the case, once what it names has been read; nothing is written yet.
    study : what asks for replications and keeps them, to be closed after the answer.
    text : the file of the same page in English as Markdown, if it is written too.
    files : all that it may write beside `answer.json` and the page.
    free : places of its settings that may change without another design.
    works : the module that runs its case, whose sources kept replications depend on.
    overruled : why another value makes one idle that somebody gave; empty: none does.
    stations : places in its settings that say what differs at single stations.
    tables : its settings that name tables which its case does not read.
    figures : names of the numbers that a sweep compares; empty: they are known once a design is
        answered.
    compiled : whether the kernels are to be compiled before it begins.
    repeats : whether the same config finds the same: no measurement of time does.
    """

    answer: Callable[[Asked], Answer]
    reads: tuple[str, ...]
    page: Callable[[Words, Mapping[str, Any]], Page]
    section: str | None = None
    config: type[Section] | None = None
    load: Load = _nothing
    prepare: Callable[[Checked, Progress], Any] = _as_it_is
    study: Callable[[Checked, Output, Progress], AbstractContextManager[Any]] = no_study
    text: str = ""
    files: tuple[str, ...] = ()
    free: frozenset[str] = frozenset()
    works: str = ""
    overruled: Callable[[Given, Mapping[str, Any]], str] = _never
    stations: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    figures: Callable[[Checked], Iterable[str]] = _once_answered
    compiled: bool = True
    repeats: bool = True


def run(question: Question, checked: Checked, out: Path, progress: Progress) -> Result:
    """Answer a question into a folder: its files, `answer.json`, its page, the tables of that as
    CSV, the manifest.

    With `report.only` the page alone is made again.  Raises `InputError` where an input or the
    folder cannot be used; nothing is written then.
    """
    config = checked.config
    if config.report.pdf:
        pdf.browser()
    if config.report.only:
        return _again(question, checked, out, progress)
    case = question.prepare(checked, progress)
    with (
        cluster.staying(config.engine.where, progress.status),
        _output(question, checked, case, out, progress) as output,
    ):
        if question.compiled:
            compiled.warm_up(progress.status)
        points = config.engine.uncertainty == "posterior"
        with question.study(checked, output, progress) as runs, interval.over_points(points):
            answer = question.answer(
                Asked(
                    case,
                    checked.own,
                    config.engine,
                    config.report,
                    config.kpis,
                    runs,
                    output,
                    progress,
                )
            )
        store.write_json(output / ANSWER, document(config.experiment, answer))
        manifest = output.manifest(**answer.made)
        progress.status("doing.drawing")
        found = _read(output / ANSWER)
        _draw(question, config, output, found, manifest)
        say = words(config.experiment, "en")
        page = question.page(say, found)
        if question.text:
            store.write_text(output / question.text, markdown(say, page, found["verdict"]))
        for name, text in csv.tables(say, page).items():
            (output / f"tables/{name}").parent.mkdir(exist_ok=True)
            store.write_text(output / f"tables/{name}", text)
        paths = output.publish(manifest)
    kept = [] if runs is None else [output.shared]
    verdict, lead = _said(config, found)
    tongue = _language(config)
    files = [*paths, *kept]
    return Result(verdict, lead, tongue, answer.headline, files, answer.samples, answer.results)


def _output(
    question: Question, checked: Checked, case: Any, out: Path, progress: Progress
) -> Output:
    """The folder of the answer, which knows all tables that it depends on."""
    inputs = {} if case is None else dict(case.input_hashes())
    for place in question.tables:
        name = checked.plain[question.section or ""][place]
        inputs[name] = store.file_digest(configs_dir() / name)
    names = (ANSWER, PAGE, pdf.NAME, *question.files)
    return Output(out, checked.plain, names, progress, inputs, question.free, question.works)


def _draw(
    question: Question, config: Whole, output: Output,
    answer: Mapping[str, Any], manifest: Mapping[str, Any],
) -> list[str]:  # fmt: skip
    """The page in all languages, from the answer as it is kept, and on paper if that is asked for;
    returns the files."""
    says = {tongue: words(config.experiment, tongue) for tongue in language.LANGUAGES}
    lead = answer.get("lead", answer["verdict"])
    page = output / PAGE
    write(page, lambda say: question.page(say, answer), says, lead, manifest, _language(config))
    if not config.report.pdf:
        return [PAGE]
    output.progress.status("doing.printing")
    try:
        pdf.write(page, output / pdf.NAME)
    except pdf.NotPrinted as why:
        output.progress.warn("warning.unprinted", file=pdf.NAME, why=str(why))
        return [PAGE]
    return [PAGE, pdf.NAME]


def words(name: str, tongue: str, *others: Path) -> Words:
    """What a question says in a language, and what the tables of other folders do."""
    return Words(tongue, Path(__file__).parent / name, *others)


def document(name: str, answer: Answer) -> dict[str, Any]:
    """What `answer.json` holds."""
    found: dict[str, Any] = packed(answer.numbers) | {"verdict": packed(answer.verdict)}
    if any(isinstance(own, Finding) for own in answer.verdict):
        found["said"] = {
            tongue: spoken(name, answer.verdict, tongue) for tongue in language.LANGUAGES
        }
    return found


def spoken(name: str, verdict: Sequence[Finding | str], tongue: str) -> list[str]:
    """The sentences of a verdict in a language; those that have only one are as they are."""
    say = words(name, tongue)
    return [own if isinstance(own, str) else say(own) for own in verdict]


def _said(config: Whole, answer: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The verdict of an answer as it is kept, and what leads it."""
    own = (answer["verdict"], answer.get("lead", ()))
    verdict, lead = (spoken(config.experiment, said, _language(config)) for said in own)
    return verdict, lead


def _language(config: Whole) -> str:
    return config.report.lang or language.of_terminal(os.environ)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = unpacked(json.loads(path.read_text("utf-8")))
    return found


def _again(question: Question, checked: Checked, out: Path, progress: Progress) -> Result:
    """The page from the answer that is there."""
    config = checked.config
    output = _output(question, checked, checked.case, out, progress)
    with output.again(ANSWER) as manifest:
        answer = _read(out / ANSWER)
        facts = {key: own for key, own in manifest.items() if key != "files"}
        paths = output.renew(_draw(question, config, output, answer, facts), manifest)
    verdict, lead = _said(config, answer)
    return Result(verdict, lead, _language(config), {}, paths, {})
