"""What makes sense: the least and the greatest of every kind of number, in one table.

Tables, configs and imports all ask here, so what an import writes a replay accepts.  What lies
outside is a slip of units (W or MW for kW, minutes for hours), or would cost time and memory that
no question is worth.
"""

from typing import NamedTuple


class Limits(NamedTuple):
    """From `least` to `most`, both allowed, in `unit`."""

    least: float
    most: float
    unit: str = ""

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.least <= value <= self.most

    def __str__(self) -> str:
        return f"from {self.least:,.9g} to {self.most:,.9g}{self.unit and f' {self.unit}'}"


EVSES = Limits(1, 10_000)  # of a station
EVSE_KW = Limits(0.1, 5_000.0, "kW")  # of an EVSE, an EV, a module; with less it takes years
SITE_KW = Limits(0.1, 1_000_000.0, "kW")  # of a cabinet or a station
EFFICIENCY = Limits(0.1, 1.0)
SOC = Limits(0.0, 1.0)
ENERGY_KWH = Limits(0.0, 10_000.0, "kWh")  # that one visit needs
BATTERY_KWH = Limits(0.1, 10_000.0, "kWh")
STAY_MIN = Limits(0.0, 100_000.0, "minutes")  # ten weeks
CLOCK_H = Limits(0.0, 1_200_000.0, "hours")  # since 1970 (until 2106), or whatever hour 0 is
CLOCK_MIN = Limits(0.0, 60.0 * CLOCK_H.most, "minutes")
WAY_KM = Limits(0.0, 20_000.0, "km")
