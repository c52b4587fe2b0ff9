"""The figures of the report, as Plotly figures without titles (headings are HTML).

Colors are names of CSS variables (`var(--rust)`); report.js looks them up when it draws, so the
same figure serves light, dark and print.  Text that comes from data passes `inert`, because
Plotly reads a small HTML of its own.
"""

import html
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.report.words import (
    NARROW,
    QUEUE_EDGES,
    QUEUE_LABELS,
    SIDES,
    WIDE,
    WINDOWS,
    exists,
    full_name,
    inert,
    share_text,
    span_text,
    tick_name,
)

WAIT_MARKS = (("p50", "median", "line-ns"), ("p90", "P90", "circle-open"), ("p95", "P95", "circle"))
LONG_WAIT_MIN = 30.0
FONT = (
    "-apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, "
    "Noto Sans CJK SC, Source Han Sans SC, sans-serif"
)
ROW_PX = 15


# --- classes and rows ----------------------------------------------------------------------


def queue_classes(queue_mean: Any) -> np.ndarray:
    """Class of each number of waiting EVs: 0, then the half-open intervals of `QUEUE_EDGES`."""
    return np.searchsorted(QUEUE_EDGES, np.asarray(queue_mean, float), "left").astype(np.uint8)


def utilization_edges(threshold: float) -> list[float]:
    """Bounds of the six classes of the map; the fourth is the threshold itself."""
    return [threshold * f for f in (0.25, 0.5, 0.75, 1.0, 1.5)]


def corridors(stations: Sequence[dict]) -> dict[str, list[int]]:
    """Station numbers by road (roads as they come), in travel order, sides of a site together."""
    groups: dict[str, list[int]] = {}
    for i, s in enumerate(stations):
        groups.setdefault(s["road"], []).append(i)
    side = list(SIDES)
    for members in groups.values():
        members.sort(
            key=lambda i: (
                stations[i]["order"], stations[i]["site"], side.index(stations[i]["side"])
            )
        )  # fmt: skip
    return groups


def text_px(text: str, size: float) -> float:
    """Width of a text: Chinese characters are a full em, others about 0.56."""
    return size * sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in html.unescape(text))


def label_margin(labels: Iterable[str], size: float) -> float:
    """Left margin that holds every label, so that figures one above another line up."""
    return max((text_px(t, size) for t in labels), default=0.0) + 14


# --- one figure ----------------------------------------------------------------------------


def payload(figure: go.Figure, narrow: dict | None = None, tools: Sequence[str] = ()) -> dict:
    """What report.js draws: data, layout, layout paths that differ on a phone, toolbar buttons."""
    figure.update_layout(
        template=None, autosize=True, showlegend=False, dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        modebar={
            "bgcolor": "rgba(0,0,0,0)", "color": "var(--faint)", "activecolor": "var(--ink)",
        },
        font={"family": FONT, "size": 11.5, "color": "var(--ink)"},
        hoverlabel={
            "bgcolor": "var(--ink)", "bordercolor": "var(--ink)", "align": "left",
            "font": {"family": FONT, "size": 12.5, "color": "var(--paper)"},
        },
    )  # fmt: skip
    plain = json.loads(figure.to_json())
    return {
        "data": plain["data"], "layout": plain["layout"],
        "narrow": narrow or {}, "tools": list(tools),
    }  # fmt: skip


def plain_axis(**extra: Any) -> dict:
    return {
        "showgrid": True, "gridcolor": "var(--rule)", "zeroline": False, "showline": False,
        "ticks": "", "ticklabelstandoff": 4, "fixedrange": True, **extra,
    }  # fmt: skip


def _line_at(value: float, label: str) -> dict:
    """A dashed vertical line through the plot, its label above the plot and never inside."""
    return {
        "shapes": [
            {
                "type": "line", "x0": value, "x1": value, "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": "var(--rust)", "width": 1.2, "dash": "4px 3px"},
            }
        ],
        "annotations": [
            {
                "x": value, "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 1,
                "text": label, "showarrow": False,
                "font": {"size": 11, "color": "var(--rust)"},
            }
        ],
    }  # fmt: skip


