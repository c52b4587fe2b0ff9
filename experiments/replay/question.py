"""What happened at your stations, visit by visit, and what if they had been built otherwise?

Replays given arrivals and needs through the engine: one run, nothing random, every visit to its
end.  What a what-if changes is run a second time, and compared visit by visit.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments import Result, nobody
from experiments.replay import view as replay_view
from experiments.replay.clock import wall_clock
from sim.clock import hours
from sim.config.frame import Found
from sim.lifecycle import Outcome, Sharing
from sim.model import Station
from sim.replay.play import LONG_WAIT_MIN, TABLES, Played, play
from sim.replay.trace import Trace, overridden, read
from sim.report.words import plus
from sim.roads.scenario import Scenario
from sim.stats import interval
from sim.study import store, study
from sim.study.output import Output

FILES = ("answer.json", "report.html", *TABLES, *(f"what_if/{name}" for name in TABLES))
MOST_BYTES = 2**30  # for the bins of one station
BYTES_A_BIN = 96
LONG_OVERSTAY_D = 2.0
A_SECOND_H = 1.0 / 3600.0
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
    _refuse_idle_modules(trace, changed, section.module_kw, found)
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
        # A clock is changed on the hour: what it shows at the end of an hour holds for all of it.
        ends_h = np.arange(1, original.hourly.shape[1] + 1)
        curves["offset_h"] = offsets_h(trace, ends_h - A_SECOND_H)
        replay_view.write(answer, curves, output.place, manifest)
        paths = output.publish(manifest)
    return Result(answer["verdict"], dict(answer["network"]), paths)


def _hash(path: str | None) -> str | None:
    return store.file_digest(Path(path)) if path else None


def _refuse_absurd_span(trace: Trace, bin_h: float, found: Found) -> None:
    span_h = hours(trace.visits["entry_ns"].max())
    size = span_h / bin_h * BYTES_A_BIN
    if size > MOST_BYTES:
        found.add(
            f"the visits span {span_h:,.0f} h: bins of {60 * bin_h:g} min would take "
            f"{size:,.0f} bytes a station, more than {MOST_BYTES:,}; replay a part of them"
        )


def _refuse_idle_modules(
    trace: Trace, changed: dict[int, Station], module_kw: float | None, found: Found
) -> None:
    every = [*trace.stations, *changed.values()]
    if module_kw and all(station.sharing != Sharing.MODULAR for station in every):
        found.add("`replay.module_kw` is given, but no station shares its power by modules")


def offsets_h(trace: Trace, hours: np.ndarray) -> np.ndarray:
    """How far the clock of the files is ahead of UTC at hours of the run [h]."""
    since, ahead = np.array(trace.wall_clock).T
    return ahead[np.maximum(0, np.searchsorted(since, hours, "right") - 1)]


def days_of(trace: Trace, hours: np.ndarray) -> np.ndarray:
    """The day of the clock of the files at hours of the run, as an order of days."""
    if trace.start is None:
        return (hours + trace.begin_h) // 24
    return wall_clock(trace.start, hours, offsets_h(trace, hours)).astype("datetime64[D]")


def answer_of(
    trace: Trace, original: Played, what_if: Played | None, out: Path
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Every number of the answer with the sentences that say it, and waits before and after."""
    waits: dict[str, np.ndarray] = {}
    answer: dict[str, Any] = {
        "question": "What happened at these stations, visit by visit?",
        "begin": trace.begin.isoformat() if trace.begin else None,
        "start": trace.start.isoformat() if trace.start else None,
        "begin_h": trace.begin_h,
        "first_arrival_h": original.span_h[0] + trace.begin_h,
        "first_day": str(days_of(trace, np.array(original.span_h[:1]))[0]) if trace.begin else None,
        "last_leave_h": original.span_h[1] + trace.begin_h,
        "longest_overstay_h": hours(trace.visits["overstay_ns"].max()),
        "network": network_of(original),
        "stations": _plain(original.stations),
    }
    if what_if is not None:
        changed = what_if.stations["station"].tolist()
        both = paired(out, changed)
        both["day"] = days_of(trace, both["arrival_h"].to_numpy() - trace.begin_h)
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
        "stations": len(table), **{str(key): int(n) for key, n in sums.items()},
        "span_h": span_h, "events": played.events,
        "energy_kwh": float(played.energy_kwh.sum()),
        "curtailed_kwh": float(table["curtailed_kwh"].sum()),
        "time_utilization": float(table["occupied_h"].sum() / (table["evses"].sum() * span_h))
        if span_h > 0.0
        else None,
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
                own["day"].to_numpy(),
            )
            for column in COMPARED
            if len(own)
        }
    return found


def verdict(answer: dict[str, Any]) -> list[str]:
    """The answer in a few lines, each number from `answer`."""
    net = answer["network"]
    if net["energy_kwh"] > 0.0:
        lines = _told(answer)
    else:
        ends = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED)
        counts = {o: float(net[o.name.lower()]) for o in ends}
        lines = [nobody.of_visits("at these stations", net["visits"], counts)]
    for name, found in answer.get("what_if", {}).get("differences", {}).items():
        lines.append(f"What if, {name}: {_compared(found)}")
    lines += _long_stays(answer)
    lines.append("One run of the given visits: nothing is random, so the numbers have no interval.")
    return lines


def _told(answer: dict[str, Any]) -> list[str]:
    net, stations = answer["network"], answer["stations"]
    share = {k: 100 * net[k] / net["visits"] for k in ("served", "served_partly", "reneged")}
    longest = sorted(stations, key=lambda s: -(stations[s]["wait_min_p95"] or 0.0))[:4]
    when = f" from {answer['first_day']}" if answer["first_day"] else ""
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
    return lines


def _long_stays(answer: dict[str, Any]) -> list[str]:
    """An EV may stand for weeks, but nobody should overlook it."""
    days = answer["longest_overstay_h"] / 24.0
    return [f"The longest overstay given is {days:,.1f} days."] if days > LONG_OVERSTAY_D else []


def _compared(found: dict[str, dict[str, Any]]) -> str:
    if not found:
        return "no visits."
    wait, energy, stay = (found[name] for name in COMPARED)
    waits = (
        f"mean wait {wait['before']:.1f} → {wait['after']:.1f} min, {_change(wait, '', 1)}; of "
        f"{wait['n']:,} visits {100 * wait['less']:.0f} % wait less, {100 * wait['more']:.0f} % "
        "more"
    )
    if wait["before"] == wait["after"] == 0.0:
        waits = f"of {wait['n']:,} visits nobody waits, neither before nor after"
    return f"{waits}; energy {_change(energy, ' kWh a visit', 2)}, stay {_change(stay, ' min', 1)}."


def _change(found: dict[str, Any], unit: str, digits: int) -> str:
    """`-3.0 min (95 % -4.1 to -1.9, days as clusters)`, or why there is no interval."""
    sure = replay_view.within(found, digits)
    if found["low"] is not None:
        sure = f"95 % {sure}, days as clusters"
    return f"{plus(found['mean'], digits)}{unit} ({sure})"
