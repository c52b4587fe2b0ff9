"""Integrals of what a station does, per bin of time."""

from collections import defaultdict
from dataclasses import dataclass

FIELDS = (
    "queue_h", "occupied_h", "charging_h", "energy_kwh", "curtailed_kwh", "queue_max",
    "power_max_kw", "arrivals", "balked", "reneged", "rerouted",
)  # fmt: skip


@dataclass(frozen=True)
class State:
    """What holds at a station from one event to the next."""

    queue: int = 0
    occupied: int = 0
    charging: int = 0  # EVSEs that give more than 0 kW
    kw: float = 0.0
    wanted_kw: float = 0.0


class Tally:
    """One station's integrals, maxima and counts: `bins[n][field]`, made when needed."""

    def __init__(self, bin_h: float) -> None:
        self.bin_h = bin_h
        self.bins: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FIELDS, 0.0))
        self.since_h, self.state = 0.0, State()

    def count(self, what: str, h: float) -> None:
        self.bins[int(h / self.bin_h)][what] += 1.0

    def change(self, h: float, state: State) -> None:
        """The station was in its last state until `h`, and is in `state` from then on."""
        if h > self.since_h:
            self._integrate(self.since_h, h, self.state)
        self.since_h, self.state = h, state

    def _integrate(self, begin_h: float, end_h: float, state: State) -> None:
        n = int(begin_h / self.bin_h)
        while begin_h < end_h:
            until_h = min(end_h, (n + 1) * self.bin_h)
            if until_h > begin_h:
                self._add(self.bins[n], until_h - begin_h, state)
                begin_h = until_h
            n += 1

    @staticmethod
    def _add(row: dict[str, float], hours: float, state: State) -> None:
        row["queue_h"] += state.queue * hours
        row["occupied_h"] += state.occupied * hours
        row["charging_h"] += state.charging * hours
        row["energy_kwh"] += state.kw * hours
        row["curtailed_kwh"] += (state.wanted_kw - state.kw) * hours
        row["queue_max"] = max(row["queue_max"], state.queue)
        row["power_max_kw"] = max(row["power_max_kw"], state.kw)
