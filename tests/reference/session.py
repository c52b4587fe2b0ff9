"""One EV drawing power, from power on to power off."""

from collections.abc import Callable
from math import inf

from sim.lifecycle import Kind
from sim.model import Vehicle
from tests.reference.clock import Clock, Due


class Session:
    """The energy of an EV that charges at constant power from one change to the next.

    `over` is the SimPy event of its end; its value says whether the goal was reached.
    """

    def __init__(
        self, clock: Clock, at: tuple[int, int], vehicle: Vehicle, most_kw: float,
        kwh: float, goal_kwh: float, limit_h: float, stepped: Callable[[], None],
    ) -> None:  # fmt: skip
        self.clock, self.at = clock, at  # at: numbers of station and EVSE
        self.ends = [soc * vehicle.battery_kwh for soc, _ in vehicle.steps[:-1]] + [inf]
        self.kws = [min(kw, most_kw) for _, kw in vehicle.steps]
        self.step = next(n for n, end in enumerate(self.ends) if kwh < end)
        self.goal_kwh, self.limit_h, self.on_h = goal_kwh, limit_h, clock.now
        self.kwh, self.kw, self.since_h = kwh, 0.0, clock.now
        self.mark_kwh, self.mark_h = inf, inf  # the next goal or step, and when
        self.stepped = stepped  # the station shares again
        self.over = clock.event()
        self.due: Due | None = None

    @property
    def wanted_kw(self) -> float:
        return self.kws[self.step]

    def kwh_at(self, h: float) -> float:
        """Energy in the battery; exact at the mark, so that nothing misses it by rounding."""
        return self.mark_kwh if h >= self.mark_h else self.kwh + self.kw * (h - self.since_h)

    def feed(self, kw: float) -> None:
        """From now on it gets `kw`."""
        if kw == self.kw and self.due:
            return
        self._settle()
        self.kw = kw
        self._plan()

    def stop(self) -> float:
        """Power off: the energy in the battery."""
        self._settle()
        if self.due:
            self.due.cancel()
        return self.kwh

    def _settle(self) -> None:
        self.kwh, self.since_h = self.kwh_at(self.clock.now), self.clock.now

    def _plan(self) -> None:
        """What comes first: the goal, the end of the step, or the time limit."""
        if self.due:
            self.due.cancel()
        self.mark_kwh = min(self.goal_kwh, self.ends[self.step])
        missing = self.mark_kwh - self.kwh
        if missing <= 0.0:
            self.mark_h = self.since_h
        else:
            self.mark_h = self.since_h + missing / self.kw if self.kw > 0.0 else inf
        reached = self.mark_kwh == self.goal_kwh and self.mark_h <= self.limit_h
        if reached or self.limit_h <= self.mark_h:
            self.due = self.clock.at(min(self.mark_h, self.limit_h), Kind.SESSION_END, *self.at)
            self.due.callbacks.append(lambda _: self.over.succeed(reached))
        else:
            self.due = self.clock.at(self.mark_h, Kind.POWER, *self.at)
            self.due.callbacks.append(lambda _: self._next_step())

    def _next_step(self) -> None:
        self._settle()
        self.step += 1
        self.due, self.mark_h = None, inf
        self.stepped()
