"""Bars side by side, or signed bars in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.report.blocks import Figure, Key
from sim.report.charts.curve import Line, curve
from sim.report.charts.frame import (
    BLUE,
    FAINT,
    FROM_ZERO,
    INK,
    PAPER,
    RULE,
    Axis,
    Value,
    bars_of,
    bounds,
    cut,
    finished,
    inert,
    line_at,
    means,
    rows_axis,
    scale_of,
    shown,
)
from sim.report.language import Words

GROUP = 0.8  # of the place of a name that its bars take
ROW_PX = 34
BRIEF_EM = 5.0  # the longest name below bars on a phone


@dataclass(frozen=True)
class Bars:
    """One value for each name.  `also`: further values, drawn as diamonds on the bars."""

    label: str
    values: Sequence[Value]
    color: str | Sequence[str] = BLUE
    hover: Sequence[str] = ()
    also: Sequence[Value] = ()
    also_label: str = ""


def bars(
    say: Words, names: Sequence[str], series: Sequence[Bars], axis: Axis = FROM_ZERO, *,
    title: str = "", alt: str = "", in_rows: bool = False, base: float = 0.0,
    overlaid: bool = False, numbers: bool = False, line: tuple[float, str] | None = None,
    brief: Sequence[str] = (), digits: int | None = 1, height: int = 280,
    key: Sequence[Key] | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Values with their 95 % intervals as bars.

    Parameters
    ----------
    names : [name] below the bars, from left to right; `in_rows` left of them, from top to bottom.
    series : bars of the same name stand side by side, or on the same place (`overlaid`: the two
        ends of a tornado).
    base : where bars begin; values count from there.
    numbers : the mean is written at the end of each bar.
    line : (value, label) of a dashed line across the bars.
    brief : names on a phone.
    """
    scale = scale_of(say, axis.unit)
    count = 1 if overlaid else len(series)
    data: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for n, own in enumerate(series):
        shift = 0.0 if overlaid else GROUP * ((n + 0.5) / count - 0.5)
        at = [place + shift for place in range(len(names))]
        data.append(_bars(say, names, own, axis, scale, at, GROUP / count, base, in_rows, digits))
        if own.also:
            data.append(_diamonds(say, names, own, axis, scale, at, base, in_rows, digits))
        if numbers:
            notes += _numbers(say, own, scale, at, base, in_rows)
    data.sort(key=lambda trace: trace["type"] == "scatter")  # diamonds above the bars
    ends = [base * scale + v for own in series for side in bounds(own.values, scale) for v in side
            if v is not None]  # fmt: skip
    values = axis.layout(say, ends, 6)
    if numbers and "range" not in values:
        values["range"] = _room(ends, scale * base, 0.2 if in_rows else 0.14)
    side: Literal["x", "y"] = "x" if in_rows else "y"
    shapes = []
    for value, label in [line] if line else []:
        shape, text = line_at(side, scale * value, label, INK if overlaid else "var(--rust)")
        shapes.append(shape)
        notes.append(text)
    shared = {"barmode": "overlay", "annotations": notes}
    own_key = _key(series) if key is None else key
    if in_rows:
        rows, margin, narrow = rows_axis(names)
        rows |= {"range": [len(names) - 0.4, -0.6], "showgrid": False}
        layout = {
            **shared, "height": round(ROW_PX * len(names)) + 56 + (14 if axis.title else 0),
            "margin": {"l": margin, "r": 16, "t": 22, "b": 46 if axis.title else 32},
            "xaxis": {**values, "zeroline": True, "zerolinecolor": FAINT}, "yaxis": rows,
            "shapes": shapes,
        }  # fmt: skip
        return finished(say, data, layout, title=title, alt=alt, key=own_key, note=note,
                        narrow={**narrow, "xaxis.nticks": 4})  # fmt: skip
    shapes += [
        {"type": "line", "x0": n + 0.5, "x1": n + 0.5, "yref": "paper", "y0": 0, "y1": 1,
         "layer": "below", "line": {"color": RULE, "width": 1}}
        for n in range(len(names) - 1)
    ]  # fmt: skip
    layout = {
        **shared, "height": height, "shapes": shapes,
        "margin": {"l": 60 if axis.title else 46, "r": 8, "t": 22, "b": 40},
        "xaxis": {"range": [-0.5, len(names) - 0.5], "tickvals": list(range(len(names))),
                  "ticktext": _lines(names), "showgrid": False, "tickangle": 0},
        "yaxis": values,
    }  # fmt: skip
    short = brief or [cut(name, BRIEF_EM) for name in names]
    several = count * len(names) > 8
    narrow = {"xaxis.ticktext": _lines(short)} | ({"annotations": []} if several else {})
    return finished(say, data, layout, title=title, alt=alt, key=own_key, narrow=narrow, note=note)


