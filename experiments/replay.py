"""What happened at your stations, visit by visit, and what if they had been built otherwise?

Replays given arrivals and needs through the engine: one run, nothing random, every visit to its
end.  What a what-if changes is run a second time, and compared visit by visit.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments import Result, replay_view
from experiments.played import LONG_WAIT_MIN, TABLES, Played, hours_of, play
from sim import interval, store, study
from sim.frame import Found
from sim.output import Output
from sim.scenario import Scenario
from sim.trace import Trace, overridden, read

FILES = ("answer.json", "report.html", *TABLES, *(f"what_if/{name}" for name in TABLES))
MOST_BYTES = 2**31  # for the bins of one station
BYTES_A_BIN = 96
COMPARED = ("wait_min", "energy_kwh", "stay_min")


def run(scenario: Scenario, out: Path, progress: Any) -> Result:
    """Replay, audit, compare; write the tables, `answer.json`, `report.html`, `manifest.json`."""
    section = scenario.config.replay
    progress.status("reading")
    trace = read(section, scenario.engine.curve_tolerance)
    found = Found()
    changed = overridden(trace, section, found)
    bin_h = section.bin_min / 60
    _refuse_absurd_span(trace, bin_h, found)
    found.check()
    inputs = {key: _hash(getattr(section, key)) for key in ("stations", "visits", "vehicles")}
    with Output(out, scenario, FILES, progress, inputs) as output:
        study.warm_up(progress)
        everywhere = range(len(trace.stations))
        original = play(trace, everywhere, {}, bin_h, output.place, progress)
        what_if = None
        if changed:
            folder = output.place / "what_if"
            what_if = play(trace, sorted(changed), changed, bin_h, folder, progress)
        answer, changes = answer_of(trace, original, what_if, output.place)
        store.write_json(output / "answer.json", answer)
        manifest = output.manifest()
        curves = dict(zip(("occupied", "queue", "power"), original.hourly, strict=True))
        curves |= {"wait": original.wait_min, **changes}
        replay_view.write(answer, curves, output.place, manifest)
        paths = output.publish(manifest)
    return Result(answer["verdict"], dict(answer["network"]), paths)


def _hash(path: str | None) -> str | None:
    return store.file_digest(Path(path)) if path else None


def _refuse_absurd_span(trace: Trace, bin_h: float, found: Found) -> None:
    span_h = float(trace.visits["entry_h"].max())
    size = span_h / bin_h * BYTES_A_BIN
    if size > MOST_BYTES:
        found.add(
            f"the visits span {span_h:,.0f} h: bins of {60 * bin_h:g} min would take "
            f"{size:,.0f} bytes a station, more than {MOST_BYTES:,}; replay a part of them"
        )


def answer_of(
    trace: Trace, original: Played, what_if: Played | None, out: Path
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Every number of the answer with the sentences that say it, and waits before and after."""
    waits: dict[str, np.ndarray] = {}
    answer: dict[str, Any] = {
        "question": "What happened at these stations, visit by visit?",
        "begin": trace.begin.isoformat() if trace.begin else None,
        "begin_h": hours_of(trace),
        "first_arrival_h": original.span_h[0] + hours_of(trace),
        "last_leave_h": original.span_h[1] + hours_of(trace),
        "network": network_of(original),
        "stations": _plain(original.stations),
    }
    if what_if is not None:
        changed = what_if.stations["station"].tolist()
        both = paired(out, changed)
        waits = {f"wait_{n}": both[c].to_numpy() for n, c in
                 (("before", "wait_min"), ("after", "wait_min_new"))}  # fmt: skip
        answer["what_if"] = {
            "stations": _plain(what_if.stations), "differences": differences(both, changed)
        }  # fmt: skip
    answer["verdict"] = verdict(answer)
    return answer, waits


