"""What `peakcharge --help KEY` says: of a key its default, unit, meaning and source; of a group its
choices and keys.  All of it is read from the YAML of the choices."""

import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from sim.config import choices, compose, described
from sim.config.allowed import Allowed, allowed
from sim.config.described import Entry
from sim.config.limits import Limits
from sim.config.overrides import NO_PLACES
from sim.config.problems import InputError, did_you_mean
from sim.report import language
from sim.report.language import Words

HERE = Path(__file__).parent
WIDE = 100  # letters of a line
SHORT = 24  # letters of a default in a list
NOT_KEYS = ("name", "sources", "source")  # what says of other keys where they come from


def shown(
    key: str, words: Sequence[str], config_dir: Path | None = None,
    schema: Callable[[str], type[BaseModel]] | None = None,
) -> str:  # fmt: skip
    """All that is known of a key or a group where these choices hold, in lines; `schema`: by
    experiment, that of its config.

    Raises `InputError` where there is no such key, or where words set more than choices.
    """
    key = key.replace("/", ".")
    config = _holding(key, _choices_alone(words), config_dir)
    say = Words(config["report"]["lang"] or language.of_terminal(os.environ), HERE)
    value = _at(config, key)
    may = allowed(schema(config["experiment"]), key) if schema else None
    lines = [key, *_about(say, key, value, config, may)]
    lines += _choices(say, key, config_dir)
    if isinstance(value, Mapping) and (inner := list(_inside(say, key, value, config))):
        lines += ["", say("help.keys", key=key), *inner, "", say("help.more", key=f"{key}.KEY")]
    return "\n".join(lines) + "\n"


def known() -> list[str]:
    """Every key that a choice has, of groups under another name, too."""
    told = {own.key for own in described.entries()}
    for folder, _, package in (group.partition("@") for group in choices.groups()):
        if package:
            inner = [k.removeprefix(folder) for k in told if f"{k}.".startswith(f"{folder}.")]
            told |= {package + rest for rest in inner}
    own = (key for key in told if not set(key.split(".")) & set(NOT_KEYS))
    return sorted({*own, *_sections()})


def _sections() -> set[str]:
    """Of keys, where they stand: a group has no line of its own."""
    return {group.rpartition("@")[2].replace("/", ".") for group in choices.groups()}


def _choices_alone(words: Sequence[str]) -> list[str]:
    for word in words:
        group = word.partition("=")[0]
        if group not in (*choices.groups(), "report.lang"):
            raise InputError(f"--help tells defaults: leave out `{word}`")
    return list(words)


def _holding(key: str, words: list[str], config_dir: Path | None) -> dict[str, Any]:
    """The config of these words; if it lacks the key, with the first choice that has it."""
    config = _composed(words, config_dir)
    if _has(config, key):
        return config
    for group, choice in _owners(key):
        found = _composed([*words, f"{group}={choice}"], config_dir)
        if _has(found, key):
            return found
    raise InputError(f"unknown key `{key}`{did_you_mean(key, known())}")


def _owners(key: str) -> Iterator[tuple[str, str]]:
    """Choices that may bring a key with them, the likeliest first."""
    groups = choices.groups()
    first = [own for own in described.entries() if own.key == key]
    yield from dict.fromkeys((own.group, own.choice) for own in first if own.group in groups)
    head = key.partition(".")[0]
    if any(own.key.partition(".")[0] == head for own in described.entries()):
        yield from (("experiment", name) for name in choices.names("experiment"))


def _composed(words: Sequence[str], config_dir: Path | None) -> dict[str, Any]:
    designs = compose.swept(words, config_dir, NO_PLACES).designs()
    return compose.plain(compose.config(designs[0], config_dir))


def _has(config: Mapping[str, Any], key: str) -> bool:
    value: Any = config
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return value is not None or key.replace(".", "/") not in choices.groups()


