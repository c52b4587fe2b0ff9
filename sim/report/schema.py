"""How an answer is shown."""

from typing import Annotated, Literal

from sim.config import limits
from sim.config.section import Section, Threshold
from sim.config.table import number


class ReportSection(Section):
    """`lang`: None is the language of the terminal; `only`: no more than the page, from the answer
    that is there; `pdf`: print it, too."""

    utilization_threshold: Threshold
    worst: Annotated[int, number(limits.EVSES)]
    lang: Literal["en", "zh"] | None = None
    only: bool = False
    pdf: bool = False
