"""In which settings and in which numbers two answers differ."""

import json
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from sim.archive import frames
from sim.archive.studies import Study
from sim.report.language import Words

SHOWN = 20  # of each kind
PLACES = ("out", "overwrite", "report", "engine.workers")  # settings that no number depends on
PROGRAM = ("seed", "program_hash", "kernel_hash", "python")


def differences(say: Words, one: Study, other: Study, whole: bool = False) -> list[str]:
    """What differs, in lines: settings, tables, program, numbers; the greatest change first."""
    lines = []
    for key, own in (
        ("settings", [say("diff.setting", key=k, one=_said(a), other=_said(b))
                      for k, (a, b) in settings(one, other).items()]),
        ("tables", [say("diff.table", key=key) for key in tables(one, other)]),
        ("program", [say("diff.setting", key=k, one=_said(a), other=_said(b))
                     for k, (a, b) in program(one, other).items()]),
        ("numbers", [_number(say, key, a, b) for key, a, b in numbers(one, other)]),
    ):  # fmt: skip
        if not own:
            lines.append(say(f"diff.{key}.none"))
            continue
        lines.append(say(f"diff.{key}.some", n=len(own)))
        shown = own if whole else own[:SHOWN]
        lines += [f"  {line}" for line in shown]
        if len(shown) < len(own):
            lines.append(f"  {say('diff.more', n=len(own) - len(shown))}")
    return lines


def settings(one: Study, other: Study) -> dict[str, tuple[Any, Any]]:
    """By dotted key, both values of a setting that numbers may depend on; None: it has none."""
    a, b = one.config, other.config
    keys = [k for k in dict.fromkeys([*a, *b]) if not any(_under(k, place) for place in PLACES)]
    filled = {k.rpartition(".")[0] for k in keys}  # an empty mapping here is not, there
    filled |= {k.rpartition(".")[0] for k in filled}
    keys = [k for k in keys if k not in filled]
    return {key: (a.get(key), b.get(key)) for key in keys if a.get(key) != b.get(key)}


def tables(one: Study, other: Study) -> list[str]:
    """Tables that both read, with other contents."""
    a, b = (own.manifest.get("input_hashes", {}) for own in (one, other))
    return [name for name in a if name in b and a[name] != b[name]]


def program(one: Study, other: Study) -> dict[str, tuple[Any, Any]]:
    """What else may make numbers differ: seed, sources, versions of libraries."""
    a, b = (_program(own.manifest) for own in (one, other))
    return {key: (a.get(key), b.get(key)) for key in {**a, **b} if a.get(key) != b.get(key)}


def numbers(one: Study, other: Study) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Numbers that both have and that differ, by key, those that changed most first; members of
    lists come last."""
    a, b = ({row["key"]: row for row in frames.rows(own.numbers)} for own in (one, other))
    both = [(key, a[key], b[key]) for key in a if key in b and a[key] != b[key]]
    return sorted(
        both, key=lambda own: ("[" in own[0], -_relative(own[1]["value"], own[2]["value"]))
    )


def unlike(one: Any, other: Any, key: str = "") -> Iterator[str]:
    """Dotted keys at which two plain values differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in dict.fromkeys([*one, *other]):
            place = f"{key}.{name}".removeprefix(".")
            if name not in one or name not in other:
                yield place
            else:
                yield from unlike(one[name], other[name], place)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from unlike(a, b, f"{key}[{n}]")
    elif one != other:
        yield key


def _under(key: str, place: str) -> bool:
    return f"{key}.".startswith(f"{place}.")


def _program(manifest: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: manifest.get(key) for key in PROGRAM}
    return own | {f"versions.{k}": v for k, v in manifest.get("versions", {}).items()}


def _relative(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return inf
    return abs(b - a) / max(abs(a), abs(b)) if a != b else 0.0


def _number(say: Words, key: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    a, b = (_ends(say, own) for own in (one, other))
    return say("diff.setting", key=key, one=a, other=b)


def _ends(say: Words, own: Mapping[str, Any]) -> str:
    value, low, high = (say.number(own[end], "g") for end in ("value", "low", "high"))
    if own["low"] is None:
        return value
    return say("interval.both", mean=value, low=low, high=high)


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
