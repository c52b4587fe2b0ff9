"""The figures of question 3: what each action saves, what that costs, and whom it helps."""

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from typing import Any

from experiments.forty_percent_rule.neighbors import GROUPS, NETWORK
from experiments.forty_percent_rule.upgrade_words import amount, label, price
from sim.report.figures import label_margin
from sim.report.simple import Figure
from sim.report.words import inert

Found = Mapping[str, Any]
OWN, OTHER = "var(--rust)", "var(--blue)"
KEY = ((OWN, "the rule's action"), (OTHER, "another one at the same stations"))
TICKS = [digit * 10.0**k for k in range(-3, 10) for digit in (1, 2, 5)]
MOST_TICKS = 6
SIZE = 11.5


def money(found: Found) -> Figure:
    """Hours saved against what it costs, each with its interval or range."""
    actions = found["actions"]
    before = actions[found["action"]]["groups"][NETWORK]["wait_h"]["before"]["mean"]
    data: list[dict[str, Any]] = []
    by_cost = sorted(actions.items(), key=lambda item: item[1]["cost_cny"]["typical"])
    for n, (name, own) in enumerate(by_cost):
        cost, saved, color = _millions(own["cost_cny"]), own["saved_h"], _color(found, name)
        data.append(
            {
                "type": "scatter", "mode": "markers+text", "cliponaxis": False,
                "x": [cost["mean"]], "y": [saved["mean"]], "text": [inert(label(name))],
                "textposition": "bottom center" if n % 2 else "top center",
                "textfont": {"color": color, "size": 12},
                "marker": {"color": color, "size": 10},
                "error_x": {**_bars([cost], color), "thickness": 1.2},
                "error_y": _bars([saved], color),
                "hovertext": f"{inert(label(name))}: {amount(saved)} hours,<br>"
                f"{price(own['cost_cny'])} million CNY",
                "hoverinfo": "text",
            }
        )  # fmt: skip
    costs = [_millions(own["cost_cny"]) for own in actions.values()]
    least = min(0.0, *(own["saved_h"]["low"] for own in actions.values()))
    title = "Hours of waiting saved in one holiday, and the money laid out"
    return Figure(
        data,
        {
            "height": 340, "margin": {"l": 58, "r": 16, "t": 14, "b": 44},
            "xaxis": _log(costs, "million CNY; bars: range of prices"),
            "yaxis": {"range": [least - 0.1 * before, 1.1 * before], "nticks": 6,
                      "tickformat": ",.0f", "title": {"text": "hours saved"}},
            "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": before,
                        "y1": before, "line": {"color": "var(--faint)", "width": 1.2,
                                               "dash": "4px 3px"}}],
            "annotations": [{"xref": "paper", "x": 0, "xanchor": "left", "y": before,
                             "yanchor": "bottom", "text": "all waiting before",
                             "showarrow": False,
                             "font": {"size": 11, "color": "var(--muted)"}}],
        },
        f"{title}, by action; the numbers are in the first table", title, KEY,
    )  # fmt: skip


def price_of_an_hour(found: Found) -> Figure:
    """CNY for an hour saved: at typical prices with its interval, and the range of prices."""
    names = list(found["actions"])[::-1]
    rows = [(y, n, found["actions"][n]["cny_per_h"]) for y, n in enumerate(names)]
    shown = [(y, n, cost) for y, n, cost in rows if cost]
    ranges = [
        {"mean": c["typical"]["mean"], "low": c["low"]["mean"], "high": c["high"]["mean"]}
        for _, _, c in shown
    ]
    data: list[dict[str, Any]] = []
    for (y, name, cost), over in zip(shown, ranges, strict=True):
        color, at = _color(found, name), {"x": [cost["typical"]["mean"]], "y": [y]}
        data += [
            {**at, "type": "scatter", "mode": "markers", "hoverinfo": "skip",
             "marker": {"color": color, "size": 1}, "error_x": {**_bars([over], color),
                                                                "thickness": 1.2}},
            {**at, "type": "scatter", "mode": "markers", "marker": {"color": color, "size": 10},
             "error_x": {**_bars([cost["typical"]], color), "thickness": 5},
             "hovertext": f"{inert(label(name))}: {amount(cost['typical'])} CNY an hour",
             "hoverinfo": "text"},
        ]  # fmt: skip
    without = [
        {"xref": "paper", "x": 0.02, "xanchor": "left", "y": y, "showarrow": False,
         "text": "no saving is shown", "font": {"size": 11, "color": "var(--muted)"}}
        for y, _, cost in rows if not cost
    ]  # fmt: skip
    title = "CNY laid out for an hour of waiting saved in one holiday"
    return Figure(
        data,
        {
            "height": 340, "margin": {"l": _margin(map(label, names)), "r": 16, "t": 14, "b": 44},
            "xaxis": _log(ranges, "CNY an hour; thin bars: range of prices"),
            "yaxis": {**_rows(map(label, names)), "range": [-0.7, len(names) - 0.3]},
            "annotations": without,
        },
        f"{title}, by action; the numbers are in the first table", title, KEY,
    )  # fmt: skip


