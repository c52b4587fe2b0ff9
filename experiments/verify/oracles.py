"""Queues with known answers, as the engine sees them.

`CASES` maps a section of `configs/verify/oracles.json` to a function (row, batch) -> (statistics,
controls): one independent batch of the row's queue, simulated by the engine itself, and how far
its draws happen to be off what they are on average (see `controls.py`).

Service is energy: EVSEs of 1 kW, so hours are kWh, and a vehicle that takes any power at any state
of charge.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, inf, log, sqrt
from typing import Any, Literal

import numpy as np

from experiments.verify import controls
from experiments.verify.controls import CUSTOMERS, CUT, WARM_UP, Controls
from sim.clock import hours
from sim.engine import simulate
from sim.evs import make_evs
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.model import Cabinet, Evse, Model, Route, Station, Stop, Vehicle
from sim.stats.streams import stream

Row = dict[str, Any]
Statistics = dict[str, float]
Found = tuple[Statistics, Controls]

HUGE_KWH = 1e9
BIN = 0.16  # of the time in which EVs arrive: six bins end well before the last arrival
BINS = slice(1, 6)  # the first is the warm-up
UNIT = Vehicle("unit", HUGE_KWH, ((1.0, 1e6),))


@dataclass(frozen=True)
class Batch:
    """The name of a batch's random streams."""

    oracle: str
    number: int
    seed: int

    def draw(self, purpose: str) -> np.random.Generator:
        return stream(self.seed, self.number, purpose, self.oracle)


def station(c: int, cap_kw: float = inf, line_places: int = -1, name: str = "q") -> Station:
    """`c` EVSEs of 1 kW."""
    return Station(name, (Cabinet((Evse(1.0),) * c),), cap_kw=cap_kw, line_places=line_places)


def model(
    *stations: Station, routes: tuple[Route, ...] = (), horizon_h: float = inf, bin_h: float = 1e9
) -> Model:
    """One bin for all time, unless somebody looks at the bins."""
    return Model(stations, (UNIT,), routes, horizon_h=horizon_h, bin_h=bin_h)


def customers(entry_h: np.ndarray, need_kwh: np.ndarray, **fields: Any) -> np.ndarray:
    """EVs without a route that never lose patience unless told to."""
    return make_evs(len(entry_h), entry_h=entry_h, target_kwh=need_kwh, **fields)


def poisson(batch: Batch, rate: float, n: int = CUSTOMERS) -> np.ndarray:
    return np.cumsum(batch.draw("arrival").exponential(1.0 / rate, n))


def law(batch: Batch, name: str, n: int = CUSTOMERS) -> np.ndarray:
    """Needs of mean 1."""
    rng = batch.draw("need")
    if name == "deterministic":
        return np.ones(n)
    if name == "Erlang-2":
        return rng.gamma(2.0, 0.5, n)
    if name == "exponential":
        return rng.exponential(1.0, n)
    if name == "H2 cv2=4":  # two exponentials with balanced means
        p = 0.5 * (1.0 + sqrt(3.0 / 5.0))
        first = rng.random(n) < p
        return rng.exponential(1.0, n) * np.where(first, 0.5 / p, 0.5 / (1.0 - p))
    assert name == "lognormal cv=0.7", name
    s2 = np.log(1.0 + 0.7**2)
    return rng.lognormal(-s2 / 2, sqrt(s2), n)


@dataclass(frozen=True)
class Seen:
    """A batch after its warm-up: `rows` are its visits."""

    ledger: Ledger
    rows: np.ndarray

    @staticmethod
    def of(ledger: Ledger) -> "Seen":
        return Seen(ledger, ledger.visits[int(WARM_UP * len(ledger.visits)) :])

    def mean(self, name: str) -> float:
        return float(self.rows[name].mean())

    def share(self, where: np.ndarray) -> float:
        return float(np.mean(where))

    def lost(self, outcome: Outcome) -> np.ndarray:
        is_it: np.ndarray = self.rows["outcome"] == outcome
        return is_it

    @property
    def waiting(self) -> float:
        """The share that waits at all."""
        return self.share(self.rows["wait_h"] > 0.0)

    @property
    def stay(self) -> float:
        return self.mean("wait_h") + self.mean("occupied_h")

    @property
    def here(self) -> np.ndarray:
        """How many are at an EVSE when each EV arrives (Poisson arrivals see time averages)."""
        visits = self.ledger.visits
        return present(visits[visits["slot"] >= 0], self.rows["arrival_h"])

    @property
    def kw(self) -> float:
        """Mean power of `BINS`."""
        return float(self.ledger.bins["energy_kwh"][0, BINS].mean()) / self.ledger.model.bin_h


