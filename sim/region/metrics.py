"""What a ledger means of a region: figures of the days that count, and of every station.

Energy is what the grid gives, losses of chargers included. Stations are the public ones of the
districts that are looked at; those elsewhere serve some of the same drivers, and count nowhere but
in what NEVs take. An *arrival* is a visit to such a station that is over or has plugged in. Who
would have left the car at a slow pile overnight, but found none free, has not been out to charge,
and is no arrival.

- ``kwh_per_nev_day``    all that NEVs with a diary take, and what others of the districts use at
  depots
- ``public_share``       of that, what public stations give
- ``elsewhere_share``    of what public stations give to those who live in the districts, what is
  given elsewhere
- ``load_log_sd``        standard deviation of the logarithm of the sessions per charger that are
  expected at stations, if lognormal: what they differ by beyond Poisson
- ``late_share``         of arrivals, those that wait longer than `LATE_MIN`, or are lost there: who
  balks, gives up or is sent on
- ``first_try_share``    of ways out to charge, those that end where they first went
- ``full_piles_share``   of the nights on which a car is to be left at a slow pile, those on which
  none is free there
- ``gained_share``       of what those charged who have no charger of their own, what their
  batteries hold more at the end of the run than at its beginning: 0 in a steady state
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.audit.rows import books
from sim.ledger import Ledger, in_groups
from sim.lifecycle import Outcome
from sim.metrics import Window, hourly
from sim.region.energy import depot_kwh
from sim.region.region import Region
from sim.stats.estimate import Metric

LATE_MIN = 15.0
LOST = (Outcome.BALKED, Outcome.RENEGED, Outcome.REROUTED)
OPEN = Outcome.IN_SYSTEM_AT_END
SHARES = ("public_share", "power_utilization", "time_utilization", "late_share", "lost_share",
          "first_try_share", "idle_share", "elsewhere_share", "full_piles_share")  # fmt: skip
METRICS = {
    metric.key: metric
    for metric in (
        *(Metric(name, "%", most=1.0) for name in SHARES),
        Metric("gained_share", "%", least=-1.0, most=1.0),
        *(Metric(name, "kWh") for name in (
            "kwh_per_nev_day", "kwh_per_gun_day", "kwh_per_charger_day", "kwh_per_session",
        )),
        Metric("load_log_sd", digits=2), Metric("price_cny_kwh", digits=2),
        Metric("wait_min_mean", "min", 2), Metric("wait_min_p90", "min"),
        *(Metric(name, digits=0) for name in (
            "sessions", "arrivals", "stranded", "nevs", "stations", "failing",
        )),
        Metric("peak_kw_per_nev", "kW", 2),
        *(Metric(name, "kWh", 0) for name in ("energy_kwh", "fuel_kwh")),
    )
}  # fmt: skip


class Measured:
    """A replication of some districts.

    Parameters
    ----------
    own : numbers of their public stations, as in `Region.stations`.
    districts : numbers of the districts.
    has_own : EVs with a charger of their own, [EV].
    """

    def __init__(
        self, region: Region, ledger: Ledger, own: np.ndarray, districts: np.ndarray,
        has_own: np.ndarray,
    ) -> None:  # fmt: skip
        self._region, self._ledger, self._own, self._districts = region, ledger, own, districts
        self._has_own = has_own
        living, charging = region.section.living, region.section.charging
        self._window = Window(tuple(range(charging.warm_up_days, living.days)))
        self._public = len(region.stations.names)
        v = ledger.visits
        here = np.zeros(len(ledger.model.stations) + 1, bool)
        here[own] = True
        counted = self._window.holds(v["arrival_h"] // 24) & here[v["station"]]
        counted &= (v["outcome"] != OPEN) | ~np.isnan(v["plug_h"])
        stays = counted & ledger.at_stay  # at slow piles
        full = stays & np.isin(v["outcome"], LOST)
        self._rows = np.flatnonzero(counted & ~full)
        nights = int(stays.sum())
        self._full_piles = int(full.sum()) / nights if nights else 0.0

    def _column(self, name: str) -> np.ndarray:
        """Of the visits that count: whole rows of them would be copied for two or three fields."""
        found: np.ndarray = self._ledger.visits[name][self._rows]
        return found

    # ---- stations ----------------------------------------------------------------------------

    def stations(self) -> pd.DataFrame:
        """A row for each public station of the districts."""
        region, station = self._region, self._column("station")
        rows, days = region.stations.rows[self._own], len(self._window.days)
        hours = self._window.hours().ravel()

        def of(weight: np.ndarray) -> np.ndarray:
            found: np.ndarray = np.bincount(station, weight, self._public)[self._own]
            return found

        arrivals, late = of(np.ones(len(station))), of(self._late)
        energy, occupied = (
            hourly(self._ledger, name)[self._own][:, hours].sum(axis=1)
            for name in ("energy_kwh", "occupied_h")
        )
        energy = energy / region.section.efficiency
        return pd.DataFrame({
            "station": np.array(region.stations.names, object)[self._own],
            "arrivals": arrivals, "late": late, "sessions": of(self._column("plug_h") >= 0.0),
            "late_share": np.divide(late, arrivals, out=np.zeros(len(late)), where=arrivals > 0.0),
            "wait_min_p90": self._p90(),
            "energy_kwh": energy,
            "kwh_per_charger_day": energy / (rows["chargers"] * days),
            "time_utilization": occupied / (rows["guns"] * len(hours)),
        })  # fmt: skip

    @property
    def _late(self) -> np.ndarray:
        """Which arrivals wait too long or are lost."""
        lost = np.isin(self._column("outcome"), LOST)
        found: np.ndarray = (self._column("wait_h") * 60.0 > LATE_MIN) | lost
        return found.astype(float)

    def _p90(self) -> np.ndarray:
        """Of the waits of arrivals who plugged in or gave up, [station]; 0 of none."""
        some = ~np.isin(self._column("outcome"), (Outcome.BALKED, Outcome.REROUTED))
        station, wait_h = self._column("station")[some], self._column("wait_h")[some]
        order = np.argsort(wait_h)  # of equals it does not matter which one it is
        order = order[in_groups(station[order], self._public)]
        count = np.bincount(station, minlength=self._public)[self._own]
        first = np.searchsorted(station[order], self._own)
        at = first + np.maximum(0, np.ceil(0.9 * count).astype(int) - 1)
        wait = np.append(wait_h[order], 0.0)
        return np.where(count > 0, wait[np.minimum(at, len(wait_h))] * 60.0, 0.0)

    # ---- everything together -----------------------------------------------------------------

    def figures(self, stations: pd.DataFrame) -> dict[str, float]:
        """Of the districts; `stations`: their table."""
        region, ledger = self._region, self._ledger
        rows, days = region.stations.rows[self._own], len(self._window.days)
        hours, efficiency = self._window.hours().ravel(), region.section.efficiency
        kw = hourly(ledger, "energy_kwh")[:, hours] / efficiency  # means of the hours
        given = kw.sum(axis=1)
        depot = float(depot_kwh(region)[self._districts].sum())
        nevs = self.nevs
        together = float(given.sum()) + depot * days
        public, sessions = float(given[: self._public].sum()), float(stations["sessions"].sum())
        here = float(given[self._own].sum())
        outcome = self._column("outcome")
        waits = self._column("wait_h")[~np.isin(outcome, (Outcome.BALKED, Outcome.REROUTED))] * 60.0
        arrivals = len(outcome)
        first = ledger.hop[self._rows] == 0
        served = first & (self._column("plug_h") >= 0.0)
        load = stations["sessions"].to_numpy()
        fees = ledger.fees[self._rows].sum() if len(ledger.fees) else 0.0
        charged = float(ledger.energy_kwh[self._rows].sum())
        return {
            "nevs": float(nevs), "stations": float(len(rows)),
            "kwh_per_nev_day": together / (nevs * days),
            "public_share": public / together if together else 0.0,
            "elsewhere_share": 1.0 - here / public if public else 0.0,
            "kwh_per_gun_day": here / (float(rows["guns"].sum()) * days),
            "kwh_per_charger_day": here / (float(rows["chargers"].sum()) * days),
            "power_utilization": here / (float(rows["kw"].sum()) * 24.0 * days),
            "time_utilization": float(
                stations["time_utilization"] @ rows["guns"] / rows["guns"].sum()
            ),
            "load_log_sd": log_sd(load, rows["chargers"].astype(float)),
            "idle_share": float((load == 0.0).mean()),
            "peak_kw_per_nev": float(kw.sum(axis=0).max()) / nevs,
            "kwh_per_session": here / sessions if sessions else 0.0,
            "sessions": sessions, "arrivals": float(arrivals), "energy_kwh": here,
            "wait_min_mean": float(waits.mean()) if len(waits) else 0.0,
            "wait_min_p90": float(np.quantile(waits, 0.9)) if len(waits) else 0.0,
            "late_share": float(stations["late"].sum()) / arrivals if arrivals else 0.0,
            "lost_share": float(np.isin(outcome, LOST).mean()) if arrivals else 0.0,
            "first_try_share": float(served.sum() / first.sum()) if first.any() else 0.0,
            "full_piles_share": self._full_piles,
            "price_cny_kwh": float(fees) / charged if charged else 0.0,
            "stranded": float((ledger.visits["outcome"] == Outcome.STRANDED).sum()),
            "fuel_kwh": float(ledger.ends["fuel_kwh"].sum() + ledger.visits["fuel_kwh"].sum()),
            "gained_share": self._gained(),
        }  # fmt: skip

    @property
    def nevs(self) -> int:
        """All NEVs of the districts, those without a diary too."""
        of = self._region.zones.rows["district"]
        own = np.isin(of, self._districts)
        return int(self._region.nevs[own].sum())

    def _gained(self) -> float:
        """Of those who have no charger of their own."""
        ledger, some = self._ledger, ~self._has_own
        held = books(ledger)[1]
        v = ledger.visits
        charged = np.bincount(v["ev"], v["leave_kwh"] - v["arrival_kwh"], len(held))[some].sum()
        gained = (held - ledger.evs["entry_kwh"])[some].sum()
        return float(gained / charged) if charged else 0.0


def log_sd(sessions: np.ndarray, chargers: np.ndarray) -> float:
    """How much the sessions that are expected of a charger differ between stations: the standard
    deviation of their logarithm if they are lognormal, by the method of moments, counts being
    Poisson about them."""
    total, size = float(sessions.sum()), float(chargers.sum())
    if not total:
        return 0.0
    expected = total / size * chargers
    excess = float(((sessions - expected) ** 2).sum()) - total
    return float(np.sqrt(np.log1p(max(0.0, excess / float((expected**2).sum())))))


def by_hour(ledger: Ledger, days: Sequence[int], public: int) -> dict[str, list[float]]:
    """Mean kW at batteries at every hour of the day, of public stations and of own chargers."""
    kw = hourly(ledger, "energy_kwh")[:, Window(tuple(days)).hours()].mean(axis=1)
    own = {"public": kw[:public], "own": kw[public:]}
    return {name: values.sum(axis=0).tolist() for name, values in own.items()}
