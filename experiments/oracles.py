"""Queues with known answers, as the engine sees them.

`CASES` maps a section of `configs/verify/oracles.json` to a function (row, batch) -> statistics:
one independent batch of the row's queue, simulated by the engine itself.  Service is energy: EVSEs
of 1 kW, so hours are kWh, and a vehicle that takes any power at any state of charge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, sqrt
from typing import Any

import numpy as np

from sim.engine import simulate
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.model import Cabinet, Evse, Model, Route, Station, Stop, Vehicle, make_evs
from sim.streams import stream

Row = dict[str, Any]
Statistics = dict[str, float]

HUGE_KWH = 1e9
UNIT = Vehicle("unit", HUGE_KWH, ((1.0, 1e6),))
CUSTOMERS = 60_000  # per batch, of which the first only warm up
WARM_UP = 1 / 6


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


def model(*stations: Station, routes: tuple[Route, ...] = (), horizon_h: float = inf) -> Model:
    """One bin for all time: nobody looks at the bins."""
    return Model(stations, (UNIT,), routes, horizon_h=horizon_h, bin_h=1e9)


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
    """The visits of a batch after its warm-up, and the hours they arrived in."""

    rows: np.ndarray
    hours: float

    @staticmethod
    def of(ledger: Ledger, warm_up: float = WARM_UP) -> "Seen":
        rows = ledger.visits[int(warm_up * len(ledger.visits)) :]
        return Seen(rows, float(rows["arrival_h"][-1] - rows["arrival_h"][0]))

    def share(self, where: np.ndarray) -> float:
        return float(np.mean(where))

    def per_hour(self, name: str) -> float:
        return float(self.rows[name].sum() / self.hours)

    def lost(self, outcome: Outcome) -> np.ndarray:
        return self.rows["outcome"] == outcome


def _erlang_b(row: Row, batch: Batch) -> Statistics:
    c, a = int(row["c"]), row["A"]
    evs = customers(poisson(batch, a), law(batch, "exponential"))
    seen = Seen.of(simulate(model(station(c, line_places=0)), evs))
    carried = seen.per_hour("occupied_h")
    return {
        "B(c,A)": seen.share(seen.lost(Outcome.BALKED)), "carried": carried,
        "utilization": carried / c,
    }  # fmt: skip


def _fcfs(batch: Batch, c: int, rho: float, need: str) -> Seen:
    evs = customers(poisson(batch, rho * c), law(batch, need))
    return Seen.of(simulate(model(station(c)), evs))


def _mmc(row: Row, batch: Batch) -> Statistics:
    seen = _fcfs(batch, int(row["c"]), row["rho"], "exponential")
    wait = seen.rows["wait_h"]
    return {
        "P(wait)=C": seen.share(wait > 0.0), "Wq": float(wait.mean()),
        "Lq": seen.per_hour("wait_h"), "P(Wq>0.5)": seen.share(wait > 0.5),
        "p95 wait": float(np.quantile(wait, 0.95)),
    }  # fmt: skip


def _mdc(row: Row, batch: Batch) -> Statistics:
    seen = _fcfs(batch, int(row["c"]), row["rho"], "deterministic")
    wait = seen.rows["wait_h"]
    return {"P(wait)": seen.share(wait > 0.0), "Wq": float(wait.mean())}


def _erlang_a(row: Row, batch: Batch) -> Statistics:
    c = int(row["c"])
    patience = batch.draw("patience").exponential(1.0 / row["theta"], CUSTOMERS)
    evs = customers(poisson(batch, row["lam"]), law(batch, "exponential"), patience_h=patience)
    seen = Seen.of(simulate(model(station(c)), evs))
    wait = seen.rows["wait_h"]
    return {
        "P(wait)": seen.share(wait > 0.0), "P(renege)": seen.share(seen.lost(Outcome.RENEGED)),
        "E[wait] (all)": float(wait.mean()), "Lq": seen.per_hour("wait_h"),
        "utilization": seen.per_hour("occupied_h") / c,
    }  # fmt: skip


def _mmck(row: Row, batch: Batch) -> Statistics:
    c, places = int(row["c"]), int(row["K"] - row["c"])
    evs = customers(poisson(batch, row["lam"]), law(batch, "exponential"))
    seen = Seen.of(simulate(model(station(c, line_places=places)), evs))
    balked = seen.lost(Outcome.BALKED)
    return {
        "P(balk)": seen.share(balked),
        "E[wait] of joiners": float(seen.rows["wait_h"][~balked].mean()),
        "Lq": seen.per_hour("wait_h"), "utilization": seen.per_hour("occupied_h") / c,
    }  # fmt: skip


def _closed_fleet(row: Row, batch: Batch) -> Statistics:
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
    wait = seen.rows["wait_h"]
    return {
        "throughput": len(seen.rows) / seen.hours, "P(wait)": seen.share(wait > 0.0),
        "Wq": float(wait.mean()), "utilization": seen.per_hour("occupied_h") / c,
    }  # fmt: skip


def _seen_on_arrival(rows: np.ndarray, where: np.ndarray) -> np.ndarray:
    """How many of the visits `where` are there when each visit arrives (Poisson arrivals see time
    averages)."""
    here = rows[where]
    begun = np.searchsorted(here["arrival_h"], rows["arrival_h"], "left")
    ended = np.searchsorted(np.sort(here["leave_h"]), rows["arrival_h"], "left")
    return begun - ended


def _shared(batch: Batch, r: float, rho: float, evses: int, need: str) -> Ledger:
    """EVs share r kW equally, at most 1 kW each."""
    evs = customers(poisson(batch, rho * r), law(batch, need))
    return simulate(model(station(evses, cap_kw=r, line_places=0)), evs)


def _rps(row: Row, batch: Batch) -> Statistics:
    r, rho = row["R"], row["rho"]
    evses = ceil(r) + ceil(22.0 / -np.log(rho))  # full with a probability below 1e-9
    ledger = _shared(batch, r, rho, evses, "exponential")
    seen, here = Seen.of(ledger), _seen_on_arrival(ledger.visits, ledger.visits["slot"] >= 0)
    here = here[-len(seen.rows) :]
    energy = seen.rows["leave_kwh"].sum()
    return {
        "P(empty)": seen.share(here == 0), "P(N>R)": seen.share(here > r),
        "E[N]": seen.per_hour("occupied_h"),
        "E[T]=stretch": float(seen.rows["occupied_h"].mean()),
        "E[power]/cap": float(energy / seen.hours / r),
    }  # fmt: skip


def _rps_loss(row: Row, batch: Batch) -> Statistics:
    r, k = row["R"], int(row["K"])
    ledger = _shared(batch, r, row["rho"], k, "exponential")
    seen = Seen.of(ledger)
    here = _seen_on_arrival(ledger.visits, ledger.visits["slot"] >= 0)[-len(seen.rows) :]
    lost = seen.lost(Outcome.BALKED)
    energy = seen.rows["leave_kwh"].sum()
    return {
        "P(lost)": seen.share(lost), "E[N]": seen.per_hour("occupied_h"),
        "E[T]": float(seen.rows["occupied_h"][~lost].mean()), "P(N>R)": seen.share(here > r),
        "E[power]/cap": float(energy / seen.hours / r),
    }  # fmt: skip


def _blind_spot(row: Row, batch: Batch) -> Statistics:
    need = row["energy law"]
    wait = _fcfs(batch, 3, 0.8, need).rows
    shared = Seen.of(_shared(batch, 3.0, 0.8, 120, need)).rows
    return {
        "FCFS on 3 full-power connectors": float((wait["wait_h"] + wait["occupied_h"]).mean()),
        "equal share, cap 3 pmax": float(shared["occupied_h"].mean()),
    }


def _overflow(row: Row, batch: Batch) -> Statistics:
    """Whoever finds the first station full drives on, in no time, to the second."""
    a, c1, c2 = row["A"], int(row["c1"]), int(row["c2"])
    route = (Route("on", 0.0, 0.0, (Stop(0, 0.0, 0.0), Stop(1, 0.0, 0.0))),)
    evs = customers(poisson(batch, a), law(batch, "exponential"))
    evs["route"], evs["stop_kwh"], evs["dest_kwh"] = 0, inf, 1e-12

    def run(places_at_second: int) -> np.ndarray:
        first, second = (
            station(c1, line_places=0, name="first"),
            station(places_at_second, line_places=0, name="second"),
        )
        return simulate(model(first, second, routes=route), evs).visits

    rows, wide = run(c2), run(c1 + c2 + 60)
    cut = int(WARM_UP * len(evs))
    since = rows["arrival_h"][rows["station"] == 0][cut]
    late = rows[rows["arrival_h"] >= since]
    hours = float(late["arrival_h"][-1] - since)
    carried = [late["occupied_h"][late["station"] == s].sum() / hours for s in (0, 1)]
    offered = wide[wide["station"] == 0]
    second = wide[wide["station"] == 1]
    begun = np.searchsorted(second["arrival_h"], offered["arrival_h"][cut:], "left")
    ended = np.searchsorted(np.sort(second["leave_h"]), offered["arrival_h"][cut:], "left")
    here = begun - ended
    return {
        "carried 1": float(carried[0]), "overflow mean": float(here.mean()),
        "overflow variance": float(here.var()), "carried 2": float(carried[1]),
        "P(lost)=B(c1+c2,A)": float((late["outcome"] == Outcome.BALKED).sum()
                                    / (late["station"] == 0).sum()),
    }  # fmt: skip


MT_DAYS = 250
MT_LAWS = {"m(t) exp": "exponential", "m(t) deterministic": "deterministic",
           "m(t) lognormal cv=0.7": "lognormal cv=0.7"}  # fmt: skip


def _mt_inf(row: Row, batch: Batch) -> Statistics:
    """lambda(t) = 10 + 6 sin(2 pi t / 24), E[S] = 0.75 h, as many EVSEs as anybody needs."""
    rng = batch.draw("arrival")
    n = rng.poisson(16.0 * 24 * MT_DAYS)
    t = np.sort(rng.uniform(0.0, 24.0 * MT_DAYS, n))
    t = t[rng.random(n) * 16.0 < 10.0 + 6.0 * np.sin(2 * np.pi * t / 24.0)]
    found = {}
    for name, need in MT_LAWS.items():
        evs = customers(t, 0.75 * law(batch, need, len(t)))
        rows = simulate(model(station(60, line_places=0)), evs).visits
        left = np.sort(rows["leave_h"])
        for hour in range(0, 24, 3):
            at = hour + 24.0 * np.arange(2, MT_DAYS)
            here = np.searchsorted(rows["arrival_h"], at, "right") - np.searchsorted(
                left, at, "right"
            )
            found[f"{name} at {hour} h"] = float(here.mean())
    return found


CASES: dict[str, Callable[[Row, Batch], Statistics]] = {
    "erlang_b": _erlang_b, "mmc": _mmc, "mdc": _mdc, "erlang_a": _erlang_a, "mmck": _mmck,
    "closed_fleet": _closed_fleet, "rps": _rps, "blind_spot": _blind_spot, "rps_loss": _rps_loss,
    "overflow": _overflow, "mt_inf": _mt_inf,
}  # fmt: skip

PARAMETERS = {"c", "A", "rho", "lam", "theta", "K", "N", "R", "energy law", "c1", "c2"}
DERIVED = {"Wq / Wq(M/M/c)", "PSA lam(t)E[S]", "t [h]"}  # follow from others, or are no figures


def is_figure(section: str, name: str) -> bool:
    """Whether a column of a row is a figure to be met."""
    return name not in PARAMETERS | DERIVED


def merged(rows: list[Row]) -> Row:
    """The rows of M(t)/G/inf as one, because one batch gives them all."""
    return {f"{law} at {row['t [h]']:g} h": row[law] for row in rows for law in MT_LAWS}


def weight(name: str, row: dict[str, Any]) -> float:
    """How long a row takes, roughly: the memory of the queue times the size of the station."""
    if name.startswith("mt_inf"):
        return 1e9
    servers = float(row.get("R", row.get("c", 1.0)))
    load = float(row.get("rho", row.get("lam", 0.5) / servers))
    return (1.0 + servers) / max(0.02, 1.0 - load) ** 2
