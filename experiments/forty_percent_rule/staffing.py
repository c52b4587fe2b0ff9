"""Why one threshold cannot fit all: small stations fail at lower utilization than large ones.

A queue of c servers with Poisson arrivals and exponential sessions (M/M/c) tells how much of the
time they may be in use before a tenth of the arrivals wait longer than a limit; for large c that
follows the square-root staffing law, utilization = 1 - beta / sqrt(c) (Halfin and Whitt, Operations
Research 29, 1981).
"""

from collections.abc import Mapping
from math import exp, sqrt
from typing import Any

import numpy as np
from scipy.optimize import brentq

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import Measure, Results, Service, weighted_mean
from sim.report.finding import Finding, Term, found
from sim.stats.interval import percentiles

BUSY = Measure(window="day_08_22")  # the hours in which people come: nearest to a steady state
DEMANDS = ("less", "base", "more", "growth")  # designs that differ in demand only
WAITING = 0.1  # share of the arrivals that wait longer than the P90


def wait_share(evses: int, load: float, limit: float) -> float:
    """Share of the arrivals of an M/M/c queue that wait longer than `limit`, in mean sessions.

    `load` in erlang, below `evses`.  Erlang's C formula by the recursion of his B formula.
    """
    blocked = 1.0
    for k in range(1, evses + 1):
        blocked = load * blocked / (k + load * blocked)
    delayed = blocked / (1.0 - load / evses * (1.0 - blocked))
    return delayed * exp(-(evses - load) * limit)


def theory(evses: int, limit: float) -> float:
    """Utilization of an M/M/c queue at which the P90 of the wait is `limit` mean sessions."""
    full = evses * (1.0 - 1e-12)
    return brentq(lambda a: wait_share(evses, a, limit) - WAITING, 1e-9, full) / evses


