"""Where and when lines form: stations x hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np

from sim.report.blocks import Figure, Key
from sim.report.charts.frame import RUSTS, finished, inert, rows_axis
from sim.report.language import Words

EDGES = (0.0, 1.0, 3.0, 6.0, 12.0)  # EVs waiting
ROW_PX = 15


@dataclass(frozen=True)
class Day:
    """A day of the axis: its date and what kind of day it is."""

    date: date
    label: str = ""


def classes(queue: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
    """Class of each number of waiting EVs: 0, then the half-open intervals of `EDGES`."""
    return np.searchsorted(EDGES, np.asarray(queue, float), "left").astype(np.uint8)


def queue_key(say: Words) -> list[Key]:
    """What the colors of a map of queues stand for."""
    return [Key(RUSTS[n], label, "square") for n, label in enumerate(_labels(say))]


def queue_map(
    say: Words, names: Sequence[str], queue: Sequence[Sequence[float]], days: Sequence[Day], *,
    alt: str, room: Sequence[str] = (), pairs: Sequence[int] = (), title: str = "",
    stations: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """Stations from top to bottom, hours from left to right, colored by how many wait.

    names : [row]; queue : [row][hour], mean numbers of waiting EVs from the first midnight on.
    room : all names whose longest fixes the margin, so that maps line up.
    pairs : rows above which a gap is left, such as the first side of each site.
    stations : keys of the stations that the rows are about.
    """
    cells = classes(queue)
    rows, hours = cells.shape
    start = datetime.combine(days[0].date, datetime.min.time())
    top = len(RUSTS) - 1
    colors = [[bound / (top + 1), RUSTS[c]] for c in range(top + 1) for bound in (c, c + 1)]
    waiting = say("charts.waiting")
    heat = {
        "type": "heatmap", "z": cells, "zmin": -0.5, "zmax": top + 0.5, "colorscale": colors,
        "showscale": False, "ygap": 1, "x0": (start + timedelta(minutes=30)).isoformat(),
        "dx": 3_600_000, "y0": 0, "dy": 1,
        "hovertemplate": f"%{{text}}<br>%{{x|{say('charts.hour')}}}<extra></extra>",
        "meta": {"rows": [inert(name) for name in names],
                 "classes": [f"{waiting} {label}" for label in _labels(say)],
                 **({"stations": list(stations)} if stations else {})},
    }  # fmt: skip
    axis, margin, narrow = rows_axis(names, room)
    wide = [f"<b>{inert(say.date(d.date, say.text('charts.day')))}</b><br>{inert(d.label)}"
            for d in days]  # fmt: skip
    short = [inert(say.date(d.date, say.text("charts.day_brief"))).replace(" ", "<br>", 1)
             for d in days]  # fmt: skip
    midnights = [start + timedelta(days=n) for n in range(1, len(days))]
    paper = {"color": "var(--paper)", "width": 2}
    layout = {
        "height": ROW_PX * rows + 46, "margin": {"l": margin, "r": 8, "t": 38, "b": 8},
        "xaxis": {
            "side": "top", "type": "date", "tickmode": "array", "tickangle": 0, "showgrid": False,
            "tickvals": [f"{d.date} 12:00" for d in days], "ticktext": wide,
            "range": [start.isoformat(), (start + timedelta(hours=hours)).isoformat()],
        },
        "yaxis": {**axis, "range": [rows - 0.5, -0.5], "showgrid": False},
        "shapes": [
            {"type": "line", "x0": m.isoformat(), "x1": m.isoformat(), "yref": "paper", "y0": 0,
             "y1": 1, "line": paper}
            for m in midnights
        ] + [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": n - 0.5, "y1": n - 0.5,
             "line": paper}
            for n in pairs if n
        ],
    }  # fmt: skip
    narrow |= {"xaxis.ticktext": short, "xaxis.tickfont.size": 10}
    return finished(say, [heat], layout, title=title, alt=alt, narrow=narrow)


def _labels(say: Words) -> list[str]:
    ends = [say.number(edge) for edge in EDGES]
    return [
        ends[0], say("charts.up_to", n=ends[1]),
        *(say("interval.range", low=a, high=b) for a, b in pairwise(ends[1:])),
        say("charts.over", n=ends[-1]),
    ]  # fmt: skip
