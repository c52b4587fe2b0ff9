"""The kept posterior of corridors: `calibration/trucks_posterior.csv`."""

from collections.abc import Mapping
from typing import ClassVar

from sim.freight.inputs import INPUTS
from sim.stats.inputs import Input
from sim.study.points import Points


class Posterior(Points):
    """Points that agree with what is reported of truck stations."""

    known: ClassVar[Mapping[str, Input]] = INPUTS
    maker = "calibrate_trucks"
    stem = "trucks_posterior"
