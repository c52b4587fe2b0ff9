"""What a command line asks: one design or a sweep of them, each checked before anything is run."""

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
from experiments.sweep import page, sampling
from experiments.sweep.answer import answer as of_sweep
from experiments.sweep.answer import check_front, compared
from sim import terminal
from sim.archive import index
from sim.archive.studies import ROOT
from sim.config import choices, compose, inputs, overrides, reads
from sim.config.compose import Composed
from sim.config.designs import Design
from sim.config.folder import configs_dir
from sim.config.overrides import NO_PLACES
from sim.config.problems import InputError
from sim.report import language
from sim.report.language import Words
from sim.stats import interval
from sim.study import cluster, provenance, store, sweep
from sim.study.progress import Progress
from sim.study.schema import SweepSection

PLACES = ("workers", "address", "scheduler_file", "tls")  # of `engine`: where it is run
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
    """

    def __init__(
        self, words: Sequence[str], config_dir: Path | None = None, shown: Shown = Shown()
    ) -> None:
        self._dir, self._shown = config_dir, shown
        named = any("overrides" in word for word in words)
        self._places = experiments.stations() if named else NO_PLACES
        try:
            self._swept = compose.swept(words, config_dir, self._places)
        except InputError as error:
            raise InputError([*error.problems, *_meant(words, config_dir)]) from None

    def answer(self) -> None:
        """Answer the question, and show what was found."""
        _, checked = self._only()
        result = _answer(checked, self._shown)
        _list(Path(checked.config.out))
        self._shown.open(result)

    def shown(self, resolve: bool) -> str:
        """The config as YAML, once it has been checked."""
        return compose.shown(self._only()[0], resolve)

    def _only(self) -> tuple[Composed, Checked]:
        designs = sampling.designs(self._swept, self._config)
        if len(designs) > 1:
            raise InputError(f"these are {len(designs)} designs: add -m to run them all")
        (design,) = designs
        config = self._config(design)
        checked = check(compose.plain(config))
        self._refuse(checked, compose.plain(config), design)
        return config, checked

    def _config(self, design: Design) -> Composed:
        return compose.config(design, self._dir, self._places)

    def _refuse(
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
        inputs.protect(named, _writable(config["out"]))

    # ---- several designs ---------------------------------------------------------------------

    def sweep(self) -> int:
        """Run every design that can be used; when none can, nothing is written.

        Returns the exit code: 1 when one failed.
        """
        settings, swept, configs, good = self._several()
        begun: list[int] = []  # designs, and of them those that are answered
        answered: list[int] = []

        def answer(number: int, folder: Path) -> tuple[Any, ...]:
            failed = len(begun) - len(answered)
            begun.append(number)
            config = configs[number]
            if isinstance(config, InputError):
                raise config
            plain = compose.plain(config) | {"out": str(folder)}
            far = say("progress.design", n=len(begun), of=len(configs))
            far = say("progress.failed", design=far, n=failed) if failed else far
            result = _answer(check(plain), self._shown, far)
            answered.append(number)
            return result.headline, result.samples, result.results

        key = store.digest([str(c) if isinstance(c, InputError) else _named(c) for c in configs])
        worlds = all(compose.plain(c)["engine"]["uncertainty"] == "posterior" for c in good)
        first = check(compose.plain(good[0]))
        config = first.config
        say = _words(config)

        def tell(key: str, **values: Any) -> None:
            print(say(key, **values), file=sys.stderr, flush=True)

        def look(headline: Mapping[str, Any]) -> None:
            if not _figures(first):  # else they were looked at before anything was run
                check_front(settings.front, compared(headline))

        def finish(done: sweep.Done) -> list[Path]:
            found = of_sweep(config.experiment, swept, done, settings)
            facts = provenance.of({"sweep": settings.model_dump(mode="json")})
            facts = {**facts, "command": provenance.command(), "machine": provenance.machine()}
            return page.write(found, done.folder, facts, say.language)

        with (
            cluster.staying(config.engine.where, tell),
            interval.over_points(worlds),  # what designs differ by is of worlds, too, or luck
        ):
            base = (settings.baseline or 1) - 1
            done = sweep.run(
                swept, _writable(good[0].out), answer, key, base, tell,
                look, finish,
            )  # fmt: skip
        _list(Path(good[0].out))
        print("", *done.paths, sep="\n", flush=True)
        for line in done.failed:
            print(line, file=sys.stderr)
        return 1 if done.failed else 0

    def listed(self) -> tuple[list[str], int]:
        """A line for each design, checked, and the exit code: 1 when one cannot be used."""
        _, swept, configs, _ = self._several()
        lines = []
        for n, (own, config) in enumerate(zip(swept, configs, strict=True), 1):
            line = " ".join([f"{n:03}", *(f"{key}={value}" for key, value in own.items())])
            wrong = "; ".join(config.problems) if isinstance(config, InputError) else ""
            lines.append(f"{line}: {wrong}" if wrong else line)
        return lines, int(any(isinstance(config, InputError) for config in configs))

    def _several(
        self,
    ) -> tuple[SweepSection, list[dict[str, str]], list[Composed | InputError], list[Composed]]:
        """What is said of all designs, in what each differs, its config or why it has none, and
        those that can be used."""
        settings = sampling.settings(self._swept, self._config)
        designs = sampling.designs(self._swept, self._config)
        swept = [_differing(design, designs) for design in designs]
        configs = [self._usable(*own) for own in zip(designs, swept, strict=True)]
        good = [config for config in configs if not isinstance(config, InputError)]
        if not good:
            bad = [problem for c in configs if isinstance(c, InputError) for problem in c.problems]
            raise InputError(dict.fromkeys(bad))
        _refuse_same(configs, swept)
        return settings, swept, configs, good

    def _usable(self, design: Design, swept: Collection[str]) -> Composed | InputError:
        """The config of a design, or why it fails; what nobody can have meant ends the whole
        sweep."""
        try:
            config = self._config(design)
            plain = compose.plain(config)
            checked = check(plain)
        except InputError as error:
            return error
        if checked.config.report.only:
            raise InputError("`report.only=true` makes the page of one answer again: leave -m out")
        if figures := _figures(checked):
            check_front(checked.config.sweep.front, figures)
        self._refuse(checked, plain, design, swept)
        return config


def _figures(checked: Checked) -> list[str]:
    """What designs are compared by, as far as that is known before a run."""
    return [*experiments.named(checked.config.experiment).figures(checked)]


def _named(config: Composed) -> dict[str, Any]:
    """What a sweep is told by: the same designs are the same, wherever they are run and whatever
    is looked at in all of them together."""
    found: dict[str, Any] = compose.unresolved(config)
    engine = {key: own for key, own in found["engine"].items() if key not in PLACES}
    return {key: own for key, own in found.items() if key != "sweep"} | {"engine": engine}


def _list(out: Path) -> None:
    """In the folder where results usually are, an index tells which there are."""
    if ROOT in out.parents:
        index.write(ROOT)


def _more(result: Result, left: int) -> str:
    return Words(result.language, TERMINAL)("verdict.more", n=left)


def check(config: Mapping[str, Any]) -> Checked:
    """A resolved config, checked with all that its question needs.  Raises `InputError`."""
    return asked.check(experiments.named(config["experiment"]), config)


def _words(config: Whole) -> Words:
    """What is said on the terminal, in the language of the answer."""
    tongue = config.report.lang or language.of_terminal(os.environ)
    return words(config.experiment, tongue, TERMINAL)


def _answer(checked: Checked, shown: Shown, far: str = "") -> Result:
    """Run the experiment that the config names, and print what it found."""
    out = _writable(checked.config.out)
    with Progress(_words(checked.config), whole=far) as progress:
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


def _writable(out: str) -> Path:
    """The folder for results; it need not exist yet."""
    path = Path(out)
    there = next(p for p in (path, *path.absolute().parents) if os.path.lexists(p))
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(f"`out` is {out!r}, but nothing can be written in `{there}`")
    if _is_built_in(path):
        raise InputError(f"`out` is {out!r}, but that is where the built-in choices are")
    return path


def _refuse_same(
    configs: Sequence[Composed | InputError], swept: Sequence[Mapping[str, str]]
) -> None:
    """Raise `InputError` for designs that differ in nothing (`1,1.0`), or in what no answer knows:
    where it goes, and how it is run."""
    first: dict[str, int] = {}
    problems = []
    for n, config in enumerate(configs):
        if isinstance(config, InputError):
            continue
        plain = compose.plain(config)
        plain |= {"out": "", "overwrite": False}
        plain["engine"] |= dict.fromkeys(("most_memory", *PLACES))
        plain["report"] |= dict.fromkeys(("lang", "only", "pdf"))
        same = first.setdefault(store.digest(_as_floats(plain)), n)
        if same != n:
            one, other = (" ".join(f"{k}={v}" for k, v in swept[d].items()) for d in (same, n))
            problems.append(f"`{one}` and `{other}` give the same answer: keep one of them")
    if problems:
        raise InputError(problems)


def _as_floats(value: Any) -> Any:
    """The same value for the same number, however it is written."""
    if isinstance(value, dict):
        return {key: _as_floats(child) for key, child in value.items()}
    if isinstance(value, list):
        return list(map(_as_floats, value))
    return float(value) if isinstance(value, int) and abs(value) < 2**53 else value


def _differing(design: Design, designs: Sequence[Design]) -> dict[str, str]:
    """The overrides in which designs differ."""
    pairs = [text.lstrip("+").partition("=") for text in design]
    return {
        overrides.plain(key): value
        for n, (key, _, value) in enumerate(pairs)
        if any(other[n] != design[n] for other in designs)
    }
