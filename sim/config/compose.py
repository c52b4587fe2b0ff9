"""Composes the config of each design of a command line: all that knows Hydra and OmegaConf.

Hydra composes and reads sweeps; everything else is ours: Hydra makes no folder, changes no
directory and starts no job, and nothing that a config says is executed.
"""

import itertools
import math
import os
import pickle
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType, RangeSweep
from hydra.core.plugins import Plugins
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sim.config import choices, overrides
from sim.config.designs import Design, Span, Swept
from sim.config.folder import configs_dir
from sim.config.overrides import NO_PLACES, Given, Places
from sim.config.problems import InputError, did_you_mean

Composed = DictConfig
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
def _told_plainly(places: Places) -> Iterator[None]:
    """An exception of Hydra, OmegaConf or YAML becomes an `InputError`."""
    try:
        yield
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError) as error:
        raise InputError(_plainly(error, places)) from error
    except RecursionError:
        raise InputError("the config is nested too deep, or names itself") from None


@contextmanager
def _hydra(places: Places) -> Iterator[ConfigLoader]:
    """Hydra on our configs."""
    with _told_plainly(places), initialize_config_dir(str(configs_dir()), version_base="1.3"):
        Plugins.instance().register(_Own)
        # While composing, Hydra resolves names of choices: not from the environment.
        OmegaConf.clear_resolver("oc.env")
        yield GlobalHydra.instance().config_loader()


def _plainly(error: Exception, places: Places) -> str:
    """One sentence for an exception of Hydra, OmegaConf or YAML."""
    if isinstance(error, OverrideParseException):
        text = overrides.plain(str(error.override))
        if typed := overrides.key_by_key(text, places):
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


def swept(texts: Sequence[str], config_dir: Path | None, places: Places) -> Swept:
    """What they stand for.  Raises `InputError` for those that cannot be read.

    `places` are those where a config says what differs at single stations.
    """
    readable = [overrides.readable(text, places) for text in texts]
    pairs = [text.partition("=") for text in readable]
    problems = [problem for key, _, value in pairs for problem in _code_in(key, value)]
    if problems:
        raise InputError(map(overrides.plain, problems))
    with _hydra(places) as loader:
        parsed = OverridesParser.create(loader).parse_overrides(readable)
        found = Swept([_values(word, config_dir, places) for word in parsed])
        overrides.refuse_twice([_given(word) for word in parsed])
    if (count := found.count(1)) > MOST_DESIGNS:
        raise InputError(
            f"these are {count:,} designs or more, but must be at most {MOST_DESIGNS:,}"
        )
    return found


def _words(texts: Sequence[str]) -> list[Override]:
    """Words without a sweep, as Hydra reads them."""
    with _told_plainly(NO_PLACES):
        return OverridesParser.create().parse_overrides(list(texts))


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


def _values(word: Override, config_dir: Path | None, places: Places) -> list[str] | Span:
    """The texts that one word stands for: one, or one for each value of its sweep; or a span."""
    key, text = word.key_or_group, word.input_line or ""
    shown = overrides.plain(text)
    if word.is_hydra_override():
        raise InputError(f"`{key}`: settings of Hydra have no effect; `out` names the folder")
    if any(part.startswith("_") for part in re.split(r"[./]", key)):
        raise InputError(f"unknown key `{key}`: no key begins with `_`")
    swept, is_choice = word.is_sweep_override(), _is_choice(word)
    if is_choice:
        if not swept and not isinstance(word.value(), str) and not word.is_delete():
            raise InputError(f"`{shown}`: name one {key}")
    elif "/" in key or word.package is not None:
        nearest = did_you_mean(word.get_key_element().lstrip("+~"), choices.groups())
        raise InputError(f"`{shown}`: there is no such choice{nearest}")
    elif word.type is OverrideType.CHANGE:  # whether there is such a key is the schema's matter
        word.type, text = OverrideType.FORCE_ADD, f"++{text}"
    named = key.startswith(tuple(f"{place}." for place in places))  # has its own words
    if not swept and not is_choice and not named and not word.is_delete() and word.value() == {}:
        raise InputError(f"`{shown}` changes nothing: say what is to change in `{key}`")
    if swept and key.split(".")[-1] == "out":
        raise InputError(
            f"`{shown}`: a sweep has one `{key}`, where each design gets a folder of its own"
        )
    if swept and key.split(".")[0] == "sweep":
        raise InputError(f"`{shown}`: a sweep has one `{key}`, for all designs together")
    if word.is_interval_sweep():
        return _span(word, is_choice)
    values, own = [text], None if word.is_delete() else word.value()
    if isinstance(own, RangeSweep):
        _check_range(shown, own)
    if swept:
        found: Iterable[str] = itertools.islice(word.sweep_string_iterator(), MOST_DESIGNS + 1)
        if isinstance(own, RangeSweep):
            found = _rounded(found, own)
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


def _span(word: Override, is_choice: bool) -> Span:
    """Of an interval; whole numbers where it says `int(interval(4,8))`."""
    own: Any = word.value()
    shown, low, high = overrides.plain(word.input_line or ""), own.start, own.end
    are_numbers = all(isinstance(end, int | float) and math.isfinite(end) for end in (low, high))
    if is_choice or not are_numbers:
        raise InputError(f"`{shown}`: an interval is of numbers")
    if not low < high:
        raise InputError(f"`{shown}`: an interval goes from less to more")
    is_whole = isinstance(low, int) and isinstance(high, int)
    return Span(f"++{word.get_key_element().lstrip('+')}", low, high, is_whole)


