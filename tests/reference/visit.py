"""One row of the result: an EV at a station, from its arrival to its leaving."""

from dataclasses import dataclass
from math import nan
from typing import Any

from sim.lifecycle import Outcome

ROW = (
    "ev", "station", "slot", "vehicle", "arrival_h", "plug_h", "charge_end_h", "unplug_h",
    "leave_h", "wait_h", "charge_h", "occupied_h", "arrival_kwh", "leave_kwh", "need_kwh",
    "aux_kwh", "evse_h", "outcome", "rerouted_from", "cuts",
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
    evse_h: float = 0.0
    leave_kwh: float = nan
    aux_kwh: float = 0.0
    outcome: Outcome = Outcome.IN_SYSTEM_AT_END
    cuts: int = 0

    def __post_init__(self) -> None:
        self.gained_kwh = 0.0  # in sessions
        self.guns = 0  # EVSEs it occupies, while plugged in
        self.in_line_since: float | None = None
        self.plugged_since: float | None = None
        self.charging_since: float | None = None

    def line(self, h: float) -> None:
        self.in_line_since = h

    def leave_line(self, h: float) -> float:
        """Answers how long it was in line this time."""
        hours, self.in_line_since = h - self.in_line_since, None
        self.wait_h += hours
        return hours

    def plug(self, h: float, slot: int, guns: int) -> None:
        self.plug_h = h if self.slot < 0 else self.plug_h
        self.slot, self.guns, self.plugged_since, self.unplug_h = slot, guns, h, nan

    def power_on(self, h: float) -> None:
        self.charging_since = h

    def power_off(self, h: float, gained_kwh: float) -> None:
        self.gained_kwh += gained_kwh
        self.charge_h += h - self.charging_since
        self.charging_since, self.charge_end_h = None, h

    def unplug(self, h: float) -> None:
        self._occupy(h)
        self.plugged_since, self.unplug_h = None, h

    def leave(self, h: float, kwh: float, outcome: Outcome) -> None:
        self.leave_h, self.leave_kwh, self.outcome = h, kwh, outcome

    def break_off(self, h: float, kwh: float) -> None:
        """The run ends at `h` with this visit still open, and not in line."""
        self.leave_kwh = kwh
        if self.plugged_since is not None:
            self._occupy(h)
        if self.charging_since is not None:
            self.charge_h += h - self.charging_since

    def _occupy(self, until_h: float) -> None:
        hours = until_h - self.plugged_since
        self.occupied_h += hours
        self.evse_h += self.guns * hours

    @property
    def open(self) -> bool:
        return self.outcome == Outcome.IN_SYSTEM_AT_END

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ROW}
