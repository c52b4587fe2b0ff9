"""What happened at your stations, visit by visit, and what if they had been built otherwise?

Replays given arrivals and needs through the engine: one run, nothing random, every visit to its
end.  What a what-if changes is run a second time, and compared visit by visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.config import Checked
from experiments.question import PAGE, UNCOUNTED, Answer, Asked, Question
from experiments.replay.clock import SUMS, Clock, wall_clock
from experiments.replay.page import QUANTILES, page
from experiments.replay.verdict import ALL, COMPARED, verdict
from sim.clock import hours
from sim.config.frame import Found
from sim.config.overrides import Given
from sim.lifecycle import Sharing
from sim.model import Station
from sim.replay.play import LONG_WAIT_MIN, TABLES, Played, play
from sim.replay.schema import ReplaySection, StationChange
from sim.replay.trace import Trace, overridden, read
from sim.stats import interval
from sim.study import store
from sim.study.progress import Progress

FILES = (PAGE, *TABLES, *(f"what_if/{name}" for name in TABLES))
MOST_BYTES = 2**30  # for the bins of one station
BYTES_A_BIN = 96
A_SECOND_H = 1.0 / 3600.0


@dataclass(frozen=True)
class Recorded:
    """What was recorded, and the stations that are changed in the what-if, by number."""

    section: ReplaySection
    trace: Trace
    changed: dict[int, Station]

    @property
    def bin_h(self) -> float:
        return self.section.bin_min / 60

    def input_hashes(self) -> dict[str, str | None]:
        return {
            key: _hash(getattr(self.section, key)) for key in ("stations", "visits", "vehicles")
        }


def prepare(checked: Checked, progress: Progress) -> Recorded:
    """Read what was recorded.  Raises `InputError` with all that is wrong with it."""
    section: ReplaySection = checked.own
    progress.status("reading")
    trace = read(section, checked.config.engine.curve_tolerance)
    found = Found()
    own = Recorded(section, trace, overridden(trace, section, found))
    _refuse_absurd_span(trace, own.bin_h, found)
    _refuse_idle_modules(trace, own.changed, section.module_kw, found)
    found.check()
    return own


def answer(asked: Asked) -> Answer:
    """Replay, audit, compare; write the tables."""
    own: Recorded = asked.case
    trace, changed, place = own.trace, own.changed, asked.output.place
    everywhere = range(len(trace.stations))
    original = play(trace, everywhere, {}, own.bin_h, place, asked.progress)
    what_if = None
    if changed:
        folder = place / "what_if"
        what_if = play(trace, sorted(changed), changed, own.bin_h, folder, asked.progress)
    numbers = answer_of(trace, original, what_if, place)
    return Answer(numbers["verdict"], numbers, dict(numbers["network"]))


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


def answer_of(trace: Trace, original: Played, what_if: Played | None, out: Path) -> dict[str, Any]:
    """Every number of the answer and of its page, and the findings that say it."""
    # A clock is changed on the hour: what it shows at the end of an hour holds for all of it.
    ends_h = np.arange(1, original.hourly.shape[1] + 1)
    clock = Clock(trace.start, trace.begin_h, offsets_h(trace, ends_h - A_SECOND_H))
    answer: dict[str, Any] = {
        "begin": trace.begin.isoformat() if trace.begin else None,
        "start": trace.start.isoformat() if trace.start else None,
        "begin_h": trace.begin_h,
        "first_arrival_h": original.span_h[0] + trace.begin_h,
        "first_day": str(days_of(trace, np.array(original.span_h[:1]))[0]) if trace.begin else None,
        "last_leave_h": original.span_h[1] + trace.begin_h,
        "longest_overstay_h": hours(trace.visits["overstay_ns"].max()),
        "network": network_of(original),
        "stations": _plain(original.stations),
        "when": clock.drawn(dict(zip(SUMS, original.hourly, strict=True))),
        "waited": waited(original.wait_min),
    }
    if what_if is not None:
        changed = what_if.stations["station"].tolist()
        both = paired(out, changed)
        both["day"] = days_of(trace, both["arrival_h"].to_numpy() - trace.begin_h)
        answer["what_if"] = {
            "stations": _plain(what_if.stations), "differences": differences(both, changed),
            "waited": {name: waited(both[column].to_numpy()) for name, column in
                       (("before", "wait_min"), ("after", "wait_min_new"))},
        }  # fmt: skip
    answer["verdict"] = verdict(answer)
    return answer


def waited(wait_min: np.ndarray) -> dict[str, Any]:
    """The share of visits that wait at all, and quantiles of how long those do."""
    some = wait_min[wait_min > 0.0]
    if not len(some):
        return {"share": 0.0, "minutes": [0.0]}
    share = len(some) / len(wait_min)
    return {"share": share, "minutes": np.quantile(some, QUANTILES).round(3).tolist()}


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
        found[station or ALL] = {
            column: interval.paired_by_cluster(
                own[column].to_numpy(),
                own[f"{column}_new"].to_numpy(),
                own["day"].to_numpy(),
            )
            for column in COMPARED
            if len(own)
        }
    return found


def overruled(given: Given, config: Mapping[str, Any]) -> str:
    if given.key == "replay.out" and config["out"] != config["replay"]["out"]:
        return f"beside `out` = {config['out']}: keep one of them"
    return ""


# What-ifs of the same trace are no other design: it is played again with each of them.
QUESTION = Question(
    answer,
    reads=("replay", *UNCOUNTED, "-engine.seed", "-engine.workers", "-engine.bin_min"),
    section="replay",
    config=ReplaySection,
    prepare=prepare,
    page=page,
    files=FILES,
    free=frozenset({"replay.out", "replay.station_overrides"}),
    overruled=overruled,
    stations={"replay.station_overrides": StationChange},
)