def histogram(
    say: Words, edges: Sequence[float], counts: Sequence[float], x: Axis, y: Axis, *,
    title: str = "", alt: str = "", line: tuple[float, str] | None = None, color: str = "var(--u2)",
    height: int = 240,
) -> Figure:  # fmt: skip
    """Counts between edges, one more edge than counts."""
    lines = [Line("", edges, counts, color, columns=True)]
    return curve(say, lines, x, y, title=title, alt=alt, at_y=[line] if line else [], digits=None,
                 height=height)  # fmt: skip


def _bars(
    say: Words, names: Sequence[str], own: Bars, axis: Axis, scale: float, at: Sequence[float],
    width: float, base: float, in_rows: bool, digits: int | None,
) -> dict[str, Any]:  # fmt: skip
    along, across = ("y", "x") if in_rows else ("x", "y")
    return {
        "type": "bar", "orientation": "h" if in_rows else "v", "width": 0.9 * width,
        along: list(at), across: means(own.values, scale), "base": scale * base,
        "marker": {"color": own.color if isinstance(own.color, str) else list(own.color)},
        f"error_{across}": bars_of(own.values, INK, scale, thickness=1.4, width=3),
        "hovertext": _hover(say, names, own.label, own.values, own.hover, axis.unit, digits),
        "hoverinfo": "text", "cliponaxis": False,
    }  # fmt: skip


def _diamonds(
    say: Words, names: Sequence[str], own: Bars, axis: Axis, scale: float, at: Sequence[float],
    base: float, in_rows: bool, digits: int | None,
) -> dict[str, Any]:  # fmt: skip
    along, across = ("y", "x") if in_rows else ("x", "y")
    ends = [None if v is None else scale * base + v for v in means(own.also, scale)]
    return {
        "type": "scatter", "mode": "markers", along: list(at), across: ends, "cliponaxis": False,
        "marker": {"symbol": "diamond", "size": 8.5, "color": own.color,
                   "line": {"color": PAPER, "width": 1.4}},
        "hovertext": _hover(say, names, own.also_label or own.label, own.also, (), axis.unit,
                            digits),
        "hoverinfo": "text",
    }  # fmt: skip


def _hover(
    say: Words, names: Sequence[str], label: str, values: Sequence[Value], more: Sequence[str],
    unit: str, digits: int | None,
) -> list[str]:  # fmt: skip
    return [
        f"{inert(name)}<br>{inert(label)}{': ' if label else ''}{shown(say, value, unit, digits)}"
        + (f"<br>{inert(more[n])}" if more else "")
        for n, (name, value) in enumerate(zip(names, values, strict=True))
    ]


def _numbers(
    say: Words, own: Bars, scale: float, at: Sequence[float], base: float, in_rows: bool
) -> list[dict[str, Any]]:
    """The mean of each bar beyond the end of its interval."""
    mean, (low, high) = means(own.values, scale), bounds(own.values, scale)
    notes = []
    for place, m, a, b in zip(at, mean, low, high, strict=True):
        if m is None:
            continue
        end, sign = (b, 1) if m >= 0.0 else (a, -1)
        where: Mapping[str, Any] = (
            {"x": scale * base + end, "y": place, "xanchor": "left" if sign > 0 else "right",
             "xshift": 5 * sign}
            if in_rows
            else {"x": place, "y": scale * base + end, "yanchor": "bottom" if sign > 0 else "top"}
        )  # fmt: skip
        size = 12 if in_rows else 10
        text = say.number(m, "1" if abs(m) < 9.95 and m != round(m) else "0")
        notes.append({**where, "showarrow": False, "text": text, "font": {"size": size}})
    return notes


def _room(ends: Sequence[float], base: float, share: float) -> list[float]:
    """A range that leaves room for the numbers at the ends of bars."""
    low, high = min([base, *ends]), max([base, *ends])
    room = share * ((high - low) or 1.0)
    return [low - room * (low < base), high + room * (high > base or low == high)]


def _lines(names: Sequence[str]) -> list[str]:
    """Names below bars; a line feed breaks them."""
    return [inert(name).replace("\n", "<br>") for name in names]


def _key(series: Sequence[Bars]) -> list[Key]:
    keys = [
        Key(own.color, own.label, "square")
        for own in series
        if isinstance(own.color, str) and len(series) > 1
    ]
    also = {own.also_label for own in series if own.also and own.also_label}
    return keys + [Key(FAINT, label, "diamond") for label in sorted(also)]
