"""Which service-area stations exceed 40 % utilization in a holiday, how long do people wait there,
and how sure are we?

Runs the holiday and, for comparison, an ordinary week on the same network and drivers' habits.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from experiments import Result, nobody
from experiments.holiday_highway import calibration
from experiments.holiday_highway.page import page
from experiments.holiday_highway.verdict import COUNTS, HOLIDAY, verdict
from sim import metrics
from sim.report.finding import Finding, found, packed, unpacked
from sim.report.language import LANGUAGES, Words, of_terminal
from sim.report.page import write
from sim.roads.scenario import Scenario
from sim.roads.schema import EngineSection
from sim.stats import interval
from sim.study import store, study
from sim.study.output import Output
from sim.study.study import Replication

WAITS = tuple(f"wait_min_p{q}" for q in metrics.QUANTILES)


def run(scenario: Scenario, out: Path, progress: Any) -> Result:
    """Simulate, audit, answer; write the tables, `answer.json`, `report.html`, `manifest.json`."""
    designs = {"holiday": scenario, "reference": scenario.reference()}
    words = {language: Words(language, Path(__file__).parent) for language in LANGUAGES}
    language = of_terminal(os.environ)
    with Output(out, scenario, ("answer.json", "report.html"), progress) as output:
        study.warm_up(progress)
        results = study.run(designs, scenario.engine, output.replications(), progress)
        progress.status("answering")
        answer = answer_of(scenario, results)
        answer["said"] = {of: list(map(say, answer["verdict"])) for of, say in words.items()}
        store.write_json(output / "answer.json", packed(answer))
        manifest = output.manifest(
            replications={name: len(own) for name, own in results.items()},
            cpu_s=study.spent(r for own in results.values() for r in own),
        )
        kept = unpacked(json.loads((output / "answer.json").read_text("utf-8")))
        write(output / "report.html", lambda say: page(say, kept), words, kept["verdict"],
              manifest, language)  # fmt: skip
        paths = output.publish(manifest)
    network = [r.network for r in results["holiday"]]
    samples = {figure: [own[figure] for own in network] for figure in network[0]}
    kept_too = [*paths, out / "replications"]
    return Result(answer["said"][language], headline(answer), kept_too, samples)


def answer_of(scenario: Scenario, results: dict[str, list[Replication]]) -> dict[str, Any]:
    """Every number of the answer, with its interval; what the page shows of the inputs; and the
    findings that say it."""
    holiday, threshold = results["holiday"], scenario.config.report.utilization_threshold
    answer: dict[str, Any] = {
        "demand": scenario.config.demand.name,
        "reference_demand": scenario.config.reference.name,
        "days": [scenario.calendar[d].date.isoformat() for d in scenario.counted_days()],
        "replications": len(holiday),
        "threshold": threshold,
        "stations": stations_of(holiday, threshold),
        "flags": flags_of(holiday, threshold),
        "network": network_of(holiday),
        "reference": network_of(results["reference"]),
    }
    worst = sorted(
        answer["stations"], key=lambda s: -answer["stations"][s]["wait_min"]["p95"]["mean"]
    )
    answer["worst"] = worst[: scenario.config.report.worst]
    answer["calibration"] = calibration.table(scenario, answer)
    answer |= places_of(scenario) | queues_of(holiday, worst[0])
    nothing = nobody.finding(scenario.config.demand.name, holiday)
    answer["verdict"] = [nothing] if nothing else verdict(unpacked(packed(answer)))
    ordinary = nobody.finding(scenario.config.reference.name, results["reference"])
    answer["verdict"] += [ordinary] if ordinary not in (None, nothing) else []
    answer["verdict"] += narrow(scenario.engine, holiday)
    return answer


def places_of(scenario: Scenario) -> dict[str, Any]:
    """Where the stations are, and the days of the calendar, as the page shows them."""
    shown = ("station", "site", "side", "name_en", "name_zh", "road", "order", "lon", "lat",
             "position", "evses", "rated_kw", "cap_kw")  # fmt: skip
    table = scenario.station_table()
    towns = [
        {"node": n.node, "name_en": n.name_en, "name_zh": n.name_zh, "lon": n.lon, "lat": n.lat}
        for n in scenario.network.nodes
    ]
    return {
        "places": table[list(shown)].to_dict("records"),
        "towns": towns,
        "links": [[link.start, link.end, link.road] for link in scenario.network.links],
        "calendar": [{"date": d.date.isoformat(), "label": d.label} for d in scenario.calendar],
    }


def queues_of(replications: list[Replication], worst: str) -> dict[str, Any]:
    """EVs waiting by station and hour, from the first midnight of the calendar on; at one station
    median and middle 95 % of replications."""
    names = replications[0].stations["station"].tolist()
    queue = np.array([r.queue for r in replications])
    low, middle, high = np.quantile(queue[:, names.index(worst)], [0.025, 0.5, 0.975], axis=0)
    return {
        "queue": {name: _rounded(own) for name, own in zip(names, queue.mean(axis=0), strict=True)},
        "profile": {
            "station": worst, "median": _rounded(middle), "low": _rounded(low),
            "high": _rounded(high),
        },
    }  # fmt: skip


def _rounded(values: np.ndarray) -> list[float]:
    """Four significant digits: no figure shows more, and what is above 0 stays above."""
    return [float(f"{value:.4g}") for value in values]


def narrow(engine: EngineSection, holiday: list[Replication]) -> list[Finding]:
    """Where `engine.half_width` was asked for and is not reached: how wide the intervals are."""
    wide = study.wide(engine, holiday)
    return [
        found("verdict.narrow", most=engine.most_replications, aim=f"{engine.half_width:g}",
              figure=figure, half=half)
        for figure, half in wide.items()
    ]  # fmt: skip


def _values(replications: list[Replication], column: str) -> np.ndarray:
    """A key figure [station, replication]."""
    return np.array([r.stations[column].to_numpy(float) for r in replications]).T


def _estimates(replications: list[Replication], column: str) -> list[dict[str, float]]:
    """Mean and 95 % interval of a key figure for every station.

    BCa for waits, else Student t.
    """
    values = _values(replications, column)
    if column in WAITS:
        found = interval.bootstrap(values)
        return [{name: float(found[name][s]) for name in found} for s in range(len(values))]
    return [interval.mean(v, interval.most(column)) for v in values]


def stations_of(replications: list[Replication], threshold: float) -> dict[str, Any]:
    """Key figures of every station."""
    names = replications[0].stations["station"].tolist()
    found: dict[str, Any] = {
        name: {"utilization": {d: {} for d in metrics.DEFINITIONS}, "wait_min": {}}
        for name in names
    }
    for d in metrics.DEFINITIONS:
        for w in metrics.WINDOWS:
            column = f"{d}_utilization_{w}"
            over = (_values(replications, column) > threshold).mean(axis=1)
            for name, estimate, p in zip(
                names, _estimates(replications, column), over, strict=True
            ):
                found[name]["utilization"][d][w] = {**estimate, "p_over": float(p)}
    for column in (*WAITS, "wait_min_mean", "over_30_share", *COUNTS, "energy_kwh"):
        for name, estimate in zip(names, _estimates(replications, column), strict=True):
            if column.startswith("wait_min_"):
                found[name]["wait_min"][column.removeprefix("wait_min_")] = estimate
            else:
                found[name][column] = estimate
    return found


def flags_of(replications: list[Replication], threshold: float) -> dict[str, Any]:
    """Whom the rule picks under every definition and window.

    `flagged` are the stations whose mean over replications exceeds the threshold; `count` is the
    number that exceed it in one replication, `change` by how many more than by time utilization
    over all hours, paired; `sure` and `never` exceed it in all and in none.
    """
    names = np.array(replications[0].stations["station"].tolist())
    usual = (_values(replications, f"time_utilization_{HOLIDAY}") > threshold).sum(axis=0)
    flags: dict[str, Any] = {}
    for d in metrics.DEFINITIONS:
        flags[d] = {}
        for w in metrics.WINDOWS:
            values = _values(replications, f"{d}_utilization_{w}")
            over = values > threshold
            count = over.sum(axis=0)
            flags[d][w] = {
                "count": interval.mean(count),
                "change": interval.paired_difference(usual.tolist(), count.tolist()),
                "flagged": names[values.mean(axis=1) > threshold].tolist(),
                "sure": int(over.all(axis=1).sum()),
                "never": int((~over).all(axis=1).sum()),
            }
    return flags


def network_of(replications: list[Replication]) -> dict[str, Any]:
    """Key figures of all stations together."""
    found = {}
    for key in replications[0].network:
        values = np.array([r.network[key] for r in replications])
        if key in WAITS:
            rows = interval.bootstrap(values)
            found[key] = {name: float(rows[name][0]) for name in rows}
        else:
            found[key] = interval.mean(values, interval.most(key))
    for key in replications[0].trips:
        found[key] = interval.mean([r.trips[key] for r in replications])
    return found


def headline(answer: dict[str, Any]) -> dict[str, float | str]:
    """The numbers of one design in the table of a sweep."""
    net = answer["network"]
    numbers: dict[str, float | str] = {
        f"flagged_{d}_{w}": len(answer["flags"][d][w]["flagged"])
        for d in metrics.DEFINITIONS
        for w in metrics.WINDOWS
    }
    for key in ("time_utilization", "wait_min_p50", "wait_min_p90", "wait_min_p95", "over_30_share",
                "sessions", "energy_kwh", "balked", "reneged", "rerouted", "stranded"):  # fmt: skip
        numbers[key] = net[key]["mean"]
        numbers[f"{key}_low"], numbers[f"{key}_high"] = net[key]["low"], net[key]["high"]
    return numbers
