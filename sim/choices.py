"""Choices of one's own (`--config-dir`): YAML files that mean what they look like, or are refused.

YAML reads a bare `12:30` as 750, `010` as 8 and `NO` as false.  Nothing of that is known any more
when a file has been read, so its text is looked at before.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from sim.checks import configs_dir
from sim.problems import InputError

MOST_BYTES = 1_000_000
KINDS = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")


def check_folder(folder: Path) -> None:
    """Raise `InputError` unless it is a folder of choices with names of their own."""
    if not folder.is_dir():
        raise InputError(f"--config-dir: there is no folder `{folder}`")
    names = (path.relative_to(folder) for path in sorted(folder.glob("*/**/*.yaml")))
    shadows = [str(name.with_suffix("")) for name in names if (configs_dir() / name).is_file()]
    if shadows:  # Hydra would read the built-in one
        raise InputError(
            f"--config-dir: `{name}` is built in: give yours another name" for name in shadows
        )


def read(file: Path) -> str:
    """The text of a choice.  Raises `InputError` with a sentence for all that is a trap."""
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise InputError(f"{file} has {size:,} bytes, more than {MOST_BYTES:,}")
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise InputError(f"{file} is not text in UTF-8 (byte 0x{byte:02x})") from None
    if problems := list(_problems(file, text)):
        raise InputError(problems)
    return text


def _problems(file: Path, text: str) -> Iterator[str]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if isinstance(root, yaml.MappingNode):
            for key, _ in root.value:
                if key.value == "hydra":
                    yield f"{file} line {key.start_mark.line + 1}: settings of Hydra have no effect"
            for line, problem in _looked(root, set()):
                yield f"{file} line {line}: {problem}"
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
