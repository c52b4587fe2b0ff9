"""Along a road: its stations at their km, hour by hour, the wait as color."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sim.report.blocks import Figure, Key
from sim.report.charts.frame import FAINTEST, RUSTS, SIZE, cut, finished, inert, label_margin
from sim.report.charts.station import Span
from sim.report.language import Words

EDGES = (0.0, 5.0, 15.0, 30.0, 60.0)  # minutes: classes as those of `queues`
LEAST_PX, PER_ROW_PX, LABEL_PX = 190, 24, 14
WIDE_EM, NARROW_EM = 13.0, 7.0


@dataclass(frozen=True)
class Stop:
    """A station on its way: its key, its name, how far it is from the start."""

    station: str
    name: str
    km: float


def wait_key(say: Words) -> list[Key]:
    """What the colors stand for."""
    ends = [say.number(edge) for edge in EDGES]
    labels = [ends[0], say("charts.up_to", n=ends[1]),
              *(say("interval.range", low=a, high=b) for a, b in pairwise(ends[1:])),
              say("charts.over", n=ends[-1])]  # fmt: skip
    return [Key(color, label, "square") for color, label in zip(RUSTS, labels, strict=True)]


def along(
    say: Words, span: Span, stops: Sequence[Stop], km: float, course: str, *, title: str, alt: str
) -> Figure:
    """One direction of a road, its start at the top: each station colors the road to half the way
    to the next one, and is a line.

    stops : in the order of their km; km : the length of the road; course : minutes.
    """
    at = [stop.km for stop in stops]
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(at)), km]
    height = max(LEAST_PX, PER_ROW_PX * len(stops)) + 46
    top = len(RUSTS) - 1
    heat: dict[str, Any] = {
        "type": "heatmap", **span.x, "y": edges, "zmin": -0.5, "zmax": top + 0.5,
        "showscale": False, "hoverinfo": "text",
        "colorscale": [[bound / (top + 1), RUSTS[c]] for c in range(top + 1)
                       for bound in (c, c + 1)],
        "hovertemplate": f"%{{text}}<br>%{{x|{say('charts.hour')}}}<extra></extra>",
        "meta": {"course": course, "series": 0, "bounds": list(EDGES),
                 "stations": [stop.station for stop in stops], "edges": list(pairwise(edges)),
                 "unit": say("units.min.text", n="").rstrip()},
    }  # fmt: skip
    shown = _apart([stop.km for stop in stops], km, height - 46)
    wide, narrow = ([inert(cut(stop.name, em)) if k in shown else "" for k, stop in
                     enumerate(stops)] for em in (WIDE_EM, NARROW_EM))  # fmt: skip
    ends = [km, 0.0]
    layout: dict[str, Any] = {
        "height": height + 14, "margin": {"l": label_margin(wide, SIZE), "r": 40, "t": 22, "b": 24},
        "xaxis": span.axis(say), "yaxis": {
            "range": ends, "tickvals": at, "ticktext": wide, "tickfont": {"size": SIZE},
            "showgrid": False,
        },
        "annotations": [
            {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 3, "y": own, "showarrow": False,
             "yanchor": "bottom" if own else "top",
             "text": inert(say("charts.km", km=own)), "font": {"size": 10, "color": "var(--muted)"}}
            for own in (0.0, km)
        ],
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": own, "y1": own,
             "line": {"color": FAINTEST, "width": 1}}
            for own in at
        ],
    }  # fmt: skip
    days = [day.partition("T")[0].rpartition("-")[2].lstrip("0")
            for day in layout["xaxis"]["tickvals"]]  # fmt: skip
    return finished(say, [heat], layout, title=title, alt=alt, narrow={
        "xaxis.ticktext": days,
        "yaxis.ticktext": narrow, "margin.l": label_margin(narrow, SIZE), "margin.r": 46,
    })  # fmt: skip


def _apart(at: Sequence[float], km: float, px: float) -> set[int]:
    """Numbers of those whose labels do not overlap."""
    shown: list[int] = []
    for k, own in enumerate(at):
        if not shown or (own - at[shown[-1]]) / km * px >= LABEL_PX:
            shown.append(k)
    return set(shown)
