"""How an answer is shown."""

from typing import Annotated

from sim.config import limits
from sim.config.section import Section, Threshold
from sim.config.table import number


class ReportSection(Section):
    utilization_threshold: Threshold
    worst: Annotated[int, number(limits.EVSES)]
