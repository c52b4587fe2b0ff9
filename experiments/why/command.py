"""`peakcharge why VISIT`: a replication of a study is run again, and one driver looked at."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import experiments
from experiments import config as asked
from experiments.reproduce import config
from experiments.why.told import Told, lines
from sim.archive import studies
from sim.archive.studies import ROOT, Study
from sim.config.command import Parser
from sim.config.problems import InputError, did_you_mean
from sim.report import language
from sim.report.language import LANGUAGES, Words
from sim.report.page import Page, Section, write
from sim.roads.scenario import Scenario
from sim.roads.story import tell
from sim.study.output import REPLICATIONS

HERE = Path(__file__).parent
EXPERIMENT = "holiday_highway"  # the question that keeps every visit of roads
DESIGNS: Mapping[str, Callable[[Scenario], Scenario]] = {
    "holiday": lambda scenario: scenario.expected(),
    "reference": lambda scenario: scenario.expected().reference(),
    "worlds_holiday": lambda scenario: scenario,
    "worlds_reference": lambda scenario: scenario.reference(),
}


def main(argv: Sequence[str]) -> int:
    """Tell the story of the driver of a visit.

    Raises `InputError` where there is no such study or visit; nothing is written then.
    """
    args = _parser().parse_args(argv)
    study = studies.named(args.study, args.root)
    if args.page:
        _refuse(args.page)
    visit, ev = _number(args.driver)
    scenario = DESIGNS[_design(study, args.design)](_scenario(study, args.config_dir))
    if args.replication < 0:
        raise InputError(f"--replication is {args.replication}, but must be at least 0")
    story = tell(scenario, args.replication, ev, visit)
    if visit is not None:
        _same(study, args, visit, story.ev)
    about = {
        "study": study.name, "design": args.design, "replication": args.replication,
    }  # fmt: skip
    first = args.lang or language.of_terminal(os.environ)
    say = Words(first, HERE)
    print(say("title", ev=story.ev), say("about", **about), "", sep="\n")
    print("\n".join(lines(Told(say, scenario, story))))
    if args.page:
        words = {own: Words(own, HERE) for own in LANGUAGES}
        build: Callable[[Words], Page] = lambda own: page(Told(own, scenario, story), about)  # noqa: E731
        print(write(args.page, build, words, language=first))
    return 0


def _parser() -> Parser:
    parser = Parser("peakcharge why", "What one driver saw, decided and got, and why.")
    add = parser.add_argument
    add("driver", metavar="VISIT", help="its number in sessions.parquet, or ev=NUMBER")
    add("--study", default=EXPERIMENT, metavar="STUDY", help=f"default: {EXPERIMENT}")
    add("--design", default="holiday", metavar="NAME", help="default: holiday; or reference")
    add("--replication", type=int, default=0, metavar="N", help="default: 0")
    add("--in", dest="root", type=Path, default=ROOT, metavar="DIR", help=f"default: {ROOT}")
    add("--config-dir", type=Path, metavar="DIR", help="choices of one's own that it was run with")
    add("--page", type=Path, metavar="FILE.html", help="write it as a page, too")
    add("--lang", choices=LANGUAGES, help="default: that of the terminal")
    return parser


def _refuse(path: Path) -> None:
    if os.path.lexists(path):
        raise InputError(f"--page: `{path}` is there already: name another file")
    if not path.parent.is_dir():
        raise InputError(f"--page: there is no folder `{path.parent}`")


def _number(text: str) -> tuple[int | None, int | None]:
    """Of a visit, or of an EV."""
    name, equals, number = text.rpartition("=")
    if not number.isdecimal() or (equals and name != "ev"):
        raise InputError(f"`{text}` is no visit: write its number, or ev=NUMBER")
    return (None, int(number)) if equals else (int(number), None)


def _design(study: Study, name: str) -> str:
    if study.experiment != EXPERIMENT:
        raise InputError(
            f"`{study.name}` is of experiment={study.experiment}: of drivers tell those of "
            f"experiment={EXPERIMENT}"
        )
    if name not in DESIGNS:
        raise InputError(f"unknown design `{name}`{did_you_mean(name, DESIGNS)}")
    return name


def _scenario(study: Study, folder: Path | None) -> Scenario:
    question = experiments.named(study.experiment)
    found: Scenario = asked.check(question, config(study, study.path, folder=folder)).case
    return found


def _same(study: Study, args: Any, visit: int, ev: int) -> None:
    """The visit that is kept of that number is of the same EV, or another program made it."""
    folder = study.path / REPLICATIONS / args.design / f"r{args.replication:03d}"
    kept = folder / "sessions.parquet"
    if kept.is_file():
        table = pd.read_parquet(kept, columns=["ev"])
        if visit >= len(table) or int(table["ev"].iloc[visit]) != ev:
            raise InputError(
                f"visit {visit} of `{study.name}` was of another EV: another version of the "
                "program, or other tables, made it; run the study again"
            )


def page(told: Told, about: Mapping[str, Any]) -> Page:
    """The same as a small page."""
    say, story = told.say, told.story
    decided = [told.options(own) for own in story.moments if own.options]
    changed = [told.changes(own) for own in story.moments if own.changes]
    steps = [f"{told.when(own.time_h)}: {told.moment(own)}" for own in story.moments]
    sections = [Section(say("steps"), [say("about", **about), *steps, told.trust()], "steps")]
    if decided:
        sections.append(Section(say("thought"), decided, "thought"))
    sections.append(Section(say("power"), changed or [say("no_changes")], "power"))
    return Page(say("title", ev=story.ev), sections)
