"""What is wrong with an input, in the user's words."""

import difflib
import re
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

import pydantic
from pydantic_core import PydanticCustomError

SHOWN = 20
LONGEST = 600  # characters of a sentence
MOST_NAMES = 2_000  # among more, the nearest is not looked for: that takes seconds
# Characters that break a line, steer a terminal, turn text around, or that no file can hold.
CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

# What was expected, by pydantic's name of the error; braces are filled from its context.
_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date such as 2025-10-01",
    "date_parsing": "a date such as 2025-10-01",
    "date_type": "a date such as 2025-10-01",
    "datetime_from_date_parsing": "a time such as 2025-10-01T08:30+08:00",
    "datetime_parsing": "a time such as 2025-10-01T08:30+08:00",
    "datetime_type": "a time such as 2025-10-01T08:30+08:00",
    "dict_type": "a mapping of keys to values",
    "enum": "{expected}",
    "expected": "{expected}",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "model_attributes_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "none_required": "empty",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_too_short": "text of at least {min_length} character(s)",
    "string_type": "text",
    "string_unicode": "text without control characters",
    "too_long": "a list of at most {max_length} item(s)",
    "too_short": "a list of at least {min_length} item(s)",
    "tuple_type": "a list",
    "union_tag_invalid": "{expected_tags}",
    "union_tag_not_found": "a mapping with the key {discriminator}",
}


class InputError(Exception):
    """The user's input cannot be used.  `problems` holds one plain sentence for each reason;
    there may be `count` of them where only the first are told."""

    def __init__(self, problems: str | Iterable[str], count: int = 0) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        self.count = max(count, len(self.problems))
        super().__init__(self.problems, count)

    def __str__(self) -> str:
        shown, rest = [_inert(text) for text in self.problems[:SHOWN]], self.count - SHOWN
        return "\n".join([*shown, f"… and {rest:,} more"] if rest > 0 else shown)


def _inert(sentence: str) -> str:
    """In one line that no terminal obeys, whatever a file says."""
    text = re.sub(CONTROL, lambda c: c[0].encode("unicode_escape").decode(), sentence)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def must_be(expected: str) -> PydanticCustomError:
    """For a validator to raise: the sentence shows the value and ends in what was expected."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


def did_you_mean(word: object, known: Iterable[str], parent: str = "") -> str:
    """The end of a sentence about an unknown `word`: the nearest known one, or some of them.

    `parent` is written before each known word ("demand.").
    """
    names = sorted(set(known))
    near = difflib.get_close_matches(str(word), names, n=1) if len(names) <= MOST_NAMES else []
    if near:
        return f": did you mean `{parent}{near[0]}`?"
    if not names:
        return ""
    listed = ", ".join(f"`{parent}{name}`" for name in names[:10])
    return f": known are {listed}" + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def explain(error: pydantic.ValidationError) -> list[str]:
    """Every problem that pydantic found, one sentence each, in the order of the config."""
    sentences: dict[tuple[str, ...], list[str]] = {}  # (place, value) -> what was expected
    for problem in error.errors(include_url=False):
        parents, path = _walk(error.title, problem["loc"])
        kind, value = problem["type"], problem.get("input")
        place = ".".join(path)
        if kind == "extra_forbidden":
            known = {key for model in parents for key in _keys(model)}
            nearest = did_you_mean(path[-1], known, place.removesuffix(path[-1]))
            key: tuple[str, ...] = (f"unknown key `{place}`{nearest}",)
        elif kind == "missing":
            key = (f"`{place}` is missing",)
        elif kind not in _EXPECTED:  # one of our own checks: a sentence already
            text = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            key = (f"`{place}`: {text}" if place else text,)
        else:
            key = (f"`{place}` is {_shown(value)}, but must be ", _hint(kind, value))
            expected = _EXPECTED[kind].format(**problem.get("ctx", {}))
            if expected not in sentences.setdefault(key, []):
                sentences[key].append(expected)
        sentences.setdefault(key, [])
    return [key[0] + " or ".join(words) + "".join(key[1:]) for key, words in sentences.items()]


def _shown(value: object) -> str:
    """The value as its author wrote it, shortened."""
    names: dict[object, str] = {None: "empty", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return names[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(kind: str, value: object) -> str:
    """The way out where YAML reads a bare word as something else than text."""
    if kind != "string_type" or not isinstance(value, bool | int | float):
        return ""
    trap = "NO as false" if isinstance(value, bool) else "12:30 as 750"
    return f": put it in quotes (YAML reads a bare {trap})"


def _walk(title: str, loc: Sequence[int | str]) -> tuple[list[Any], tuple[str, ...]]:
    """Follow a pydantic location from the model of that title.

    Returns the types that hold the last part, and the path without the names that pydantic
    puts in for the branches of a union, which no user wrote.
    """
    here = [model for model in _models() if model.__name__ == title][-1:]
    parents: list[Any] = here
    path: list[str] = []
    named = False  # whether the last part told which branch of a union this is
    for part in loc:
        if len(here) > 1 and not named:
            here = [kind for kind in here if part in _branch_names(kind)] or here
            named = True
            continue
        named = False
        parents, path = here, [*path, str(part)]
        here = [child for kind in here for child in _children(kind, part)]
    return parents, tuple(path)


def _models() -> list[type[pydantic.BaseModel]]:
    """Every pydantic model there is: an error names its model, but does not hold it."""
    found = [pydantic.BaseModel]
    for model in found:
        found += model.__subclasses__()
    return found


def _branch_names(kind: Any) -> list[object]:
    """What pydantic may call a branch of a union: its class, or a value that tags it."""
    fields = getattr(kind, "model_fields", {}).values()
    literals = [f.annotation for f in fields if typing.get_origin(f.annotation) is typing.Literal]
    tags = [tag for literal in literals for tag in typing.get_args(literal)]
    return [getattr(kind, "__name__", ""), *tags]


def _keys(kind: Any) -> list[str]:
    fields = getattr(kind, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _children(kind: Any, part: int | str) -> list[Any]:
    """The types that may stand at `part` of a value of type `kind`, unions spread out."""
    for name, field in getattr(kind, "model_fields", {}).items():
        if part in (name, field.alias):
            return _spread(field.annotation)
    args = typing.get_args(kind)
    return _spread(args[-1]) if args and typing.get_origin(kind) in (dict, list, tuple) else []


def _spread(annotation: Any) -> list[Any]:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _spread(args[0])
    if origin in (typing.Union, types.UnionType):
        return [kind for arg in args if arg is not types.NoneType for kind in _spread(arg)]
    if args and args[-1] is Ellipsis:  # tuple[X, ...]
        return [list[args[0]]]  # type: ignore[valid-type]
    return [annotation]
