"""The page of `validate`: its sections, with their figures and tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.validate import busy
from experiments.validate.view import GROUPS, MODELS, NAMES, UNITS, count, error_of, percent
from sim.report.simple import Figure, Section, Table
from sim.report.words import inert, span


def sections(answer: Mapping[str, Any], sessions: pd.DataFrame | None) -> list[Section]:
    """The page below its verdict; `sessions` as `epfl.compare` returns them."""
    found = []
    if sessions is not None:
        found.append(fast_charger(answer, sessions))
    return [*found, *map(site_section, answer["sites"])]


def fast_charger(answer: Mapping[str, Any], sessions: pd.DataFrame) -> Section:
    epfl = answer["epfl"]
    idle = " and ".join(f"{a['idle_min']:.1f}" for a in epfl["acceptance"])
    return Section(
        "EPFL fast charger: two plugs share 172.5 kW",
        [
            f"{epfl['sessions']} sessions on {epfl['days']} days of 2022, {epfl['overlapping']} of "
            "them beside another one. Recorded arrivals, SOC and battery sizes are replayed; both "
            "plugs get an equal share, and what one cannot take goes to the other. Energy: plugged "
            "in from the recorded arrival to the recorded departure, charging towards full. Stay: "
            "charging to the recorded SOC (the energy of that replay is no test, because the table "
            "derives the battery from the recorded energy, at 95 % efficiency).",
            "Assumed: an EV accepts at most the greatest power it asked for (preq_max_w) or that "
            "of the charger, and the less the fuller it is. How much less, and the minutes without "
            f"power ({idle}), is learned from the sessions that shared with nobody, odd weeks for "
            "even ones and even for odd; by least squares of minutes or, to see what that choice "
            "does, of relative errors. The published curve is the median shape of 113 variants of "
            "cars without idle minutes: it has seen nothing of this charger.",
            "Not recorded: when power stopped (a stay may end later), what an EV really accepts, "
            "battery temperature, further plugs of the charger, and who found both plugs taken. "
            f"Slowed are the {epfl['slowed']} sessions that the model says are longer for sharing: "
            "only there can the rule be seen.",
        ],
        [*(_scatter(sessions, q) for q in UNITS), *(_biases(answer, q) for q in UNITS)],
        [*(_errors(answer, q) for q in UNITS), _where(epfl)],
    )  # fmt: skip


def _scatter(sessions: pd.DataFrame, quantity: str) -> Figure:
    unit, top = UNITS[quantity], float(np.percentile(sessions[quantity], 99.5)) * 1.1
    data: list[dict[str, Any]] = []
    for shared, color in ((False, "var(--blue)"), (True, "var(--rust)")):
        some = sessions[sessions.shared == shared]
        data.append(
            {
                "type": "scatter", "mode": "markers", "cliponaxis": True,
                "x": some[quantity].round(2).tolist(),
                "y": some[f"{quantity}_simulated"].round(2).tolist(),
                "marker": {"color": color, "size": 4.5, "opacity": 0.6},
                "hovertemplate": f"%{{x}} {unit} recorded<br>%{{y}} simulated<extra></extra>",
            }
        )  # fmt: skip
    outside = int(((sessions[[quantity, f"{quantity}_simulated"]]) > top).any(axis=1).sum())
    title = f"{NAMES[quantity].capitalize()} of a session [{unit}]: simulated over recorded"
    return Figure(
        data,
        {
            "height": 380, "margin": {"l": 40, "r": 12, "t": 8, "b": 40},
            "xaxis": {"range": [0, top], "nticks": 7, "title": {"text": "recorded"}},
            "yaxis": {"range": [0, top], "nticks": 7},
            "shapes": [
                {"type": "line", "x0": 0, "y0": 0, "x1": top, "y1": top, "layer": "below",
                 "line": {"color": "var(--faint)", "width": 1.2}}
            ],
        },
        f"{title}; {outside} sessions lie beyond the axes",
        title,
        [("var(--blue)", "alone"), ("var(--rust)", "beside another session")],
        {"height": 320},
    )  # fmt: skip


def _biases(answer: Mapping[str, Any], quantity: str) -> Figure:
    """What sharing buys: bias with and without the rule."""
    data: list[dict[str, Any]] = []
    for model, color, lift in (
        ("shared", "var(--rust)", -0.12),
        ("unshared", "var(--faint)", 0.12),
    ):
        rows = [error_of(answer, quantity, g, model)["bias_frac"] for g in GROUPS]
        mean, low, high = (100 * np.array([r[k] for r in rows]) for k in ("mean", "low", "high"))
        data.append(
            {
                "type": "scatter", "mode": "markers", "x": mean.tolist(),
                "y": [n + lift for n in range(len(rows))],
                "marker": {"color": color, "size": 9},
                "error_x": {
                    "type": "data", "array": (high - mean).tolist(),
                    "arrayminus": (mean - low).tolist(), "thickness": 1.6, "width": 0,
                    "color": color,
                },
                "hovertemplate": "%{x:+.1f} %<extra></extra>",
            }
        )  # fmt: skip
    title = f"Bias of the {NAMES[quantity]} [%]"
    return Figure(
        data,
        {
            "height": 170, "margin": {"l": 84, "r": 12, "t": 8, "b": 28},
            "xaxis": {"ticksuffix": " %", "zeroline": True, "zerolinecolor": "var(--ink)",
                      "nticks": 7},
            "yaxis": {"range": [2.5, -0.5], "tickvals": [0, 1, 2], "ticktext": list(GROUPS)},
        },
        f"{title} with and without the sharing rule, with 95 % intervals; the numbers are in the "
        "table",
        title,
        [("var(--rust)", "sharing"), ("var(--faint)", "each plug 172.5 kW")],
    )  # fmt: skip


def _errors(answer: Mapping[str, Any], quantity: str) -> Table:
    unit = UNITS[quantity]
    rows = [
        [
            f"{r['group']}: {MODELS[r['model']]}", r["n"],
            span(r["mean_error"]), span(r["mean_abs_error"]), span(r["rms_error"]),
            percent(r["bias_frac"]),
        ]
        for r in answer["epfl"]["errors"]
        if r["quantity"] == quantity
    ]  # fmt: skip
    head = ["Sessions", "n", "mean error", "mean absolute error", "RMS error", "bias"]
    mean = error_of(answer, quantity)["recorded_mean"]
    return Table(head, rows, f"{NAMES[quantity].capitalize()} [{unit}], recorded mean {mean:.1f}")


def _where(epfl: Mapping[str, Any]) -> Table:
    by_part: dict[str, list[Any]] = {}
    for quantity in UNITS:
        for row in epfl["where"]:
            if row["quantity"] == quantity:
                cells = by_part.setdefault(row["group"], [row["group"], row["n"]])
                cells += [span(row["mean_error"]), span(row["mean_abs_error"])]
    head = ["Sessions with", "n", "energy: mean error [kWh]", "absolute", "stay: mean error [min]",
            "absolute"]  # fmt: skip
    return Table(head, list(by_part.values()), "Where the misses are (learned curve, shared)")


def site_section(site: Mapping[str, Any]) -> Section:
    found, lost = site["line"], site["lost"]
    dropped = ", ".join(f"{reason} ({n})" for reason, n in site["dropped"].items())
    return Section(
        f"{site['site']}: {count(site['units'], 'unit')}",
        [
            f"{site['weeks']} whole weeks from {site['first_day']}: the odd ones are learned from, "
            f"the {found['days']} days of the even ones compared. A unit is busy while any of its "
            "connectors is in use, so a unit that serves DC and AC at once counts once: "
            f"{site['merged']} of {site['sessions']:,} sessions began at a unit that was busy. "
            f"Left out are sessions {dropped}.",
            f"Learned: {found['arrivals_per_day']:.1f} arrivals a day by hour and kind of day, "
            f"stays of {found['mean_stay_min']:.1f} min on average, whatever the hour. Queues are "
            "not recorded; how soon a full site is taken again says that "
            f"{100 * found['waiting_share']:.0f} % of those who find it full wait, and the others "
            "are lost. Simulated "
            f"{busy.REPLICATIONS} times, each with rates and stays of odd weeks drawn with "
            "replacement. Weather, holidays, events and trends are not in the law.",
        ],
        [_hours(site), _days(site)],
        [_scores(found, lost), _hour_table(site)],
    )


def _hours(site: Mapping[str, Any]) -> Figure:
    """Share of time with k units busy, by hour: one row of the figure for each k."""
    share = site["line"]["share"]
    recorded, simulated, low, high = (np.array(share[k]) for k in busy.BANDS)
    out = np.array(share["is_outside"])
    numbers = range(1, 2) if site["units"] == 1 else range(site["units"] + 1)
    hours = np.arange(busy.DAY_H)
    edges = np.arange(busy.DAY_H + 1)
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    room = 1.0 / len(numbers)
    for place, k in enumerate(numbers):
        axis = "" if place == 0 else str(place + 1)
        base = {"xaxis": "x", "yaxis": f"y{axis}", "type": "scatter"}
        edge = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
        data += [
            {**base, **edge, "x": edges.tolist(), "y": _stairs(high[:, k])},
            {**base, **edge, "x": edges.tolist(), "y": _stairs(low[:, k]), "fill": "tonexty",
             "fillcolor": "var(--u0)"},
            {**base, "x": edges.tolist(), "y": _stairs(simulated[:, k]), "mode": "lines",
             "line": {"color": "var(--blue)", "width": 1.4, "shape": "hv"}, "hoverinfo": "skip"},
            {**base, "x": (hours + 0.5).tolist(), "y": (100 * recorded[:, k]).tolist(),
             "mode": "markers",
             "marker": {"size": 6.5,
                        "color": np.where(out[:, k], "var(--rust)", "var(--ink)").tolist()},
             "hovertext": [
                 f"{h}–{h + 1} h, {k} busy: recorded {100 * recorded[h, k]:.1f} %,<br>simulated "  # noqa: RUF001
                 f"{100 * simulated[h, k]:.1f} ({100 * low[h, k]:.1f} to {100 * high[h, k]:.1f})"
                 for h in hours
             ], "hoverinfo": "text"},
        ]  # fmt: skip
        top = 1.0 - place * room
        layout[f"yaxis{axis}"] = {
            "domain": [max(0.0, top - room), top - 0.2 * room], "rangemode": "tozero", "nticks": 4,
            "ticksuffix": " %",
        }  # fmt: skip
        label = "busy" if site["units"] == 1 else f"{k} of {site['units']} busy"
        layout["annotations"].append(
            {"xref": "paper", "x": 0, "yref": "paper", "y": top - 0.19 * room, "yanchor": "bottom",
             "text": f"<b>{label}</b>", "showarrow": False, "font": {"size": 11.5}}
        )  # fmt: skip
    layout |= {
        "height": 150 * len(numbers) + 90 if len(numbers) == 1 else 118 * len(numbers) + 50,
        "margin": {"l": 44, "r": 8, "t": 8, "b": 34},
        "xaxis": {"range": [0, 24], "tickvals": list(range(0, 25, 3)), "ticksuffix": " h",
                  "anchor": "y" if len(numbers) == 1 else f"y{len(numbers)}"},
    }  # fmt: skip
    return Figure(
        data, layout,
        f"Share of time with so many units busy at {inert(site['site'])}, by hour of the day; the "
        "numbers are in validate.csv",
        "Share of time by hour of the day",
        [("var(--ink)", "recorded"), ("var(--rust)", "recorded, outside the band"),
         ("var(--u1)", "simulated: mean and 95 % band")],
        {"xaxis.tickvals": [0, 6, 12, 18, 24]},
    )  # fmt: skip


def _stairs(share: np.ndarray) -> list[float]:
    """Percent at the left edge of every hour, and once more at the end of the last."""
    return [*(100 * share).tolist(), 100 * float(share[-1])]


def _days(site: Mapping[str, Any]) -> Figure:
    counts = site["line"]["pit"]["counts"]
    even = sum(counts) / len(counts)
    width = 100 / len(counts)
    return Figure(
        [
            {"type": "bar", "x": [width * (n + 0.5) for n in range(len(counts))], "y": counts,
             "width": 0.9 * width, "marker": {"color": "var(--u2)"},
             "hovertemplate": "%{y} days<extra></extra>"}
        ],
        {
            "height": 240, "margin": {"l": 34, "r": 8, "t": 8, "b": 44},
            "xaxis": {"range": [0, 100], "ticksuffix": " %", "tickvals": [0, 25, 50, 75, 100],
                      "showgrid": False,
                      "title": {"text": "share of simulated days that are less busy"}},
            "yaxis": {"nticks": 5, "rangemode": "tozero"},
            "shapes": [
                {"type": "line", "x0": 0, "x1": 100, "y0": even, "y1": even,
                 "line": {"color": "var(--rust)", "width": 1.2, "dash": "4px 3px"}}
            ],
        },
        f"Days by the share of simulated days that are less busy: {counts}; {even:.1f} expected in "
        "each tenth",
        "Each recorded day among its simulated ones",
        [("var(--u2)", "days"), ("var(--rust)", "expected")],
    )  # fmt: skip


def _scores(line: Mapping[str, Any], lost: Mapping[str, Any]) -> Table:
    def column(found: Mapping[str, Any]) -> list[str]:
        share, mean, error = found["share"], found["mean"], found["error"]
        busy_mean, days, pit = found["mean_busy"], found["spread_of_days"], found["pit"]
        return [
            *(
                f"{c['outside']} of {c['of']}; {c['by_chance']:.1f} by chance, at most "
                f"{c['most_by_chance']}; p = {c['p']:.2f}"
                for c in (share, mean)
            ),
            f"{error['recorded']:.3f}; {error['by_chance']:.3f} by chance; p = {error['p']:.2f}",
            *(
                f"{c['recorded']:.3f}; simulated {c['simulated']:.3f} "
                f"({c['low']:.3f} to {c['high']:.3f})"
                for c in (busy_mean, days)
            ),
            f"{pit['chi2']:.1f}; p = {pit['p']:.2g}",
        ]

    names = [
        "Hourly shares outside their bands", "Hourly means outside their bands",
        "Mean absolute error of the hourly mean [units]", "Mean busy units",
        "Standard deviation of a day's mean [units]",
        f"Days among their simulated ones, chi-square ({busy.PIT_BINS - 1} degrees of freedom)",
    ]  # fmt: skip
    rows = [list(row) for row in zip(names, column(line), column(lost), strict=True)]
    return Table(["Score", "some wait (the model)", "all lost"], rows, "Scores")


def _hour_table(site: Mapping[str, Any]) -> Table:
    mean = site["line"]["mean"]
    rows = [
        [f"{h} to {h + 1}", f"{recorded:.3f}", f"{simulated:.3f}", f"{low:.3f} to {high:.3f}"]
        for h, (recorded, simulated, low, high) in enumerate(
            zip(*(mean[k] for k in busy.BANDS), strict=True)
        )
    ]
    marked = frozenset(np.flatnonzero(mean["is_outside"]).tolist())
    head = ["Hour", "recorded", "simulated", "95 % band"]
    return Table(head, rows, "Mean number of busy units; marked: outside", marked)
