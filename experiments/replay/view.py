"""The report of a replay: when stations were busy, how long people waited where, and what if."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from experiments.replay import clock as replay_clock
from sim.report.simple import Figure, Section, Table, page
from sim.report.words import inert, percent, plus

BARS, ROWS = 20, 200  # stations in a figure and in a table; all are in kpis.parquet
MOST_POINTS = 24 * 62  # hours on the time axis; longer traces show days
SUMS = ("occupied", "queue", "power")  # of all stations, means of an hour
NOBODY = "Nobody waits in line at these stations, neither as it was nor in the what-if."
COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
QUANTILES = np.linspace(0.0, 1.0, 201)


def write(answer: dict[str, Any], curves: Mapping[str, np.ndarray], path: Path,
          manifest: Mapping[str, Any]) -> Path:  # fmt: skip
    """`report.html`.

    `curves`: by name of `SUMS` an hourly sum over all stations; `offset_h`, the hours that the
    clock of the files is ahead of UTC in each of those hours; and waits.
    """
    sections = [_when(answer, curves), _waits(answer, curves), _stations(answer)]
    if "what_if" in answer:
        sections.insert(0, _what_if(answer, curves))
    facts = {k: v for k, v in manifest.items() if k != "config"}
    facts["replay"] = _given(manifest["config"]["replay"])
    return page("Replay", answer["verdict"], [*sections, _meaning()], path, facts)


def _given(value: Any) -> Any:
    """Without what was left open."""
    if not isinstance(value, dict):
        return value
    return {k: _given(v) for k, v in value.items() if v is not None}


# ---- when ------------------------------------------------------------------------------------

Piece = tuple[list[Any], dict[str, list[float]]]  # edges of hours or days, values by name of a sum


def _when(answer: dict[str, Any], curves: Mapping[str, np.ndarray]) -> Section:
    hours = len(curves["offset_h"])
    hourly = hours <= MOST_POINTS
    pieces = by_hour(answer, curves) if hourly else [by_day(answer, curves)]
    dated = answer["start"] is not None
    note = (
        replay_clock.words(_clock(answer, np.arange(hours), curves["offset_h"]),
                           curves["offset_h"], hourly)
        if dated else ""
    )  # fmt: skip

    def lines(name: str, color: str, **more: Any) -> list[dict[str, Any]]:
        return [
            {"type": "scatter", "mode": "lines", "x": edges, "y": values[name],
             "line": {"color": color, "width": 1.3, "shape": "hv"},
             "hovertemplate": "%{x}<br>%{y:.1f}<extra></extra>", **more}
            for edges, values in pieces
        ]  # fmt: skip

    def figure(data: list, title: str, key: Sequence[tuple[str, str]] = ()) -> Figure:
        layout = {"height": 220, "margin": {"l": 48, "r": 10, "t": 8, "b": 32},
                  "xaxis": {"nticks": 8, "showgrid": False},
                  "yaxis": {"nticks": 5, "rangemode": "tozero"}}  # fmt: skip
        return Figure(data, layout, title, title, key, {"xaxis.nticks": 4, "height": 190}, note)

    net = answer["network"]
    busy = [*lines("occupied", "var(--blue)", fill="tozeroy", fillcolor="var(--u0)"),
            *lines("queue", "var(--rust)")]  # fmt: skip
    return Section(
        "When",
        [
            f"Means of every {'hour' if hourly else 'day'} over all {net['stations']:,} stations "
            f"with {net['evses']:,} EVSEs together" + ("." if dated else "; hours as in the files.")
        ],
        [
            figure(busy, "EVs at an EVSE, and waiting",
                   [("var(--blue)", "at an EVSE"), ("var(--rust)", "waiting")]),
            figure(lines("power", "var(--blue)"), "Charging power, battery side [kW]"),
        ],
    )  # fmt: skip


def _clock(answer: Mapping[str, Any], hours: np.ndarray, offset_h: np.ndarray) -> np.ndarray:
    """What the clock of the files shows: dates, or hours where they have no dates."""
    if answer["start"]:
        return replay_clock.wall_clock(datetime.fromisoformat(answer["start"]), hours, offset_h)
    return answer["begin_h"] + hours


def _days(clock: np.ndarray) -> np.ndarray:
    """The midnight before each of the times."""
    return clock // 24 * 24 if clock.dtype.kind == "f" else clock.astype("datetime64[D]")


def _shown(clock: np.ndarray) -> list[Any]:
    return clock.tolist() if clock.dtype.kind == "f" else np.datetime_as_string(clock).tolist()


def by_hour(answer: Mapping[str, Any], curves: Mapping[str, np.ndarray]) -> list[Piece]:
    """Every hour from that of the first arrival on.

    There is a piece for each stretch between two changes of clocks: an hour that the clock shows
    twice has its values twice, and one that it leaves out has none.
    """
    offset_h = curves["offset_h"]
    hours = np.arange(len(offset_h))
    begin, end = (_clock(answer, hours + n, offset_h) for n in (0, 1))
    return [
        (_shown(np.append(begin[own], end[own[-1]])),
         {name: [*curves[name][own].round(3).tolist(), round(float(curves[name][own[-1]]), 3)]
          for name in SUMS})
        for own in np.split(hours, replay_clock.changes(offset_h))
    ]  # fmt: skip


def by_day(answer: Mapping[str, Any], curves: Mapping[str, np.ndarray]) -> Piece:
    """Means of whole days of the clock, from that of the first arrival on."""
    around = 26  # hours: more than are in any day, so that the first and the last one are whole
    offset_h = np.pad(curves["offset_h"], around, "edge")
    hours = np.arange(-around, len(offset_h) - around)
    days, of = np.unique(_days(_clock(answer, hours, offset_h)), return_inverse=True)
    own = slice(of[around], of[-around - 1] + 1)
    means = {
        name: (np.bincount(of, np.pad(curves[name], around)) / np.bincount(of))[own].round(3)
        for name in SUMS
    }
    edges = _shown(days[own.start : own.stop + 1])
    return edges, {name: [*own.tolist(), float(own[-1])] for name, own in means.items()}


# ---- how long --------------------------------------------------------------------------------


def _waits(answer: dict[str, Any], curves: Mapping[str, np.ndarray]) -> Section:
    if not curves["wait"].any():
        return Section("How long people waited", ["Nobody waited in line."])
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
    waited = bool(curves["wait_before"].any() or curves["wait_after"].any())
    units = {"wait_min": "Wait [min]", "energy_kwh": "Energy [kWh]", "stay_min": "Stay [min]"}
    rows = [
        [name, units[key], d["n"], d["before"], d["after"], d["mean"], within(d), d["p5"],
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
            "ten days there is none. P5, median and P95 are of the change.",
            *([] if waited else [NOBODY]),
        ],
        [_tail({"as it was": curves["wait_before"], "what if": curves["wait_after"]})] * waited,
        [Table(head, rows)],
    )


def within(change: Mapping[str, Any], digits: int = 2) -> str:
    """The 95 % interval of a change, or why there is none: `three days: no interval`."""
    if change["low"] is None:
        days = change["clusters"]
        return f"{COUNTED[days - 1]} {'day' if days == 1 else 'days'}: no interval"
    return f"{plus(change['low'], digits)} to {plus(change['high'], digits)}"


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
