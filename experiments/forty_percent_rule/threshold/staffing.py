"""Why one threshold cannot fit all: small stations fail at lower utilization than large ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.measure import Measure
from sim.report.finding import Finding, Term, found
from sim.roads.service import Service
from sim.stats.interval import are_points, percentiles, weighted_mean
from sim.stats.queueing import busiest, critical, square_root
from sim.study.results import Results

BUSY = Measure(window="day_08_22")  # the hours in which people come: nearest to a steady state
DEMANDS = ("less", BASE, "more", "growth")  # designs that differ in demand only


def answer(scenario: Ruled, results: Results, weights: np.ndarray, rule: Measure) -> dict[str, Any]:
    """Critical time utilizations, from 08 to 22 and over the window of the rule, by station and by
    number of EVSEs, beside the theory.

    Intervals: percentile bootstrap over replications; over points those of the worlds, and with
    `later`, how much later the largest stations pass the limit than the smallest, in each of them.
    """
    evses, limit = scenario.station_table()["evses"].to_numpy(), scenario.own.fails_wait_p90_min
    once_and_again = np.vstack([np.ones(weights.shape[1]), weights])
    session_min = float(results.values("occupancy_min").mean())
    service = [Service.of(results, name, scenario.own) for name in DEMANDS]
    base = DEMANDS.index(BASE)
    fails = service[base].fails()

    def means(of: Any) -> np.ndarray:  # [demand, station, resample], of which the first is all
        return np.array([weighted_mean(values, once_and_again) for values in of])

    waits, windows = means(own.wait_p90_min for own in service), {}
    stations: dict[str, dict[str, Any]] = {
        name: {"evses": int(c), "fails": bool(f)}
        for name, c, f in zip(results.names(), evses, fails, strict=True)
    }
    for measure in (BUSY, Measure(window=rule.window)):
        use = means(measure.values(results, name) for name in DEMANDS)
        at = critical(use, waits, limit)
        windows[measure.window] = _by_size(evses, at)
        for s, own in enumerate(stations.values()):
            where = None if np.isnan(at[s, 0]) else float(at[s, 0])
            own[measure.window] = {"utilization": float(use[base, s, 0]), "critical": where}
    return {
        "window": rule.window, "session_min": session_min, "wait_limit_min": limit,
        "theory": {
            c: busiest(c, limit / session_min) if session_min else None
            for c in range(2, int(evses.max()) + 1)
        },
        "windows": windows, "stations": stations,
    }  # fmt: skip


def _by_size(evses: np.ndarray, at: np.ndarray) -> dict[str, Any]:
    """Means of the critical utilization [station, resample] of the stations with so many EVSEs
    that have one; the first column is that of all replications."""
    sizes, every, known = {}, [], ~np.isnan(at)
    for c in np.unique(evses).tolist():
        own, passing = evses == c, known[evses == c].sum(axis=0)
        means = np.full(len(passing), np.nan)
        np.divide(np.nansum(at[own], axis=0), passing, out=means, where=passing > 0)
        sizes[c] = {
            "stations": int(own.sum()), "passing": int(passing[0]),
            "critical": percentiles(means[0], means[1:]) if passing[0] else None,
        }  # fmt: skip
        every += [means] if passing[0] else []
    beta = square_root(at, evses)
    found = {"sizes": sizes, "beta": None if np.isnan(beta[0]) else percentiles(beta[0], beta[1:])}
    if are_points() and len(every) > 1:
        later = every[-1] - every[0]
        found["later"] = percentiles(later[0], later[1:]) | {"is_change": True}
    return found


# ---- what was found --------------------------------------------------------------------------


def plain(answer: Mapping[str, Any]) -> list[Finding]:
    """Whether sizes differ, where their intervals do not overlap; over worlds, in each of them."""
    known = list(passing(answer, answer["window"]).values())
    if len(known) < 2:
        return []
    later = answer["windows"][answer["window"]].get("later")  # paired by world
    sign = later.sign if later else known[-1].apart(known[0])
    return [found(f"threshold.sizes.{'small' if sign > 0 else 'large'}")] if sign else []


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
