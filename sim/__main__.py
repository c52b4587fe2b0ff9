"""`peakcharge`: a command line in, an answer out.  The only file that knows Hydra.

Hydra composes the config and reads the sweep; everything else is ours: Hydra makes no folder,
changes no directory and starts no job, and nothing that a config says is executed.
"""

import argparse
import importlib
import itertools
import math
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType
from hydra.core.plugins import Plugins
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sim import __version__, ending
from sim.audit import AuditError
from sim.config import choices, inputs, overrides, questions
from sim.config.folder import configs_dir
from sim.config.overrides import Given
from sim.config.problems import InputError, did_you_mean
from sim.roads import checks
from sim.roads.scenario import Scenario, load
from sim.study import store, sweep
from sim.study.progress import Progress

EXPERIMENTS = tuple(questions.READS)  # modules of `experiments/`: no other is ever run

EXAMPLES = """\
examples:
  peakcharge
      National Day on the Chongqing expressways
  peakcharge demand=spring_festival demand.scale=1.1 policy=holiday_80_30 out=results/spring
      another holiday, 10 % more vehicles, sessions end at 80 % or after 30 minutes
  peakcharge station.overrides.daguan_out.evses=12 out=results/daguan
      one station upgraded, written to a folder of its own
  peakcharge -m demand.scale=0.8,1,1.2 station.overrides.daguan_out.evses=4,8
      six designs, one table
  peakcharge demand=ordinary_week --cfg job --resolve
      check and print the config, run nothing
"""


