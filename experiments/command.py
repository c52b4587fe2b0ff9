"""What a command line asks, checked before anything is run; of several designs: `sweep.designs`."""

import os
import sys
import webbrowser
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import experiments
from experiments import config as asked
from experiments.config import Checked, Whole
from experiments.question import PAGE, Result, run, words
from experiments.sweep import sampling
from sim import terminal
from sim.archive import index
from sim.archive.studies import ROOT
from sim.config import choices, compose, inputs, reads
from sim.config.compose import Composed
from sim.config.designs import Design
from sim.config.folder import configs_dir
from sim.config.overrides import NO_PLACES
from sim.config.problems import InputError
from sim.report import language
from sim.report.language import Words
from sim.study.progress import Progress

TERMINAL = Path(terminal.__file__).parent
MOST_SAID = 6  # findings on a terminal


def schema_of(experiment: str) -> type[Whole]:
    """What the config of a question may hold."""
    question = experiments.named(experiment)
    return asked.schema(question.section, question.config)


@dataclass(frozen=True)
class Shown:
    """How an answer is shown once it is there.

    `whole`: all that was found, not only the first findings; `page`: it is opened in a browser.
    """

    whole: bool = False
    page: bool = False

    def check(self) -> None:
        """Raise `InputError` where there is nothing to show it with."""
        if self.page:
            try:
                webbrowser.get()
            except webbrowser.Error:
                raise InputError(
                    "--open: no browser was found here; leave it out, and open the page that is "
                    "named at the end"
                ) from None

    def findings(self, result: Result) -> list[str]:
        """The lines of a verdict."""
        if self.whole:
            return [*result.verdict]
        first = [line for line in result.lead or result.verdict if line][:MOST_SAID]
        left = sum(map(bool, result.verdict)) - len(first)
        return [*first, *([_more(result, left)] if left > 0 else [])]

    def open(self, result: Result) -> None:
        if self.page:
            page = next(path for path in result.paths if path.name == PAGE)
            if not webbrowser.open(page.absolute().as_uri()):
                print(f"the browser did not open `{page}`", file=sys.stderr)


class Command:
    """The words of a command line, the folder with choices of one's own that it names, and how
    answers are shown.

    Raises `InputError` for words that cannot be read.

    Attributes
    ----------
    swept : what the words say, of one design or of many.
    how : answers are shown.
    """

    def __init__(
        self, words: Sequence[str], config_dir: Path | None = None, shown: Shown = Shown()
    ) -> None:
        self._dir, self.how = config_dir, shown
        named = any("overrides" in word for word in words)
        self._places = experiments.stations() if named else NO_PLACES
        try:
            self.swept = compose.swept(words, config_dir, self._places)
        except InputError as error:
            raise InputError([*error.problems, *_meant(words, config_dir)]) from None

    def answer(self) -> None:
        """Answer the question, and show what was found."""
        _, checked = self._only()
        result = answered(checked, self.how)
        list_in(Path(checked.config.out))
        self.how.open(result)

    def shown(self, resolve: bool) -> str:
        """The config as YAML, once it has been checked."""
        return compose.shown(self._only()[0], resolve)

    def _only(self) -> tuple[Composed, Checked]:
        designs = sampling.designs(self.swept, self.config)
        if len(designs) > 1:
            raise InputError(f"these are {len(designs)} designs: add -m to run them all")
        (design,) = designs
        config = self.config(design)
        checked = check(compose.plain(config))
        self.refuse(checked, compose.plain(config), design)
        return config, checked

    def config(self, design: Design) -> Composed:
        """Of a design.  Raises `InputError` where it cannot be."""
        return compose.config(design, self._dir, self._places)

    def refuse(
        self, checked: Checked, config: Mapping[str, Any], design: Design,
        swept: Collection[str] | None = None,
    ) -> None:  # fmt: skip
        """Raise `InputError` for what is asked for in vain, and where an input would be
        overwritten.

        `swept`: of a sweep, keys one of whose values may well be that of today.
        """
        given = compose.given(design)
        tables = inputs.named(config, configs_dir())
        named = [*inputs.named(config, Path()), *(t for t in tables if not _is_built_in(t[1]))]
        if self._dir:
            named += [("--config-dir", file) for file in choices.files(self._dir)]
            for name in compose.chosen(design, "experiment"):
                given += choices.given(name, self._dir)
        if swept is not None:  # about all designs together
            given = [own for own in given if own.path[0] != "sweep"]
        question = experiments.named(config["experiment"])
        problems = [*reads.vain(given, config, question.reads, _reads, question.overruled)]
        problems += [text for key, text in checked.idle().items() if key not in (swept or ())]
        if problems:
            raise InputError(dict.fromkeys(problems))
        inputs.protect(named, writable(config["out"]))


def list_in(out: Path) -> None:
    """In the folder where results usually are, an index tells which there are."""
    if ROOT in out.parents:
        index.write(ROOT)


def _more(result: Result, left: int) -> str:
    return Words(result.language, TERMINAL)("verdict.more", n=left)


def check(config: Mapping[str, Any]) -> Checked:
    """A resolved config, checked with all that its question needs.  Raises `InputError`."""
    return asked.check(experiments.named(config["experiment"]), config)


def spoken(config: Whole) -> Words:
    """What is said on the terminal, in the language of the answer."""
    tongue = config.report.lang or language.of_terminal(os.environ)
    return words(config.experiment, tongue, TERMINAL)


def answered(checked: Checked, shown: Shown, far: str = "") -> Result:
    """Run the experiment that the config names, and print what it found."""
    out = writable(checked.config.out)
    with Progress(spoken(checked.config), whole=far) as progress:
        result = run(experiments.named(checked.config.experiment), checked, out, progress)
    print("\n".join([*shown.findings(result), "", *map(str, result.paths)]), flush=True)
    return result


def _meant(words: Sequence[str], config_dir: Path | None) -> Iterator[str]:
    """Where the question has a setting that is called as a group of choices: which was meant."""
    given = {key: value for key, _, value in (word.partition("=") for word in words)}
    name = given.get("experiment")
    own = experiments.named(name) if name in experiments.QUESTIONS else None
    if own is None or own.config is None:
        return
    for group in given.keys() & own.config.model_fields.keys() & set(choices.groups()):
        if given[group] not in choices.names(group, config_dir):
            key = f"{own.section}.{group}"
            yield f"`{group}={given[group]}`: did you mean `{key}={given[group]}`?"


def _reads() -> dict[str, tuple[str, ...]]:
    return {name: own.reads for name, own in experiments.every().items()}


def _is_built_in(path: Path) -> bool:
    return inputs.lies_in(path, configs_dir())


def writable(out: str) -> Path:
    """The folder for results; it need not exist yet."""
    path = Path(out)
    there = next(p for p in (path, *path.absolute().parents) if os.path.lexists(p))
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(f"`out` is {out!r}, but nothing can be written in `{there}`")
    if _is_built_in(path):
        raise InputError(f"`out` is {out!r}, but that is where the built-in choices are")
    return path
