"""One row of the result: an EV at a station, from its arrival to its leaving."""

from dataclasses import dataclass
from math import nan
from typing import Any

from sim.lifecycle import Outcome
from tests.reference.nanoseconds import hours

ROW = (
    "ev", "station", "vehicle", "slot", "partner", "arrival_h", "plug_h", "charge_end_h",
    "unplug_h", "leave_h", "wait_h", "charge_h", "occupied_h", "arrival_kwh", "leave_kwh",
    "need_kwh", "aux_kwh", "fuel_kwh", "evse_h", "outcome", "rerouted_from", "cuts",
)  # fmt: skip


@dataclass
class Visit:
    """A row in nanoseconds (None: it never happened), and since when what is going on now has
    been going on (None: it is not)."""

    ev: int
    station: int
    vehicle: int
    arrival_ns: int
    arrival_kwh: float
    need_kwh: float
    rerouted_from: int = -1
    slot: int = -1  # of its last stay; and the second one of two guns
    partner: int = -1
    plug_ns: int | None = None
    charge_end_ns: int | None = None
    unplug_ns: int | None = None
    leave_ns: int | None = None
    wait_ns: int = 0
    charge_ns: int = 0
    occupied_ns: int = 0
    evse_ns: int = 0
    leave_kwh: float = nan
    aux_kwh: float = 0.0
    fuel_kwh: float = 0.0  # driven on fuel since the visit before, or since it entered
    outcome: Outcome = Outcome.IN_SYSTEM_AT_END
    cuts: int = 0
    fee_cny: float = 0.0
    stay: int = -1  # of its diary
    hop: int = -1  # stations tried before it, out to charge

    def __post_init__(self) -> None:
        self.gained_kwh = 0.0  # in sessions
        self.guns = 0  # EVSEs it occupies, while plugged in
        self.in_line_since: int | None = None
        self.plugged_since: int | None = None
        self.charging_since: int | None = None

    def line(self, now_ns: int) -> None:
        self.in_line_since = now_ns

    def leave_line(self, now_ns: int) -> int:
        """Answers how long it was in line this time."""
        waited_ns, self.in_line_since = now_ns - self.in_line_since, None
        self.wait_ns += waited_ns
        return waited_ns

    def plug(self, now_ns: int, slot: int, guns: int, partner: int = -1) -> None:
        self.plug_ns = now_ns if self.slot < 0 else self.plug_ns
        self.slot, self.partner, self.guns, self.plugged_since = slot, partner, guns, now_ns
        self.charge_end_ns, self.unplug_ns = None, None  # those of an earlier stay are over

    def power_on(self, now_ns: int) -> None:
        self.charging_since = now_ns

    def power_off(self, now_ns: int, gained_kwh: float) -> None:
        self.gained_kwh += gained_kwh
        self.charge_ns += now_ns - self.charging_since
        self.charging_since, self.charge_end_ns = None, now_ns

    def unplug(self, now_ns: int) -> None:
        self._occupy(now_ns)
        self.plugged_since, self.unplug_ns = None, now_ns

    def leave(self, now_ns: int, kwh: float, outcome: Outcome) -> None:
        self.leave_ns, self.leave_kwh, self.outcome = now_ns, kwh, outcome

    def break_off(self, end_ns: int, kwh: float) -> None:
        """The run ends with this visit still open, and not in line."""
        self.leave_kwh = kwh
        if self.plugged_since is not None:
            self._occupy(end_ns)
        if self.charging_since is not None:
            self.charge_ns += end_ns - self.charging_since

    def _occupy(self, until_ns: int) -> None:
        span_ns = until_ns - self.plugged_since
        self.occupied_ns += span_ns
        self.evse_ns += self.guns * span_ns

    @property
    def open(self) -> bool:
        return self.outcome == Outcome.IN_SYSTEM_AT_END

    def row(self) -> dict[str, Any]:
        return {name: self._seen(name) for name in ROW}

    def _seen(self, name: str) -> Any:
        """A field as people see it: times in hours, nan for what never happened."""
        if not name.endswith("_h"):
            return getattr(self, name)
        time_ns = getattr(self, name.removesuffix("_h") + "_ns")
        return nan if time_ns is None else hours(time_ns)
