"""Simulated beside observed: what was fitted, what is predicted, and what misses."""

from typing import Any

import pandas as pd

from sim.config.folder import configs_dir
from sim.report.finding import Finding, found
from sim.roads.scenario import Scenario

AGREE = 0.05  # a single observed figure is met by a mean within 5 % of it


def observed() -> pd.DataFrame:
    """The table of observations: figure or range, unit, source, for each calendar."""
    return pd.read_csv(configs_dir() / "demand" / "observed.csv", keep_default_na=False, dtype=str)


def table(scenario: Scenario, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per observed figure of the calendars that were simulated."""
    simulated = {
        scenario.config.demand.name: answer["network"],
        scenario.config.reference.name: answer["reference"],
    }
    return [
        _compared(row, simulated[row["demand"]][row["metric"]])
        for row in observed().to_dict("records")
        if row["demand"] in simulated
    ]


def _compared(row: dict[Any, str], estimate: dict[str, float]) -> dict[str, Any]:
    own = (row[key] for key in ("observed", "low", "high"))
    figure, low, high = (float(text) if text else None for text in own)
    if low is None or high is None:
        assert figure is not None
        band = (figure * (1 - AGREE), figure * (1 + AGREE))
    else:
        band = (low, high)
    mean = estimate["mean"]
    nearest = band[0] if mean < band[0] else band[1]
    by = mean / (figure if figure is not None else nearest) - 1
    return {
        **{key: row[key] for key in ("quantity", "demand", "unit", "role", "source")},
        "observed": figure, "observed_low": low, "observed_high": high,
        "simulated": {key: estimate[key] for key in ("mean", "low", "high")},
        "verdict": _verdict(band, estimate, by),
    }  # fmt: skip


def _verdict(band: tuple[float, float], estimate: dict[str, float], by: float) -> Finding:
    """Whether the mean lies in the band; a miss is one where the whole interval lies beside it."""
    if band[0] <= estimate["mean"] <= band[1]:
        return found("calibration.agrees")
    beside = estimate["low"] > band[1] or estimate["high"] < band[0]
    return found("calibration.misses" if beside else "calibration.unclear", by=by)
