"""What happened in a replication: one row per visit, and integrals per station and bin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim import clock
from sim.diaries import Diaries
from sim.lifecycle import Outcome
from sim.model import Change, Model


def in_hours(rows: np.ndarray) -> np.ndarray:
    """Rows of a kernel's record with every time `x_ns` as hours `x_h`: a new array."""
    fields: Mapping[str, Any] = rows.dtype.fields or {}
    hours = np.dtype([
        (f"{name[:-2]}h", np.float64) if name.endswith("_ns") else (name, kind)
        for name, (kind, *_) in fields.items()
    ])  # fmt: skip
    out = rows.astype(rows.dtype).view(hours)  # all fields are 8 bytes wide
    for name in fields:
        if name.endswith("_ns"):
            out[f"{name[:-2]}h"] = clock.hours(rows[name])
    return out


def in_groups(numbers: np.ndarray, count: int) -> np.ndarray:
    """A stable order by numbers from 0 below `count`, which is less than 2**32: of 16 bits at a
    time, since so narrow ones are not compared but counted."""
    if count <= 2**16:
        return np.argsort(numbers.astype(np.min_scalar_type(count)), kind="stable")
    order = np.argsort((numbers & 0xFFFF).astype(np.uint16), kind="stable")
    return order[np.argsort((numbers[order] >> 16).astype(np.uint16), kind="stable")]


