"""The parts of the question: what is measured for each row, by name."""

import importlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.speed import acn, growth, peers, port, replication, workers
from experiments.speed.apart import apart
from experiments.speed.cases import holiday, stations_only
from experiments.speed.rounds import interleaved, medians, seconds, times_as_long
from experiments.speed.settings import SpeedSection
from experiments.speed.target import TARGETS, Row, measured, skipped
from experiments.speed.witness import Witness, apart_by
from sim.config.problems import InputError
from sim.engine import simulate
from sim.roads.scenario import Scenario
from sim.study.progress import Progress

ROOT = Path(__file__).parents[2]
SHAPES = {"1x20": (1, 20), "100x10": (100, 10)}  # stations, EVSEs of each
HOLIDAY_DAYS = 2
AGREE_H = 1e-9  # two programs that differ by more on a session do not simulate the same


class Measure:
    """The parts of the question, a function each that yields its rows."""

    def __init__(self, scenario: Scenario, own: SpeedSection, progress: Progress) -> None:
        self._scenario, self._own, self._progress = scenario, own, progress

    def rows(self) -> list[Row]:
        found: list[Row] = []
        for part in self._own.parts:
            self._progress.status(f"doing.{part}")
            found += getattr(self, f"_{part}")()
        return found

    def _witness(self) -> Iterator[Row]:
        rounds, sessions = self._own.rounds, self._own.sessions
        with tempfile.TemporaryDirectory() as folder:
            try:
                program = Witness(Path(folder))
            except FileNotFoundError:
                yield from (skipped(f"c_{shape}", "no_compiler") for shape in SHAPES)
                return
            for shape, size in SHAPES.items():
                model, evs = stations_only(*size, sessions)
                program.take(model, evs)
                off_h = apart_by(simulate(model, evs), program.run()[1])
                if not off_h < AGREE_H:
                    yield skipped(f"c_{shape}", "apart", off_h=off_h)
                    continue
                times = np.array([(seconds(partial(simulate, model, evs)), program.run()[0])
                                  for _ in range(rounds)])  # fmt: skip
                engine_s, program_s = medians(times)
                yield measured(
                    f"c_{shape}", times_as_long(times, 0, 1), sessions=sessions, off_h=off_h,
                    engine_us=1e6 * engine_s / sessions, c_us=1e6 * program_s / sessions,
                )  # fmt: skip

    def _twin(self) -> Iterator[Row]:
        twin = reference()
        cases = {shape: stations_only(*size, self._own.twin_sessions)
                 for shape, size in SHAPES.items()}  # fmt: skip
        cases["holiday"] = holiday(self._scenario, HOLIDAY_DAYS, self._own.every)
        for name, (model, evs) in cases.items():
            ledger = simulate(model, evs)
            times = interleaved(partial(simulate, model, evs), partial(twin, model, evs),
                                rounds=self._own.rounds)  # fmt: skip
            sessions = int(np.count_nonzero(ledger.visits["slot"] >= 0))
            engine_s, twin_s = medians(times)
            yield measured(
                f"twin_{name}", times_as_long(times), sessions=sessions, events=ledger.events,
                engine_us=1e6 * engine_s / sessions, twin_us=1e6 * twin_s / sessions,
            )  # fmt: skip

    def _evses(self) -> Iterator[Row]:
        found = growth.crowded(self._own.sessions, self._own.rounds)
        yield measured("evses", found["ratio"], **found)

    def _national(self) -> Iterator[Row]:
        own = self._own.national
        found = apart("country.national", own=own.model_dump(), rounds=own.rounds)
        yield measured("national_cost", found["ratio"], **found)
        yield measured("national_memory", found["peak_gb"], "memory", **found)
        yield measured("national_time", found["seconds"], "time", **found)

    def _week(self) -> Iterator[Row]:
        own = self._own.week
        found = apart("country.week", own=own.model_dump(), rounds=own.rounds)
        yield measured("week_memory", found["peak_gb"], **found)

    def _tick(self) -> Iterator[Row]:
        found = replication.tick(self._scenario, self._own.rounds, self._own.every)
        yield measured("tick", found["ratio"] - 1.0, **found)

    def _replication(self) -> Iterator[Row]:
        found = replication.parts(self._scenario, self._own.rounds)
        yield measured("replication", found["ratio"], **found)

    def _compile(self) -> Iterator[Row]:
        with tempfile.TemporaryDirectory() as folder:
            kept = {"PEAKCHARGE_CACHE": folder}
            first, again = (apart("country.first", kept)["whole_s"] for _ in range(2))
        yield measured("compile", first, first_s=first, again_s=again)

    def _workers(self) -> Iterator[Row]:
        found = workers.gains(self._scenario, self._own.replications, self._progress)
        yield measured("workers", found["ratio"], **found)

    def _pool(self) -> Iterator[Row]:
        own = self._own.pool.model_dump()
        found = apart("pool.swept", own=own)
        yield measured("pool_rate", found["ratio"], **found)
        found = apart("pool.dispatched", own=own)
        yield measured("pool_dispatch", found["lost"], "dispatch", **found)
        found = apart("pool.sent", own=own)
        yield measured("pool_memory", found["ratio"], "client", **found)

    def _peers(self) -> Iterator[Row]:
        for peer in (key for key, target in TARGETS.items() if target.part == "peers"):
            if not peers.is_installed(peer):
                yield skipped(peer, "not_installed", package=peer)
                continue
            found = peers.measured(peer, self._own.peer_customers, self._own.rounds)
            yield measured(peer, found["ratio"], **found)

    def _acn(self) -> Iterator[Row]:
        if not peers.is_installed("acnportal"):
            yield skipped("acn", "not_installed", package="acnportal")
            return
        found = acn.measured(50 if self._own.quick else acn.SESSIONS, self._own.rounds)
        yield measured("acn", found["ratio"], **found)

    def _port(self) -> Iterator[Row]:
        found = port.measured(self._scenario, self._own.rounds, self._own.quick)
        yield measured("port", found["seconds"], **found)


def reference() -> Callable[..., Any]:
    """The twin: that of this checkout, whatever else is installed under the name of its folder."""
    if not (ROOT / "tests" / "reference" / "twin.py").is_file():
        raise InputError(
            "experiment=speed compares with the plain SimPy twin in tests/reference: run it from a "
            "checkout of the repository, or without `twin` in `speed.parts`"
        )
    sys.path.insert(0, str(ROOT))
    twin: Callable[..., Any] = importlib.import_module("tests.reference.twin").run
    return twin