class Result(Protocol):
    """What an experiment returns: its answer in words and in numbers, and the files it wrote."""

    verdict: list[str]
    headline: dict[str, float | str]
    paths: list[Path]
    samples: Mapping[str, Sequence[float]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns the exit code: 0; 1 when a design of a sweep failed; 2 when the input cannot be used
    (nothing is written then); 3 when an audit failed; 130 when interrupted.
    """
    try:
        return _main(_parser().parse_intermixed_args(argv))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except AuditError as error:
        print(f"the audit failed, so there is no answer: {error}", file=sys.stderr)
        return 3
    except OSError as error:  # a full disk, a path that cannot be
        print(f"{error.strerror or error}: {error.filename or 'no file'}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _main(args: argparse.Namespace) -> int:
    if args.resolve and not args.cfg:
        raise InputError("--resolve belongs to --cfg job")
    if args.cfg and args.multirun:
        raise InputError("--cfg shows one design and -m runs several: choose one of them")
    designs = _designs(args.overrides, args.config_dir)
    if args.multirun:
        return _sweep(designs, args.config_dir)
    if len(designs) > 1:
        raise InputError(f"these are {len(designs)} designs: add -m to run them all")
    config = _compose(designs[0], args.config_dir)
    plain, scenario = _load(config)
    _refuse(plain, scenario, designs[0], args.config_dir)
    if args.cfg:
        print(OmegaConf.to_yaml(config, resolve=args.resolve), end="")
        return 0
    _answer(plain, scenario)
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ")
        if words == message:
            raise InputError(message)
        known = [name for action in self._actions for name in action.option_strings]
        raise InputError(
            f"unknown option `{word}`{did_you_mean(word, known)}" for word in words.split()
        )


def _parser() -> argparse.ArgumentParser:
    built_in = {group: choices.names(group) for group in sorted(choices.groups())}
    listed = "\n".join(f"  {group + '=':<21} {', '.join(own)}" for group, own in built_in.items())
    parser = _Parser(
        prog="peakcharge",
        usage="peakcharge [-m] [--cfg job [--resolve]] [--config-dir DIR] [key=value ...]",
        description="Simulate public charging networks event by event and answer a question.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{EXAMPLES}\nchoices:\n{listed}",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("overrides", nargs="*", metavar="key=value", help="a choice or a value of the config")
    add("-m", "--multirun", action="store_true", help="run every combination of values a,b,c")
    add("--cfg", choices=["job"], help="check and print the config, run nothing")
    add("--resolve", action="store_true", help="with --cfg: put values in place of ${...}")
    add("--config-dir", metavar="DIR", type=Path, help="a folder with choices of your own")
    add("--version", action="version", version=f"peakcharge {__version__}")
    return parser


# ---- the config ------------------------------------------------------------------------------

Design = tuple[str, ...]  # the overrides of one configuration
MOST_DESIGNS = 10_000


class _Own(FileConfigSource):
    """The folder of one's own choices, each looked at before Hydra reads it."""

    @staticmethod
    def scheme() -> str:
        return "own"

    def load_config(self, config_path: str) -> ConfigResult:
        own = Path(self.path)
        text = choices.read(own / self._normalize_file_name(config_path), own)
        return ConfigResult(
            self.provider, self.path, OmegaConf.create(text), self._get_header_dict(text)
        )


@contextmanager
def _told_plainly() -> Iterator[None]:
    """An exception of Hydra, OmegaConf or YAML becomes an `InputError`."""
    try:
        yield
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise InputError(_plainly(error)) from error
    except RecursionError:
        raise InputError("the config is nested too deep, or names itself") from None


@contextmanager
def _hydra() -> Iterator[ConfigLoader]:
    """Hydra on our configs."""
    with _told_plainly(), initialize_config_dir(str(configs_dir()), version_base="1.3"):
        Plugins.instance().register(_Own)
        # While composing, Hydra resolves names of choices: not from the environment.
        OmegaConf.clear_resolver("oc.env")
        yield GlobalHydra.instance().config_loader()


def _plainly(error: Exception) -> str:
    """One sentence for an exception of Hydra, OmegaConf or YAML."""
    if isinstance(error, OverrideParseException):
        text = overrides.plain(str(error.override))
        if typed := overrides.key_by_key(text):
            return f"cannot read `{text}`: write {typed}"
        return (
            f"cannot read `{text}`: write key=value without spaces around the `=`, "
            "and put text with special characters in quotes, 'key=\"a, b\"'"
        )
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.rpartition("/")
        return f"unknown {group} `{name}`{did_you_mean(name, error.options or ())}"
    chain = (error.__cause__, error, error.__context__)
    cause = next((e for e in chain if isinstance(e, OmegaConfBaseException)), error)
    key, text = getattr(cause, "full_key", None), str(cause).splitlines()[0]
    return overrides.plain(f"`{key}`: {text}" if key else text)


def _designs(texts: Sequence[str], config_dir: Path | None = None) -> list[Design]:
    """Every combination of the swept values, the last one changing fastest."""
    readable = [overrides.readable(text) for text in texts]
    pairs = [text.partition("=") for text in readable]
    problems = [problem for key, _, value in pairs for problem in _code_in(key, value)]
    if problems:
        raise InputError(map(overrides.plain, problems))
    with _hydra() as loader:
        words = OverridesParser.create(loader).parse_overrides(readable)
        values = [_values(word, config_dir) for word in words]
        overrides.refuse_twice([_given(word) for word in words])
    if (count := math.prod(map(len, values))) > MOST_DESIGNS:
        raise InputError(
            f"these are {count:,} designs or more, but must be at most {MOST_DESIGNS:,}"
        )
    return list(itertools.product(*values))


def _words(texts: Sequence[str]) -> list[Override]:
    """Words without a sweep, as Hydra reads them."""
    with _told_plainly():
        return OverridesParser.create().parse_overrides(list(texts))  # type: ignore[no-any-return]


def _given(word: Override) -> list[Given]:
    """What one word asks for: each leaf of a mapping by itself."""
    key, package = word.key_or_group, word.package
    text = overrides.plain(word.input_line or "")
    if _is_choice(word):
        return [Given(text, tuple((package or key.replace("/", ".")).split(".")), True)]
    value = None if word.is_delete() or word.is_sweep_override() else word.value()
    parts = tuple(overrides.plain(part) for part in key.split("."))
    return [Given(text, path) for path in overrides.leaves(parts, value)]


def _is_choice(word: Override) -> bool:
    return word.get_key_element().lstrip("+~") in choices.groups()


def _values(word: Override, config_dir: Path | None) -> list[str]:
    """The texts that one word stands for: one, or one for each value of its sweep."""
    key, text = word.key_or_group, word.input_line or ""
    shown = overrides.plain(text)
    if word.is_hydra_override():
        raise InputError(f"`{key}`: settings of Hydra have no effect; `out` names the folder")
    if any(part.startswith("_") for part in re.split(r"[./]", key)):
        raise InputError(f"unknown key `{key}`: no key begins with `_`")
    if word.is_interval_sweep():
        raise InputError(f"`{shown}`: an interval has no end of values; list them, or use range()")
    swept, is_choice = word.is_sweep_override(), _is_choice(word)
    if is_choice:
        if not swept and not isinstance(word.value(), str) and not word.is_delete():
            raise InputError(f"`{shown}`: name one {key}")
    elif "/" in key or word.package is not None:
        nearest = did_you_mean(word.get_key_element().lstrip("+~"), choices.groups())
        raise InputError(f"`{shown}`: there is no such choice{nearest}")
    elif word.type is OverrideType.CHANGE:  # whether there is such a key is the schema's matter
        word.type, text = OverrideType.FORCE_ADD, f"++{text}"
    named = key.startswith(tuple(f"{place}." for place in overrides.STATIONS))  # has its own words
    if not swept and not is_choice and not named and not word.is_delete() and word.value() == {}:
        raise InputError(f"`{shown}` changes nothing: say what is to change in `{key}`")
    if swept and key in ("out", "replay.out"):
        raise InputError(
            f"`{shown}`: a sweep has one `{key}`, where each design gets a folder of its own"
        )
    values = [text]
    if swept:
        found = itertools.islice(word.sweep_string_iterator(), MOST_DESIGNS + 1)
        every = is_choice and isinstance(word.value(), Glob)
        values = [
            f"{word.get_key_element()}={value}"
            for value in found
            if not every or value != choices.SHARED
        ]
    if not values:
        raise InputError(f"`{shown}`: there is no such value")
    if len(set(values)) < len(values):
        raise InputError(f"`{shown}`: a value is there more than once")
    if is_choice and not word.is_delete():
        _check_choices(values, config_dir)
    return values


def _check_choices(texts: Sequence[str], config_dir: Path | None) -> None:
    """A choice is the name of a file in the folder of its group, and nothing else."""
    chosen = [(word.get_key_element().lstrip("+"), word.value()) for word in _words(texts)]
    sentences = [choices.unknown(group, name, config_dir) for group, name in chosen]
    if problems := list(filter(None, sentences)):
        raise InputError(problems)


def _compose(design: Design, config_dir: Path | None) -> DictConfig:
    """The config of one design: only data, and only references to other places in it."""
    own = []
    if config_dir:
        choices.check_folder(config_dir)
        folder = str(config_dir).replace("'", "\\'")
        own = [f"hydra.searchpath=['{_Own.scheme()}://{folder}']"]
    with _hydra():
        config = compose("config", [*design, *own])
        problems = list(_code_in("", OmegaConf.to_container(config)))
        if "experiment" not in config:
            problems.append("`experiment` is missing")
        if problems:
            raise InputError(map(overrides.plain, problems))
        for place in overrides.STATIONS:
            _name_stations(OmegaConf.select(config, place))
        if config_dir:
            _find_tables(config, config_dir.absolute())
        return config


def _name_stations(changes: Any) -> None:
    """Give the stations that a command line changes their names back."""
    for key in list(changes) if isinstance(changes, DictConfig) else ():
        if (name := overrides.plain(str(key))) != key:
            with open_dict(changes):
                change = changes.pop(key)
                changes[name] = (
                    OmegaConf.merge(changes[name], change) if name in changes else change
                )


def _find_tables(config: DictConfig, config_dir: Path) -> None:
    """Tables are looked for in one's own folder first, then among the built-in ones."""
    for key, value in config.items():
        if isinstance(value, DictConfig):
            _find_tables(value, config_dir)
        elif isinstance(value, str) and value.endswith(".csv"):
            own = config_dir / value
            config[key] = str(own) if own.is_file() else value


def _code_in(place: str, value: Any) -> Iterator[str]:
    """What would make Hydra or OmegaConf do something rather than read a value."""
    if isinstance(value, str) and "${" in re.sub(r"\$\{[\w.]+\}", "", value):
        yield f"`{place}` is {value!r}, but only references such as ${{demand.scale}} are read"
    elif isinstance(value, list | dict):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in items:
            if str(key).startswith("_"):
                yield f"unknown key `{place}.{key}`: no key begins with `_`".replace("`.", "`")
            yield from _code_in(f"{place}.{key}".removeprefix("."), child)


def _load(config: DictConfig, **changes: str) -> tuple[dict[str, Any], Scenario]:
    """The config as plain data, and the scenario it describes."""
    with _hydra():
        plain: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    plain |= changes
    if problem := questions.unknown(plain["experiment"]):
        raise InputError(problem)
    return plain, load(plain)


def _refuse(
    config: dict[str, Any], scenario: Scenario, design: Design, config_dir: Path | None,
    swept: Collection[str] = (),
) -> None:  # fmt: skip
    """Raise `InputError` for what is asked for in vain, and where an input would be overwritten.

    `swept`: keys one of whose values may well be that of today.
    """
    words = _words(design)
    given = [own._replace(text=own.text.lstrip("+")) for word in words for own in _given(word)]
    tables = inputs.named(config, configs_dir())
    named = [*inputs.named(config, Path()), *(t for t in tables if not _is_built_in(t[1]))]
    if config_dir:
        named += [("--config-dir", file) for file in choices.files(config_dir)]
        chosen = [str(word.value()) for word in words if word.key_or_group == "experiment"]
        given += [own for name in chosen for own in choices.given(name, config_dir)]
    problems = [*questions.vain(given, config)]
    idle = checks.idle_overrides(scenario.network, scenario.config.station)
    problems += [sentence for key, sentence in idle.items() if key not in swept]
    if problems:
        raise InputError(dict.fromkeys(problems))
    inputs.protect(named, _writable(config["out"]))


def _answer(config: dict[str, Any], scenario: Scenario) -> Result:
    """Run the experiment that the config names, and print what it found."""
    out = _writable(config["out"])
    run = importlib.import_module(f"experiments.{config['experiment']}.question").run
    with Progress() as progress:
        result: Result = run(scenario, out, progress)
    print("\n".join([*result.verdict, "", *map(str, result.paths)]), flush=True)
    return result


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


def _sweep(designs: list[Design], config_dir: Path | None) -> int:
    """Run every design that can be used; when none can, nothing is written."""
    swept = [_swept(design, designs) for design in designs]
    configs = [_usable(design, config_dir, own) for design, own in zip(designs, swept, strict=True)]
    good = [config for config in configs if isinstance(config, DictConfig)]
    if not good:
        bad = [problem for c in configs if isinstance(c, InputError) for problem in c.problems]
        raise InputError(dict.fromkeys(bad))
    _refuse_same(configs, swept)

    def answer(number: int, folder: Path) -> tuple[sweep.Headline, sweep.Samples]:
        config = configs[number]
        if isinstance(config, InputError):
            raise config
        result = _answer(*_load(config, out=str(folder)))
        return result.headline, result.samples

    key = store.digest(
        [str(c) if isinstance(c, InputError) else OmegaConf.to_container(c) for c in configs]
    )
    tables, failed = sweep.run(swept, _writable(good[0].out), answer, key)
    print("", *tables, sep="\n", flush=True)
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


def _refuse_same(
    configs: Sequence[DictConfig | InputError], swept: Sequence[Mapping[str, str]]
) -> None:
    """Raise `InputError` for designs that differ in nothing (`1,1.0`), or in what no answer knows:
    where it goes, and how it is run."""
    first: dict[str, int] = {}
    problems = []
    for n, config in enumerate(configs):
        if isinstance(config, InputError):
            continue
        plain: Any = OmegaConf.to_container(config, resolve=True)
        plain |= {"out": "", "overwrite": False}
        plain["engine"] |= dict.fromkeys(("workers", "most_memory"))
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


def _usable(
    design: Design, config_dir: Path | None, swept: Collection[str]
) -> DictConfig | InputError:
    """The config of a design, or why it fails; what nobody can have meant ends the whole sweep."""
    try:
        config = _compose(design, config_dir)
        plain, scenario = _load(config)
    except InputError as error:
        return error
    _refuse(plain, scenario, design, config_dir, swept)
    return config


def _swept(design: Design, designs: list[Design]) -> dict[str, str]:
    """The overrides in which designs differ."""
    pairs = [text.lstrip("+").partition("=") for text in design]
    return {
        overrides.plain(key): value
        for n, (key, _, value) in enumerate(pairs)
        if any(other[n] != design[n] for other in designs)
    }


if __name__ == "__main__":
    sys.exit(ending.peakcharge())
