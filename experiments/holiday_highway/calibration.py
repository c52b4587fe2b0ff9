"""Simulated beside observed: what was fitted, what is only compared, and what misses."""

from typing import Any

import pandas as pd

from sim.config.folder import configs_dir
from sim.report.finding import Finding, found
from sim.roads import level
from sim.roads.scenario import Scenario
from sim.stats.estimate import Estimate
from sim.study.results import Results

FIGURES = ("observed", "low", "high")
TEXTS = ("quantity", "demand", "unit", "role", "kind", "definition", "source")


def observed() -> pd.DataFrame:
    """The table of observations, a row per calendar and metric (a network figure of
    `sim.metrics`): the figure and its 95 % range (`FIGURES`), whether it is `fitted` or a `check`,
    whether it was `measured`, a `forecast` or `derived`, its definition and its source."""
    table = pd.read_csv(configs_dir() / "demand" / "observed.csv", keep_default_na=False, dtype=str)
    return table.astype(dict.fromkeys(FIGURES, float))


def table(scenario: Scenario, results: Results, seed: int) -> list[dict[str, Any]]:
    """One row per observed figure of the calendars that were simulated.

    Over worlds it is what is predicted of an observation: with the level of the traffic that the
    posterior was made with, which is known only so well.
    """
    designs = {
        scenario.config.demand.name: "holiday",
        scenario.config.reference.name: "reference",
    }
    sd = level_sd(scenario)
    return [
        _compared(row, _simulated(results, designs[row["demand"]], row["metric"], sd, seed))
        for row in observed().to_dict("records")
        if row["demand"] in designs
    ]


def level_sd(scenario: Scenario) -> float:
    """How well the level of the traffic is known in the worlds, one relative standard deviation; 0
    where there are none, or where their points were not made by `calibrate`."""
    own = scenario.posterior
    return float(own.made.get("level_sd", 0.0)) if own else 0.0


def _simulated(results: Results, design: str, metric: str, sd: float, seed: int) -> dict[str, Any]:
    values = results.values(metric, design)
    if sd:
        values = values * level.factors(metric, len(values), sd, seed)
    return Estimate.of(values, results.metrics[metric]).ends


def _compared(row: dict[Any, Any], estimate: dict[str, float]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in TEXTS},
        "observed": row["observed"],
        "observed_low": row["low"],
        "observed_high": row["high"],
        "simulated": {key: estimate[key] for key in ("mean", "low", "high")},
        "verdict": _verdict(row, estimate),
    }


def _verdict(row: dict[Any, Any], estimate: dict[str, float]) -> Finding:
    """What is simulated agrees if its interval overlaps the range of what was observed."""
    if estimate["low"] <= row["high"] and row["low"] <= estimate["high"]:
        return found("calibration.agrees")
    return found("calibration.misses", by=estimate["mean"] / row["observed"] - 1)
