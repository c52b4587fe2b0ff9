"""A holiday and a week of a whole country: time and memory, each in a process of its own.

The functions of this module are what runs there (`apart.py`).
"""

from typing import Any

import numpy as np

from experiments.speed import cases
from experiments.speed.rounds import interleaved, medians, seconds, times_as_long
from experiments.speed.settings import NationalSection, WeekSection
from sim.engine import simulate
from sim.ledger import Ledger

SAMPLE = 100  # the sample has so many times less


def national(own: dict[str, Any], rounds: int) -> dict[str, Any]:
    """The holiday against a sample of it, in turn: what a session costs, ledger included."""
    whole = NationalSection.model_construct(**own)
    small = whole.part(SAMPLE)
    case, sample = cases.national(whole), cases.national(small)
    simulate(*cases.stations_only(1, 2, 10))  # kernels are loaded
    found: list[Ledger] = []

    def run() -> None:
        found.clear()  # or two ledgers would be held at once
        found.append(simulate(*case))

    times = interleaved(lambda: simulate(*sample), run, rounds=rounds)
    sample_s, whole_s = medians(times)
    per_session = whole.sessions / small.sessions
    return {
        "ratio": times_as_long(times) / per_session, "seconds": whole_s, "sample_s": sample_s,
        "stations": whole.stations, "evses": whole.evses, "days": whole.days, **_counted(found[0]),
    }  # fmt: skip


def week(own: dict[str, Any], rounds: int) -> dict[str, Any]:
    """The week: its time, and what it holds."""
    section = WeekSection.model_construct(**own)
    model, evs = cases.week(section)
    simulate(*cases.stations_only(1, 2, 10))
    found: list[Ledger] = []

    def run() -> None:
        found.clear()
        found.append(simulate(model, evs))

    took = float(np.median([seconds(run) for _ in range(rounds)]))
    return {
        "seconds": took, "stations": len(model.stations), "days": section.days,
        "evs": section.evs, **_counted(found[0]),
    }  # fmt: skip


def first() -> dict[str, Any]:
    """The first run of a process: compiled, or found on disk."""
    return {"seconds": seconds(lambda: simulate(*cases.stations_only(1, 2, 10)))}


def _counted(ledger: Ledger) -> dict[str, Any]:
    charged = ledger.visits["slot"] >= 0
    return {
        "sessions": int(np.count_nonzero(charged)), "visits": len(ledger.visits),
        "events": ledger.events, "waited": float((ledger.visits["wait_h"] > 0.0).mean()),
    }  # fmt: skip
