"""The page of `verify`: how far figures are from theory, and every one of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from experiments.verify.verdict import PASSES, Rows, exact, statistical
from sim.report import charts
from sim.report.blocks import Block, Figure, Page, Section, Table, Terms
from sim.report.finding import Given
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats.estimate import Estimate

OFF = {"queues": "se_queues", "exact": "se_exact"}  # what the error of a figure is called
EDGES = np.linspace(-4.0, 4.0, 17)  # of |z| as a figure may be off


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    rows: Rows = answer["figures"]
    return Page(
        say("title"),
        [_section(say, "queues", statistical(rows), [_scores(say, statistical(rows))]),
         _section(say, "exact", exact(rows), [])],
        say("question"),
        sure=say("first.sure"), assumed=say("first.assumed"),
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
    columns: dict[str, Form] = {
        "oracle": ("oracle", "", None, "text"), "figure": ("figure", "", None, "text"),
        "exact": ("exact", "", 6, "significant"), "simulated": ("simulated", "", 6, "significant"),
        OFF[key]: ("se", "", 2, "significant"), "z": ("z", "", 2), "batches": "batches",
        "verdict": ("verdict", "", None, "text"),
    }  # fmt: skip
    cells = [
        {**row, "oracle": f"`{row['oracle']}`", "figure": Given(row["figure"]),
         "z": Estimate(row["z"], None, None, is_change=True), "batches": row["batches"] or None,
         "verdict": say("passes" if row["verdict"] == PASSES else "fails")}
        for row in rows
    ]  # fmt: skip
    marked = frozenset(n for n, row in enumerate(rows) if row["verdict"] != PASSES)
    return table(say, "head", columns, cells, say(f"{key}.caption"), marked=marked)
