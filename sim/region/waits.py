"""What drivers who see no lines expect to wait: what they have learnt, by station and hour.

They reckon as those do who see the line (`kernels.journey.live_wait_h`), with the mean of what
could be seen in an hour of the day, on workdays and at weekends.  It is found by successive
averages: a week is run in which they expect something, what was to be seen in it is averaged with
that, and so on, until it moves no more.
"""

from collections.abc import Callable

import numpy as np

from sim.ledger import Ledger
from sim.metrics import full_hours, hourly
from sim.region.week import day_kind
from sim.tariff import WEEK

DAYS = 7


def seen(ledger: Ledger, days: range, public: int) -> np.ndarray:
    """Waits [station, hour of the week] that could be seen on these days, in the mean over days of
    a kind; of own chargers none."""
    stations = ledger.model.stations[:public]
    service_h = np.array([own.service_h / len(own.evses) for own in stations])
    slots = np.flatnonzero(ledger.model.arrays.slots["station"] < public)
    line = hourly(ledger, "queue_h")[:public] + full_hours(ledger, slots)[:public]
    wait_h = (line * service_h[:, None]).reshape(public, -1, 24)
    found = np.zeros((len(ledger.model.stations), WEEK // 24, 24))
    for day in range(DAYS):
        alike = [own for own in days if day_kind(own) == day_kind(day)]
        if alike:
            found[:public, day] = wait_h[:, alike].mean(axis=1)
    return found.reshape(len(found), WEEK)


def learnt(
    run: Callable[[np.ndarray], np.ndarray], first: np.ndarray, rounds: int, some: np.ndarray
) -> tuple[np.ndarray, list[float]]:
    """What is expected after so many rounds, and by how much what was seen in each round differed
    from what had been expected, in the mean over hours and `some` of the stations [min].

    run : what is seen where that is expected, both [station, hour].
    """
    expected, off = first, []
    for k in range(rounds):
        found = run(expected)
        off.append(float(np.abs(found - expected)[some].mean()) * 60.0)
        expected = expected + (found - expected) / (k + 1)
    return expected, off