def _row_labels(labels: list[str], everyone: Iterable[str], size: float) -> dict[str, Any]:
    """Layout paths of the names left of the rows, with room for the longest name of all figures."""
    return {
        "yaxis.ticktext": labels, "yaxis.tickfont.size": size,
        "margin.l": label_margin(everyone, size),
    }  # fmt: skip


# --- queues --------------------------------------------------------------------------------


def _day_axis(days: Sequence[dict], size: float) -> tuple[dict, dict]:
    """Axis with weekday, date and kind of day above each day; and its short form for phones."""
    noon = [f"{d['date']} 12:00" for d in days]
    parts = [(d["weekday"], date.fromisoformat(d["date"]), d["label"]) for d in days]
    wide = [f"<b>{inert(w[:3])} {d.day} {d:%b}</b><br>{inert(label)}" for w, d, label in parts]
    short = [f"{inert(w[:2])}<br>{d.day}" for w, d, _ in parts]
    axis = plain_axis(
        side="top", type="date", tickmode="array", tickvals=noon, ticktext=wide,
        tickangle=0, tickfont={"size": size}, showgrid=False,
    )  # fmt: skip
    return axis, {"xaxis.ticktext": short}


def queue_map(view: dict, members: Sequence[int]) -> dict:
    """Stations of one corridor x hours, colored by class of the mean number of waiting EVs."""
    stations, hours = view["stations"], view["hours"]
    classes = queue_classes([hours["queue_mean"][i] for i in members])
    rows, width = classes.shape
    start = datetime.fromisoformat(hours["start"]).replace(tzinfo=None)
    top = len(QUEUE_LABELS) - 1
    colors = [[bound / (top + 1), f"var(--q{c})"] for c in range(top + 1) for bound in (c, c + 1)]
    trace = go.Heatmap(
        z=classes, zmin=-0.5, zmax=top + 0.5, colorscale=colors, showscale=False, ygap=1,
        x0=(start + timedelta(minutes=30)).isoformat(), dx=3_600_000, y0=0, dy=1,
        hovertemplate="%{text}<br>%{x|%a %-d %b, %H}:00<extra></extra>",
        meta={"rows": [inert(full_name(stations[i])) for i in members], "classes": QUEUE_LABELS},
    )  # fmt: skip
    axis, narrow = _day_axis(view["days"], 11)
    midnights = [start + timedelta(hours=h) for h in range(width) if (start.hour + h) % 24 == 0]
    figure = go.Figure(trace)
    figure.update_layout(
        height=rows * ROW_PX + 42, margin={"r": 4, "t": 36, "b": 6},
        xaxis={**axis, "range": [start.isoformat(), (start + timedelta(hours=width)).isoformat()]},
        yaxis=plain_axis(
            range=[rows - 0.5, -0.5], tickmode="array", tickvals=list(range(rows)),
            showgrid=False,
        ),
        shapes=[
            {
                "type": "line", "x0": m.isoformat(), "x1": m.isoformat(), "yref": "paper",
                "y0": 0, "y1": 1, "line": {"color": "var(--paper)", "width": 2},
            }
            for m in midnights[1:]
        ],
    )  # fmt: skip
    own = [stations[i] for i in members]
    wide, phone = (
        _row_labels(_two_line_names(own, most), _two_line_names(stations, most), size)
        for most, size in (WIDE, NARROW)
    )
    figure.update_layout({path.replace(".", "_"): value for path, value in wide.items()})
    return payload(figure, {**narrow, **phone})


def _two_line_names(stations: Sequence[dict], most: int) -> list[str]:
    """Row labels: the sides of a site read `English out` over `中文 in`; a lone one has both."""
    sides: dict[str, int] = {}
    for s in stations:
        sides[s["site"]] = sides.get(s["site"], 0) + 1
    seen: set[str] = set()
    labels = []
    for s in stations:
        hide = "name_en" if s["site"] in seen else "name_zh"
        labels.append(tick_name({**s, hide: ""} if sides[s["site"]] > 1 else s, most))
        seen.add(s["site"])
    return labels


