"""What many do, one above the other, over the hours of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.config.section import HOURS
from sim.report.blocks import Figure, Key
from sim.report.charts.frame import finished, inert, rows_axis
from sim.report.language import Words

ROW_PX = 20


@dataclass(frozen=True)
class Step:
    """What one does from `begin_h` to `end_h`; `row` counts the names, `doing` the activities."""

    row: int
    doing: str
    begin_h: float
    end_h: float
    hover: str = ""


def gantt(
    say: Words, names: Sequence[str], steps: Sequence[Step], activities: Mapping[str, Key], *,
    title: str = "", alt: str = "", x_title: str = "",
) -> Figure:  # fmt: skip
    """A row for each of `names`, from top to bottom; a bar for each step.

    activities : color and label of each thing that is done, in the order of the key.
    """
    data = [
        {
            "type": "bar", "orientation": "h", "width": 0.72, "hoverinfo": "text",
            "y": [s.row for s in own], "base": [s.begin_h for s in own],
            "x": [s.end_h - s.begin_h for s in own],
            "marker": {"color": key.color, "line": {"width": 0}},
            "hovertext": [
                f"{inert(s.hover or names[s.row])}<br>{inert(key.label)}, "
                f"{clock(s.begin_h)}–{clock(s.end_h)}"  # noqa: RUF001
                for s in own
            ],
        }
        for doing, key in activities.items()
        if (own := [s for s in steps if s.doing == doing])
    ]  # fmt: skip
    axis, margin, narrow = rows_axis(names)
    layout = {
        "height": ROW_PX * len(names) + 60, "barmode": "overlay",
        "margin": {"l": margin, "r": 10, "t": 8, "b": 46},
        "xaxis": {"range": [0, HOURS], "dtick": 3, "ticksuffix": say("units.clock.text", n=""),
                  "title": {"text": x_title or say("charts.hour_of_day")}},
        "yaxis": {**axis, "range": [len(names) - 0.4, -0.6], "showgrid": False},
    }  # fmt: skip
    return finished(say, data, layout, title=title, alt=alt, key=list(activities.values()),
                    narrow={**narrow, "xaxis.dtick": 6})  # fmt: skip


def clock(hours: float) -> str:
    """`7:05`."""
    minutes = round(60 * hours)
    return f"{minutes // 60}:{minutes % 60:02d}"