def _check_range(shown: str, own: Any) -> None:
    """Hydra would count with what is no number, or without an end."""
    if not all(math.isfinite(number) for number in (own.start, own.stop, own.step)):
        raise InputError(f"`{shown}`: a range is of numbers")
    if own.step == 0:
        raise InputError(f"`{shown}`: a range goes by a step that is not 0")


def _rounded(values: Iterable[str], own: Any) -> Iterator[str]:
    """Numbers of a range, without what adding up steps leaves behind: 0.8, not
    0.7999999999999999."""
    digits = 12 - math.floor(math.log10(abs(own.step)))
    return (str(round(float(value), digits)) if {*value} & {*".e"} else value for value in values)


def _check_choices(texts: Sequence[str], config_dir: Path | None) -> None:
    """A choice is the name of a file in the folder of its group, and nothing else."""
    chosen = [(word.get_key_element().lstrip("+"), word.value()) for word in _words(texts)]
    sentences = [choices.unknown(group, name, config_dir) for group, name in chosen]
    if problems := list(filter(None, sentences)):
        raise InputError(problems)


def config(
    design: Design, config_dir: Path | None = None, places: Places = NO_PLACES
) -> DictConfig:
    """The config of one design: only data, and only references to other places in it."""
    with _told_plainly(places):
        found = _composed(design, config_dir)
        problems = list(_code_in("", OmegaConf.to_container(found)))
        if "experiment" not in found:
            problems.append("`experiment` is missing")
        if problems:
            raise InputError(map(overrides.plain, problems))
        for place in places:
            _name_stations(OmegaConf.select(found, place))
        _complete(found, design)
        if config_dir:
            _find_tables(found, config_dir.absolute())
        return found


def choice(group: str, name: str, config_dir: Path | None = None) -> dict[str, Any]:
    """One choice by itself, with what it starts from, as plain data."""
    if sentence := choices.unknown(group, name, config_dir):
        raise InputError(sentence)
    word = f"{'' if group in choices.groups() else '+'}{group}={name}"
    with _told_plainly(NO_PLACES):
        found = _composed([word], config_dir)
        if config_dir:
            _find_tables(found, config_dir.absolute())
    return dict(plain(found)[group])


def _composed(texts: Sequence[str], config_dir: Path | None) -> DictConfig:
    """What Hydra composes of choices, and what is then set in it, as Hydra tells them apart."""
    searched = _searched(config_dir)
    folders = [configs_dir(), *([config_dir.absolute()] if config_dir else [])]
    chosen: list[Override] = []
    values: list[Override] = []
    for word in OverridesParser.create().parse_overrides(list(texts)):
        of_group = any(os.path.isdir(folder / word.key_or_group) for folder in folders)
        (chosen if of_group and not isinstance(word.value(), dict) else values).append(word)
    words = [*(str(word.input_line) for word in chosen), *searched]
    own = filter(Path.is_file, choices.files(folders[1]) if config_dir else [])
    state = [(file, file.stat().st_mtime_ns, file.stat().st_size) for file in own]
    found: DictConfig = pickle.loads(_of_choices(tuple(words), tuple(state)))
    ConfigLoaderImpl._apply_overrides_to_config(values, found)
    return found


@lru_cache(maxsize=128)
def _of_choices(words: tuple[str, ...], own: tuple[tuple[Path, int, int], ...]) -> bytes:
    """What Hydra composes of choices alone, pickled: who gets it may change it.

    It takes much longer than to set values in it, in which most designs of a sweep differ.
    Built-in choices stay as they are while the program runs; `own` tells whether those of one's
    own do.
    """
    with _hydra(NO_PLACES):
        return pickle.dumps(compose("config", list(words)))


def _searched(config_dir: Path | None) -> list[str]:
    """The word for Hydra that choices are also looked for in a folder of one's own."""
    if config_dir is None:
        return []
    choices.check_folder(config_dir)
    folder = str(config_dir).replace("'", "\\'")
    return [f"hydra.searchpath=['{_Own.scheme()}://{folder}']"]


def plain(config: Composed) -> dict[str, Any]:
    """The same as plain data, references followed."""
    with _hydra(NO_PLACES):
        found: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return dict(found)


def shown(config: Composed, resolve: bool) -> str:
    """The same as YAML."""
    return OmegaConf.to_yaml(config, resolve=resolve)


def unresolved(config: Composed) -> Any:
    """The same as plain data, references as they are."""
    return OmegaConf.to_container(config)


def given(design: Design) -> list[Given]:
    """What the words of a design ask for, place by place."""
    return [own._replace(text=own.text.lstrip("+")) for w in _words(design) for own in _given(w)]


def chosen(design: Design, group: str) -> list[str]:
    """What the words of a design choose of a group."""
    return [str(word.value()) for word in _words(design) if word.key_or_group == group]


def _complete(config: DictConfig, design: Design) -> None:
    """An experiment of one's own that names its question, but does not start from it, has the
    settings of that question, too."""
    name = unresolved(config)["experiment"]
    if name in chosen(design, "experiment") or name not in choices.names("experiment"):
        return
    own = OmegaConf.load(configs_dir() / "experiment" / f"{name}.yaml")
    with open_dict(config):
        for key, settings in own.items():
            said = config.get(key, {})
            if isinstance(settings, DictConfig) and isinstance(said, dict | DictConfig):
                config[key] = OmegaConf.merge(settings, said)


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