def run(
    batch: Batch, rate: float, at: Station, need: str = "exponential", **fields: Any
) -> tuple[Seen, np.ndarray]:
    """Poisson arrivals at a station: what is seen of them, and the EVs."""
    evs = customers(poisson(batch, rate), law(batch, need), **fields)
    return Seen.of(simulate(model(at, bin_h=BIN * CUSTOMERS / rate), evs)), evs


def present(
    visits: np.ndarray, at: np.ndarray, side: Literal["left", "right"] = "left"
) -> np.ndarray:
    """How many of the visits are there just before each of the times (`right`: at them)."""
    begun = np.searchsorted(visits["arrival_h"], at, side)
    return begun - np.searchsorted(np.sort(visits["leave_h"]), at, side)


def _erlang_b(row: Row, batch: Batch) -> Found:
    c, a = int(row["c"]), row["A"]
    seen, evs = run(batch, a, station(c, line_places=0))
    carried = a * seen.mean("occupied_h")
    found = {
        "B(c,A)": seen.share(seen.lost(Outcome.BALKED)), "carried": carried,
        "utilization": carried / c,
    }  # fmt: skip
    return found, controls.draws(evs, a) + controls.crowded(evs, a, c)


def _mmc(row: Row, batch: Batch) -> Found:
    """The p95 is one Newton step from where it should be: the share that waits longer than that
    is off, over the density there.  A quantile of each batch would be biased."""
    c, p95 = int(row["c"]), row["p95 wait"]
    rate = row["rho"] * c
    seen, evs = run(batch, rate, station(c))
    wait = seen.rows["wait_h"]
    found = {
        "P(wait)=C": seen.waiting, "Wq": seen.mean("wait_h"),
        "Lq": rate * seen.mean("wait_h"), "P(Wq>0.5)": seen.share(wait > 0.5),
        "p95 wait": p95 + (seen.share(wait > p95) / 0.05 - 1.0) / (c - rate),
    }  # fmt: skip
    waits = controls.mean_wait(evs, rate, c, "exponential")
    return found, controls.draws(evs, rate) + waits + controls.long_waits(evs, rate, c, 0.05)


def _mdc(row: Row, batch: Batch) -> Found:
    c = int(row["c"])
    rate = row["rho"] * c
    seen, evs = run(batch, rate, station(c), "deterministic")
    found = {"P(wait)": seen.waiting, "Wq": seen.mean("wait_h")}
    return found, controls.draws(evs, rate) + controls.mean_wait(evs, rate, c, "deterministic")


def _erlang_a(row: Row, batch: Batch) -> Found:
    c, rate = int(row["c"]), row["lam"]
    patience = batch.draw("patience").exponential(1.0 / row["theta"], CUSTOMERS)
    seen, evs = run(batch, rate, station(c), patience_h=patience)
    found = {
        "P(wait)": seen.waiting, "P(renege)": seen.share(seen.lost(Outcome.RENEGED)),
        "E[wait] (all)": seen.mean("wait_h"), "Lq": rate * seen.mean("wait_h"),
        "utilization": rate * seen.mean("occupied_h") / c,
    }  # fmt: skip
    return found, controls.draws(evs, rate) + controls.crowded(evs, rate, c)


def _mmck(row: Row, batch: Batch) -> Found:
    c, places, rate = int(row["c"]), int(row["K"] - row["c"]), row["lam"]
    seen, evs = run(batch, rate, station(c, line_places=places))
    balked = seen.lost(Outcome.BALKED)
    found = {
        "P(balk)": seen.share(balked),
        "E[wait] of joiners": float(seen.rows["wait_h"][~balked].mean()),
        "Lq": rate * seen.mean("wait_h"), "utilization": rate * seen.mean("occupied_h") / c,
    }  # fmt: skip
    return found, controls.draws(evs, rate) + controls.crowded(evs, rate, c)


