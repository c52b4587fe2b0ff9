"""One row of the result: an EV at a station, from its arrival to its leaving."""

from dataclasses import dataclass
from math import nan
from typing import Any

from sim.lifecycle import Outcome

ROW = (
    "ev", "station", "slot", "vehicle", "arrival_h", "plug_h", "charge_end_h", "unplug_h",
    "leave_h", "wait_h", "charge_h", "occupied_h", "arrival_kwh", "leave_kwh", "need_kwh",
    "outcome", "rerouted_from", "cuts",
)  # fmt: skip


@dataclass
class Visit:
    """A row, and since when what is going on now has been going on (None: it is not)."""

    ev: int
    station: int
    vehicle: int
    arrival_h: float
    arrival_kwh: float
    need_kwh: float
    rerouted_from: int = -1
    slot: int = -1
    plug_h: float = nan
    charge_end_h: float = nan
    unplug_h: float = nan
    leave_h: float = nan
    wait_h: float = 0.0
    charge_h: float = 0.0
    occupied_h: float = 0.0
    leave_kwh: float = nan
    outcome: Outcome = Outcome.IN_SYSTEM_AT_END
    cuts: int = 0

    def __post_init__(self) -> None:
        self.in_line_since: float | None = None
        self.plugged_since: float | None = None
        self.charging_since: float | None = None

    def line(self, h: float) -> None:
        self.in_line_since = h

    def leave_line(self, h: float) -> None:
        self.wait_h += h - self.in_line_since
        self.in_line_since = None

    def plug(self, h: float, slot: int) -> None:
        self.plug_h = h if self.slot < 0 else self.plug_h
        self.slot, self.plugged_since, self.unplug_h = slot, h, nan

    def power_on(self, h: float) -> None:
        self.charging_since = h

    def power_off(self, h: float) -> None:
        self.charge_h += h - self.charging_since
        self.charging_since, self.charge_end_h = None, h

    def unplug(self, h: float) -> None:
        self.occupied_h += h - self.plugged_since
        self.plugged_since, self.unplug_h = None, h

    def leave(self, h: float, kwh: float, outcome: Outcome) -> None:
        self.leave_h, self.leave_kwh, self.outcome = h, kwh, outcome

    def break_off(self, h: float, kwh: float) -> None:
        """The run ends at `h` with this visit still open."""
        self.leave_kwh = kwh
        if self.in_line_since is not None:
            self.wait_h += h - self.in_line_since
        if self.plugged_since is not None:
            self.occupied_h += h - self.plugged_since
        if self.charging_since is not None:
            self.charge_h += h - self.charging_since

    @property
    def open(self) -> bool:
        return self.outcome == Outcome.IN_SYSTEM_AT_END

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ROW}
