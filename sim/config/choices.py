"""Choices: built in, or of one's own (`--config-dir`): YAML files that mean what they look like, or
are refused.

A choice is the name of a file in the folder of its group, and nothing else: no path leads outside.
YAML reads a bare `12:30` as 750, `010` as 8 and `NO` as false.  Nothing of that is known any more
when a file has been read, so its text is looked at before.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from sim.config.folder import configs_dir
from sim.config.overrides import Given, leaves
from sim.config.problems import InputError, did_you_mean

MOST_BYTES = 1_000_000
KINDS = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")
NOTHING = ("", "null", "Null", "NULL", "~")  # in YAML
SHARED = "base"  # what the choices of a group share: a part of them, and none itself


@lru_cache(maxsize=1)
def groups() -> tuple[str, ...]:
    """What may be chosen on a command line, as `config.yaml` lists it: `demand@reference`."""
    entries = yaml.safe_load((configs_dir() / "config.yaml").read_text("utf-8"))["defaults"]
    return tuple(key for entry in entries if isinstance(entry, dict) for key in entry)


def names(group: str, own: Path | None = None) -> list[str]:
    """The choices of a group, those in one's own folder after the built-in ones."""
    folder = group.partition("@")[0]
    roots = [configs_dir(), *([own] if own else [])]
    found = [path.stem for root in roots for path in sorted((root / folder).glob("*.yaml"))]
    return [name for name in found if name != SHARED]


def unknown(group: str, name: object, own: Path | None = None) -> str:
    """A sentence about a choice that there is not; empty where there is."""
    known = names(group, own)
    if name in known:
        return ""
    return f"unknown {group.partition('@')[0]} `{name}`{did_you_mean(name, known)}"


def files(own: Path) -> list[Path]:
    """Every choice in a folder of one's own."""
    return sorted(own.glob("*/**/*.yaml"))


def check_folder(folder: Path) -> None:
    """Raise `InputError` unless it is a folder of choices with names of their own."""
    if not folder.is_dir():
        raise InputError(f"--config-dir: there is no folder `{folder}`")
    own = (path.relative_to(folder) for path in files(folder))
    shadows = [str(name.with_suffix("")) for name in own if (configs_dir() / name).is_file()]
    if shadows:  # Hydra would read the built-in one
        raise InputError(
            f"--config-dir: `{name}` is built in: give yours another name" for name in shadows
        )


def read(file: Path, own: Path) -> str:
    """The text of a choice in the folder `own`.

    Raises `InputError` with a sentence for all that is a trap.
    """
    if not file.resolve().is_relative_to(own.resolve()):  # whoever made the link, a choice is here
        raise InputError(f"{file} is a link to a file outside {own}")
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise InputError(f"{file} has {size:,} bytes, more than {MOST_BYTES:,}")
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(f"{file} is not text in UTF-8 (byte 0x{byte:02x})") from None
    if problems := list(_problems(file, text, own)):
        raise InputError(problems)
    return text


def given(experiment: str, own: Path) -> list[Given]:
    """What an experiment of one's own asks for, value by value; nothing of a built-in one."""
    file = own / "experiment" / f"{experiment}.yaml"
    if not file.is_file():
        return []
    values = _words(read(file, own))
    chosen = [
        Given(f"{file}: {group}", tuple(re.split("[/.]", group.rpartition("@")[2])), True)
        for group, name, _ in _entries(file, values.pop("defaults", None) or [], own)
        if name not in NOTHING
    ]
    return chosen + [Given(f"{file}: {'.'.join(path)}", path) for path in leaves((), values)]


