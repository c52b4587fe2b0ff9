"""Integrals of what a station does, per bin of time."""

from collections import defaultdict
from dataclasses import dataclass

from tests.reference.nanoseconds import hours

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

    def __init__(self, bin_ns: int) -> None:
        self.bin_ns = bin_ns
        self.bins: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(FIELDS, 0.0))
        self.since_ns, self.state = 0, State()

    def count(self, what: str, now_ns: int) -> None:
        self.bins[now_ns // self.bin_ns][what] += 1.0

    def change(self, now_ns: int, state: State) -> None:
        """The station was in its last state until now, and is in `state` from now on."""
        self._integrate(self.since_ns, now_ns, self.state)
        self.since_ns, self.state = now_ns, state

    def _integrate(self, begin_ns: int, end_ns: int, state: State) -> None:
        while begin_ns < end_ns:
            n = begin_ns // self.bin_ns
            until_ns = min(end_ns, (n + 1) * self.bin_ns)
            self._add(self.bins[n], hours(until_ns - begin_ns), state)
            begin_ns = until_ns

    @staticmethod
    def _add(row: dict[str, float], h: float, state: State) -> None:
        row["queue_h"] += state.queue * h
        row["occupied_h"] += state.occupied * h
        row["charging_h"] += state.charging * h
        row["energy_kwh"] += state.kw * h
        row["curtailed_kwh"] += (state.wanted_kw - state.kw) * h
        row["queue_max"] = max(row["queue_max"], state.queue)
        row["power_max_kw"] = max(row["power_max_kw"], state.kw)
