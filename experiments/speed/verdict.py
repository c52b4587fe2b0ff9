"""What was measured, and whether it reaches its target."""

from collections.abc import Mapping
from typing import Any

from experiments.speed.target import Row, shown
from sim.report.finding import Finding, Term, found

Answer = Mapping[str, Any]


def rows_of(answer: Answer) -> list[Row]:
    return [Row(**own) for own in answer["rows"]]


def lead(answer: Answer) -> list[Finding]:
    """How many targets are met, and which are not."""
    rows = rows_of(answer)
    asked = [row for row in rows if row.outcome != "skipped"]
    missed = [Term(f"rows.{row.key}") for row in asked if row.outcome == "missed"]
    met = len(asked) - len(missed)
    return [
        found("verdict.count", met=met, targets=len(asked)),
        *([found("verdict.missing", names=missed)] if missed else []),
        *([found("verdict.quick")] if answer["quick"] else []),
    ]


def verdict(answer: Answer) -> list[Finding]:
    """The lead; every row; what a profile found."""
    lines = [*lead(answer), *map(said, rows_of(answer))]
    if "kinds" in answer:
        lines.append(found("verdict.kinds", **answer["kinds"]["each_us"]))
        lines += [
            found("verdict.growth", what=Term(f"growth.{name}"), exponent=own["exponent"])
            for name, own in answer["growth"].items()
        ]
    return lines


def said(row: Row) -> Finding:
    what, target = Term(f"rows.{row.key}"), row.target
    if row.value is None:
        return found("verdict.skipped", what=what, reason=row.detail)
    by = target.short(row.value)
    key = "narrowly" if 0.0 < by < 0.01 else row.outcome
    return found(
        f"verdict.{key}", what=what, measured=shown(target.unit, row.value), bound=bound(row),
        by=by, detail=row.detail,
    )  # fmt: skip


def bound(row: Row) -> Finding:
    key = "least" if row.target.is_least else "most"
    return found(f"bound.{key}", n=shown(row.target.unit, row.target.bound))