def _closed_fleet(row: Row, batch: Batch) -> Found:
    """N trucks in a circle: each has a route that passes the station again and again.  Driving
    times are its thinking, the energy it uses between two visits is its next need."""
    n, c = int(row["N"]), int(row["c"])
    turns = CUSTOMERS // n
    need = batch.draw("need").exponential(1.0, (n, turns))
    think = batch.draw("think").exponential(1.0 / row["lam"], (n, turns))
    km, h = np.cumsum(need, axis=1), np.cumsum(think, axis=1)
    routes = tuple(
        Route(f"t{i}", 2 * km[i, -1], h[i, -1],
              tuple(Stop(0, *at) for at in zip(km[i].tolist(), h[i].tolist(), strict=True)))
        for i in range(n)
    )  # fmt: skip
    evs = customers(np.zeros(n), np.full(n, 1000.0))
    evs["route"], evs["entry_kwh"], evs["kwh_per_km"] = np.arange(n), 1000.0, 1.0
    evs["stop_kwh"] = evs["dest_kwh"] = inf
    # Until the first truck is through with its turns.
    horizon = 0.8 * turns * (1.0 / row["lam"] + 1.0)
    ledger = simulate(model(station(c), routes=routes, horizon_h=horizon), evs)
    seen = Seen.of(ledger)
    at = seen.rows["arrival_h"]
    per_h = (len(at) - 1) / float(at[-1] - at[0])
    found = {
        "throughput": per_h, "P(wait)": seen.waiting,
        "Wq": seen.mean("wait_h"), "utilization": per_h * seen.mean("occupied_h") / c,
    }  # fmt: skip
    return found, [float(need.mean()) - 1.0, float(think.mean()) * row["lam"] - 1.0]


def _rps(row: Row, batch: Batch) -> Found:
    """EVs share R kW equally, at most 1 kW each.  Fewer than one in 1,000 finds all EVSEs taken
    and waits.  The number present has the same law as if nobody did: needs are exponential, and R
    or more EVs use all the power anyway."""
    r, rho = row["R"], row["rho"]
    rate, evses = rho * r, ceil(r + log(1000.0) / -log(rho))
    seen, evs = run(batch, rate, station(evses, r))
    here = seen.here
    found = {
        "P(empty)": seen.share(here == 0), "P(N>R)": seen.share(here > r),
        "E[N]": rate * seen.stay, "E[T]=stretch": seen.stay, "E[power]/cap": seen.kw / r,
    }  # fmt: skip
    waits = controls.mean_wait(evs, rate, r, "exponential")
    return found, controls.draws(evs, rate) + waits + controls.crowded(evs, rate, 1, r)


def _rps_loss(row: Row, batch: Batch) -> Found:
    r, k = row["R"], int(row["K"])
    rate = row["rho"] * r
    seen, evs = run(batch, rate, station(k, r, line_places=0))
    lost = seen.lost(Outcome.BALKED)
    found = {
        "P(lost)": seen.share(lost), "E[N]": rate * seen.mean("occupied_h"),
        "E[T]": float(seen.rows["occupied_h"][~lost].mean()), "P(N>R)": seen.share(seen.here > r),
        "E[power]/cap": seen.kw / r,
    }  # fmt: skip
    return found, controls.draws(evs, rate) + controls.crowded(evs, rate, k)


def _blind_spot(row: Row, batch: Batch) -> Found:
    """Fewer than one in 10^6 finds all 65 EVSEs taken and waits: less than 10^-5 of the mean."""
    need, rate = row["energy law"], 0.8 * 3.0
    shared, _ = run(batch, rate, station(65, 3.0), need)
    fcfs, evs = run(batch, rate, station(3), need)
    found = {
        "FCFS on 3 full-power connectors": fcfs.stay, "equal share, cap 3 pmax": shared.stay,
    }  # fmt: skip
    return found, controls.draws(evs, rate) + controls.mean_wait(evs, rate, 3, need)


