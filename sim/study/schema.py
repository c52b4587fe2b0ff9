"""How replications are drawn, how many of them there are, and who runs them."""

from typing import Annotated, Literal

from sim.config import limits
from sim.config.section import Section
from sim.config.table import Text, number

Replications = Annotated[int, number(limits.REPLICATIONS)]


class EngineSection(Section):
    seed: int
    replications: Replications
    half_width: Annotated[float, number(limits.HALF_WIDTH)] | None
    most_replications: Replications
    most_memory: Annotated[float, number(limits.MEMORY_GB)] = 16.0
    workers: Annotated[int, number(limits.WORKERS)]
    bin_min: Literal[5, 60]
    curve_tolerance: Annotated[float, number(limits.TOLERANCE)]
    uncertainty: Literal["none", "layouts", "posterior"] = "none"
    posterior: Text = "calibration/posterior.csv"
