"""Several designs of one command line: listed or run, those that can be used."""

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import experiments
from experiments.command import Command, answered, check, list_in, spoken, writable
from experiments.config import Checked
from experiments.sweep import page, sampling
from experiments.sweep.answer import answer as of_sweep
from experiments.sweep.answer import check_front, compared
from sim.config import compose, overrides
from sim.config.compose import Composed
from sim.config.designs import Design
from sim.config.problems import InputError
from sim.stats import interval
from sim.study import cluster, provenance, store, sweep
from sim.study.schema import SweepSection

PLACES = ("workers", "address", "scheduler_file", "tls")  # of `engine`: where it is run


class Designs:
    """The designs of a command line."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def run(self) -> int:
        """Run every design that can be used; when none can, nothing is written.

        Returns the exit code: 1 when one failed.
        """
        settings, swept, configs, good = self._several()
        begun: list[int] = []  # designs, and of them those that are answered
        right: list[int] = []

        def answer(number: int, folder: Path) -> tuple[Any, ...]:
            failed = len(begun) - len(right)
            begun.append(number)
            config = configs[number]
            if isinstance(config, InputError):
                raise config
            plain = compose.plain(config) | {"out": str(folder)}
            far = say("progress.design", n=len(begun), of=len(configs))
            far = say("progress.failed", design=far, n=failed) if failed else far
            result = answered(check(plain), self._command.how, far)
            right.append(number)
            return result.headline, result.samples, result.results

        key = store.digest([str(c) if isinstance(c, InputError) else _named(c) for c in configs])
        worlds = all(compose.plain(c)["engine"]["uncertainty"] == "posterior" for c in good)
        first = check(compose.plain(good[0]))
        config = first.config
        say = spoken(config)

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
                swept, writable(good[0].out), answer, key, base, tell,
                look, finish,
            )  # fmt: skip
        list_in(Path(good[0].out))
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
        settings = sampling.settings(self._command.swept, self._command.config)
        designs = sampling.designs(self._command.swept, self._command.config)
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
            config = self._command.config(design)
            plain = compose.plain(config)
            checked = check(plain)
        except InputError as error:
            return error
        if checked.config.report.only:
            raise InputError("`report.only=true` makes the page of one answer again: leave -m out")
        if figures := _figures(checked):
            check_front(checked.config.sweep.front, figures)
        self._command.refuse(checked, plain, design, swept)
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