def _overflow(row: Row, batch: Batch) -> Found:
    """Whoever finds the first station full drives on, in no time, to the second.  The variance is
    about the exact mean: about its own, a batch would be biased."""
    a, c1, c2 = row["A"], int(row["c1"]), int(row["c2"])
    route = (Route("on", 0.0, 0.0, (Stop(0, 0.0, 0.0), Stop(1, 0.0, 0.0))),)
    evs = customers(poisson(batch, a), law(batch, "exponential"))
    evs["route"], evs["stop_kwh"], evs["dest_kwh"] = 0, inf, 1e-12
    offered = hours(evs["entry_ns"][CUT:])

    def visits(at_second: int) -> np.ndarray:
        first = station(c1, line_places=0, name="first")
        second = station(at_second, line_places=0, name="second")
        return simulate(model(first, second, routes=route), evs).visits

    rows, wide = visits(c2), visits(40)  # 40: full with a probability below 1e-12
    late = rows[rows["arrival_h"] >= offered[0]]
    carried = [
        a * float(late["occupied_h"][late["station"] == s].sum()) / len(offered) for s in (0, 1)
    ]
    here = present(wide[wide["station"] == 1], offered)
    found = {
        "carried 1": carried[0], "overflow mean": float(here.mean()),
        "overflow variance": float(np.mean((here - row["overflow mean"]) ** 2)),
        "carried 2": carried[1],
        "P(lost)=B(c1+c2,A)": float((late["outcome"] == Outcome.BALKED).sum() / len(offered)),
    }  # fmt: skip
    return found, controls.draws(evs, a) + controls.crowded(evs, a, c1, c1 + c2)


MT_DAYS = 250
MT_LAWS = {"m(t) exp": "exponential", "m(t) deterministic": "deterministic",
           "m(t) lognormal cv=0.7": "lognormal cv=0.7"}  # fmt: skip


def _mt_inf(row: Row, batch: Batch) -> Found:
    """lambda(t) = 10 + 6 sin(2 pi t / 24), E[S] = 0.75 h, as many EVSEs as anybody needs (40: more
    than 39 are there with a probability below 1e-9)."""
    rng = batch.draw("arrival")
    n = rng.poisson(16.0 * 24 * MT_DAYS)
    t = np.sort(rng.uniform(0.0, 24.0 * MT_DAYS, n))
    t = t[rng.random(n) * 16.0 < 10.0 + 6.0 * np.sin(2 * np.pi * t / 24.0)]
    found = {}
    for name, need in MT_LAWS.items():
        evs = customers(t, 0.75 * law(batch, need, len(t)))
        rows = simulate(model(station(40, line_places=0)), evs).visits
        for hour in range(0, 24, 3):
            at = hour + 24.0 * np.arange(2, MT_DAYS)
            found[f"{name} at {hour} h"] = float(present(rows, at, "right").mean())
    return found, []


CASES: dict[str, Callable[[Row, Batch], Found]] = {
    "erlang_b": _erlang_b, "mmc": _mmc, "mdc": _mdc, "erlang_a": _erlang_a, "mmck": _mmck,
    "closed_fleet": _closed_fleet, "rps": _rps, "blind_spot": _blind_spot, "rps_loss": _rps_loss,
    "overflow": _overflow, "mt_inf": _mt_inf,
}  # fmt: skip

PARAMETERS = {"c", "A", "rho", "lam", "theta", "K", "N", "R", "energy law", "c1", "c2"}
DERIVED = {"Wq / Wq(M/M/c)", "PSA lam(t)E[S]", "t [h]"}  # follow from others, or are no figures


def queues(table: Mapping[str, list[Row]]) -> Iterator[tuple[str, Row, Statistics]]:
    """Name, row and exact figures of every queue."""
    for section in CASES:
        rows = [_merged(table[section])] if section == "mt_inf" else table[section]
        for n, row in enumerate(rows):
            exact = {key: own for key, own in row.items() if key not in PARAMETERS | DERIVED}
            yield f"{section}/{n}", row, exact


def _merged(rows: list[Row]) -> Row:
    """The rows of M(t)/G/inf as one, because one batch gives them all."""
    return {f"{law} at {row['t [h]']:g} h": row[law] for row in rows for law in MT_LAWS}
