"""A made town of chargers, whose drivers choose by a rule that is known.

Written as a loop over arrivals that shares nothing with the engine.
"""

from datetime import datetime

import numpy as np

from experiments.validate.city.records import City, Spans
from experiments.validate.city.settings import CitySection

SATURDAY = datetime(2020, 2, 8)
SETTINGS = CitySection(
    zone_km=0.5, around_km=0.05, known=4, walk_km=1.0, detour=1.0, walk_kmh=4.5, drive_kmh=20.0,
    informed_share=0.5,
)  # fmt: skip
PEAKED = np.array([0.1] * 8 + [3.0, 4.0, 3.0] + [0.3] * 6 + [3.0, 3.0] + [0.2] * 5)


def town(
    seed: int, tries: int, per_day: float = 60.0, hot: float = 5.0, days: int = 18,
    profile: np.ndarray = PEAKED, quarters: int = 3,
) -> City:  # fmt: skip
    """Pairs of places 0.6 km apart, of two sites with two chargers each; one of a pair draws `hot`
    times as many.  Who finds a site full goes on to the next nearest, `tries` sites in all, and is
    lost then.  Stays are gamma of 2 h on average.
    """
    rng = np.random.default_rng(seed)
    at = np.array([
        (10.0 * quarter + 0.6 * place, 0.2 * site)
        for quarter in range(quarters) for place in range(2) for site in range(2)
    ])  # fmt: skip
    order = np.argsort(np.hypot(*(at[:, None] - at).T), axis=1, kind="stable")
    pull = np.tile([hot, hot, 1.0, 1.0], quarters)
    rate = per_day * quarters * profile / profile.sum()
    hour = np.repeat(np.arange(24 * days), rng.poisson(np.tile(rate, days)))
    free = np.zeros((len(at), 2))
    found = []
    for time in np.sort(hour + rng.random(len(hour))):
        wanted = rng.choice(len(at), p=pull / pull.sum())
        for site in order[wanted][:tries]:
            charger = int(free[site].argmin())
            if free[site, charger] <= time:
                end = time + rng.gamma(4.0, 0.5)
                free[site, charger] = end
                found.append((site, time, end))
                break
    site, begin_h, end_h = np.array(found).T
    spans = Spans(site.astype(int), begin_h, end_h)
    return City(at, np.full(len(at), 2), spans, SATURDAY, days)
