"""What a sweep found, as plain data: what its page is made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.config.numerals import number
from sim.config.problems import InputError, did_you_mean
from sim.metrics import METRICS
from sim.stats.estimate import Estimate, Metric
from sim.study.schema import SweepSection
from sim.study.sweep import Done

SHOWN = 4  # figures that are drawn, where nobody names any


def answer(
    question: str, designs: Sequence[Mapping[str, str]], done: Done, own: SweepSection
) -> dict[str, Any]:
    """All that the page says; figures are estimates where there are replications."""
    good = [row for row in done.rows if not row["problem"]]
    beside = {"design", "problem", *(key for settings in designs for key in settings)}
    keys = [
        key for key in dict.fromkeys(key for row in good for key in compared(row))
        if key not in beside and all(_is_number(row.get(key)) for row in good)
    ]  # fmt: skip
    keys.sort(key=lambda key: key not in METRICS)  # those first that all questions have
    return {
        "question": question, "baseline": own.baseline or 1,
        "parameters": list(dict.fromkeys(key for each in designs for key in each)),
        "front": [key for key in own.front if key in keys],
        "figures": {key: _shown(key) for key in keys},
        "designs": [
            {
                "design": row["design"], "settings": dict(settings), "problem": row["problem"],
                "of": {} if row["problem"] else {k: _of(row, k) for k in keys},
                "change": done.changes.get(row["design"], {}),
            }
            for row, settings in zip(done.rows, designs, strict=True)
        ],
    }  # fmt: skip


def compared(headline: Mapping[str, Any]) -> list[str]:
    """Names of the numbers, without the ends of their intervals."""
    keys = [key for key, value in headline.items() if _is_number(value)]
    return [key for key in keys if not any(_is_end(key, other) for other in keys)]


def check_front(front: Sequence[str], known: Sequence[str]) -> None:
    """Raise `InputError` for a figure that is none of those that designs are compared by."""
    if problems := [
        f"`sweep.front` names `{key}`, which is no figure of a design{did_you_mean(key, known)}"
        for key in front
        if key not in known
    ]:
        raise InputError(problems)


def drawn(found: Mapping[str, Any]) -> list[str]:
    """The figures that are drawn: those of the front, else the first that differ."""
    if found["front"]:
        return list(found["front"])
    good = [own for own in found["designs"] if not own["problem"]]
    differ = [key for key in found["figures"] if len({mean(own["of"][key]) for own in good}) > 1]
    return differ[:SHOWN]


def mean(value: Estimate | float | None) -> float:
    found = value.mean if isinstance(value, Estimate) else value
    return float("nan") if found is None else float(found)


def as_numbers(texts: Sequence[str]) -> list[float] | None:
    """Values of a setting, where all of them are numbers."""
    found = [number(text) for text in texts]
    known = [float(value) for value in found if value is not None]
    return known if len(known) == len(found) else None


def _is_end(key: str, other: str) -> bool:
    """Whether it is an end of the interval of another one."""
    return key in (f"{other}_low", f"{other}_high")


def _of(row: Mapping[str, Any], key: str) -> Estimate | float:
    value, low, high = (row.get(own) for own in (key, f"{key}_low", f"{key}_high"))
    if _is_number(low) and _is_number(high):
        return Estimate(value, low, high)
    return float(row[key])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(key: str) -> dict[str, Any]:
    own = METRICS.get(key, Metric(key, digits=2))
    return {"unit": own.unit, "digits": own.digits, "is_known": key in METRICS}
