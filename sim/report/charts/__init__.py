"""The forms of our figures, each once.  A chart returns a `Figure`; all its texts come in said.

    say = Words("zh", folder)
    charts.forest(say, names, [charts.Marks("", changes)], charts.Axis(say("axis"), "min"),
                  title=say("levers"), is_change=True)

Values are estimates or plain numbers in the unit of the answer (shares [0-1], kW, CNY); the unit of
an `Axis` scales them and says so.
"""

from sim.report.charts.along import Stop, along, wait_key
from sim.report.charts.bars import Bars, bars, histogram
from sim.report.charts.curve import Dots, Line, by_hour, curve, scatter
from sim.report.charts.days import days
from sim.report.charts.forest import Marks, forest, spread, table
from sim.report.charts.frame import (
    BAND,
    BLUE,
    BLUE_BAND,
    BLUES,
    FAINT,
    FAINTEST,
    INK,
    MUTED,
    RUST,
    RUSTS,
    Axis,
    halves,
    inert,
)
from sim.report.charts.gantt import Step, gantt
from sim.report.charts.geography import Place, Spot, map_of
from sim.report.charts.matrix import FAILS, FLAGS, Shares, grid, matrix
from sim.report.charts.queues import EDGES as QUEUES
from sim.report.charts.queues import Day, queue_key, queue_map
from sim.report.charts.station import Span

__all__ = [
    "BAND", "BLUE", "BLUES", "BLUE_BAND", "FAILS", "FAINT", "FAINTEST", "FLAGS", "INK", "MUTED",
    "QUEUES", "RUST", "RUSTS", "Axis", "Bars", "Day", "Dots", "Line", "Marks", "Place", "Shares",
    "Span", "Spot", "Step", "Stop", "along", "bars", "by_hour", "curve", "days", "forest", "gantt",
    "grid", "halves", "histogram", "inert", "map_of", "matrix", "queue_key", "queue_map", "scatter",
    "spread", "table", "wait_key",
]  # fmt: skip
