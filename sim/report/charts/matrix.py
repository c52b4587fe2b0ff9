"""Colored squares: stations x columns of shares, and a grid with a number in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from sim.report.blocks import Figure, Key
from sim.report.charts.frame import BLUES, FAINTEST, finished, halves, inert, rows_axis, text_px
from sim.report.language import Words

EDGES = (0.0, 1 / 3, 2 / 3, 1.0)  # classes: never, up to a third, to two thirds, below 1, always
FLAGS = (FAINTEST, "var(--u1)", "var(--u2)", "var(--u3)", "var(--u5)")
FAILS = (FAINTEST, "var(--q1)", "var(--q2)", "var(--q3)", "var(--q4)")
ROW_PX = 14
CELL_PX = 62


@dataclass(frozen=True)
class Shares:
    """A share [0-1] for every row, below a heading that neighbors may have in common."""

    group: str
    label: str
    shares: Sequence[float]
    colors: Sequence[str] = FLAGS


def classes(shares: Sequence[float]) -> np.ndarray:
    """Number of the class of each share: never, up to 1/3, up to 2/3, more often, always."""
    x = np.asarray(shares)
    return np.where(x >= 1.0, 4, np.searchsorted(EDGES[:3], x, "left"))


def key_of(say: Words, colors: Sequence[str] = FLAGS) -> list[Key]:
    names = ("never", "third", "two_thirds", "more", "always")
    return [Key(color, say(f"charts.shares.{name}"), "square")
            for color, name in zip(colors, names, strict=True)]  # fmt: skip


def matrix(
    say: Words, names: Sequence[str], columns: Sequence[Shares], *, title: str, alt: str = "",
    key: Sequence[Key] | None = None,
) -> list[Figure]:  # fmt: skip
    """Stations x columns of shares, darker where more often, in two halves that stand beside each
    other; rows by the first column, then by all others, greatest first.

    names : [row]; columns : their shares, in the same order.
    """
    total = np.mean([c.shares for c in columns[1:]] or [columns[0].shares], axis=0)
    order = np.lexsort((-total, -np.asarray(columns[0].shares))).tolist()
    return [
        _matrix(say, names, columns, rows, say("charts.continued", title=title) if n else title,
                alt, key_of(say) if key is None else key)
        for n, rows in enumerate(halves(order))
    ]  # fmt: skip


def _matrix(
    say: Words, names: Sequence[str], columns: Sequence[Shares], rows: Sequence[int], title: str,
    alt: str, key: Sequence[Key],
) -> Figure:  # fmt: skip
    x, groups = _places(columns)
    data = [
        {
            "type": "scatter", "mode": "markers", "cliponaxis": False, "hoverinfo": "text",
            "x": [place] * len(rows), "y": list(range(len(rows))),
            "marker": {"size": 8.5, "symbol": "square",
                       "color": [c.colors[k] for k in classes([c.shares[i] for i in rows])]},
            "hovertext": [
                f"{inert(names[i])}<br>{inert(c.group)} {inert(c.label)}: "
                f"{say.number(c.shares[i], '0%')}"
                for i in rows
            ],
        }
        for place, c in zip(x, columns, strict=True)
    ]  # fmt: skip
    axis, margin, narrow = rows_axis([names[i] for i in rows], names)
    top = 40 + round(max(text_px(c.label, 10.5) for c in columns))
    layout = {
        "height": ROW_PX * len(rows) + top + 12,
        "margin": {"l": margin, "r": 10, "t": top, "b": 8},
        "xaxis": {"side": "top", "range": [-0.8, x[-1] + 0.8], "tickvals": x, "tickangle": -90,
                  "ticktext": [inert(c.label) for c in columns], "showgrid": False,
                  "tickfont": {"size": 10.5}},
        "yaxis": {**axis, "range": [len(rows) - 0.4, -0.6], "showgrid": False},
        "annotations": [
            {"x": place, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
             "yshift": top - 20, "text": f"<b>{inert(text)}</b>", "font": {"size": 11}}
            for place, text in groups
        ],
    }  # fmt: skip
    return finished(say, data, layout, title=title, alt=alt, key=key, narrow=narrow)


def _places(columns: Sequence[Shares]) -> tuple[list[float], list[tuple[float, str]]]:
    """Where the columns stand, half a column between groups; the middles of the groups."""
    x: list[float] = []
    groups: list[tuple[float, str]] = []
    for n, (name, members) in enumerate(groupby(columns, key=lambda c: c.group)):
        start = x[-1] + 1.6 if n else 0.0
        own = [start + k for k, _ in enumerate(members)]
        x += own
        groups.append((sum(own) / len(own), name))
    return x, groups


def grid(
    say: Words, columns: Sequence[str], rows: Sequence[str],
    cells: Sequence[Sequence[tuple[str, str, str] | None]], *, x_title: str = "", title: str = "",
    alt: str = "", key: Sequence[Key] = (),
) -> Figure:  # fmt: skip
    """Squares with a text in each.

    columns : from left to right; rows : from the bottom up.
    cells : [row][column] of (CSS color, text, what a hover box says); None: an empty place.
    """
    spots = [(n, m, *cell) for m, row in enumerate(cells) for n, cell in enumerate(row) if cell]
    light = {FAINTEST, "var(--faint)", *BLUES[:3], "var(--q0)", "var(--q1)", "var(--q2)"}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers+text", "hoverinfo": "text",
            "x": [spot[0] for spot in spots], "y": [spot[1] for spot in spots],
            "marker": {"symbol": "square", "size": 46, "color": [spot[2] for spot in spots]},
            "text": [f"<b>{inert(spot[3])}</b>" for spot in spots],
            "textfont": {"size": 12, "color": ["var(--ink)" if spot[2] in light else "var(--paper)"
                                               for spot in spots]},
            "hovertext": [inert(spot[4]).replace("\n", "<br>") for spot in spots],
        }
    ]  # fmt: skip
    axis, margin, _ = rows_axis(rows)
    layout = {
        "height": CELL_PX * len(rows) + 70,
        "margin": {"l": margin, "r": 10, "t": 8, "b": 46},
        "xaxis": {"tickvals": list(range(len(columns))), "ticktext": [inert(c) for c in columns],
                  "range": [-0.6, len(columns) - 0.4], "showgrid": False,
                  **({"title": {"text": inert(x_title)}} if x_title else {})},
        "yaxis": {**axis, "range": [-0.6, len(rows) - 0.4], "showgrid": False},
    }  # fmt: skip
    return finished(say, data, layout, title=title, alt=alt, key=key)
