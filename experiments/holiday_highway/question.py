"""Which service-area stations exceed 40 % utilization in a holiday, how long do people wait there,
and how sure are we?

Runs the holiday and, for comparison, an ordinary week on the same network and drivers' habits.
"""

from pathlib import Path
from typing import Any

import numpy as np

from experiments import Result, nobody
from experiments.holiday_highway import calibration
from experiments.holiday_highway import view as holiday_view
from sim import metrics
from sim.lifecycle import Outcome
from sim.report import render
from sim.report.words import shown
from sim.roads.scenario import Scenario
from sim.roads.schema import EngineSection
from sim.stats import interval
from sim.study import store, study
from sim.study.output import Output
from sim.study.study import Replication

WAITS = tuple(f"wait_min_p{q}" for q in metrics.QUANTILES)
HOLIDAY = "holiday_mean"  # the window of all counted hours
COUNTS = ("visits", *(outcome.name.lower() for outcome in Outcome))


def run(scenario: Scenario, out: Path, progress: Any) -> Result:
    """Simulate, audit, answer; write the tables, `answer.json`, `report.html`, `manifest.json`."""
    designs = {"holiday": scenario, "reference": scenario.reference()}
    with Output(out, scenario, ("answer.json", "report.html"), progress) as output:
        study.warm_up(progress)
        results = study.run(designs, scenario.engine, output.replications(), progress)
        progress.status("answering")
        answer = answer_of(scenario, results)
        store.write_json(output / "answer.json", answer)
        manifest = output.manifest(
            replications={name: len(own) for name, own in results.items()},
            cpu_s=study.spent(r for own in results.values() for r in own),
        )
        view = holiday_view.of(scenario, answer, results["holiday"], manifest)
        render(view, output / "report.html")
        paths = output.publish(manifest)
    network = [r.network for r in results["holiday"]]
    samples = {figure: [own[figure] for own in network] for figure in network[0]}
    return Result(answer["verdict"], headline(answer), [*paths, out / "replications"], samples)


def answer_of(scenario: Scenario, results: dict[str, list[Replication]]) -> dict[str, Any]:
    """Every number of the answer, with its interval, and the sentences that say it."""
    holiday, threshold = results["holiday"], scenario.config.report.utilization_threshold
    answer: dict[str, Any] = {
        "question": f"Which stations exceed {100 * threshold:.0f} % utilization, and how long "
        "do people wait there?",
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
    nothing = nobody.said(scenario.config.demand.name, holiday)
    answer["verdict"] = [nothing] if nothing else verdict(scenario, answer)
    ordinary = nobody.said(scenario.config.reference.name, results["reference"])
    answer["verdict"] += [ordinary] if ordinary not in ("", nothing) else []
    answer["verdict"] += narrow(scenario.engine, holiday)
    return answer


def narrow(engine: EngineSection, holiday: list[Replication]) -> list[str]:
    """Where `engine.half_width` was asked for and is not reached: how wide the intervals are."""
    wide = study.wide(engine, holiday)
    return [
        f"`engine.most_replications` = {engine.most_replications:,} are not enough for "
        f"`engine.half_width` = {engine.half_width:g}: the interval of {figure} is "
        f"+-{100 * half:.1f} % of its mean."
        for figure, half in wide.items()
    ]


def outcomes(answer: dict[str, Any]) -> list[str]:
    """What became of visits."""
    net = answer["network"]
    per_100 = {key: 100 * net[key]["mean"] / max(1.0, net["visits"]["mean"]) for key in COUNTS}
    return [
        f"Of 100 visits: {per_100['served']:.1f} served, {per_100['served_partly']:.1f} partly, "
        f"{per_100['balked']:.1f} balk, {per_100['reneged']:.1f} renege, {per_100['rerouted']:.1f} "
        f"drive on to the next station; {net['stranded']['mean']:.1f} EVs stranded."
    ]


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


def _range(estimate: dict[str, float], digits: int = 0) -> str:
    return "{mean:.{n}f} ({low:.{n}f} to {high:.{n}f})".format(**estimate, n=digits)


def _decides(what: str, flags: list[dict[str, Any]]) -> str:
    """Whether it is shown to change how many stations exceed the threshold."""
    if any(shown(flag["change"]) for flag in flags):
        return f"{what} decides"
    return f"{what} is not shown to decide"


def _percent(estimate: dict[str, float]) -> str:
    mean, low, high = (100 * estimate[key] for key in ("mean", "low", "high"))
    return f"{mean:.1f} % ({low:.1f} to {high:.1f})"


def verdict(scenario: Scenario, answer: dict[str, Any]) -> list[str]:
    """The answer in about ten lines, each number from `answer`."""
    n, flags, net = len(answer["stations"]), answer["flags"], answer["network"]
    mean, windows = flags["time"][HOLIDAY], ("peak_day", "day_08_22", "peak_hour")
    limit = f"{100 * answer['threshold']:.0f} %"
    predicted = [row for row in answer["calibration"] if row["role"] == "predicted"]
    agree = [row for row in predicted if row["verdict"] == "agrees"]
    names = scenario.station_table().set_index("station")
    observation = (
        [
            f"Against observation: {len(agree)} of {len(predicted)} predicted figures agree"
            + "".join(
                f"; {row['quantity']} {row['verdict']}" for row in predicted if row not in agree
            )
            + "."
        ]
        if predicted
        else []
    )
    lines = [
        f"{len(mean['flagged'])} of {n} service-area stations exceed {limit} time utilization over "
        f"{scenario.config.demand.name} (mean of all {24 * len(answer['days'])} hours, "
        f"{answer['days'][0]} to {answer['days'][-1]}).",
        f"In one replication {_range(mean['count'], 1)} do; {mean['sure']} do in all "
        f"{answer['replications']}, {mean['never']} in none.",
        f"{_decides('The window', [flags['time'][w] for w in windows])}: in one replication "
        f"{_range(flags['time']['peak_day']['count'], 1)} do on their own peak day, "
        f"{_range(flags['time']['day_08_22']['count'], 1)} from 08 to 22, "
        f"{_range(flags['time']['peak_hour']['count'], 1)} in their own peak hour.",
        f"{_decides('The definition', [flags[d][HOLIDAY] for d in ('charging', 'power')])}: "
        f"{_range(flags['charging'][HOLIDAY]['count'], 1)} do by hours with power flowing, "
        f"{_range(flags['power'][HOLIDAY]['count'], 1)} by energy against rated power (mean of all "
        "hours).",
        f"Time utilization of all EVSEs together: {_percent(net['time_utilization'])}; on the "
        f"fullest day {_percent(net['time_utilization_peak_day'])}.",
        f"Wait in line, minutes: median {_range(net['wait_min_p50'], 1)}, P90 "
        f"{_range(net['wait_min_p90'])}, P95 {_range(net['wait_min_p95'])}; "
        f"{_percent(net['over_30_share'])} of visits wait over 30.",
        "Longest P95 waits by the mean over replications: "
        + ", ".join(
            f"{names.name_en[name]} {names.side[name]} "
            f"{_range(answer['stations'][name]['wait_min']['p95'])} min"
            for name in answer["worst"][:4]
        )
        + ".",
        *outcomes(answer),
        f"Delivered: {net['energy_kwh']['mean'] / 1e3:,.0f} MWh in {net['sessions']['mean']:,.0f} "
        f"sessions, {net['kwh_per_session']['mean']:.1f} kWh each.",
        *observation,
        "In brackets: 95 % intervals over "
        f"{answer['replications']} replications. Positions of stations are approximate.",
    ]
    return lines


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
