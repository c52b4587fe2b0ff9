"""Where what was recorded lies among its simulated ones."""

from collections.abc import Sequence

import numpy as np

from sim.report import charts
from sim.report.blocks import Figure
from sim.report.language import Words


def among(say: Words, key: str, counts: Sequence[int]) -> Figure:
    """A histogram of shares of simulated ones that are less, in as many bins as there are counts,
    with what is expected in each; `key`: of its messages."""
    edges = np.linspace(0.0, 1.0, len(counts) + 1).tolist()
    ticks = [(share, say.number(share, "0%")) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    x = charts.Axis(say(f"{key}.axis"), "%", 0.0, 1.0, ticks=ticks)
    even = sum(counts) / len(counts)
    return charts.histogram(
        say, edges, counts, x, charts.Axis(say(f"{key}.counted"), from_zero=True),
        title=say(f"{key}.title"), line=(even, say("days.expected")),
        alt=say(f"{key}.alt", counts=list(counts), even=even),
    )  # fmt: skip
