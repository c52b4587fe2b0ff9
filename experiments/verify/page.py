"""The page of `verify`: how far figures are from theory, and every one of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from experiments.verify.verdict import PASSES, Rows, exact, statistical
from sim.report import charts
from sim.report.blocks import Block, Cell, Column, Figure, Page, Section, Table, Terms
from sim.report.finding import Given
from sim.report.language import Words
from sim.stats.estimate import Estimate

EDGES = np.linspace(-4.0, 4.0, 17)  # of |z| as a figure may be off


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    rows: Rows = answer["figures"]
    return Page(
        say("title"),
        [_section(say, "queues", statistical(rows), [_scores(say, statistical(rows))]),
         _section(say, "exact", exact(rows), [])],
        say("question"),
    )  # fmt: skip


def _section(say: Words, key: str, rows: Rows, figures: list[Block]) -> Section:
    sections = dict.fromkeys(row["oracle"].split("/")[0] for row in rows)
    terms = [(f"`{section}`", say(f"{key}.{section}")) for section in sections]
    blocks: list[Block] = [say(f"{key}.about"), *figures, Terms(terms), _table(say, key, rows)]
    return Section(say(f"{key}.heading"), blocks, key)


def _scores(say: Words, rows: Rows) -> Figure:
    """How many figures are how many standard errors off, beside what chance makes of it."""
    z = np.clip([row["z"] for row in rows], EDGES[0], EDGES[-1])
    expected = len(rows) * np.diff(stats.norm.cdf(EDGES))
    lines = [
        charts.Line(say("scores.figures"), EDGES.tolist(), np.histogram(z, EDGES)[0].tolist(),
                    "var(--u2)", columns=True),
        charts.Line(say("scores.expected"), ((EDGES[:-1] + EDGES[1:]) / 2).tolist(),
                    expected.tolist(), charts.RUST),
    ]  # fmt: skip
    x = charts.Axis(say("scores.axis"), low=-4.0, high=4.0)
    y = charts.Axis(say("scores.figures"), from_zero=True)
    return charts.curve(say, lines, x, y, title=say("scores.title"), height=260)


def _table(say: Words, key: str, rows: Rows) -> Table:
    columns = [Column(say("head.oracle"), form="text"), Column(say("head.figure"), form="text")]
    columns += [Column(say(f"head.{name}"), digits=digits, form="significant")
                for name, digits in (("exact", 6), ("simulated", 6), (f"se_{key}", 2))]  # fmt: skip
    columns += [Column(say("head.z"), digits=2), Column(say("head.batches"))]
    columns.append(Column(say("head.verdict"), form="text"))
    cells: list[list[Cell]] = [
        [f"`{row['oracle']}`", Given(row["figure"]),
         *(row[name] for name in ("exact", "simulated", "se")),
         Estimate(row["z"], None, None, is_change=True), row["batches"] or None,
         say("passes" if row["verdict"] == PASSES else "fails")]
        for row in rows
    ]  # fmt: skip
    marked = frozenset(n for n, row in enumerate(rows) if row["verdict"] != PASSES)
    return Table(columns, cells, say(f"{key}.caption"), marked)
