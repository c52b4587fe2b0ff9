"""Simulated beside observed: what was fitted, what is predicted, and what misses."""

from typing import Any

import pandas as pd

from sim.config.folder import configs_dir
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
    figure = float(row["observed"]) if row["observed"] else None
    low = float(row["low"]) if row["low"] else None
    high = float(row["high"]) if row["high"] else None
    if low is None or high is None:
        assert figure is not None
        band = (figure * (1 - AGREE), figure * (1 + AGREE))
    else:
        band = (low, high)
    mean = estimate["mean"]
    if band[0] <= mean <= band[1]:
        verdict = "agrees"
    else:
        nearest = band[0] if mean < band[0] else band[1]
        against = figure if figure is not None else nearest
        beside = estimate["low"] > band[1] or estimate["high"] < band[0]
        verdict = "misses by" if beside else "is not shown to agree or to miss:"
        verdict += f" {100 * (mean / against - 1):+.0f} %"
    return {
        "quantity": f"{row['quantity']}, {row['demand']}",
        "unit": row["unit"],
        "observed": figure,
        "observed_low": low,
        "observed_high": high,
        "simulated": {key: estimate[key] for key in ("mean", "low", "high")},
        "role": row["role"],
        "source": row["source"],
        "verdict": verdict,
    }
