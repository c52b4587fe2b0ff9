"""What all charts share: axes, names of rows, lines with a label, values in the unit of an axis."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, log10
from typing import Any, Literal, Self

from sim.report.blocks import Figure, Key, Mark
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric

RUST, BLUE, INK, FAINT = "var(--rust)", "var(--blue)", "var(--ink)", "var(--faint)"
MUTED, PAPER, RULE, FAINTEST = "var(--muted)", "var(--paper)", "var(--rule)", "var(--faintest)"
BLUES = tuple(f"var(--u{n})" for n in range(6))  # from little to much
RUSTS = tuple(f"var(--q{n})" for n in range(6))
BAND, BLUE_BAND = "var(--band)", "var(--u0)"
DASHES = {"solid": "solid", "dash": "4px 3px", "dot": "1px 3px"}
SIZE, NARROW_SIZE = 11.0, 10.0  # of the names of rows [px]
WIDE_EM, NARROW_EM = 17.0, 8.5  # the longest name of a row
SIDE = re.compile(r" \S{1,3}$|（[^（）]{1,3}）$")  # noqa: RUF001
SUFFIX_EM = 2.6  # the longest unit that follows every number of an axis
TICKS = tuple(m * 10.0**e for e in range(-3, 10) for m in (1, 2, 5))
MOST_TICKS = 7
MARKS: dict[str, Mark] = {
    "circle": "dot", "circle-open": "ring", "line-ns": "tick", "square": "square",
    "diamond": "diamond", "line-ew-open": "line",
}  # fmt: skip

Value = Estimate | float | int | None
Dash = Literal["solid", "dash", "dot"]


@dataclass(frozen=True)
class Axis:
    """An axis of numbers.

    Attributes
    ----------
    unit : of the table `units`: values are scaled to it and ticks say it.
    low, high : ends, in the unit that values come in; None: as the data have it.
    from_zero : it holds 0.
    ticks : (value, label) instead of numbers.
    step : between ticks, in the unit.
    log : logarithmic; then only what is above 0 is drawn.
    form : d3 format of dates, where values are ISO 8601.
    """

    title: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    from_zero: bool = False
    ticks: Sequence[tuple[float, str]] = ()
    step: float | None = None
    log: bool = False
    form: str = ""

    @classmethod
    def of(cls, say: Words, metric: Metric) -> Self:
        """Of a key figure, by its label and unit; from 0 where it is never less."""
        return cls(say(f"metrics.{metric.key}"), metric.unit, from_zero=metric.least == 0.0)

    def layout(
        self, say: Words, values: Iterable[float | None] = (), most: int = 7
    ) -> dict[str, Any]:
        """Plotly's axis; `values`, scaled, are what a logarithmic one must hold."""
        own: dict[str, Any] = {"nticks": most}
        scale = scale_of(say, self.unit)
        unit = suffix(say, self.unit)
        brief = text_px(unit, 1.0) <= SUFFIX_EM  # longer ones would make ticks overlap
        title = self.title if brief else f"{self.title} [{unit.strip()}]".strip()
        if title:
            own["title"] = {"text": inert(title)}
        if self.form:
            return own | {"type": "date", "tickformat": self.form, "showgrid": False}
        if unit and brief:
            own["ticksuffix"] = unit
        if self.log:
            above = [v for v in values if v is not None and v > 0.0]
            return own | _log(say, above, unit if brief else "")
        if self.low is not None and self.high is not None:
            own["range"] = [scale * self.low, scale * self.high]
        elif self.from_zero:
            own["rangemode"] = "tozero"
        if self.ticks:
            own |= {
                "tickvals": [scale * value for value, _ in self.ticks],
                "ticktext": [inert(text) for _, text in self.ticks], "ticksuffix": "",
            }  # fmt: skip
        elif self.step is not None:
            own |= {"dtick": self.step, "tick0": 0}
        else:
            own["tickformat"] = ",~r" if _wide(self) else ""
        return own


def _wide(axis: Axis) -> bool:
    return axis.high is None or abs(axis.high) >= 1000


def _log(say: Words, values: Sequence[float], unit: str) -> dict[str, Any]:
    low, high = min(values, default=1.0) / 1.6, max(values, default=1.0) * 1.6
    ticks = [t for t in TICKS if low <= t <= high]
    if len(ticks) > MOST_TICKS:
        ticks = [t for t in ticks if log10(t).is_integer()]
    return {
        "type": "log", "range": [log10(low), log10(high)], "tickvals": ticks,
        "ticktext": [say.number(t) + unit for t in ticks], "ticksuffix": "",
    }  # fmt: skip


PLAIN, FROM_ZERO = Axis(), Axis(from_zero=True)


# --- texts ---------------------------------------------------------------------------------


def inert(text: object) -> str:
    """Escape what Plotly would read as markup."""
    return html.escape(str(text), quote=False)


def text_px(text: str, size: float) -> float:
    """Width of a text: Chinese characters are a full em, others about 0.56."""
    return size * sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in html.unescape(text))


def label_margin(labels: Iterable[str], size: float) -> float:
    """Left margin that holds every label, so that figures one above another line up."""
    return max((text_px(t, size) for t in labels), default=0.0) + 14


@lru_cache(maxsize=1 << 16)
def cut(text: str, em: float) -> str:
    """A name cut to a width [em]; a short last word or bracket, such as the side of a road,
    stays."""
    if text_px(text, 1.0) <= em:
        return text
    side = SIDE.search(text)
    tail = side[0] if side else ""
    head = text.removesuffix(tail)
    while head and text_px(f"{head}…{tail}", 1.0) > em:
        head = head[:-1]
    return f"{head.rstrip()}…{tail}"


