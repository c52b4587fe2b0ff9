"""Stations x columns of probabilities: a matrix of dots, darker where more likely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from sim.report.figures import label_margin
from sim.report.simple import Figure
from sim.report.words import NARROW, WIDE, full_name, inert, tick_name

EDGES = (0.0, 1 / 3, 2 / 3, 1.0)  # classes: never, up to a third, to two thirds, below 1, always
FLAGS = ("var(--faintest)", "var(--u1)", "var(--u2)", "var(--u3)", "var(--u5)")
FAILS = ("var(--faintest)", "var(--q1)", "var(--q2)", "var(--q3)", "var(--q4)")
CLASSES = ("never", "up to 1/3", "up to 2/3", "more often", "always")
ROW_PX = 14


@dataclass(frozen=True)
class Column:
    """A probability for every station, below a heading that neighbors may share."""

    group: str
    label: str
    p: Sequence[float]
    colors: Sequence[str] = FLAGS


def classes(p: Sequence[float]) -> np.ndarray:
    """Number of the class in `CLASSES` of each probability."""
    x = np.asarray(p)
    return np.where(x >= 1.0, 4, np.searchsorted(EDGES[:3], x, "left"))


def matrices(
    stations: Sequence[Mapping[str, Any]], columns: Sequence[Column], title: str
) -> list[Figure]:
    """The matrix in two halves side by side; rows by the columns' probabilities, greatest first."""
    total = np.mean([c.p for c in columns[1:]], axis=0)
    order = np.lexsort((-total, -np.asarray(columns[0].p)))
    middle = (len(order) + 1) // 2
    key = [*zip(FLAGS, CLASSES, strict=True), (FAILS[-1], "service fails always")]
    return [
        _matrix(stations, columns, rows, title + (", continued" if n else ""), key)
        for n, rows in enumerate((order[:middle].tolist(), order[middle:].tolist()))
        if rows
    ]


def _matrix(
    stations: Sequence[Mapping[str, Any]], columns: Sequence[Column], rows: Sequence[int],
    title: str, key: list[tuple[str, str]],
) -> Figure:  # fmt: skip
    x, labels, groups = _places(columns)
    data = [
        {
            "type": "scatter", "mode": "markers", "cliponaxis": False,
            "x": [place] * len(rows), "y": list(range(len(rows))),
            "marker": {
                "size": 8.5, "symbol": "square",
                "color": [c.colors[k] for k in classes([c.p[i] for i in rows])],
            },
            "hovertext": [
                f"{inert(full_name(dict(stations[i])))}<br>{c.group} {c.label}: "
                f"{100 * c.p[i]:.0f} %"
                for i in rows
            ],
            "hoverinfo": "text",
        }
        for place, c in zip(x, columns, strict=True)
    ]  # fmt: skip
    wide, narrow = (
        [tick_name(dict(stations[i]), most) for i in rows] for most in (WIDE[0], NARROW[0])
    )
    everyone = [
        [tick_name(dict(s), most) for s in stations] for most in (WIDE[0], NARROW[0])
    ]  # fmt: skip
    longest = max(len(c.label) for c in columns)
    top = 34 + round(5.6 * longest)
    layout = {
        "height": ROW_PX * len(rows) + top + 12,
        "margin": {"l": label_margin(everyone[0], WIDE[1]), "r": 10, "t": top, "b": 8},
        "xaxis": {
            "side": "top", "range": [-0.8, x[-1] + 0.8], "tickvals": x, "ticktext": labels,
            "tickangle": -90, "showgrid": False, "tickfont": {"size": 10.5},
        },
        "yaxis": {
            "range": [len(rows) - 0.4, -0.6], "tickvals": list(range(len(rows))),
            "ticktext": wide, "showgrid": False, "tickfont": {"size": WIDE[1]},
        },
        "annotations": [
            {
                "x": place, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                "yshift": top - 20, "text": f"<b>{text}</b>", "font": {"size": 11},
            }
            for place, text in groups
        ],
    }  # fmt: skip
    return Figure(
        data, layout, f"{title}: a row per station, a column per {columns[-1].group.lower()}; the "
        "numbers are in the last table", title, key,
        {
            "yaxis.ticktext": narrow, "yaxis.tickfont.size": NARROW[1],
            "margin.l": label_margin(everyone[1], NARROW[1]),
        },
    )  # fmt: skip


def _places(columns: Sequence[Column]) -> tuple[list[float], list[str], list[tuple[float, str]]]:
    """Where the columns stand, half a column between groups; their labels; the groups' middles."""
    x: list[float] = []
    groups: list[tuple[float, str]] = []
    for n, (name, members) in enumerate(groupby(columns, key=lambda c: c.group)):
        start = x[-1] + 1.6 if n else 0.0
        own = [start + k for k, _ in enumerate(members)]
        x += own
        groups.append((sum(own) / len(own), name))
    return x, [c.label for c in columns], groups
