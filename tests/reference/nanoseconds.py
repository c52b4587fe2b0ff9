"""Time as the twin counts it: whole nanoseconds from the start of the run, as Python's ints.

Hours are what people give and see.  They are read once and written once; in between nothing is
rounded but a computed time, once, so that comparisons are exact.
"""

HOUR = 3_600_000_000_000
DAY = 24 * HOUR
NEVER = 2**62  # what would be then or later does not happen


def ns(h: float) -> int:
    """Hours as given, to the nearest nanosecond."""
    return nearest(h * HOUR)


def nearest(time: float) -> int:
    """A computed time [ns] as a whole number: half to even."""
    return round(time) if time < NEVER else NEVER


def hours(time: float) -> float:
    return time / HOUR