def suffix(say: Words, unit: str) -> str:
    """A unit as it follows a number."""
    return say(f"units.{unit}.text", n="") if unit else ""


def shown(say: Words, value: Value, unit: str = "", digits: int | None = None) -> str:
    """A value in a box over the figure."""
    return say.number(value, f"{'' if digits is None else digits}{unit}")


# --- values --------------------------------------------------------------------------------


def scale_of(say: Words, unit: str) -> float:
    return float(say.text(f"units.{unit}.scale")) if unit else 1.0


def mean_of(value: Value) -> float | None:
    own = value.mean if isinstance(value, Estimate) else value
    return float(own) if own is not None and isfinite(own) else None


def means(values: Iterable[Value], scale: float = 1.0) -> list[float | None]:
    own = (mean_of(value) for value in values)
    return [None if mean is None else scale * mean for mean in own]


def bounds(values: Iterable[Value], scale: float = 1.0) -> tuple[list[Any], list[Any]]:
    """Low and high ends; the value itself where it has no interval."""
    low: list[float | None] = []
    high: list[float | None] = []
    for value in values:
        mean = mean_of(value)
        for ends, end in ((low, "low"), (high, "high")):
            own = getattr(value, end) if isinstance(value, Estimate) else mean
            ends.append(None if mean is None else scale * (mean if own is None else own))
    return low, high


def bars_of(values: Sequence[Value], color: str, scale: float = 1.0, **more: Any) -> dict[str, Any]:
    """Error bars of estimates; of other values, none."""
    if not any(isinstance(value, Estimate) for value in values):
        return {"visible": False}
    mean, (low, high) = means(values, scale), bounds(values, scale)
    return {
        "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": color,
        "array": [0.0 if m is None else h - m for m, h in zip(mean, high, strict=True)],
        "arrayminus": [0.0 if m is None else m - b for m, b in zip(mean, low, strict=True)],
        **more,
    }  # fmt: skip


# --- parts of a layout ---------------------------------------------------------------------


def line_at(axis: Literal["x", "y"], at: float, label: str, color: str = RUST) -> tuple[Any, ...]:
    """A dashed line across the plot, as (shape, annotation); its label stands outside the data."""
    other = "y" if axis == "x" else "x"
    shape = {
        "type": "line", f"{axis}0": at, f"{axis}1": at, f"{other}ref": "paper", f"{other}0": 0,
        f"{other}1": 1, "line": {"color": color, "width": 1.2, "dash": DASHES["dash"]},
    }  # fmt: skip
    place = (
        {"x": at, "yref": "paper", "y": 1, "yshift": 1} if axis == "x"
        else {"y": at, "xref": "paper", "x": 0.01, "xanchor": "left"}
    )  # fmt: skip
    note = {
        **place, "yanchor": "bottom", "text": inert(label), "showarrow": False,
        "font": {"size": 11, "color": color if color != FAINT else MUTED},
    }  # fmt: skip
    return shape, note


def rows_axis(
    names: Sequence[str], room: Sequence[str] = (), bold: frozenset[int] = frozenset()
) -> tuple[dict[str, Any], float, dict[str, Any]]:
    """The axis of rows from top to bottom, the left margin, and paths that differ on a phone.

    `room`: the names of which the longest fixes the margin, where figures must line up.
    """

    def labels(em: float, of: Sequence[str]) -> list[str]:
        texts = [inert(cut(name, em)) for name in of]
        return [f"<b>{text}</b>" if n in bold else text for n, text in enumerate(texts)]

    def margin(em: float, size: float) -> float:
        return _room(tuple(room or names), em, (1.06 if bold else 1.0) * size)

    axis = {
        "range": [len(names) - 0.5, -0.5], "tickvals": list(range(len(names))),
        "ticktext": labels(WIDE_EM, names), "tickfont": {"size": SIZE},
        "gridcolor": FAINTEST, "ticklabelstandoff": 8,
    }  # fmt: skip
    narrow = {
        "yaxis.ticktext": labels(NARROW_EM, names), "yaxis.tickfont.size": NARROW_SIZE,
        "margin.l": margin(NARROW_EM, NARROW_SIZE),
    }  # fmt: skip
    return axis, margin(WIDE_EM, SIZE), narrow


@lru_cache(maxsize=256)  # all maps of a page have the same
def _room(names: tuple[str, ...], em: float, size: float) -> float:
    return label_margin([inert(cut(name, em)) for name in names], size)


def halves(rows: Sequence[Any]) -> list[Sequence[Any]]:
    """A long list as two columns."""
    middle = (len(rows) + 1) // 2
    return [part for part in (rows[:middle], rows[middle:]) if part]


def finished(
    say: Words, data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], *, title: str,
    alt: str, key: Sequence[Key] = (), narrow: Mapping[str, Any] | None = None, note: str = "",
    width: int | None = None, tools: Sequence[str] = ("toImage",),
    chosen: Mapping[str, Mapping[str, Any]] | None = None,
) -> Figure:  # fmt: skip
    """The figure; where it has no words of its own for who cannot see it, its title has to do."""
    alt = alt or say("charts.alt", title=title)
    return Figure(data, layout, alt, title, key, narrow or {}, note, width, tools,
                  chosen or {})  # fmt: skip