def longest_line(view: dict, members: Sequence[int]) -> dict:
    """Greatest mean number of waiting EVs in a corridor: how many, where, when."""
    table = np.asarray([view["hours"]["queue_mean"][i] for i in members], float)
    row, hour = np.unravel_index(int(table.argmax()), table.shape)
    when = datetime.fromisoformat(view["hours"]["start"]) + timedelta(hours=int(hour))
    return {
        "evs": float(table[row, hour]),
        "where": full_name(view["stations"][members[int(row)]]),
        "when": f"{when:%a} {when.day} {when:%b}, {when:%H:%M}",
    }


# --- utilization and waits -----------------------------------------------------------------


def _dots(
    rows: Sequence[dict], scale: float, colors: Any, hover: list[str], **marker: Any
) -> go.Scatter:
    """Scaled means with their intervals, one row below another."""
    mean, low, high = (
        scale * np.array([r[k] for r in rows], float) for k in ("mean", "low", "high")
    )
    return go.Scatter(
        x=mean, y=list(range(len(rows))), mode="markers", hovertext=hover, hoverinfo="text",
        marker={"color": colors, **marker},
        error_x={
            "type": "data", "array": high - mean, "arrayminus": mean - low,
            "thickness": 1, "width": 0, "color": "var(--faint)",
        },
    )  # fmt: skip


