"""The report: one self-contained HTML file that opens without a network.

Plotly is imported here and nowhere else in the package.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from math import log2
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sim.report import figures, words
from sim.report.map import corridor_map
from sim.study import store

HERE = Path(__file__).parent
COUNTS = ("visits", "served", "balked", "reneged", "rerouted", "stranded")


def render(view: dict[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write the report of one study to `path`, atomically, and return the path.

    An `estimate` below is {mean, low, high} over replications with its 95 % interval; a number
    that does not exist (no visit, no limit) is None, NaN or inf and shows as a dash.  `view` has:

    title, question: str; verdict: [str], the first is the lead sentence;
    threshold: utilization [0-1];
    cards: [{label, value: number or str, interval: [low, high] or None, unit, note}];
    stations: [{station, site, side: out | in | both, name_en, name_zh, road, order, lon, lat,
        position_note, evses, rated_kw, cap_kw,
        utilization: {time | charging | power: {holiday_mean | peak_day | peak_hour | day_08_22:
            estimate and p_over}}, all [0-1],
        wait_min: {p50 | p90 | p95: estimate} [min], over_30_share: estimate [0-1],
        visits, served, balked, reneged, rerouted, stranded: estimate, energy_kwh: estimate}];
    flags: {definition: {window: {count_mean, low, high, flagged: [station]}}};
    hours: {start: ISO 8601 of the first hour, queue_mean: [station][hour], in the order of
        `stations`}, days: [{date: ISO, label, weekday}];
    network: {nodes: [{node, name_en, name_zh, lon, lat}], links: [[node, node, road]]};
    calibration: [{quantity, unit, observed, observed_low, observed_high (None: a single figure),
        simulated: estimate, role: fitted | predicted, source, verdict: str}], where a verdict
        that begins with "miss" is shown as a miss;
    worst: [station], the ten by P95 wait; definitions: [{term, text}]; not_modelled: [str];
    manifest: {name: value or {name: value}}, all of it shown in the footer;
    profile (may be absent): {station, hours: [ISO 8601], median, low, high: [EVs waiting]}.

    Raises KeyError or jinja2.UndefinedError for a missing key; then nothing is written.
    """
    return store.write_text(Path(path), _page(view))


def _page(view: dict[str, Any]) -> str:
    by_name = {s["station"]: s for s in view["stations"]}
    corridors = [
        {"road": road, "members": m, "longest": figures.longest_line(view, m)}
        for road, m in figures.corridors(view["stations"]).items()
    ]
    drawn = _figures(view, corridors)
    scripts = [get_plotlyjs(), (HERE / "report.js").read_text("utf-8")]
    return _environment().get_template("report.html.j2").render(
        view=view,
        css=Markup((HERE / "report.css").read_text("utf-8")),
        scripts=[Markup(s) for s in scripts],
        hashes=[_hash(s) for s in scripts],
        drawn=drawn,
        figures_json=_script_json(drawn),
        corridors=corridors,
        definitions=words.DEFINITIONS,
        formulas=words.FORMULAS,
        windows=words.WINDOWS,
        queue_labels=words.QUEUE_LABELS,
        use_labels=words.class_labels(figures.utilization_edges(view["threshold"])),
        columns=_columns(view),
        worst=[by_name[name] for name in view["worst"]],
        flagged={
            (d, w): [words.full_name(by_name[n]) for n in flag["flagged"]]
            for d, flags in view["flags"].items()
            for w, flag in flags.items()
        },
        by_name=by_name,
        footer=_flat(view["manifest"]),
    )  # fmt: skip


def _figures(view: dict[str, Any], corridors: list[dict]) -> dict[str, dict]:
    """Every figure of the page by the name of its place."""
    drawn = {f"queue-{n}": figures.queue_map(view, c["members"]) for n, c in enumerate(corridors)}
    for d in words.DEFINITIONS:
        for w in words.WINDOWS:
            drawn[f"use-{d}-{w}"] = figures.spread(view, d, w)
    drawn |= {f"named-{n}": f for n, f in enumerate(figures.named_utilization(view))}
    drawn |= {f"wait-{n}": f for n, f in enumerate(figures.named_waits(view))}
    drawn["map-wide"], drawn["map-narrow"] = corridor_map(view, True), corridor_map(view, False)
    if "profile" in view:
        drawn["profile"] = figures.day_profile(view)
    return drawn


def _columns(view: dict[str, Any]) -> list[dict]:
    """Columns of the table: heading, unit, how to show a number, and one value per station.

    A value is a number or an estimate; `definition` says for which choice of utilization the
    column shows (empty: always).
    """
    rows = view["stations"]

    def column(head: str, unit: str, show: Any, values: list, definition: str = "") -> dict:
        return {
            "head": head, "unit": unit, "show": show, "values": values, "definition": definition,
        }  # fmt: skip

    columns = [
        column("EVSEs", "", words.number, [s["evses"] for s in rows]),
        column("Rated", "kW", words.number, [s["rated_kw"] for s in rows]),
        column("Site cap", "kW", words.number, [s["cap_kw"] for s in rows]),
    ]
    for d in words.DEFINITIONS:
        for w, label in words.WINDOWS.items():
            use = [s["utilization"][d][w] for s in rows]
            chance = f"P > {words.share_text(view['threshold'])}"
            columns.append(column(label, "%", words.percent, use, d))
            columns.append(column(chance, "%", words.percent, [u["p_over"] for u in use], d))
    for key, label, _ in figures.WAIT_MARKS:
        columns.append(
            column(f"Wait {label}", "min", words.number, [s["wait_min"][key] for s in rows])
        )
    columns.append(column("Wait > 30 min", "%", words.percent, [s["over_30_share"] for s in rows]))
    columns += [column(c.capitalize(), "", words.number, [s[c] for s in rows]) for c in COUNTS]
    columns.append(column("Energy", "kWh", words.number, [s["energy_kwh"] for s in rows]))
    return columns


# --- how things are shown ------------------------------------------------------------------


def ratio_bar(row: Mapping[str, Any]) -> dict[str, float] | None:
    """Places [%] on a track from half to double the observed figure, 50 = observed."""
    observed, simulated = row["observed"], row["simulated"]
    if not (words.exists(observed) and observed > 0 and words.exists(simulated["mean"])):
        return None

    def at(value: float | None) -> float:
        ratio = max((observed if value is None else value) / observed, 0.25)
        return min(100.0, max(0.0, 50 + 50 * log2(ratio)))

    return {
        "observed_low": at(row["observed_low"]), "observed_high": at(row["observed_high"]),
        "low": at(simulated["low"]), "mean": at(simulated["mean"]), "high": at(simulated["high"]),
    }  # fmt: skip


def _flat(manifest: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in manifest.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name}: ")
        else:
            rows.append((name, words.without_folders(str(value))))
    return rows


def _script_json(value: Any) -> Markup:
    """JSON that cannot end its script element or open a comment in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def _hash(script: str) -> str:
    """Name of an inlined script for the content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "number": words.number, "plain": words.plain, "percent": words.percent, "raw": words.raw,
        "full_name": words.full_name, "share_text": words.share_text, "ratio_bar": ratio_bar,
    }  # fmt: skip
    return environment