def _words(text: str) -> Any:
    """YAML as the words that stand there: no number, no date, nothing empty."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def _entries(file: Path, entries: list[Any], own: Path) -> Iterator[tuple[str, Any, bool]]:
    """Every choice of a `defaults` list: what is chosen (`demand@reference`), as what, and whether
    it is one of a group (`demand: national_day`), not a file to start from (`national_day`)."""
    here = file.parent.relative_to(own).as_posix()
    for entry in entries:
        of_group = isinstance(entry, dict)
        for key, name in entry.items() if of_group else [("", entry)]:
            if of_group:
                place = re.sub(r"^((override|optional) )*", "", str(key))
            else:
                path, at, package = str(name).partition("@")
                place, _, name = path.rpartition("/")
                place += at + package
            if place.startswith("/"):
                yield place[1:], name, of_group
            else:  # counted from the folder of the file
                yield here + ("" if place[:1] in ("", "@") else "/") + place, name, of_group


def _defaults(file: Path, entries: Any, own: Path) -> Iterator[str]:
    """What is wrong with a `defaults` list: it names choices of known groups, each of them once."""
    if not isinstance(entries, list) or any(not isinstance(e, str | dict) for e in entries):
        yield f"{file}: `defaults` must be a list of choices"
        return
    seen: set[str] = set()
    for place, name, of_group in _entries(file, [e for e in entries if e != "_self_"], own):
        group, at, package = place.partition("@")
        if group not in _folders() or (at and not re.fullmatch(r"[A-Za-z_][\w.]*", package)):
            known = [f"/{folder}" for folder in _folders()]
            nearest = did_you_mean(f"/{group.rpartition('/')[2]}", known)
            yield f"{file}: `defaults` has an unknown group `{place}`{nearest}"
        elif name not in [*names(group, own), SHARED, *NOTHING]:
            nearest = did_you_mean(name, names(group, own))
            yield f"{file}: `defaults` has an unknown {group} `{name}`{nearest}"
        elif of_group and place in seen:
            yield f"{file}: `defaults` chooses `{place}` more than once"
        seen |= {place} if of_group else set()


@lru_cache(maxsize=1)
def _folders() -> list[str]:
    """The groups: folders of built-in choices."""
    here = configs_dir()
    return sorted({path.parent.relative_to(here).as_posix() for path in here.glob("*/**/*.yaml")})


def _problems(file: Path, text: str, own: Path) -> Iterator[str]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if isinstance(root, yaml.MappingNode):
            for key, _ in root.value:
                if key.value == "hydra":
                    yield f"{file} line {key.start_mark.line + 1}: settings of Hydra have no effect"
            for line, problem in _looked(root, set()):
                yield f"{file} line {line}: {problem}"
            yield from _defaults(file, _words(text).get("defaults") or [], own)
        else:
            yield f"{file} must hold keys and values"
    except yaml.MarkedYAMLError as error:
        yield f"{file} line {_line(error)}: {error.problem or error.context}"
    except yaml.reader.ReaderError as error:
        yield f"{file} has a character that no text has (0x{error.character:02x})"
    except RecursionError:
        yield f"{file} is nested too deep"


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _looked(node: yaml.Node, seen: set[int]) -> Iterator[tuple[int, str]]:
    """The line of everything in a node that is not what it seems, and why."""
    line = node.start_mark.line + 1
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    if id(node) in seen:  # a few lines of aliases can stand for any number of values
        yield line, "this is used again by an alias (`*`): write it out each time"
        return
    seen.add(id(node))
    if kind not in KINDS:
        yield line, f"`{kind}` is no kind of value that is read here"
    elif isinstance(node, yaml.ScalarNode) and not _is_plain(kind, node.value):
        yield line, f"`{node.value}` {_trap(node.value)}"
    elif node.value == "???":  # would leave what was there before
        yield line, "`???` is no value: write one"
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _looked(child, seen)
    elif isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, child in node.value:
            yield from _key(key, keys)
            yield from _looked(child, seen)


def _key(key: yaml.Node, before: set[str]) -> Iterator[tuple[int, str]]:
    line = key.start_mark.line + 1
    if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
        yield line, f"the key `{key.value}` is no text: put it in quotes"
    elif key.value in before:
        yield line, f"the key `{key.value}` is there more than once"
    else:
        before.add(key.value)


def _is_plain(kind: str, text: str) -> bool:
    """Whether a value is read as everybody would read it."""
    if kind == "bool":
        return text.lower() in ("true", "false")
    if kind == "int":
        return bool(re.fullmatch(r"[-+]?(0|[1-9][0-9_]{0,30})", text))
    return kind != "float" or ":" not in text


def _trap(text: str) -> str:
    if len(text) > 30:
        return "is too long for a number"
    try:
        meant = str(yaml.safe_load(text)).lower()
    except ValueError:
        return "is no number"
    return f"would be read as {meant}: put it in quotes, or write {meant}"
