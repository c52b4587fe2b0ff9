"""One station hour by hour: figures whose values come from the courses of a page when it is picked.

Traces say in their `meta` which `series` of which `course`, or which `fact`, they show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sim.report.blocks import Figure, Key
from sim.report.charts.frame import BAND, BLUE, FAINT, INK, MUTED, RUST, finished, inert
from sim.report.language import Words

HOUR_MS = 3_600_000
HEIGHT = 150
RUST_PALE, RUST_MID, RUST_DARK = "var(--q2)", "var(--q3)", "var(--q5)"


@dataclass(frozen=True)
class Span:
    """The hours that courses are of: the first one, and how many."""

    first: datetime
    hours: int

    @property
    def x(self) -> dict[str, Any]:
        return {"x0": self.first.isoformat(), "dx": HOUR_MS}

    @property
    def ends(self) -> list[str]:
        return [self.first.isoformat(), (self.first + timedelta(hours=self.hours)).isoformat()]

    def axis(self, say: Words) -> dict[str, Any]:
        """Days, each named where it begins."""
        days = [self.first + timedelta(days=n) for n in range(-(-self.hours // 24))]
        return {
            "type": "date", "range": self.ends, "tickmode": "array", "showgrid": True,
            "tickvals": [day.isoformat() for day in days],
            "ticktext": [say.date(day.date(), say.text("charts.day_brief")) for day in days],
            "tickangle": 0,
            "hoverformat": say.text("charts.hour"), "ticklabelposition": "outside right",
            "ticklabeloverflow": "allow",  # to look costs as much as to draw them
        }  # fmt: skip


def line(say: Words, span: Span, course: str, *, title: str) -> Figure:
    """EVs waiting: median, and where 50 and 90 % of replications lie.  The course has these five
    quantiles, from below."""
    data: list[dict[str, Any]] = []
    for low, high, label in ((0, 4, "most"), (1, 3, "half")):
        data += [_edge(span, course, low), _edge(span, course, high, say(f"panel.{label}"))]
    data.append({
        "type": "scatter", "mode": "lines", **span.x, "name": say("panel.median"),
        "line": {"color": RUST, "width": 1.6, "shape": "hv"}, "hovertemplate": "%{y:.1f}",
        "meta": {"course": course, "series": 2},
    })  # fmt: skip
    keys = [Key(RUST, say("panel.median"), "line"), Key(BAND, say("panel.bands"), "square")]
    return _figure(say, span, data, title, keys)


def two(say: Words, span: Span, course: str, names: tuple[str, str], *, title: str) -> Figure:
    """The course of the one, and on it that of the other."""
    looks = ((0, MUTED, 1.4), (1, RUST, 1.6))
    data = [
        {
            "type": "scatter", "mode": "lines", **span.x, "name": inert(names[n]),
            "line": {"color": color, "width": width, "shape": "hv"}, "hovertemplate": "%{y:.1f}",
            "meta": {"course": course, "series": n},
        }
        for n, color, width in looks
    ]  # fmt: skip
    return _figure(say, span, data, title, [Key(color, names[n], "line") for n, color, _ in looks])


def _edge(span: Span, course: str, series: int, name: str = "") -> dict[str, Any]:
    """An end of a band; the upper one, which has a name, fills it."""
    fill = {"fill": "tonexty", "fillcolor": BAND} if name else {}
    return {
        "type": "scatter", "mode": "lines", **span.x, "name": name, "hoverinfo": "skip", **fill,
        "line": {"width": 0, "shape": "hv"}, "meta": {"course": course, "series": series},
    }  # fmt: skip


def used(say: Words, span: Span, course: str, fact: str, *, title: str) -> Figure:
    """EVSEs that are occupied, of how many."""
    data = [_area(span, course, 0, BLUE, say("panel.occupied"), stack=""),
            _limit(span, fact, say("panel.evses"), "solid", INK)]  # fmt: skip
    keys = [Key(BLUE, say("panel.occupied"), "square"), Key(INK, say("panel.evses"), "line")]
    return _figure(say, span, data, title, keys)


def power(say: Words, span: Span, course: str, limits: Mapping[str, str], *, title: str) -> Figure:
    """Power that is delivered, and on it what limits hold back.

    limits : facts and what they are called, from the widest to the narrowest.
    """
    data = [_area(span, course, 0, BLUE, say("panel.delivered")),
            _area(span, course, 1, RUST, say("panel.curtailed"))]  # fmt: skip
    looks = (("dot", MUTED), ("dash", MUTED), ("solid", INK))
    data += [
        _limit(span, fact, name, *look)
        for (fact, name), look in zip(limits.items(), looks, strict=True)
    ]
    keys = [Key(BLUE, say("panel.delivered"), "square"),
            Key(RUST, say("panel.curtailed"), "square"),
            *(Key(color, name, "dash" if dash != "solid" else "line")
              for name, (dash, color) in zip(limits.values(), looks, strict=True))]  # fmt: skip
    return _figure(say, span, data, title, keys)


def arrivals(say: Words, span: Span, course: str, fates: Sequence[str], *, title: str) -> Figure:
    """EVs that come in an hour, by what becomes of them; the course has a series for each."""
    colors = ("var(--u2)", RUST_DARK, RUST_MID, "var(--u4)")
    data = [  # areas, not bars: thousands of these would be drawn whenever one is picked
        _area(span, course, n, color, name)
        for n, (name, color) in enumerate(zip(fates, colors, strict=True))
    ]
    keys = [Key(color, name, "square") for name, color in zip(fates, colors, strict=True)]
    return _figure(say, span, data, title, keys)


def _area(
    span: Span, course: str, series: int, color: str, name: str, stack: str = "one"
) -> dict[str, Any]:
    own = {"stackgroup": stack} if stack else {"fill": "tozeroy"}
    return {
        "type": "scatter", "mode": "lines", **span.x, "name": name, "fillcolor": color, **own,
        "line": {"width": 0, "shape": "hv"}, "hovertemplate": "%{y:,.1f}",
        "meta": {"course": course, "series": series},
    }  # fmt: skip


def _limit(span: Span, fact: str, name: str, dash: str, color: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "x": span.ends, "name": name,
        "line": {"color": color, "width": 1.4, "dash": dash}, "hoverinfo": "skip",
        "meta": {"fact": fact},
    }  # fmt: skip


def _figure(
    say: Words, span: Span, data: Sequence[Mapping[str, Any]], title: str, keys: Sequence[Key]
) -> Figure:
    layout = {
        "height": HEIGHT, "margin": {"l": 44, "r": 6, "t": 8, "b": 24}, "hovermode": "x unified",
        "xaxis": span.axis(say),
        "yaxis": {"rangemode": "tozero", "nticks": 4, "ticklabeloverflow": "allow"},
        "hoverlabel": {"bgcolor": "var(--raised)", "bordercolor": FAINT,
                       "font": {"color": INK, "size": 12}},
    }  # fmt: skip
    return finished(say, data, layout, title=title, alt="", key=keys)
