"""The kept posterior of roads, drivers and stations: `calibration/posterior.csv`."""

from collections.abc import Mapping
from typing import ClassVar

from sim.roads.inputs import ALL
from sim.stats.inputs import Input
from sim.study.points import Points


class Posterior(Points):
    """Points that agree with what was observed of roads."""

    known: ClassVar[Mapping[str, Input]] = ALL
    maker = "calibrate"
    stem = "posterior"