def _plain(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows by name of their station; what does not exist (no cap, no visits) is null."""
    rows: list[dict[Any, Any]] = table.replace({np.nan: None, np.inf: None}).to_dict("records")
    return {str(row["station"]): row for row in rows}


def network_of(played: Played) -> dict[str, Any]:
    """Key figures of all stations together."""
    table, span_h = played.stations, played.span_h[1] - played.span_h[0]
    sums = table[["visits", "evses", "served", "served_partly", "reneged"]].sum()
    waits = {f"wait_min_p{q}": float(np.quantile(played.wait_min, q / 100)) for q in (50, 90, 95)}
    return {
        "stations": len(table), **{key: int(n) for key, n in sums.items()},
        "span_h": span_h, "events": played.events,
        "energy_kwh": float(played.energy_kwh.sum()),
        "curtailed_kwh": float(table["curtailed_kwh"].sum()),
        "time_utilization": float(table["occupied_h"].sum() / (table["evses"].sum() * span_h)),
        "wait_min_mean": float(played.wait_min.mean()), **waits,
        "wait_min_max": float(played.wait_min.max()),
        "over_30_share": float((played.wait_min > LONG_WAIT_MIN).mean()),
    }  # fmt: skip


def paired(out: Path, stations: list[str]) -> pd.DataFrame:
    """The visits of the stations that were changed, before and after (`_new`)."""
    columns = ["visit", "station", "arrival_h", *COMPARED]
    only = [("station", "in", stations)]
    before = pd.read_parquet(out / TABLES[0], columns=columns, filters=only)
    after = pd.read_parquet(out / "what_if" / TABLES[0], columns=columns)
    return before.merge(after, on="visit", suffixes=("", "_new"), validate="one_to_one")


def differences(both: pd.DataFrame, stations: list[str]) -> dict[str, dict[str, Any]]:
    """What-if minus original, per visit."""
    found: dict[str, dict[str, Any]] = {}
    for station in [None, *stations] if len(stations) > 1 else stations:
        own = both[both["station"] == station] if station else both
        found[station or "all that changed"] = {
            column: interval.paired_by_cluster(
                own[column].to_numpy(),
                own[f"{column}_new"].to_numpy(),
                own["arrival_h"].to_numpy() // 24,
            )
            for column in COMPARED
            if len(own)
        }
    return found


def verdict(answer: dict[str, Any]) -> list[str]:
    """The answer in a few lines, each number from `answer`."""
    net, stations = answer["network"], answer["stations"]
    share = {k: 100 * net[k] / net["visits"] for k in ("served", "served_partly", "reneged")}
    longest = sorted(stations, key=lambda s: -(stations[s]["wait_min_p95"] or 0.0))[:4]
    when = f" from {answer['begin'][:10]}" if answer["begin"] else ""
    lines = [
        f"{net['visits']:,} visits at {net['stations']:,} stations with {net['evses']:,} EVSEs "
        f"over {net['span_h']:,.1f} h{when}: {share['served']:.1f} % served, "
        f"{share['served_partly']:.1f} % partly, {share['reneged']:.1f} % renege.",
        f"Delivered {net['energy_kwh']:,.0f} kWh; {net['curtailed_kwh']:,.0f} kWh were held back "
        "by limits and came later or not at all.",
        f"Time utilization of all EVSEs {100 * net['time_utilization']:.1f} % (plug-in to unplug, "
        "over all hours from the first arrival to the last leaving).",
        f"Wait in line, minutes: mean {net['wait_min_mean']:.1f}, median "
        f"{net['wait_min_p50']:.1f}, P90 {net['wait_min_p90']:.1f}, P95 "
        f"{net['wait_min_p95']:.1f}, longest {net['wait_min_max']:.0f}; "
        f"{100 * net['over_30_share']:.1f} % of visits wait over 30.",
    ]
    if net["wait_min_max"] > 0.0:
        lines.append(
            "Longest P95 waits: "
            + ", ".join(f"{s} {stations[s]['wait_min_p95'] or 0.0:.0f} min" for s in longest)
            + "."
        )
    for name, found in answer.get("what_if", {}).get("differences", {}).items():
        lines.append(f"What if, {name}: {_compared(found)}")
    lines.append("One run of the given visits: nothing is random, so the numbers have no interval.")
    return lines


def _compared(found: dict[str, dict[str, Any]]) -> str:
    if not found:
        return "no visits."
    wait = found["wait_min"]
    within = (
        f" (95 % {wait['low']:+.1f} to {wait['high']:+.1f}, days as clusters)"
        if wait["low"] is not None
        else ""
    )
    return (
        f"mean wait {wait['before']:.1f} → {wait['after']:.1f} min, {wait['mean']:+.1f}{within}; "
        f"of {wait['n']:,} visits {100 * wait['less']:.0f} % wait less, {100 * wait['more']:.0f} % "
        f"more; energy {found['energy_kwh']['mean']:+.2f} kWh a visit, stay "
        f"{found['stay_min']['mean']:+.1f} min."
    )
