"""Time by kind of event, from runs that differ by events of one kind.

Nothing looks into the kernel while it runs.  Arrival, end and unplugging of a session come in
threes, and no run has one without the others: they are one kind here.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from experiments.speed.cases import stations_only
from experiments.speed.rounds import interleaved, medians
from sim.clock import ns
from sim.engine import simulate
from sim.model import Model, Station

STATIONS, EVSES, MORE_STEPS = 10, 10, 50
Case = tuple[Model, np.ndarray]


def measured(sessions: int, rounds: int) -> dict[str, Any]:
    """Microseconds of an event of each kind, and its share of the time of sessions alone."""
    usual = stations_only(STATIONS, EVSES, sessions)
    finer = stations_only(STATIONS, EVSES, sessions, MORE_STEPS)
    away, impatient = (nobody_served(usual, sessions, joins) for joins in (False, True))
    runs = [usual, finer, away, impatient]
    events = [simulate(*case).events for case in runs]
    times = medians(interleaved(*((lambda case=case: simulate(*case)) for case in runs),
                                rounds=rounds))  # fmt: skip
    power_s = (times[1] - times[0]) / (events[1] - events[0])
    changes = events[0] - 3 * sessions
    turned_s, gives_up_s = ((took - times[0]) / sessions for took in times[2:])
    each = {
        "power": power_s, "session": (times[0] - changes * power_s) / sessions,
        "turned_away": turned_s, "gives_up": gives_up_s,
    }  # fmt: skip
    counts = {"power": changes, "session": sessions}
    return {
        "each_us": {kind: 1e6 * own for kind, own in each.items()},
        "share": {kind: count * each[kind] / times[0] for kind, count in counts.items()},
        "count": counts, "sessions": sessions,
    }  # fmt: skip


def nobody_served(usual: Case, more: int, joins: bool) -> Case:
    """The same and a station without power, where the first EV stays at the only EVSE: the others
    turn away, or join the line and give up."""
    model, evs = usual
    first = model.stations[0]
    dead = replace(first, name="dead", cap_kw=0.0, cabinets=(_one(first),))
    end_h = float(evs["entry_ns"].max()) / ns(1.0)
    there = evs[np.arange(more) % len(evs)]
    there["place"] = len(model.stations)
    there["balk_per_evse"] = np.inf if joins else 0.0
    there["patience_ns"] = ns(0.1)
    wider = Model((*model.stations, dead), model.vehicles, horizon_h=end_h + 24.0)
    return wider, np.concatenate([evs, there])


def _one(station: Station) -> Any:
    return replace(station.cabinets[0], evses=station.evses[:1])