def groups(found: Found, column: str, what: str) -> Figure:
    """How a figure changes at each group of stations with the rule's action."""
    own = found["actions"][found["action"]]["groups"]
    change = [own[place][column]["change"] for place in GROUPS[::-1]]
    names = [f"{place} ({len(found['groups'][place])})" for place in GROUPS[::-1]]
    colors = [OTHER if c["mean"] <= 0.0 else OWN for c in change]
    low, high = (f(0.0, *(c[end] for c in change)) for f, end in ((min, "low"), (max, "high")))
    room = 0.24 * (high - low or 1.0)
    title = f"Whom the rule's action helps: {what}"
    return Figure(
        [
            {
                "type": "bar", "orientation": "h", "x": [c["mean"] for c in change],
                "y": list(range(len(change))), "width": 0.6, "cliponaxis": False,
                "marker": {"color": colors}, "error_x": _bars(change, "var(--ink)"),
                "hovertext": [f"{inert(n)}: {amount(c)}" for n, c in zip(names, change,
                                                                        strict=True)],
                "hoverinfo": "text",
            }
        ],
        {
            "height": 250, "margin": {"l": _margin(names), "r": 16, "t": 8, "b": 30},
            "xaxis": {"range": [low - room * (low < 0.0), high + room * (high > 0.0)],
                      "nticks": 6, "tickformat": ",.0f", "zeroline": True,
                      "zerolinecolor": "var(--faint)"},
            "yaxis": {**_rows(names), "range": [-0.6, len(names) - 0.4]},
            "annotations": [
                {"x": c["high"] if c["mean"] > 0.0 else c["low"], "y": y, "showarrow": False,
                 "xanchor": "left" if c["mean"] > 0.0 else "right",
                 "xshift": 5 if c["mean"] > 0.0 else -5, "text": f"{c['mean']:+,.0f}",
                 "font": {"size": 12}}
                for y, c in enumerate(change)
            ],
        },
        f"{title}, with 95 % intervals; the numbers are in the tables", title,
        [(OTHER, "less"), (OWN, "more")],
        {"xaxis.nticks": 4},
    )  # fmt: skip


def _color(found: Found, action: str) -> str:
    return OWN if action == found["action"] else OTHER


def _millions(cost: Mapping[str, float]) -> dict[str, float]:
    ends = {"mean": "typical", "low": "low", "high": "high"}
    return {end: cost[level] / 1e6 for end, level in ends.items()}


def _bars(estimates: Sequence[Mapping[str, float]], color: str) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "thickness": 2.4, "width": 0, "color": color,
        "array": [e["high"] - e["mean"] for e in estimates],
        "arrayminus": [e["mean"] - e["low"] for e in estimates],
    }  # fmt: skip


def _log(estimates: Sequence[Mapping[str, float]], title: str) -> dict[str, Any]:
    """A logarithmic axis that holds what is above 0 of all of them."""
    values = [e[end] for e in estimates for end in ("low", "high") if e[end] > 0.0] or [1.0]
    low, high = min(values) / 1.6, max(values) * 1.6
    ticks = [t for t in TICKS if low <= t <= high]
    if len(ticks) > MOST_TICKS:
        ticks = [t for t in ticks if log10(t).is_integer()]
    return {
        "type": "log", "range": [log10(low), log10(high)], "tickvals": ticks,
        "ticktext": [f"{t:,.10g}" for t in ticks], "title": {"text": title},
    }  # fmt: skip


def _rows(names: Iterable[str]) -> dict[str, Any]:
    labels = [inert(name) for name in names]
    return {
        "tickvals": list(range(len(labels))), "ticktext": labels, "showgrid": False,
        "tickfont": {"size": SIZE},
    }  # fmt: skip


def _margin(names: Iterable[str]) -> float:
    return label_margin(names, SIZE)
