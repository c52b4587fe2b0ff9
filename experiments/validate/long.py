"""Every number of a comparison in one long table; of errors the interval, of sites the band."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from experiments.validate import busy
from experiments.validate.city.verdict import LEVELS
from sim.replay.law import DAY_H

BANDS = ("recorded", "simulated", "low", "high")
FIGURES = ("mean_error", "mean_abs_error", "rms_error", "bias_frac")


def table(answer: Mapping[str, Any]) -> pd.DataFrame:
    rows = [
        {"data": "EPFL fast charger", "figure": figure, "recorded": row["recorded_mean"],
         **{key: row[key] for key in ("model", "quantity", "group", "n")},
         "value": row[figure].mean, "low": row[figure].low, "high": row[figure].high}
        for row in answer.get("epfl", {}).get("errors", [])
        for figure in FIGURES
    ]  # fmt: skip
    rows += [
        row for site in answer["sites"] for model in busy.MODELS
        for row in _site_rows(site, model)
    ]  # fmt: skip
    if "city" in answer:
        rows += _city_rows(answer["city"])
    return pd.DataFrame(rows)


def _city_rows(city: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of all models: what lies in the bands beside what would by chance, and figures with their
    bands."""
    for model, own in city["models"].items():
        for kind, found in own["coverage"].items():
            chance = found["by_chance"]
            yield {"data": "Hamburg", "model": model, "quantity": "inside", "group": kind,
                   "figure": "share", "recorded": found["inside"] / found["of"],
                   "value": chance.mean, "low": chance.low, "high": chance.high,
                   "n": found["of"]}  # fmt: skip
        levels = {key: own[key] for key in LEVELS}
        levels |= {f"rise_{ring}": found for ring, found in enumerate(own["rise"])}
        for figure, found in levels.items():
            yield {"data": "Hamburg", "model": model, "quantity": "level", "figure": figure,
                   "recorded": found["recorded"], "value": found["simulated"],
                   "low": found["low"], "high": found["high"], "n": city["even_days"]}  # fmt: skip


def _site_rows(site: Mapping[str, Any], model: str) -> Iterator[dict[str, Any]]:
    own = site[model]
    for hour in range(DAY_H):
        cells = [("mean_busy", *(own["mean"][k][hour] for k in BANDS))]
        cells += [
            (f"share_{n}_busy", *(own["share"][k][hour][n] for k in BANDS))
            for n in range(site["units"] + 1)
        ]
        for figure, recorded, simulated, low, high in cells:
            yield {
                "data": site["site"], "model": model, "quantity": "busy_units",
                "group": f"hour {hour}", "figure": figure, "recorded": recorded,
                "value": simulated, "low": low, "high": high, "n": own["days"],
            }  # fmt: skip
