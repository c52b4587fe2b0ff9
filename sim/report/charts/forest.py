"""Rows of estimates with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.report.blocks import Column, Figure, Key, Table
from sim.report.charts.frame import (
    BLUE,
    FAINT,
    FAINTEST,
    INK,
    MARKS,
    MUTED,
    PLAIN,
    Axis,
    Value,
    bars_of,
    bounds,
    finished,
    inert,
    line_at,
    mean_of,
    means,
    rows_axis,
    scale_of,
    shown,
)
from sim.report.language import Words

ROW_PX = 16  # of a row that has one mark on its line
APART_PX = 26  # of a row whose marks stand one below another


@dataclass(frozen=True)
class Marks:
    """One value for each row; a name for the key.

    `color` is one, or one for each row; `hover` is what a row says below its value; `width` that
    of the intervals [px], `bar` their color if it is not that of the marks.
    """

    label: str
    values: Sequence[Value]
    color: str | Sequence[str] = BLUE
    symbol: str = "circle"
    hover: Sequence[str] = ()
    width: float = 2.0
    bar: str = ""


def forest(
    say: Words, names: Sequence[str], marks: Sequence[Marks], axis: Axis = PLAIN, *,
    title: str = "", alt: str = "", digits: int | None = 1, line: tuple[float, str] | None = None,
    is_change: bool = False, apart: bool = False, joined: bool = False, room: Sequence[str] = (),
    heads: Sequence[int] = (), bold: frozenset[int] = frozenset(), missing: str = "",
    row_px: float | None = None, key: Sequence[Key] | None = None, note: str = "",
    stations: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """Estimates as dots with their 95 % intervals, a row each, from top to bottom.

    Parameters
    ----------
    names : [row]; those of `heads` are headings of the rows below them, and have no values.
    marks : what is drawn in every row: on one line, or one below another (`apart`); of two that
        are `joined` a line leads from the first to the second.
    axis : values come in its unit before it is scaled, such as shares [0-1] for "%".
    line : (value, label) of a dashed line.
    is_change : a line at 0 tells gains from losses.
    room : all names whose longest fixes the margin, so that halves of a list line up.
    missing : what stands in a row that has no value.
    stations : keys of the stations that the rows are about.
    """
    scale = scale_of(say, axis.unit)
    rows, margin, narrow = rows_axis(["" if n in heads else name for n, name in enumerate(names)],
                                     room, bold)  # fmt: skip
    data: list[dict[str, Any]] = []
    if joined:
        data += _joined(marks[0], marks[1], scale)
    for place, own in enumerate(marks):
        shift = 0.44 * (place - (len(marks) - 1) / 2) / max(1, len(marks) - 1) if apart else 0.0
        data += _dots(say, names, own, axis, scale, digits, shift, stations)
    shapes, notes = _heads(names, heads)
    for value, label in [line] if line else []:
        shape, text = line_at("x", scale * value, label)
        shapes.append(shape)
        notes.append(text)
    blank = [n for n in range(len(names)) if n not in heads
             and all(mean_of(own.values[n]) is None for own in marks)]  # fmt: skip
    notes += [_note(n, missing, MUTED, 2) for n in blank if missing]
    px = row_px or (APART_PX if apart else ROW_PX)
    ends = [end for own in marks for side in bounds(own.values, scale) for end in side]
    x = axis.layout(say, ends, 6)
    if is_change:
        x |= {"zeroline": True, "zerolinecolor": FAINT}
    layout = {
        "height": round(px * len(names)) + (32 if not axis.title else 46) + 26,
        "margin": {"l": margin, "r": 14, "t": 24, "b": 46 if axis.title else 32},
        "xaxis": x, "yaxis": rows, "shapes": shapes, "annotations": notes,
    }  # fmt: skip
    own_key = _key(marks) if key is None else key
    return finished(say, data, layout, title=title, alt=alt, key=own_key, note=note,
                    narrow={**narrow, "xaxis.nticks": 4})  # fmt: skip


def table(
    say: Words, head: str, names: Sequence[str], marks: Sequence[Marks], unit: str = "",
    digits: int | None = 1, caption: str = "",
) -> Table:  # fmt: skip
    """The same numbers as a table."""
    columns = [Column(head), *(Column(own.label, unit, digits) for own in marks)]
    rows = [[name, *(own.values[n] for own in marks)] for n, name in enumerate(names)]
    return Table(columns, rows, caption)


def _dots(
    say: Words, names: Sequence[str], own: Marks, axis: Axis, scale: float, digits: int | None,
    shift: float, stations: Sequence[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """The marks, a trace for each color, because an error bar has one."""
    colors = [own.color] * len(names) if isinstance(own.color, str) else list(own.color)
    mean = means(own.values, scale)
    traces = []
    for color in dict.fromkeys(colors):
        rows = [n for n, c in enumerate(colors) if c == color and mean[n] is not None]
        values = [own.values[n] for n in rows]
        hover = [
            f"{inert(names[n])}<br>{inert(own.label)}{': ' if own.label else ''}"
            f"{shown(say, own.values[n], axis.unit, digits)}"
            + (f"<br>{inert(own.hover[n])}" if own.hover else "")
            for n in rows
        ]
        traces.append(
            {
                "type": "scatter", "mode": "markers", "cliponaxis": False,
                "x": [mean[n] for n in rows], "y": [n + shift for n in rows],
                "marker": {"color": color, "symbol": own.symbol, "size": 9,
                           "line": {"width": 1.6, "color": color}}
                if own.symbol.startswith("line")
                else {"color": color, "symbol": own.symbol, "size": 8,
                      "line": {"width": 1.6 if own.symbol.endswith("open") else 0,
                               "color": color}},
                "error_x": bars_of(values, own.bar or color, scale, thickness=own.width),
                "hovertext": hover, "hoverinfo": "text",
                **({"meta": {"stations": [stations[n] for n in rows]}} if stations else {}),
            }
        )  # fmt: skip
    return traces


def _joined(first: Marks, second: Marks, scale: float) -> list[dict[str, Any]]:
    """A line in each row from the first mark to the second, in the color of the second."""
    a, b = means(first.values, scale), means(second.values, scale)
    colors = [second.color] * len(b) if isinstance(second.color, str) else list(second.color)
    return [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip",
            "line": {"color": color, "width": 2.5},
            "x": [v for n in rows for v in (a[n], b[n], None)],
            "y": [v for n in rows for v in (n, n, None)],
        }
        for color in dict.fromkeys(colors)
        for rows in [[n for n, c in enumerate(colors) if c == color and a[n] is not None]]
    ]  # fmt: skip


def _heads(names: Sequence[str], heads: Sequence[int]) -> tuple[list[Any], list[Any]]:
    shapes = [
        {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": n - 0.5, "y1": n + 0.5,
         "line": {"width": 0}, "layer": "below", "fillcolor": FAINTEST}
        for n in heads
    ]  # fmt: skip
    return shapes, [_note(n, names[n], MUTED, 6, bold=True) for n in heads]


def _note(row: int, text: str, color: str, shift: int, bold: bool = False) -> dict[str, Any]:
    text = f"<b>{inert(text)}</b>" if bold else inert(text)
    return {
        "xref": "paper", "x": 0, "xanchor": "left", "xshift": shift, "y": row, "showarrow": False,
        "text": text, "font": {"size": 11, "color": color},
    }  # fmt: skip


def _key(marks: Sequence[Marks]) -> list[Key]:
    return [
        Key(own.color if isinstance(own.color, str) else INK, own.label,
            MARKS.get(own.symbol, "dot"))
        for own in marks
        if own.label and len(marks) > 1
    ]  # fmt: skip


def spread(
    say: Words, names: Sequence[str], values: Sequence[Value], axis: Axis, limit: float, *,
    alt: str, hover: Sequence[str] = (), line: str = "", title: str = "", height: int = 170,
    stations: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """All rows of one value in order, the greatest on top, against a limit: no names, a hover box
    says who it is.

    names, values, hover : [row], in any order.
    limit : in the unit of the values; rows above it are rust, others blue.
    stations : keys of the stations that the rows are about.
    """
    scale = scale_of(say, axis.unit)
    mean = means(values)
    order = sorted(range(len(names)), key=lambda n: -(mean[n] or 0.0))
    ranked = [values[n] for n in order]
    data = [
        {
            "type": "scatter", "mode": "markers", "x": means(ranked, scale),
            "y": list(range(len(order))),
            "marker": {"size": 4, "color": ["var(--rust)" if (mean_of(v) or 0.0) > limit
                                            else BLUE for v in ranked]},
            "error_x": bars_of(ranked, FAINT, scale, thickness=1),
            "hovertext": [
                f"{inert(names[n])}<br>{shown(say, values[n], axis.unit, 1)}"
                + (f"<br>{inert(hover[n])}" if hover else "")
                for n in order
            ],
            "hoverinfo": "text",
            **({"meta": {"stations": [stations[n] for n in order]}} if stations else {}),
        }
    ]  # fmt: skip
    shape, note = line_at("x", scale * limit, line or shown(say, limit, axis.unit))
    layout = {
        "height": height, "margin": {"l": 14, "r": 22, "t": 20, "b": 24},
        "xaxis": axis.layout(say, most=5), "shapes": [shape], "annotations": [note],
        "yaxis": {"range": [len(order), -1], "showticklabels": False, "showgrid": False},
    }  # fmt: skip
    return finished(say, data, layout, title=title, alt=alt)
