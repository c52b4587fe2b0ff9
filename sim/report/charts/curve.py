"""Curves over a number or over time, with their bands, and points beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from sim.config.section import HOURS
from sim.report.blocks import Figure, Key, Mark
from sim.report.charts.frame import (
    BAND,
    BLUE,
    BLUE_BAND,
    DASHES,
    FAINT,
    FAINTEST,
    FROM_ZERO,
    MARKS,
    PAPER,
    PLAIN,
    RUST,
    SIZE,
    Axis,
    Dash,
    Value,
    bars_of,
    bounds,
    finished,
    inert,
    line_at,
    means,
    scale_of,
    shown,
    suffix,
    text_px,
)
from sim.report.language import Words

STANDOFF = 8  # between ticks and a title that stands upright beside them [px]
BANDS = {RUST: BAND, BLUE: BLUE_BAND}


@dataclass(frozen=True)
class Line:
    """A curve: `y` over `x`, both of the same length.

    Attributes
    ----------
    x : numbers, or ISO 8601 where the axis has a `form`.
    y : estimates have a band or bars.
    interval : how it is drawn.
    steps : each value holds until the next place; `x` then has one place more than `y` has values.
    has_marks : a dot at each value.
    fills : the area below it is colored.
    columns : bars instead of a curve, as wide as `steps` are apart.
    hover : what a place says instead of its numbers.
    """

    label: str
    x: Sequence[Any]
    y: Sequence[Value]
    color: str = BLUE
    interval: Literal["band", "bars"] = "band"
    dash: Dash = "solid"
    steps: bool = False
    has_marks: bool = False
    fills: bool = False
    columns: bool = False
    width: float = 2.0
    hover: Sequence[str] = ()


@dataclass(frozen=True)
class Dots:
    """Points: `y` over `x`, estimates with their bars in both directions; `texts` are written
    beside them, `hover` in a box."""

    label: str
    x: Sequence[Value]
    y: Sequence[Value]
    color: str | Sequence[str] = BLUE
    symbol: str = "circle"
    size: float = 8.0
    hover: Sequence[str] = ()
    texts: Sequence[str] = ()
    opacity: float = 1.0
    places: Sequence[str] = ()  # of the texts, as Plotly calls them


def curve(
    say: Words, lines: Sequence[Line], x: Axis = PLAIN, y: Axis = FROM_ZERO, *,
    dots: Sequence[Dots] = (), title: str = "", alt: str = "", digits: int | None = 1,
    at_x: Sequence[tuple[float, str]] = (), at_y: Sequence[tuple[float, str]] = (),
    span: tuple[float, float, str] | None = None, diagonal: bool = False, height: int = 340,
    key: Sequence[Key] | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Curves with their 95 % intervals as bands or bars, and points.

    Parameters
    ----------
    x, y : axes; values come in their unit before it is scaled.
    at_x, at_y : (value, label) of dashed lines.
    span : (low, high, label) of a band over all heights, such as an estimate on the x axis.
    diagonal : a thin line where both axes have the same value.
    """
    across, up = scale_of(say, x.unit) if not x.form else 1.0, scale_of(say, y.unit)
    data = [band for own in lines for band in _band(own, across, up, bool(x.form))]
    data += [_line(say, own, y, across, up, digits, bool(x.form)) for own in lines]
    data += [_dots(say, own, x, y, across, up, digits) for own in dots]
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for axis, scale, marked in (("x", across, at_x), ("y", up, at_y)):
        for value, label in marked:
            shape, text = line_at(axis, scale * value, label)  # type: ignore[arg-type]
            shapes.append(shape)
            notes.append(text)
    if span:
        shapes.insert(0, {
            "type": "rect", "x0": across * span[0], "x1": across * span[1], "yref": "paper",
            "y0": 0, "y1": 1, "fillcolor": BAND, "line": {"width": 0}, "layer": "below",
        })  # fmt: skip
    if diagonal and x.low is not None and x.high is not None:
        ends = across * x.low, across * x.high
        shapes.append({"type": "line", "x0": ends[0], "y0": ends[0], "x1": ends[1], "y1": ends[1],
                       "layer": "below", "line": {"color": FAINT, "width": 1.2}})  # fmt: skip
    layout: dict[str, Any] = {
        "height": height,
        "margin": {"l": _left(say, y), "r": 16, "t": 22, "b": 46 if x.title else 34},
        "barmode": "overlay", "shapes": shapes, "annotations": notes,
        "xaxis": x.layout(say, _all(dots, "x", across) + _xs(lines, x), 8),
        "yaxis": y.layout(say, _all(lines, "y", up) + _all(dots, "y", up), 6),
    }  # fmt: skip
    if y.title:
        layout["yaxis"]["title"]["standoff"] = STANDOFF
    own_key = _key(lines, dots, span) if key is None else key
    narrow: dict[str, Any] = {"height": min(height, 300)}
    if x.step is None and not x.ticks and not x.log:
        narrow["xaxis.nticks"] = 5
    elif x.step is not None:
        narrow["xaxis.dtick"] = 2 * x.step
    return finished(say, data, layout, title=title, alt=alt, key=own_key, narrow=narrow, note=note)


def _left(say: Words, y: Axis) -> float:
    """Margin left of the curves: a title stands beside the units of the ticks."""
    return 60 + STANDOFF + text_px(suffix(say, y.unit), SIZE) if y.title else 48


