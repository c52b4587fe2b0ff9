"""The visits of some stations in one replication, for the page to show them EVSE by EVSE."""

import base64
from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.holiday_highway.shown import Answer
from sim.lifecycle import Change, Outcome
from sim.report import charts
from sim.report.blocks import Days, Section
from sim.report.language import Words
from sim.roads.demand import failures
from sim.roads.scenario import Scenario
from sim.study.results import Results

NEVER = 65_535
STEPS = 64_800  # of which the hours of a run are made, below `NEVER`
TIMES = {"arrival": "arrival_h", "plug": "plug_h", "on": "on_h", "off": "charge_end_h",
         "leave": "leave_h"}  # fmt: skip
FIELDS = (*TIMES, "evse", "outcome", "kwh", "soc", "soc_leave")
OUTCOMES = [outcome.name.lower() for outcome in Outcome]
HELD_KWH = 0.5  # in an hour, below it is rounding


def of(
    scenario: Scenario, results: Results, design: str, folder: Path, stations: Sequence[str]
) -> dict[str, Any]:
    """Visits and hours of these stations in the replication whose P95 wait is the median one, and
    when which EVSE was out of order.

    folder : where the replications of the design, which is the scenario, are kept with tables.
    """
    waits = results.values("wait_min_p95", design)
    replication = int(np.argsort(waits, kind="stable")[(len(waits) - 1) // 2])
    kept = folder / f"r{replication:03d}"
    visits, bins = (
        pd.read_parquet(kept / f"{name}.parquet") for name in ("sessions", "station_bins")
    )
    hours = int(np.ceil((bins["start_h"] + bins["hours"]).max()))
    per_min = STEPS / (60 * hours)
    down = _down(scenario, replication, hours, per_min)
    return {
        "replication": replication, "fields": list(FIELDS), "per_min": per_min, "hours": hours,
        "stations": {
            name: {
                "held": _held(bins[bins["station"] == name], hours),
                "visits": _packed(visits[visits["station"] == name], per_min),
                "down": down.get(name, []),
            }
            for name in stations
        },
    }  # fmt: skip


def _down(
    scenario: Scenario, replication: int, hours: int, per_min: float
) -> dict[str, list[list[int]]]:
    """By station [EVSE, begin, end] of every time that one was out of order, in steps: failures
    are drawn before a run, so they are drawn again as they were."""
    names = scenario.network.stations
    found: dict[str, list[list[int]]] = {}
    begins: dict[tuple[int, int], float] = {}

    def down(station: int, evse: int, begin: float, end: float) -> None:
        steps = [round(60 * per_min * time) for time in (begin, end)]
        found.setdefault(names[station], []).append([evse, *steps])

    for own in sorted(
        failures(scenario, scenario.engine.seed, replication), key=attrgetter("time_h")
    ):
        at = own.station, own.evse
        if own.kind == Change.EVSE_DOWN:
            begins.setdefault(at, own.time_h)
        elif at in begins:
            down(*at, begins.pop(at), own.time_h)
    for at, begin in begins.items():
        down(*at, begin, float(hours))
    return found


def _held(bins: pd.DataFrame, hours: int) -> list[int]:
    """Of each hour, whether limits held back power at the station."""
    kwh = np.bincount(bins["start_h"].astype(int), bins["curtailed_kwh"], hours)
    found: list[int] = (kwh > HELD_KWH).astype(int).tolist()
    return found


def _packed(visits: pd.DataFrame, per_min: float) -> str:
    """16 bits for each [field][visit]: times in steps, `NEVER` where there is none."""
    table = visits.assign(on_h=visits["charge_end_h"] - visits["charge_min"] / 60)
    columns = [
        (table[column] * 60 * per_min).round().fillna(NEVER) for column in TIMES.values()
    ]  # fmt: skip
    columns += [
        table["evse"].clip(lower=0), table["outcome"].map(OUTCOMES.index),
        (10 * table["energy_kwh"]).round(), *((100 * table[f"soc_{end}"]).round()
                                              for end in ("arrival", "leave")),
    ]  # fmt: skip
    own = np.array([column.fillna(0).clip(0, NEVER) for column in columns]).astype("<u2")
    return base64.b64encode(own.tobytes()).decode("ascii")


def days(say: Words, answer: Answer) -> list[Section]:
    """Nothing where no visits are kept."""
    kept = answer.get("visits")
    if not kept or not kept["stations"]:
        return []
    places = {place["station"]: place for place in answer["places"]}
    stations = {
        name: {"down": [], **own, "evses": places[name]["evses"]}
        for name, own in kept["stations"].items()
    }
    block = Days(
        charts.days(say, title="", alt=say("gantt.alt")),
        [f"{say.date(date.fromisoformat(day['date']), say.text('charts.day'))}, "
         f"{say.given(day['label'])}" for day in answer["calendar"]],
        {**kept, "stations": stations}, OUTCOMES,
        [(key, say.text(f"days.{key}")) for key in WORDS], say("days.station"), say("days.day"),
        min(1, len(answer["calendar"]) - 1),
    )  # fmt: skip
    text = say("gantt.about", n=len(stations), replication=kept["replication"] + 1,
               replications=answer["replications"])  # fmt: skip
    return [Section.of(say, "gantt", [text, block])]


WORDS = ("hint", "served", "still", "balked", "reneged", "rerouted", "other", "name_balked",
         "name_reneged", "name_rerouted")  # fmt: skip
