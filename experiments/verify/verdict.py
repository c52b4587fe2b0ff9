"""What was found of the queues: which figures agree with theory, and how far off the worst is."""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from sim.report.finding import Finding, Given, found

PRECISION = 0.003  # the greatest standard error, as a share of the figure
PASSES = "pass"
COMPARED = ("figures", "failed", "greatest_z")  # in the table of a sweep

Rows = Sequence[Mapping[str, Any]]  # of the table; `z` of exact figures is None


def statistical(rows: Rows) -> Rows:
    return [row for row in rows if row["z"] is not None]


def exact(rows: Rows) -> Rows:
    return [row for row in rows if row["z"] is None]


def failed(rows: Rows) -> Rows:
    return [row for row in rows if row["verdict"] != PASSES]


def greatest_z(rows: Rows) -> tuple[float, float]:
    """Greatest |z| of all statistical figures, and what it may be (Bonferroni at 1 %)."""
    z = [abs(row["z"]) for row in statistical(rows)]
    return max(z), float(stats.norm.ppf(1 - 0.01 / 2 / len(z)))


def verdict(rows: Rows, rare: Rows) -> list[Finding]:
    """`rare`: figures that were left out, with their exact values."""
    drawn, known = statistical(rows), exact(rows)
    worst, limit = greatest_z(rows)
    left_out = [
        found("verdict.one_left_out", oracle=row["oracle"], figure=Given(row["figure"]),
              exact=row["exact"])
        for row in rare
    ]  # fmt: skip
    return [
        found("verdict.agree", figures=len(drawn), precision=PRECISION,
              agree=len(drawn) - len(failed(drawn)),
              queues=len({row["oracle"] for row in drawn})),
        found(f"verdict.{'within' if worst < limit else 'beyond'}", z=worst, limit=limit),
        found("verdict.exact", figures=len(known), agree=len(known) - len(failed(known)),
              error=max(row["se"] for row in known)),
        *(found("verdict.fails", oracle=row["oracle"], figure=Given(row["figure"]),
                **{key: row[key] for key in ("exact", "simulated", "se")})
          for row in failed(rows)),
        found("verdict.left_out", figures=left_out),
    ]  # fmt: skip


def headline(rows: Rows) -> dict[str, float | str]:
    return dict(zip(COMPARED, (len(rows), len(failed(rows)), greatest_z(rows)[0]), strict=True))
