"""Playing a trace: its visits through the engine, its tables to disk, its key figures kept.

Stations do not influence each other here, so they run a few at a time and memory stays bounded.

No case of a study (`sim.study.case`): nothing is drawn, so there is one replication and no interval
over several; what is found are the tables of millions of visits, written as they come, and a
what-if is compared with them visit by visit on disk.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import audit
from sim.clock import hours
from sim.engine import simulate
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.metrics import by_hour
from sim.metrics.kpis import figures, sums
from sim.model import Station
from sim.replay.clock import wall_times
from sim.replay.trace import Trace, groups
from sim.study import store

VISITS_AT_ONCE, BINS_AT_ONCE = 50_000, 250_000
LONG_WAIT_MIN = 30.0
HOURLY = ("occupied_h", "queue_h", "energy_kwh")
TIMES = ("arrival", "plug", "charge_end", "unplug", "leave")  # of a visit
OVERSEEN = ("kwh_per_evse_day", "sessions_per_evse_day", "load_factor", "prompt_share",
            "served_share", "first_try_share")  # fmt: skip
FAULTS = ("availability", "availability_met", "repeat_share", "cuts_per_1000")
TABLES = ("sessions.parquet", "station_bins.parquet", "kpis.parquet")


@dataclass(frozen=True)
class Played:
    """What a replay found: key figures per station, and what all visits had."""

    stations: pd.DataFrame
    wait_min: np.ndarray
    energy_kwh: np.ndarray
    hourly: np.ndarray  # [figure, hour]: EVs at EVSEs, EVs waiting, kW, of all together
    span_h: tuple[float, float]  # first arrival, last leaving
    events: int
    sums: pd.DataFrame  # of the key figures (`sim.metrics.kpis`), a row per station

    def overseen(self) -> dict[str, float | None]:
        """Key figures of all stations together that hang on nothing random; None where one does not
        exist: nothing fails here."""
        span_h = self.span_h[1] - self.span_h[0]
        found = {key: float(x) for key, x in figures(self.sums.sum(), span_h).items()}
        return {key: x if x == x else None for key, x in found.items() if key not in FAULTS}

    def together(self) -> dict[str, Any]:
        """Key figures of all stations together."""
        table, span_h = self.stations, self.span_h[1] - self.span_h[0]
        evse_h = float(table["evses"].sum()) * span_h
        sums = table[["visits", "evses", "served", "served_partly", "reneged"]].sum()
        waits = {f"wait_min_p{q}": float(np.quantile(self.wait_min, q / 100)) for q in (50, 90, 95)}
        return {
            "stations": len(table), **{str(key): int(n) for key, n in sums.items()},
            "span_h": span_h, "events": self.events,
            "energy_kwh": float(self.energy_kwh.sum()),
            "curtailed_kwh": float(table["curtailed_kwh"].sum()),
            "time_utilization": float(table["occupied_h"].sum()) / evse_h if evse_h > 0.0 else None,
            "wait_min_mean": float(self.wait_min.mean()), **waits,
            "wait_min_max": float(self.wait_min.max()),
            "over_30_share": float((self.wait_min > LONG_WAIT_MIN).mean()),
        }  # fmt: skip


def play(
    trace: Trace, stations: Sequence[int], changed: Mapping[int, Station], bin_h: float,
    out: Path, progress: Any,
) -> Played:  # fmt: skip
    """Run the visits of some stations and write their tables to `out`."""
    parts: list[pd.DataFrame] = []
    waits, energies, events = [], [], 0
    totals: list[pd.DataFrame] = []
    last_h, wanted, hourly = 0.0, set(stations), np.zeros((len(HOURLY), 0))
    batches = list(groups(trace, bin_h, VISITS_AT_ONCE, BINS_AT_ONCE))
    progress.start(len(batches), "doing.stations", n=len(wanted))
    with (
        store.table_writer(out / TABLES[0]) as sessions,
        store.table_writer(out / TABLES[1]) as station_bins,
    ):
        for numbers, rows in _batches(trace, batches, wanted):
            ledger = simulate(trace.model(numbers, bin_h, changed), trace.evs(rows, numbers))
            audit.check(ledger)
            table = sessions_of(trace, ledger, rows)
            sessions(table)
            station_bins(bins_of(trace, ledger))
            parts.append(kpis_of(ledger, table))
            totals.append(sums(ledger, np.arange(np.ceil(ledger.end_h) + 1).astype(int)))
            waits.append(table["wait_min"].to_numpy())
            energies.append(table["energy_kwh"].to_numpy())
            hourly = _added(hourly, hourly_of(ledger))
            last_h, events = max(last_h, ledger.end_h), events + ledger.events
            progress.advance()
    span = (hours(trace.visits["entry_ns"].iloc[0]), last_h)
    kpis = pd.concat(parts, ignore_index=True)
    # Over no time at all (nobody stayed) a utilization does not exist.
    per_evse = kpis["evses"] * ((span[1] - span[0]) or np.nan)
    kpis["time_utilization"] = kpis["occupied_h"] / per_evse
    kpis["charging_utilization"] = kpis["charging_h"] / per_evse
    total = pd.concat(totals, ignore_index=True)
    each = figures(total, span[1] - span[0])
    kpis = kpis.assign(**{key: each[key] for key in OVERSEEN})
    store.write_table(out / TABLES[2], kpis)
    return Played(
        kpis, np.concatenate(waits), np.concatenate(energies), hourly, span, events, total
    )


def hourly_of(ledger: Ledger) -> np.ndarray:
    """Integrals over every hour, of all stations of a run together [figure, hour]."""
    sums = np.array([ledger.bins[name].sum(axis=0) for name in HOURLY])
    found: np.ndarray = by_hour(sums, ledger.model.bin_h).sum(axis=2)
    return found


def _added(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    hours = max(a.shape[1], b.shape[1])
    a, b = (np.pad(x, ((0, 0), (0, hours - x.shape[1]))) for x in (a, b))
    found: np.ndarray = a + b
    return found


def _batches(
    trace: Trace, batches: list[list[int]], wanted: set[int]
) -> Iterator[tuple[list[int], pd.DataFrame]]:
    of = np.empty(len(trace.stations), np.int64)
    for k, numbers in enumerate(batches):
        of[numbers] = k
    of = of[trace.visits["station"]]
    order = np.argsort(of, kind="stable")
    edges = np.searchsorted(of[order], np.arange(len(batches) + 1))
    for k, numbers in enumerate(batches):
        own = [n for n in numbers if n in wanted]
        if own:
            rows = trace.visits.iloc[order[edges[k] : edges[k + 1]]]
            yield own, rows[rows["station"].isin(own)]


def sessions_of(trace: Trace, ledger: Ledger, rows: pd.DataFrame) -> pd.DataFrame:
    """`sessions.parquet`: a row for each visit, named as in the file; where that has dates, also
    with the times on the wall (`arrival_local`, ...) by the offset of its arrival."""
    table = ledger.sessions()
    table["visit"] = rows["visit"].to_numpy()[table["ev"]]
    if trace.start:
        ahead = rows["offset_min"].to_numpy()[table["ev"]]
        for column in TIMES:
            at_h = table[f"{column}_h"].to_numpy()
            table[f"{column}_local"] = wall_times(trace.start, at_h, ahead / 60.0)
        table["utc_offset_min"] = ahead
    for column in TIMES:
        table[f"{column}_h"] += trace.begin_h
    constant = ledger.visits["vehicle"] == 0
    table.loc[constant, ["soc_arrival", "soc_leave"]] = np.nan
    table["stay_min"] = table["wait_min"] + table["occupied_min"]
    return table.drop(columns=["ev", "rerouted_from", "cuts", "fuel_kwh"])


def bins_of(trace: Trace, ledger: Ledger) -> pd.DataFrame:
    """`station_bins.parquet`, without the bins in which nobody was there."""
    table = ledger.station_bins()
    table = table[(table["occupied_mean"] > 0) | (table["queue_max"] > 0) | (table["arrivals"] > 0)]
    return table.assign(start_h=table["start_h"] + trace.begin_h)


def kpis_of(ledger: Ledger, sessions: pd.DataFrame) -> pd.DataFrame:
    """Key figures of every station of one run; waits are those of all its visits."""
    model, bins = ledger.model, ledger.bins
    names = pd.Index(model.station_names, name="station")
    by = sessions.groupby("station")
    wait = by["wait_min"]
    table = pd.DataFrame(
        {
            "evses": [len(s.evses) for s in model.stations],
            "rated_kw": [s.rated_kw for s in model.stations],
            "cap_kw": [s.cap_kw for s in model.stations],
            "occupied_h": bins["occupied_h"].sum(axis=1),
            "charging_h": bins["charging_h"].sum(axis=1),
            "curtailed_kwh": bins["curtailed_kwh"].sum(axis=1),
            "power_max_kw": bins["power_max_kw"].max(axis=1),
            "queue_max": bins["queue_max"].max(axis=1),
        },
        index=names,
    )
    table["visits"] = by.size().reindex(names, fill_value=0)
    table["energy_kwh"] = by["energy_kwh"].sum().reindex(names, fill_value=0.0)
    for outcome in (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED):
        word = outcome.name.lower()
        mine = (sessions["outcome"] == word).groupby(sessions["station"]).sum()
        table[word] = mine.reindex(names, fill_value=0)
    table["wait_min_mean"], table["wait_min_max"] = wait.mean(), wait.max()
    for q in (50, 90, 95):
        table[f"wait_min_p{q}"] = wait.quantile(q / 100)
    over = (sessions["wait_min"] > LONG_WAIT_MIN).groupby(sessions["station"]).mean()
    table["over_30_share"] = over
    return table.reset_index()
