"""A figure as page.js draws it, and how it differs by language.

Plotly is imported here and nowhere else in the package.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from babel.dates import get_day_names, get_month_names

from sim.report.blocks import Figure
from sim.report.language import LOCALES, Words

FONT = (
    "-apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, "
    "Noto Sans CJK SC, Source Han Sans SC, sans-serif"
)
FORMS: tuple[Literal["wide"], Literal["abbreviated"]] = ("wide", "abbreviated")
PLOTLY = Path(__file__).parent / "assets" / "plotly-cartesian.min.js"  # its licence is beside
# What all figures have in common.
LAYOUT: dict[str, Any] = {
    "autosize": True, "showlegend": False, "dragmode": False,
    "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
    "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "var(--faint)", "activecolor": "var(--ink)"},
    "font": {"family": FONT, "size": 11.5, "color": "var(--ink)"},
}  # fmt: skip
HOVER = {
    "bgcolor": "var(--ink)", "bordercolor": "var(--ink)", "align": "left",
    "font": {"family": FONT, "size": 12.5, "color": "var(--paper)"},
}  # fmt: skip
Change = tuple[list[str | int], Any]  # a path into a figure, and what is there instead


@dataclass(frozen=True)
class Plot:
    """A figure in the first language, and what is different in each other one."""

    figure: Mapping[str, Any]
    others: tuple[list[Change], ...] = ()


def payload(figure: Figure, checked: bool = True) -> Plot:
    """Data, layout, layout paths that differ on a phone, toolbar buttons.

    Raises ValueError for what Plotly does not know, if it is `checked`.
    """
    layout = {**_axes(figure.layout), **LAYOUT}
    layout["hoverlabel"] = figure.layout.get("hoverlabel") or HOVER
    if checked:
        go.Figure(data=list(figure.data), layout=layout)
    drawn = {"data": figure.data, "layout": layout, "narrow": figure.narrow,
             "chosen": figure.chosen, "tools": figure.tools}  # fmt: skip
    return Plot(_plain(drawn))


def _plain(value: Any) -> Any:
    """As JSON has it: numbers with six digits, which is more than a figure shows; arrays of bytes
    as Plotly reads them."""
    match value:
        case float():
            return float(f"{value:.6g}") if isfinite(value) else None
        case str() | int() | None:
            return value
        case np.ndarray():
            assert value.dtype == np.uint8, value.dtype
            data = base64.b64encode(value.tobytes()).decode("ascii")
            return {"dtype": "u1", "bdata": data, "shape": ", ".join(map(str, value.shape))}
        case np.generic():
            return _plain(value.item())
        case Mapping():
            return {key: _plain(own) for key, own in value.items() if own is not None}
    return [_plain(own) for own in value]


def _axes(layout: Mapping[str, Any]) -> dict[str, Any]:
    """The layout with every axis as our pages draw them, where it says nothing else."""
    names = [name for name in layout if name.startswith(("xaxis", "yaxis"))]
    return {**layout, **{name: plain_axis(**layout[name]) for name in names}}


def plain_axis(**extra: Any) -> dict[str, Any]:
    return {
        "showgrid": True, "gridcolor": "var(--rule)", "zeroline": False, "showline": False,
        "ticks": "", "ticklabelstandoff": 4, "fixedrange": True, **extra,
    }  # fmt: skip


def differences(first: Any, other: Any) -> list[Change]:
    """Where `other` is not as `first`: paths with what is there instead.

    A list that differs in more than half of its members is replaced as a whole.
    """
    if isinstance(first, Mapping) and isinstance(other, Mapping) and first.keys() == other.keys():
        pairs = [(key, first[key], other[key]) for key in first]
    elif isinstance(first, list) and isinstance(other, list) and len(first) == len(other):
        pairs = [(n, *pair) for n, pair in enumerate(zip(first, other, strict=True))]
        if 2 * sum(a != b for _, a, b in pairs) > len(pairs) and not _deep(first):
            return [([], other)]
    else:
        return [] if first == other else [([], other)]
    return [([key, *path], value) for key, a, b in pairs for path, value in differences(a, b)]


def _deep(values: list[Any]) -> bool:
    return any(isinstance(value, dict) for value in values)


SUNDAY_FIRST = (6, 0, 1, 2, 3, 4, 5)
BUTTONS = {
    "Download plot as a PNG": "picture", "Zoom in": "zoom_in", "Zoom out": "zoom_out",
    "Pan": "pan", "Reset axes": "reset",
}  # fmt: skip


def locale(say: Words) -> dict[str, Any]:
    """How Plotly names its buttons, days and months."""
    of = LOCALES[say.language]
    days = {form: get_day_names(form, locale=of) for form in FORMS}  # 0 is Monday
    months = {form: list(get_month_names(form, locale=of).values()) for form in FORMS}
    return {
        "dictionary": {text: say(f"buttons.{key}") for text, key in BUTTONS.items()},
        "format": {
            "days": [days["wide"][day] for day in SUNDAY_FIRST],
            "shortDays": [days["abbreviated"][day] for day in SUNDAY_FIRST],
            "months": months["wide"], "shortMonths": months["abbreviated"],
        },
    }  # fmt: skip


def plotly_js() -> str:
    """The part of Plotly that draws on two axes, of the version that the package knows."""
    return PLOTLY.read_text("utf-8")