def spread(view: dict, definition: str, window: str) -> dict:
    """All stations in order of one utilization, against the threshold."""
    limit = view["threshold"]
    ranked = sorted(
        view["stations"], key=lambda s: s["utilization"][definition][window]["mean"], reverse=True
    )
    values = [s["utilization"][definition][window] for s in ranked]
    colors = ["var(--rust)" if v["mean"] > limit else "var(--blue)" for v in values]
    hover = [
        f"{inert(full_name(s))}<br>{span_text(v, 100, ' %')}<br>"
        f"P(above {share_text(limit)}) = {share_text(v['p_over'])}"
        for s, v in zip(ranked, values, strict=True)
    ]
    figure = go.Figure(_dots(values, 100, colors, hover, size=4))
    figure.update_layout(
        height=170, margin={"l": 14, "r": 22, "t": 20, "b": 24},
        **_line_at(100 * limit, share_text(limit)),
        xaxis=plain_axis(range=[0, 102], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"]),
        yaxis=plain_axis(range=[len(ranked), -1], showticklabels=False, showgrid=False),
    )  # fmt: skip
    return payload(figure)


def ranking(
    rows: Sequence[dict], marks: Sequence[tuple], everyone: Sequence[dict],
    scale: float, axis: dict, line: tuple[float, str],
) -> dict:  # fmt: skip
    """Named stations one below another with several marks each.

    `marks`: (label, Plotly symbol, color, function station -> {mean, low, high}, hover function);
    `everyone` fixes the margin, so that the halves of a long list line up; `axis` and `line`
    (place, label) are in scaled units.
    """
    figure = go.Figure()
    for label, symbol, color, value, text in marks:
        values = [value(s) for s in rows]
        hover = [f"{inert(full_name(s))}<br>{label}: {text(value(s))}" for s in rows]
        size = 9 if symbol.startswith("line") else 7.5
        mark = {"symbol": symbol, "size": size, "line": {"width": 1.6, "color": color}}
        figure.add_trace(_dots(values, scale, color, hover, **mark))
    figure.update_traces(cliponaxis=False)
    figure.update_layout(
        height=len(rows) * (ROW_PX + 1) + 56, **_line_at(*line),
        margin={"r": 12, "t": 24, "b": 32}, xaxis=plain_axis(**axis),
        yaxis=plain_axis(
            range=[len(rows) - 0.5, -0.5], tickmode="array", tickvals=list(range(len(rows))),
            gridcolor="var(--faintest)", ticklabelstandoff=8,
        ),
    )  # fmt: skip
    wide, phone = (
        _row_labels([tick_name(s, most) for s in rows], [tick_name(s, most) for s in everyone], px)
        for most, px in (WIDE, NARROW)
    )
    figure.update_layout({path.replace(".", "_"): value for path, value in wide.items()})
    return payload(figure, phone, ["toImage"])


def halves(rows: list[dict]) -> list[list[dict]]:
    """A long list as two columns."""
    middle = (len(rows) + 1) // 2
    return [part for part in (rows[:middle], rows[middle:]) if part]


def named_utilization(view: dict) -> list[dict]:
    """Time utilization of every station by name: holiday mean, peak day, peak hour."""
    limit = view["threshold"]
    symbols = (("holiday_mean", "circle"), ("peak_day", "circle-open"), ("peak_hour", "line-ns"))
    marks = [
        (WINDOWS[w], symbol, "var(--blue)", lambda s, w=w: s["utilization"]["time"][w],
         lambda v: f"{span_text(v, 100, ' %')}, "
         f"P(above {share_text(limit)}) = {share_text(v['p_over'])}")
        for w, symbol in symbols
    ]  # fmt: skip
    rows = sorted(
        view["stations"], key=lambda s: s["utilization"]["time"]["holiday_mean"]["mean"],
        reverse=True,
    )  # fmt: skip
    axis = {"range": [0, 102], "ticksuffix": " %", "dtick": 20}
    line = (100 * limit, share_text(limit))
    return [ranking(part, marks, rows, 100, axis, line) for part in halves(rows)]


def named_waits(view: dict) -> list[dict]:
    """Wait percentiles of every station by name, longest P95 first."""
    colors = {"p50": "var(--u5)", "p90": "var(--u4)", "p95": "var(--u4)"}
    marks = [
        (label, symbol, colors[key], lambda s, key=key: s["wait_min"][key],
         lambda v: span_text(v, 1, " min"))
        for key, label, symbol in WAIT_MARKS
    ]  # fmt: skip
    rows = by_wait(view["stations"])
    highs = [s["wait_min"]["p95"]["high"] for s in rows]
    top = 1.04 * max([h for h in highs if exists(h)] + [1.1 * LONG_WAIT_MIN])
    axis = {"range": [0, top], "ticksuffix": " min", "nticks": 6}
    line = (LONG_WAIT_MIN, f"{LONG_WAIT_MIN:g} min")
    return [ranking(part, marks, rows, 1, axis, line) for part in halves(rows)]


def by_wait(stations: Sequence[dict]) -> list[dict]:
    """Stations by P95 wait, longest first, those without a visit last."""

    def p95(station: dict) -> float:
        mean = station["wait_min"]["p95"]["mean"]
        return mean if exists(mean) else -1.0

    return sorted(stations, key=p95, reverse=True)


def day_profile(view: dict) -> dict:
    """Waiting EVs through the day at one station: median and band over replications."""
    p = view["profile"]
    hours = [datetime.fromisoformat(h).replace(tzinfo=None) for h in p["hours"]]
    x = [h.isoformat() for h in [*hours, hours[-1] + timedelta(hours=1)]]  # the last hour's end
    median, low, high = ([*p[k], p[k][-1]] for k in ("median", "low", "high"))
    hidden = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
    middle = {"color": "var(--rust)", "width": 2, "shape": "hv"}
    figure = go.Figure(
        [
            go.Scatter(x=x, y=high, **hidden),
            go.Scatter(x=x, y=low, fill="tonexty", fillcolor="var(--band)", **hidden),
            go.Scatter(
                x=x, y=median, mode="lines", line=middle,
                hovertemplate="%{x|%a %-d %b, %H:%M}<br>median %{y:.1f}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_layout(
        height=260, margin={"l": 40, "r": 12, "t": 12, "b": 40},
        xaxis=plain_axis(type="date", tickformat="%H:%M\n%a %-d %b", showgrid=False, nticks=9),
        yaxis=plain_axis(rangemode="tozero", nticks=5),
    )  # fmt: skip
    return payload(figure, {"xaxis.nticks": 5}, ["toImage"])
