"""Days differ: what the ways of a day are multiplied by, common to a region and by zone.

Both factors are gamma of mean 1, each from streams of its own; given them, everything is as a diary
says.  Whoever charges at home has none: Norwegian homes are Poisson, public sites are not.
"""

import numpy as np

from sim.region.region import Region
from sim.stats.streams import stream, uniforms
from sim.stats.variation import gamma


def levels(region: Region, seed: int, replication: int) -> np.ndarray:
    """The product of both factors, [zone, day]."""
    living = region.section.living
    common = [
        stream(seed, replication, "region day", str(day)).random() for day in range(living.days)
    ]
    names = region.zones.names
    u = uniforms(seed, replication, "region zone day", [(name, living.days) for name in names])
    found: np.ndarray = gamma(common, living.day_cv) * gamma(
        u.reshape(len(names), living.days), living.zone_day_cv
    )
    return found