def critical(utilization: np.ndarray, wait: np.ndarray, limit: float) -> np.ndarray:
    """Utilization at which the wait passes `limit`, as demand grows [...].

    `utilization`, `wait` [demand, ...]; linear between neighbors in order of utilization, at the
    first passing; NaN where the limit is not passed.
    """
    order = np.argsort(utilization, axis=0, kind="stable")
    u, w = (np.take_along_axis(x, order, axis=0) for x in (utilization, wait))
    passes = (w[:-1] <= limit) & (w[1:] > limit)
    first = passes.argmax(axis=0)[None]
    (u0, w0), (u1, w1) = (
        [np.take_along_axis(x[part], first, axis=0)[0] for x in (u, w)]
        for part in (slice(None, -1), slice(1, None))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = u0 + (u1 - u0) * (limit - w0) / (w1 - w0)
    return np.where(passes.any(axis=0), found, np.nan)


def square_root(utilization: np.ndarray, evses: np.ndarray) -> np.ndarray:
    """beta of utilization = 1 - beta / sqrt(evses) by least squares, without NaNs [...]."""
    known = ~np.isnan(utilization)
    root = 1.0 / np.sqrt(evses).reshape(-1, *[1] * (utilization.ndim - 1))
    above = np.where(known, (1.0 - utilization) * root, 0.0).sum(axis=0)
    below = np.where(known, root**2, 0.0).sum(axis=0)
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def answer(scenario: Ruled, results: Results, weights: np.ndarray, rule: Measure) -> dict[str, Any]:
    """Critical time utilizations, from 08 to 22 and over the window of the rule, by station and by
    number of EVSEs, beside the theory.

    Intervals: percentile bootstrap over replications.
    """
    table, study = scenario.station_table(), scenario.own
    evses, once = table["evses"].to_numpy(), np.ones((1, weights.shape[1]))
    session_min = float(np.mean([r.figures["occupancy_min"] for r in results["base"]]))
    service = [Service.of(results, name, study) for name in DEMANDS]
    fails, limit = service[DEMANDS.index("base")].fails(), study.fails_wait_p90_min
    own: dict[str, Any] = {
        "window": rule.window, "session_min": session_min, "wait_limit_min": limit,
        "theory": {
            int(c): theory(int(c), limit / session_min) if session_min else None
            for c in range(2, int(evses.max()) + 1)
        },
        "windows": {},
        "stations": {
            name: {"evses": int(c), "fails": bool(f)}
            for name, c, f in zip(table["station"], evses, fails, strict=True)
        },
    }  # fmt: skip
    waits = {key: np.array([weighted_mean(s.wait_p90_min, w) for s in service])
             for key, w in (("all", once), ("again", weights))}  # fmt: skip
    for measure in (BUSY, Measure(window=rule.window)):
        values = [measure.values(results, name) for name in DEMANDS]
        means = {key: np.array([weighted_mean(v, w) for v in values])
                 for key, w in (("all", once), ("again", weights))}  # fmt: skip
        at, again = (critical(means[key], waits[key], limit) for key in ("all", "again"))
        own["windows"][measure.window] = _by_size(evses, at[:, 0], again)
        for s, station in enumerate(own["stations"].values()):
            station[measure.window] = {
                "utilization": float(means["all"][DEMANDS.index("base"), s, 0]),
                "critical": None if np.isnan(at[s, 0]) else float(at[s, 0]),
            }
    return own


def _by_size(evses: np.ndarray, at: np.ndarray, again: np.ndarray) -> dict[str, Any]:
    """Means of the critical utilization of the stations with so many EVSEs that have one."""
    sizes = {}
    for c in np.unique(evses).tolist():
        own = evses == c
        number = int((~np.isnan(at[own])).sum())
        known = ~np.isnan(again[own])
        sums = np.where(known, again[own], 0.0).sum(axis=0)
        means = np.divide(sums, known.sum(axis=0), out=np.full(len(sums), np.nan),
                          where=known.any(axis=0))  # fmt: skip
        sizes[c] = {
            "stations": int(own.sum()), "passing": number,
            "critical": percentiles(np.nanmean(at[own]), means) if number else None,
        }  # fmt: skip
    beta = square_root(at, evses)
    return {
        "sizes": sizes,
        "beta": None if np.isnan(beta) else percentiles(float(beta), square_root(again, evses)),
    }


def law(beta: float, evses: float) -> float:
    """The square-root staffing law."""
    return 1.0 - beta / sqrt(evses)


# ---- what was found --------------------------------------------------------------------------


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """Whether sizes differ, where their intervals do not overlap."""
    known = list(passing(answer, answer["window"]).values())
    if len(known) < 2:
        return []
    small, large = known[0], known[-1]
    if small.high < large.low:
        return [found("threshold.sizes.small")]
    return [found("threshold.sizes.large")] if small.low > large.high else []


def passing(answer: Mapping[str, Any], window: str) -> dict[str, Any]:
    """By number of EVSEs, where the P90 wait passes the limit; only where it does."""
    sizes = answer["windows"][window]["sizes"]
    return {evses: own["critical"] for evses, own in sizes.items() if own["critical"]}


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """Where service begins to fail, by size."""
    busy, rule = (passing(answer, window) for window in (BUSY.window, answer["window"]))
    if not rule:
        return [found("threshold.passes.nowhere")]
    ends = [evses for evses in dict.fromkeys([*busy][:1] + [*busy][-1:]) if answer["theory"][evses]]
    listed = [found("threshold.size", at=at, evses=int(evses)) for evses, at in rule.items()]
    says = found(
        "threshold.passes.rule", wait=answer["wait_limit_min"], sizes=listed,
        over=Term(f"rule.over.{answer['window']}"),
    )  # fmt: skip
    laws = [
        found("threshold.size_law", at=busy[e], evses=int(e), theory=answer["theory"][e])
        for e in ends
    ]
    return [says, *([found("threshold.passes.busy", sizes=laws)] if laws else [])]
