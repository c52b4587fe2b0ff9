"""The report of a replay: when stations were busy, how long people waited where, and what if."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sim.report.simple import Figure, Section, Table, page
from sim.report.words import inert, percent

BARS, ROWS = 20, 200  # stations in a figure and in a table; all are in kpis.parquet
MOST_POINTS = 24 * 62  # hours on the time axis; longer traces show days
QUANTILES = np.linspace(0.0, 1.0, 201)


def write(answer: dict[str, Any], curves: Mapping[str, np.ndarray], out: Path,
          manifest: dict[str, Any]) -> Path:  # fmt: skip
    """`report.html`.  `curves`: hourly sums over all stations, and sorted waits by name."""
    sections = [_when(answer, curves), _waits(answer, curves), _stations(answer)]
    if "what_if" in answer:
        sections.insert(0, _what_if(answer, curves))
    facts = {k: v for k, v in manifest.items() if k != "config"}
    facts["replay"] = _given(manifest["config"]["replay"])
    return page("Replay", answer["verdict"], [*sections, _meaning()], out / "report.html", facts)


def _given(value: Any) -> Any:
    """Without what was left open."""
    if not isinstance(value, dict):
        return value
    return {k: _given(v) for k, v in value.items() if v is not None}


def _when(answer: dict[str, Any], curves: Mapping[str, np.ndarray]) -> Section:
    hours = len(curves["occupied"])
    step = 1 if hours <= MOST_POINTS else 24
    begin = answer["begin"]
    start = datetime.fromisoformat(begin).replace(tzinfo=None) if begin else None
    first = answer["begin_h"]
    times = [
        (start + timedelta(hours=h)).isoformat() if start else first + h
        for h in range(0, hours, step)
    ]

    def mean(name: str) -> list[float]:
        padded = np.append(curves[name], np.zeros(-hours % step)).reshape(-1, step)
        return np.round(padded.mean(axis=1), 3).tolist()

    def line(name: str, color: str, **more: Any) -> dict[str, Any]:
        return {"type": "scatter", "mode": "lines", "x": times, "y": mean(name),
                "line": {"color": color, "width": 1.3, "shape": "hv"},
                "hovertemplate": "%{x}<br>%{y:.1f}<extra></extra>", **more}  # fmt: skip

    def figure(data: list, title: str, key: Sequence[tuple[str, str]] = ()) -> Figure:
        layout = {"height": 220, "margin": {"l": 48, "r": 10, "t": 8, "b": 32},
                  "xaxis": {"nticks": 8, "showgrid": False},
                  "yaxis": {"nticks": 5, "rangemode": "tozero"}}  # fmt: skip
        return Figure(data, layout, title, title, key, {"xaxis.nticks": 4, "height": 190})

    per = "hour" if step == 1 else "day"
    net = answer["network"]
    busy = [line("occupied", "var(--blue)", fill="tozeroy", fillcolor="var(--u0)"),
            line("queue", "var(--rust)")]  # fmt: skip
    return Section(
        "When",
        [
            f"Means of every {per} over all {net['stations']:,} stations with {net['evses']:,} "
            "EVSEs together" + ("." if start else "; hours as in the files.")
        ],
        [
            figure(busy, "EVs at an EVSE, and waiting",
                   [("var(--blue)", "at an EVSE"), ("var(--rust)", "waiting")]),
            figure([line("power", "var(--blue)")], "Charging power, battery side [kW]"),
        ],
    )  # fmt: skip


def _waits(answer: dict[str, Any], curves: Mapping[str, np.ndarray]) -> Section:
    rows = sorted(
        (s for s in answer["stations"].values() if s["visits"]),
        key=lambda s: (-s["wait_min_p95"], s["station"]),
    )[:BARS][::-1]
    names = [inert(s["station"]) for s in rows]
    places = list(range(len(rows)))

    def marks(key: str, color: str, symbol: str) -> dict[str, Any]:
        return {"type": "scatter", "mode": "markers", "x": [s[key] for s in rows], "y": places,
                "marker": {"color": color, "size": 8, "symbol": symbol,
                           "line": {"color": color, "width": 1.4}},
                "text": names,
                "hovertemplate": "%{text}<br>%{x:.1f} min<extra></extra>"}  # fmt: skip

    longest = max((len(n) for n in names), default=1)
    layout = {
        "height": 60 + 18 * len(rows),
        "margin": {"l": min(170, 20 + 6.5 * longest), "r": 12, "t": 8, "b": 40},
        "xaxis": {"rangemode": "tozero", "nticks": 6, "title": {"text": "minutes"}},
        "yaxis": {"tickvals": places, "ticktext": [_short(n) for n in names],
                  "range": [-0.6, len(rows) - 0.4]},
    }  # fmt: skip
    title = "Wait in line at the stations with the longest P95 [min]"
    means = marks("wait_min_mean", "var(--blue)", "line-ns")
    stations = Figure(
        [means, marks("wait_min_p95", "var(--rust)", "circle")],
        layout, title, title, [("var(--blue)", "mean"), ("var(--rust)", "P95")],
    )  # fmt: skip
    return Section("How long people waited", [], [stations, _tail({"all visits": curves["wait"]})])


def _tail(waits: Mapping[str, np.ndarray]) -> Figure:
    """Share of visits that wait longer than so many minutes; most wait not at all."""
    colors = ("var(--rust)", "var(--blue)")
    data = []
    for own, color in zip(waits.values(), colors, strict=False):
        waited = 100.0 * float((own > 0.0).mean())
        data.append({
            "type": "scatter", "mode": "lines",
            "x": np.quantile(own[own > 0.0], QUANTILES).round(3).tolist() if waited else [0.0],
            "y": (waited * (1.0 - QUANTILES)).round(3).tolist() if waited else [0.0],
            "line": {"color": color, "width": 2},
            "hovertemplate": "%{y:.1f} % wait over %{x:.0f} min<extra></extra>",
        })  # fmt: skip
    title = "Visits that wait longer [%]"
    layout = {"height": 260, "margin": {"l": 40, "r": 12, "t": 8, "b": 40},
              "xaxis": {"nticks": 6, "rangemode": "tozero", "title": {"text": "minutes"}},
              "yaxis": {"rangemode": "tozero", "nticks": 6}}  # fmt: skip
    return Figure(data, layout, title, title, list(zip(colors, waits, strict=False)))


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"


def _stations(answer: dict[str, Any]) -> Section:
    head = ["Station", "EVSEs", "Cap kW", "Visits", "kWh", "Time %", "Charging %",
            "Peak kW", "Held back kWh", "Wait mean", "P90", "P95", "Longest", "> 30 min %",
            "Renege"]  # fmt: skip
    rows = sorted(
        answer["stations"].values(), key=lambda s: (-(s["wait_min_p95"] or 0.0), s["station"])
    )
    text = [
        "Time and charging utilization in percent; waits in minutes, of all visits; power and "
        "energy at the battery side."
    ]
    if len(rows) > ROWS:
        text.append(f"The {ROWS} of {len(rows):,} stations with the longest P95 wait; all are in "
                    "kpis.parquet.")  # fmt: skip
    return Section(
        "Stations",
        text,
        tables=[
            Table(
                head,
                [
                    [s["station"], s["evses"], s["cap_kw"], s["visits"], s["energy_kwh"],
                     percent(s["time_utilization"]), percent(s["charging_utilization"]),
                     s["power_max_kw"], s["curtailed_kwh"], s["wait_min_mean"], s["wait_min_p90"],
                     s["wait_min_p95"], s["wait_min_max"], percent(s["over_30_share"]),
                     s["reneged"]]
                    for s in rows[:ROWS]
                ],
            )
        ],
    )  # fmt: skip


def _what_if(answer: dict[str, Any], curves: Mapping[str, np.ndarray]) -> Section:
    """The changed stations, before and after."""
    found = answer["what_if"]["differences"]
    units = {"wait_min": "Wait [min]", "energy_kwh": "Energy [kWh]", "stay_min": "Stay [min]"}
    rows = [
        [name, units[key], d["n"], d["before"], d["after"], d["mean"], _within(d), d["p5"],
         d["p50"], d["p95"], percent(d["less"]), percent(d["more"]), d["correlation"]]
        for name, own in found.items()
        for key, d in own.items()
    ]  # fmt: skip
    head = ["Station", "Per visit", "Visits", "Before", "After", "Change", "95 %", "P5", "Median",
            "P95", "Less %", "More %", "Correlation"]  # fmt: skip
    return Section(
        "What if",
        [
            "The same visits at the changed stations, each compared with itself. The interval "
            "takes days as clusters, because visits of one day share its rush; with fewer than "
            "ten days there is none. P5, median and P95 are of the change."
        ],
        [_tail({"as it was": curves["wait_before"], "what if": curves["wait_after"]})],
        [Table(head, rows)],
    )


def _within(d: Mapping[str, Any]) -> str:
    return "–" if d["low"] is None else f"{d['low']:+.2f} to {d['high']:+.2f}"  # noqa: RUF001


def _meaning() -> Section:
    return Section(
        "What the numbers mean",
        [
            "Time utilization: occupied EVSE-hours (plug-in to unplug) over EVSEs x hours from the "
            "first arrival to the last leaving of all stations. Charging utilization: the same, "
            "counting only hours with power flowing.",
            "Held back: power that EVs could have taken but for a limit of the site or a cabinet, "
            "over time.",
            "Replayed is what the files say and nothing else: no handshake, no failures, endless "
            "patience and no overstay where the files give none, no driving on to another station. "
            "Visits that real drivers gave up before plugging in are only there if the files have "
            "them.",
        ],
    )
