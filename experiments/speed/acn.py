"""A car park in ACN-Sim and in the engine: EVSEs under one cap, served in order of arrival.

ACN-Sim goes from step to step and holds every power through one.  The same park in shorter steps
comes closer to what the engine finds, which has none.
"""

import sys
import warnings
from datetime import datetime
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from experiments.speed.rounds import seconds
from sim.clock import MINUTE, NEVER
from sim.engine import simulate
from sim.evs import make_evs
from sim.lifecycle import Sharing
from sim.model import Cabinet, Evse, Model, Station, Vehicle

EVSES, SESSIONS, STEP_MIN = 50, 1000, 5
VOLTS, AMPS, CAP_AMPS = 240.0, 32.0, 500.0  # half of the EVSEs' sum is not asked for at once
BATTERY_KWH = 100.0  # never full
FINER = 5  # steps as many times shorter
LEAST_MIN, MOST_MIN, EVERY_MIN = 240, 600, 15  # an EV stays so long; one comes so often


class Stays(NamedTuple):
    """Who is where, and what they need [session]."""

    arrival_min: np.ndarray
    departure_min: np.ndarray
    evse: np.ndarray
    need_kwh: np.ndarray


def stays(sessions: int = SESSIONS) -> Stays:
    """They come and go at whole steps, no two at once, each to the first free EVSE."""
    rng = np.random.default_rng(4)
    every = EVERY_MIN // STEP_MIN
    arrival = np.sort(rng.choice(every * sessions, sessions, replace=False))
    stay = rng.integers(LEAST_MIN // STEP_MIN, MOST_MIN // STEP_MIN, sessions)
    free_at = np.zeros(EVSES, np.int64)
    evse = np.zeros(sessions, np.int64)
    for n in range(sessions):
        evse[n] = np.flatnonzero(free_at <= arrival[n])[0]
        free_at[evse[n]] = arrival[n] + stay[n]
    need_kwh = rng.uniform(5.0, 40.0, sessions)
    return Stays(STEP_MIN * arrival, STEP_MIN * (arrival + stay), evse, need_kwh)


def park(own: Stays) -> tuple[Model, np.ndarray]:
    """The same for the engine."""
    kw = VOLTS / 1000.0
    cabinet = Cabinet((Evse(AMPS * kw),) * EVSES)
    station = Station("park", (cabinet,), cap_kw=CAP_AMPS * kw, sharing=Sharing.FCFS)
    evs = make_evs(len(own.need_kwh), target_kwh=own.need_kwh)
    evs["entry_ns"] = own.arrival_min * MINUTE
    evs["deadline_ns"] = own.departure_min * MINUTE
    evs["overstay_ns"] = NEVER
    return Model((station,), (Vehicle("ev", BATTERY_KWH, ((1.0, AMPS * kw),)),)), evs


def acn(own: Stays, step_min: int) -> Any:
    """ACN-Sim's simulator of the stays."""
    # What came with setuptools until its version 82 is asked for one version number only, and that
    # when a simulator is written to a file.
    if "pkg_resources" not in sys.modules and find_spec("pkg_resources") is None:
        sys.modules["pkg_resources"] = ModuleType("pkg_resources")
    from acnportal import acnsim
    from acnportal.algorithms import SortedSchedulingAlgo, first_come_first_served

    network = acnsim.ChargingNetwork()
    names = [f"E{n:02}" for n in range(EVSES)]
    for name in names:
        network.register_evse(acnsim.EVSE(name, max_rate=AMPS), VOLTS, 0)
    network.add_constraint(acnsim.Current(names), CAP_AMPS, name="cap")
    plugs = [
        acnsim.PluginEvent(
            int(arrival),
            acnsim.EV(
                int(arrival), int(departure), need, names[evse], str(n),
                acnsim.Battery(BATTERY_KWH, 0.0, AMPS * VOLTS / 1000.0),
            ),
        )
        for n, (arrival, departure, evse, need) in enumerate(
            zip(own.arrival_min // step_min, own.departure_min // step_min, own.evse,
                own.need_kwh.tolist(), strict=True)
        )
    ]  # fmt: skip
    return acnsim.Simulator(
        network, SortedSchedulingAlgo(first_come_first_served), acnsim.EventQueue(plugs),
        datetime(2026, 1, 1), period=step_min, verbose=False,
    )  # fmt: skip


def delivered(simulator: Any) -> np.ndarray:
    """kWh of each session."""
    evs = simulator.ev_history
    return np.array([evs[str(n)].energy_delivered for n in range(len(evs))])


def measured(sessions: int, rounds: int) -> dict[str, Any]:
    """How many sessions a second of the engine for one of ACN-Sim, and by how much the energies of
    sessions differ, with its step and with a shorter one."""
    own = stays(sessions)
    model, evs = park(own)
    ledger = simulate(model, evs)
    ours = ledger.energy_kwh[np.argsort(ledger.visits["ev"])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = acn(own, STEP_MIN)
        theirs_s = seconds(theirs.run)
        finer = acn(own, STEP_MIN // FINER)
        finer.run()
    engine_s = float(np.median([seconds(lambda: simulate(model, evs)) for _ in range(rounds)]))
    return {
        "ratio": theirs_s / engine_s, "sessions": sessions, "engine_s": engine_s,
        "peer_s": theirs_s, "off_kwh": float(np.abs(delivered(theirs) - ours).max()),
        "finer_off_kwh": float(np.abs(delivered(finer) - ours).max()),
        "energy_kwh": float(ours.sum()), "need_kwh": float(own.need_kwh.sum()),
    }  # fmt: skip
