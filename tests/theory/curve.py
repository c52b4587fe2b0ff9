"""Hours on a charging curve at full power, in closed form."""

from collections.abc import Sequence
from itertools import pairwise
from math import log


def taper_hours(kwh: float, kw: float, soc0: float, soc1: float, knee: float) -> float:
    """A battery of `kwh` takes `kw` up to SOC `knee`, then kw (1 - soc) / (1 - knee).

    Hours from soc0 to soc1 < 1: kwh (knee - soc0) / kw, and above the knee
    kwh (1 - knee) / kw ln((1 - begin) / (1 - soc1)).
    """
    flat = max(0.0, min(soc1, knee) - soc0)
    begin = max(soc0, knee)
    tail = (1.0 - knee) * log((1.0 - begin) / (1.0 - soc1)) if soc1 > begin else 0.0
    return kwh / kw * (flat + tail)


def curve_hours(
    kwh: float, knots: Sequence[tuple[float, float]], soc0: float, soc1: float
) -> float:
    """Hours from soc0 to soc1 on an acceptance curve, piecewise linear through (soc, kw) knots.

    A piece from power a to b takes its energy over the logarithmic mean (b - a) / ln(b / a).
    """
    hours = 0.0
    for (s0, k0), (s1, k1) in pairwise(knots):
        begin, end = max(s0, soc0), min(s1, soc1)
        if end <= begin:
            continue
        a = k0 + (k1 - k0) * (begin - s0) / (s1 - s0)
        b = k0 + (k1 - k0) * (end - s0) / (s1 - s0)
        hours += kwh * (end - begin) * (1.0 / a if a == b else log(b / a) / (b - a))
    return hours