def by_hour(
    say: Words, lines: Sequence[Line], y: Axis = FROM_ZERO, *, title: str = "",
    alt: str = "", dots: Sequence[Dots] = (), at_y: Sequence[tuple[float, str]] = (),
    digits: int | None = 1, height: int = 330, key: Sequence[Key] | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """The same over the hours of a day; `x` of the lines are hours from 0 to 24."""
    x = Axis(say("charts.hour_of_day"), "clock", 0.0, float(HOURS), step=3)
    return curve(say, lines, x, y, dots=dots, title=title, alt=alt, at_y=at_y, digits=digits,
                 height=height, key=key, note=note)  # fmt: skip


def scatter(
    say: Words, dots: Sequence[Dots], x: Axis = PLAIN, y: Axis = PLAIN, *, title: str = "",
    alt: str = "", lines: Sequence[Line] = (), digits: int | None = 1, diagonal: bool = False,
    at_x: Sequence[tuple[float, str]] = (), at_y: Sequence[tuple[float, str]] = (),
    height: int = 380, key: Sequence[Key] | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Points on two axes, with curves such as a law below them."""
    return curve(say, lines, x, y, dots=dots, title=title, alt=alt, digits=digits, at_x=at_x,
                 at_y=at_y, diagonal=diagonal, height=height, key=key, note=note)  # fmt: skip


# --- traces --------------------------------------------------------------------------------


def _places(own: Line, across: float, dated: bool) -> list[Any]:
    return list(own.x) if dated else [across * float(x) for x in own.x]


def _held(own: Line, values: list[Any]) -> list[Any]:
    """Of steps, the last value once more, at the end."""
    return [*values, values[-1]] if own.steps and not own.columns and values else values


def _band(own: Line, across: float, up: float, dated: bool) -> list[dict[str, Any]]:
    low, high = bounds(own.y, up)
    if own.interval != "band" or low == high:
        return []
    edge = {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": _places(own, across, dated),
        "line": {"width": 0, "shape": "hv" if own.steps else "linear"},
    }  # fmt: skip
    fill = {"fill": "tonexty", "fillcolor": BANDS.get(own.color, FAINTEST)}
    return [{**edge, "y": _held(own, high)}, {**edge, "y": _held(own, low), **fill}]


def _line(
    say: Words, own: Line, y: Axis, across: float, up: float, digits: int | None, dated: bool
) -> dict[str, Any]:
    values = means(own.y, up)
    label = f"{inert(own.label)}: " if own.label else ""
    hover = [inert(text) for text in own.hover] or [
        f"{label}{shown(say, value, y.unit, digits)}" for value in own.y
    ]
    if own.columns:
        x = _places(own, across, dated)
        return {
            "type": "bar", "x": [(a + b) / 2 for a, b in pairwise(x)], "y": values,
            "width": [0.88 * (b - a) for a, b in pairwise(x)], "marker": {"color": own.color},
            "hovertext": hover, "hoverinfo": "text",
        }  # fmt: skip
    fill = {"fill": "tozeroy", "fillcolor": BANDS.get(own.color, FAINTEST)} if own.fills else {}
    bars = {"error_y": bars_of(own.y, own.color, up, thickness=1.4)}
    return {
        "type": "scatter", "mode": "lines+markers" if own.has_marks else "lines",
        "x": _places(own, across, dated), "y": _held(own, values), **fill,
        **(bars if own.interval == "bars" else {}),
        "line": {"color": own.color, "width": own.width, "dash": DASHES[own.dash],
                 "shape": "hv" if own.steps else "linear"},
        "marker": {"color": own.color, "size": 6}, "cliponaxis": not own.has_marks,
        "hovertext": _held(own, hover), "hoverinfo": "text+x" if dated else "text",
    }  # fmt: skip


def _dots(
    say: Words, own: Dots, x: Axis, y: Axis, across: float, up: float, digits: int | None
) -> dict[str, Any]:
    label = f"{inert(own.label)}: " if own.label else ""
    hover = [inert(text) for text in own.hover] or [
        f"{label}{shown(say, a, x.unit, digits)}, {shown(say, b, y.unit, digits)}"
        for a, b in zip(own.x, own.y, strict=True)
    ]
    bar = own.color if isinstance(own.color, str) else FAINT
    line = {"width": 1.5, "color": PAPER if "open" not in own.symbol else bar}
    return {
        "type": "scatter", "mode": "markers+text" if own.texts else "markers",
        "x": means(own.x, across), "y": means(own.y, up), "cliponaxis": False,
        "marker": {"color": own.color, "size": own.size, "symbol": own.symbol,
                   "opacity": own.opacity, "line": line if own.size >= 8 else {"width": 0}},
        "error_x": bars_of(own.x, bar, across, thickness=1.2),
        "error_y": bars_of(own.y, bar, up),
        **({"text": [inert(text) for text in own.texts], "textfont": {"size": 11},
            "textposition": list(own.places) or "top center"} if own.texts else {}),
        "hovertext": hover, "hoverinfo": "text",
    }  # fmt: skip


def _all(own: Sequence[Line] | Sequence[Dots], axis: str, scale: float) -> list[float | None]:
    return [v for one in own for side in bounds(getattr(one, axis), scale) for v in side]


def _xs(lines: Sequence[Line], x: Axis) -> list[float | None]:
    return [float(v) for own in lines for v in own.x] if x.log else []


def _key(
    lines: Sequence[Line], dots: Sequence[Dots], span: tuple[float, float, str] | None
) -> list[Key]:
    several = len(lines) + len(dots) + bool(span) > 1

    def mark(own: Line) -> Mark:
        return "square" if own.columns else "line" if own.dash == "solid" else "dash"

    keys = [Key(own.color, own.label, mark(own)) for own in lines if own.label and several]
    keys += [
        Key(own.color, own.label, MARKS.get(own.symbol, "dot"))
        for own in dots
        if own.label and isinstance(own.color, str) and several
    ]
    return keys + ([Key(BAND, span[2], "square")] if span else [])