def _at(config: Mapping[str, Any], key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = value[part]
    return value


# ---- one key ---------------------------------------------------------------------------------


def _about(
    say: Words, key: str, value: Any, config: Mapping[str, Any], may: Allowed | None
) -> Iterator[str]:
    entry = _entry(key, value)
    rows: list[tuple[str, str]] = []
    if not isinstance(value, Mapping) or entry:
        rows.append(("default", _yaml(value)))
    if may is not None:
        rows.append(("allowed", _may(say, may)))
    if entry:
        unit, meaning = _said(say, key, entry)
        rows += [("unit", say("help.number") if unit == "-" else unit), ("meaning", meaning)]
        rows += [("source", _source(say, key, config) or say("help.none")), ("file", entry.file)]
    heads = {name: say(f"help.{name}") for name, _ in rows}
    wide = max(map(len, heads.values()), default=0) + 2
    for name, text in rows:
        yield from _wrapped(f"  {heads[name]:<{wide}}", text or say("help.none"))


def _may(say: Words, own: Allowed) -> str:
    if isinstance(own, Limits):
        return say("help.range", least=f"{own.least:,.9g}", most=f"{own.most:,.9g}")
    return say("help.one_of", words=list(own))


def _said(say: Words, key: str, entry: Entry) -> tuple[str, str]:
    """Unit and meaning, those of what a key stands in where nothing is said of it alone."""
    place = entry
    while not (place.unit or place.meaning):
        above = place.key.rpartition(".")[0]
        found = _entry(above, None)
        if not found:
            return "", ""
        place = found
    if place is entry:
        return place.unit, place.meaning
    return "", say("help.of", key=place.key, meaning=_with_unit(place))


def _with_unit(entry: Entry) -> str:
    return " ".join(filter(None, (entry.unit and f"[{entry.unit}]", entry.meaning)))


def _entry(key: str, value: Any) -> Entry | None:
    """What is said of a key, best by the choice that gave it its value."""
    places = [key, *(_folder(key))]
    found = [own for own in described.entries() if own.key in places]
    order = sorted(found, key=lambda own: (own.value != value, not own.meaning, not own.unit))
    if not order:
        return None
    said = next((own for own in order if own.meaning or own.unit), order[0])
    return order[0]._replace(unit=said.unit, meaning=said.meaning)


def _folder(key: str) -> list[str]:
    """The same key where its group is called as its folder."""
    return [
        folder + key.removeprefix(package)
        for folder, _, package in (group.partition("@") for group in choices.groups())
        if package and f"{key}.".startswith(f"{package}.")
    ]


def _source(say: Words, key: str, config: Mapping[str, Any]) -> str:
    """Where a figure comes from: said in the mapping that it stands in, or in one around it."""
    parts = key.split(".")
    for n in range(len(parts) - 1, 0, -1):
        around = _at(config, ".".join(parts[:n]))
        if not isinstance(around, Mapping):
            continue
        told = (around.get("sources") or {}).get(parts[n]) or around.get("source")
        if told:
            return say.given(str(told))
    return ""


def _yaml(value: Any) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return str(text).removesuffix("\n").removesuffix("\n...")


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDE, initial_indent=head, subsequent_indent=" " * len(head),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


# ---- many keys -------------------------------------------------------------------------------


def _choices(say: Words, key: str, config_dir: Path | None) -> Iterator[str]:
    """Each choice of a group, with what it says of itself."""
    for group in choices.groups():
        if group.rpartition("@")[2].replace("/", ".") != key:
            continue
        names = choices.names(group, config_dir)
        wide = max(map(len, names)) + 2
        yield from ("", say("help.choices", group=group))
        for name in names:
            yield from _wrapped(f"  {name:<{wide}}", say.given(described.about(group, name)) or "-")


def _inside(
    say: Words, key: str, value: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    own = {str(name): child for name, child in value.items() if name not in NOT_KEYS}
    wide = max(map(len, own), default=0) + 2
    for name, child in own.items():
        entry = _entry(f"{key}.{name}", child)
        text = _yaml(child)
        text = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
        head = f"  {name:<{wide}}{text:<{SHORT}}  "
        yield from _wrapped(head, _with_unit(entry) if entry else "") or [head.rstrip()]
