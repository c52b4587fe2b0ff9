"""What a replication of a corridor means: flow, waits, energy, hours of a truck's day, peaks.

Everything is of the window: the days after the warm-up.  Visits belong to it if they arrive in it.
"""

from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from sim.config.section import HOURS
from sim.freight.corridor import Corridor
from sim.freight.program import DRIVE, Program
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.lifecycle import Step as Kind
from sim.metrics import by_hour
from sim.stats.estimate import Metric

LONG_WAIT_MIN = 15.0
QUANTILES = (90, 95)
ACTIVITIES = ("driving", "service_line", "served", "charging_line", "charging", "standing")


OF_WAITS = {
    **{name: Metric(name, "min") for name in ("wait_min_mean", "wait_min_p90", "wait_min_p95")},
    "over_15_share": Metric("over_15_share", "%", most=1.0),
}
METRICS = {
    metric.key: metric
    for metric in (
        *(Metric(name, digits=0) for name in (
            "trucks", "capacity", "least", "trucks_per_day", "deliveries_per_day", "teu_per_day",
            "tonnes_per_day", "stranded", "visits_per_day", "cars_per_day", "evses",
        )),
        Metric("swaps_per_day"),
        *(own._replace(key=prefix + name) for prefix in ("", "off_", "hub_", "gate_")
          for name, own in OF_WAITS.items()),
        *(Metric(name, "min") for name in ("booked_wait_min_p95", "others_wait_min_p95")),
        *(Metric(name, "%", most=1.0) for name in ("energy_served_share", "time_utilization")),
        Metric("load_factor", "%"),
        *(Metric(name, "kWh", 0) for name in (
            "kwh_per_truck_day", "kwh_per_day", "curtailed_kwh", "hub_curtailed_kwh",
        )),
        *(Metric(name, "kW", 0) for name in (
            "rated_kw", "cap_kw", "peak_kw", "mean_kw", "hub_peak_kw", "hub_grid_peak_kw",
        )),
        Metric("kva", digits=0),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """The figures of one replication of a corridor."""

    corridor: Corridor
    ledger: Ledger

    @property
    def begin_h(self) -> float:
        return float(HOURS * self.corridor.section.warm_up_days)

    @property
    def days(self) -> int:
        return self.corridor.section.days

    @property
    def end_h(self) -> float:
        return self.begin_h + HOURS * self.days

    @cached_property
    def trucks(self) -> np.ndarray:
        """Numbers of the EVs that are trucks."""
        return np.flatnonzero(self.ledger.evs["duty"] >= 0)

    @cached_property
    def visits(self) -> np.ndarray:
        """Rows of trucks at places and sites that arrived in the window."""
        v = self.ledger.visits
        own = (v["station"] >= 0) & (self.ledger.evs["duty"][v["ev"]] >= 0)
        found: np.ndarray = v[own & self._inside(v["arrival_h"])]
        return found

    def summary(self) -> dict[str, float]:
        """Key figures of the corridor.

        `trucks_per_day` pass the gate, `deliveries_per_day` reach their destination.  Waits are at
        all sites together (swap stations too), `hub_...` at the hub alone, of trucks on shift: one
        that comes after its shift loses no turn (`off_...`); minutes.
        `energy_served_share`: kWh taken over kWh wanted, of visits to sites; those still plugged in
        at the end are left out, those still in line have got nothing.
        """
        section, gate = self.corridor.section, self.corridor.number[self.corridor.section.gate]
        deliveries = self._deliveries()
        tonnes, teu = (
            np.array([getattr(p.own, unit) for p in self.corridor.programs])
            for unit in ("tonnes", "teu")
        )
        at_sites, at_hub = self._of([*section.sites]), self._of([section.hub])
        on_shift = self._on_shift(at_sites)
        out = {
            "trucks": float(len(self.trucks)),
            "trucks_per_day": (self.visits["station"] == gate).sum() / self.days,
            "deliveries_per_day": deliveries.sum() / self.days,
            "teu_per_day": deliveries @ teu / self.days,
            "tonnes_per_day": deliveries @ tonnes / self.days,
            "kwh_per_truck_day": self._charged(at_sites) / self.days / max(1, len(self.trucks)),
            "energy_served_share": self._served_share(at_sites),
            "stranded": float(self._stranded()),
            **_waits(at_sites[on_shift], ""),
            **_waits(at_sites[~on_shift], "off_"),
            **_waits(at_hub[self._on_shift(at_hub)], "hub_"),
            **_waits(self._of([section.gate]), "gate_"),
        }
        hub = self._site(section.hub)
        out |= {f"hub_{name}": hub[name] for name in ("peak_kw", "curtailed_kwh")}
        swap = self._of([name for name, site in section.sites.items() if site.swap])
        out["swaps_per_day"] = _swapped(swap) / self.days
        return {name: float(value) for name, value in out.items()}

    def sites(self) -> pd.DataFrame:
        """A row for every site.

        `peak_kw` and `mean_kw` are drawn from the grid for charging, `load_factor` is the mean over
        the peak; `curtailed_kwh` batteries would have taken, had stacks and transformer let them.
        `time_utilization`: EVSE-hours occupied over EVSE-hours; of swap stations those of racks.
        Waits are of trucks on shift, `off_...` of the others.
        """
        return pd.DataFrame([self._site(name) for name in self.corridor.section.sites])

    def places(self) -> pd.DataFrame:
        """A row for every place: lines, and the share of its servers' time up that is used."""
        rows, window = [], self._bins()
        for name, place in self.corridor.section.places.items():
            bins = self.ledger.bins[self.corridor.number[name]][window]
            visits = self._of([name])
            up = bins["up_h"].sum()
            rows.append(
                {
                    "place": name,
                    "servers": place.servers,
                    "visits_per_day": len(visits) / self.days,
                    "utilization": bins["occupied_h"].sum() / up if up > 0.0 else 0.0,
                    **_waits(visits, ""),
                }
            )
        return pd.DataFrame(rows)

    def hourly(self) -> dict[str, np.ndarray]:
        """Of places and sites in every hour of the day, the mean over the days [station, 24]:
        `line` (trucks), `occupied` (servers), `power_kw` (grid); `power_max_kw` is the most."""
        bins = by_hour(self.ledger.bins[:, self._bins()], self.ledger.model.bin_h)
        bins = bins.reshape(len(bins), self.days, HOURS, -1)
        grid = self.ledger.model.arrays.stations["efficiency"][:, None]
        return {
            "line": bins["queue_h"].sum(axis=3).mean(axis=1),
            "occupied": bins["occupied_h"].sum(axis=3).mean(axis=1),
            "power_kw": bins["energy_kwh"].sum(axis=3).mean(axis=1) / grid,
            "power_max_kw": bins["power_max_kw"].max(axis=(1, 3)) / grid,
        }

    # ---- the day of a truck ----------------------------------------------------------------

    def steps(self) -> pd.DataFrame:
        """What each logged truck did when: `ev, duty, label, activity, begin_h, end_h`.

        Visits are split into line and service; at the end of the run all ends.
        """
        programs = self.corridor.programs
        frames = [
            _of_truck(self.ledger, int(ev), programs[self.ledger.evs["duty"][ev]])
            for ev in np.unique(self.ledger.log["ev"])
        ]
        names = ["ev", "duty", "label", "activity", "begin_h", "end_h"]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)

    def hours_per_truck_day(self) -> dict[str, float]:
        """Hours of the day by activity, mean of the logged trucks; they sum to 24 unless a truck
        comes late or is stranded."""
        steps = self.steps()
        inside = steps["end_h"].clip(self.begin_h, self.end_h) - steps["begin_h"].clip(
            self.begin_h, self.end_h
        )
        per = self.days * max(1, steps["ev"].nunique())
        sums = inside.groupby(steps["activity"]).sum()
        return {name: float(sums.get(name, 0.0)) / per for name in ACTIVITIES}

    # ---- inside ----------------------------------------------------------------------------

    def _site(self, name: str) -> dict[str, Any]:
        """A row of `sites`."""
        site, number = self.corridor.section.sites[name], self.corridor.number[name]
        station = self.ledger.model.stations[number]
        bins, visits = self.ledger.bins[number][self._bins()], self._of([name])
        grid, hours = station.efficiency, HOURS * self.days
        peak, average = (
            bins["power_max_kw"].max(initial=0.0) / grid,
            bins["energy_kwh"].sum() / grid / hours,
        )
        on_shift = self._on_shift(visits)
        return {
            "site": name,
            "evses": len(station.evses),
            "rated_kw": station.rated_kw,
            "kva": site.kva or nan,
            "cap_kw": min(self.corridor.caps_kw(name)),
            "visits_per_day": len(visits) / self.days,
            "cars_per_day": self._cars(number) / self.days,
            "swaps_per_day": _swapped(visits) / self.days if site.swap else 0.0,
            "kwh_per_day": bins["energy_kwh"].sum() / self.days,
            "energy_served_share": self._served_share(visits),
            "peak_kw": peak,
            "mean_kw": average,
            "load_factor": average / peak if peak > 0.0 else 0.0,
            "curtailed_kwh": bins["curtailed_kwh"].sum(),
            "time_utilization": bins["occupied_h"].sum() / (len(station.evses) * hours),
            **_waits(visits[on_shift], ""),
            **_waits(visits[~on_shift], "off_"),
        }

    def _inside(self, time_h: np.ndarray) -> np.ndarray:
        return (time_h >= self.begin_h) & (time_h < self.end_h)

    def _bins(self) -> slice:
        width = self.ledger.model.bin_h
        return slice(round(self.begin_h / width), round(self.end_h / width))

    def _deliveries(self) -> np.ndarray:
        found: np.ndarray = self.ledger.deliveries[:, self._bins()].sum(axis=1)
        return found

    def _of(self, names: list[str]) -> np.ndarray:
        numbers = [self.corridor.number[name] for name in names]
        return self.visits[np.isin(self.visits["station"], numbers)]

    def _on_shift(self, visits: np.ndarray) -> np.ndarray:
        """Whether the clock showed hours of the truck's shift when it came, [visit]."""
        ends = np.array([
            ((p.own.shift.begin_h + p.offset_h) % HOURS, HOURS - p.own.shift.off_h)
            if p.own.shift else (0.0, HOURS)
            for p in self.corridor.programs
        ])  # fmt: skip
        begin, length = ends[self.ledger.evs["duty"][visits["ev"]]].T
        found: np.ndarray = (visits["arrival_h"] - begin) % HOURS < length
        return found

    def _cars(self, station: int) -> int:
        v, evs = self.ledger.visits, self.ledger.evs
        cars = (evs["duty"][v["ev"]] < 0) & (evs["rack"][v["ev"]] < 0)
        return int((cars & (v["station"] == station) & self._inside(v["arrival_h"])).sum())

    def _stranded(self) -> int:
        v = self.ledger.visits
        return int(((v["outcome"] == Outcome.STRANDED) & self._inside(v["arrival_h"])).sum())

    def _charged(self, visits: np.ndarray) -> float:
        return float(_gained(visits).sum())

    def _served_share(self, visits: np.ndarray) -> float:
        unfinished = visits["outcome"] == Outcome.IN_SYSTEM_AT_END
        over = visits[~unfinished | np.isnan(visits["plug_h"])]
        wanted = over["need_kwh"].sum()
        got = np.minimum(_gained(over), over["need_kwh"]).sum()
        return float(got / wanted) if wanted > 0.0 else 1.0


def _gained(visits: np.ndarray) -> np.ndarray:
    energy = visits["leave_kwh"] - visits["arrival_kwh"] + visits["aux_kwh"]
    return np.where(np.isnan(visits["plug_h"]), 0.0, energy)


def _swapped(visits: np.ndarray) -> int:
    return int((visits["outcome"] == Outcome.SERVED).sum())


def _waits(visits: np.ndarray, prefix: str) -> dict[str, float]:
    """Of all that came, those still in line at the end with what they have waited by then."""
    wait = visits["wait_h"] * 60.0
    some = len(wait) > 0
    found = {
        "wait_min_mean": wait.mean() if some else 0.0,
        "over_15_share": (wait > LONG_WAIT_MIN).mean() if some else 0.0,
    }
    shares = np.array(QUANTILES) / 100
    quantiles = np.quantile(wait, shares) if some else np.zeros(len(QUANTILES))
    found |= {f"wait_min_p{q}": x for q, x in zip(QUANTILES, quantiles, strict=True)}
    return {prefix + name: float(value) for name, value in found.items()}


def _of_truck(ledger: Ledger, ev: int, program: Program) -> pd.DataFrame:
    log = ledger.log[ledger.log["ev"] == ev]
    end = np.append(log["time_h"][1:], ledger.end_h)
    visits = ledger.visits[ledger.visits["ev"] == ev]
    lost = visits[visits["outcome"] == Outcome.STRANDED]
    if len(lost):
        end[-1] = lost["arrival_h"][-1]
    wait = dict(zip(visits["arrival_h"], visits["wait_h"], strict=True))
    rows = []
    for step, begin, until in zip(log["step"], log["time_h"], end, strict=True):
        label = "rest" if step < 0 else program.labels[step]
        kind = Kind.PAUSE if step < 0 else program.duty.steps[step].kind
        if until <= begin:
            continue
        if kind not in (Kind.SERVE, Kind.CHARGE):
            rows.append((label, "driving" if label == DRIVE else "standing", begin, until))
            continue
        words = ("service_line", "served") if kind == Kind.SERVE else ("charging_line", "charging")
        called = min(until, begin + wait.get(begin, 0.0))
        parts = ((words[0], begin, called), (words[1], called, until))
        rows += [(label, word, a, b) for word, a, b in parts if b > a]
    frame = pd.DataFrame(rows, columns=["label", "activity", "begin_h", "end_h"])
    frame.insert(0, "ev", ev)
    frame.insert(1, "duty", program.name)
    return frame
