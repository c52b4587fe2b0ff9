"""A figure as page.js draws it, and how it differs by language.

Plotly is imported here and nowhere else in the package.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
Change = tuple[list[str | int], Any]  # a path into a figure, and what is there instead


@dataclass(frozen=True)
class Plot:
    """A figure in the first language, and what is different in each other one."""

    figure: Mapping[str, Any]
    others: tuple[list[Change], ...] = ()


def payload(figure: Figure) -> Plot:
    """Data, layout, layout paths that differ on a phone, toolbar buttons.

    Raises ValueError for what Plotly does not know.
    """
    drawn = go.Figure(data=list(figure.data), layout=_axes(figure.layout))
    drawn.update_layout(
        template=None, autosize=True, showlegend=False, dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        modebar={
            "bgcolor": "rgba(0,0,0,0)", "color": "var(--faint)", "activecolor": "var(--ink)",
        },
        font={"family": FONT, "size": 11.5, "color": "var(--ink)"},
        hoverlabel=figure.layout.get("hoverlabel") or {
            "bgcolor": "var(--ink)", "bordercolor": "var(--ink)", "align": "left",
            "font": {"family": FONT, "size": 12.5, "color": "var(--paper)"},
        },
    )  # fmt: skip
    plain = _brief(json.loads(drawn.to_json()))
    more = {"narrow": dict(figure.narrow), "chosen": dict(figure.chosen)}
    return Plot({"data": plain["data"], "layout": plain["layout"], "tools": list(figure.tools),
                 **json.loads(json.dumps(more))})  # fmt: skip


def _brief(value: Any) -> Any:
    """Numbers with six digits, which is more than a figure shows."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [_brief(own) for own in value]
    if isinstance(value, dict):
        return {key: _brief(own) for key, own in value.items()}
    return value


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
