"""Failures of EVSEs and their repairs, for cars and trucks alike."""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.lifecycle import Change as Kind
from sim.model import Change
from sim.stations.schema import Failures
from sim.stats.streams import streams


def changes(
    name: str, station: int, opens_h: Sequence[float], failures: Failures, horizon_h: float,
    seed: int, replication: int,
) -> Iterator[Change]:  # fmt: skip
    """What happens to the EVSEs of the station of that name and number; `opens_h` tells from when
    on each of them is there.  Every EVSE has a stream of its own."""
    names = (f"{name}#{evse}" for evse in range(len(opens_h)))
    rngs = streams(seed, replication, "failure", names)
    for evse, (rng, opens) in enumerate(zip(rngs, opens_h, strict=True)):
        for time, up in outages(rng, failures, horizon_h, opens):
            yield Change(time, station, Kind.EVSE_UP if up else Kind.EVSE_DOWN, evse)


def outages(
    rng: np.random.Generator, failures: Failures, horizon_h: float, opens_h: float = 0.0
) -> Iterator[tuple[float, bool]]:
    """When an EVSE fails and is up again; up and down times alternate from a steady start.

    One that comes later than the run begins is up when it comes.
    """
    steady = failures.mtbf_h / (failures.mtbf_h + failures.mttr_h)
    up = rng.random() < steady or opens_h > 0.0
    time = opens_h
    if not up:
        yield time, up
    while True:
        time += rng.exponential(failures.mtbf_h if up else failures.mttr_h)
        if time >= horizon_h:
            return
        up = not up
        yield time, up
