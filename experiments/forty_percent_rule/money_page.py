"""Question 4 on the page: the cost frontier, and who is best with the whole budget."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule import money_tables as tables
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.money_tables import SHORT
from experiments.forty_percent_rule.money_words import (
    EVENLY,
    FREE,
    INFORMED,
    MOBILE,
    RULE,
    SAVING,
    SITE_RULE,
    WAIT,
    hours,
    labels,
)
from sim.report.figures import label_margin
from sim.report.simple import Figure, Section
from sim.report.words import inert

Found = Mapping[str, Any]
COLORS = {
    SAVING: "var(--rust)", MOBILE: "var(--blue)", EVENLY: "var(--u2)", RULE: "var(--ink)",
    WAIT: "var(--faint)", INFORMED: "var(--blue)", SITE_RULE: "var(--faint)",
}  # fmt: skip
SIZE = 11.5


def sections(scenario: Ruled, found: Found) -> list[Section]:
    heading = f"4. {found['question']}"
    if not found["strategies"]:
        return [Section(heading, [*found["plain"], *found["verdict"]], [], [tables.menu(found)])]
    return [
        Section(
            heading,
            [*found["verdict"], *_method(found)],
            [_frontier(found), _whole(found)],
            [
                tables.points(found), tables.changes(found), tables.selection(found),
                tables.steps(scenario, found), tables.menu(found),
            ],
        ),
        Section(
            "What each strategy does, and buys where with the whole budget", _does(found), [],
            [tables.where(scenario, found)],
        ),
    ]  # fmt: skip


def _does(found: Found) -> list[str]:
    does = {
        RULE: "the action at the stations over the threshold, the fullest first",
        WAIT: "the same action, the longest P95 wait first, whatever the use",
        SAVING: "from the menu, what saves most hours per CNY by the simulation, given what has "
        f"been bought; nothing that saves less than {found['least_saving_h']:g} h in a holiday",
        EVENLY: "one of the cheapest thing on the menu for each station, by name; then a second",
        MOBILE: "each unit to where the most hours are lost per EVSE, those already sent included",
        INFORMED: "every driver sees the queues ahead",
        SITE_RULE: "sites end sessions in holidays",
    }
    names = labels(found)
    return [
        f"{names[name][0].upper()}{names[name][1:]}: {does[name]}." for name in found["strategies"]
    ]


def _method(found: Found) -> list[str]:
    return [
        "Prices are typical ones. A build is paid once and serves "
        f"{found['holidays']} holidays; mobile units are hired for each. A station has room for "
        f"{found['most_evses']} EVSEs, mobile ones included. What a strategy cannot pay it passes "
        "over. Counted are waiting and drivers who give up, not how fast EVs charge: hours plugged "
        "in stand in the table. Ordinary days, in which only builds serve, are left out.",
        "Plans are made on the draws that the rule sees and judged on others. Intervals: 95 %, "
        "Student t, paired by replication. Selection: procedure KN (Kim and Nelson 2001), which "
        "allows for common random numbers and takes replications to be normal.",
        "What saves most is found purchase by purchase (lazy greedy, on common random numbers: few "
        "replications to see what may be best, more before it is bought), as if savings at one "
        f"station did not depend on others: so they add up to {found['promised_h']:,.0f} h, and "
        "all together save what is said above.",
    ]


# ---- figures -----------------------------------------------------------------------------------


def _frontier(found: Found) -> Figure:
    """Hours saved against money spent, a line per strategy from nothing on; the free ones at 0."""
    data: list[dict[str, Any]] = []
    key: list[tuple[str, str]] = []
    for name, own in found["strategies"].items():
        free, points = name in FREE, own["points"]
        begin = [] if free else [0.0]
        x = begin + [p["cost_cny"]["typical"] / 1e6 for p in points]
        saved = [p["saved_h"] for p in points]
        bar = [0.0] * len(begin) + [s["high"] - s["mean"] for s in saved]
        data.append(
            {
                "type": "scatter", "mode": "markers" if free else "lines+markers",
                "cliponaxis": False, "x": x, "y": begin + [s["mean"] for s in saved],
                "line": {"color": COLORS[name], "width": 2,
                         "dash": "4px 3px" if name == WAIT else "solid"},
                "marker": {"color": COLORS[name], "size": 11 if free else 6,
                           "symbol": "diamond" if free else "circle"},
                "error_y": {"type": "data", "array": bar, "color": COLORS[name], "width": 3,
                            "thickness": 1.4},
                "hovertemplate": f"{inert(labels(found)[name])}:<br>%{{y:,.0f}} h for %{{x:.1f}} "
                "million CNY<extra></extra>",
            }
        )  # fmt: skip
        key.append((COLORS[name], ("◆ " if free else "") + SHORT[name]))
    today, most = found["lost_h_today"]["mean"], found["budget_cny"] / 1e6
    title = "Hours saved in one holiday, by money spent"
    return Figure(
        data,
        {
            "height": 420, "margin": {"l": 62, "r": 16, "t": 18, "b": 46},
            "xaxis": {"range": [-0.02 * most, 1.03 * most], "nticks": 8,
                      "title": {"text": "million CNY, typical prices"}},
            "yaxis": {"range": [_least(found), 1.06 * today], "tickformat": ",.0f", "nticks": 7},
            **_line(today, "y", "all that is lost today"),
        },
        f"{title}, with 95 % intervals; the numbers are in the first table", title, key,
        {"height": 360, "xaxis.nticks": 5},
    )  # fmt: skip


def _least(found: Found) -> float:
    lows = [p["saved_h"]["low"] for own in found["strategies"].values() for p in own["points"]]
    return min(0.0, 1.05 * min(lows))


def _whole(found: Found) -> Figure:
    """Every strategy with all the money, the best on top."""
    whole = {name: own["points"][-1]["saved_h"] for name, own in found["strategies"].items()}
    order = sorted(whole, key=lambda name: whole[name]["mean"])
    labels_ = [inert(SHORT[name]) for name in order]
    data = [
        {
            "type": "scatter", "mode": "markers", "cliponaxis": False,
            "x": [whole[name]["mean"]], "y": [n],
            "marker": {"color": COLORS[name], "size": 11,
                       "symbol": "diamond" if name in FREE else "circle"},
            "error_x": {"type": "data", "array": [whole[name]["high"] - whole[name]["mean"]],
                        "color": COLORS[name], "width": 5, "thickness": 2},
            "hovertemplate": f"{inert(labels(found)[name])}: {hours(whole[name])} h"
            "<extra></extra>",
        }
        for n, name in enumerate(order)
    ]  # fmt: skip
    today = found["lost_h_today"]["mean"]
    title = "Hours saved with the whole budget"
    return Figure(
        data,
        {
            "height": 420, "margin": {"l": label_margin(labels_, SIZE), "r": 20, "t": 18, "b": 46},
            "xaxis": {"range": [_least(found), 1.04 * today], "tickformat": ",.0f", "nticks": 6,
                      "title": {"text": "hours saved in one holiday"}},
            "yaxis": {"range": [-0.6, len(order) - 0.4], "tickvals": list(range(len(order))),
                      "ticktext": labels_, "tickfont": {"size": SIZE}},
            **_line(today, "x", "all that is lost today"),
        },
        f"{title}, with 95 % intervals; the numbers are in the second table", title, [],
        {"height": 320, "xaxis.nticks": 4},
    )  # fmt: skip


def _line(value: float, axis: str, label: str) -> dict[str, Any]:
    """A dashed line across the plot at a value of an axis, and what it is."""
    other = "x" if axis == "y" else "y"
    at = {f"{axis}0": value, f"{axis}1": value, f"{other}ref": "paper", f"{other}0": 0,
          f"{other}1": 1}  # fmt: skip
    return {
        "shapes": [{"type": "line", **at, "layer": "below",
                    "line": {"color": "var(--faint)", "width": 1.2, "dash": "4px 3px"}}],
        "annotations": [{axis: value, f"{other}ref": "paper", other: 1, "text": label,
                         "xanchor": "right", "yanchor": "bottom", "showarrow": False,
                         "font": {"size": 11, "color": "var(--muted)"}}],
    }  # fmt: skip
