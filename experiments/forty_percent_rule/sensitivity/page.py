# ruff: noqa: RUF001 - Greek letters as people read them
"""Question 6 on the page: the tornado, elementary effects, and what survives."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import limit
from experiments.forty_percent_rule.sensitivity.verdict import (
    OUTPUTS,
    SAYS,
    UNITS,
    ranked,
    share,
    told,
    value,
)
from sim.report.figures import label_margin
from sim.report.simple import Figure, Section, Table

DRAWN = ("flagged", "wait_min_p95")
END_COLORS = {"low": "var(--blue)", "high": "var(--rust)"}
ROW_PX = 38
PHONE_PX = 285.0, 265.0  # of the plot of the elementary effects, without its margins


def sections(scenario: Ruled, found: Mapping[str, Any]) -> list[Section]:
    return [
        Section(
            "6. Does the answer survive our assumptions?",
            [
                *found["verdict"],
                "The tornado: one assumption at a time goes to the low (blue) and to the high end "
                "(red) of its range, all else as expected, on the same draws; lines: 95 % "
                f"Student-t intervals over {found['replications']} paired replications. Diamonds: "
                "the same with the demand fitted again. The level of demand is fitted to the "
                "sessions that were counted, so who assumes more consumption must assume fewer "
                "trips; what the demand alone does by as many sessions is taken off (to the first "
                "order, in the same replication).",
                "Elementary effects (Morris 1991; Campolongo and others 2007): "
                f"{found['trajectories']} random trajectories, {found['points']} holidays, move "
                "one assumption after the other, wherever the others are; each trajectory keeps "
                "its draws. The demand is fitted again at every point, so EV trips stand for the "
                "number of sessions. An effect is the change over the whole range. μ*: mean of its "
                "absolute value; σ: how much it differs from place to place. σ / μ* below 0.1: "
                "nearly linear; above 0.5: it hangs on the other assumptions, or bends. Intervals "
                "of μ* are Student t over trajectories, those of σ a bootstrap; those of shares of "
                "these holidays Wilson's, as if each trajectory were a single case.",
                "The ranges. "
                + " ".join(
                    f"{own['words'][:1].upper()}{own['words'][1:]}: {own['source']}."
                    for own in found["inputs"].values()
                ),
            ],
            [
                *(_tornado(found, name) for name in DRAWN),
                *(_scatter(found, name) for name in DRAWN),
            ],
            [
                _survival(found),
                *(_tornado_table(found, name) for name in OUTPUTS),
                *(_effects_table(found, name) for name in OUTPUTS),
                _ranges(found),
            ],
        )
    ]


# ---- figures ---------------------------------------------------------------------------------


def _tornado(found: Mapping[str, Any], name: str) -> Figure:
    own = found["tornado"][name]
    expected, rows = own["expected"]["mean"], ranked(found, name)
    data: list[dict[str, Any]] = []
    for end, color in END_COLORS.items():
        bars = [own["inputs"][row]["as_is"][end] for row in rows]
        texts = [f"{found['inputs'][row]['words']}: {value(found, row, end)}" for row in rows]
        hover = "%{hovertext}: %{x:.1f}" + UNITS[name] + "<extra></extra>"
        data.append(
            {
                "type": "bar", "orientation": "h", "base": expected, "width": 0.62,
                "x": [bar["mean"] for bar in bars], "y": list(range(len(rows))),
                "marker": {"color": color, "opacity": 0.85}, "hovertext": texts,
                "hovertemplate": hover,
                "error_x": {"type": "data", "array": [bar["high"] - bar["mean"] for bar in bars],
                            "thickness": 1.2, "width": 3, "color": "var(--ink)"},
            }
        )  # fmt: skip
        again = [(y, own["inputs"][row]["fitted_again"]) for y, row in enumerate(rows)]
        some = [(y, ends[end]["mean"]) for y, ends in again if ends]
        data.append(
            {
                "type": "scatter", "mode": "markers", "x": [expected + x for _, x in some],
                "y": [y for y, _ in some], "hovertext": [texts[y] for y, _ in some],
                "hovertemplate": hover.replace(":", " and fitted again:", 1),
                "marker": {"symbol": "diamond", "size": 8.5, "color": color,
                           "line": {"color": "var(--paper)", "width": 1.4}},
            }
        )  # fmt: skip
    data.sort(key=lambda trace: trace["type"] == "scatter")  # diamonds above the bars
    labels = [_label(found, row) for row in rows]
    lines = [line for label in labels for line in label.split("<br>")]
    title = f"Tornado: {OUTPUTS[name]}"
    return Figure(
        data,
        {
            "height": ROW_PX * len(rows) + 62, "barmode": "overlay",
            "margin": {"l": label_margin(lines, 11), "r": 16, "t": 22, "b": 40},
            "xaxis": {"ticksuffix": UNITS[name], "nticks": 6, "rangemode": "normal"},
            "yaxis": {"range": [len(rows) - 0.5, -0.5], "tickvals": list(range(len(rows))),
                      "ticktext": labels, "tickfont": {"size": 11}, "showgrid": False},
            "shapes": [{"type": "line", "x0": expected, "x1": expected, "yref": "paper", "y0": 0,
                        "y1": 1, "line": {"color": "var(--ink)", "width": 1.2}}],
            "annotations": [{"x": expected, "yref": "paper", "y": 1, "yanchor": "bottom",
                             "text": f"as expected: {expected:.1f}{UNITS[name]}",
                             "showarrow": False, "font": {"size": 11, "color": "var(--ink)"}}],
        },
        f"{title}, as each assumption goes through its range; the numbers are in the table",
        title,
        [("var(--blue)", "low end"), ("var(--rust)", "high end"),
         ("var(--faint)", "diamonds: demand fitted again")],
    )  # fmt: skip


def _scatter(found: Mapping[str, Any], name: str) -> Figure:
    own = found["effects"][name]
    x = [one["mu_star"]["mean"] for one in own.values()]
    y = [one["sigma"]["mean"] for one in own.values()]
    words = [found["inputs"][row]["words"] for row in own]
    most = 1.3 * max([1e-9, *x]), 1.15 * max([1e-9, *y])
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": [0, most[0]], "y": [0, ratio * most[0]],
            "line": {"color": "var(--faint)", "width": 1, "dash": dash}, "hoverinfo": "skip",
        }
        for ratio, dash in ((0.5, "4px 3px"), (0.1, "1px 3px"))
    ]  # fmt: skip
    data.append(
        {
            "type": "scatter", "mode": "markers+text", "x": x, "y": y, "text": words,
            "textposition": _positions(x, y, words, most), "cliponaxis": False,
            "textfont": {"size": 11, "color": "var(--ink)"},
            "marker": {"color": "var(--blue)", "size": 9,
                       "line": {"color": "var(--paper)", "width": 1.5}},
            "hovertemplate": "%{text}: μ* %{x:.1f}, σ %{y:.1f}" + UNITS[name] + "<extra></extra>",
        }
    )  # fmt: skip
    title = f"Elementary effects: {OUTPUTS[name]}"
    return Figure(
        data,
        {
            "height": 380, "margin": {"l": 50, "r": 14, "t": 10, "b": 46},
            "xaxis": {"range": [-0.03 * most[0], most[0]], "nticks": 6,
                      "title": {"text": f"μ*{UNITS[name] and f' [{UNITS[name].strip()}]'}: "
                                "how much it moves"}},
            "yaxis": {"range": [-0.04 * most[1], most[1]], "nticks": 6,
                      "title": {"text": "σ: how much that differs"}},
        },
        f"{title}; μ* and σ of every assumption; the numbers are in the table",
        title,
        [("var(--faint)", "dashed: σ / μ* = 0.5, dotted: 0.1")],
        {"height": 330},
    )  # fmt: skip


def _positions(
    x: Sequence[float], y: Sequence[float], words: Sequence[str], most: tuple[float, float]
) -> list[str]:
    """Where each label stands, so that few overlap: the first free place around its point.

    Measured in pixels of a phone; wider, there is more room.
    """
    wide, high = PHONE_PX[0] / most[0], PHONE_PX[1] / most[1]
    taken: list[tuple[float, float, float, float]] = [
        (a * wide - 5, b * high - 5, a * wide + 5, b * high + 5) for a, b in zip(x, y, strict=True)
    ]
    found = []
    for a, b, text in zip(x, y, words, strict=True):
        width, px, py = 6.2 * len(text), a * wide, b * high
        places = {
            "middle right": (px + 7, py - 7), "top center": (px - width / 2, py + 6),
            "bottom center": (px - width / 2, py - 20), "top right": (px + 3, py + 6),
            "bottom right": (px + 3, py - 20), "middle left": (px - 7 - width, py - 7),
            "top left": (px - 3 - width, py + 6), "bottom left": (px - 3 - width, py - 20),
        }  # fmt: skip
        boxes = {name: (u, v, u + width, v + 14) for name, (u, v) in places.items()}
        best = min(boxes, key=lambda name: _overlap(boxes[name], taken))
        taken.append(boxes[best])
        found.append(best)
    return found


def _overlap(box: tuple[float, ...], taken: Sequence[tuple[float, ...]]) -> float:
    """Area that a box shares with others, and what of it is outside."""
    shared = 14 * (max(0.0, -box[0]) + max(0.0, box[2] - PHONE_PX[0]) + 50 * (box[1] < 0))
    for own in taken:
        width = min(box[2], own[2]) - max(box[0], own[0])
        height = min(box[3], own[3]) - max(box[1], own[1])
        shared += max(0.0, width) * max(0.0, height)
    return shared


# ---- tables ----------------------------------------------------------------------------------


def _label(found: Mapping[str, Any], row: str) -> str:
    low, high = (value(found, row, end) for end in ("low", "high"))
    unit = found["inputs"][row]["unit"]
    if unit in ("min", "kWh/km"):
        low = low.removesuffix(f" {unit}")
    return f"{found['inputs'][row]['words']}<br>{low} to {high}"


def _tornado_table(found: Mapping[str, Any], name: str) -> Table:
    own = found["tornado"][name]
    rows: list[list[Any]] = []
    for row in ranked(found, name):
        as_is, again = (own["inputs"][row][way] for way in ("as_is", "fitted_again"))
        rows.append(
            [
                _label(found, row).replace("<br>", ", "),
                *(told(as_is[end], name) for end in ("low", "high", "swing")),
                *(told(again and again[end], name) for end in ("low", "high", "swing")),
            ]
        )  # fmt: skip
    head = ["Assumption", "at its low end", "at its high end", "swing",
            "low, fitted again", "high, fitted again", "swing, fitted again"]  # fmt: skip
    return Table(
        head, rows,
        f"One at a time: {OUTPUTS[name]}, change from "
        f"{told(own['expected'], name)}{UNITS[name]} (95 % intervals)",
    )  # fmt: skip


def _effects_table(found: Mapping[str, Any], name: str) -> Table:
    own = found["effects"][name]
    rows: list[list[Any]] = [
        [
            found["inputs"][row]["words"],
            *(told(one[key], name) for key in ("mu_star", "mu", "sigma")),
            one["sigma_ratio"],
        ]
        for row, one in sorted(own.items(), key=lambda item: -item[1]["mu_star"]["mean"])
    ]  # fmt: skip
    return Table(
        ["Assumption", "μ*", "μ", "σ", "σ / μ*"], rows,
        f"All together: effects on {OUTPUTS[name]} over the whole range (95 % intervals)",
    )  # fmt: skip


def _survival(found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = [
        [
            f"{limit(found)} {text}", f"{own['count']} of {own['of']}", share(own["share"]),
            f"{own['expected']} of {own['expected_of']}",
        ]
        for name, text in SAYS.items()
        if (own := found["survives"][name])
    ]  # fmt: skip
    return Table(
        ["In one holiday", "holds in", "share (95 % interval)", "as expected"], rows,
        "What survives when all assumptions move",
    )  # fmt: skip


def _ranges(found: Mapping[str, Any]) -> Table:
    rows: list[list[Any]] = [
        [own["words"], own["group"], *(value(found, row, e) for e in ("low", "expected", "high"))]
        for row, own in found["inputs"].items()
    ]
    return Table(
        ["Assumption", "about", "low", "as expected", "high"], rows, "How far the assumptions move"
    )
