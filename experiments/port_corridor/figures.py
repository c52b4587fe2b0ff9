"""Figures of a freight corridor."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.port_corridor.capacity import WORDS, bound
from experiments.port_corridor.peaks import BASE, LEVERS, label
from experiments.port_corridor.plan import judged
from experiments.port_corridor.swap import LABELS
from sim.config.section import HOURS
from sim.report.figures import label_margin
from sim.report.simple import Figure
from sim.report.words import inert

RUST, BLUE, INK, FAINT = "var(--rust)", "var(--blue)", "var(--ink)", "var(--faint)"
ACTIVITIES = {
    "driving": "var(--u2)", "service_line": "var(--q1)", "served": "var(--u4)",
    "charging_line": "var(--rust)", "charging": "var(--q2)", "standing": "var(--faintest)",
}  # fmt: skip
ACTIVITY_WORDS = {
    "driving": "driving", "service_line": "in line at gate, crane or dock",
    "served": "loading and unloading", "charging_line": "in line to charge",
    "charging": "charging", "standing": "standing",
}  # fmt: skip
LIMITS = {
    "EVSEs": "var(--u4)", "stacks": "var(--u2)", "transformer": "var(--rust)", "gate": "var(--q1)",
    "hub": "var(--u5)", "drivers": "var(--faint)", "unsure": "var(--faintest)",
}  # fmt: skip
TECHNOLOGIES = {
    "dual": BLUE, "megawatt": RUST, "swap": INK, "dual+swap": FAINT, "dual+megawatt": "var(--q2)",
}  # fmt: skip
STRIP_PX = 20


def curve(found: Mapping[str, Any], limit_min: float) -> Figure:
    """P95 wait against the fleet, and where it passes the limit."""
    rows = found["curve"]
    x = [row["trucks"] for row in rows]
    wait = [row["wait_min_p95"] for row in rows]
    trucks = found["trucks"]
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": x}
    data = [
        {**edge, "y": [w["high"] for w in wait]},
        {**edge, "y": [max(0.0, w["low"]) for w in wait], "fill": "tonexty",
         "fillcolor": "var(--u0)"},
        {
            "type": "scatter", "mode": "lines+markers", "x": x, "y": [w["mean"] for w in wait],
            "line": {"color": BLUE, "width": 2}, "marker": {"size": 6},
            "hovertemplate": "%{x} trucks: P95 wait %{y:.1f} min<extra></extra>",
        },
    ]  # fmt: skip
    return Figure(
        data,
        {
            "height": 340, "margin": {"l": 48, "r": 14, "t": 24, "b": 46},
            "xaxis": {"title": {"text": "electric trucks of the corridor"}, "nticks": 8,
                      "range": [0, 1.03 * max(x)]},
            "yaxis": {"title": {"text": "P95 wait to charge [min]"}, "rangemode": "tozero",
                      "nticks": 7},
            "shapes": [
                {"type": "rect", "x0": max(0.0, trucks["low"]), "x1": trucks["high"],
                 "yref": "paper", "y0": 0, "y1": 1, "fillcolor": "var(--band)",
                 "line": {"width": 0}, "layer": "below"},
                {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit_min,
                 "y1": limit_min, "line": {"color": RUST, "width": 1.2, "dash": "4px 3px"}},
            ],
            "annotations": [
                {"x": trucks["mean"], "yref": "paper", "y": 1, "yanchor": "bottom",
                 "text": f"capacity {trucks['mean']:.0f}", "showarrow": False,
                 "font": {"size": 11, "color": RUST}},
                {"xref": "paper", "x": 0.01, "y": limit_min, "xanchor": "left",
                 "yanchor": "bottom", "text": f"{limit_min:g} min", "showarrow": False,
                 "font": {"size": 11, "color": RUST}},
            ],
        },
        "P95 wait for charging of trucks on shift against the number of trucks; the numbers are in "
        "the table",
        "Wait against the number of trucks",
        [(BLUE, "P95 wait, mean of the replications"), ("var(--u0)", "95 % interval of the mean"),
         ("var(--band)", "capacity, 95 % interval")],
        {"height": 300, "xaxis.nticks": 5},
    )  # fmt: skip


def power(hours: Mapping[str, Sequence[float]], caps: Sequence[float] | None, hub: str) -> Figure:
    """What the hub draws in every hour of the day, against what the transformer leaves."""
    x = [h + 0.5 for h in range(HOURS)]
    data: list[dict[str, Any]] = [
        {
            "type": "bar", "x": x, "y": list(hours["power_kw"]), "width": 0.86,
            "marker": {"color": "var(--u2)"},
            "hovertemplate": "mean %{y:.0f} kW<extra></extra>",
        },
        {
            "type": "scatter", "mode": "markers", "x": x, "y": list(hours["power_max_kw"]),
            "marker": {"color": INK, "size": 7, "symbol": "line-ew-open", "line": {"width": 2}},
            "hovertemplate": "highest %{y:.0f} kW<extra></extra>",
        },
    ]  # fmt: skip
    key = [("var(--u2)", "mean power from the grid"), (INK, "highest, mean of the replications")]
    if caps:
        data.append(
            {
                "type": "scatter", "mode": "lines", "x": list(range(HOURS + 1)),
                "y": [*caps, caps[-1]], "line": {"color": RUST, "width": 2, "shape": "hv"},
                "hovertemplate": "%{y:.0f} kW left by the transformer<extra></extra>",
            }
        )  # fmt: skip
        key.append((RUST, "what the transformer leaves for charging"))
    return Figure(
        data,
        {
            "height": 340, "margin": {"l": 56, "r": 14, "t": 10, "b": 46}, "barmode": "overlay",
            "xaxis": {"range": [0, HOURS], "dtick": 3, "ticksuffix": " h",
                      "title": {"text": "hour of the day"}},
            "yaxis": {"rangemode": "tozero", "title": {"text": f"{inert(hub)} [kW]"}, "nticks": 7},
        },
        f"Power of {hub} by hour of the day against its transformer; the numbers are in the table",
        "Power of the hub against its transformer", key,
        {"height": 300, "xaxis.dtick": 6},
    )  # fmt: skip


def gains(own: Mapping[str, Any], step: float) -> Figure:
    """How much more of each limit raises the capacity."""
    rows = sorted(own["gains"].items(), key=lambda pair: -pair[1]["mean"])
    names = [name for name, _ in rows]
    return _forest(
        [WORDS[name] for name in names], [value for _, value in rows],
        [RUST if name in own["alike"] else BLUE for name in names], "more loads a day",
        f"What {100 * step:g} % more of each limit brings",
        [(RUST, "binds"), (BLUE, "others; 95 % intervals, paired")],
    )  # fmt: skip


def _forest(
    names: Sequence[str], values: Sequence[Mapping[str, float]], colors: Sequence[str], axis: str,
    title: str, key: Sequence[tuple[str, str]],
) -> Figure:  # fmt: skip
    """Differences with their intervals, a row each."""
    labels = [inert(name) for name in names]
    short = [text if len(text) <= 20 else text[:19] + "…" for text in labels]
    data = [
        {
            "type": "scatter", "mode": "markers", "x": [v["mean"]], "y": [n],
            "error_x": {
                "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": color,
                "array": [v["high"] - v["mean"]], "arrayminus": [v["mean"] - v["low"]],
            },
            "marker": {"color": color, "size": 9},
            "hovertemplate": f"{labels[n]}: %{{x:+.1f}}<extra></extra>",
        }
        for n, (v, color) in enumerate(zip(values, colors, strict=True))
    ]  # fmt: skip
    return Figure(
        data,
        {
            "height": 30 * len(names) + 60,
            "margin": {"l": label_margin(labels, 11.5), "r": 14, "t": 8, "b": 46},
            "xaxis": {"title": {"text": axis}, "zeroline": True, "zerolinecolor": FAINT,
                      "nticks": 7},
            "yaxis": {"tickvals": list(range(len(names))), "ticktext": labels, "showgrid": False,
                      "range": [len(names) - 0.5, -0.5]},
        },
        f"{title}: differences with 95 % intervals; the numbers are in the table", title, key,
        {"yaxis.ticktext": short, "margin.l": label_margin(short, 11.5), "xaxis.nticks": 4},
    )  # fmt: skip


def strip(day: Mapping[str, Any]) -> Figure:
    """A day of some trucks, one above the other."""
    steps = day["steps"]
    trucks: dict[int, str] = {}
    for step in steps:
        trucks.setdefault(step["ev"], step["duty"].replace("_", " "))
    order = sorted(trucks, key=lambda ev: (trucks[ev], ev))
    row = {ev: n for n, ev in enumerate(order)}
    data = [
        {
            "type": "bar", "orientation": "h", "width": 0.72,
            "y": [row[s["ev"]] for s in own],
            "base": [s["begin_h"] for s in own],
            "x": [s["end_h"] - s["begin_h"] for s in own],
            "marker": {"color": color, "line": {"width": 0}},
            "hovertext": [
                f"{inert(s['label'].replace('_', ' '))}: {ACTIVITY_WORDS[name]}, "
                f"{clock(s['begin_h'])} to {clock(s['end_h'])}"
                for s in own
            ],
            "hoverinfo": "text",
        }
        for name, color in ACTIVITIES.items()
        if (own := [s for s in steps if s["activity"] == name])
    ]  # fmt: skip
    labels = [inert(trucks[ev]) for ev in order]
    short = [text if len(text) <= 14 else text[:13] + "…" for text in labels]
    return Figure(
        data,
        {
            "height": STRIP_PX * len(order) + 60, "barmode": "overlay",
            "margin": {"l": label_margin(labels, 11.0), "r": 10, "t": 8, "b": 46},
            "xaxis": {"range": [0, HOURS], "dtick": 3, "ticksuffix": " h",
                      "title": {"text": "hour of the first day that counts"}},
            "yaxis": {"range": [len(order) - 0.4, -0.6], "tickvals": list(range(len(order))),
                      "ticktext": labels, "showgrid": False},
        },
        "What some trucks do on one day, a row per truck; hours by activity are in the table",
        "A day of some trucks", [(c, ACTIVITY_WORDS[n]) for n, c in ACTIVITIES.items()],
        {"yaxis.ticktext": short, "margin.l": label_margin(short, 11.0), "xaxis.dtick": 6},
    )  # fmt: skip


def clock(hours: float) -> str:
    minutes = round(60 * hours)
    return f"{minutes // 60}:{minutes % 60:02d}"


def binding_maps(found: Mapping[str, Any]) -> list[Figure]:
    """For each type of cabinet: cabinets x transformer, colored by what binds."""
    out = []
    one = [row["binds"] if len(row["alike"]) == 1 else "unsure" for row in found["rows"]]
    for kind in found["types"]:
        rows = [row for row in found["rows"] if row["type"] == kind]
        binds = [b for b, row in zip(one, found["rows"], strict=True) if row["type"] == kind]
        x = [found["cabinets"].index(row["cabinets"]) for row in rows]
        y = [found["kva"].index(row["kva"]) for row in rows]
        data = [
            {
                "type": "scatter", "mode": "markers+text", "x": x, "y": y,
                "marker": {"symbol": "square", "size": 44,
                           "color": [LIMITS[name] for name in binds]},
                "text": [f"<b>{row['flow']['mean']:.0f}</b>" for row in rows],
                "textfont": {
                    "size": 12,
                    "color": ["var(--ink)" if name in ("gate", "unsure") else "var(--paper)"
                              for name in binds],
                },
                "hovertext": [
                    f"{row['flow']['mean']:.0f} loads a day with {row['capacity']['mean']:.0f} "
                    f"trucks; binds: {bound(row)}"
                    for row in rows
                ],
                "hoverinfo": "text",
            }
        ]  # fmt: skip
        out.append(
            Figure(
                data,
                {
                    "height": 62 * len(found["kva"]) + 70,
                    "margin": {"l": 84, "r": 10, "t": 8, "b": 46},
                    "xaxis": {"tickvals": list(range(len(found["cabinets"]))), "showgrid": False,
                              "ticktext": [str(n) for n in found["cabinets"]],
                              "range": [-0.6, len(found["cabinets"]) - 0.4],
                              "title": {"text": f"cabinets of {inert(kind)}"}},
                    "yaxis": {"tickvals": list(range(len(found["kva"]))), "showgrid": False,
                              "ticktext": [f"{kva:,.0f} kVA" for kva in found["kva"]],
                              "range": [-0.6, len(found["kva"]) - 0.4]},
                },
                f"Capacity in loads a day with {kind}, colored by what binds; the numbers are in "
                "the table",
                f"Capacity [loads a day] with {kind}, and what binds",
                [(color, WORDS[name]) for name, color in LIMITS.items()
                 if name in one],
            )
        )  # fmt: skip
    return out


def frontier(found: Mapping[str, Any]) -> Figure:
    """Loads a day against the cost of a tonne, a line per technology along the budgets."""
    data = []
    for name, color in TECHNOLOGIES.items():
        rows = [r for r in found["rows"] if r["technology"] == name and r["cny_per_tonne"]]
        if not rows:
            continue
        flow = [row["deliveries_per_day"] for row in rows]
        data.append(
            {
                "type": "scatter", "mode": "lines+markers",
                "x": [row["cny_per_tonne"]["mean"] for row in rows],
                "y": [own["mean"] for own in flow],
                "error_y": {
                    "type": "data", "symmetric": False, "thickness": 1, "width": 0,
                    "array": [own["high"] - own["mean"] for own in flow],
                    "arrayminus": [own["mean"] - own["low"] for own in flow],
                    "color": color,
                },
                "line": {"color": color, "width": 1.6}, "marker": {"color": color, "size": 8},
                "hovertext": [
                    f"{LABELS[name]}, {row['cny'] / 1e6:.1f} M CNY: {inert(row['what'])}"
                    for row in rows
                ],
                "hovertemplate": "%{hovertext}<br>%{y:.0f} loads a day, %{x:.3f} CNY a tonne"
                "<extra></extra>",
            }
        )  # fmt: skip
    return Figure(
        data,
        {
            "height": 380, "margin": {"l": 56, "r": 14, "t": 10, "b": 46},
            "xaxis": {"rangemode": "tozero", "nticks": 7,
                      "title": {"text": "cost of the hub [CNY a tonne]"}},
            "yaxis": {"rangemode": "tozero", "nticks": 7, "title": {"text": "loads a day"}},
        },
        "Loads a day against the cost of the hub for each tonne; the numbers are in the table",
        "Charge or swap: what is carried, and what it costs",
        [(color, LABELS[name]) for name, color in TECHNOLOGIES.items()],
        {"height": 330, "xaxis.nticks": 4},
    )  # fmt: skip


def levers(found: Mapping[str, Any]) -> Figure:
    """Paired differences in the P95 wait."""
    changes = found["changes"]
    return _forest(
        [label(name) for name in changes], [own["wait_min_p95"] for own in changes.values()],
        [BLUE if name in LEVERS else INK for name in changes], "change of the P95 wait [min]",
        "What changes the P95 wait", [(INK, "a cause taken away"), (BLUE, "a lever")],
    )  # fmt: skip


def lines(found: Mapping[str, Any]) -> Figure:
    """Trucks in line at the hub by hour, as it is and with levers."""
    own = {BASE: (RUST, "as it is"), "staggered": (BLUE, LEVERS["staggered"]),
           "storage": (INK, LEVERS["storage"])}  # fmt: skip
    data = [
        {
            "type": "scatter", "mode": "lines", "x": [h + 0.5 for h in range(HOURS)],
            "y": found["hours"][name]["line"], "line": {"color": color, "width": 2},
            "hovertemplate": f"{label}: %{{y:.2f}} trucks in line<extra></extra>",
        }
        for name, (color, label) in own.items()
        if name in found["hours"]
    ]  # fmt: skip
    return Figure(
        data,
        {
            "height": 330, "margin": {"l": 48, "r": 14, "t": 10, "b": 46},
            "xaxis": {"range": [0, HOURS], "dtick": 3, "ticksuffix": " h",
                      "title": {"text": "hour of the day"}},
            "yaxis": {"rangemode": "tozero", "title": {"text": "trucks in line at the hub"},
                      "nticks": 6},
        },
        "Trucks in line at the hub by hour of the day; the numbers are in the table",
        "The line at the hub over the day", list(own.values()),
        {"height": 290, "xaxis.dtick": 6},
    )  # fmt: skip


def plan(found: Mapping[str, Any]) -> Figure:
    """Capacity of every corridor over its trucks of the plan."""
    rows = found["rows"]
    data = []
    for key, color, shift in (("ratio", BLUE, -0.14), ("ratio_apart", FAINT, 0.14)):
        own = [row[key] for row in rows]
        data.append(
            {
                "type": "scatter", "mode": "markers",
                "x": [100 * r["mean"] for r in own],
                "y": [n + shift for n in range(len(rows))],
                "error_x": {
                    "type": "data", "symmetric": False, "width": 0, "thickness": 2, "color": color,
                    "array": [100 * (r["high"] - r["mean"]) for r in own],
                    "arrayminus": [100 * (r["mean"] - r["low"]) for r in own],
                },
                "marker": {"color": color, "size": 10},
                "hovertext": [judged(r) for r in own],
                "hovertemplate": "%{x:.0f} % of the plan: %{hovertext}<extra></extra>",
            }
        )  # fmt: skip
    labels = [inert(row["name"]) for row in rows]
    short = [text if len(text) <= 12 else text[:11] + "…" for text in labels]
    return Figure(
        data,
        {
            "height": 52 * len(rows) + 70,
            "margin": {"l": label_margin(labels, 11.5), "r": 14, "t": 20, "b": 46},
            "xaxis": {"rangemode": "tozero", "ticksuffix": " %", "nticks": 7,
                      "title": {"text": "capacity, of the trucks of 2028"}},
            "yaxis": {"tickvals": list(range(len(rows))), "ticktext": labels, "showgrid": False,
                      "range": [len(rows) - 0.5, -0.5]},
            "shapes": [{"type": "line", "x0": 100, "x1": 100, "yref": "paper", "y0": 0, "y1": 1,
                        "line": {"color": RUST, "width": 1.2, "dash": "4px 3px"}}],
            "annotations": [{"x": 100, "yref": "paper", "y": 1, "yanchor": "bottom",
                             "text": "plan", "showarrow": False,
                             "font": {"size": 11, "color": RUST}}],
        },
        "Capacity of every corridor over its trucks of 2028; the numbers are in the table",
        "2028: capacity of each corridor against its trucks",
        [(BLUE, "lines shared by all stations"), (FAINT, "trucks tied to groups of stations")],
        {"yaxis.ticktext": short, "margin.l": label_margin(short, 11.5), "xaxis.nticks": 4},
    )  # fmt: skip