@dataclass(frozen=True, eq=False)
class Ledger:
    """The complete record of one replication; what is made of it may be remembered with it.

    Attributes
    ----------
    visits : structured array (`kernels.records.VISIT`), in order of arrival; NaN where a time never
        came.
    diaries : as given.
    of_stay : during which stay of its diary each visit was (row of `diaries.stays`; -1: none), or
        empty where nobody has a diary.
    hop : at how many stations its EV had been before, on the same way out to charge, [visit]; -1
        where it stays.  Empty where nobody has a diary.
    fees : what each visit was charged [CNY, visit]; empty where no station has a tariff.
    cuts : structured array (`kernels.records.STAY`, in hours): stays that a failure ended, visit by
        visit.
    bins : structured array [station, bin] (`kernels.records.BIN`): integrals and counts.
    evs : structured array (`kernels.records.EV`, in nanoseconds), as given.
    ends : structured array (`kernels.records.END`): what each EV held as it left the model, or
        holds at the end; on a route its last stop (their number: it is beyond the last), with a
        diary how many stays it has left (`turns`).
    changes : those made by SimPy processes, then the scripted ones.
    end_h : where the run ended.
    evse_peak_kw, cabinet_peak_kw : the most that each EVSE and each cabinet ever gave.
    excess_kw : the most that each station was ever above its cap (negative: it was below).
    events : model events processed.
    driving : EVs under way, or still to come, at the end; trucks also while they stand.
    deliveries : float array [duty, bin].
    log : structured array (`kernels.records.LOG`, in hours): steps of the logged trucks as they
        began, by their number in the duty; -1 is a rest that a drive had to wait for.
    """

    model: Model
    visits: np.ndarray
    diaries: Diaries
    of_stay: np.ndarray
    hop: np.ndarray
    fees: np.ndarray
    cuts: np.ndarray
    bins: np.ndarray
    evs: np.ndarray
    ends: np.ndarray
    changes: Sequence[Change]
    end_h: float
    evse_peak_kw: np.ndarray
    cabinet_peak_kw: np.ndarray
    excess_kw: np.ndarray
    events: int
    driving: int
    deliveries: np.ndarray
    log: np.ndarray

    @cached_property
    def script(self) -> np.ndarray:
        """All changes as an array (`time_h, station, kind, slot, kw`), in the order of effect."""
        fixed = self.model.arrays
        first, given = fixed.stations["slot_start"].astype(np.int64), in_hours(fixed.script)
        made = self.changes[: len(self.changes) - len(self.model.changes)]
        table = np.zeros(len(self.changes), [("station", np.int64), *given.dtype.descr])
        table[: len(made)] = [
            (c.station, c.time_h, c.kind, first[c.station] + c.evse, c.cap_kw) for c in made
        ]
        scripted = table[len(made) :]
        for name in given.dtype.names or ():
            scripted[name] = given[name]
        per_station = fixed.stations["script_end"] - fixed.stations["script_next"]
        scripted["station"] = np.repeat(np.arange(len(first)), per_station)
        return table[np.argsort(table["time_h"], kind="stable")]

    @property
    def energy_kwh(self) -> np.ndarray:
        """What each visit brought to the battery, [visit]."""
        v = self.visits
        found: np.ndarray = v["leave_kwh"] - v["arrival_kwh"] + v["aux_kwh"]
        return found

    @cached_property
    def swapped(self) -> np.ndarray:
        """Visits in which a truck came for another pack, [visit]."""
        bays = self.model.arrays.stations["bays"][self.visits["station"]]
        found: np.ndarray = (bays > 0) & (self.visits["station"] >= 0) & (self.visits["slot"] < 0)
        return found

    @property
    def crossed(self) -> np.ndarray:
        """Visits for which an EV was guided to the opposite side of where it came, [visit]: no road
        leads from one side to the other, so nobody is rerouted there."""
        v, opposite = self.visits, self.model.arrays.stations["opposite"]
        came = v["rerouted_from"] >= 0
        found: np.ndarray = came & (opposite[v["rerouted_from"]] == v["station"])
        return found

    @cached_property
    def at_stay(self) -> np.ndarray:
        """Visits in which an EV is where it stays, [visit]: not out to charge."""
        if not len(self.of_stay):
            return np.zeros(len(self.visits), bool)
        found: np.ndarray = (self.of_stay >= 0) & (self.hop < 0) & (self.visits["station"] >= 0)
        return found

    @cached_property
    def of_packs(self) -> np.ndarray:
        """Visits that are packs at their racks, [visit]."""
        found: np.ndarray = self.evs["rack"][self.visits["ev"]] >= 0
        return found

    def sessions(self) -> pd.DataFrame:
        """One row per visit with the columns of `sessions.parquet` (times in hours).

        `aux_kwh` was taken from the battery in line; `fuel_kwh` is what a hybrid drove on fuel
        since the visit before, or since it entered, as energy that its battery would have given.
        `fee_cny` is there where a station has a tariff; `stay` and `hop` where an EV has a diary.
        """
        v, model = self.visits, self.model
        names = np.array([*model.station_names, ""], dtype=object)
        battery = model.arrays.battery_kwh[v["vehicle"]]
        first = model.arrays.stations["slot_start"][v["station"]]
        efficiency = model.arrays.stations["efficiency"][v["station"]]
        energy = self.energy_kwh
        drawn = np.where(v["slot"] >= 0, energy, 0.0)  # what a pack holds was drawn by the pack
        outcome = np.array([o.name.lower() for o in Outcome], dtype=object)
        return pd.DataFrame(
            {
                "visit": np.arange(len(v)),
                "ev": v["ev"],
                "station": names[v["station"]],
                "evse": np.where(v["slot"] >= 0, v["slot"] - first, -1),
                "vehicle": np.array([x.name for x in model.vehicles], dtype=object)[v["vehicle"]],
                "arrival_h": v["arrival_h"],
                "plug_h": v["plug_h"],
                "charge_end_h": v["charge_end_h"],
                "unplug_h": v["unplug_h"],
                "leave_h": v["leave_h"],
                "wait_min": v["wait_h"] * 60.0,
                "charge_min": v["charge_h"] * 60.0,
                "occupied_min": v["occupied_h"] * 60.0,
                "soc_arrival": v["arrival_kwh"] / battery,
                "soc_leave": v["leave_kwh"] / battery,
                "energy_kwh": energy,
                "grid_kwh": drawn / efficiency,
                "need_kwh": v["need_kwh"],
                "aux_kwh": v["aux_kwh"],
                "fuel_kwh": v["fuel_kwh"],
                "outcome": outcome[v["outcome"]],
                "rerouted_from": names[v["rerouted_from"]],
                "cuts": v["cuts"],
            }
            | ({"fee_cny": self.fees} if len(self.fees) else {})
            | ({"stay": self.of_stay, "hop": self.hop} if len(self.of_stay) else {})
        )

    def station_bins(self) -> pd.DataFrame:
        """One row per station and bin with the columns of `station_bins.parquet`."""
        stations, bins = self.bins.shape
        edges = np.arange(bins + 1) * clock.ns(self.model.bin_h)
        start, end = edges[:-1], np.minimum(edges[1:], clock.ns(self.end_h))
        hours = clock.hours(np.maximum(0, end - start))
        width = np.broadcast_to(hours, (stations, bins)).ravel()
        b = self.bins.ravel()
        per = np.where(width > 0.0, width, 1.0)  # a bin of no width holds nothing
        columns = {
            "station": np.repeat(np.array(self.model.station_names, dtype=object), bins),
            "start_h": np.tile(clock.hours(start), stations),
            "hours": width,
            "queue_mean": b["queue_h"] / per,
            "queue_max": b["queue_max"],
            "occupied_mean": b["occupied_h"] / per,
            "charging_mean": b["charging_h"] / per,
            "up_mean": b["up_h"] / per,
            "power_mean_kw": b["energy_kwh"] / per,
            "power_max_kw": b["power_max_kw"],
        }
        for name in ("curtailed_kwh", "arrivals", "balked", "reneged", "rerouted"):
            columns[name] = b[name]
        return pd.DataFrame(columns)
