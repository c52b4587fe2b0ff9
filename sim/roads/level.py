"""The level of the traffic, which is known only so well: a figure that grows with it is predicted
that much less surely than a simulation has it, whose level is that of its config.
"""

import numpy as np

from sim.stats.streams import stream

OF = ("sessions_per_evse_day", "kwh_per_evse_day")  # grow with the level


def factors(metric: str, points: int, sd: float, seed: int) -> np.ndarray:
    """What a figure of each point is multiplied by: one draw of the level each, of mean 1 and
    standard deviation `sd`, if it grows with the level; else 1."""
    if metric not in OF:
        return np.ones(points)
    z = stream(seed, 0, "calibrate", "level").standard_normal(points)
    return np.maximum(0.0, 1.0 + sd * z)
