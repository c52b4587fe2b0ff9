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
from experiments.question import NOWHERE, UNCOUNTED, Answer, Asked, Question
from experiments.replay.clock import drawn
from experiments.replay.page import QUANTILES, page
from experiments.replay.verdict import ALL, COMPARED, verdict
from sim.clock import hours
from sim.config.frame import Found
from sim.config.overrides import Given
from sim.model import Station
from sim.replay.play import TABLES, Played, play
from sim.replay.schema import ReplaySection, StationChange
from sim.replay.trace import Trace, overridden, read
from sim.replay.visits import refuse_long
from sim.report import kpis
from sim.stats import interval
from sim.study import store
from sim.study.case import Replication
from sim.study.progress import Progress

FILES = (*TABLES, *(f"what_if/{name}" for name in TABLES))
SUMS = ("occupied", "queue", "power")  # of all stations, means of an hour


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
        files = {key: getattr(self.section, key) for key in ("stations", "visits", "vehicles")}
        return {key: store.file_digest(Path(own)) if own else None for key, own in files.items()}


def prepare(checked: Checked, progress: Progress) -> Recorded:
    """Read what was recorded.  Raises `InputError` with all that is wrong with it."""
    section: ReplaySection = checked.own
    progress.status("doing.reading")
    trace, found = read(section, checked.config.engine.curve_tolerance), Found()
    own = Recorded(section, trace, overridden(trace, section, found))
    refuse_long(trace.visits, own.bin_h, found)
    found.check()
    return own


def answer(asked: Asked) -> Answer:
    """Replay, audit, compare; write the tables."""
    own, place = asked.case, asked.output.place
    trace, changed = own.trace, own.changed
    played = play(trace, range(len(trace.stations)), {}, own.bin_h, place, asked.progress)
    numbers = numbers_of(trace, played)
    one = [Replication(more={"kpis": played.overseen()})]
    numbers["kpis"] = kpis.numbers(one, one, asked.kpis)
    if changed:
        folder = place / "what_if"
        again = play(trace, sorted(changed), changed, own.bin_h, folder, asked.progress)
        numbers["what_if"] = what_if(trace, again, place)
    return Answer(verdict(numbers), numbers, dict(numbers["network"]))


def numbers_of(trace: Trace, played: Played) -> dict[str, Any]:
    """Every number of what happened."""
    clock = trace.clock(played.hourly.shape[1])
    return {
        "begin": trace.begin.isoformat() if trace.begin else None,
        "start": trace.start.isoformat() if trace.start else None,
        "begin_h": trace.begin_h,
        "first_arrival_h": played.span_h[0] + trace.begin_h,
        "first_day": str(trace.days(np.array(played.span_h[:1]))[0]) if trace.begin else None,
        "last_leave_h": played.span_h[1] + trace.begin_h,
        "longest_overstay_h": hours(trace.visits["overstay_ns"].max()),
        "network": played.together(),
        "stations": by_station(played.stations),
        "when": drawn(clock, dict(zip(SUMS, played.hourly, strict=True))),
        "waited": waited(played.wait_min),
    }


def what_if(trace: Trace, again: Played, out: Path) -> dict[str, Any]:
    """The stations that were changed, and every visit compared with itself."""
    changed = again.stations["station"].tolist()
    both = paired(out, changed)
    both["day"] = trace.days(both["arrival_h"].to_numpy() - trace.begin_h)
    waits = {"before": "wait_min", "after": "wait_min_new"}
    return {
        "stations": by_station(again.stations), "differences": differences(both, changed),
        "waited": {name: waited(both[column].to_numpy()) for name, column in waits.items()},
    }  # fmt: skip


def waited(wait_min: np.ndarray) -> dict[str, Any]:
    """The share of visits that wait at all, and quantiles of how long those do."""
    some = wait_min[wait_min > 0.0]
    if not len(some):
        return {"share": 0.0, "minutes": [0.0]}
    share = len(some) / len(wait_min)
    return {"share": share, "minutes": np.quantile(some, QUANTILES).round(3).tolist()}


def by_station(table: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """Rows by name of their station; what does not exist (no cap, no visits) is null."""
    rows = table.replace({np.nan: None, np.inf: None}).to_dict("records")
    return {str(row["station"]): row for row in rows}


def paired(out: Path, stations: list[str]) -> pd.DataFrame:
    """The visits of the stations that were changed, before and after (`_new`)."""
    columns = ["visit", "station", "arrival_h", *COMPARED]
    only = [("station", "in", stations)]
    before = pd.read_parquet(out / TABLES[0], columns=columns, filters=only)
    after = pd.read_parquet(out / "what_if" / TABLES[0], columns=columns)
    return before.merge(after, on="visit", suffixes=("", "_new"), validate="one_to_one")


def differences(both: pd.DataFrame, stations: list[str]) -> dict[str, dict[str, Any]]:
    """What-if minus original, per visit; of several stations also of all together."""
    parts = {name: both[both["station"] == name] for name in stations}
    if len(parts) > 1:
        parts = {ALL: both, **parts}
    return {
        name: {
            column: interval.paired_by_cluster(
                *(own[name].to_numpy() for name in (column, f"{column}_new", "day"))
            )
            for column in COMPARED
            if len(own)
        }
        for name, own in parts.items()
    }


def overruled(given: Given, config: Mapping[str, Any]) -> str:
    if given.key == "replay.out" and config["out"] != config["replay"]["out"]:
        return f"beside `out` = {config['out']}: keep one of them"
    return ""


# What-ifs of the same trace are no other design: it is played again with each of them.
QUESTION = Question(
    answer,
    reads=("replay", "kpis.weights", *UNCOUNTED, "-engine.seed", *NOWHERE, "-engine.bin_min"),
    section="replay",
    config=ReplaySection,
    prepare=prepare,
    page=page,
    files=FILES,
    free=frozenset({"replay.out", "replay.station_overrides"}),
    overruled=overruled,
    stations={"replay.station_overrides": StationChange},
)
