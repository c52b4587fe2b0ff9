"""What the built-in choices say of their own keys: value, unit, meaning, as their YAML has it.

    scale: 0.79  # [-] THE fitted figure: multiplies all EV trips

A comment belongs to the first key of its line; lines of comment right above a key belong to it,
too.  What stands in brackets at its begin is the unit.  The first lines of a file describe the
choice itself.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sim.config.folder import configs_dir

PACKAGE = re.compile(r"^# @package (\S+)\n")
UNIT = re.compile(r"^\[([^\]]+)\](?:, \[[^\]]+\])*\s*")
BREAKS = (yaml.BlockEndToken, yaml.StreamEndToken, yaml.BlockMappingStartToken)


class Entry(NamedTuple):
    """A key where it stands: dotted, with all that its file says of it."""

    key: str
    value: Any  # plain data
    unit: str
    meaning: str
    group: str  # the folder of the file, empty for `config.yaml`
    choice: str  # its name without suffix

    @property
    def file(self) -> str:
        return "/".join(filter(None, ("configs", self.group, f"{self.choice}.yaml")))


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Every key of every built-in choice."""
    return tuple(own for path in sorted(configs_dir().rglob("*.yaml")) for own in of(path))


@lru_cache(maxsize=256)
def about(group: str, choice: str) -> str:
    """What a choice says of itself in its first lines."""
    path = configs_dir() / group.partition("@")[0] / f"{choice}.yaml"
    return _head(path.read_text("utf-8").splitlines())[1] if path.is_file() else ""


def of(path: Path) -> Iterator[Entry]:
    """The keys of one file."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    group = path.parent.relative_to(configs_dir()).as_posix().removeprefix(".")
    package = group.replace("/", ".")
    if found := PACKAGE.match(text):
        package = "" if found[1] == "_global_" else found[1]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    comments, head = _comments(text, lines), _head(lines)[0]
    if not isinstance(root, yaml.MappingNode):
        return
    for place, key, node in _keys(root, package):
        line = key.start_mark.line
        said: list[str] = []
        if not lines[line][: key.start_mark.column].strip():  # the first one of its line
            said += [*_above(lines, line, head), comments.get(line, "")]
            last = _last_line(node)
            said += [comments.get(last, "")] if last != line and _is_leaf(node) else []
        comment = " ".join(filter(None, said))
        unit = UNIT.match(comment)
        yield Entry(
            place, _plain(node), unit[1] if unit else "",
            comment[unit.end() :] if unit else comment, group, path.stem,
        )  # fmt: skip


def _keys(node: yaml.MappingNode, place: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for key, value in node.value:
        if key.value == "defaults":
            continue
        own = f"{place}.{key.value}".removeprefix(".")
        yield own, key, value
        if isinstance(value, yaml.MappingNode):
            yield from _keys(value, own)


def _is_leaf(node: yaml.Node) -> bool:
    """Whether a comment behind its end is about all of it."""
    return isinstance(node, yaml.ScalarNode) or bool(getattr(node, "flow_style", False))


def _last_line(node: yaml.Node) -> int:
    mark = node.end_mark
    return int(mark.line if mark.column else mark.line - 1)


def _plain(node: yaml.Node) -> Any:
    return yaml.SafeLoader("").construct_object(node, deep=True)


def _comments(text: str, lines: list[str]) -> dict[int, str]:
    """What stands behind the last token of each line."""
    ends: dict[int, int] = {}
    inside: set[int] = set()
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, BREAKS):
            continue
        first, last = token.start_mark, token.end_mark
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            inside |= set(range(first.line + 1, last.line + (last.column > 0)))
            last = first
        inside |= set(range(first.line, last.line))
        ends[last.line] = max(ends.get(last.line, 0), last.column)
    found = {n: _comment(lines[n][end:]) for n, end in ends.items() if n < len(lines)}
    return {n: own for n, own in found.items() if own and n not in inside}


def _comment(rest: str) -> str:
    """The comment that a line ends in; the indicator of a block of text is none of it."""
    own = re.match(r"^\s*(?:[>|][-+]?\s*)?#\s*(.*\S)", rest)
    return own[1] if own else ""


def _above(lines: list[str], line: int, head: int) -> list[str]:
    """The lines of comment right above a line, as deep as it, none of them in the head."""
    own = lines[line]
    deep = own[: len(own) - len(own.lstrip())]
    found: list[str] = []
    for n in range(line - 1, head - 1, -1):
        if not lines[n].startswith(f"{deep}#"):
            break
        found.insert(0, lines[n].strip("# "))
    return found


def _head(lines: list[str]) -> tuple[int, str]:
    """How many lines describe the file, and what they say."""
    n = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    said = [line.strip("# ") for line in lines[:n] if not PACKAGE.match(f"{line}\n")]
    return n, " ".join(said)
